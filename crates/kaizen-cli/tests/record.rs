//! `kaizen record`, `forget`, `key` and `budget` through the binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said, said};
use kaizen_testkit::traces::sql;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

fn fed(project: &Project, arguments: &[&str], input: impl AsRef<[u8]>) -> Said {
    let mut child = project.command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_ref()).unwrap();
    said(&child.wait_with_output().unwrap())
}

/// The newest operation: kind, outcome, and the rest as JSON.
fn newest(project: &Project) -> (String, String, Value) {
    let row = sql(project, "SELECT kind || '|' || outcome || '|' || rest FROM operation ORDER BY started_at DESC, rowid DESC LIMIT 1");
    let mut parts = row.splitn(3, '|').map(str::to_owned);
    let (kind, outcome) = (parts.next().unwrap(), parts.next().unwrap());
    (kind, outcome, serde_json::from_str(&parts.next().unwrap()).unwrap())
}

#[test]
fn lines_are_recorded_once_and_bad_ones_are_told_with_their_reason() {
    let project = Project::new(KAIZEN);
    let input = concat!(
        "{\"id\":\"o1\",\"kind\":\"chat\",\"cost_usd\":0.5,\"model\":\"m\"}\n",
        "\n",
        "{\"kind\":\n",
        "{\"kind\":\"a\",\"durration\":1}\n",
        "{\"type\":\"trajectory\",\"id\":\"t1\",\"kind\":\"chat\",\"operations\":[\"o1\"]}\n",
        "{\"type\":\"feedback\",\"id\":\"o1\",\"reward\":1}\n",
        "{\"type\":\"feedback\",\"id\":\"nobody\",\"reward\":1}\n",
        "{\"id\":\"o2\",\"kind\":\"chat\",\"started_at\":\"2199-01-01T00:00:00Z\"}",
    );
    let said = fed(&project, &["record", "--json"], input);
    let result = said.result();
    assert_eq!((said.code, &result["new"], &result["known"]), (Some(1), &4.into(), &0.into()), "{said:?}");
    let lines: Vec<u64> = result["refused"].as_array().unwrap().iter().map(|refused| refused["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 4, 7]);
    assert!(result["refused"][1]["reason"].as_str().unwrap().starts_with("unknown field `durration`"), "{result}");
    assert!(result["notes"][0]["reason"].as_str().unwrap().contains("clock is"), "{result}");
    assert_eq!(sql(&project, "SELECT COUNT(*) FROM dead_letter"), "3");
    let again = fed(&project, &["record"], "{\"id\":\"o1\",\"kind\":\"chat\"}\n");
    assert_eq!((again.code, again.out.trim()), (Some(0), "0 recorded, 1 known before"), "{again:?}");
}

#[test]
fn no_secret_reaches_the_store_neither_in_good_records_nor_in_bad_ones() {
    let project = Project::new(KAIZEN);
    let key = ["sk-", "proj-abc123abc123abc123abc1"].concat();
    let input = format!("{{\"kind\":\"a\",\"content\":{{\"input\":\"use {key}\"}}}}\n{{\"kind\":\"{key}\n");
    let mut child =
        project.command(["record"]).env("OPENAI_API_KEY", "plain words").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let input = format!("{input}{{\"kind\":\"a\",\"error\":\"plain words were refused\"}}\n");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait().unwrap();
    let kept = sql(&project, "SELECT group_concat(rest) FROM operation") + &sql(&project, "SELECT group_concat(raw) FROM dead_letter");
    assert!(!kept.contains(&key) && !kept.contains("plain words"), "{kept}");
    assert!(kept.contains("use [redacted:api-key]") && kept.contains("[OPENAI_API_KEY] were refused"), "{kept}");
}

#[test]
fn lines_of_any_length_and_bytes_that_are_no_text_are_refused_one_by_one() {
    let project = Project::new(KAIZEN);
    let mut input = format!("{{\"kind\":\"{}\"}}\n", "x".repeat(5 << 20)).into_bytes();
    input.extend(b"\xff\xfe\n{\"kind\":\"fine\"}\n");
    let said = fed(&project, &["record", "--json"], input);
    let result = said.result();
    assert_eq!((&result["new"], result["refused"].as_array().unwrap().len()), (&1.into(), 2), "{said:?}");
    assert!(result["refused"][1]["reason"].as_str().unwrap().contains("not UTF-8"), "{result}");
}

#[test]
fn a_command_is_as_if_it_stood_alone_and_its_end_is_recorded() {
    let project = Project::new(KAIZEN);
    let script = "read word; echo \"out $word\"; printf 'err \\377 bytes' >&2; exit 7";
    let mut child = project
        .command(["record", "--session", "night", "--", "sh", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"in\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), output.stdout.as_slice(), output.stderr.as_slice()),
        (Some(7), &b"out in\n"[..], &b"err \xff bytes"[..])
    );
    let (kind, outcome, rest) = newest(&project);
    assert_eq!((kind.as_str(), outcome.as_str(), rest["error"]["kind"].as_str()), ("sh", "failed", Some("exit_7")));
    assert_eq!(rest["error"]["message"], "err \u{fffd} bytes");
    assert_eq!(sql(&project, "SELECT session FROM operation"), "night");
    let fine = project.kaizen(["record", "--kind", "deploy", "--", "true"]);
    assert_eq!((fine.code, fine.out.as_str(), fine.err.as_str()), (Some(0), "", ""));
    assert_eq!((newest(&project).0.as_str(), newest(&project).1.as_str()), ("deploy", "ok"));
}

#[test]
fn last_words_in_a_file_are_read_there_and_shared_streams_are_left_alone() {
    let project = Project::new(KAIZEN);
    let file = project.room().join("errors");
    std::fs::write(&file, "before\n").unwrap();
    let errors = std::fs::OpenOptions::new().append(true).open(&file).unwrap();
    project.command(["record", "--", "sh", "-c", "echo late >&2; exit 1"]).stderr(errors).status().unwrap();
    assert_eq!(newest(&project).2["error"]["message"], "late");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "before\nlate\n");
    let line = format!("'{KAIZEN}' record -- sh -c 'for i in 1 2 3; do echo out $i; echo err $i >&2; done; exit 1' 2>&1");
    let output = project
        .command(["--version"])
        .get_envs()
        .fold(Command::new("sh"), |mut shell, (name, value)| {
            if let Some(value) = value {
                shell.env(name, value);
            }
            shell
        })
        .args(["-c", &line])
        .current_dir(project.root())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n");
    assert_eq!(newest(&project).2["error"]["message"].as_str(), None);
}

#[test]
fn signals_reach_the_command_and_its_death_by_one_is_recorded() {
    let project = Project::new(KAIZEN);
    let script = "trap 'echo got it; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
    let mut child = project.start(["record", "--", "sh", "-c", script]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(lines.next().unwrap().unwrap(), "got it");
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let killed = project.kaizen(["record", "--", "sh", "-c", "kill -9 $$"]);
    assert_eq!(killed.code, Some(137));
    assert_eq!(newest(&project).2["error"]["kind"], "signal_9");
    let interrupted = project.kaizen(["record", "--", "sh", "-c", "kill -TERM $$"]);
    assert_eq!((interrupted.code, newest(&project).1.as_str()), (Some(143), "cancelled"));
}

#[test]
fn a_signal_that_comes_before_the_command_has_begun_its_work_reaches_it() {
    let project = Project::new(KAIZEN);
    let script = "trap 'exit 3' TERM; kill -TERM $PPID; while :; do sleep 0.05; done";
    std::thread::scope(|all| {
        for _ in 0..8 {
            all.spawn(|| (0..4).for_each(|_| assert_eq!(project.kaizen(["record", "--", "sh", "-c", script]).code, Some(3))));
        }
    });
    assert_eq!(sql(&project, "SELECT COUNT(*) FROM operation"), "32");
}

#[test]
fn a_command_that_cannot_be_started_or_recorded_still_ends_as_a_shell_would_say() {
    let project = Project::new(KAIZEN);
    assert_eq!(project.kaizen(["record", "--", "/nowhere/at/all"]).code, Some(127));
    assert_eq!(newest(&project).2["error"]["kind"], "not_started");
    let nameless = project.kaizen(["record", "--", "/"]);
    assert!(nameless.code == Some(126) && nameless.err.contains("not recorded: --kind"), "{nameless:?}");
    assert_eq!(project.kaizen(["record", "--kind", "odd", "--", "/"]).code, Some(126));
    assert_eq!(newest(&project).0, "odd");
    let said = project.kaizen(["--store", "/proc/nowhere/kaizen.db", "record", "--", "sh", "-c", "echo done; exit 4"]);
    assert_eq!((said.code, said.out.as_str()), (Some(4), "done\n"));
    assert!(said.err.contains("not recorded"), "{}", said.err);
}

#[test]
fn forgetting_says_what_it_would_be_asks_and_does_it() {
    let project = Project::new(KAIZEN);
    fed(
        &project,
        &["record", "--session", "s1"],
        "{\"id\":\"o1\",\"kind\":\"a\"}\n{\"id\":\"o2\",\"kind\":\"a\"}\n{\"type\":\"feedback\",\"id\":\"o1\",\"thumbs\":\"up\"}\n",
    );
    fed(&project, &["record"], "{\"id\":\"o3\",\"kind\":\"a\"}\n");
    let asked = project.kaizen(["forget", "--session", "s1"]);
    assert_eq!(asked.code, Some(5), "{asked:?}");
    assert!(asked.err.contains("nothing was forgotten: it would be 2 operations, 1 piece of feedback"), "{}", asked.err);
    let done = project.kaizen(["forget", "--session", "s1", "--yes", "--json"]);
    assert_eq!((done.code, &done.result()["done"], &done.result()["operations"]), (Some(0), &true.into(), &2.into()), "{done:?}");
    assert_eq!(project.kaizen(["forget", "--session", "s1", "--yes"]).out.trim(), "there is nothing to forget");
    assert_eq!(project.kaizen(["forget", "--operation", "o3", "--yes"]).out.trim(), "forgotten: 1 operation");
    assert_eq!(project.kaizen(["forget"]).code, Some(2));
    assert_eq!(sql(&project, "SELECT COUNT(*) FROM operation"), "0");
}

#[test]
fn a_key_is_shown_once_and_only_its_hash_is_kept() {
    let project = Project::new(KAIZEN);
    let made = project.kaizen(["key", "add", "shop", "--budget", "5", "--rate", "60", "--model", "gpt-*", "--scope", "record", "--json"]);
    let key = made.result()["key"].as_str().unwrap().to_owned();
    assert!(made.code == Some(0) && key.starts_with("kz_") && key.len() == 51, "{made:?}");
    let hash = sql(&project, "SELECT hash FROM gateway_key");
    assert!(hash.len() == 64 && !hash.contains(&key[3..]), "{hash}");
    assert_eq!(project.kaizen(["key", "add", "shop"]).code, Some(2));
    let list = project.kaizen(["key", "list", "--json"]).result();
    assert_eq!(
        (&list["keys"][0]["budget_usd"], &list["keys"][0]["rate"], &list["keys"][0]["scopes"][0]),
        (&5.0.into(), &60.into(), &"record".into())
    );
    assert!(project.kaizen(["key", "revoke", "shop"]).out.contains("worthless"));
    assert!(project.kaizen(["key", "list"]).out.contains("REVOKED"));
    assert_eq!(project.kaizen(["key", "revoke", "shop"]).code, Some(2));
    assert_eq!(project.kaizen(["key", "add", "a b"]).code, Some(2));
}

#[test]
fn the_budget_tells_month_day_means_and_what_each_kind_cost_saved_and_earned() {
    let project = Project::new(KAIZEN);
    std::fs::create_dir_all(project.home().join("config")).unwrap();
    let settings =
        "[budget]\nmonthly = 10\nreference = \"openai/big\"\n[models.providers.openai]\nprices = { big = { input = 100, output = 100 } }\n";
    std::fs::write(project.home().join("config/config.toml"), settings).unwrap();
    let call = "{\"kind\":\"chat\",\"model\":\"small\",\"usage\":{\"input\":5000,\"output\":5000},\"cost_usd\":0.25}\n{\"kind\":\"chat\",\"model\":\"odd\"}\n";
    assert_eq!(fed(&project, &["record"], call).code, Some(0));
    assert_eq!(project.kaizen(["budget", "--earned", "12.50", "--for", "chat"]).out.trim(), "chat earned 12.50 USD");
    assert_eq!(project.kaizen(["budget", "--earned", "-2.5", "--for", "chat"]).code, Some(0));
    assert_eq!(project.kaizen(["budget", "--earned", "1"]).code, Some(2));
    let shown = project.kaizen(["budget", "--json"]).result();
    assert_eq!((&shown["limit_usd"], &shown["spent_usd"], shown["means"].as_str()), (&10.0.into(), &0.0.into(), Some("plenty")));
    let line = &shown["ledger"][0];
    assert_eq!((&line["calls"], &line["unpriced"], &line["cost_usd"]), (&2.into(), &1.into(), &0.25.into()));
    assert_eq!((&line["saved_usd"], &line["earned_usd"]), (&0.75.into(), &10.0.into()));
    // Another process sets money aside and is gone.
    sql(&project, "INSERT INTO purse VALUES ('all', strftime('%Y-%m', 'now'), 4000000000, 5000000000)");
    sql(&project, "INSERT INTO block VALUES (1, 'all', strftime('%Y-%m', 'now'), 5000000000, 'elsewhere', 7, 8, 1, NULL, NULL)");
    let shown = project.kaizen(["budget", "--json"]).result();
    assert_eq!(
        (&shown["spent_usd"], shown["means"].as_str(), &shown["alerts"]),
        (&9.0.into(), Some("local_only"), &serde_json::json!([50, 80, 90]))
    );
    let text = project.kaizen(["budget"]).out;
    for told in [
        "9.00 USD of 10.00 USD, 5.00 USD of it set aside; 1.00 USD left",
        "local only: 9.00 USD of this month's 10.00 USD are spent",
        "90 %",
        "process 7 on elsewhere",
        "against openai/big",
        "1 of the calls",
    ] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
}

#[test]
fn outside_of_a_repository_records_go_to_the_gateways_own_project() {
    let project = Project::new(KAIZEN);
    let output = project.command(["record", "--", "true"]).current_dir(project.room()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(sql(&project, "SELECT p.name FROM operation o JOIN project p ON p.id = o.project_id"), "gateway");
}
