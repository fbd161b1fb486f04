//! `kaizen stop` with the real binary: who holds a lease ends, nobody else does, and models give their memory back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_store::{Holder, Location, Store};
use kaizen_testkit::ollama::{FakeOllama, model_3b, model_14b, model_tiny};
use kaizen_testkit::project::{Project, Said, said};
use kaizen_testkit::traces::wait_until;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

fn stop(project: &Project, server: &str, arguments: &[&str]) -> Said {
    let mut command = project.command([&["stop"][..], arguments].concat());
    said(&command.env("KAIZEN_MODELS_PROVIDERS_OLLAMA_BASE_URL", server).output().unwrap())
}

fn store(project: &Project) -> Location {
    Location::Sqlite(project.home().join("data").join("kaizen.db"))
}

/// A process that says it is ready and then waits; `trap` is what it does about signals.
fn process(trap: &str) -> Child {
    let script = format!("{trap} echo ready; while :; do read _ || sleep 1; done");
    let mut child = Command::new("sh").args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    child
}

fn started(pid: u32) -> i64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().parse().unwrap()
}

fn this_host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim().to_owned()
}

#[tokio::main(flavor = "current_thread")]
async fn lease(project: &Project, name: &str, holder: Holder) {
    let store = Store::open(&store(project)).await.unwrap();
    let id = store.project(&project.root(), "calc", 1).await.unwrap();
    store.acquire_lease(id, name, &holder, 1, 1).await.unwrap();
}

#[tokio::main(flavor = "current_thread")]
async fn leases(project: &Project) -> usize {
    Store::open(&store(project)).await.unwrap().leases().await.unwrap().len()
}

fn prepared() -> Project {
    let project = Project::new(KAIZEN);
    std::fs::create_dir_all(project.home().join("data")).unwrap();
    project
}

#[test]
fn stop_all_ends_a_run_unloads_every_model_and_shows_that_the_memory_is_back() {
    let project = Project::failing_python(KAIZEN);
    project.write(
        "kaizen.toml",
        "[project]\nname = \"calc\"\n[benchmark]\ncommand = \"sleep 300\"\nformat = \"exit-code\"\ntimeout = \"400s\"\n",
    );
    project.commit("A benchmark that takes its time");
    let fake = FakeOllama::start(&[("a:3b", model_3b()), ("b:14b", model_14b())]);
    let empty = fake.resident();
    fake.load("a:3b", 4_096);
    fake.load("b:14b", 4_096);
    let full = fake.resident();
    assert!(full > empty + (300 << 20), "{empty} then {full}");
    let mut run = project.start(["improve"]);
    wait_until("the run holds its lease", || store_exists(&project) && leases(&project) == 1);
    let stopped = stop(&project, &fake.address(), &["--all", "--json"]);
    let result = stopped.result();
    assert_eq!((stopped.code, &result["schema"], &result["done"]), (Some(0), &"kaizen.stop/1".into(), &true.into()), "{stopped:?}");
    let worker = &result["workers"][0];
    assert_eq!((&worker["pid"], &worker["state"], &worker["lease"]), (&run.id().into(), &"ended".into(), &"loop".into()), "{result}");
    assert_eq!(run.wait().unwrap().code(), Some(130));
    let (before, after) = (&result["before"], &result["after"]);
    assert_eq!((&before["models"], &after["models"], &after["vram"]), (&2.into(), &0.into(), &0.into()), "{result}");
    let back = before["resident"].as_u64().unwrap() - after["resident"].as_u64().unwrap();
    assert!(back > 300 << 20, "{back} bytes came back: {result}");
    assert!(result["models"].as_array().unwrap().iter().all(|one| one["proof"] == "process"), "{result}");
    assert!(fake.resident() < empty + (20 << 20) && fake.runners().is_empty() && fake.loaded().is_empty());
    assert_eq!(leases(&project), 0);
    let again = stop(&project, &fake.address(), &["--all"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.out.contains("no process of Kaizen runs") && again.out.contains("models 0 -> 0, card 0 KiB -> 0 KiB"), "{}", again.out);
}

#[test]
fn a_run_that_rests_between_two_cycles_is_found_and_told_once() {
    let project = Project::failing_python(KAIZEN);
    project.write("src/calc.py", project.read("src/calc.py").replace("18 < age", "18 <= age"));
    project.commit("Nothing is wrong any more");
    let mut run = project.start(["improve", "--forever", "--json"]);
    let mut out = BufReader::new(run.stdout.take().unwrap());
    let mut line = String::new();
    // The result of the first cycle: from then on it rests.
    while !line.contains(r#""type":"result""#) {
        line.clear();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended");
    }
    let stopped = stop(&project, "", &["--json"]);
    let result = stopped.result();
    assert_eq!((result["workers"].as_array().unwrap().len(), &result["workers"][0]["lease"]), (1, &"forever".into()), "{result}");
    assert_eq!((&result["workers"][0]["state"], &result["workers"][0]["pid"]), (&"ended".into(), &run.id().into()), "{result}");
    run.wait().unwrap();
    assert_eq!(leases(&project), 0);
}

fn store_exists(project: &Project) -> bool {
    project.home().join("data").join("kaizen.db").exists()
}

#[test]
fn without_all_models_stay_as_they_are() {
    let (project, fake) = (prepared(), FakeOllama::start(&[("m:tiny", model_tiny())]));
    fake.load("m:tiny", 512);
    let stopped = stop(&project, &fake.address(), &[]);
    assert_eq!((stopped.code, fake.loaded().len()), (Some(0), 1), "{stopped:?}");
    assert!(stopped.out.contains("no process of Kaizen runs") && !stopped.out.contains("memory"), "{}", stopped.out);
}

#[test]
fn a_process_that_only_got_the_number_of_a_holder_is_never_hit() {
    let (project, mut bystander) = (prepared(), process(""));
    let pid = bystander.id();
    lease(&project, "loop", Holder { host: this_host(), pid, started: started(pid) - 1 });
    let stopped = stop(&project, "", &["--json"]);
    assert_eq!((stopped.code, &stopped.result()["workers"][0]["state"]), (Some(0), &"was_gone".into()), "{stopped:?}");
    assert_eq!((bystander.try_wait().unwrap(), leases(&project)), (None, 0));
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}

#[test]
fn a_holder_of_any_lease_that_does_not_listen_is_killed_and_one_that_does_ends_by_itself() {
    let (project, mut deaf, mut daemon) = (prepared(), process("trap '' TERM INT;"), process("trap 'exit 0' TERM;"));
    let holder = |child: &Child| Holder { host: this_host(), pid: child.id(), started: started(child.id()) };
    lease(&project, "loop", holder(&deaf));
    lease(&project, "serve", holder(&daemon));
    let stopped = stop(&project, "", &["--grace", "3s", "--json"]);
    let result = stopped.result();
    let states: Vec<(&Value, &Value)> =
        result["workers"].as_array().unwrap().iter().map(|worker| (&worker["lease"], &worker["state"])).collect();
    assert_eq!(
        (stopped.code, states),
        (Some(0), vec![(&"loop".into(), &"killed".into()), (&"serve".into(), &"ended".into())]),
        "{stopped:?}"
    );
    assert_eq!((deaf.wait().unwrap().code(), daemon.wait().unwrap().code()), (None, Some(0)));
    assert_eq!(leases(&project), 0);
}

#[test]
fn a_holder_on_another_machine_is_left_alone_and_named() {
    let project = prepared();
    lease(&project, "loop", Holder { host: "elsewhere.example".into(), pid: std::process::id(), started: started(std::process::id()) });
    let stopped = stop(&project, "", &[]);
    assert_eq!((stopped.code, leases(&project)), (Some(0), 1), "{stopped:?}");
    assert!(stopped.out.contains("on elsewhere.example: stop it there"), "{}", stopped.out);
}

#[test]
fn a_model_that_stays_makes_stop_fail_with_its_process_and_force_ends_it() {
    let (project, fake) = (prepared(), FakeOllama::start(&[("m:tiny", model_tiny()), ("n:tiny", model_tiny())]));
    fake.load("m:tiny", 512);
    fake.load("n:tiny", 512);
    fake.switch(json!({ "stuck": { "m:tiny": -1 } }));
    let stopped = stop(&project, &fake.address(), &["--all", "--patience", "1s"]);
    assert_eq!((stopped.code, fake.loaded()), (Some(1), vec!["m:tiny".to_owned()]), "{stopped:?}");
    assert!(stopped.out.contains("still listed; process") && stopped.out.contains("models 2 -> 1"), "{}", stopped.out);
    let forced = stop(&project, &fake.address(), &["--all", "--force", "--patience", "2s"]);
    assert_eq!((forced.code, fake.loaded().len(), fake.runners().len()), (Some(0), 0, 0), "{forced:?}");
    assert!(forced.out.contains("its process ended"), "{}", forced.out);
}

#[test]
fn where_no_ollama_runs_nothing_is_loaded_but_one_that_talks_nonsense_proves_nothing() {
    let (project, mut fake) = (prepared(), FakeOllama::start(&[]));
    fake.switch(json!({ "garble": "/api/ps" }));
    let garbled = stop(&project, &fake.address(), &["--all"]);
    assert_eq!(garbled.code, Some(3), "{garbled:?}");
    fake.kill();
    let gone = stop(&project, &fake.address(), &["--all"]);
    assert!(gone.code == Some(0) && gone.out.contains("no Ollama answers: no model is loaded"), "{gone:?}");
}
