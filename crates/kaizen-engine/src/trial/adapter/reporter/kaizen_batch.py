"""Many candidates in one run of the command: the test process is made ready once and forks a child for each.

The fork happens before anything of the project is imported. A child goes on as the run would have and reports to a file
of its own; the parent puts the candidate's files in place before and back after, and reports how each child ended. The
first and the last child run the files as they are: only where both end as the baseline did does anybody believe the
others. What the first one imported of the standard library is imported before the others begin, and it alone writes
bytecode. State that candidates leave in files is not taken back between them: the last child is there to notice.
"""

import atexit
import gc
import importlib
import json
import os
import select
import signal
import sys
import time

import kaizen_report

PACKAGES = ("site-packages", "dist-packages")
LOADED = "%s.loaded"
# Bytecode is compared by whole seconds: each candidate's files get seconds of their own.
STEP = 2


def serve(settings):
    """Returns in every child; the parent ends here."""
    if settings is None or settings.batch is None:
        return
    with open(settings.batch) as file:
        wanted = json.load(file)
    refused = of_project(os.path.join(wanted["root"], ""))
    if refused:
        settings.line(refused=refused)
        os._exit(0)
    sys.stdout.flush()
    sys.stderr.flush()
    spare = wanted["seconds"]
    for number, files in enumerate(wanted["candidates"]):
        before = put(files, STEP * (number + 1))
        began = time.monotonic()
        gc.freeze()  # what is here already need not be looked at again at the end of every child
        child = os.fork()
        if child == 0:
            begin(settings, number)
            return
        status, usage = wait(child, began + spare)
        seconds = time.monotonic() - began
        if number == 0:
            spare = min(spare, wanted["spare"] + wanted["times"] * seconds)
            prepare(LOADED % settings.report)
        put_back(before)
        settings.line(candidate=number, status=status, seconds=seconds, limit=spare, rss=usage.ru_maxrss)
    os._exit(0)


def of_project(root):
    """A module of the project that is loaded already; a child could not load another version of it."""
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if path and os.path.abspath(path).startswith(root) and not set(PACKAGES) & set(path.split(os.sep)):
            return name
    return None


def put(files, later):
    """Writes the files; what they were."""
    before = []
    for path, text in files:
        with open(path, "rb") as file:
            data = file.read()
        was = os.stat(path)
        before.append((path, data, was))
        write(path, text.encode(), (int(was.st_mtime) + later) * 10**9)
    return before


def put_back(before):
    for path, data, was in before:
        write(path, data, was.st_mtime_ns)


def write(path, data, time_ns):
    with open(path, "wb") as file:
        file.write(data)
    os.utime(path, ns=(time_ns, time_ns))


def begin(settings, number):
    """What is left of the parent in a child: nothing that a run of its own would not have."""
    os.setsid()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    settings.reopen("%s.%d" % (settings.report, number))
    sys.dont_write_bytecode = number > 0
    importlib.invalidate_caches()
    if number == 0:
        atexit.register(tell_loaded, LOADED % settings.report, os.getpid())


def tell_loaded(path, pid):
    """What of the standard library this run needed."""
    if os.getpid() != pid:
        return
    library = os.path.join(os.path.dirname(os.path.abspath(os.__file__)), "")
    names = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and file.startswith(library) and not set(PACKAGES) & set(file.split(os.sep)) and module.__name__ == name:
            names.append(name)
    with open(path, "w") as file:
        json.dump(names, file)


def prepare(path):
    """Imports what the first child did, as far as it is the standard library's."""
    try:
        with open(path) as file:
            names = json.load(file)
        os.unlink(path)
        for name in names:
            importlib.import_module(name)
    except Exception:
        pass  # each child imports it by itself


def wait(child, until):
    """Waits for its end, or ends it; its status (None when it was late) and what it used."""
    late = not ended_by(child, until)
    try:
        os.killpg(child, signal.SIGKILL)
    except OSError:
        pass
    if late:
        try:
            os.kill(child, signal.SIGKILL)
        except OSError:
            pass
    _, status, usage = os.wait4(child, 0)
    return (None if late else status), usage


def ended_by(child, until):
    try:
        handle = os.pidfd_open(child)
    except (AttributeError, OSError):
        return polled(child, until)
    try:
        return bool(select.select([handle], [], [], max(0.0, until - time.monotonic()))[0])
    finally:
        os.close(handle)


def polled(child, until):
    """Where the system has no handles of processes. The child is left to be reaped."""
    while time.monotonic() < until:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return True
        time.sleep(0.002)
    return False
