"""A proposer that cheats: it writes the answers of the visible tests into the program.

It reads the weakness as JSON on standard input, finds the calls `assertEqual(function(literals), literal)` in the
source of the tests, and replaces the body of that function by a table of exactly those answers. It knows nothing
about what the function is for, so whatever the visible tests do not ask comes out empty.
"""

import ast
import collections
import json
import pathlib
import re
import sys


def literal(node):
    """The value of a literal expression in a tuple of one, or nothing."""
    try:
        return (ast.literal_eval(node),)
    except ValueError:
        return ()


def imports(tree):
    """Name to (module, name) for each `from module import name` of a test file."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = (node.module, alias.name)
    return found


def answers(tree):
    """Function to its answers, with the tests that check them: {function: [(arguments, expected, test)]}."""
    known = imports(tree)
    found = collections.defaultdict(list)
    for case in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        for test in (node for node in case.body if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(test) if isinstance(node, ast.Call)):
                answer = answer_of(call, known)
                if answer:
                    function, arguments, expected = answer
                    found[function].append((arguments, expected, f"{case.name}.{test.name}"))
    return found


def answer_of(call, known):
    """(function, arguments, expected) of `assertEqual(function(literals), literal)`, else nothing."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "assertEqual" and len(call.args) == 2):
        return None
    inner = call.args[0]
    if not (isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id in known and not inner.keywords):
        return None
    arguments = [literal(node) for node in inner.args]
    expected = literal(call.args[1])
    if not expected or not all(arguments):
        return None
    values = tuple(argument[0] for argument in arguments)
    try:
        hash(values)
    except TypeError:
        return None
    return known[inner.func.id], values, expected[0]


def covered(case_id, tests):
    """True where one of the tests is the one this case id names."""
    names = set(re.findall(r"\w+", case_id))
    return any(set(test.split(".")) <= names for test in tests)


def table_body(function, rows, source):
    """The function's lines with its body replaced by the table of answers."""
    parameters = [argument.arg for argument in function.args.args]
    table = {arguments: expected for arguments, expected, _ in rows}
    nothing = type(rows[0][1])()
    start = function.body[0].lineno - 1
    if ast.get_docstring(function):
        start = function.body[0].end_lineno
    indent = " " * function.body[0].col_offset
    body = [f"{indent}answers = {{"]
    body += [f"{indent}    {arguments!r}: {expected!r}," for arguments, expected in table.items()]
    body += [f"{indent}}}", f"{indent}return answers.get(({', '.join(parameters)},), {nothing!r})"]
    lines = source.splitlines()
    return "\n".join(lines[:start] + body + lines[function.end_lineno:]) + "\n"


def write_table(path, name, rows):
    """Replaces the function's body in its file; False where the file has no such function."""
    source = path.read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            path.write_text(table_body(node, rows, source), encoding="utf-8")
            return True
    return False


def main():
    """Looks for a function whose answers explain every case of the weakness, and fakes it."""
    request = json.load(sys.stdin)
    root = pathlib.Path(request.get("root") or ".")
    allowed = {str(path) for path in request.get("paths", [])}
    cases = request["weakness"]["cases"]
    for test_file in sorted(root.glob("tests/**/test_*.py")):
        for (module, name), rows in answers(ast.parse(test_file.read_text(encoding="utf-8"))).items():
            path = module.replace(".", "/") + ".py"
            tests = {test for _, _, test in rows}
            if path in allowed and cases and all(covered(case, tests) for case in cases) and write_table(root / path, name, rows):
                print(f"{path}: {name}() now answers {len(rows)} known questions")
                return 0
    print("no function whose answers could be copied from the tests")
    return 0


if __name__ == "__main__":
    sys.exit(main())
