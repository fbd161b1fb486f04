//! The pages of docs/reference are what the binary says of itself: its help, its schema.
//!
//! `cargo xtask docs` runs this test with `KAIZEN_DOCS=write`, which writes the pages instead of comparing them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

#[test]
fn the_reference_pages_say_what_the_binary_says() {
    let pages = [("cli.md", command_line()), ("kaizen-toml.md", configuration()), ("settings.md", settings()), ("shapes.md", shapes())];
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    for (name, page) in pages {
        let file = directory.join(name);
        if std::env::var_os("KAIZEN_DOCS").is_some_and(|wish| wish == "write") {
            std::fs::write(&file, &page).unwrap();
        }
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(written == page, "docs/reference/{name} is not what the binary says: `cargo xtask docs` writes it anew");
    }
}

fn said(arguments: &[&str]) -> String {
    let output = Command::new(KAIZEN)
        .args(arguments)
        .env_clear()
        .env("COLUMNS", "100")
        .env("KAIZEN_HOME", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "kaizen {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

fn command_line() -> String {
    let top = said(&["--help"]);
    let mut page = format!("# Command line\n\n<!-- written by `cargo xtask docs` -->\n\n## kaizen\n\n```text\n{top}\n```\n");
    for command in commands(&top) {
        let help = said(&[&command, "--help"]);
        page += &format!("\n## kaizen {command}\n\n```text\n{}\n```\n", own_part(&help));
        for below in commands(&help) {
            page += &format!("\n### kaizen {command} {below}\n\n```text\n{}\n```\n", own_part(&said(&[&command, &below, "--help"])));
        }
    }
    page
}

/// The names below `Commands:` and in the groups at the end, `help` apart.
fn commands(help: &str) -> Vec<String> {
    let names = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let mut found: Vec<String> = names.filter(|line| line.starts_with("  ") && !line.starts_with("   ")).map(first_word).collect();
    let groups = help.lines().skip_while(|line| !line.starts_with("More commands")).skip(1);
    found.extend(groups.flat_map(|line| line.split_whitespace().skip(1)).map(str::to_owned));
    found.retain(|name| name != "help");
    found
}

fn first_word(line: &str) -> String {
    line.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Help without the options every command has.
fn own_part(help: &str) -> String {
    const SHARED: [&str; 8] = ["-C <DIR>", "--store ", "--json", "-q, ", "-v, ", "--color ", "--no-input", "-h, "];
    let mut kept: Vec<&str> = Vec::new();
    let (mut options, mut skipping) = (false, false);
    for line in help.lines() {
        options |= line == "Options:";
        let entry = line.trim_start();
        if options && entry.starts_with('-') && line.starts_with("  ") && !line.starts_with("          ") {
            skipping = SHARED.iter().any(|shared| entry.starts_with(shared));
        }
        if !skipping {
            kept.push(line);
        }
    }
    let text = kept.join("\n");
    text.trim_end().trim_end_matches("Options:").trim_end().to_owned()
}

fn configuration() -> String {
    let schema: Value = serde_json::from_str(&said(&["schema", "config"])).unwrap();
    let mut page = "# kaizen.toml\n\n<!-- written by `cargo xtask docs` -->\n\nEvery key. `kaizen schema config` prints the JSON schema that editors use; \
        an unknown key, a wrong type or a\nvalue out of range is an error that names file, line and key.\n"
        .to_owned();
    for (name, section) in sorted(&schema["properties"]) {
        table(&mut page, &schema, name, section);
    }
    page
}

fn settings() -> String {
    let schema: Value = serde_json::from_str(&said(&["schema", "settings"])).unwrap();
    let mut page = "# config.toml\n\n<!-- written by `cargo xtask docs` -->\n\nThe user's settings, for all projects: `config.toml` in Kaizen's configuration \
        directory (`~/.config/kaizen`, or\n`config/` below `KAIZEN_HOME`). Each key can be given as a variable too, which wins over the file: \
        `KAIZEN_BUDGET_MONTHLY=20`,\n`KAIZEN_MODELS_PROVIDERS_LAB_BASE_URL=http://lab:8000/v1`; lists with commas. `kaizen config show` prints every value \
        with its\norigin, `kaizen schema settings` the JSON schema.\n"
        .to_owned();
    for (name, section) in sorted(&schema["properties"]) {
        if schema["properties"][name]["additionalProperties"].is_object() {
            page += &format!("\n## `[{name}.NAME]`\n\n{}\n", text(section, "description").unwrap_or_default());
            keys(&mut page, &schema, &format!("{name}.NAME"), &resolved(&schema, &section["additionalProperties"]));
        } else {
            table(&mut page, &schema, name, section);
        }
    }
    page
}

/// A section of the file: its sentence, its keys, and the sections below it.
fn table(page: &mut String, schema: &Value, name: &str, section: &Value) {
    let shape = resolved(schema, section);
    let about = text(section, "description").or_else(|| text(&shape, "description")).unwrap_or_default();
    let heading = if section["type"] == "array" { format!("[[{name}]]") } else { format!("[{name}]") };
    *page += &format!("\n## `{heading}`\n\n{about}\n");
    let inner = if section["type"] == "array" { resolved(schema, &section["items"]) } else { shape };
    keys(page, schema, name, &inner);
}

/// The keys of a section, and the sections below it.
fn keys(page: &mut String, schema: &Value, name: &str, inner: &Value) {
    let keys = sorted(&inner["properties"]);
    let (below, plain): (Vec<_>, Vec<_>) = keys.iter().partition(|(_, key)| resolved(schema, key)["properties"].is_object());
    if !plain.is_empty() {
        *page += "\n| key | default | what |\n|---|---|---|\n";
    }
    let required: Vec<&str> = inner["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (key, value) in plain {
        *page += &format!("| `{key}` | {} | {} |\n", default(value, required.contains(&key.as_str())), described(schema, value));
    }
    for (key, value) in below {
        table(page, schema, &format!("{name}.{key}"), value);
    }
    for (key, value) in &keys {
        let each = resolved(schema, &value["additionalProperties"]);
        if each["properties"].is_object() {
            table(page, schema, &format!("{name}.{key}.NAME"), &value["additionalProperties"]);
        }
    }
}

/// By name, whatever order the parser keeps.
fn sorted(keys: &Value) -> Vec<(&String, &Value)> {
    let mut sorted: Vec<_> = keys.as_object().into_iter().flatten().collect();
    sorted.sort_by_key(|(name, _)| *name);
    sorted
}

/// What a reference, or a reference beside null, stands for.
fn resolved(schema: &Value, value: &Value) -> Value {
    let reference = value["$ref"].as_str().or_else(|| value["anyOf"].as_array()?.iter().find_map(|one| one["$ref"].as_str()));
    reference.and_then(|path| path.strip_prefix("#/$defs/")).map_or_else(|| value.clone(), |name| schema["$defs"][name].clone())
}

fn text(value: &Value, key: &str) -> Option<String> {
    value[key].as_str().map(|text| text.replace('\n', " ").replace('|', "\\|"))
}

fn default(value: &Value, required: bool) -> String {
    match value.get("default") {
        Some(default) if !default.is_null() => format!("`{default}`"),
        None if required => "required".to_owned(),
        _ => String::new(),
    }
}

fn described(schema: &Value, value: &Value) -> String {
    let mut about = text(value, "description").unwrap_or_default();
    let choices = resolved(schema, value);
    let words = choices["oneOf"].as_array().into_iter().flatten();
    let words: Vec<String> = words.filter_map(|one| Some(format!("`{}`: {}", one["const"].as_str()?, text(one, "description")?))).collect();
    if !words.is_empty() {
        about += &format!(" {}", words.join(" "));
    }
    if let Some(example) = value["examples"].as_array().and_then(|examples| examples.first()) {
        about += &format!(" Example: `{example}`.");
    }
    about
}

fn shapes() -> String {
    let names = said(&["schema"]);
    let mut page = "# JSON shapes\n\n<!-- written by `cargo xtask docs` -->\n\nWhat `--json` prints. Every object carries `schema`; \
        `kaizen schema NAME` prints the whole JSON schema of a shape.\n\n| name | what |\n|---|---|\n"
        .to_owned();
    for name in names.lines().filter(|name| !["config", "settings"].contains(name)) {
        let schema: Value = serde_json::from_str(&said(&["schema", name])).unwrap();
        page += &format!("| `{name}` | {} |\n", text(&schema, "description").or_else(|| text(&schema, "title")).unwrap_or_default());
    }
    page
}
