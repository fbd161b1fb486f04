"""What the candidates that passed make of the sources, one line of JSON each, the leader first; nothing where nothing was chosen from.

usage: passing.py STORE
"""

import json
import sqlite3
import sys

database = sqlite3.connect(sys.argv[1])


def blob(address):
    return bytes(database.execute("SELECT content FROM blob WHERE hash = ?", (address,)).fetchone()[0])


row = database.execute("SELECT told FROM choice ORDER BY hypothesis_id DESC").fetchone()
for one in json.loads(row[0])["passing"] if row else []:
    edits = json.loads(blob(one["change"]))["edits"]
    files = {edit["path"]: blob(edit["after"]["content"]).decode() for edit in edits if edit["after"]["becomes"] == "present"}
    print(json.dumps(dict(one, files=files)))
