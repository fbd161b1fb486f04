"""The judge's report channel: one JSON line per event, appended to a file only the judge reads.

Shared by the unittest and the pytest reporter. Every line carries the run's nonce and the process id.
The settings come from KAIZEN_* variables and leave the environment when they are taken, so that child
processes of the cases do not report. A forked child never writes. What cases may replace while they run
(clock, os functions, json) is bound here once, before any of them is imported.
"""

import json
import os
import sys
import time

now = time.perf_counter
_encode = json.JSONEncoder().encode
_getpid, _write = os.getpid, os.write
NAMES = ("FORMAT", "REPORT", "NONCE", "ONLY", "ONLY_BELOW", "TRACE", "PROBE", "BATCH")
MESSAGE_LIMIT = 2000
MISSING_SHOWN = 20


def take(format_name):
    """The settings addressed to this format, removed from the environment; None when there are none."""
    if os.environ.get("KAIZEN_FORMAT") != format_name:
        return None
    found = {name: os.environ.pop("KAIZEN_" + name, None) for name in NAMES}
    return Settings(found)


class Settings:
    def __init__(self, found):
        self.nonce = found["NONCE"]
        self.only = None if found["ONLY"] is None else frozenset(found["ONLY"].split("\n"))
        self.below = tuple(found["ONLY_BELOW"].split("\n")) if found["ONLY_BELOW"] else ()
        self.tracer = Tracer() if found["TRACE"] else None
        self.probe = None
        if found["PROBE"]:
            import kaizen_probe

            self.probe = self.tracer = kaizen_probe.probe(found["PROBE"])
        self.batch = found["BATCH"]
        self.report = found["REPORT"]
        self.pid = _getpid()
        self.descriptor = _far_descriptor(self.report)

    def wants(self, case):
        return self.only is None or case in self.only or case.startswith(self.below)

    def reopen(self, path):
        """In a child that is a run of its own: another process, another report."""
        os.close(self.descriptor)
        self.pid, self.descriptor = _getpid(), _far_descriptor(path)

    def line(self, **fields):
        if _getpid() != self.pid:
            return
        data = _encode(dict(fields, nonce=self.nonce, run=self.pid)).encode() + b"\n"
        while data:
            data = data[_write(self.descriptor, data) :]


def _far_descriptor(path):
    """Opened once, close-on-exec, and away from the low numbers that programs count on or close."""
    import fcntl
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        return fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, limit // 2 if 0 < limit < 400 else 200)
    finally:
        os.close(opened)


class Run:
    """One run of one runner: begin, the planned cases, each case once, end."""

    def __init__(self, settings):
        self.settings = settings
        self.planned = []
        self.reported = {}
        self.count = 0
        self.blocked = []
        settings.line(begin=time.time())

    def plan(self, ids):
        self.planned += ids
        self.settings.line(planned=len(self.planned))
        if self.settings.probe is not None and self.settings.probe.replays:
            self.settings.probe.replay(self.settings)
            os._exit(0)

    def case(self, case, outcome, seconds=None, message=None):
        self.reported[case] = outcome
        self.count += 1
        if message is not None:
            message = message[-MESSAGE_LIMIT:].encode("utf-8", "replace").decode()
        self.settings.line(case=case, outcome=outcome, seconds=seconds, message=message)

    def block(self, prefix, outcome, message):
        """Cases whose id begins so cannot run; the ones that were due are reported with this outcome."""
        self.blocked.append((prefix, outcome, message))

    def start_trace(self):
        if self.settings.tracer:
            self.settings.tracer.start()

    def stop_trace(self, case):
        if self.settings.tracer:
            self.settings.line(coverage=case, files=self.settings.tracer.stop())

    def end(self, status=None):
        missing = []
        due = dict.fromkeys(self.planned)
        for case in list(due) + sorted(self.settings.only or ()):
            if case in self.reported:
                continue
            reason = next((entry for entry in self.blocked if case.startswith(entry[0])), None)
            if reason:
                self.case(case, reason[1], None, reason[2])
            elif case in due:
                missing.append(case)
        if self.settings.probe is not None:
            self.settings.probe.finish(self.settings)
        self.settings.line(end=self.count, missing=missing[:MISSING_SHOWN], missing_count=len(missing), status=status)


class Tracer:
    """Lines of project files executed between start and stop. Module and class bodies are not counted."""

    def __init__(self):
        self.root = os.path.join(os.getcwd(), "")
        self.outside = tuple(os.path.join(os.path.dirname(os.path.abspath(file)), "") for file in (os.__file__, __file__))
        self.names = {}
        self.lines, self.collectors = {}, {}
        self.tool = None
        if hasattr(sys, "monitoring"):
            self.tool = next((tool for tool in (1, 3, 4, 5, 0, 2) if sys.monitoring.get_tool(tool) is None), None)
        if self.tool is not None:
            sys.monitoring.use_tool_id(self.tool, "kaizen")
            sys.monitoring.register_callback(self.tool, sys.monitoring.events.LINE, self._line)

    def start(self):
        self.lines, self.collectors = {}, {}
        if self.tool is not None:
            sys.monitoring.restart_events()
            sys.monitoring.set_events(self.tool, sys.monitoring.events.LINE)
        else:
            import threading

            threading.settrace(self._call)
            sys.settrace(self._call)

    def stop(self):
        if self.tool is not None:
            sys.monitoring.set_events(self.tool, 0)
        else:
            import threading

            sys.settrace(None)
            threading.settrace(None)
        return {name: sorted(lines) for name, lines in self.lines.items()}

    def _line(self, code, line):
        name = self._name(code)
        if name is not None:
            self.lines.setdefault(name, set()).add(line)
        return sys.monitoring.DISABLE

    def _call(self, frame, event, _arg):
        code = frame.f_code
        if code not in self.collectors:
            name = self._name(code)
            self.collectors[code] = None if name is None else collector(self.lines.setdefault(name, set()).add)
        return self.collectors[code]

    def _name(self, code):
        if not code.co_flags & 1:
            return None
        if code.co_filename not in self.names:
            self.names[code.co_filename] = self._relative(code.co_filename)
        return self.names[code.co_filename]

    def _relative(self, filename):
        path = os.path.abspath(filename)
        if filename.startswith("<") or not path.startswith(self.root) or path.startswith(self.outside):
            return None
        relative = path[len(self.root) :]
        if {"site-packages", "dist-packages"} & set(relative.split(os.sep)):
            return None
        return relative if relative.encode("utf-8", "replace").decode() == relative else None


def collector(add):
    """What runs for every executed line: as little as can be."""

    def line(frame, event, _arg):
        if event == "line":
            add(frame.f_lineno)
        return line

    return line
