//! `kaizen models` with the real binary, against a stand-in for Ollama that really holds its models' memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::ollama::{FakeOllama, model_3b, model_14b, model_tiny};
use kaizen_testkit::project::{Project, Said, said};
use serde_json::{Value, json};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// Runs `kaizen models ...` with the server from the environment.
fn models(project: &Project, fake: &FakeOllama, arguments: &[&str]) -> Said {
    let mut command = project.command([&["models"][..], arguments].concat());
    said(&command.env("KAIZEN_MODELS_PROVIDERS_OLLAMA_BASE_URL", fake.address()).output().unwrap())
}

fn result(project: &Project, fake: &FakeOllama, arguments: &[&str]) -> (Option<i32>, Value) {
    let said = models(project, fake, &[arguments, &["--json"]].concat());
    (said.code, said.result())
}

#[test]
fn the_list_says_what_is_installed_loaded_and_silently_split() {
    let (project, fake) =
        (Project::new(KAIZEN), FakeOllama::start(&[("a:3b", model_3b()), ("b:tiny", model_tiny()), ("idle", model_tiny())]));
    fake.load("b:tiny", 512);
    fake.switch(json!({ "split": { "a:3b": 0.3 } }));
    fake.load("a:3b", 4_096);
    let said = models(&project, &fake, &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for part in ["30 % of it on the processor", "mend: unload others", "--context 2048", "context 512", "idle:latest", &fake.address()] {
        assert!(said.out.contains(part), "{part:?} is not in\n{}", said.out);
    }
    let (code, list) = result(&project, &fake, &["list"]);
    assert_eq!((code, &list["schema"], &list["cap"]), (Some(0), &"kaizen.models/1".into(), &15_461_882_265_u64.into()), "{list}");
    let loaded: Vec<bool> = list["models"].as_array().unwrap().iter().map(|model| !model["loaded"].is_null()).collect();
    assert_eq!(loaded, [true, true, false]);
    assert_eq!((&list["models"][1]["loaded"]["mend"], &list["models"][1]["loaded"]["cpu_share"]), (&Value::Null, &0.0.into()));
}

#[test]
fn a_3b_and_a_14b_share_the_card_and_for_a_second_14b_the_first_leaves_and_its_memory_is_back() {
    let (project, fake) =
        (Project::new(KAIZEN), FakeOllama::start(&[("s:3b", model_3b()), ("a:14b", model_14b()), ("b:14b", model_14b())]));
    let load = |model: &str| result(&project, &fake, &["load", model, "--context", "8192", "--keep", "s:3b", "--keep-alive", "-1"]);
    for model in ["s:3b", "a:14b"] {
        let (code, told) = load(model);
        assert_eq!((code, &told["decision"], &told["weights_from"]), (Some(0), &"LOAD".into(), &"header".into()), "{told}");
        assert_eq!(told["loaded"]["cpu_share"], 0.0, "{told}");
    }
    let full = fake.resident();
    let (code, told) = load("b:14b");
    assert_eq!((code, &told["decision"], &told["unload"]), (Some(0), &"UNLOAD_FIRST".into(), &json!(["a:14b"])), "{told}");
    let left = &told["unloaded"][0];
    assert_eq!((&left["state"], &left["asked"]), (&"gone".into(), &1.into()), "{told}");
    let back = left["before"]["resident"].as_u64().unwrap() - left["after"]["resident"].as_u64().unwrap();
    assert!(back > 200 << 20, "{back} bytes came back: {told}");
    assert_eq!(fake.loaded(), ["s:3b", "b:14b"]);
    assert!(fake.resident().abs_diff(full) < 32 << 20);
}

#[test]
fn what_does_not_fit_is_refused_with_what_would_help_and_nothing_is_touched() {
    let (project, fake) = (Project::new(KAIZEN), FakeOllama::start(&[("a:14b", model_14b()), ("b:14b", model_14b())]));
    fake.load("a:14b", 4_096);
    let kept = models(&project, &fake, &["load", "b:14b", "--keep", "a:14b"]);
    assert_eq!(kept.code, Some(1), "{kept:?}");
    assert!(kept.out.contains("REFUSE") && kept.out.contains("the memory is held by a:14b: --evict-kept"), "{}", kept.out);
    let larger = models(&project, &fake, &["load", "b:14b", "--vram", "8GiB"]);
    assert!(larger.out.contains("larger than all the memory") && larger.out.contains("--offload"), "{}", larger.out);
    assert_eq!((larger.code, fake.loaded()), (Some(1), vec!["a:14b".to_owned()]));
    let (code, told) = result(&project, &fake, &["load", "b:14b", "--keep", "a:14b", "--evict-kept", "--dry-run"]);
    assert_eq!(
        (code, &told["decision"], &told["loaded"], fake.loaded().len()),
        (Some(0), &"UNLOAD_FIRST".into(), &Value::Null, 1),
        "{told}"
    );
}

#[test]
fn a_part_goes_to_the_processor_only_when_asked_for_and_the_share_is_said() {
    let project = Project::new(KAIZEN);
    let fake = FakeOllama::with(&[("s:3b", model_3b())], json!({ "vram": (2_u64 << 30) * 9 / 10 }));
    let (code, told) = result(&project, &fake, &["load", "s:3b", "--vram", "2GiB", "--offload"]);
    assert_eq!((code, &told["decision"]), (Some(0), &"OFFLOAD_CPU".into()), "{told}");
    let (planned, seen) = (told["cpu_share"].as_f64().unwrap(), told["loaded"]["cpu_share"].as_f64().unwrap());
    assert!((0.2..0.3).contains(&planned) && (planned - seen).abs() < 0.01, "{told}");
    assert!(told["loaded"]["mend"].is_string(), "{told}");
}

#[test]
fn a_model_that_does_not_leave_is_one_message_and_its_process_ends_only_by_force() {
    let (project, fake) = (Project::new(KAIZEN), FakeOllama::start(&[("m:tiny", model_tiny())]));
    fake.load("m:tiny", 512);
    fake.switch(json!({ "stuck": { "m:tiny": -1 } }));
    let runner = fake.runners()[0];
    let stuck = models(&project, &fake, &["unload", "m:tiny", "--patience", "1s"]);
    assert_eq!((stuck.code, fake.runners()), (Some(1), vec![runner]), "{stuck:?}");
    let message = format!("mend: kaizen models unload m:tiny --force ends process {runner}");
    assert!(stuck.out.contains("asked 3 times") && stuck.out.contains(&message), "{}", stuck.out);
    assert!(models(&project, &fake, &["list"]).out.contains(", stopping"));
    let (code, told) = result(&project, &fake, &["unload", "--all", "--force", "--patience", "2s"]);
    let one = &told["models"][0];
    assert_eq!((code, &one["state"], &one["forced"], &one["runner"]), (Some(0), &"gone".into(), &true.into(), &Value::Null), "{told}");
    assert!(fake.runners().is_empty() && fake.loaded().is_empty());
}

#[test]
fn a_model_off_the_list_whose_memory_stays_is_not_called_unloaded() {
    let (project, fake) = (Project::new(KAIZEN), FakeOllama::start(&[("m:tiny", model_tiny())]));
    fake.load("m:tiny", 512);
    fake.switch(json!({ "linger": { "m:tiny": true } }));
    let (code, told) = result(&project, &fake, &["unload", "m:tiny", "--patience", "1s"]);
    assert_eq!((code, &told["models"][0]["state"]), (Some(1), &"lingers".into()), "{told}");
    assert_eq!(told["models"][0]["runner"], fake.runners()[0]);
}

#[test]
fn a_pull_shows_its_progress_and_one_that_breaks_off_fails_and_goes_on_later() {
    let (project, fake) = (Project::new(KAIZEN), FakeOllama::with(&[], json!({ "library": { "new:1b": model_tiny() } })));
    fake.switch(json!({ "pull_dies": true }));
    let cut = models(&project, &fake, &["pull", "new:1b"]);
    assert_eq!(cut.code, Some(3), "{cut:?}");
    assert!(
        cut.err.contains("broke off in the middle of /api/pull") && cut.err.contains("hint: run the same command again"),
        "{}",
        cut.err
    );
    fake.switch(json!({ "pull_dies": false }));
    let said = models(&project, &fake, &["pull", "new:1b", "--json"]);
    let lines: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (said.code, &lines[1]["schema"], &lines[1]["completed"]),
        (Some(0), &"kaizen.progress/1".into(), &(1 << 19).into()),
        "{said:?}"
    );
    let last = lines.last().unwrap();
    assert_eq!((&last["type"], &last["schema"], &last["model"]), (&"result".into(), &"kaizen.pull/1".into(), &"new:1b".into()));
    let unknown = models(&project, &fake, &["pull", "no/such"]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
}

#[test]
fn a_server_that_is_not_there_or_is_none_is_an_error_with_its_mend() {
    let (project, mut fake) = (Project::new(KAIZEN), FakeOllama::start(&[]));
    let unknown = models(&project, &fake, &["load", "nobody"]);
    assert!(unknown.code == Some(2) && unknown.err.contains("hint: fetch it: kaizen models pull nobody"), "{unknown:?}");
    fake.switch(json!({ "garble": "/api/version" }));
    let garbled = models(&project, &fake, &[]);
    assert!(garbled.code == Some(3) && garbled.err.contains("something else than Ollama does"), "{garbled:?}");
    fake.kill();
    let gone = models(&project, &fake, &[]);
    assert!(
        gone.code == Some(3) && gone.err.contains("no Ollama answers at http://127.0.0.1:") && gone.err.contains("`ollama serve`"),
        "{gone:?}"
    );
    let address = project.kaizen(["models", "--server", "ftp://x"]);
    assert!(address.code == Some(2) && address.err.contains("'ftp://x' is not the address of a server"), "{address:?}");
}
