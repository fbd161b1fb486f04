"""Whether two versions of a file behave alike, on the calls a test run makes and on perturbed ones.

usage: behaviour.py record PROJECT FILE LINES OUT -- PYTEST-ARGUMENTS     in the right version; LINES: 3,17
       behaviour.py answer PROJECT FILE CALLS SEED                        in either version, one JSON line per call
       behaviour.py same ONE OTHER                                        two answers

A call is one of the outermost named functions (or methods) around the lines; where a line lies in none, or no case calls it, of every function of the
file.
What cannot be pickled is not recorded. An answer is the returned value with iterators read to their end, or the kind of the exception,
and the arguments as they were left. Perturbed calls count where the right version answers without an exception.
"""

import ast
import gc
import itertools
import json
import os
import pickle
import random
import re
import signal
import sys
import types

RECORDED = 300
PER_SHAPE = 30
PERTURBED = 600
ITEMS = 300


def targets(source, lines):
    """Qualified names of the named functions around the lines."""
    found, everything = set(), set()

    def walk(node, prefix):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                walk(child, prefix + child.name + ".")
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                name = prefix + child.name
                everything.add(name)
                first = min([child.lineno] + [decorator.lineno for decorator in child.decorator_list])
                for line in lines:
                    if first <= line <= child.end_lineno:
                        found.add(name)
                        covered.add(line)
            else:
                walk(child, prefix)

    covered = set()
    walk(ast.parse(source), "")
    return (found if covered >= set(lines) else set()), everything


def record(project, name, lines, out, *arguments):
    import cloudpickle
    import pytest

    path = os.path.join(os.path.abspath(project), name)
    around, wanted = targets(open(path).read(), [int(line) for line in lines.split(",")])
    calls, seen, shapes, begun = [], set(), {}, set()

    def trace(frame, event, _argument):
        code = frame.f_code
        if event != "call" or code.co_filename != path or code.co_qualname not in wanted:
            return None
        if code.co_qualname not in around and len(calls) >= RECORDED:
            return None
        if code.co_flags & 0x2A0:  # generators and coroutines are "called" whenever they go on
            if frame in begun:
                return None
            begun.add(frame)
        sys.settrace(None)
        try:
            positional = [frame.f_locals[key] for key in code.co_varnames[: code.co_argcount]]
            names = code.co_varnames[code.co_argcount :]
            named = {key: frame.f_locals[key] for key in names[: code.co_kwonlyargcount]}
            rest = list(names[code.co_kwonlyargcount :])
            if code.co_flags & 4:
                positional += list(frame.f_locals[rest.pop(0)])
            if code.co_flags & 8:
                named.update(frame.f_locals[rest.pop(0)])
            data = cloudpickle.dumps((positional, named))
            shape = (code.co_qualname, len(data).bit_length())
            if (code.co_qualname, data) not in seen and len(data) < 100_000 and shapes.get(shape, 0) < PER_SHAPE:
                pickle.loads(data)
                seen.add((code.co_qualname, data))
                shapes[shape] = shapes.get(shape, 0) + 1
                calls.append((code.co_qualname, data))
        except Exception:
            pass
        finally:
            sys.settrace(trace)
        return None

    class Tracing:
        @pytest.hookimpl(hookwrapper=True)
        def pytest_runtest_call(self, item):
            sys.settrace(trace)
            yield
            sys.settrace(None)

    os.chdir(project)
    sys.path.insert(0, os.getcwd())
    pytest.main(list(arguments), plugins=[Tracing()])
    module = next(key for key, value in sys.modules.items() if getattr(value, "__file__", None) == path)
    # What only runs at import shows in the rest of the file.
    calls = [call for call in calls if call[0] in around][:RECORDED] or calls
    extra = [entry for entry in sys.path if entry.startswith(os.getcwd())]
    with open(out, "wb") as file:
        pickle.dump((module, extra, calls), file)
    print(len(calls))


def describe(value, depth=0):
    if depth > 8:
        return "..."
    if isinstance(value, (list, tuple, set, frozenset)):
        parts = [describe(part, depth + 1) for part in itertools.islice(value, ITEMS)]
        return [type(value).__name__] + (sorted(parts, key=repr) if isinstance(value, (set, frozenset)) else parts)
    if isinstance(value, dict):
        return [type(value).__name__] + [[describe(key, depth + 1), describe(part, depth + 1)] for key, part in itertools.islice(value.items(), ITEMS)]
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return [type(value).__name__, repr(value)]
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, type, types.ModuleType, re.Pattern)):
        return ["named", getattr(value, "__qualname__", None) or repr(value)]
    if hasattr(value, "__next__"):
        try:
            return ["items"] + [describe(part, depth + 1) for part in itertools.islice(value, ITEMS)]
        except Late:
            raise
        except Exception as error:
            return ["items, then", type(error).__name__]
    inside = getattr(value, "__dict__", None)
    shown = re.sub(r" at 0x[0-9a-f]+", "", repr(value)) if type(value).__repr__ is not object.__repr__ else ""
    return [type(value).__name__, shown] + ([describe(inside, depth + 1)] if inside else [])


class Late(BaseException):
    pass


def late(*_):
    raise Late


def ask(function, data):
    positional, named = data
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        answer = describe(function(*positional, **named))
    except Late:
        return "late"
    except (SystemExit, Exception) as error:
        answer = ["raised", type(error).__name__]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1.0)
        left = describe([positional, named])
    except (Late, Exception):
        left = None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return [answer, left]


def perturbed(value, dice, depth=0):
    """The value with one small thing changed, and whether that could be done."""
    if isinstance(value, bool):
        return not value, True
    if isinstance(value, int):
        return dice.choice([value + 1, value - 1, -value, 0, value * 2, 1, value + 10]), True
    if isinstance(value, float):
        return dice.choice([value + 1, -value, 0.0, value * 2, value / 3]), True
    if isinstance(value, (str, bytes)):
        at = dice.randrange(len(value) + 1)
        other = value[:0] + (dice.choice(["x", " ", "_", "A", "1", "-", "\u00e9", "\n"]) if isinstance(value, str) else b"x")
        return dice.choice([value[:at] + value[at + 1 :], value[:at] + other + value[at:], value + value, value[::-1], value[:at], value[:0], value.upper()]), True
    if hasattr(value, "__next__") and depth == 0:
        items, done = perturbed(list(itertools.islice(value, ITEMS)), dice, 1)
        return iter(items), done
    if type(value) in (list, tuple) and depth == 0 and dice.random() < 0.1:
        return (item for item in value), True
    if isinstance(value, (list, tuple)) and depth < 4:
        kind = type(value)
        items = list(value)
        if items and dice.random() < 0.7:
            at = dice.randrange(len(items))
            items[at], done = perturbed(items[at], dice, depth + 1)
            if done:
                return (kind(items), True) if kind in (list, tuple) else (value, False)
        at = dice.randrange(len(items) + 1)
        items = dice.choice([items[:at] + items[at + 1 :], items[::-1], items + items[:1], items[:at], []])
        return (kind(items), True) if kind in (list, tuple) else (value, False)
    if type(value) is dict and value and depth < 4:
        key = dice.choice(list(value))
        changed = dict(value)
        if dice.random() < 0.3:
            del changed[key]
            return changed, True
        changed[key], done = perturbed(changed[key], dice, depth + 1)
        return changed, done
    return value, False


def answer(project, name, calls, seed):
    os.chdir(project)
    with open(calls, "rb") as file:
        module, extra, recorded = pickle.load(file)
    sys.path[:0] = extra or [os.getcwd()]
    __import__(module)
    signal.signal(signal.SIGALRM, late)
    functions = {}
    for found in gc.get_objects():
        if isinstance(found, types.FunctionType) and found.__module__ == module:
            code = found.__code__
            if os.path.abspath(code.co_filename) == os.path.join(os.getcwd(), name):
                functions.setdefault(code.co_qualname, found)
    dice = random.Random(int(seed))
    for number, (function, data) in enumerate(recorded):
        put(["recorded", number], functions.get(function), data, None)
    for number in range(PERTURBED if recorded else 0):
        function, data = recorded[dice.randrange(len(recorded))]
        put(["perturbed", number], functions.get(function), data, dice.randrange(1 << 40))


def put(what, function, data, seed):
    try:
        given = pickle.loads(data)
    except Exception as error:
        print(json.dumps([what, "unreadable " + type(error).__name__]))
        return
    if seed is not None:
        dice = random.Random(seed)
        positional, named = given
        first = 1 if positional and getattr(positional[0], "__dict__", None) is not None else 0
        places = list(range(first, len(positional))) + list(named)
        if not places:
            return
        place = dice.choice(places)
        into = named if isinstance(place, str) else positional
        into[place], done = perturbed(into[place], dice)
        if not done:
            return
    shown = repr(given)[:300]
    print(json.dumps([what, "no function" if function is None else ask(function, given), shown]))


def same(one, other):
    right, left = (
        {json.dumps(entry[0]): entry[1:] for entry in map(json.loads, open(path)) if isinstance(entry, list) and len(entry) > 2} for path in (one, other)
    )
    counted, differing = {"recorded": 0, "perturbed": 0}, None
    for key, (said, shown) in right.items():
        kind = json.loads(key)[0]
        if said == "late" or kind == "perturbed" and said[0][0] == "raised":
            continue
        counted[kind] += 1
        if left.get(key, [None])[0] != said and differing is None:
            differing = {"input": shown, "right": said, "repair": left.get(key, [None])[0]}
    print(json.dumps({"recorded": counted["recorded"], "perturbed": counted["perturbed"], "differs": differing}))


{"record": record, "answer": answer, "same": same}[sys.argv[1]](*(argument for argument in sys.argv[2:] if argument != "--"))
