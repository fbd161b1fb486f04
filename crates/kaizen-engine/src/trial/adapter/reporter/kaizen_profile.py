"""A sampling profiler: at which lines of the project the command's Python processes are, again and again.

A thread of its own looks at every other thread's stack every few milliseconds. Of each stack every line of a
project file counts once, and the innermost one counts as the place itself. What was counted goes to the judge's
file a few times a second, so that a process that is killed or leaves without saying so loses little. Nothing of
it is evidence: it only says where to look first. A forked child counts for itself, from zero.
"""

import _thread
import atexit
import json
import os
import sys
import time

INTERVAL = 0.002
SHIFT = 0.2
DEEPEST = 300
LONGEST_NAME = 200
# Who is in there waits for somebody else, who is looked at by himself.
WAITING = tuple(os.sep + name for name in ("subprocess.py", "threading.py", "selectors.py", "queue.py", "connection.py", "popen_fork.py"))

sleep, now = time.sleep, time.monotonic
encode = json.JSONEncoder().encode


class Sampler:
    def __init__(self, target, nonce, root):
        self.target, self.nonce = target, nonce
        self.root = os.path.join(root, "")
        self.names = {}
        self.lock = _thread.allocate_lock()
        self.clear()

    def clear(self):
        self.samples, self.lines = 0, {}

    def start(self):
        sys.setswitchinterval(INTERVAL / 4)
        atexit.register(self.write)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.again)
        _thread.start_new_thread(self.look, ())

    def again(self):
        self.lock = _thread.allocate_lock()
        self.clear()
        _thread.start_new_thread(self.look, ())

    def look(self):
        own, due = _thread.get_ident(), now() + SHIFT
        while True:
            sleep(INTERVAL)
            with self.lock:
                for thread, frame in list(sys._current_frames().items()):
                    if thread != own:
                        self.take(frame)
            if now() > due:
                self.write()
                due = now() + SHIFT

    def take(self, frame):
        seen, depth = {}, 0
        if frame.f_code.co_filename.endswith(WAITING):
            return
        while frame is not None and depth < DEEPEST:
            name = self.name(frame.f_code.co_filename)
            if name is not None and frame.f_lineno:
                seen.setdefault((name, frame.f_lineno, frame.f_code.co_name), not seen)
            frame, depth = frame.f_back, depth + 1
        self.samples += bool(seen)
        for place, innermost in seen.items():
            counts = self.lines.setdefault(place, [0, 0])
            counts[0] += innermost
            counts[1] += 1

    def name(self, filename):
        if filename not in self.names:
            path = os.path.abspath(filename)
            inside = path.startswith(self.root) and not {"site-packages", "dist-packages"} & set(path.split(os.sep))
            self.names[filename] = path[len(self.root) :] if inside and not filename.startswith("<") else None
        return self.names[filename]

    def write(self):
        with self.lock:
            samples, lines = self.samples, self.lines
            self.clear()
        if not samples:
            return
        rows = [[name, line, function[:LONGEST_NAME], *counts] for (name, line, function), counts in lines.items()]
        text = encode({"nonce": self.nonce, "profile": {"samples": samples, "lines": rows}})
        opened = os.open(self.target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(opened, text.encode("utf-8", "replace") + b"\n")
        finally:
            os.close(opened)


def start():
    """Children inherit the settings, so that every Python process of the command is looked at."""
    found = os.environ
    Sampler(found["KAIZEN_PROFILE"], found["KAIZEN_PROFILE_NONCE"], found["KAIZEN_PROFILE_ROOT"]).start()
