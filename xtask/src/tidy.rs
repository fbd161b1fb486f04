//! `cargo xtask tidy`: the invariants of ARCHITECTURE.md that a program can check.
//!
//! One rule, one small file under `tidy/`, one line in [`RULES`]; each rule's tests show it failing on a bad snippet.
//! It reads text and knows no types: a rule that needs the compiler belongs to clippy.

mod headers;
mod imports;
mod library;
mod names;
mod pages;
mod places;
mod promises;
mod promotion;
mod purity;
mod size;
mod source;
mod spawning;
mod tests_rule;
mod tree;

use crate::Outcome;
use std::path::Path;
use tree::Tree;

/// One place where a rule does not hold.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    /// From 1; 0 where the whole file is meant.
    line: usize,
    message: String,
}

/// One invariant.
struct Rule {
    name: &'static str,
    check: fn(&Tree) -> Vec<Finding>,
}

const RULES: &[Rule] = &[
    Rule { name: "crates import one way", check: imports::check },
    Rule { name: "every Rust file opens with its purpose", check: headers::check },
    Rule { name: "domain and gate are pure", check: purity::check },
    Rule { name: "programs are spawned in few places", check: spawning::check },
    Rule { name: "only promotion writes commits and refs", check: promotion::check },
    Rule { name: "libraries do not print, read the environment or exit", check: library::check },
    Rule { name: "tests neither sleep nor are ignored, nothing is left to do", check: tests_rule::check },
    Rule { name: "files and functions stay small", check: size::check },
    Rule { name: "no path of one machine", check: places::check },
    Rule { name: "names say what a file is", check: names::check },
    Rule { name: "each promise names a test", check: promises::check },
    Rule { name: "the book lists its pages", check: pages::check },
];

/// Checks every rule over the files git knows or would take.
pub(crate) fn run(root: &Path) -> Outcome {
    let tree = Tree::read(root)?;
    let mut broken = 0;
    for rule in RULES {
        let findings = (rule.check)(&tree);
        broken += usize::from(!findings.is_empty());
        for finding in findings {
            eprintln!("{}:{}: {}  [{}]", finding.path, finding.line, finding.message, rule.name);
        }
    }
    if broken == 0 {
        println!("{} rules hold in {} files", RULES.len(), tree.files.len());
        return Ok(());
    }
    Err(format!("tidy: {broken} of {} rules do not hold\nhint: each rule is one file in xtask/src/tidy/ that says why", RULES.len()))
}
