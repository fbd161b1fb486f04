//! Operations, trajectories, feedback and what could not be read: bulk writes, pages, sums.

use crate::world::{World, scenarios};
use kaizen_domain::metric::{Measure, Sample};
use kaizen_domain::money::{Usage, Usd};
use kaizen_domain::operation::{CacheUse, Content, Failure, ModelUse, Operation, Outcome, Quality, RouteTaken, Source};
use kaizen_domain::trajectory::{About, Candidate, CandidateKind, Choice, Feedback, Provenance, Trajectory};
use kaizen_store::{Filter, Forget, LedgerLine, Recorded, Store, StoreError};
use std::collections::BTreeMap;

scenarios!(
    an_operation_reads_back_as_it_was_and_its_id_counts_once,
    a_kind_that_was_guessed_can_be_mended_and_no_other,
    a_batch_is_recorded_whole_or_not_at_all,
    racing_senders_of_the_same_records_record_each_once,
    pages_follow_each_other_without_gap_or_repetition,
    a_filter_finds_what_it_names,
    of_calls_in_many_traces_the_newest_are_found,
    feedback_reaches_what_is_known_and_the_trajectory_it_is_about,
    what_could_not_be_read_is_kept_with_its_reason,
    the_ledger_sums_each_kind_and_keeps_unknown_costs_apart,
    the_gateways_own_project_is_always_the_same,
    text_no_database_can_hold_is_mended_not_refused,
    a_sample_of_a_metric_is_kept_once_and_aged_out,
);

async fn a_kind_that_was_guessed_can_be_mended_and_no_other(world: World) {
    let (store, project) = (&world.store, world.project);
    store.record_operations(project, &[plain("op-1", 5)]).await.unwrap();
    let kind = |kind: &str| kind.parse().unwrap();
    let id = "op-1".parse().unwrap();
    assert!(!store.relabel_operation(project, &id, &kind("legal"), &kind("coding")).await.unwrap(), "it has another kind");
    assert!(store.relabel_operation(project, &id, &kind("chat"), &kind("legal")).await.unwrap());
    let expected = Operation { kind: kind("legal"), ..plain("op-1", 5) };
    assert_eq!(store.operation(project, &id).await.unwrap(), Some(expected));
    assert!(!store.relabel_operation(project, &"op-2".parse().unwrap(), &kind("chat"), &kind("legal")).await.unwrap());
}

pub(crate) fn plain(id: &str, started_at: i64) -> Operation {
    Operation {
        id: id.parse().unwrap(),
        kind: "chat".parse().unwrap(),
        started_at,
        duration_us: 1_500,
        first_token_us: None,
        outcome: Outcome::Ok,
        error: None,
        session: None,
        parent: None,
        tenant: None,
        model: None,
        usage: None,
        cost: None,
        offline: None,
        cache: None,
        route: None,
        quality: None,
        source: Source::Api,
        content: None,
        attributes: BTreeMap::new(),
    }
}

fn full(id: &str) -> Operation {
    Operation {
        first_token_us: Some(70),
        outcome: Outcome::Failed,
        error: Some(Failure { kind: "timeout".into(), message: "took \"too\" long\n".into() }),
        session: Some("s1".parse().unwrap()),
        parent: Some("p1".parse().unwrap()),
        tenant: Some("shop".into()),
        model: Some(ModelUse { asked: "kaizen/auto".into(), served: Some("gpt-4o".into()), provider: Some("openai".into()) }),
        usage: Some(Usage { input: 10, output: 5, cache_read: 3, cache_write: 0, reasoning: 2 }),
        cost: Some(Usd::from_nanos(1_234_567)),
        offline: Some(false),
        cache: Some(CacheUse::Miss),
        route: Some(RouteTaken { by: "rule 1".into(), candidates: vec!["a".into(), "b".into()], chosen: 1, propensity: 0.1 + 0.2 }),
        quality: Some(Quality { score: 0.7, evaluator: "me".into() }),
        source: Source::Gateway,
        content: Some(Content { input: Some("hällo \u{1F600}".into()), output: None }),
        attributes: BTreeMap::from([("n".to_owned(), serde_json::json!({"a": [1, 2.5, null]}))]),
        ..plain(id, 1_000)
    }
}

pub(crate) fn trajectory(id: &str, started_at: i64) -> Trajectory {
    Trajectory {
        id: id.parse().unwrap(),
        kind: "summarise".parse().unwrap(),
        started_at,
        session: Some("s1".parse().unwrap()),
        input: Some("a task".into()),
        features: BTreeMap::from([("length".to_owned(), 0.1 + 0.2)]),
        candidates: vec![Candidate { kind: CandidateKind::Model, name: "a".into() }],
        choice: Some(Choice { index: 0, propensity: Some(0.9) }),
        operations: vec!["o1".parse().unwrap()],
        reward: None,
        duration_us: Some(9),
        cost: Some(Usd::from_nanos(5)),
        provenance: Provenance::Live,
    }
}

pub(crate) fn of_operation(id: &str) -> About {
    About::Operation(id.parse().unwrap())
}

pub(crate) fn thought(about: About, reward: Option<f64>) -> Feedback {
    Feedback { about, reward, text: Some("good".into()), by: None, at: 7 }
}

async fn an_operation_reads_back_as_it_was_and_its_id_counts_once(world: World) {
    let (store, project) = (&world.store, world.project);
    let batch = [full("o1"), plain("o2", 5), full("o1")];
    assert_eq!(store.record_operations(project, &batch).await.unwrap(), Recorded { new: 2, known: 1 });
    let changed = Operation { outcome: Outcome::Ok, ..full("o1") };
    assert_eq!(store.record_operations(project, &[changed, plain("o3", 5)]).await.unwrap(), Recorded { new: 1, known: 1 });
    assert_eq!(store.operation(project, &"o1".parse().unwrap()).await.unwrap(), Some(full("o1")));
    assert_eq!(store.operation(project, &"o9".parse().unwrap()).await.unwrap(), None);
    let other = store.project("/srv/other".as_ref(), "other", 1).await.unwrap();
    assert_eq!(store.record_operations(other, &[full("o1")]).await.unwrap(), Recorded { new: 1, known: 0 });
    assert_eq!(store.record_operations(project, &[]).await.unwrap(), Recorded::default());
}

async fn a_batch_is_recorded_whole_or_not_at_all(world: World) {
    let absent = kaizen_domain::id::ProjectId(99);
    let refused = world.store.record_operations(absent, &[plain("o1", 1)]).await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    world.raw.execute("CREATE UNIQUE INDEX in_the_way ON operation (started_at) WHERE kind = 'last'").await;
    let mut batch: Vec<Operation> = (0..250).map(|number| plain(&format!("o{number}"), number)).collect();
    batch.extend((0..2).map(|number| Operation { kind: "last".parse().unwrap(), ..plain(&format!("l{number}"), 1) }));
    assert!(world.store.record_operations(world.project, &batch).await.is_err());
    assert_eq!(world.store.operations(world.project, &Filter::default(), 10).await.unwrap().items, []);
}

async fn racing_senders_of_the_same_records_record_each_once(world: World) {
    let project = world.project;
    let send = |store: Store, sender: i64| async move {
        let mut new = 0;
        for round in 0..10 {
            // Every sender begins elsewhere, so that rows are met in different orders.
            let ids = (0..300).map(|number| (number + sender * 37) % 300 + round * 300);
            let mut batch: Vec<Operation> = ids.map(|number| plain(&format!("o{number}"), number)).collect();
            batch.sort_by(|a, b| a.id.cmp(&b.id));
            new += store.record_operations(project, &batch).await.unwrap().new;
        }
        new
    };
    assert_eq!(world.race(4, send).await.into_iter().sum::<u64>(), 3_000);
}

async fn pages_follow_each_other_without_gap_or_repetition(world: World) {
    let batch: Vec<Operation> = (0..95).map(|number| plain(&format!("o{number:02}"), number / 10)).collect();
    world.store.record_operations(world.project, &batch).await.unwrap();
    let (mut seen, mut filter, mut pages) = (Vec::new(), Filter::default(), 0);
    loop {
        let page = world.store.operations(world.project, &filter, 10).await.unwrap();
        seen.extend(page.items.into_iter().map(|one| (one.started_at, one.id.to_string())));
        pages += 1;
        let Some(next) = page.next else { break };
        filter.before = Some(next);
    }
    let mut expected: Vec<(i64, String)> = batch.into_iter().map(|one| (one.started_at, one.id.to_string())).collect();
    expected.sort();
    expected.reverse();
    assert_eq!((seen, pages), (expected, 10));
}

async fn a_filter_finds_what_it_names(world: World) {
    let (store, project) = (&world.store, world.project);
    let asked = Operation { model: Some(ModelUse { asked: "gpt-4o".into(), served: None, provider: None }), ..plain("asked", 2_000) };
    store.record_operations(project, &[full("full"), plain("plain", 5), asked]).await.unwrap();
    let found = async |filter: Filter| {
        let page = store.operations(project, &filter, 10).await.unwrap();
        page.items.into_iter().map(|one| one.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found(Filter { model: Some("gpt-4o".into()), ..Filter::default() }).await, ["asked", "full"]);
    assert_eq!(found(Filter { outcome: Some(Outcome::Failed), ..Filter::default() }).await, ["full"]);
    assert_eq!(found(Filter { session: Some("s1".into()), tenant: Some("shop".into()), ..Filter::default() }).await, ["full"]);
    assert_eq!(found(Filter { since: Some(1_000), ..Filter::default() }).await, ["asked", "full"]);
    assert_eq!(found(Filter { kind: Some("deploy".into()), ..Filter::default() }).await, Vec::<String>::new());
    store.record_trajectories(project, &[trajectory("t1", 1), trajectory("t2", 2)]).await.unwrap();
    let page = store.trajectories(project, &Filter { session: Some("s1".into()), ..Filter::default() }, 1).await.unwrap();
    assert_eq!((page.items, page.next.map(|next| next.started_at)), (vec![trajectory("t2", 2)], Some(2)));
    assert_eq!(store.record_trajectories(project, &[trajectory("t1", 9)]).await.unwrap(), Recorded { new: 0, known: 1 });
}

async fn of_calls_in_many_traces_the_newest_are_found(world: World) {
    let model = Some(ModelUse { asked: "m".into(), served: None, provider: None });
    let told = |trace: i64| Operation { model: model.clone(), source: Source::Otlp, ..plain(&format!("{trace:032x}:1"), trace) };
    let batch: Vec<Operation> = (0..120).map(told).chain([plain("other", 60)]).collect();
    world.store.record_operations(world.project, &batch).await.unwrap();
    let traces: Vec<String> = (0..120).map(|trace| format!("{trace:032x}")).collect();
    let found = world.store.told_calls(world.project, &traces, (0, 110), 3).await.unwrap();
    assert_eq!(found, [told(110), told(109), told(108)]);
}

async fn feedback_reaches_what_is_known_and_the_trajectory_it_is_about(world: World) {
    let (store, project) = (&world.store, world.project);
    store.record_operations(project, &[full("o1")]).await.unwrap();
    store.record_trajectories(project, &[trajectory("t1", 2), trajectory("t2", 1)]).await.unwrap();
    let session = About::Session("s1".parse().unwrap());
    let all = [
        thought(of_operation("o1"), Some(1.0)),
        thought(of_operation("nothing"), Some(1.0)),
        thought(of_operation("t1"), Some(0.25)),
        thought(About::Session("nobody".parse().unwrap()), None),
        thought(session.clone(), Some(0.5)),
    ];
    assert_eq!(store.record_feedback(project, &all).await.unwrap(), [true, false, true, false, true]);
    let rewards = async || {
        let page = store.trajectories(project, &Filter::default(), 10).await.unwrap();
        page.items.into_iter().map(|one| one.reward).collect::<Vec<_>>()
    };
    assert_eq!(rewards().await, [Some(0.25), Some(0.5)]);
    let later = Feedback { reward: Some(0.75), at: 9, ..all[2].clone() };
    assert_eq!(store.record_feedback(project, std::slice::from_ref(&later)).await.unwrap(), [true]);
    assert_eq!(rewards().await, [Some(0.75), Some(0.5)], "the newest word holds");
    assert_eq!(store.feedback(project, &of_operation("t1")).await.unwrap(), [all[2].clone(), later]);
    assert_eq!(store.feedback(project, &session).await.unwrap(), [all[4].clone()]);
    assert_eq!(store.feedback(project, &of_operation("nothing")).await.unwrap(), []);
}

async fn what_could_not_be_read_is_kept_with_its_reason(world: World) {
    let (store, project) = (&world.store, world.project);
    let letters: Vec<(String, String)> = (0..250).map(|number| (format!("reason {number}"), format!("raw\0 {number}"))).collect();
    store.bury(project, 5, "otlp", &letters).await.unwrap();
    store.bury(project, 6, "api", &[("long".into(), "ä".repeat(20_000))]).await.unwrap();
    store.bury(project, 6, "api", &[]).await.unwrap();
    let newest = store.dead_letters(project, None, 2).await.unwrap();
    assert_eq!((newest[0].source.as_str(), newest[0].at, newest[0].raw.len()), ("api", 6, 16_384));
    assert_eq!((newest[1].reason.as_str(), newest[1].raw.as_str()), ("reason 249", "raw\u{fffd} 249"));
    assert_eq!(store.dead_letters(project, None, 1_000).await.unwrap().len(), 251);
    let next = store.dead_letters(project, Some(newest[1].id), 2).await.unwrap();
    assert_eq!(next.iter().map(|letter| newest[1].id - letter.id).collect::<Vec<_>>(), [1, 2], "the page after");
}

async fn the_ledger_sums_each_kind_and_keeps_unknown_costs_apart(world: World) {
    let (store, project) = (&world.store, world.project);
    let model = Some(ModelUse { asked: "m".into(), served: None, provider: None });
    let usage = Some(Usage { input: 100, output: 10, ..Usage::default() });
    let call = |id: &str, cost: Option<i64>| Operation { model: model.clone(), usage, cost: cost.map(Usd::from_nanos), ..plain(id, 10) };
    let batch = [
        call("a", Some(7)),
        call("b", None),
        Operation { outcome: Outcome::Failed, ..call("c", Some(2)) },
        Operation { outcome: Outcome::Refused, usage: None, ..call("d", None) },
        Operation { cache: Some(CacheUse::Hit), ..call("e", Some(0)) },
        Operation { kind: "deploy".parse().unwrap(), model: None, ..plain("f", 10) },
        Operation { started_at: 1, ..call("old", Some(1_000)) },
    ];
    store.record_operations(project, &batch).await.unwrap();
    store.earn(project, "chat", Usd::from_nanos(50), 10).await.unwrap();
    store.earn(project, "chat", Usd::from_nanos(-5), 11).await.unwrap();
    store.earn(project, "invoices", Usd::from_nanos(9), 10).await.unwrap();
    store.earn(project, "chat", Usd::from_nanos(500), 1).await.unwrap();
    let chat = LedgerLine {
        kind: "chat".into(),
        calls: 5,
        unpriced: 1,
        cached: 1,
        looked_up: 1,
        input_tokens: 300,
        output_tokens: 30,
        cost: Usd::from_nanos(9),
        earned: Usd::from_nanos(45),
    };
    let invoices = LedgerLine { kind: "invoices".into(), earned: Usd::from_nanos(9), ..LedgerLine::default() };
    assert_eq!(store.ledger(Some(project), 10).await.unwrap(), [chat.clone(), invoices.clone()]);
    let other = store.project("/srv/other".as_ref(), "other", 1).await.unwrap();
    assert_eq!(store.ledger(Some(other), 0).await.unwrap(), []);
    store.record_operations(other, &[call("a", Some(1))]).await.unwrap();
    let all = store.ledger(None, 10).await.unwrap();
    assert_eq!((all[0].calls, all[0].cost, &all[1]), (6, Usd::from_nanos(10), &invoices));
}

async fn the_gateways_own_project_is_always_the_same(world: World) {
    let own = world.store.gateway_project(1).await.unwrap();
    assert_eq!(world.store.gateway_project(2).await.unwrap(), own);
    assert_ne!(own, world.project);
}

async fn text_no_database_can_hold_is_mended_not_refused(world: World) {
    let (store, project) = (&world.store, world.project);
    let model = Some(ModelUse { asked: "gpt\0".into(), served: None, provider: None });
    let content = Some(Content { input: Some("a\0b".into()), output: None });
    let strange = Operation { model, content, tenant: Some("t\0".into()), ..plain("o1", 1) };
    store.record_operations(project, std::slice::from_ref(&strange)).await.unwrap();
    let read = store.operation(project, &strange.id).await.unwrap().unwrap();
    assert_eq!(read, Operation { tenant: Some("t\u{fffd}".into()), ..strange });
    let words = Feedback { text: Some("\0".into()), ..thought(of_operation("o1"), None) };
    assert_eq!(store.record_feedback(project, &[words]).await.unwrap(), [true]);
}

async fn a_sample_of_a_metric_is_kept_once_and_aged_out(world: World) {
    let (store, project) = (&world.store, world.project);
    let sample = |at: i64, host: &str| Sample {
        name: "queue.length".into(),
        unit: "1".into(),
        value: 2.5,
        measure: Measure::Level,
        count: None,
        at,
        since: None,
        attributes: [("host".to_owned(), host.into())].into(),
    };
    let all = [sample(10, "a"), sample(10, "b"), sample(20, "a")];
    assert_eq!(store.record_samples(project, &all).await.unwrap().new, 3);
    assert_eq!(store.record_samples(project, &all).await.unwrap().known, 3);
    assert_eq!(store.metric_names(project).await.unwrap(), ["queue.length"]);
    assert_eq!(store.samples_of(project, "queue.length", 15, 10).await.unwrap(), [sample(20, "a")]);
    assert_eq!(store.forget(project, &Forget::Before(15)).await.unwrap().samples, 2);
    assert_eq!(store.samples_of(project, "queue.length", 0, 10).await.unwrap().len(), 1);
}
