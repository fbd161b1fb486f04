//! The command line as a contract: help, exit codes, JSON and its schemas, colours, messages and their mends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said, said};
use kaizen_testkit::traces::{survivors, wait_until};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, Weak};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// The failing project after one promotion: `w1`, `h1`, `t1`, `v1`. Tests that run at the same time share it and only read.
fn improved() -> Arc<Project> {
    static SHARED: Mutex<Weak<Project>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap();
    if let Some(project) = shared.upgrade() {
        return project;
    }
    let project = Arc::new(Project::failing_python(KAIZEN));
    let said = project.kaizen(["improve", "--quiet"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    *shared = Arc::downgrade(&project);
    project
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// The commands that the help names: the everyday ones, then each group's.
fn commands() -> (Vec<String>, Vec<String>) {
    let help = Project::new(KAIZEN).kaizen(["--help"]).out;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let everyday = listed.filter_map(|line| words(line).first().map(ToString::to_string)).filter(|name| name != "help").collect();
    let groups = help.lines().filter(|line| ["decide", "look", "operate", "keep"].iter().any(|group| line.trim_start().starts_with(group)));
    let grouped = groups.flat_map(|line| words(line).into_iter().skip(1).map(str::to_owned)).collect();
    (everyday, grouped)
}

#[test]
fn help_shows_the_everyday_commands_first_and_the_others_by_purpose() {
    let (everyday, grouped) = commands();
    assert_eq!(everyday, ["init", "improve", "check", "status", "explain", "undo", "serve", "demo", "measure", "doctor"]);
    for command in ["approve", "decline", "rollback", "trust", "weaknesses", "log", "show", "replay", "sandbox", "schema"] {
        assert!(grouped.iter().any(|name| name == command), "{command} is in no group: {grouped:?}");
    }
}

#[test]
fn every_command_that_exists_is_in_the_help_and_explains_itself() {
    let project = Project::new(KAIZEN);
    let (everyday, grouped) = commands();
    let named: Vec<String> = everyday.into_iter().chain(grouped).collect();
    let completions = project.kaizen(["completions", "--static", "bash"]).out;
    let unnamed = completions.lines().filter_map(|line| line.trim().strip_prefix("kaizen,")?.strip_suffix(')'));
    let unnamed: Vec<&str> = unnamed.filter(|name| *name != "help" && !named.iter().any(|known| known == name)).collect();
    assert_eq!(unnamed, Vec::<&str>::new(), "commands the help does not name");
    for name in &named {
        let said = project.kaizen([name, "--help"]);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{name}: {said:?}");
        assert!(said.out.contains(&format!("Usage: kaizen {name}")), "{name}: {said:?}");
    }
}

#[test]
fn completions_are_there_for_the_common_shells() {
    let project = Project::new(KAIZEN);
    for shell in ["bash", "zsh", "fish"] {
        let said = project.kaizen(["completions", "--static", shell]);
        assert!(said.code == Some(0) && said.out.contains("improve"), "{shell}: {said:?}");
    }
}

fn refused(said: &Said, code: i32, parts: &[&str]) {
    assert_eq!((said.code, said.out.as_str()), (Some(code), ""), "{said:?}");
    let missing: Vec<&&str> = parts.iter().filter(|part| !said.err.contains(**part)).collect();
    assert!(missing.is_empty() && said.err.starts_with("error: "), "{missing:?} is not in: {}", said.err);
}

#[test]
fn wrong_use_ends_with_2_and_a_mend() {
    let project = Project::failing_python(KAIZEN);
    refused(&project.kaizen(["improove"]), 2, &["improove", "improve"]);
    refused(&project.kaizen(["improve", "--cycels", "1"]), 2, &["--cycels", "--cycles"]);
    refused(&project.kaizen(["improve", "--for", "soon"]), 2, &["soon", "hint: "]);
    refused(&project.kaizen(["-C", "/no/such/place", "status"]), 2, &["/no/such/place", "hint: "]);
    refused(&project.kaizen(["schema", "nothing"]), 2, &["nothing", "hint: `kaizen schema`"]);
    refused(&project.kaizen(["improve", "--weakness", "x9"]), 2, &["x9", "hint: `kaizen weaknesses`"]);
}

#[test]
fn a_machine_that_is_not_fit_ends_with_3_and_a_mend() {
    let project = Project::failing_python(KAIZEN);
    let bare = tempfile::tempdir().unwrap();
    refused(&project.kaizen(["-C", bare.path().to_str().unwrap(), "improve"]), 3, &["hint: ", "git init"]);
    let mut without_git = project.command(["improve"]);
    refused(&said(&without_git.env("PATH", bare.path()).output().unwrap()), 3, &["git", "hint: "]);
    let mut nowhere = project.command(["status"]);
    nowhere.env("KAIZEN_HOME", "/proc/nowhere");
    refused(&said(&nowhere.output().unwrap()), 3, &["/proc/nowhere"]);
}

#[test]
fn a_weakness_that_stays_open_ends_with_1_unless_asked_otherwise() {
    let project = Project::failing_python(KAIZEN);
    assert_eq!(project.kaizen(["improve", "--cycles", "0"]).code, Some(1));
    assert_eq!(project.kaizen(["improve", "--cycles", "0", "--exit-zero"]).code, Some(0));
}

#[test]
fn ctrl_c_ends_with_130_at_once_and_the_work_goes_on_later() {
    let project = Project::failing_python(KAIZEN);
    project.configure("[propose.command.waits]\nrun = \"sleep 300\"\n");
    assert_eq!(project.kaizen(["trust", "--yes"]).code, Some(0));
    let child = project.start(["improve", "--json", "--only", "waits"]);
    wait_until("the program works", || survivors(&project).iter().any(|process| process.contains("sleep 300")));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let ended = said(&child.wait_with_output().unwrap());
    assert_eq!((ended.code, &ended.result()["exit_code"]), (Some(130), &130.into()), "{ended:?}");
    let again = project.kaizen(["improve", "--json", "--only", "mutate"]);
    assert_eq!((again.code, again.result()["promoted"].as_array().unwrap().len()), (Some(0), 1), "{again:?}");
}

/// The message and the mend of a `kaizen.toml` that holds `text`.
fn config_error(project: &Project, text: &str) -> String {
    project.write("kaizen.toml", text);
    let said = project.kaizen(["improve"]);
    refused(&said, 2, &["error: kaizen.toml:", "hint: "]);
    said.err
}

#[test]
fn what_is_wrong_in_kaizen_toml_is_named_with_line_key_and_mend() {
    let project = Project::failing_python(KAIZEN);
    let head = "[project]\nname = \"x\"\n\n[benchmark]\ncommand = \"true\"\nformat = \"exit-code\"\n";
    let rows = [
        ("broken TOML", "[project\n".to_owned(), "kaizen.toml:1: ", "TOML"),
        ("an unknown key", format!("{head}timeoot = \"5s\"\n"), "kaizen.toml:7: benchmark.timeoot: ", "timeout"),
        ("an unknown section", format!("{head}[limit]\n"), "kaizen.toml:7: limit: ", "limits"),
        ("a wrong type", format!("{head}[propose]\nattempts = \"three\"\n"), "kaizen.toml:8: propose.attempts: ", "from 1 to 20"),
        ("out of range", format!("{head}[gate]\nfdr = 0.9\n"), "kaizen.toml:8: gate.fdr: ", "0.2"),
        ("an unknown choice", head.replace("exit-code", "exitcode"), "kaizen.toml:6: benchmark.format: ", "exit-code"),
        ("a missing key", "[project]\nname = \"x\"\n\n[benchmark]\nformat = \"time\"\n".into(), "benchmark.command", "command"),
    ];
    for (name, text, place, mend) in rows {
        let error = config_error(&project, &text);
        let hint = error.split_once("hint: ").unwrap().1;
        assert!(error.contains(place) && hint.contains(mend), "{name}: {error}");
    }
    let both = config_error(&project, &format!("{head}timeoot = \"5s\"\n[gate]\nfdr = 0.9\n"));
    assert!(both.contains("benchmark.timeoot") && both.contains("gate.fdr"), "every problem at once: {both}");
}

#[test]
fn an_unreachable_store_is_an_error_that_keeps_the_password() {
    let project = Project::failing_python(KAIZEN);
    let url = "postgres://kai:s3cret@127.0.0.1:1/kaizen";
    let plain = project.kaizen(["--store", url, "status"]);
    refused(&plain, 3, &["postgres://kai:***@127.0.0.1:1/kaizen", "onnection refused", "hint: "]);
    let json = project.kaizen(["--store", url, "status", "--json"]);
    let mut by_variable = project.command(["status", "-v"]);
    let by_variable = said(&by_variable.env("KAIZEN_STORE", url).output().unwrap());
    assert_eq!((json.code, json.result()["exit_code"].as_u64(), by_variable.code), (Some(3), Some(3), Some(3)));
    for one in [plain, json, by_variable] {
        assert!(!format!("{one:?}").contains("s3cret"), "{one:?}");
    }
}

/// What a schema asks for and a value does not have: required keys and plain types, through references and lists.
fn lacks(schema: &Value, at: &Value, value: &Value) -> Vec<String> {
    if let Some(name) = at["$ref"].as_str() {
        return lacks(schema, schema.pointer(name.trim_start_matches('#')).unwrap(), value);
    }
    if let Some(any) = at["anyOf"].as_array() {
        let found: Vec<Vec<String>> = any.iter().map(|one| lacks(schema, one, value)).collect();
        return if found.iter().any(Vec::is_empty) { vec![] } else { found.concat() };
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = |wanted: &str| wanted == kind || (wanted == "number" && kind == "integer");
    let wrong = match &at["type"] {
        Value::String(wanted) => !fits(wanted),
        Value::Array(wanted) => !wanted.iter().any(|one| fits(one.as_str().unwrap())),
        _ => false,
    };
    let mut missing = if wrong { vec![format!("{value} is no {}", at["type"])] } else { vec![] };
    let required = at["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    missing.extend(required.filter(|key| value.get(key).is_none()).map(|key| format!("{key} is not in {value}")));
    for (key, inner) in at["properties"].as_object().into_iter().flatten() {
        missing.extend(value.get(key).map_or(vec![], |value| lacks(schema, inner, value)));
    }
    for item in value.as_array().into_iter().flatten().filter(|_| at["items"].is_object()) {
        missing.extend(lacks(schema, &at["items"], item));
    }
    missing
}

/// Every line is an object that names its schema and fits it.
fn fits_its_schemas(project: &Project, command: &[&str], said: &Said) {
    assert!(!said.out.is_empty() && said.err.is_empty(), "{command:?}: {said:?}");
    for line in said.out.lines() {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{command:?}: {error}: {line}"));
        let named = value["schema"].as_str().and_then(|name| name.strip_prefix("kaizen.")?.strip_suffix("/1"));
        let name = named.unwrap_or_else(|| panic!("{command:?} prints an object without a schema: {line}"));
        let schema = project.kaizen(["schema", name]);
        assert_eq!(schema.code, Some(0), "{command:?}: {schema:?}");
        let schema: Value = serde_json::from_str(&schema.out).unwrap();
        assert_eq!(lacks(&schema, &schema, &value), Vec::<String>::new(), "{command:?}");
    }
}

#[test]
fn every_command_speaks_json_that_fits_its_schema() {
    let project = improved();
    let rows: &[(&[&str], i32)] = &[
        (&[], 0),
        (&["status"], 0),
        (&["weaknesses", "--all"], 0),
        (&["log", "-n", "3"], 0),
        (&["log", "--verify"], 0),
        (&["log", "--network"], 0),
        (&["weaknesses"], 0),
        (&["budget", "asks"], 0),
        (&["budget", "reconcile"], 0),
        (&["show", "w1"], 0),
        (&["show", "h1"], 0),
        (&["show", "t1"], 0),
        (&["show", "v1"], 0),
        (&["explain", "v1"], 0),
        (&["replay", "v1"], 0),
        (&["versions"], 0),
        (&["diff", "v1"], 0),
        (&["config", "show"], 0),
        (&["config", "check"], 0),
        (&["budget"], 0),
        (&["budget", "--earned", "1", "--for", "chat"], 0),
        (&["record"], 0),
        (&["forget", "--session", "nobody"], 0),
        (&["key", "add", "shop"], 0),
        (&["key", "list"], 0),
        (&["key", "revoke", "shop"], 0),
        (&["schema"], 0),
        (&["trust"], 0),
        (&["doctor"], 0),
        (&["measure", "--runs", "1"], 0),
        (&["export"], 0),
        (&["gc", "--dry-run"], 0),
        (&["show", "v99"], 2),
        (&["show", "--verson"], 2),
        (&["approve", "h1"], 2),
        (&["rollback", "v99"], 2),
    ];
    for (command, code) in rows {
        let said = project.kaizen([command, &["--json"][..]].concat());
        assert_eq!(said.code, Some(*code), "{command:?}: {said:?}");
        fits_its_schemas(&project, command, &said);
    }
}

#[test]
fn what_copies_and_deletes_speaks_json_that_fits_its_schema() {
    let project = Project::failing_python(KAIZEN);
    let rows: [(&[&str], i32); 9] = [
        (&["status"], 0),
        (&["backup", "../copy"], 0),
        (&["backup", "../copy"], 2),
        (&["restore", "../copy"], 0),
        (&["export", "../rows"], 0),
        (&["purge", "--dry-run"], 0),
        (&["purge"], 5),
        (&["purge", "--yes"], 0),
        (&["man", "../pages"], 0),
    ];
    for (command, code) in rows {
        let said = project.kaizen([command, &["--json"][..]].concat());
        assert_eq!(said.code, Some(code), "{command:?}: {said:?}");
        let said = Said { err: String::new(), ..said };
        fits_its_schemas(&project, command, &said);
    }
}

#[test]
fn long_work_is_ndjson_that_ends_with_its_result() {
    let project = Project::failing_python(KAIZEN);
    let said = project.kaizen(["improve", "--json"]);
    assert_eq!((said.code, said.result()["type"].as_str()), (Some(0), Some("result")), "{said:?}");
    let types: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(types.iter().filter(|line: &&Value| line["type"] == "result").count(), 1);
    let last_of_each_kind = "progress result";
    for kind in last_of_each_kind.split(' ') {
        let line = said.out.lines().rev().find(|line| line.contains(&format!("\"type\":\"{kind}\""))).unwrap();
        fits_its_schemas(&project, &["improve"], &Said { out: line.to_owned(), ..said.clone() });
    }
    for command in [&["undo", "--json"][..], &["undo", "--json"]] {
        fits_its_schemas(&project, command, &project.kaizen(command));
    }
}

#[test]
fn an_id_can_be_looked_up_by_every_command_that_takes_one() {
    let project = improved();
    let rows: &[(&[&str], &[&str])] = &[
        (&["explain", "v1"], &["src/calc.py:10", "promoted", "kaizen replay t1"]),
        (&["explain", "h1"], &["src/calc.py:10"]),
        (&["replay", "v1"], &["agrees to the bit"]),
        (&["replay", "t1"], &["agrees to the bit"]),
        (&["show", "w1"], &["test_eighteen_is_adult", "h1 (mutate, promoted)"]),
        (&["show", "h1"], &["leader", "candidates"]),
        (&["show", "t1"], &["3 of 3 cases pass"]),
        (&["show", "v1"], &["kaizen/calc"]),
        (&["diff", "v1"], &["-    return 18 < age\n+    return 18 <= age\n"]),
        (&["versions"], &["v1", "src/calc.py:10"]),
        (&["weaknesses", "--all"], &["w1", "resolved"]),
        (&["log"], &["PROMOTED"]),
        (&["log", "--verify"], &["the log holds"]),
    ];
    for (command, parts) in rows {
        let said = project.kaizen(*command);
        let missing: Vec<&&str> = parts.iter().filter(|part| !said.out.contains(**part)).collect();
        assert!(said.code == Some(0) && missing.is_empty(), "{command:?} lacks {missing:?}: {said:?}");
    }
}

#[test]
fn an_id_that_does_not_exist_is_wrong_use_and_the_hint_names_a_list() {
    let project = improved();
    for command in ["explain", "replay", "show", "diff", "rollback", "approve", "decline"] {
        for id in ["v99", "h99", "nonsense"] {
            let said = project.kaizen([command, id]);
            assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{command} {id}: {said:?}");
            assert!(said.err.contains(id) && said.err.contains("\nhint: ") && said.err.contains("`kaizen "), "{command} {id}: {said:?}");
        }
    }
}

/// Runs a command on a terminal of its own, which a Python program holds.
fn with_a_terminal(project: &Project, holder: &str, arguments: &[&str], env: &[(&str, &str)]) -> Said {
    let kaizen = project.command([] as [&str; 0]);
    let mut command = Command::new("python3");
    command.args(["-c", holder, KAIZEN]).args(arguments).env_clear();
    command.envs(kaizen.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "xterm").envs(env.iter().copied());
    said(&command.current_dir(project.root()).stdin(Stdio::null()).output().unwrap())
}

/// What a command shows on a terminal.
fn on_a_terminal(project: &Project, arguments: &[&str], env: &[(&str, &str)]) -> String {
    const TERMINAL: &str = "import os, pty, sys\nsys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let said = with_a_terminal(project, TERMINAL, arguments, env);
    assert_eq!(said.code, Some(0), "{said:?}");
    said.out
}

#[test]
fn ctrl_c_at_a_question_ends_the_command() {
    const PERSON: &str = "import os, pty, sys\npid, terminal = pty.fork()\nif pid == 0:\n    os.execvp(sys.argv[1], sys.argv[1:])\n\
        seen = b''\nwhile b'[y/N]' not in seen:\n    seen += os.read(terminal, 1000)\nos.write(terminal, b'\\x03')\n\
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))";
    let project = Project::failing_python(KAIZEN);
    project.configure("[propose.command.fixer]\nrun = \"true\"\n");
    let said = with_a_terminal(&project, PERSON, &["trust"], &[]);
    assert_eq!(said.code, Some(130), "{said:?}");
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let project = improved();
    let escape = '\u{1b}';
    assert!(on_a_terminal(&project, &["status"], &[]).contains(escape), "a terminal gets colours");
    type Plain<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);
    let plain: [Plain<'_>; 6] = [
        (&["status"], &[("NO_COLOR", "1")]),
        (&["status"], &[("TERM", "dumb")]),
        (&["status"], &[("CI", "true")]),
        (&["status", "--color", "never"], &[]),
        (&["status", "--json"], &[]),
        (&["--help"], &[("NO_COLOR", "1")]),
    ];
    for (arguments, env) in plain {
        let shown = on_a_terminal(&project, arguments, env);
        assert!(!shown.contains(escape), "{arguments:?} {env:?}: {shown:?}");
    }
    for command in [&["status"][..], &["explain", "v1"], &["log"], &["versions"], &["improve"], &["--help"], &["nonsense"]] {
        let said = project.kaizen(command);
        assert!(!said.out.contains(escape) && !said.err.contains(escape), "{command:?}: {said:?}");
    }
    assert!(project.kaizen(["status", "--color", "always"]).out.contains(escape));
}

#[test]
fn a_reader_that_goes_away_ends_the_output_and_not_in_a_panic() {
    let project = improved();
    let commands = [&["log", "-n", "0"][..], &["log", "-n", "0", "--json"], &["log", "--follow"], &["completions", "bash"]];
    for command in commands.into_iter().chain([&["schema", "config"][..], &["--help"]]) {
        let mut child = project.start(command);
        let mut reader = BufReader::with_capacity(16, child.stdout.take().unwrap());
        reader.read_line(&mut String::new()).unwrap();
        drop(reader);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{command:?}");
    }
}
