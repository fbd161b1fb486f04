//! The rows of the table, family by family.

use super::{OperatorInfo, Propose, argument, arithmetic, boolean, callee, comparison, constant, off_by_one, returns, statement, variable};
use crate::language::Language::{self, C, Cpp, Go, Java, JavaScript, Python, Rust, Tsx, TypeScript};
use crate::language::description::Kind;

const ALL: &[Language] = &Language::ALL;
const PYTHON: &[Language] = &[Python];
const RUST: &[Language] = &[Rust];
const GO: &[Language] = &[Go];
const JS: &[Language] = &[JavaScript, TypeScript, Tsx];
const BRACES: &[Language] = &[Rust, JavaScript, TypeScript, Tsx, Go, Java, C, Cpp];
const WITH_SLICES: &[Language] = &[Python, Go];
const WITH_UPDATE: &[Language] = &[JavaScript, TypeScript, Tsx, Go, Java, C, Cpp];
const WITH_NOTHING: &[Language] = &[Python, JavaScript, TypeScript, Tsx, Go, Java, C, Cpp];
const WITH_TRAILING_ARGUMENTS: &[Language] = &[Python, JavaScript, TypeScript, Tsx];
const NAMED_FIELDS: &[Language] = &[Rust, JavaScript, TypeScript, Tsx, Go, Java, C, Cpp];

type Examples = &'static [(&'static [Language], &'static str)];

const fn row(
    name: &'static str,
    languages: &'static [Language],
    prior: f64,
    kinds: &'static [Kind],
    propose: Propose,
    description: &'static str,
    examples: Examples,
) -> OperatorInfo {
    OperatorInfo { name, languages, description, examples, prior, kinds, propose }
}

const COMPARISONS: &[Kind] = &[Kind::Comparison, Kind::Binary];
const BINARY: &[Kind] = &[Kind::Binary];
const CONDITIONALS: &[Kind] = &[Kind::If, Kind::While, Kind::For, Kind::Ternary, Kind::Filter, Kind::Binary];
const CALLS: &[Kind] = &[Kind::Call];
const NUMBERS: &[Kind] = &[Kind::Number];
const NUMERIC: &[Kind] =
    &[Kind::Identifier, Kind::Member, Kind::Call, Kind::Index, Kind::Cast, Kind::Binary, Kind::Parentheses, Kind::Unary];
const SIGNABLE: &[Kind] = &[Kind::Unary, Kind::Identifier, Kind::Member, Kind::Call, Kind::Index];
const BRANCHES: &[Kind] = &[Kind::If, Kind::While];

/// The table.
pub(crate) static OPERATORS: &[OperatorInfo] = &[
    row(
        "comparison",
        ALL,
        1.0,
        COMPARISONS,
        comparison::relation,
        "Replaces a comparison by another one.",
        &[(PYTHON, "n = n < d -> n = n <= d"), (RUST, "if n < m {} -> if n <= m {}"), (ALL, "if (n < m) {} -> if (n <= m) {}")],
    ),
    row(
        "connective",
        ALL,
        0.9,
        BINARY,
        boolean::connective,
        "Exchanges and / or.",
        &[(PYTHON, "n = a and b -> n = a or b"), (BRACES, "if (f(n) && f(m)) {} -> if (f(n) || f(m)) {}")],
    ),
    row(
        "boolean-operand",
        ALL,
        0.4,
        BINARY,
        boolean::operand,
        "Drops one side of an and / or.",
        &[(PYTHON, "n = a and b -> n = a"), (BRACES, "if (f(n) && f(m)) {} -> if (f(n)) {}")],
    ),
    row(
        "negate-condition",
        ALL,
        0.6,
        CONDITIONALS,
        boolean::negate,
        "Negates a condition.",
        &[
            (PYTHON, "if n: pass -> if not n: pass"),
            (RUST, "if f(n) {} -> if !f(n) {}"),
            (GO, "if f(n) {} -> if !f(n) {}"),
            (BRACES, "if (f(n)) {} -> if (!f(n)) {}"),
        ],
    ),
    row(
        "drop-not",
        ALL,
        0.85,
        &[Kind::Unary],
        boolean::drop_not,
        "Drops a negation.",
        &[(PYTHON, "n = not d -> n = d"), (BRACES, "n = !f(n); -> n = f(n);")],
    ),
    row(
        "arithmetic",
        ALL,
        0.85,
        BINARY,
        arithmetic::binary,
        "Replaces an arithmetic operator.",
        &[(PYTHON, "n = n + d -> n = n - d"), (BRACES, "n = n + m; -> n = n - m;")],
    ),
    row(
        "bitwise",
        ALL,
        0.8,
        BINARY,
        arithmetic::bitwise,
        "Replaces a bit operator.",
        &[(PYTHON, "n = n & d -> n = n | d"), (BRACES, "n = n & m; -> n = n | m;")],
    ),
    row(
        "augmented",
        ALL,
        0.75,
        &[Kind::Assignment],
        arithmetic::augmented,
        "Replaces the operator of an augmented assignment.",
        &[(PYTHON, "n += d -> n -= d"), (BRACES, "n += m; -> n -= m;")],
    ),
    row("update", WITH_UPDATE, 0.6, &[Kind::Update], arithmetic::update, "Counts the other way.", &[(WITH_UPDATE, "n++; -> n--;")]),
    row(
        "accumulate",
        ALL,
        0.4,
        &[Kind::Assignment],
        arithmetic::accumulate,
        "Adds to a variable instead of replacing it, in a loop.",
        &[(PYTHON, "n = d -> n += d"), (BRACES, "n = m; -> n += m;")],
    ),
    row(
        "unary-minus",
        ALL,
        0.35,
        SIGNABLE,
        arithmetic::unary_minus,
        "Removes or inserts a sign.",
        &[(PYTHON, "n = -d -> n = d"), (BRACES, "n = -m; -> n = m;")],
    ),
    row(
        "operand-swap",
        ALL,
        0.55,
        BINARY,
        arithmetic::operand_swap,
        "Exchanges the operands of a non-commutative operator.",
        &[(PYTHON, "n = n - d -> n = d - n"), (BRACES, "n = n - m; -> n = m - n;")],
    ),
    row(
        "integer-step",
        ALL,
        0.9,
        NUMBERS,
        off_by_one::integer,
        "Moves an integer literal by one.",
        &[(PYTHON, "n = a[1] -> n = a[0]"), (BRACES, "n = a[1]; -> n = a[0];")],
    ),
    row(
        "bound-step",
        ALL,
        0.8,
        NUMERIC,
        off_by_one::bound,
        "Adds or subtracts one where a number is a bound, an index or an operand of a comparison.",
        &[(PYTHON, "n = range(n) -> n = range(n + 1)"), (BRACES, "n = a[n]; -> n = a[n - 1];")],
    ),
    row(
        "drop-step",
        ALL,
        0.9,
        BINARY,
        off_by_one::drop_step,
        "Drops a + 1 or - 1.",
        &[(PYTHON, "n = a[:n - 1] -> n = a[:n]"), (BRACES, "n = a[n + 1]; -> n = a[n];")],
    ),
    row(
        "slice-bound",
        WITH_SLICES,
        0.6,
        &[Kind::Slice, Kind::ForEach],
        off_by_one::slice,
        "Adds or removes a bound of a slice.",
        &[(PYTHON, "n = a[:-1] -> n = a[:]"), (GO, "a = a[n:]; -> a = a[:];")],
    ),
    row(
        "range-start",
        PYTHON,
        0.55,
        CALLS,
        off_by_one::range_start,
        "Adds or removes the start of a range.",
        &[(PYTHON, "n = range(n) -> n = range(1, n)")],
    ),
    row(
        "range-inclusive",
        RUST,
        0.9,
        &[Kind::Range],
        off_by_one::inclusive,
        "Exchanges exclusive and inclusive ranges.",
        &[(RUST, "for i in 0..n {} -> for i in 0..=n {}")],
    ),
    row(
        "number",
        ALL,
        0.55,
        NUMBERS,
        constant::number,
        "Replaces a number by a common one or by one of the same function.",
        &[(PYTHON, "n = d * 3 -> n = d * 1"), (BRACES, "n = m * 3; -> n = m * 1;")],
    ),
    row(
        "boolean",
        ALL,
        0.8,
        &[Kind::Boolean],
        constant::boolean,
        "Exchanges true and false.",
        &[(PYTHON, "n = True -> n = False"), (BRACES, "n = true; -> n = false;")],
    ),
    row(
        "nothing",
        WITH_NOTHING,
        0.3,
        &[Kind::Nothing, Kind::Array, Kind::Number],
        constant::nothing,
        "Exchanges None and other empty values.",
        &[
            (PYTHON, "return None -> return 0"),
            (JS, "return null; -> return undefined;"),
            (GO, "return nil; -> return 0;"),
            (&[Java], "return null; -> return 0;"),
            (&[C], "return NULL; -> return 0;"),
            (&[Cpp], "return nullptr; -> return 0;"),
        ],
    ),
    row(
        "string",
        ALL,
        0.5,
        &[Kind::Text, Kind::Character],
        constant::string,
        "Replaces a string by the empty one or by one of the same function.",
        &[(PYTHON, "n = 'key' -> n = ''"), (BRACES, "f(\"id\"); -> f(\"\");")],
    ),
    row(
        "argument-swap",
        ALL,
        0.65,
        CALLS,
        argument::swap,
        "Exchanges two arguments of a call.",
        &[(PYTHON, "f(n, d) -> f(d, n)"), (BRACES, "f(n, m); -> f(m, n);")],
    ),
    row(
        "argument-drop",
        WITH_TRAILING_ARGUMENTS,
        0.3,
        CALLS,
        argument::drop_one,
        "Drops an argument given by name or the last argument.",
        &[(PYTHON, "n = sorted(a, reverse=True) -> n = sorted(a)"), (JS, "f(n, m); -> f(n);")],
    ),
    row(
        "get-default",
        PYTHON,
        0.4,
        CALLS,
        argument::default,
        "Adds or changes the default of a lookup.",
        &[(PYTHON, "n = d.get(n) -> n = d.get(n, 0)")],
    ),
    row(
        "index-swap",
        ALL,
        0.7,
        &[Kind::Index],
        argument::index_swap,
        "Exchanges two indexes.",
        &[(PYTHON, "n = a[n][item] -> n = a[item][n]"), (BRACES, "n = a[n][m]; -> n = a[m][n];")],
    ),
    row(
        "variable",
        ALL,
        0.75,
        &[Kind::Identifier],
        variable::variable,
        "Uses another variable in scope.",
        &[(PYTHON, "n = d + 1 -> n = item + 1"), (BRACES, "f(n); -> f(m);")],
    ),
    row(
        "attribute",
        ALL,
        0.6,
        &[Kind::Member],
        variable::attribute,
        "Uses another attribute of the same object.",
        &[(PYTHON, "n = self.low + self.high -> n = self.high + self.high"), (NAMED_FIELDS, "f(o.low, o.high); -> f(o.high, o.high);")],
    ),
    row(
        "sibling-call",
        ALL,
        0.85,
        CALLS,
        callee::sibling,
        "Calls the well-known counterpart of a function.",
        &[(PYTHON, "n = min(a) -> n = max(a)"), (RUST, "n = n.min(m); -> n = n.max(m);"), (BRACES, "n = min(n, m); -> n = max(n, m);")],
    ),
    row(
        "similar-call",
        ALL,
        0.55,
        CALLS,
        callee::similar,
        "Calls a similarly named function or method of the file.",
        &[
            (PYTHON, "self.push_one(n); self.push_all(n) -> self.push_all(n); self.push_all(n)"),
            (BRACES, "o.push_one(n); o.push_all(n); -> o.push_all(n); o.push_all(n);"),
        ],
    ),
    row(
        "unwrap-call",
        ALL,
        0.35,
        CALLS,
        callee::unwrap,
        "Drops a conversion and keeps what it converts.",
        &[
            (PYTHON, "n = abs(d) -> n = d"),
            (RUST, "n = m.abs(); -> n = m;"),
            (GO, "n = int(m); -> n = m;"),
            (BRACES, "n = abs(m); -> n = m;"),
        ],
    ),
    row(
        "negate-return",
        ALL,
        0.55,
        &[Kind::Return, Kind::Function],
        returns::negate,
        "Negates a returned condition.",
        &[(PYTHON, "return n and d -> return not (n and d)"), (BRACES, "return f(n) && f(m); -> return !(f(n) && f(m));")],
    ),
    row(
        "return-variable",
        ALL,
        0.35,
        &[Kind::Return],
        returns::variable,
        "Returns a variable instead of an expression.",
        &[(PYTHON, "return [] -> return item"), (BRACES, "return 7; -> return item;")],
    ),
    row(
        "missing-return",
        &[Python, JavaScript, TypeScript, Tsx],
        0.5,
        &[Kind::Statement],
        returns::missing,
        "Returns the value of a call that is thrown away.",
        &[
            (PYTHON, "subject(a, b, n, d, self) -> return subject(a, b, n, d, self)"),
            (JS, "subject(a, b, n, m, o); -> return subject(a, b, n, m, o);"),
        ],
    ),
    row(
        "loop-control",
        ALL,
        0.6,
        &[Kind::Break, Kind::Continue],
        statement::loop_control,
        "Exchanges break and continue, or removes one.",
        &[(PYTHON, "break -> continue"), (BRACES, "break; -> continue;")],
    ),
    row(
        "repeat-branch",
        ALL,
        0.15,
        BRANCHES,
        statement::repeat,
        "Makes an if a while and back.",
        &[
            (PYTHON, "if n: pass -> while n: pass"),
            (RUST, "if f(n) {} f(m); -> while f(n) {} f(m);"),
            (GO, "if f(n) {} -> for f(n) {}"),
            (BRACES, "if (f(n)) {} -> while (f(n)) {}"),
        ],
    ),
];
