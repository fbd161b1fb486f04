//! `cargo xtask bench loop`: what the loop itself costs, measured on real processes and compared with what is promised.
//!
//! Everything happens in a temporary directory with a home of its own. Builds the release binary unless `--binary` names
//! one. A miss is printed as a miss; the task fails only where something could not be measured or a kill left damage.

mod kill;
mod overhead;
mod project;
mod rate;
mod room;
mod start;
mod table;

use crate::Outcome;
use crate::step::{cargo, step};
use room::Room;
use std::path::{Path, PathBuf};
use table::Table;

const USAGE: &str = "usage: cargo xtask bench loop [--quick] [--kills N] [--binary PATH] [--only PART] [--write]
  --quick    a tenth of everything: to see that it works, not to quote
  --kills N  how many runs are killed at random moments (default 200)
  --binary   measure this executable instead of building one
  --only     start, small, unittest, large, store or kill
  --write    put the table into docs/reference/benchmarks.md";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    quick: bool,
    kills: u32,
    binary: Option<PathBuf>,
    only: Option<String>,
    write: bool,
}

impl Wish {
    /// Fewer of something where only a look is wanted.
    fn scaled(&self, full: u32) -> u32 {
        if self.quick { full.div_ceil(10) } else { full }
    }
}

/// One thing that is measured.
struct Part {
    name: &'static str,
    measure: fn(&Site, &Wish, &mut Table) -> Outcome,
}

const PARTS: &[Part] = &[
    Part { name: "start", measure: |site, wish, table| start::measure(&Room::new(&site.binary)?, wish, table) },
    Part { name: "small", measure: |site, wish, table| overhead::small(&Room::new(&site.binary)?, wish, table) },
    Part { name: "unittest", measure: |site, wish, table| overhead::unittest(&Room::new(&site.binary)?, wish, table) },
    Part { name: "large", measure: |site, wish, table| overhead::large(&Room::new(&site.binary)?, wish, table) },
    Part { name: "store", measure: |site, wish, table| rate::measure(&site.root, wish, table) },
    Part { name: "kill", measure: |site, wish, table| kill::measure(&site.binary, wish, table) },
];

/// Where the sources and the measured executable are.
struct Site {
    root: PathBuf,
    binary: PathBuf,
}

/// Measures everything (or one part) and prints the table.
pub(crate) fn run(root: &Path) -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let wish = wish(&arguments)?;
    let binary = match &wish.binary {
        Some(path) => std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => build(root)?,
    };
    let site = Site { root: root.to_owned(), binary };
    let mut table = Table::default();
    let mut failures = Vec::new();
    for part in PARTS.iter().filter(|part| wish.only.as_deref().is_none_or(|only| only == part.name)) {
        let measured = step(part.name, || (part.measure)(&site, &wish, &mut table));
        failures.extend(measured.err().map(|message| format!("{}: {message}", part.name)));
    }
    println!("\n{}", table.text());
    if !failures.is_empty() {
        return Err(failures.join("\n"));
    }
    if wish.write { table.write(root, wish.quick || wish.only.is_some()) } else { Ok(()) }
}

fn build(root: &Path) -> Result<PathBuf, String> {
    step("build", || cargo(root, &["build", "--release", "-p", "kaizen-cli"], "mend what the compiler names"))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join("release/kaizen"))
}

fn wish(arguments: &[String]) -> Result<Wish, String> {
    let mut wish = Wish { quick: false, kills: 0, binary: None, only: None, write: false };
    let (mut kills, mut only) = (None, None);
    let mut rest = arguments.iter().map(String::as_str);
    if rest.next() != Some("loop") {
        return Err(USAGE.to_string());
    }
    while let Some(argument) = rest.next() {
        match argument {
            "--quick" => wish.quick = true,
            "--write" => wish.write = true,
            "--binary" => wish.binary = Some(rest.next().ok_or(USAGE)?.into()),
            "--only" => only = Some(rest.next().filter(|name| PARTS.iter().any(|part| part.name == *name)).ok_or(USAGE)?.to_string()),
            "--kills" => kills = Some(rest.next().and_then(|number| number.parse().ok()).ok_or(USAGE)?),
            _ => return Err(USAGE.to_string()),
        }
    }
    wish.only = only;
    wish.kills = kills.unwrap_or(wish.scaled(200));
    Ok(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wished(arguments: &str) -> Result<Wish, String> {
        wish(&arguments.split(' ').map(str::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn the_flags_are_read_and_quick_takes_a_tenth_unless_a_number_is_given() {
        assert_eq!(wished("loop").unwrap(), Wish { quick: false, kills: 200, binary: None, only: None, write: false });
        assert_eq!(wished("loop --quick").unwrap().kills, 20);
        assert_eq!(
            wished("loop --kills 7 --quick --binary k").unwrap(),
            Wish { quick: true, kills: 7, binary: Some("k".into()), only: None, write: false }
        );
    }

    #[test]
    fn anything_else_is_answered_with_the_usage() {
        for wrong in ["", "fast", "loop --kills", "loop --kills many", "loop --slow", "loop --only nothing"] {
            assert_eq!(wished(wrong).unwrap_err(), USAGE, "{wrong}");
        }
    }
}
