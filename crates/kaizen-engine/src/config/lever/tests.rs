//! `[levers.config]` in, a space or a problem out.

use super::*;
use crate::config::parse;
use std::path::Path;

const HEAD: &str = "[project]\nname = \"w\"\n[benchmark]\ncommand = \"pytest\"\nformat = \"pytest\"\n";

fn space(levers: &str) -> Tunable {
    let config = parse(&format!("{HEAD}{levers}"), Path::new("kaizen.toml")).unwrap();
    tunable(&config.levers.config).unwrap().unwrap()
}

fn problem(levers: &str) -> String {
    parse(&format!("{HEAD}{levers}"), Path::new("kaizen.toml")).unwrap_err().to_string()
}

#[test]
fn the_documented_example_is_a_space_with_its_places() {
    let tunable = space(
        "[levers.config.\"settings.yaml\"]\n\"cache.entries\" = { min = 16, max = 65536, scale = \"log\" }\n\"pool.kind\" = { choices = [\"thread\", \"process\"] }\nconstraints = [\"pool.kind != 'process' or cache.entries <= 4096\"]\n[levers.config.args]\n\"--ratio\" = { min = 0, max = 1.5, when = \"pool.kind == 'thread'\" }\n",
    );
    let kinds: Vec<(&str, Kind)> = tunable.space.parameters().iter().map(|one| (one.name.as_str(), one.kind.clone())).collect();
    let expected = [
        ("--ratio", Kind::float(0.0, 1.5)),
        ("cache.entries", Kind::int(16, 65536).log()),
        ("pool.kind", Kind::choice(["thread", "process"])),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(tunable.space.constraints().len(), 1);
    let places: Vec<(&str, Format)> = tunable.places.iter().map(|place| (place.file.as_str(), place.format)).collect();
    assert_eq!(places, [("args", Format::Args), ("settings.yaml", Format::Yaml), ("settings.yaml", Format::Yaml)]);
}

#[test]
fn whole_numbers_truth_values_and_steps_are_told_apart() {
    let tunable = space(
        "[levers.config.\"a.toml\"]\na = { min = 0, max = 10, step = 5 }\nb = { min = 0, max = 1, type = \"float\" }\nc = { type = \"bool\" }\nd = { choices = [1, 2.5, true] }\ne = { min = 0, max = 1, step = 0.25 }\n",
    );
    let kinds: Vec<Kind> = tunable.space.parameters().iter().map(|one| one.kind.clone()).collect();
    let expected = [
        Kind::Int { min: 0, max: 10, step: 5, scale: Scale::Linear },
        Kind::float(0.0, 1.0),
        Kind::Bool,
        Kind::choice([Value::Int(1), Value::Float(2.5), Value::Bool(true)]),
        Kind::Float { min: 0.0, max: 1.0, step: Some(0.25), scale: Scale::Linear },
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn every_mistake_names_line_and_key() {
    let cases = [
        ("[levers.config.\"a.toml\"]\na = { min = 5, max = 3 }", "kaizen.toml:7: levers.config.\"a.toml\".a: a: min 5 is more than max 3"),
        ("[levers.config.\"a.toml\"]\na = { min = 5 }", "kaizen.toml:7: levers.config.\"a.toml\".a: what it may be is missing"),
        ("[levers.config.\"a.toml\"]\na = { min = 5, mx = 6 }", "kaizen.toml:7: levers.config.\"a.toml\".a.mx: unknown key"),
        (
            "[levers.config.\"a.toml\"]\na = { min = \"5\", max = 6 }",
            "kaizen.toml:7: levers.config.\"a.toml\".a.min: \"5\" is not a number",
        ),
        (
            "[levers.config.\"a.toml\"]\na = { min = 1, max = 2, choices = [1] }",
            "kaizen.toml:7: levers.config.\"a.toml\".a: choices and a range at once",
        ),
        (
            "[levers.config.\"a.toml\"]\n\"a..b\" = { type = \"bool\" }",
            "kaizen.toml:7: levers.config.\"a.toml\".\"a..b\": \"a..b\" is not a key: write names with dots, [0] for a list's items, quotes around odd names",
        ),
        (
            "[levers.config.\"a.rs\"]\na = { type = \"bool\" }",
            "kaizen.toml:6: levers.config.\"a.rs\": the format of \"a.rs\" does not follow from its name",
        ),
        (
            "[levers.config.\"../a.toml\"]\na = { type = \"bool\" }",
            "kaizen.toml:6: levers.config.\"../a.toml\": \"../a.toml\" is not a path inside the project",
        ),
        (
            "[levers.config.\"a.toml\"]\na = { type = \"bool\" }\nconstraints = [\"a = 3\"]",
            "kaizen.toml:8: levers.config.\"a.toml\".constraints[0]: \"a = 3\" is not a condition: a single \"=\", write \"==\" at position 3",
        ),
        (
            "[levers.config.\"a.toml\"]\na = { type = \"bool\" }\nconstraints = [\"b\"]",
            "kaizen.toml:8: levers.config.\"a.toml\".constraints: b: there is no parameter b; known: a",
        ),
        (
            "[levers.config.\"a.toml\"]\na = { min = 1, max = 9 }\nconstraints = [\"a > 9\"]",
            "kaizen.toml:8: levers.config.\"a.toml\".constraints: no configuration satisfies the constraints (a > 9); widen a range or drop a constraint",
        ),
        (
            "[levers.config.\"a.toml\"]\na = { type = \"bool\" }\n[levers.config.\"b.toml\"]\na = { type = \"bool\" }",
            "kaizen.toml:9: levers.config.\"b.toml\".a: a is also a setting of a.toml",
        ),
    ];
    for (levers, expected) in cases {
        assert!(problem(levers).starts_with(expected), "{levers}\n{}\nexpected\n{expected}", problem(levers));
    }
}

#[test]
fn a_space_of_one_point_is_refused_before_anything_runs() {
    let text = problem("[levers.config.\"a.toml\"]\na = { min = 5, max = 5 }");
    assert!(text.contains("there is nothing to tune: the space has a single point (a = 5)"), "{text}");
}
