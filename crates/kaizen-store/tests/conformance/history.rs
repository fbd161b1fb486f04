//! Evidence in bulk: tallies add up, case runs show flakiness, whatever the size of the batch.

use crate::world::{World, hash, scenarios};
use kaizen_domain::benchmark::BenchmarkId;
use kaizen_domain::canary::{Canary, CanaryCount};
use kaizen_domain::id::HypothesisId;
use kaizen_domain::scorecard::{CaseId, CaseOutcome};
use kaizen_store::{CaseRun, FlakyCase, StoreError, Visit};
use std::collections::BTreeMap;

scenarios!(
    tallies_add_up,
    cases_with_both_outcomes_are_flaky,
    a_hundred_thousand_runs_are_one_batch,
    a_batch_is_recorded_whole_or_not_at_all,
    a_name_no_database_can_hold_is_mended_not_refused,
    canaries_are_counted_by_benchmark_and_a_believed_one_is_an_event,
    what_programs_said_is_kept_in_order_and_by_hypothesis
);

fn case(name: &str) -> CaseId {
    CaseId(name.into())
}

fn run(name: &str, outcome: CaseOutcome) -> CaseRun {
    CaseRun { at: 1, benchmark: BenchmarkId(hash("judge")), baseline: hash("b"), case: case(name), outcome, duration_us: Some(5) }
}

async fn tallies_add_up(world: World) {
    let key = hash("key");
    let many: Vec<_> = (0..120).map(|number| (case(&format!("c{number:03}")), 1, 2)).collect();
    world.store.tally(world.project, key, &many).await.unwrap();
    world.store.tally(world.project, key, &[(case("c000"), 1, 0), (case("new"), 0, 1), (case("c000"), 1, 0)]).await.unwrap();
    let mut expected: BTreeMap<CaseId, (u64, u64)> = many.into_iter().map(|(case, passes, fails)| (case, (passes, fails))).collect();
    expected.insert(case("c000"), (3, 2));
    expected.insert(case("new"), (0, 1));
    assert_eq!(world.store.tallies(world.project, key).await.unwrap(), expected);
    assert_eq!(world.store.tallies(world.project, hash("other")).await.unwrap(), BTreeMap::new());
}

async fn cases_with_both_outcomes_are_flaky(world: World) {
    use CaseOutcome::{Error, Fail, Pass, Skip};
    let record = async |runs: &[CaseRun]| world.store.record_case_runs(world.project, runs).await.unwrap();
    record(&[run("steady", Pass), run("broken", Fail), run("z", Pass), run("a", Pass), run("skipped", Skip)]).await;
    record(&[run("steady", Pass), run("broken", Error), run("z", Error), run("a", Fail), run("skipped", Pass)]).await;
    record(&[CaseRun { baseline: hash("other"), ..run("steady", Fail) }]).await;
    let flaky = async |state: &str| world.store.flaky_cases(world.project, BenchmarkId(hash("judge")), hash(state)).await.unwrap();
    let once = |name: &str| FlakyCase { case: case(name), passes: 1, fails: 1 };
    assert_eq!(flaky("b").await, [once("a"), once("z")]);
    assert_eq!(flaky("other").await, []);
}

async fn a_hundred_thousand_runs_are_one_batch(world: World) {
    let outcome = |number: u32| if number == 99_999 { CaseOutcome::Fail } else { CaseOutcome::Pass };
    let runs: Vec<CaseRun> = (0..100_000).map(|number| run(&format!("case {}", number % 2_000), outcome(number))).collect();
    world.store.record_case_runs(world.project, &runs).await.unwrap();
    let flaky = world.store.flaky_cases(world.project, BenchmarkId(hash("judge")), hash("b")).await.unwrap();
    assert_eq!(flaky, [FlakyCase { case: case("case 1999"), passes: 49, fails: 1 }]);
    let gone = world.raw.execute("DELETE FROM case_run").await;
    assert_eq!(gone, 100_000);
}

async fn canaries_are_counted_by_benchmark_and_a_believed_one_is_an_event(world: World) {
    let (judge, other) = (BenchmarkId(hash("judge")), BenchmarkId(hash("other")));
    let record = async |benchmark, canary, accepted| {
        world.store.record_canary(world.project, 7, benchmark, canary, accepted, "why").await.unwrap();
    };
    record(judge, Canary::NoOp, false).await;
    record(judge, Canary::EarlyExit, true).await;
    record(other, Canary::NoOp, false).await;
    let counted = async |benchmark| world.store.canaries(world.project, benchmark).await.unwrap();
    assert_eq!(counted(None).await, CanaryCount { offered: 3, accepted: 1 });
    assert_eq!(counted(Some(judge)).await, CanaryCount { offered: 2, accepted: 1 });
    assert_eq!(counted(Some(other)).await, CanaryCount { offered: 1, accepted: 0 });
    let events = world.raw.execute("DELETE FROM event WHERE name = 'CANARY_ACCEPTED'").await;
    assert_eq!(events, 1);
}

async fn what_programs_said_is_kept_in_order_and_by_hypothesis(world: World) {
    let output = world.store.put_blob(b"printed").await.unwrap();
    let visit = |at, said: &str| Visit { at, said: said.to_owned(), output };
    for (hypothesis, visit) in [(1, visit(8, "second")), (2, visit(7, "other")), (1, visit(6, "first"))] {
        world.store.record_visit(world.project, HypothesisId(hypothesis), &visit).await.unwrap();
    }
    let said = world.store.visits(world.project, HypothesisId(1)).await.unwrap();
    assert_eq!(said, [visit(6, "first"), visit(8, "second")]);
    assert_eq!(world.store.visits(world.project, HypothesisId(3)).await.unwrap(), []);
}

async fn a_batch_is_recorded_whole_or_not_at_all(world: World) {
    world.raw.execute("CREATE UNIQUE INDEX in_the_way ON case_run (at) WHERE outcome = 'error'").await;
    let batch = [run("first", CaseOutcome::Pass), run("a", CaseOutcome::Error), run("b", CaseOutcome::Error)];
    let refused = world.store.record_case_runs(world.project, &batch).await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    assert_eq!(world.raw.execute("DELETE FROM case_run").await, 0);
}

async fn a_name_no_database_can_hold_is_mended_not_refused(world: World) {
    let (store, project) = (&world.store, world.project);
    store.record_case_runs(project, &[run("nul\0", CaseOutcome::Pass), run("nul\0", CaseOutcome::Fail)]).await.unwrap();
    let flaky = store.flaky_cases(project, BenchmarkId(hash("judge")), hash("b")).await.unwrap();
    assert_eq!(flaky, [FlakyCase { case: case("nul\u{fffd}"), passes: 1, fails: 1 }]);
    store.tally(project, hash("key"), &[(case("nul\0"), 1, 2)]).await.unwrap();
    assert_eq!(store.tallies(project, hash("key")).await.unwrap(), BTreeMap::from([(case("nul\u{fffd}"), (1, 2))]));
    let found = store.record_findings(project, 1, &[crate::world::finding("nul\0", 1)]).await.unwrap();
    assert_eq!(found[0].finding.key, "nul\0");
    let hypothesis = store.create_hypothesis(project, 1, &crate::world::idea(found[0].id, 1)).await.unwrap();
    store.remember_tried(project, 1, hash("b"), hypothesis.id, &[(hash("c"), "failed".into(), "a\0b".into())]).await.unwrap();
    assert_eq!(store.tried_by(project, hypothesis.id, 1).await.unwrap(), [("a\u{fffd}b".to_owned(), "failed".to_owned())]);
}
