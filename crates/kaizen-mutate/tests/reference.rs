//! docs/reference/operators.md is the table of operators as it is.
//!
//! `cargo xtask docs` runs this test with `KAIZEN_DOCS=write`, which writes the page instead of comparing it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_mutate::{Language, OperatorInfo, OptimiserInfo, operators, optimisers};
use std::path::PathBuf;

const HEAD: &str = "# Operators of `mutate`\n\n<!-- written by `cargo xtask docs` -->\n\n\
    What `mutate` changes, one place at a time. Which places come first, evidence decides: executed lines, stack traces, names in the\n\
    failing tests. Among edits of one place the operator's own weight decides, 1 being the slip most often found. Below the list of\n\
    operators each language has its table, with a change that the operator makes there. TSX is treated as TypeScript.\n\n\
    | operator | weight | what it does |\n|---|---|---|\n";

fn row(operator: &OperatorInfo) -> String {
    format!("| `{}` | {} | {} |\n", operator.name, operator.trust(), operator.description)
}

fn table(language: Language) -> String {
    let rows = operators().iter().filter_map(|operator| {
        let (before, after) = operator.example(language)?.split_once(" -> ").expect("before -> after");
        let shown = |code: &str| code.lines().collect::<Vec<_>>().join(" ⏎ ").replace('|', "\\|");
        let example = format!("`{}` → `{}`", shown(before), shown(after));
        Some(format!("| `{}` | {example} |\n", operator.name))
    });
    format!("\n## {}\n\n| operator | for example |\n|---|---|\n{}", language.name(), rows.collect::<String>())
}

const CHEAPER: &str = "\n## Edits that make a program cheaper\n\n\
    For a quantity of which less is wanted (a time, memory, a cost) `mutate` offers these. They keep what a program answers as far as its\n\
    syntax tells; what it cannot tell, cases and checks decide. The share of the benchmark's profile decides which come first, then the\n\
    weight.\n\n| operator | languages | weight | what it does |\n|---|---|---|---|\n";

fn cheaper(row: &OptimiserInfo) -> String {
    let languages: Vec<&str> = row.languages.iter().filter(|one| **one != Language::Tsx).map(|one| one.name()).collect();
    format!("| `{}` | {} | {} | {} |\n", row.name, languages.join(", "), row.trust(), row.description)
}

fn example(row: &OptimiserInfo) -> String {
    let language = row.languages.first().map_or("", |language| language.name()).to_lowercase();
    let (before, after) = row.example;
    format!("\n### `{}`\n\n```{language}\n{before}\n```\n\nbecomes\n\n```{language}\n{after}\n```\n", row.name)
}

#[test]
fn the_reference_page_lists_every_operator() {
    let shown = Language::ALL.into_iter().filter(|language| *language != Language::Tsx);
    let page = HEAD.to_owned() + &operators().iter().map(row).collect::<String>() + &shown.map(table).collect::<String>();
    let page = page + CHEAPER + &optimisers().iter().map(cheaper).chain(optimisers().iter().map(example)).collect::<String>();
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/operators.md");
    if std::env::var_os("KAIZEN_DOCS").is_some_and(|wish| wish == "write") {
        std::fs::write(&file, &page).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == page, "docs/reference/operators.md is not the table: `cargo xtask docs` writes it anew");
}
