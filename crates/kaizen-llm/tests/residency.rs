//! Models that come and go, against a stand-in for Ollama that really holds their memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_llm::net::{Net, Reach};
use kaizen_llm::residency::evict::Resident;
use kaizen_llm::residency::ollama::{Loading, Ollama, OllamaError, Patience};
use kaizen_llm::residency::plan::{Room, Terms, plan};
use kaizen_llm::residency::process::Process;
use kaizen_llm::residency::size::CacheType;
use kaizen_llm::residency::unload::{Ended, Leaving, Pace, Unloaded, unload};
use kaizen_llm::residency::{Source, carry_out, files_of, measure};
use kaizen_llm::transport::{Transport, Trust};
use kaizen_testkit::ollama::{FakeOllama, model_3b, model_14b, model_tiny};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Patience = Patience { answer: Duration::from_secs(20), load: Duration::from_secs(60), silence: Duration::from_secs(20) };
const PACE: Pace = Pace { first: Duration::from_millis(5), longest: Duration::from_millis(50), step: Duration::from_millis(500) };

fn connect(fake: &FakeOllama) -> Ollama {
    with(fake, PATIENCE)
}

fn with(fake: &FakeOllama, patience: Patience) -> Ollama {
    // Nothing here needs another machine.
    let transport = Transport::new(Arc::new(Net::new(Reach::ThisMachine)), Duration::from_secs(5), Trust::These(Vec::new()));
    Ollama::new(Arc::new(transport), &fake.address(), patience).unwrap()
}

fn loading(model: &str, context: u64) -> Loading {
    Loading { model: model.into(), context, keep_alive: Some("-1".into()), embedding: false }
}

fn host(server: &Ollama) -> Process {
    Process::listening(server.local_port().unwrap()).expect("the server's process")
}

async fn leave(server: &Ollama, model: &str) -> Unloaded {
    let files = files_of(server, model).await.unwrap();
    unload(server, Leaving { model, files: &files, host: Some(host(server)) }, PACE).await.unwrap()
}

#[tokio::test]
async fn a_size_comes_from_the_header_and_is_what_the_server_then_measures() {
    let fake = FakeOllama::start(&[("m:14b", model_14b())]);
    let server = connect(&fake);
    let size = measure(&server, "m:14b").await.unwrap();
    let weights = 8_988_110_848 / (144 * 48) * (144 * 48);
    assert_eq!((size.source, size.weights, size.shape.layers, size.context), (Source::Header, weights, 48, 4_096));
    let cache = size.shape.cache(8_192, 1, CacheType::F16);
    assert_eq!(cache, 8_192 * 196_608);
    server.load(&loading("m:14b", 8_192)).await.unwrap();
    let running = server.running().await.unwrap();
    assert!(running[0].size.abs_diff(weights + cache) < 1 << 20, "{running:?} but {} planned", weights + cache);
}

#[tokio::test]
async fn without_the_files_the_long_answer_tells_the_lists_and_the_tensors() {
    let mut model = model_tiny();
    model["kv_heads"] = json!([2, 0]);
    let fake = FakeOllama::start(&[("mixed", model)]);
    let server = connect(&fake);
    let files = files_of(&server, "mixed").await.unwrap();
    let with_files = measure(&server, "mixed").await.unwrap();
    std::fs::remove_file(&files[0]).unwrap();
    let without = measure(&server, "mixed").await.unwrap();
    assert_eq!((with_files.source, without.source), (Source::Header, Source::Described));
    assert_eq!((with_files.weights, with_files.shape), (without.weights, without.shape.clone()));
    assert_eq!(without.shape.cached, 2 * 32);
}

#[tokio::test]
async fn an_unload_is_believed_when_the_list_and_the_process_say_so_and_the_memory_is_back() {
    let fake = FakeOllama::start(&[("m:3b", model_3b())]);
    let server = connect(&fake);
    let empty = fake.resident();
    server.load(&loading("m:3b", 4_096)).await.unwrap();
    let full = fake.resident();
    assert!(full > empty + (50 << 20), "{empty} then {full}");
    let left = leave(&server, "m:3b").await;
    assert_eq!((left.ended, left.asked, left.watched), (Ended::Gone, 1, true));
    assert!(left.before.resident.unwrap() > left.after.resident.unwrap() + (50 << 20), "{left:?}");
    assert!(left.before.vram > 2_000_000_000 && left.after.vram == 0, "{left:?}");
    assert!(fake.resident() < empty + (20 << 20) && fake.loaded().is_empty());
    assert_eq!(leave(&server, "m:3b").await.ended, Ended::Absent);
}

#[tokio::test]
async fn a_model_that_ignores_a_request_is_asked_again_and_then_by_its_queue() {
    let fake = FakeOllama::start(&[("m:tiny", model_tiny())]);
    let server = connect(&fake);
    for (ignored, asked) in [(1, 2), (2, 3)] {
        server.load(&loading("m:tiny", 512)).await.unwrap();
        fake.switch(json!({ "stuck": { "m:tiny": ignored } }));
        let left = leave(&server, "m:tiny").await;
        assert_eq!((left.ended, left.asked), (Ended::Gone, asked));
    }
    let last = fake.requests().into_iter().rfind(|request| request["path"] == "/api/generate").unwrap();
    assert_eq!((&last["asked"]["prompt"], &last["asked"]["keep_alive"]), (&json!(""), &json!(0)));
}

#[tokio::test]
async fn a_model_that_never_leaves_is_stuck_with_the_process_that_holds_it_and_the_asking_ends() {
    let fake = FakeOllama::start(&[("m:tiny", model_tiny())]);
    let server = connect(&fake);
    server.load(&loading("m:tiny", 512)).await.unwrap();
    fake.switch(json!({ "stuck": { "m:tiny": -1 } }));
    let left = leave(&server, "m:tiny").await;
    let Ended::Stuck(Some(runner)) = left.ended else { panic!("{left:?}") };
    assert_eq!((left.asked, fake.runners()), (3, vec![runner.pid]));
}

#[tokio::test]
async fn a_model_that_is_off_the_list_but_keeps_its_memory_is_not_gone() {
    let fake = FakeOllama::start(&[("m:tiny", model_tiny())]);
    let server = connect(&fake);
    server.load(&loading("m:tiny", 512)).await.unwrap();
    fake.switch(json!({ "linger": { "m:tiny": true } }));
    let left = leave(&server, "m:tiny").await;
    assert!(matches!(left.ended, Ended::Lingers(runner) if fake.runners() == [runner.pid]), "{left:?}");
}

#[tokio::test]
async fn a_plan_is_carried_out_in_order_and_stops_at_one_who_does_not_leave() {
    let fake = FakeOllama::start(&[("a:14b", model_14b()), ("b:14b", model_14b())]);
    let server = connect(&fake);
    server.load(&loading("a:14b", 4_096)).await.unwrap();
    let vram = server.running().await.unwrap()[0].size_vram;
    let others = [Resident { name: "a:14b".into(), vram, in_use: false, hot: false, loaded_in: None }];
    let planned = plan(Room::default(), &others, vram, Terms::default());
    let carry = async || carry_out(&server, &planned, &loading("b:14b", 4_096), PACE, Some(host(&server))).await.unwrap();
    fake.switch(json!({ "stuck": { "a:14b": -1 } }));
    let stopped = carry().await;
    assert!(stopped.loaded.is_none() && matches!(stopped.unloaded[0].ended, Ended::Stuck(_)), "{stopped:?}");
    assert_eq!(fake.loaded(), ["a:14b"]);
    fake.switch(json!({ "stuck": {} }));
    let carried = carry().await;
    assert_eq!((carried.unloaded[0].ended, fake.loaded()), (Ended::Gone, vec!["b:14b".to_owned()]));
    assert_eq!(carried.loaded.unwrap().cpu_share(), 0.0);
}

#[tokio::test]
async fn a_silent_split_shows_in_the_share_of_the_processor() {
    let fake = FakeOllama::start(&[("m:3b", model_3b())]);
    let server = connect(&fake);
    fake.switch(json!({ "split": { "m:3b": 0.25 } }));
    server.load(&loading("m:3b", 4_096)).await.unwrap();
    let share = server.running().await.unwrap()[0].cpu_share();
    assert!((0.24..0.26).contains(&share), "{share}");
}

#[tokio::test]
async fn a_pull_that_breaks_off_is_no_success_and_goes_on_where_it_stopped() {
    let fake = FakeOllama::with(&[], json!({ "library": { "new:1b": model_tiny() } }));
    let server = connect(&fake);
    for how in [json!(true), json!("quietly")] {
        fake.switch(json!({ "pull_dies": how }));
        let mut most = 0;
        let cut = server.pull("new:1b", |step| most = step.completed.unwrap_or(most)).await.unwrap_err();
        assert!(matches!(cut, OllamaError::Cut { .. }) && most == (1 << 20) / 2, "{cut} at {most}");
    }
    fake.switch(json!({ "pull_dies": false }));
    let mut steps = vec![];
    server.pull("new:1b", |step| steps.push(step.clone())).await.unwrap();
    assert_eq!((steps[1].completed, steps.last().unwrap().status.as_str()), (Some((1 << 20) / 2), "success"));
    assert_eq!(server.installed().await.unwrap()[0].name, "new:1b");
    let unknown = server.pull("nobody/has:this", |_| {}).await.unwrap_err();
    assert!(matches!(unknown, OllamaError::Unknown { .. }), "{unknown}");
}

#[tokio::test]
async fn a_server_that_hangs_talks_nonsense_or_is_gone_is_said_by_name_with_the_mend() {
    let mut fake = FakeOllama::start(&[("m:tiny", model_tiny())]);
    let short = Patience { answer: Duration::from_millis(300), ..PATIENCE };
    let hasty = with(&fake, short);
    let server = connect(&fake);
    fake.switch(json!({ "garble": "/api/tags", "hang": "/api/ps" }));
    let garbled = server.installed().await.unwrap_err();
    assert!(
        matches!(&garbled, OllamaError::Garbled { what: "/api/tags", .. }) && garbled.mend().contains("is http://127.0.0.1:"),
        "{garbled}"
    );
    let hung = hasty.running().await.unwrap_err();
    assert_eq!(hung.to_string(), format!("{} did not answer /api/ps within 0.3 s", fake.address()));
    assert!(matches!(measure(&server, "nobody").await, Err(OllamaError::Unknown { model, .. }) if model == "nobody"));
    fake.kill();
    let gone = connect(&fake).version().await.unwrap_err();
    assert_eq!(gone.to_string(), format!("no Ollama answers at {}", fake.address()));
    assert!(gone.mend().contains("`ollama serve`"));
}

#[tokio::test]
async fn a_model_for_embeddings_is_loaded_by_an_embedding() {
    let mut model = model_tiny();
    model["capabilities"] = json!(["embedding"]);
    let fake = FakeOllama::start(&[("e", model)]);
    let server = connect(&fake);
    let size = measure(&server, "e").await.unwrap();
    server.load(&Loading { embedding: size.embedding, ..loading("e", 512) }).await.unwrap();
    assert_eq!(fake.loaded(), ["e:latest"]);
    assert_eq!(leave(&server, "e").await.ended, Ended::Gone);
}
