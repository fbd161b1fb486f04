"""Reports unittest cases to the judge by watching suites, cases and the results they are given.

Methods are replaced on each result *object*, so result classes that do not call their parents are seen too.
A run that a case starts itself belongs to that case and is not reported. A case is reported when it stops;
one that starts and never stops, or is never reached, is missing at the end, and the judge sees that.
"""

import traceback

import kaizen_report

__unittest = True  # keeps these frames out of the tracebacks people read
SETTINGS = kaizen_report.take("unittest")
WORST_FIRST = ("error", "fail", "skip", "pass")


class Watcher:
    def __init__(self):
        self.run = None
        self.depth = 0
        self.suites = 0
        self.current = None
        self.seen = []
        self.began = 0.0

    def within(self, call):
        """Everything inside the outermost call is one run; it ends only when that call returns."""
        if self.depth == 0:
            self.run = kaizen_report.Run(SETTINGS)
        self.depth += 1
        try:
            answer = call()
        finally:
            self.depth -= 1
        if self.depth == 0:
            self.run.end()
        return answer

    def observe(self, result):
        if "_kaizen_observed" in vars(result):
            return
        result._kaizen_observed = True
        notes = {
            "startTest": self.start,
            "stopTest": self.stop,
            "addSuccess": lambda test: self.note(test, "pass"),
            "addError": lambda test, err: self.note(test, "error", err),
            "addFailure": lambda test, err: self.note(test, "fail", err),
            "addSkip": lambda test, reason: self.note(test, "skip", reason),
            "addExpectedFailure": lambda test, err: self.note(test, "pass"),
            "addUnexpectedSuccess": lambda test: self.note(test, "fail", "unexpected success"),
            "addSubTest": self.subtest,
        }
        for name, note in notes.items():
            if hasattr(result, name):
                setattr(result, name, both(note, getattr(result, name)))

    def start(self, test):
        self.current, self.seen, self.began = test, [], kaizen_report.now()
        self.run.start_trace()

    def subtest(self, test, subtest, err):
        kind = "pass" if err is None else "fail" if issubclass(err[0], test.failureException) else "error"
        self.note(test, kind, err)

    def note(self, test, outcome, detail=None):
        text = describe(detail)
        if self.current is None:
            self.outside(test, outcome, text)
        elif outcome == "skip" and hasattr(test, "test_case"):
            self.seen.append(("skipped part", text))
        else:
            self.seen.append((outcome, text))

    def outside(self, test, outcome, text):
        """Fixtures of classes and modules: `setUpClass (module.Class)` and its kin."""
        case = test.id()
        if outcome != "skip":
            self.run.case(case, "error", None, text)
        if case.startswith("setUp") and case.endswith(")"):
            self.run.block(case[case.index("(") + 1 : -1] + ".", outcome, "%s: %s" % (case, text))

    def stop(self, test):
        seconds = kaizen_report.now() - self.began
        case, seen, self.current = test.id(), self.seen, None
        self.run.stop_trace(case)
        outcome = next((kind for kind in WORST_FIRST if any(kind == noted for noted, _ in seen)), None)
        if outcome is None and seen:
            outcome = "skip"
        if outcome is None:
            return
        text = "\n".join(text for noted, text in seen if text and noted != "pass") or None
        self.run.case(case, outcome, seconds, text)
        if type(test).__name__ == "_FailedTest":
            self.run.block(test._testMethodName + ".", "error", text)


def both(note, original):
    def method(*args, **kwargs):
        note(*args, **kwargs)
        return original(*args, **kwargs)

    return method


def describe(detail):
    if not isinstance(detail, tuple):
        return detail
    kind, value, frames = detail
    while frames is not None and "__unittest" in frames.tb_frame.f_globals:
        frames = frames.tb_next
    shown, depth, frame = None, 0, frames
    while frame is not None:
        depth += 1
        if "__unittest" not in frame.tb_frame.f_globals:
            shown = depth
        frame = frame.tb_next
    return "".join(traceback.format_exception(kind, value, frames, limit=shown))


def selected(test):
    if SETTINGS.wants(test.id()):
        return True
    prefix = getattr(test, "_testMethodName", "") + "."
    return type(test).__name__ == "_FailedTest" and any(case.startswith(prefix) for case in SETTINGS.only)


def prune(suite):
    """Drops what is not selected before it runs, so that set-ups of classes without selected cases stay out."""
    kept = []
    for test in suite._tests:
        if hasattr(test, "_tests"):
            prune(test)
            kept.append(test)
        elif test is not None and selected(test):
            kept.append(test)
    suite._tests = kept


def flat(suite):
    for test in suite._tests:
        if hasattr(test, "_tests"):
            yield from flat(test)
        elif test is not None:
            yield test.id()


WATCHER = Watcher()


def watched_suite(original):
    def run(self, result, *args, **kwargs):
        if WATCHER.current is not None:
            return original(self, result, *args, **kwargs)

        def call():
            if WATCHER.suites == 0:
                prune(self)
                WATCHER.run.plan(list(flat(self)))
            WATCHER.observe(result)
            WATCHER.suites += 1
            try:
                return original(self, result, *args, **kwargs)
            finally:
                WATCHER.suites -= 1

        return WATCHER.within(call)

    return run


def watched_case(original):
    def run(self, result=None):
        if WATCHER.current is not None:
            return original(self, result)
        if WATCHER.suites == 0 and not selected(self):
            return result

        def call():
            given = self.defaultTestResult() if result is None else result
            if WATCHER.suites == 0:
                WATCHER.run.plan([self.id()])
            WATCHER.observe(given)
            if result is None and hasattr(given, "startTestRun"):
                given.startTestRun()
            original(self, given)
            if result is None and hasattr(given, "stopTestRun"):
                given.stopTestRun()
            return given

        return WATCHER.within(call)

    return run


def watched_runner(original):
    def run(self, *args, **kwargs):
        if WATCHER.current is not None:
            return original(self, *args, **kwargs)
        return WATCHER.within(lambda: original(self, *args, **kwargs))

    return run


def watch(module):
    if SETTINGS is None:
        return
    if module.__name__ == "unittest.case":
        module.TestCase.run = watched_case(module.TestCase.run)
    elif module.__name__ == "unittest.suite":
        module.BaseTestSuite.run = watched_suite(module.BaseTestSuite.run)
        module.TestSuite.run = watched_suite(module.TestSuite.run)
    else:
        module.TextTestRunner.run = watched_runner(module.TextTestRunner.run)
