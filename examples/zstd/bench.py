"""Compresses a fixed corpus with the settings and reports the bytes that are left."""
import json
import random
import subprocess
import sys

WORDS = ("request response user order item price total error retry cache index query commit branch merge build test deploy "
         "monday tuesday berlin paris tokyo alpha beta gamma").split()


def corpus(seed):
    chance = random.Random(seed)
    lines = (f"{n:08d} {chance.choice(WORDS)} {' '.join(chance.choices(WORDS, k=6))} {chance.random():.6f}" for n in range(40_000))
    return "\n".join(lines).encode()


settings = json.load(open("settings.json"))
data = corpus(sys.argv[1] if len(sys.argv) > 1 else "visible")
options = f"--zstd=strategy={settings['strategy']},wlog={settings['window_log']}"
packed = subprocess.run(["zstd", "-q", "-c", f"-{settings['level']}", options], input=data, capture_output=True, check=True).stdout
unpacked = subprocess.run(["zstd", "-q", "-d", "-c", "--long=27"], input=packed, capture_output=True, check=True).stdout
print(json.dumps({
    "cases": [{"id": "round trip", "passed": unpacked == data}],
    "metrics": {"bytes": len(packed)},
}))
