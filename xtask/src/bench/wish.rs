//! What was asked for on the command line of `cargo xtask bench`.

use super::{OWN_PAGES, Subject};
use crate::Outcome;
use std::path::PathBuf;

const COMMON: &str = "  --quick        a tenth of everything: to see that it works, not to quote
  --only PART    measure one part
  --binary PATH  measure this executable instead of building one
  --write        put the table into docs/reference/benchmarks.md";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) quick: bool,
    /// How often the subject's endurance is tried.
    pub(super) times: u32,
    pub(super) binary: Option<PathBuf>,
    pub(super) only: Option<String>,
    pub(super) write: bool,
    /// A file of real times, for a subject that takes one.
    pub(super) trace: Option<PathBuf>,
}

impl Wish {
    /// Fewer of something where only a look is wanted.
    pub(super) fn scaled(&self, full: u32) -> u32 {
        if self.quick { full.div_ceil(10) } else { full }
    }

    /// Before hours are spent: the page holds whole measurements only.
    pub(super) fn is_fit_to_write(&self, subject: &Subject) -> Outcome {
        if self.write && (self.quick || self.only.is_some()) {
            return Err(format!("a quick or partial measurement is not written down\nhint: cargo xtask bench {} --write", subject.name));
        }
        Ok(())
    }
}

/// The subject and the wish, or how to ask.
pub(super) fn read<'a>(subjects: &'a [Subject], arguments: &[String]) -> Result<(&'a Subject, Wish), String> {
    let (name, flags) = arguments.split_first().ok_or_else(|| usage(subjects))?;
    let subject = subjects.iter().find(|subject| subject.name == name).ok_or_else(|| usage(subjects))?;
    flags_of(subject, flags).map(|wish| (subject, wish)).ok_or_else(|| usage(subjects))
}

fn flags_of(subject: &Subject, flags: &[String]) -> Option<Wish> {
    let mut wish = Wish { quick: false, times: 0, binary: None, only: None, write: false, trace: None };
    let mut times = None;
    let mut rest = flags.iter().map(String::as_str);
    while let Some(flag) = rest.next() {
        match flag {
            "--quick" => wish.quick = true,
            "--write" => wish.write = true,
            "--trace" if subject.takes_trace() => wish.trace = Some(rest.next()?.into()),
            "--binary" => wish.binary = Some(rest.next()?.into()),
            "--only" => wish.only = Some(rest.next().filter(|name| subject.parts.iter().any(|part| part.name == *name))?.to_string()),
            _ if flag == subject.endurance.flag => times = Some(rest.next()?.parse().ok()?),
            _ => return None,
        }
    }
    wish.times = times.unwrap_or(wish.scaled(subject.endurance.usual));
    Some(wish)
}

fn usage(subjects: &[Subject]) -> String {
    let mut text = "usage: cargo xtask bench SUBJECT [--quick] [--only PART] [--binary PATH] [--write]".to_string();
    for Subject { name, about, parts, endurance, .. } in subjects {
        let parts = parts.iter().map(|part| part.name).collect::<Vec<_>>().join(", ");
        let flag = format!("{} N", endurance.flag);
        text += &format!("\n  {name:<13}  {about}; its parts: {parts}");
        text += &format!("\n    {flag:<11}  {} (default {})", endurance.about, endurance.usual);
    }
    for Subject { name, .. } in subjects.iter().filter(|subject| subject.takes_trace()) {
        text += &format!("\n  --trace FILE   real times to measure {name} on, too: a NumPy file of 64-bit floats");
    }
    text += &format!("\n{COMMON}");
    OWN_PAGES.iter().for_each(|(_, usage, _)| text += &format!("\n{usage}"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::SUBJECTS;

    fn wished(arguments: &str) -> Result<(&'static str, Wish), String> {
        let arguments: Vec<String> = arguments.split(' ').map(str::to_string).collect();
        read(SUBJECTS, &arguments).map(|(subject, wish)| (subject.name, wish))
    }

    #[test]
    fn the_flags_are_read_and_quick_takes_a_tenth_unless_a_number_is_given() {
        let plain = Wish { quick: false, times: 200, binary: None, only: None, write: false, trace: None };
        assert_eq!(wished("loop").unwrap(), ("loop", plain));
        assert_eq!(wished("loop --quick").unwrap().1.times, 20);
        assert_eq!(wished("sandbox --quick").unwrap().1.times, 100);
        assert_eq!(
            wished("loop --kills 7 --quick --binary k").unwrap(),
            ("loop", Wish { quick: true, times: 7, binary: Some("k".into()), only: None, write: false, trace: None })
        );
    }

    #[test]
    fn a_subject_has_its_own_parts_and_its_own_number() {
        assert_eq!(wished("sandbox --only workspace --runs 3").unwrap().1.only.as_deref(), Some("workspace"));
        assert_eq!(wished("gate --trace t.npy").unwrap().1.trace, Some("t.npy".into()));
        for others in ["loop --trace t.npy", "loop --only workspace", "loop --runs 3", "sandbox --only kill", "sandbox --kills 3"] {
            assert_eq!(wished(others).unwrap_err(), usage(SUBJECTS), "{others}");
        }
    }

    #[test]
    fn only_a_whole_measurement_is_written_down() {
        let fit = |arguments: &str| wished(arguments).unwrap().1.is_fit_to_write(&SUBJECTS[0]).is_ok();
        assert!(fit("loop --write") && fit("loop --quick") && fit("loop --only kill"));
        assert!(!fit("loop --write --quick") && !fit("loop --only kill --write"));
    }

    #[test]
    fn anything_else_is_answered_with_the_usage() {
        for wrong in ["", "fast", "--quick", "loop --kills", "loop --kills many", "loop --slow", "loop --only nothing"] {
            assert_eq!(wished(wrong).unwrap_err(), usage(SUBJECTS), "{wrong}");
        }
    }

    #[test]
    fn the_usage_names_every_subject_with_its_parts_and_flags() {
        let usage = usage(SUBJECTS);
        for word in ["loop", "unittest", "--kills N", "sandbox", "workspace", "--runs N", "default 1000"] {
            assert!(usage.contains(word), "{word}\n{usage}");
        }
    }
}
