"""One-line defects of a package, made by a mutation tool that knows nothing of Kaizen.

usage: defects.py TOOL PROJECT GLOB...   (TOOL: cosmic-ray or mutmut)

Prints one JSON line per defect, in an order that depends on the sources alone: families of operators take turns, within a family
the order is that of a hash. Nothing is left out because of how it might be repaired, with one exception: mutmut's `"text"` to
`"XXtextXX"`, whose undoing no tool could guess.
"""

import difflib
import hashlib
import itertools
import json
import pathlib
import sys

AT_MOST_PER_FAMILY = 40


def order(*parts):
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def cosmic_ray(files):
    from cosmic_ray import plugins
    from cosmic_ray.ast import Visitor, get_ast
    from cosmic_ray.mutating import MutationVisitor

    operators = {}
    for name in plugins.operator_names():
        made = plugins.get_operator(name)
        if not made.arguments():
            operators[name] = made()

    class Count(Visitor):
        def __init__(self):
            self.found = dict.fromkeys(operators, 0)

        def visit(self, node):
            for name, operator in operators.items():
                self.found[name] += sum(1 for _ in operator.mutation_positions(node))
            return node

    for name, source in files.items():
        count = Count()
        count.walk(get_ast(source))
        for operator, positions in count.found.items():
            family = operator.split("/")[-1].split("_")[0]
            for number in range(positions):

                def make(source=source, operator=operator, number=number):
                    return MutationVisitor.mutate_code(source, operators[operator], number)

                yield family, name, operator, number, make


def mutmut(files):
    from mutmut import Context, list_mutations, mutate

    for name, source in files.items():
        for number, place in enumerate(list_mutations(Context(source=source, filename=name))):

            def make(source=source, name=name, place=place):
                return mutate(Context(source=source, filename=name, mutation_id=place))[0]

            yield "mutmut", name, place.line.strip(), number, make


def changed(before, after):
    """The lines that differ, if it is a single one on both sides."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    gone, come = [line[2:] for line in lines if line[:2] == "- "], [line[2:] for line in lines if line[:2] == "+ "]
    if len(gone) != 1 or len(come) != 1 or ("XX" in come[0] and "XX" not in gone[0]):
        return None
    at = next(number for number, line in enumerate(lines) if line[:2] == "- ")
    return gone[0].strip(), come[0].strip(), 1 + sum(1 for line in lines[:at] if line[:2] in ("  ", "- "))


def main(tool, project, *globs):
    root = pathlib.Path(project)
    paths = sorted({path for pattern in globs for path in root.glob(pattern)})
    files = {str(path.relative_to(root)): path.read_text() for path in paths}
    families = {}
    for family, name, operator, number, make in {"cosmic-ray": cosmic_ray, "mutmut": mutmut}[tool](files):
        families.setdefault(family, []).append((order(name, operator, number), name, operator, make))
    for found in families.values():
        found.sort(key=lambda entry: entry[0])
        del found[AT_MOST_PER_FAMILY if len(families) > 1 else 20 * AT_MOST_PER_FAMILY :]
    turns = itertools.zip_longest(*(families[family] for family in sorted(families)))
    seen = set()
    for key, name, operator, make in filter(None, itertools.chain.from_iterable(turns)):
        text = make()
        what = changed(files[name], text) if text else None
        if what is None or (name, text) in seen:
            continue
        seen.add((name, text))
        right, wrong, line = what
        print(json.dumps({"file": name, "line": line, "operator": operator, "right": right, "wrong": wrong, "text": text}), flush=True)


main(*sys.argv[1:])
