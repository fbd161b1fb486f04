//! One-line slips put into small realistic functions: the edit that undoes the slip is found, and early.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_domain::path::RepoPath;
use kaizen_mutate::{Evidence, SourceFile, apply, edits};

#[path = "defects/c.rs"]
mod c;
#[path = "defects/cpp.rs"]
mod cpp;
#[path = "defects/go.rs"]
mod go;
#[path = "defects/java.rs"]
mod java;
#[path = "defects/javascript.rs"]
mod javascript;
#[path = "defects/python.rs"]
mod python;
#[path = "defects/rust.rs"]
mod rust;
#[path = "defects/typescript.rs"]
mod typescript;

/// A right function and slips in it: the right fragment and the wrong one.
struct Subject {
    source: &'static str,
    slips: &'static [(&'static str, &'static str)],
}

/// Where in the list the right edit stands, from 1.
fn rank_of_repair(path: &str, right: &str, wrong: &str) -> Option<usize> {
    let path: RepoPath = path.parse().unwrap();
    let at = right.bytes().zip(wrong.bytes()).take_while(|(a, b)| a == b).count();
    let line = right[..at].lines().count().max(1) as u32 + u32::from(right[..at].ends_with('\n'));
    let mut evidence = Evidence::default();
    for number in 1..=wrong.lines().count() as u32 {
        evidence.suspicion.insert((path.clone(), number), if number == line { 1.0 } else { 0.5 });
    }
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let list = edits(&[SourceFile { path: &path, text: wrong }], &evidence, 0);
    list.iter().position(|edit| plain(&apply(wrong, edit)) == plain(right)).map(|index| index + 1)
}

fn every_slip_is_undone_early(path: &str, subjects: &[Subject]) {
    let mut ranks = Vec::new();
    let mut late = Vec::new();
    for subject in subjects {
        for (right, slip) in subject.slips {
            assert_eq!(subject.source.matches(right).count(), 1, "{right:?} must be unique in\n{}", subject.source);
            let wrong = subject.source.replacen(right, slip, 1);
            let rank = rank_of_repair(path, subject.source, &wrong);
            ranks.push(rank.unwrap_or(usize::MAX));
            if rank.is_none_or(|rank| rank > 40) {
                late.push(format!("{slip:?} -> {right:?}: {rank:?}"));
            }
        }
    }
    ranks.sort_unstable();
    assert!(late.is_empty(), "of {} slips, {} late or never:\n{}\nranks {ranks:?}", ranks.len(), late.len(), late.join("\n"));
}

#[test]
fn every_slip_in_python_is_undone_within_forty_edits() {
    every_slip_is_undone_early("pkg/module.py", python::SUBJECTS);
}

#[test]
fn every_slip_in_rust_is_undone_within_forty_edits() {
    every_slip_is_undone_early("src/module.rs", rust::SUBJECTS);
}

#[test]
fn every_slip_in_javascript_is_undone_within_forty_edits() {
    every_slip_is_undone_early("src/module.js", javascript::SUBJECTS);
}

#[test]
fn every_slip_in_typescript_is_undone_within_forty_edits() {
    every_slip_is_undone_early("src/module.ts", typescript::SUBJECTS);
}

#[test]
fn every_slip_in_go_is_undone_within_forty_edits() {
    every_slip_is_undone_early("pkg/module.go", go::SUBJECTS);
}

#[test]
fn every_slip_in_java_is_undone_within_forty_edits() {
    every_slip_is_undone_early("src/Module.java", java::SUBJECTS);
}

#[test]
fn every_slip_in_c_is_undone_within_forty_edits() {
    every_slip_is_undone_early("src/module.c", c::SUBJECTS);
}

#[test]
fn every_slip_in_cpp_is_undone_within_forty_edits() {
    every_slip_is_undone_early("src/module.cpp", cpp::SUBJECTS);
}
