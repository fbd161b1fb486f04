# What every attempt begins with. It says ESCAPED when it got out, `held` when the system refused, BROKEN when the attempt itself is
# at fault. What it prints may hold the secret, which is getting out as well.
import ctypes, fcntl, mmap, os, resource, signal, socket, stat, struct, subprocess, sys, termios, threading, time

OUTSIDE, LAYER, TOOLS, MARK, ABSTRACT, TERMINAL = (os.environ[name] for name in "OUTSIDE LAYER TOOLS MARK ABSTRACT TERMINAL".split())
VICTIM, ENGINE, TCP, UDP, SEGMENT, ADDRESS = (int(os.environ[name]) for name in "VICTIM ENGINE TCP UDP SEGMENT ADDRESS".split())
CALLS = {name: int(number) for name, number in (pair.split("=") for pair in os.environ["CALLS"].split())}
libc = ctypes.CDLL(None, use_errno=True)
# Without a sandbox nothing else ends an attempt that waits for ever.
signal.alarm(9)


def escaped():
    print("ESCAPED", flush=True)


def explained(kind, value, trace):
    if isinstance(value, (OSError, MemoryError)):
        print("held:", repr(value), flush=True)
    elif isinstance(value, RuntimeError) and "start new thread" in str(value):
        print("held:", repr(value), flush=True)
    else:
        print("BROKEN:", repr(value), flush=True)


sys.excepthook = explained


def call(name, *arguments):
    """A system call by its name; it raises where the kernel refuses."""
    ctypes.set_errno(0)
    given = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    result = libc.syscall(ctypes.c_long(CALLS[name]), *given)
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


def each(things, act):
    """Tries one thing after the other; fails as the last one did when all do."""
    failure = OSError("there was nothing to try")
    won = False
    for thing in things:
        try:
            act(thing)
            won = True
        except OSError as error:
            failure = error
    if not won:
        raise failure
