"""What functions are called with in the cases, and what a candidate answers to these calls and to perturbed ones.

Recording watches the functions around some lines while cases run and keeps the arguments of distinct calls; what cannot be
pickled is not kept. Replaying happens once everything is collected and imported, instead of the cases: each call gets the
arguments anew, and its answer is what it returned (iterators read to their end) or the kind of its exception, together with
the arguments as it left them. Perturbed calls are the same for every candidate: they depend on the recorded call and a number.
Nothing here decides anything, and nothing of it is evidence: candidates are compared with each other by it.
"""

import ast
import base64
import gc
import hashlib
import importlib
import io
import itertools
import json
import marshal
import os
import pickle
import random
import re
import signal
import sys
import types

RECORDED = 160
PER_FUNCTION = 60
PER_OTHER = 8
PERTURBED = 240
LARGEST = 40_000
ITEMS = 200
DEPTH = 7
SECONDS = 0.5
LATE = 4
TOO_LONG = "takes too long"
SHOWN = 160
MAIN = "__main__"
_timer = signal.setitimer


def probe(path):
    with open(path) as file:
        wanted = json.load(file)
    return Recorder(wanted["record"]) if "record" in wanted else Replayer(wanted["replay"])


def functions_around(source, lines):
    """Qualified names of the named functions around the lines (none where a line is in no function), and of all functions."""
    found, everything, covered = set(), set(), set()

    def walk(node, prefix):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                walk(child, prefix + child.name + ".")
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                name = prefix + child.name
                everything.add(name)
                first = min([child.lineno] + [decorator.lineno for decorator in child.decorator_list])
                inside = {line for line in lines if first <= line <= child.end_lineno}
                covered.update(inside)
                if inside:
                    found.add(name)
            else:
                walk(child, prefix)

    walk(ast.parse(source), "")
    return (found if covered >= set(lines) else set()), everything


class Pickler(pickle.Pickler):
    """Functions without a name of their own go along as code."""

    def reducer_override(self, value):
        if not isinstance(value, types.FunctionType):
            return NotImplemented
        found = sys.modules.get(value.__module__)
        for part in value.__qualname__.split("."):
            found = getattr(found, part, None)
        if found is value:
            return NotImplemented
        cells = None if value.__closure__ is None else tuple(cell.cell_contents for cell in value.__closure__)
        code = marshal.dumps(value.__code__)
        return rebuilt, (code, value.__module__, value.__name__, value.__defaults__, value.__kwdefaults__, cells)


def rebuilt(code, module, name, defaults, named, cells):
    closure = None if cells is None else tuple(types.CellType(cell) for cell in cells)
    space = importlib.import_module(module).__dict__ if module else {}
    function = types.FunctionType(marshal.loads(code), space, name, defaults, closure)
    function.__kwdefaults__ = named
    return function


def pickled(value):
    into = io.BytesIO()
    Pickler(into, 4).dump(value)
    return into.getvalue()


class Recorder:
    """Takes the place of the tracer of lines."""

    replays = False

    def __init__(self, places):
        self.wanted, self.around = {}, set()
        for name, lines in places.items():
            path = os.path.join(os.getcwd(), name)
            with open(path) as file:
                around, everything = functions_around(file.read(), lines)
            self.around |= around
            for function in everything:
                self.wanted.setdefault(function.split(".")[-1], set()).add((path, function))
        self.codes, self.kept, self.begun = {}, {}, set()

    def start(self):
        sys.settrace(self.call)

    def stop(self):
        sys.settrace(None)
        return {}

    def call(self, frame, event, _argument):
        code = frame.f_code
        if event != "call" or code.co_name not in self.wanted:
            return None
        if code not in self.codes:
            self.codes[code] = self.place(frame, code)
        place = self.codes[code]
        if place is None or self.kept.get(place, (0,))[0] >= (PER_FUNCTION if place[1] in self.around else PER_OTHER):
            return None
        if code.co_flags & 0x2A0:  # a generator or coroutine is "called" whenever it goes on
            if frame in self.begun:
                return None
            self.begun.add(frame)
        sys.settrace(None)
        try:
            self.keep(place, frame, code)
        except BaseException:
            pass  # what cannot be pickled is not kept
        sys.settrace(self.call)
        return None

    def place(self, frame, code):
        path = os.path.abspath(code.co_filename)
        for known, function in self.wanted[code.co_name]:
            if known == path and qualified(frame, code, function):
                return frame.f_globals.get("__name__"), function
        return None

    def keep(self, place, frame, code):
        names, values = code.co_varnames, frame.f_locals
        positional = [values[name] for name in names[: code.co_argcount]]
        named = {name: values[name] for name in names[code.co_argcount :][: code.co_kwonlyargcount]}
        rest = list(names[code.co_argcount + code.co_kwonlyargcount :])
        if code.co_flags & 4:
            positional += values[rest.pop(0)]
        if code.co_flags & 8:
            named.update(values[rest.pop(0)])
        data = pickled((positional, named))
        pickle.loads(data)
        count, seen = self.kept.setdefault(place, (0, {}))
        if len(data) <= LARGEST and data not in seen:
            seen[data] = None
            self.kept[place] = (count + 1, seen)

    def finish(self, settings):
        """What only runs at import, or in no function, shows in the rest of the file."""
        kept = {place: calls for place, calls in self.kept.items() if place[1] in self.around} or self.kept
        every = [(place, data) for place, (_, calls) in sorted(kept.items()) for data in calls]
        for (module, function), data in every[:: 1 + len(every) // RECORDED]:
            settings.line(probe=[module, function, base64.b64encode(data).decode()])
        settings.line(probe=None)


def qualified(frame, code, function):
    """Whether this code is the function of that qualified name."""
    known = getattr(code, "co_qualname", None)
    if known is not None:
        return known == function
    if "." not in function:
        return True
    owner = frame.f_globals.get(function.split(".")[0])
    first = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
    return owner is None or first is None or isinstance(first, owner) or (isinstance(first, type) and issubclass(first, owner))


class Late(BaseException):
    pass


class Replayer:
    replays = True

    def __init__(self, calls):
        self.calls = calls
        self.late = {}

    def start(self):
        pass

    def stop(self):
        return {}

    def finish(self, settings):
        pass

    def replay(self, settings):
        """One line per call, so that what ends the process early takes only the rest with it."""
        signal.signal(signal.SIGALRM, late)
        calls = [(module, name, base64.b64decode(data)) for module, name, data in self.calls]
        functions = {}
        for module in sorted({module for module, _, _ in calls}):
            try:
                importlib.import_module(module)
            except BaseException:
                continue  # a call without its function is answered so
        for found in gc.get_objects():
            if isinstance(found, types.FunctionType):
                functions.setdefault((found.__module__, found.__qualname__), found)
        for number, (module, name, data) in enumerate(calls):
            self.ask(settings, number, False, functions.get((module, name)), name, data, None)
        dice = random.Random(len(calls))
        for number in range(PERTURBED if calls else 0):
            module, name, data = calls[dice.randrange(len(calls))]
            self.ask(settings, len(calls) + number, True, functions.get((module, name)), name, data, random.Random(dice.random()))
        settings.line(probe=None)

    def ask(self, settings, number, other, function, name, data, dice):
        try:
            given = pickle.loads(data)
            if dice is not None and not perturb(given, dice):
                return
        except Exception:
            return
        shown = call_shown(name, given)
        said, raised = ("no such function", True) if function is None else self.answered(function, given)
        text = json.dumps(said, sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
        settings.line(probe=[number, other, digest, raised, clean(shown), clean(brief(said))])

    def answered(self, function, given):
        """A function that was late so often is late with every call: whoever loops for ever does not have to be waited for each time."""
        if self.late.get(function, 0) >= LATE:
            return {"raises": TOO_LONG}, True
        said = answered(function, given)
        if said[0].get("raises") == TOO_LONG:
            self.late[function] = self.late.get(function, 0) + 1
        return said


def clean(text):
    return text.encode("utf-8", "replace").decode()[:SHOWN]


def late(*_):
    raise Late


def within(work):
    """`work` done in time, or None and the kind of what stopped it."""
    try:
        _timer(signal.ITIMER_REAL, SECONDS)
        try:
            return work(), None
        finally:
            _timer(signal.ITIMER_REAL, 0)
    except Late:
        return None, TOO_LONG
    except BaseException as error:
        return None, type(error).__name__


def answered(function, given):
    positional, named = given
    answer, stopped = within(lambda: described(function(*positional, **named)))
    left, _ = within(lambda: described([positional, named]))
    return {"raises": stopped} if stopped else {"returns": answer, "leaves": left}, stopped is not None


def brief(said):
    if not isinstance(said, dict):
        return said
    return "raises " + said["raises"] if "raises" in said else "returns " + plain(said["returns"])


def plain(answer):
    if isinstance(answer, list) and len(answer) == 2 and isinstance(answer[1], str):
        return answer[1]
    return re.sub(r'\["\w+", "((?:[^"\\]|\\.)*)"\]', r"\1", json.dumps(answer))


def call_shown(name, given):
    positional, named = given
    parts, _ = within(lambda: [repr(value) for value in positional] + ["%s=%r" % pair for pair in named.items()])
    return "%s(%s)" % (name, ", ".join(parts or ["..."]))


def described(value, depth=0):
    if depth > DEPTH:
        return "..."
    if isinstance(value, (set, frozenset)):
        return [type(value).__name__] + sorted((described(part, depth + 1) for part in value), key=repr)
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, [described(part, depth + 1) for part in itertools.islice(value, ITEMS)]]
    if isinstance(value, dict):
        pairs = itertools.islice(value.items(), ITEMS)
        return [type(value).__name__, [[described(key, depth + 1), described(part, depth + 1)] for key, part in pairs]]
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return [type(value).__name__, repr(value)]
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type, types.ModuleType)):
        return ["named", getattr(value, "__qualname__", type(value).__name__)]
    if hasattr(value, "__next__"):
        return read_to_end(value, depth)
    shown = "" if type(value).__repr__ is object.__repr__ else re.sub(r" at 0x[0-9a-f]+", "", repr(value))
    inside = getattr(value, "__dict__", None)
    return [type(value).__name__, shown] + ([described(inside, depth + 1)] if inside else [])


def read_to_end(value, depth):
    items = []
    try:
        for part in itertools.islice(value, ITEMS):
            items.append(described(part, depth + 1))
    except Exception as error:
        items.append("raises " + type(error).__name__)
    return ["items", items]


def perturb(given, dice):
    """Changes one argument; False where nothing could be changed."""
    positional, named = given
    first = 1 if positional and hasattr(positional[0], "__dict__") else 0
    places = list(range(first, len(positional))) + list(named)
    if not places:
        return False
    place = dice.choice(places)
    into = named if isinstance(place, str) else positional
    before = into[place]
    into[place] = varied(before, dice, 0)
    return into[place] is not before


def varied(value, dice, depth):
    if type(value) in (list, tuple, range, str, set, frozenset) and depth == 0 and dice.random() < 0.15:
        return iter(list(value))  # what has no length and is read once
    if type(value) is range:
        return range(value.start, dice.choice([value.stop - 1, value.stop + 1, value.start]), value.step)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return dice.choice([value + 1, value - 1, value + 2, -value, 0, 1, value * 2, value // 2])
    if isinstance(value, float):
        return dice.choice([value + 1.0, value - 1.0, -value, 0.0, value * 2.0, value / 3.0])
    if isinstance(value, str):
        return varied_text(value, dice, list("aZ0 _-.,") + ["\n", "\u00e4"])
    if isinstance(value, bytes):
        return varied_text(value, dice, [b"a", b"0", b" ", b"\x00"])
    if hasattr(value, "__next__") and depth == 0:
        return iter(varied_items(list(itertools.islice(value, ITEMS)), dice, depth + 1))
    if type(value) in (list, tuple) and depth < 4:
        return type(value)(varied_items(list(value), dice, depth))
    if type(value) is dict and value and depth < 4:
        key = dice.choice(list(value))
        kept = {name: part for name, part in value.items() if name != key or dice.random() < 0.7}
        return {name: varied(part, dice, depth + 1) if name == key else part for name, part in kept.items()}
    if type(value) in (set, frozenset) and value:
        return type(value)(sorted(value, key=repr)[:-1])
    return value


def varied_text(value, dice, letters):
    at = dice.randrange(len(value) + 1)
    more = dice.choice(letters)
    forms = [value[:at] + value[at + 1 :], value[:at] + more + value[at:], value[:at] + more + value[at + 1 :], value[:at], value[at:]]
    return dice.choice(forms + [value + value, value[::-1], value[:0], value.upper(), value.lower()])


def varied_items(items, dice, depth):
    at = dice.randrange(len(items) + 1)
    if items and dice.random() < 0.6:
        at %= len(items)
        items[at] = varied(items[at], dice, depth + 1)
        return items
    return dice.choice([items[:at] + items[at + 1 :], items[::-1], items + items[:1], items[:at], items[at:], []])
