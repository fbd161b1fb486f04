"""Reports pytest cases to the judge: outcomes of every phase, collection errors, what was collected and never ran.

Loaded through PYTEST_PLUGINS. Outcomes come from report hooks, so xdist's controller reports for its workers;
selection and tracing need one process, and switch xdist off. A session that a case starts inside this process
belongs to that case and is not reported.
"""

import os

import kaizen_batch
import kaizen_report
import pytest

SETTINGS = kaizen_report.take("pytest")
WORST_FIRST = ("error", "fail", "skip", "pass")
ACTIVE = []


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    alone = SETTINGS is not None and (SETTINGS.only is not None or SETTINGS.tracer is not None)
    if alone and hasattr(config.option, "numprocesses"):
        config.option.numprocesses, config.option.dist, config.option.tx = None, "no", []


def pytest_configure(config):
    if SETTINGS is not None and not ACTIVE:
        ACTIVE.append(config)
        # pytest's own tracebacks parse whole source files again and again: ten times the time of a failing suite.
        config.option.tbstyle, config.option.showlocals = "native", False
        config.pluginmanager.register(Reporter(config), "kaizen_reporter")


def pytest_unconfigure(config):
    if config in ACTIVE:
        ACTIVE.remove(config)


class Reporter:
    def __init__(self, config):
        self.run = None
        self.phases = {}
        self.files = self._selected_files(config)

    @staticmethod
    def _selected_files(config):
        """The files that hold selected cases, so that others need not be imported; None: look everywhere."""
        if SETTINGS.only is None:
            return None
        names = {case.split("::")[0] for case in SETTINGS.only}
        paths = {os.path.realpath(os.path.join(str(config.rootdir), name)) for name in names}
        return paths if all(os.path.isfile(path) for path in paths) else None

    def pytest_sessionstart(self):
        self.run = kaizen_report.Run(SETTINGS)

    def pytest_ignore_collect(self, collection_path):
        path = os.path.realpath(str(collection_path))
        if self.files is None or not os.path.isfile(path) or path.endswith("__init__.py") or path in self.files:
            return None
        return True

    def pytest_collectreport(self, report):
        if report.failed:
            prefix = report.nodeid + "::"
            self.run.case(prefix + "<collection>", "error", None, report.longreprtext)
            self.run.block(prefix, "error", report.longreprtext)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config, items):
        if SETTINGS.only is None:
            return
        dropped = [item for item in items if not SETTINGS.wants(item.nodeid)]
        if dropped:
            items[:] = [item for item in items if SETTINGS.wants(item.nodeid)]
            config.hook.pytest_deselected(items=dropped)

    def pytest_collection_finish(self, session):
        self.run.plan([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids):
        if not self.run.planned:
            self.run.plan(list(ids))

    def pytest_runtest_logstart(self, nodeid):
        self.phases[nodeid] = []
        self.run.start_trace()

    def pytest_runtest_logreport(self, report):
        self.phases.setdefault(report.nodeid, []).append((outcome(report), report.duration, message(report), report.when))

    def pytest_runtest_logfinish(self, nodeid):
        self.run.stop_trace(nodeid)
        phases = self.phases.pop(nodeid, [])
        worst = next((kind for kind in WORST_FIRST if any(phase[0] == kind for phase in phases)), None)
        if worst is None:
            return
        text = "\n".join(phase[2] for phase in phases if phase[2]) or None
        self.run.case(nodeid, worst, sum(phase[1] for phase in phases), text)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus):
        for nodeid in [nodeid for nodeid, phases in self.phases.items() if any(phase[0] == "error" for phase in phases)]:
            self.pytest_runtest_logfinish(nodeid)
        self.run.end(int(exitstatus))


def outcome(report):
    """None: says nothing about the case on its own (a phase that passed beside the call, a skipped subtest, a rerun)."""
    if report.failed:
        return "fail" if report.when == "call" else "error"
    expected = getattr(report, "wasxfail", None)
    if expected is not None:
        return "skip" if "[NOTRUN]" in expected else "pass"
    if report.skipped:
        return None if hasattr(report, "context") else "skip"
    return "pass" if report.passed and report.when == "call" else None


def message(report):
    return report.longreprtext if report.failed else None


# pytest itself is imported by now, and nothing of the project.
kaizen_batch.serve(SETTINGS)
