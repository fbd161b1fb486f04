//! docs/reference/sandbox.md holds the list of attempts and what comes of them.
//!
//! `cargo xtask docs` runs this test with `KAIZEN_DOCS=write`, which writes the table instead of comparing it.

use crate::attempt::{Attempt, Group, Outcome, Proof};
use crate::attempts;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

const BEGIN: &str = "<!-- begin: cargo xtask docs -->\n";
const END: &str = "<!-- end -->\n";

#[test]
fn the_page_says_what_the_suite_says() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/sandbox.md");
    let written = fs::read_to_string(&file).unwrap();
    let (head, rest) = written.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let page = format!("{head}{BEGIN}{}{END}{tail}", table());
    if std::env::var_os("KAIZEN_DOCS").is_some_and(|wish| wish == "write") {
        fs::write(&file, &page).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap();
    assert!(written == page, "docs/reference/sandbox.md is not the table: `cargo xtask docs` writes it anew");
}

#[test]
fn every_attempt_has_a_name_of_its_own_and_every_group_has_several() {
    let all: Vec<&Attempt> = attempts::ATTEMPTS.iter().copied().flatten().collect();
    let names: BTreeSet<&str> = all.iter().map(|attempt| attempt.name).collect();
    assert_eq!(names.len(), all.len());
    for group in Group::ALL {
        assert!(attempts::of(group).count() >= 3, "{group:?}");
    }
}

fn table() -> String {
    let all: Vec<&Attempt> = Group::ALL.into_iter().flat_map(attempts::of).collect();
    let open = |of: fn(&Attempt) -> Outcome| all.iter().filter(|attempt| of(attempt) != Outcome::Held).count();
    let proved = all.iter().filter(|attempt| !matches!(attempt.proof, Proof::NotShown(_))).count();
    let head = format!(
        "{} attempts; {proved} prove themselves without a sandbox. `namespaces` holds all but {}, `bubblewrap` all but {}, \
        `container` all but {}, `landlock` all but {}.\n\n\
        | group | the candidate | proof | namespaces | bubblewrap | container | landlock |\n|---|---|---|---|---|---|---|\n",
        all.len(),
        open(|attempt| attempt.namespaces),
        open(|attempt| attempt.bubblewrap),
        open(|attempt| attempt.container),
        open(|attempt| attempt.landlock),
    );
    head + &all.into_iter().map(row).collect::<String>()
}

fn row(attempt: &Attempt) -> String {
    let proof = match attempt.proof {
        Proof::Plain => "succeeds".to_owned(),
        Proof::Prepared => "succeeds, where root laid the trap".to_owned(),
        Proof::Root => "succeeds as root".to_owned(),
        Proof::NotShown(why) => format!("not shown: {why}"),
    };
    let [namespaces, bubblewrap, container, landlock] =
        [attempt.namespaces, attempt.bubblewrap, attempt.container, attempt.landlock].map(word);
    format!("| {} | {} | {proof} | {namespaces} | {bubblewrap} | {container} | {landlock} |\n", attempt.group.title(), attempt.name)
}

fn word(outcome: Outcome) -> String {
    match outcome {
        Outcome::Held => "held".to_owned(),
        Outcome::Open(why) => format!("**open**: {why}"),
    }
}
