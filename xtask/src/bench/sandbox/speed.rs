//! Running the example program `speed` and reading what it says: lines of fields with tabs between them.

use crate::bench::room::{Room, answer};
use crate::bench::table::median;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// What one run of the program said.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Said {
    /// Milliseconds by what was timed.
    samples: BTreeMap<String, Vec<f64>>,
    /// Tiers that work here, strongest first.
    pub(super) tiers: Vec<String>,
    /// What this machine does not have, with the reason.
    pub(super) missing: BTreeMap<String, String>,
    /// What a jail should have taken with it.
    pub(super) left: Vec<String>,
}

impl Said {
    /// The middle of the times of `name`, in milliseconds.
    pub(super) fn median(&self, name: &str) -> Result<f64, String> {
        median(self.samples.get(name).cloned().unwrap_or_default()).map_err(|error| format!("{name}: {error}"))
    }

    /// How often `name` was timed.
    pub(super) fn count(&self, name: &str) -> usize {
        self.samples.get(name).map_or(0, Vec::len)
    }

    /// More of the same.
    pub(super) fn add(&mut self, more: Said) {
        for (name, times) in more.samples {
            self.samples.entry(name).or_default().extend(times);
        }
        self.missing.extend(more.missing);
        self.left.extend(more.left);
    }

    /// A time the program did not take itself.
    pub(super) fn sample(&mut self, name: &str, milliseconds: f64) {
        self.samples.entry(name.to_string()).or_default().push(milliseconds);
    }
}

/// Runs the program in the room; its output is read when it has ended well.
pub(super) fn speed(room: &Room, arguments: &[&str]) -> Result<Said, String> {
    let scratch = scratch(room)?;
    let mut command = room.command(&[]);
    command.arg(&scratch).args(arguments);
    read(&answer(&mut command, &format!("speed {}", arguments.join(" ")))?)
}

/// The tiers that work here, at least one.
pub(super) fn tiers(room: &Room) -> Result<Said, String> {
    let said = speed(room, &["tiers"])?;
    if said.tiers.is_empty() { Err(format!("no tier of the sandbox works here: {:?}", said.missing)) } else { Ok(said) }
}

/// Where its jails have their mount points and copies: reachable for whoever candidates run as.
pub(super) fn scratch(room: &Room) -> Result<PathBuf, String> {
    let scratch = room.path().join("scratch");
    let reachable = |path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755));
    let make = || std::fs::create_dir_all(&scratch).and_then(|()| reachable(room.path())).and_then(|()| reachable(&scratch));
    make().map_err(|error| format!("{}: {error}", scratch.display()))?;
    Ok(scratch)
}

fn read(text: &str) -> Result<Said, String> {
    let mut said = Said::default();
    for line in text.lines() {
        let unknown = || format!("the example `speed` said something unknown: {line}");
        match line.split('\t').collect::<Vec<_>>()[..] {
            ["sample", name, time] => said.sample(name, time.parse().map_err(|_| unknown())?),
            ["tier", name] => said.tiers.push(name.to_string()),
            ["missing", name, why] => drop(said.missing.insert(name.to_string(), why.to_string())),
            ["left", what] => said.left.push(what.to_string()),
            _ => return Err(unknown()),
        }
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_is_read() {
        let said = read("tier\tnamespaces\nmissing\tbwrap\tnot installed\nsample\ta run\t3\nsample\ta run\t1.5\nleft\ta child").unwrap();
        assert_eq!(said.tiers, ["namespaces"]);
        assert_eq!(said.missing["bwrap"], "not installed");
        assert_eq!(said.left, ["a child"]);
        assert_eq!((said.count("a run"), said.median("a run")), (2, Ok(3.0)));
    }

    #[test]
    fn what_was_not_timed_has_no_median() {
        assert_eq!(Said::default().median("a run"), Err("a run: nothing was measured".to_string()));
        assert_eq!(Said::default().count("a run"), 0);
    }

    #[test]
    fn samples_of_several_runs_come_together() {
        let mut said = read("sample\ta\t1").unwrap();
        said.add(read("sample\ta\t9\nsample\tb\t2\nleft\tx").unwrap());
        assert_eq!((said.count("a"), said.count("b"), said.left.len()), (2, 1, 1));
    }

    #[test]
    fn a_line_of_another_shape_is_an_error() {
        for wrong in ["sample\ta", "sample\ta\tfast", "hello", "left\ta\tb"] {
            assert!(read(wrong).unwrap_err().ends_with(wrong), "{wrong}");
        }
    }
}
