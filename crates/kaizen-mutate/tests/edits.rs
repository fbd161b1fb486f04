//! What holds for every list of edits, whatever the operators.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_domain::path::RepoPath;
use kaizen_mutate::{Edit, Evidence, Language, SourceFile, apply, edits, operators, parses};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn path(text: &str) -> RepoPath {
    text.parse().unwrap()
}

fn list(name: &str, text: &str, evidence: &Evidence, seed: u64) -> Vec<Edit> {
    edits(&[SourceFile { path: &path(name), text }], evidence, seed)
}

fn plain(name: &str, text: &str) -> Vec<Edit> {
    list(name, text, &Evidence::default(), 0)
}

const CLOSED_PYTHON: &str = r#"
"""A module: 1 < 2."""
import os.path as p
from a import b, c

@cached(1, 2)
class Thing:
    "Says 1 + 1."
    size: Optional[List[int]]

    # 1 < 2
    def method(self, count: Dict[int, str]) -> Tuple[int, int]:
        """Counts `a < b`."""
        pass

def test_thing():
    assert 1 + 1 == 2

class TestThing:
    def check(self):
        return 1 < 2
"#;

const CLOSED_RUST: &str = r#"
//! A module: 1 < 2.
use std::collections::{HashMap, HashSet};
/// Says 1 + 1.
#[derive(Clone)]
#[repr(align(8))]
struct Thing<const N: usize> { size: [u8; 4] }
macro_rules! twice { ($x:expr) => { $x * 2 }; }
fn method(count: HashMap<u32, [u8; 2]>) {
    println!("{}", 1 + 1);
    assert!(1 < 2);
}
#[test]
fn adds() { let x = 1 + 1 == 2; }
#[tokio::test]
async fn waits() { let x = 1 + 1 == 2; }
#[cfg(test)]
mod checks { fn inner() -> bool { 1 < 2 } }
"#;

#[test]
fn nothing_is_proposed_in_comments_imports_types_attributes_and_tests() {
    assert_eq!(plain("pkg/a.py", CLOSED_PYTHON), []);
    assert_eq!(plain("src/a.rs", CLOSED_RUST), []);
}

#[test]
fn code_that_is_compiled_only_without_tests_is_no_test() {
    assert!(!plain("src/a.rs", "#[cfg(not(test))]\nfn f(a: i32) -> bool { a < 2 }\n").is_empty());
}

/// Code that no edit may touch, in the languages without a text of their own above.
#[test]
fn nothing_is_proposed_in_the_closed_zones_of_any_language() {
    let closed = [
        ("src/a.js", "// 1 < 2\nimport { a } from 'b';\ndescribe('adds', () => { it('works', () => { expect(1 + 1).toBe(2); }); });\n"),
        (
            "src/a.ts",
            "import { a } from 'b';\ninterface Thing { size: number }\ntype Two = 1 | 2;\ntest('adds', () => { expect(1 + 1).toBe(2); });\n",
        ),
        (
            "pkg/a.go",
            "package p\n\nimport \"fmt\"\n\ntype thing struct{ a [4]int }\n\nfunc TestAdds(t *testing.T) { if 1+1 != 2 { t.Fail() } }\n",
        ),
        ("src/A.java", "package p;\nimport a.B;\nclass A {\n    // 1 < 2\n    @Test void adds() { check(1 + 1 == 2); }\n}\n"),
        (
            "src/a.c",
            "#include <a.h>\n#define TWO (1 + 1)\nstruct thing { int a[4]; };\nstatic void test_adds(void) { check(1 + 1 == 2); }\n",
        ),
        ("src/a.cpp", "#include <a>\nusing namespace b;\n// 1 < 2\nTEST(Thing, Adds) { EXPECT_EQ(1 + 1, 2); }\n"),
    ];
    for (name, text) in closed {
        assert!(parses(Language::of_path(&path(name)).unwrap(), text), "{name}");
        assert_eq!(plain(name, text), [], "{name}");
    }
    for name in
        ["src/a.test.js", "src/__tests__/a.ts", "pkg/a_test.go", "src/test/java/A.java", "src/ATest.java", "a_test.cpp", "tests/a.c"]
    {
        assert!(plain(name, "int f(int a) { return a + 1; }").is_empty(), "{name}");
    }
}

/// An operator may remove a handler's body or change what is caught, but never catch everything nor ignore it.
#[test]
fn no_edit_swallows_an_exception_wholesale() {
    let sources = [
        (
            "a.py",
            "def f(a):\n    try:\n        return g(a)\n    except KeyError as error:\n        log(error)\n        raise\n    except (ValueError, TypeError):\n        raise LookupError(a)\n    return None\n",
        ),
        (
            "a.js",
            "function f(a) {\n  try {\n    return g(a);\n  } catch (error) {\n    log(error);\n    throw new RangeError(a);\n  }\n}\n",
        ),
        (
            "A.java",
            "class A {\n    int f(int a) {\n        try {\n            return g(a);\n        } catch (IllegalStateException error) {\n            log(error);\n            throw new IllegalArgumentException(error);\n        }\n    }\n}\n",
        ),
        (
            "a.cpp",
            "int f(int a) {\n    try {\n        return g(a);\n    } catch (const std::out_of_range &error) {\n        log(error);\n        throw;\n    }\n}\n",
        ),
    ];
    for (name, text) in sources {
        let handlers = |text: &str| ["try", "catch", "except "].map(|word| text.matches(word).count());
        let edits = plain(name, text);
        assert!(!edits.is_empty(), "{name}");
        for edit in edits {
            let result = apply(text, &edit);
            assert_eq!(handlers(&result), handlers(text), "{name}: {}", edit.summary);
            assert!(
                !result.contains("except Exception") && !result.contains("except BaseException") && !result.contains("except:"),
                "{}",
                edit.summary
            );
            let (raised, kept) =
                (["raise", "throw"].map(|word| text.matches(word).count()), ["raise", "throw"].map(|word| result.matches(word).count()));
            assert!(kept.iter().zip(&raised).all(|(kept, raised)| kept >= raised), "{name} no longer raises: {}", edit.summary);
        }
    }
}

#[test]
fn no_edit_leaves_a_handler_or_lets_a_call_or_a_catch_make_nothing_of_an_exception() {
    let sources = [
        (
            "a.py",
            "def f(a):\n    try:\n        if a:\n            return a\n        return g(a)\n    except KeyError:\n        f(a)\n        raise\n    finally:\n        close(a)\n",
        ),
        (
            "a.js",
            "function f(a) {\n  try {\n    if (a) {\n      return a;\n    }\n    return g(a);\n  } finally {\n    close(a);\n  }\n}\n",
        ),
    ];
    for (name, text) in sources {
        // Deeper in than the function's own statements, as a handler's are.
        let inside = if name == "a.py" { "\n        return" } else { "\n    return" };
        let handlers = |text: &str| text[text.find("except").or(text.find("finally")).unwrap()..].matches(inside).count();
        for edit in plain(name, text) {
            assert_eq!(handlers(&apply(text, &edit)), 0, "{name}: {} by {}", edit.summary, edit.operator);
        }
    }
    let wider = "def f(a):\n    try:\n        return a['x']\n    except KeyError:\n        return None\n";
    let caught: Vec<Edit> = plain("a.py", wider).into_iter().filter(|edit| edit.operator == "exception-type").collect();
    assert!(!caught.is_empty() && !caught.iter().any(|edit| edit.replacement == "LookupError"), "{caught:?}");
    let strict = "def f(a):\n    run(a, check=True)\n    return gather(a, return_exceptions=False)\n";
    for edit in plain("a.py", strict).iter().filter(|edit| matches!(edit.operator, "boolean" | "argument-drop")) {
        let after = apply(strict, edit);
        assert!(after.contains("check=True") && !after.contains("return_exceptions=True"), "{}", edit.summary);
    }
    let promise = "async function f(a) {\n  return await Promise.all(a);\n}\n";
    assert!(!plain("a.js", promise).iter().any(|edit| apply(promise, edit).contains("allSettled")));
}

#[test]
fn the_last_expression_of_a_body_is_what_a_function_returns() {
    let cases = [
        ("a.rs", "fn f(a: i32) -> i32 {\n    if a > 3 { 16 } else { a }\n}\n"),
        ("a.rs", "fn f(a: i32) -> i32 {\n    match a {\n        3 => 16,\n        _ => a,\n    }\n}\n"),
        ("a.js", "const f = () => 16;\n"),
        ("a.py", "f = lambda: 16\n"),
    ];
    for (name, text) in cases {
        let forbidden_literals = ["17".to_owned()].into();
        let evidence = Evidence { forbidden_literals, ..Evidence::default() };
        let answers = |edits: Vec<Edit>| edits.iter().filter(|edit| apply(text, edit) == text.replace("16", "17")).count();
        assert_eq!((answers(plain(name, text)), answers(list(name, text, &evidence, 0))), (1, 0), "{name}: {text}");
    }
    let kept = "fn f(a: i32) -> i32 {\n    let b = if a > 3 { 16 } else { 2 };\n    a + b\n}\n";
    let evidence = Evidence { forbidden_literals: ["17".to_owned()].into(), ..Evidence::default() };
    assert!(list("a.rs", kept, &evidence, 0).iter().any(|edit| apply(kept, edit).contains("{ 17 }")));
}

#[test]
fn a_function_never_comes_to_return_a_literal_of_the_failing_test() {
    let text = "def f(a):\n    if a > 3:\n        return 17\n    g('red', 8)\n    return a\n";
    let returned = |edits: &[Edit]| -> BTreeSet<String> {
        let texts = edits.iter().map(|edit| apply(text, edit));
        texts
            .flat_map(|text| {
                text.lines().filter(|line| line.trim().starts_with("return ")).map(|line| line.trim().to_owned()).collect::<Vec<_>>()
            })
            .collect()
    };
    let free = returned(&plain("a.py", text));
    assert!(free.contains("return 18") && free.contains("return 8") && free.contains("return None"), "{free:?}");
    let forbidden_literals = ["18", "8", "None"].map(str::to_owned).into();
    let kept = returned(&list("a.py", text, &Evidence { forbidden_literals, ..Evidence::default() }, 0));
    assert!(!["return 18", "return 8", "return None"].iter().any(|line| kept.contains(*line)), "{kept:?}");
    assert!(kept.contains("return 16") && kept.contains("return a + 1"), "{kept:?}");
}

#[test]
fn an_edit_says_what_it_is_beside_its_operator() {
    let edits = plain("a.py", "def f(a, b):\n    log(a)\n    if a < b:\n        b = a\n    return a + b\n");
    let find =
        |operator: &str, replacement: &str| edits.iter().find(|edit| edit.operator == operator && edit.replacement == replacement).unwrap();
    let comparison = find("comparison", "<=");
    assert_eq!((comparison.tokens, comparison.deletes, comparison.constant_return), (1, false, false));
    assert_eq!(comparison.parts, ["comparison"]);
    assert!(find("delete-statement", "pass").deletes);
    let answers = edits.iter().find(|edit| edit.operator == "guard" && edit.replacement.contains("return None")).unwrap();
    assert!(answers.constant_return && !answers.deletes && answers.tokens > 3, "{answers:?}");
}

#[test]
fn trust_from_outside_replaces_the_trust_of_the_table() {
    let text = "def f(a, b):\n    return a < b\n";
    let of = |name: &str| if name == "negate-return" { 1.0 } else { 0.05 };
    let trust = operators().iter().map(|operator| ((operator.name.to_owned(), Language::Python), of(operator.name))).collect();
    let edits = list("a.py", text, &Evidence { trust, ..Evidence::default() }, 0);
    assert_eq!((plain("a.py", text)[0].operator, edits[0].operator), ("comparison", "negate-return"));
    let trust = [(("comparison".to_owned(), Language::Python), f64::NAN)].into();
    assert_eq!(list("a.py", text, &Evidence { trust, ..Evidence::default() }, 0)[0].operator, "comparison");
}

#[test]
fn edits_with_one_meaning_are_listed_once() {
    let text = "def f(a, b):\n    if not a == b:\n        return 1\n    return b\n";
    let conditions: Vec<String> = plain("a.py", text)
        .iter()
        .filter(|edit| edit.parts.len() == 1)
        .map(|edit| apply(text, edit).lines().nth(1).unwrap().trim().to_owned())
        .filter(|line| matches!(line.as_str(), "if a == b:" | "if not a != b:" | "if b == a:"))
        .collect();
    assert_eq!(conditions.len(), 1, "{conditions:?}");
    assert!(!plain("a.py", text).iter().any(|edit| apply(text, edit).contains("if a != b:")), "that is what it says already");
}

#[test]
fn two_slips_of_one_function_are_undone_together_after_the_single_edits() {
    let right = "def f(items, low, high):\n    found = []\n    for item in items:\n        if item >= low and item <= high:\n            found.append(item)\n    return found\n";
    let wrong = right.replace(">= low", "> low").replace("<= high", "< high");
    let edits = plain("a.py", &wrong);
    let at = edits.iter().position(|edit| apply(&wrong, edit) == right).expect("the pair is listed");
    assert_eq!(edits[at].parts, ["comparison", "comparison"]);
    let first_pair = edits.iter().position(|edit| edit.parts.len() > 1).unwrap();
    assert!(edits[first_pair..].iter().all(|edit| edit.parts.len() > 1) && edits.len() - first_pair <= 300);
}

#[test]
fn one_slip_at_several_places_is_undone_at_once() {
    let right = "def f(row, width):\n    a = row[width - 1]\n    b = row[width - 1]\n    c = row[width - 1]\n    return a + b + c\n";
    let wrong = right.replace("width - 1", "width");
    let edits = plain("a.py", &wrong);
    let edit = edits.iter().find(|edit| apply(&wrong, edit) == right).expect("the repeated slip is listed");
    assert_eq!((edit.operator, edit.parts.len()), ("repeat", 3));
}

#[test]
fn test_files_and_unknown_languages_are_left_out() {
    let text = "def f(a, b):\n    return a < b\n";
    for name in ["tests/a.py", "pkg/test_a.py", "pkg/a_test.py", "conftest.py", "a.txt"] {
        assert_eq!(plain(name, text), [], "{name}");
    }
    assert!(!plain("pkg/contest.py", text).is_empty());
}

#[test]
fn literal_parts_of_an_f_string_stay_and_its_expressions_change() {
    let text = "def f(a, b):\n    print(f'1 < 2 {a - 1} 3')\n";
    let results: Vec<String> = plain("a.py", text).iter().map(|edit| apply(text, edit)).filter(|result| result.contains("print")).collect();
    assert!(results.iter().all(|result| result.contains("'1 < 2 {")), "{results:#?}");
    assert!(results.iter().any(|result| result.contains("{a}")), "{results:#?}");
}

#[test]
fn the_summary_shows_the_smallest_expression_before_and_after() {
    let text = "def f(counts, n):\n    return counts[:n-1]\n";
    let edits = plain("a.py", text);
    let edit = edits.iter().find(|edit| edit.operator == "drop-step").unwrap();
    assert_eq!((edit.summary.as_str(), edit.line, edit.path.to_string()), ("counts[:n-1] -> counts[:n]", 2, "a.py".to_owned()));
}

#[test]
fn a_long_or_many_lined_expression_is_summed_up_in_one_short_line() {
    let text = format!("def f(a):\n    return g(\n        {},\n        a < 1,\n    )\n", "a + ".repeat(60) + "1");
    for edit in plain("a.py", &text) {
        assert!(!edit.summary.contains('\n') && edit.summary.chars().count() < 140 && edit.summary.contains(" -> "), "{}", edit.summary);
    }
}

const TWO_LINES: &str = "def f(a, b):\n    x = a < b\n    y = a > b\n    return x\n";

#[test]
fn a_suspicious_line_comes_first() {
    let mut evidence = Evidence::default();
    evidence.suspicion.insert((path("a.py"), 3), 0.9);
    evidence.suspicion.insert((path("a.py"), 2), 0.1);
    assert!(list("a.py", TWO_LINES, &evidence, 0)[..5].iter().all(|edit| edit.line == 3));
}

#[test]
fn lines_that_no_failing_case_ran_are_left_out() {
    let evidence = Evidence { executed: Some(BTreeSet::from([(path("a.py"), 2)])), ..Evidence::default() };
    let edits = list("a.py", TWO_LINES, &evidence, 0);
    assert!(!edits.is_empty() && edits.iter().all(|edit| edit.line == 2));
}

#[test]
fn a_statement_over_several_lines_ran_when_its_first_line_did() {
    let text = "def f(a, b):\n    x = g(\n        a < b,\n    )\n    return x\n";
    let evidence = Evidence { executed: Some(BTreeSet::from([(path("a.py"), 2)])), ..Evidence::default() };
    assert!(list("a.py", text, &evidence, 0).iter().any(|edit| edit.line == 3 && edit.operator == "comparison"));
}

#[test]
fn a_function_that_the_failure_names_comes_first() {
    let text = "def f(a, b):\n    return a < b\n\n\ndef g(a, b):\n    return a < b\n";
    let evidence = Evidence { names: [("g".to_owned(), 1.0)].into(), ..Evidence::default() };
    assert_eq!((plain("a.py", text)[0].line, list("a.py", text, &evidence, 0)[0].line), (2, 6));
}

#[test]
fn equal_lines_take_turns() {
    let edits = plain("a.py", "def f(a, b):\n    x = a < b\n    y = a < b\n    z = a < b\n    return x\n");
    let lines: BTreeSet<u32> = edits[..6].iter().map(|edit| edit.line).collect();
    assert!(lines.is_superset(&BTreeSet::from([2, 3, 4])), "{lines:?}");
}

#[test]
fn the_seed_moves_exactly_equal_scores_only() {
    let text = "def f(a, b):\n    return a < b\n\n\ndef g(a, b):\n    return a < b\n";
    let scores = |seed| list("a.py", text, &Evidence::default(), seed).iter().map(|edit| edit.score).collect::<Vec<_>>();
    let lists: Vec<_> = (0..20).map(|seed| list("a.py", text, &Evidence::default(), seed)).collect();
    assert!((1..20).all(|seed| scores(seed) == scores(0)));
    assert!(lists.iter().any(|list| *list != lists[0]), "no seed changed the order");
    assert_eq!(list("a.py", text, &Evidence::default(), 7), lists[7]);
}

#[test]
fn evidence_that_is_no_number_or_out_of_range_does_no_harm() {
    let mut evidence = Evidence::default();
    evidence.suspicion.insert((path("a.py"), 2), f64::NAN);
    evidence.suspicion.insert((path("a.py"), 3), f64::INFINITY);
    evidence.names.insert("f".to_owned(), f64::NAN);
    assert!(list("a.py", TWO_LINES, &evidence, 0).iter().all(|edit| edit.score.is_finite()));
}

#[test]
fn a_file_with_a_syntax_error_is_edited_only_where_it_parses() {
    let text = "def f(a, b):\n    return a < b\n\n\ndef g(a:\n    return ]\n";
    assert!(plain("a.py", text).iter().all(|edit| edit.line <= 2));
}

#[test]
fn a_cast_gets_parentheses_before_a_less_than_that_the_compiler_would_take_for_a_generic_type() {
    let text = "fn f(x: i64, n: usize) -> bool {\n    x as usize >= n\n}\n";
    let results: Vec<String> = plain("a.rs", text).iter().map(|edit| apply(text, edit)).collect();
    assert!(results.iter().any(|result| result.contains("    (x as usize) < n")), "{results:#?}");
    assert!(!results.iter().any(|result| result.contains("x as usize <")), "{results:#?}");
}

#[test]
fn an_edit_for_another_text_changes_nothing() {
    let edits = plain("a.py", TWO_LINES);
    let edit = edits.iter().max_by_key(|edit| edit.end).unwrap();
    assert_eq!(apply("ä", edit), "ä");
}

/// Every edit keeps character boundaries, parses, and gives a text that nothing else gives.
fn check(name: &str, text: &str) -> Result<(), TestCaseError> {
    let language = Language::of_path(&path(name)).unwrap();
    let mut seen = BTreeSet::from([text.to_owned()]);
    for edit in plain(name, text) {
        prop_assert!(text.is_char_boundary(edit.start) && text.is_char_boundary(edit.end), "{edit:?}");
        let result = apply(text, &edit);
        prop_assert!(parses(language, &result), "{}: {}\n{result}", edit.operator, edit.summary);
        prop_assert!(seen.insert(result), "{}: {} twice or unchanged", edit.operator, edit.summary);
    }
    Ok(())
}

fn python_expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "a", "größe", "n", "0", "1", "255", "'ä'", "''", "None", "True", "self.x", "self.y", "[]", "f'é{n}'", "-1",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(3, 20, 3, |inner| {
        let operator =
            prop::sample::select(vec!["+", "-", "*", "//", "%", "**", "<", "<=", "==", "and", "or", "in", "not in", "is not", "&", "<<"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("({a}) {op} ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("größe[{a}:{b} - 1]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("max({a}, {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("n.get({a}, {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[é + 1 for é in range({a}) if {b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} if not {b} else n)")),
            inner.prop_map(|a| format!("abs({a})")),
        ]
    })
}

fn rust_expression() -> impl Strategy<Value = String> {
    let leaf =
        prop::sample::select(vec!["a", "größe", "n", "0", "1u8", "255", "\"ä\"", "'é'", "true", "self.x", "self.y", "vec![0; n]", "None"])
            .prop_map(str::to_owned);
    leaf.prop_recursive(3, 20, 3, |inner| {
        let operator = prop::sample::select(vec!["+", "-", "*", "/", "%", "<", "<=", "==", "&&", "||", "&", "<<"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("({a}) {op} ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("größe[({a})..({b} - 1)]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("max({a}, {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}).min({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("größe.iter().any(|é| {a} == é && !({b}))")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(if {a} == n {{ {b} }} else {{ n }})")),
            inner.prop_map(|a| format!("({a} as usize)")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn every_edit_of_random_python_parses_and_is_new(values in prop::collection::vec(python_expression(), 1..5)) {
        let lines: String = values.iter().map(|value| format!("    ü = {value}\n    if {value}:\n        break\n")).collect();
        check("a.py", &format!("def f(a, größe, n, self):\n  while n:\n{lines}  return größe\n"))?;
    }

    #[test]
    fn every_edit_of_random_rust_parses_and_is_new(values in prop::collection::vec(rust_expression(), 1..5)) {
        let lines: String = values.iter().map(|value| format!("    let ü = {value};\n    if ({value}) {{ break; }}\n")).collect();
        check("a.rs", &format!("fn f(a: i32, größe: &[i32], n: i32) -> i32 {{\n  while n > 0 {{\n{lines}  }}\n  n\n}}\n"))?;
    }
}
