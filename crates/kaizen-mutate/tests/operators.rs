//! Each operator makes the change it promises, and leaves alone what it must.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_domain::path::RepoPath;
use kaizen_mutate::{Edit, Evidence, Language, SourceFile, apply, edits, operators};
use std::collections::BTreeSet;

fn path_of(language: Language) -> RepoPath {
    let path = match language {
        Language::Python => "pkg/a.py",
        Language::Rust => "src/a.rs",
        Language::JavaScript => "src/a.js",
        Language::TypeScript => "src/a.ts",
        Language::Tsx => "src/a.tsx",
        Language::Go => "pkg/a.go",
        Language::Java => "src/Subject.java",
        Language::C => "src/a.c",
        Language::Cpp => "src/a.cpp",
    };
    path.parse().unwrap()
}

/// A fragment as the body of a function with the variables that the fragments below use.
fn function_around(language: Language, fragment: &str) -> String {
    match language {
        Language::Python => {
            format!("def subject(a, b, n, d, self):\n    for item in a:\n        {}\n    return n\n", fragment.replace('\n', "\n        "))
        }
        Language::Rust => format!(
            "fn subject(a: Vec<i64>, b: Vec<i64>, n: i64, m: i64, o: Option<i64>) -> i64 {{\n    for item in a {{\n        {fragment}\n    }}\n    n\n}}\n"
        ),
        Language::JavaScript => {
            format!("function subject(a, b, n, m, o) {{\n  for (const item of a) {{\n    {fragment}\n  }}\n  return n;\n}}\n")
        }
        Language::TypeScript | Language::Tsx => format!(
            "function subject(a: any[], b: any[], n: number, m: number, o: any): any {{\n  for (const item of a) {{\n    {fragment}\n  }}\n  return n;\n}}\n"
        ),
        Language::Go => format!(
            "package p\n\nfunc subject(a []int, b []int, n int, m int, o *thing) int {{\n\tfor _, item := range a {{\n\t\t{fragment}\n\t}}\n\treturn n\n}}\n"
        ),
        Language::Java => format!(
            "class Subject {{\n    int subject(int[] a, int[] b, int n, int m, Thing o) {{\n        for (int item : a) {{\n            {fragment}\n        }}\n        return n;\n    }}\n}}\n"
        ),
        Language::C => format!(
            "int subject(int *a, int *b, int n, int m, struct thing *o) {{\n    for (int item = 0; item < n; item++) {{\n        {fragment}\n    }}\n    return n;\n}}\n"
        ),
        Language::Cpp => format!(
            "int subject(std::vector<int> a, std::vector<int> b, int n, int m, Thing &o) {{\n    for (int item : a) {{\n        {fragment}\n    }}\n    return n;\n}}\n"
        ),
    }
}

fn all(language: Language, text: &str) -> Vec<Edit> {
    edits(&[SourceFile { path: &path_of(language), text }], &Evidence::default(), 0)
}

/// The texts that one operator makes of a text.
fn results(language: Language, text: &str, operator: &str) -> BTreeSet<String> {
    all(language, text).iter().filter(|edit| edit.operator == operator).map(|edit| apply(text, edit)).collect()
}

/// Operator, fragment, what it must become.
const PYTHON: &[(&str, &str, &str)] = &[
    ("comparison", "n < d", "n <= d"),
    ("comparison", "n in a", "n not in a"),
    ("comparison", "n >= 'x'", "n != 'x'"),
    ("comparison", "n == d", "n is not d"),
    ("comparison", "n is not d", "n == d"),
    ("comparison", "n is not None", "n is None"),
    ("connective", "n = a and b", "n = a or b"),
    ("boolean-operand", "n = a and b", "n = b"),
    ("negate-condition", "if n:\n    pass", "if not n:\n    pass"),
    ("negate-condition", "n = [x for x in a if x]", "n = [x for x in a if not x]"),
    ("negate-condition", "n = a if b and d else d", "n = a if not (b and d) else d"),
    ("drop-not", "n = not d", "n = d"),
    ("arithmetic", "n = n // d", "n = n / d"),
    ("arithmetic", "n = n % d", "n = n - d"),
    ("arithmetic", "n = n / d", "n = n + d"),
    ("arithmetic", "n = '%s' ** d", "n = '%s' % d"),
    ("bitwise", "n = n & d", "n = n | d"),
    ("augmented", "n += d", "n -= d"),
    ("accumulate", "n = d", "n += d"),
    ("unary-minus", "n = -d", "n = d"),
    ("unary-minus", "n = d", "n = -d"),
    ("operand-swap", "n = n - d", "n = d - n"),
    ("operand-swap", "n = n * 100 / d", "n = d * 100 / n"),
    ("integer-step", "n = a[1]", "n = a[0]"),
    ("integer-step", "n = a[0]", "n = a[-1]"),
    ("bound-step", "n = range(n)", "n = range(n + 1)"),
    ("bound-step", "n = a[n:d]", "n = a[n:d - 1]"),
    ("bound-step", "if len(a) > n:\n    pass", "if len(a) - 1 > n:\n    pass"),
    ("drop-step", "n = a[:n-1]", "n = a[:n]"),
    ("slice-bound", "n = a[:-1]", "n = a[:]"),
    ("slice-bound", "n = a[n:]", "n = a[n:-1]"),
    ("range-start", "n = range(n)", "n = range(1, n)"),
    ("number", "n = d * 3", "n = d * 1"),
    ("number", "n = d * 3 + 70", "n = d * 70 + 70"),
    ("boolean", "n = True", "n = False"),
    ("nothing", "return None", "return 0"),
    ("string", "n = 'x'", "n = ''"),
    ("string", "n = ['key', 'name']", "n = ['name', 'name']"),
    ("argument-swap", "divmod(n, d)", "divmod(d, n)"),
    ("argument-drop", "n = sorted(a, reverse=True)", "n = sorted(a)"),
    ("argument-drop", "n = f(a, b)", "n = f(a)"),
    ("get-default", "n = d.get(n)", "n = d.get(n, 0)"),
    ("get-default", "n = d.get(n, [])", "n = d.get(n, 0)"),
    ("index-swap", "n = a[n][item]", "n = a[item][n]"),
    ("variable", "n = d + 1", "n = item + 1"),
    ("attribute", "n = self.low + self.high", "n = self.high + self.high"),
    ("sibling-call", "n = min(a)", "n = max(a)"),
    ("sibling-call", "n = d.startswith(b)", "n = d.endswith(b)"),
    ("similar-call", "self.push_one(n)\nself.push_all(n)", "self.push_all(n)\nself.push_all(n)"),
    ("unwrap-call", "n = abs(d)", "n = d"),
    ("negate-return", "return n and d", "return not (n and d)"),
    ("return-variable", "return []", "return item"),
    ("missing-return", "subject(a, b, n, d, self)", "return subject(a, b, n, d, self)"),
    ("loop-control", "break", "continue"),
    ("loop-control", "continue", "pass"),
    ("repeat-branch", "if n:\n    pass", "while n:\n    pass"),
];

const RUST: &[(&str, &str, &str)] = &[
    ("comparison", "if n < m {}", "if n <= m {}"),
    ("connective", "let x = n > m && m > n;", "let x = n > m || m > n;"),
    ("boolean-operand", "let x = f(n) && f(m);", "let x = f(m);"),
    ("negate-condition", "if f(n) {}", "if !f(n) {}"),
    ("negate-condition", "if f(n) && f(m) {}", "if !(f(n) && f(m)) {}"),
    ("drop-not", "let x = !f(n);", "let x = f(n);"),
    ("arithmetic", "let x = n + m;", "let x = n - m;"),
    ("bitwise", "let x = n & m;", "let x = n | m;"),
    ("augmented", "n += m;", "n -= m;"),
    ("accumulate", "n = m;", "n += m;"),
    ("unary-minus", "let x = -n;", "let x = n;"),
    ("operand-swap", "let x = n - m;", "let x = m - n;"),
    ("integer-step", "let x = a[1usize];", "let x = a[0usize];"),
    ("bound-step", "let x = a[n];", "let x = a[n - 1];"),
    ("bound-step", "for i in 0..n {}", "for i in 0..n + 1 {}"),
    ("drop-step", "let x = a[n + 1];", "let x = a[n];"),
    ("range-inclusive", "for i in 0..n {}", "for i in 0..=n {}"),
    ("range-inclusive", "let x = &a[1..=n];", "let x = &a[1..n];"),
    ("number", "let x = n * 3;", "let x = n * 1;"),
    ("boolean", "let x = true;", "let x = false;"),
    ("string", "let x = \"id\";", "let x = \"\";"),
    ("argument-swap", "f(n, m);", "f(m, n);"),
    ("index-swap", "let x = a[n][m];", "let x = a[m][n];"),
    ("variable", "let x = n;", "let x = m;"),
    ("attribute", "let x = a.low + a.high;", "let x = a.high + a.high;"),
    ("sibling-call", "let x = n.min(m);", "let x = n.max(m);"),
    ("sibling-call", "let x = o.is_some();", "let x = o.is_none();"),
    ("similar-call", "a.put_one(n); a.put_all(n);", "a.put_all(n); a.put_all(n);"),
    ("unwrap-call", "let x = n.abs();", "let x = n;"),
    ("negate-return", "return n > m && m > n;", "return !(n > m && m > n);"),
    ("return-variable", "return 7;", "return item;"),
    ("loop-control", "break;", "continue;"),
    ("repeat-branch", "if f(n) {} f(m);", "while f(n) {} f(m);"),
];

fn check(language: Language, table: &[(&str, &str, &str)]) {
    for (operator, before, after) in table {
        let text = function_around(language, before);
        let found = results(language, &text, operator);
        assert!(
            found.contains(&function_around(language, after)),
            "{operator}: {before:?} never becomes {after:?}, only:\n{}",
            Vec::from_iter(found).join("\n")
        );
    }
}

#[test]
fn every_operator_makes_its_change_in_python() {
    check(Language::Python, PYTHON);
}

#[test]
fn every_operator_makes_its_change_in_rust() {
    check(Language::Rust, RUST);
}

#[test]
fn every_row_of_the_table_makes_its_example_in_each_of_its_languages() {
    let mut missing = Vec::new();
    for operator in operators() {
        for language in operator.languages {
            let Some((before, after)) = operator.example(*language).and_then(|example| example.split_once(" -> ")) else {
                missing.push(format!("{} in {language:?}: no example", operator.name));
                continue;
            };
            let squeezed = |text: &str| text.split_whitespace().collect::<String>();
            let wanted = squeezed(&function_around(*language, after));
            let found = results(*language, &function_around(*language, before), operator.name);
            if !found.iter().any(|result| squeezed(result) == wanted) {
                missing.push(format!(
                    "{} in {language:?}: {before:?} never becomes {after:?}, only:\n{}",
                    operator.name,
                    Vec::from_iter(found).join("\n")
                ));
            }
        }
        assert!(operator.description.ends_with('.'), "{}", operator.name);
    }
    assert!(missing.is_empty(), "{}", missing.join("\n\n"));
}

/// Operator and a fragment that it must not touch.
#[test]
fn an_operator_leaves_alone_what_only_looks_like_its_business() {
    let python = [
        ("comparison", "f(n)"),
        ("connective", "n = n + d"),
        ("boolean-operand", "n = n + d"),
        ("negate-condition", "if not n:\n    pass"),
        ("negate-condition", "if n < d:\n    pass"),
        ("drop-not", "n = n not in a"),
        ("arithmetic", "n = 'x' + b"),
        ("bitwise", "n = n + d"),
        ("augmented", "n = d"),
        ("accumulate", "n = None"),
        ("unary-minus", "n = n + d"),
        ("operand-swap", "n = n + d"),
        ("integer-step", "n = 0x1f"),
        ("bound-step", "print(n + len(a))"),
        ("bound-step", "if 'x' in a:\n    pass"),
        ("drop-step", "n = n * 1"),
        ("slice-bound", "n = a[n]"),
        ("range-start", "n = len(a)"),
        ("number", "n = d"),
        ("boolean", "n = None"),
        ("nothing", "n = n is None"),
        ("string", "n = f'{d} items'"),
        ("string", "raise ValueError('negative')"),
        ("argument-swap", "f(n, n)"),
        ("argument-swap", "f(x=n, y=d)"),
        ("argument-drop", "f(n)"),
        ("get-default", "n = d.find(n)"),
        ("index-swap", "n = a[n]"),
        ("attribute", "n = self.low"),
        ("sibling-call", "n = frobnicate(d)"),
        ("similar-call", "n = zip(d)"),
        ("unwrap-call", "n = math.floor(d, n)"),
        ("negate-return", "return n + d"),
        ("return-variable", "return n"),
        ("missing-return", "n.x = 1"),
        ("loop-control", "pass"),
        ("repeat-branch", "if n:\n    pass\nelse:\n    pass"),
    ];
    let rust = [
        ("comparison", "let x: Vec<i64> = f::<i64>(n);"),
        ("negate-condition", "if let Some(x) = o {}"),
        ("drop-not", "let x = -n;"),
        ("bitwise", "let x = &n;"),
        ("accumulate", "let x = n;"),
        ("range-inclusive", "let x = &a[1..];"),
        ("variable", "let S { n, m } = S { n, m };"),
        ("loop-control", "loop { break n; }"),
        ("repeat-branch", "let x = if f(n) { n } else { m };"),
        ("sibling-call", "assert_eq!(n.min(m), m.max(n));"),
    ];
    let quiet = |language, (operator, fragment): &(&str, &str)| {
        let baseline =
            results(language, &function_around(language, if language == Language::Python { "pass" } else { ";" }), operator).len();
        let text = function_around(language, fragment);
        let found = results(language, &text, operator);
        assert!(found.len() <= baseline, "{operator} touched {fragment:?}:\n{}", Vec::from_iter(found).join("\n"));
    };
    python.iter().for_each(|case| quiet(Language::Python, case));
    rust.iter().for_each(|case| quiet(Language::Rust, case));
}

#[test]
fn a_step_of_one_is_dropped_and_not_turned_into_a_step_of_nothing() {
    for (language, fragment) in [(Language::Python, "n = d - 1"), (Language::Python, "n = 1 + d"), (Language::Rust, "let x = n + 1;")] {
        let made: Vec<String> = all(language, &function_around(language, fragment)).iter().map(|edit| edit.summary.clone()).collect();
        let ugly: Vec<&String> =
            made.iter().filter(|summary| summary.ends_with("- 0") || summary.ends_with("+ 0") || summary.contains("0 + ")).collect();
        assert!(ugly.is_empty(), "{fragment}: {ugly:?}");
    }
    let other_way = all(Language::Python, &function_around(Language::Python, "n = 1 - d"));
    assert!(other_way.iter().any(|edit| edit.operator == "integer-step" && edit.replacement == "0"));
}
