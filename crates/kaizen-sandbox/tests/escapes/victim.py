# Another program of the same user: it knows the secret in every way a process can, and lets itself be traced.
import ctypes, os, signal, struct, sys, time

libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(0x59616D61, ctypes.c_ulong(-1 & 0xFFFFFFFFFFFFFFFF), 0, 0, 0)
# Ends with the suite.
libc.prctl(1, signal.SIGTERM, 0, 0, 0)
outside, queue, make_queue, remove_queue = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
os.chdir(outside)
kept = open("secret")
secret = kept.read().encode()
held = ctypes.create_string_buffer(secret)
segment = libc.shmget(0, 4096, 0o1600)
libc.shmat.restype = ctypes.c_void_p
at = libc.shmat(segment, None, 0)
ctypes.memmove(at, secret, len(secret))
# Gone with this process, and until then within reach of whoever knows its number.
libc.shmctl(segment, 0, None)
libc.syscall(make_queue, queue.encode(), os.O_RDWR | os.O_CREAT, 0o600, struct.pack("8q", 0, 1, 8, 0, 0, 0, 0, 0))
terminal, line = os.openpty(), os.pipe()


def end(*_):
    libc.syscall(remove_queue, queue.encode())
    os._exit(0)


signal.signal(signal.SIGTERM, end)
print(os.getpid(), segment, ctypes.addressof(held), os.ttyname(terminal[1]), flush=True)
while True:
    time.sleep(60)
