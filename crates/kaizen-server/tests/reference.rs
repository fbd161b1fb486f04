//! The page of docs/reference on telemetry is what the tables say.
//!
//! `cargo xtask docs` runs this test with `KAIZEN_DOCS=write`, which writes the page instead of comparing it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_server::ingest::otlp::names::NAMES;
use kaizen_server::ingest::otlp::page;
use std::collections::BTreeSet;
use std::path::PathBuf;

#[test]
fn the_reference_page_says_what_the_tables_say() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/telemetry.md");
    if std::env::var_os("KAIZEN_DOCS").is_some_and(|wish| wish == "write") {
        std::fs::write(&file, page()).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == page(), "docs/reference/telemetry.md is not what the tables say: `cargo xtask docs` writes it anew");
}

#[test]
fn a_name_says_one_thing() {
    let names: Vec<&str> = NAMES.iter().flat_map(|(_, _, names)| names.iter().map(|(_, name)| *name)).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}
