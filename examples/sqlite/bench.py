"""Fills a table and reads it back with the settings; every transaction is durable, whatever they are."""
import configparser
import json
import os
import sqlite3
import tempfile
import time

settings = configparser.ConfigParser()
settings.read("settings.ini")
pragma, writer = settings["pragma"], settings["writer"]
directory = tempfile.mkdtemp()
store = sqlite3.connect(os.path.join(directory, "store.db"), isolation_level=None)
store.execute(f"PRAGMA page_size = {int(pragma['page_size'])}")
store.execute(f"PRAGMA journal_mode = {pragma['journal_mode']}")
store.execute(f"PRAGMA cache_size = {int(pragma['cache_pages'])}")
store.execute(f"PRAGMA mmap_size = {int(pragma['mmap_bytes'])}")
# Durability is no setting: a gain that a power cut takes back is no gain.
store.execute("PRAGMA synchronous = FULL")
store.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, kind TEXT, body TEXT)")
store.execute("CREATE INDEX event_by_kind ON event (kind)")
rows, each, batch = 12_000, 100, int(writer["rows_per_statement"])
started = time.perf_counter()
for first in range(0, rows, each):
    store.execute("BEGIN IMMEDIATE")
    for start in range(first, first + each, batch):
        some = [(f"kind {n % 97}", f"body {n * 7919 % 100_003} " * 4) for n in range(start, min(start + batch, first + each))]
        values = ", ".join("(?, ?)" for _ in some)
        store.execute(f"INSERT INTO event (kind, body) VALUES {values}", [field for row in some for field in row])
    store.execute("COMMIT")
found = sum(store.execute("SELECT COUNT(*), MAX(body) FROM event WHERE kind = ?", (f"kind {n}",)).fetchone()[0] for n in range(97))
elapsed = time.perf_counter() - started
durable = store.execute("PRAGMA synchronous").fetchone()[0] == 2
intact = store.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
print(json.dumps({
    "cases": [
        {"id": "every row is there", "passed": found == rows},
        {"id": "durable", "passed": durable},
        {"id": "intact", "passed": intact},
    ],
    "metrics": {"work": elapsed},
}))
