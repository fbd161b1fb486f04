//! The rows of Python.

use super::super::{OptimiserInfo, batch, building, cache, hoist, laziness, membership, queue, regex};
use super::{PYTHON, row};

pub(super) const ROWS: &[OptimiserInfo] = &[
    row(
        "membership-set",
        PYTHON,
        1.0,
        membership::in_loop,
        "Asks a set instead of a list that stays as it is while a loop asks it.",
        (
            r#"def subject(data):
    known = list(data)
    count = 0
    for value in data:
        if value + 1 in known:
            count += 1
    return count"#,
            r#"def subject(data):
    known = list(data)
    count = 0
    known_set = set(known)
    for value in data:
        if value + 1 in known_set:
            count += 1
    return count"#,
        ),
    ),
    row(
        "membership-seen",
        PYTHON,
        1.0,
        membership::grown,
        "Lets a set grow beside a list that is asked while it grows.",
        (
            r#"def subject(data):
    out = []
    for value in data:
        if value not in out:
            out.append(value)
    return out"#,
            r#"def subject(data):
    out = []
    out_seen = set()
    for value in data:
        if value not in out_seen:
            out.append(value)
            out_seen.add(value)
    return out"#,
        ),
    ),
    row(
        "membership-literal",
        PYTHON,
        0.4,
        membership::literal,
        "Asks a set of literals instead of a list of literals.",
        (
            r#"def subject(data):
    return sum(1 for value in data if value in [1, 3, 5, 9])"#,
            r#"def subject(data):
    return sum(1 for value in data if value in {1, 3, 5, 9})"#,
        ),
    ),
    row(
        "membership-direct",
        PYTHON,
        0.6,
        membership::direct,
        "Asks a container itself instead of its keys or a copy of it.",
        (
            r#"def subject(data):
    table = dict.fromkeys(data)
    return 3 in table.keys()"#,
            r#"def subject(data):
    table = dict.fromkeys(data)
    return 3 in table"#,
        ),
    ),
    row(
        "invariant",
        PYTHON,
        0.8,
        hoist::invariant,
        "Moves a call that answers the same in every turn out of the loop.",
        (
            r#"def subject(data):
    total = 0
    for value in data:
        total += value * max(data)
    return total"#,
            r#"def subject(data):
    total = 0
    max_data = max(data, default=None)
    for value in data:
        total += value * max_data
    return total"#,
        ),
    ),
    row(
        "repeated-call",
        PYTHON,
        0.6,
        hoist::repeated,
        "Calls a pure function once where one statement calls it twice with the same.",
        (
            r#"def subject(data):
    return (sum(data), sum(data))"#,
            r#"def subject(data):
    sum_data = sum(data)
    return (sum_data, sum_data)"#,
        ),
    ),
    row(
        "lookup",
        PYTHON,
        0.25,
        hoist::lookup,
        "Looks an attribute up once before the loop that calls it.",
        (
            r#"def subject(data):
    out = set()
    for value in data:
        out.add(value % 7)
    return sorted(out)"#,
            r#"def subject(data):
    out = set()
    out_add = out.add
    for value in data:
        out_add(value % 7)
    return sorted(out)"#,
        ),
    ),
    row(
        "joined",
        PYTHON,
        0.7,
        building::joined,
        "Joins the parts of a text once instead of adding each to all that is there.",
        (
            r#"def subject(data):
    text = ""
    for value in data:
        text = str(value) + text
    return text"#,
            r#"def subject(data):
    text_parts = []
    for value in data:
        text_parts.append(str(value))
    text = "".join(reversed(text_parts))
    return text"#,
        ),
    ),
    row(
        "appended",
        PYTHON,
        0.9,
        building::appended,
        "Appends to a list instead of making a new one with one more element.",
        (
            r#"def subject(data):
    out = []
    for value in data:
        out = out + [value * 2]
    return out"#,
            r#"def subject(data):
    out = []
    for value in data:
        out.append(value * 2)
    return out"#,
        ),
    ),
    row(
        "comprehension",
        PYTHON,
        0.5,
        building::comprehension,
        "Fills a list, set or dictionary by a comprehension instead of a loop.",
        (
            r#"def subject(data):
    out = []
    for value in data:
        if value > 2:
            out.append(value * 2)
    return out"#,
            r#"def subject(data):
    out = [value * 2 for value in data if value > 2]
    return out"#,
        ),
    ),
    row(
        "deque",
        PYTHON,
        0.9,
        queue::deque,
        "Takes from the front of a deque instead of a list.",
        (
            r#"def subject(data):
    queue = list(data)
    total = 0
    while queue:
        total = total * 2 + queue.pop(0)
    return total"#,
            r#"import collections
def subject(data):
    queue = collections.deque(list(data))
    total = 0
    while queue:
        total = total * 2 + queue.popleft()
    return total"#,
        ),
    ),
    row(
        "extreme",
        PYTHON,
        0.8,
        laziness::extreme,
        "Looks for the first of a sorted list without sorting it.",
        (
            r#"def subject(data):
    return sorted(data)[0]"#,
            r#"def subject(data):
    return min(data)"#,
        ),
    ),
    row(
        "generator",
        PYTHON,
        0.5,
        laziness::generator,
        "Hands a generator over where a list would be made whole first.",
        (
            r#"def subject(data):
    return any([value > 2 for value in data])"#,
            r#"def subject(data):
    return any(value > 2 for value in data)"#,
        ),
    ),
    row(
        "copy",
        PYTHON,
        0.5,
        laziness::copy,
        "Drops a copy that is only looked at.",
        (
            r#"def subject(data):
    total = 0
    for value in list(data):
        total += value
    return total"#,
            r#"def subject(data):
    total = 0
    for value in data:
        total += value
    return total"#,
        ),
    ),
    row(
        "early-exit",
        PYTHON,
        0.8,
        laziness::early_exit,
        "Leaves a loop that only sets a flag once it is set.",
        (
            r#"def subject(data):
    found = False
    for value in data:
        if value > 2:
            found = True
    return found"#,
            r#"def subject(data):
    found = False
    for value in data:
        if value > 2:
            found = True
            break
    return found"#,
        ),
    ),
    row(
        "lazy",
        PYTHON,
        0.35,
        laziness::lazy,
        "Makes the elements of a list one by one where it is gone through once.",
        (
            r#"def subject(data):
    squares = [value * value for value in data]
    return sum(squares)"#,
            r#"def subject(data):
    squares = (value * value for value in data)
    return sum(squares)"#,
        ),
    ),
    row(
        "file-lines",
        PYTHON,
        0.4,
        batch::lines,
        "Reads a file line by line instead of all lines at once.",
        (
            r#"def subject(data):
    total = 0
    with open(__file__) as file:
        for line in file.readlines():
            total += len(line) * 0
    return total"#,
            r#"def subject(data):
    total = 0
    with open(__file__) as file:
        for line in file:
            total += len(line) * 0
    return total"#,
        ),
    ),
    row(
        "file-once",
        PYTHON,
        0.9,
        batch::read_once,
        "Reads a file once before the loop that reads it in every turn.",
        (
            r#"def subject(data):
    total = 0
    for value in data:
        with open(__file__) as file:
            text = file.read()
        total += value * (len(text) > 0)
    return total"#,
            r#"def subject(data):
    total = 0
    with open(__file__) as file:
        text = file.read()
    for value in data:
        total += value * (len(text) > 0)
    return total"#,
        ),
    ),
    row(
        "executemany",
        PYTHON,
        0.9,
        batch::executemany,
        "Hands all rows to a database at once instead of one statement for each.",
        (
            r#"from sqlite3 import connect

def subject(data):
    cursor = connect(":memory:").cursor()
    cursor.execute("CREATE TABLE t (v)")
    for value in data:
        cursor.execute("INSERT INTO t VALUES (?)", (value,))
    return cursor.execute("SELECT SUM(v) FROM t").fetchone()"#,
            r#"from sqlite3 import connect

def subject(data):
    cursor = connect(":memory:").cursor()
    cursor.execute("CREATE TABLE t (v)")
    cursor.executemany("INSERT INTO t VALUES (?)", ((value,) for value in data))
    return cursor.execute("SELECT SUM(v) FROM t").fetchone()"#,
        ),
    ),
    row(
        "cached",
        PYTHON,
        0.9,
        cache::cached,
        "Remembers the answers of a pure function that is called again and again with the same.",
        (
            r#"def steps(n):
    return n if n < 2 else steps(n - 1) + steps(n - 2)"#,
            r#"import functools
@functools.lru_cache(maxsize=None, typed=True)
def steps(n):
    return n if n < 2 else steps(n - 1) + steps(n - 2)"#,
        ),
    ),
    row(
        "membership-constant",
        PYTHON,
        0.8,
        membership::of_file,
        "Asks a frozen set instead of a list of the file that never changes.",
        (
            r#"WORDS = ["a", "b", "c", "d"]

def known(word):
    return word in WORDS"#,
            r#"WORDS = ["a", "b", "c", "d"]
WORDS_SET = frozenset(WORDS)

def known(word):
    return word in WORDS_SET"#,
        ),
    ),
    row(
        "regex",
        PYTHON,
        0.6,
        regex::compiled,
        "Compiles a regular expression once where the module is loaded.",
        (
            r#"import re

def digits(text):
    return re.findall(r"[0-9]+", text)"#,
            r#"import re

_DIGITS_RE = re.compile(r"[0-9]+")


def digits(text):
    return _DIGITS_RE.findall(text)"#,
        ),
    ),
];
