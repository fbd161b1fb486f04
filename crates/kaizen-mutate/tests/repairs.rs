//! Repairs that need a statement, a guard or a call and not another word: the right one is found, in every language.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_domain::path::RepoPath;
use kaizen_mutate::{Evidence, SourceFile, apply, edits};

/// Where in the list the edit stands, from 1, that makes the right text of the wrong one but for layout.
fn rank(path: &str, wrong: &str, right: &str) -> Option<usize> {
    let path: RepoPath = path.parse().unwrap();
    let indented = path.to_string().ends_with(".py");
    let plain = |text: &str| match indented {
        true => text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"),
        false => text.split_whitespace().collect::<String>(),
    };
    let list = edits(&[SourceFile { path: &path, text: wrong }], &Evidence::default(), 0);
    list.iter().position(|edit| plain(&apply(wrong, edit)) == plain(right)).map(|index| index + 1)
}

/// Path, the part that is wrong, the part that is right, and the whole with `@` in its place.
type Repair = (&'static str, &'static str, &'static str, &'static str);

fn every_repair_is_found(repairs: &[Repair], at_most: usize) {
    let mut late = Vec::new();
    for (path, wrong, right, whole) in repairs {
        let rank = rank(path, &whole.replace('@', wrong), &whole.replace('@', right));
        if rank.is_none_or(|rank| rank > at_most) {
            late.push(format!("{path}: {right:?}: {rank:?}"));
        }
    }
    assert!(late.is_empty(), "late or never:\n{}", late.join("\n"));
}

#[test]
fn a_missing_guard_is_put_before_a_function_or_a_turn_of_a_loop() {
    every_repair_is_found(
        &[
            (
                "a.py",
                "",
                "if not values:\n        return 0\n    ",
                "def mean(values):\n    @total = sum(values)\n    return total / len(values)\n",
            ),
            (
                "a.py",
                "",
                "if line is None:\n            continue\n        ",
                "def f(lines):\n    out = []\n    for line in lines:\n        @out.append(line.strip())\n    return out\n",
            ),
            ("a.js", "", "if (!items) {\n    return [];\n  }\n  ", "function f(items) {\n  @return items.map((item) => item.name);\n}\n"),
            (
                "a.go",
                "",
                "if len(items) == 0 {\n\t\treturn 0\n\t}\n\t",
                "package p\n\nfunc f(items []int) int {\n\t@if items[0] > 3 {\n\t\treturn items[0]\n\t}\n\treturn items[len(items)-1]\n}\n",
            ),
            (
                "A.java",
                "",
                "if (name == null) {\n            return false;\n        }\n        ",
                "class A {\n    boolean f(String name) {\n        @return name.isEmpty();\n    }\n}\n",
            ),
        ],
        120,
    );
}

#[test]
fn a_statement_in_the_wrong_place_is_moved() {
    every_repair_is_found(
        &[
            (
                "a.py",
                "        total += item\n        return total\n",
                "        total += item\n    return total\n",
                "def f(items):\n    total = 0\n    for item in items:\n@",
            ),
            (
                "a.c",
                "        total += a[i];\n        return total;\n    }\n",
                "        total += a[i];\n    }\n    return total;\n",
                "int f(int *a, int n) {\n    int total = 0;\n    for (int i = 0; i < n; i++) {\n@}\n",
            ),
            (
                "a.js",
                "last = row;\n    out.push(last);",
                "out.push(last);\n    last = row;",
                "function f(rows) {\n  let last = null;\n  const out = [];\n  for (const row of rows) {\n    @\n  }\n  return out;\n}\n",
            ),
        ],
        80,
    );
}

#[test]
fn what_is_missing_is_added_and_what_is_too_much_removed() {
    every_repair_is_found(
        &[
            ("a.py", "", "    return found\n", "def f(rows):\n    found = []\n    for row in rows:\n        found.append(row)\n@"),
            (
                "a.py",
                "line",
                "line.strip()",
                "def f(lines):\n    first = lines[0].strip()\n    return [first] + [g(@) for line in lines]\n",
            ),
            ("a.py", "text.strip()", "text = text.strip()", "def f(text):\n    @\n    return text.split(',')\n"),
            ("a.py", "fetch(url)", "await fetch(url)", "async def f(url):\n    page = @\n    return page.title\n"),
            (
                "a.ts",
                "load(url)",
                "await load(url)",
                "async function f(url: string): Promise<string> {\n  const page = @;\n  return page.title;\n}\n",
            ),
            ("a.py", "KeyError", "IndexError", "def f(rows, n):\n    if n >= len(rows):\n        raise @(n)\n    return rows[n]\n"),
            (
                "a.cpp",
                "    total = 0;\n",
                "    ;\n",
                "int f(const std::vector<int> &a) {\n    int total = 0;\n    for (int x : a) {\n        total += x;\n    }\n@    return total;\n}\n",
            ),
            (
                "a.rs",
                "if n > 3 {",
                "if n > 3 && !seen.contains(&n) {",
                "fn f(all: &[u32]) -> usize {\n    let mut seen = Vec::new();\n    for &n in all {\n        if !seen.contains(&n) {\n            seen.push(n);\n        }\n        @\n            log(n);\n        }\n    }\n    seen.len()\n}\n",
            ),
        ],
        120,
    );
}
