//! What the gate lets through and what it costs, by simulation: the example program `simulate` of kaizen-gate, built as it ships.
//!
//! The program prints Markdown, and a line beginning with `@` for each number that something is promised about. The numbers go into the
//! table of benchmarks like all others, the Markdown to a page of its own, a block for each part. Where the program says that the
//! reference simulation found something else, the part fails: seeds are fixed, so that this is never the machine's fault.

use super::room::answer;
use super::table::{Table, replaced};
use super::wish::Wish;
use super::{Endurance, Part, Program, Site, Subject};
use crate::Outcome;
use std::path::Path;
use std::process::Command;

/// `cargo xtask bench gate`.
pub(super) const SUBJECT: Subject = Subject {
    name: "gate",
    about: "what the gate lets through, by simulation",
    parts: PARTS,
    endurance: Endurance { flag: "--nights", about: "how many nights without any effect are simulated", usual: 10_000 },
    program: Program { build: &["-p", "kaizen-gate", "--example", "simulate"], path: "examples/simulate" },
};

const PARTS: &[Part] = &[
    Part { name: "worlds", measure: |site, wish, table| measure("worlds", site, wish, table) },
    Part { name: "night", measure: |site, wish, table| measure("night", site, wish, table) },
    Part { name: "nights", measure: |site, wish, table| measure("nights", site, wish, table) },
    Part { name: "stress", measure: |site, wish, table| measure("stress", site, wish, table) },
    Part { name: "guards", measure: |site, wish, table| measure("guards", site, wish, table) },
    Part { name: "watch", measure: |site, wish, table| measure("watch", site, wish, table) },
    Part { name: "agree", measure: |site, wish, table| measure("agree", site, wish, table) },
    Part { name: "latency", measure: |site, wish, table| measure("latency", site, wish, table) },
];

const PAGE: &str = "docs/reference/gate.md";

fn measure(part: &str, site: &Site, wish: &Wish, table: &mut Table) -> Outcome {
    let mut command = Command::new(&site.binary);
    command.args([part, "--nights", &wish.times.to_string()]);
    command.args(wish.quick.then_some("--quick"));
    if let Some(trace) = &wish.trace {
        command.arg("--trace").arg(trace);
    }
    let said = answer(&mut command, "the example `simulate` of kaizen-gate")?;
    let said = read(&said, table)?;
    println!("{}", said.markdown);
    if !said.off.is_empty() {
        return Err(format!("off the reference simulation:\n{}", said.off.join("\n")));
    }
    if wish.write { write(&site.root, part, &said.markdown) } else { Ok(()) }
}

/// What a part printed, without the promised numbers.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    markdown: String,
    /// Where the reference simulation found something else.
    off: Vec<String>,
}

/// Puts the promised numbers into the table and gives the rest back.
fn read(said: &str, table: &mut Table) -> Result<Said, String> {
    let (marked, text): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.starts_with('@'));
    let mut off = Vec::new();
    for line in marked {
        match line.strip_prefix("@off\t") {
            Some(what) => off.push(what.to_owned()),
            None => promised(line, table).ok_or_else(|| format!("`simulate` said what nobody understands: {line}"))?,
        }
    }
    Ok(Said { markdown: text.join("\n"), off })
}

/// `@at_most`, what, value, limit, unit: with tabs between them.
fn promised(line: &str, table: &mut Table) -> Option<()> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [kind, what, value, limit, unit] = fields[..] else { return None };
    let (value, limit) = (value.parse().ok()?, limit.parse().ok()?);
    match kind {
        "@at_most" => table.at_most(what, value, limit, unit),
        "@at_least" => table.at_least(what, value, limit, unit),
        _ => return None,
    }
    Some(())
}

fn write(root: &Path, part: &str, markdown: &str) -> Outcome {
    let page = root.join(PAGE);
    let old = std::fs::read_to_string(&page).map_err(|error| format!("{PAGE}: {error}"))?;
    let begin = begin(part);
    let new = replaced(&old, &begin, markdown.trim()).ok_or_else(|| format!("{PAGE} has no block after `{begin}`"))?;
    std::fs::write(&page, new).map_err(|error| format!("{PAGE}: {error}"))
}

fn begin(part: &str) -> String {
    format!("<!-- begin: cargo xtask bench gate --write, part {part} -->")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promised_numbers_go_into_the_table_and_the_rest_stays_text() {
        let mut table = Table::default();
        let said = "### A\n@at_most\twrong\t0.7\t5\t%\ntext\n@at_least\tpower\t80\t90\t%";
        assert_eq!(read(said, &mut table), Ok(Said { markdown: "### A\ntext".into(), off: vec![] }));
        let text = table.text();
        assert!(text.contains("holds") && text.contains("MISSED"), "{text}");
    }

    #[test]
    fn a_figure_off_the_reference_is_set_apart() {
        let said = read("@off\tworld time: 9.1 standard errors\ntext", &mut Table::default()).unwrap();
        assert_eq!(said, Said { markdown: "text".into(), off: vec!["world time: 9.1 standard errors".into()] });
    }

    #[test]
    fn a_line_nobody_understands_is_an_error() {
        for line in ["@at_most\twrong\tmany\t5\t%", "@at_most\twrong\t1\t5", "@perhaps\twrong\t1\t5\t%"] {
            assert!(read(line, &mut Table::default()).is_err(), "{line}");
        }
    }

    #[test]
    fn the_page_has_a_block_for_every_part() {
        let page = include_str!("../../../docs/reference/gate.md");
        for part in PARTS {
            assert!(replaced(page, &begin(part.name), "new").is_some(), "{}", part.name);
        }
    }
}
