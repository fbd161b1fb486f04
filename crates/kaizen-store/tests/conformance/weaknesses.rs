//! Findings become weaknesses; weaknesses follow their life cycle.

use crate::world::{World, finding, scenarios};
use kaizen_domain::weakness::{Weakness, WeaknessMove as M, WeaknessState as S};
use kaizen_store::StoreError;

scenarios!(
    findings_open_update_resolve_and_reopen_weaknesses,
    the_same_measurement_again_records_no_event,
    only_legal_moves_from_the_expected_state_are_made,
    a_measurement_whose_events_cannot_be_written_changes_nothing,
);

fn seen(weaknesses: &[Weakness]) -> Vec<(String, String, S)> {
    weaknesses.iter().map(|w| (w.id.to_string(), w.finding.key.clone(), w.state)).collect()
}

async fn findings_open_update_resolve_and_reopen_weaknesses(world: World) {
    let record = async |at, findings: &[_]| world.store.record_findings(world.project, at, findings).await.unwrap();
    let first = record(1, &[finding("small", 1), finding("big", 9), finding("same", 1)]).await;
    let row = |id: &str, key: &str, state| (id.to_owned(), key.to_owned(), state);
    assert_eq!(seen(&first), [row("w2", "big", S::Open), row("w1", "small", S::Open), row("w3", "same", S::Open)]);

    world.store.move_weakness(world.project, first[0].id, S::Open, M::Work, 2).await.unwrap();
    let second = record(3, &[finding("small", 4)]).await;
    assert_eq!((seen(&second), second[0].finding.lost()), (vec![row("w1", "small", S::Open)], 4.into()));
    let all = world.store.weaknesses(world.project).await.unwrap();
    assert_eq!(all.iter().map(|w| w.state).collect::<Vec<_>>(), [S::Open, S::Resolved, S::Resolved]);

    let third = record(4, &[finding("big", 2)]).await;
    assert_eq!(seen(&third), [row("w2", "big", S::Open)]);
    let expected = ["WEAKNESS_FOUND", "WEAKNESS_FOUND", "WEAKNESS_FOUND", "WEAKNESS_RESOLVED", "WEAKNESS_RESOLVED"];
    let events = world.events().await;
    assert_eq!(events[..5], expected);
    assert_eq!(events[5..], ["WEAKNESS_REOPENED", "WEAKNESS_RESOLVED"]);
}

async fn the_same_measurement_again_records_no_event(world: World) {
    let findings = [finding("a", 1), finding("b", 2), finding("a", 1)];
    let once = world.store.record_findings(world.project, 1, &findings).await.unwrap();
    let again = world.store.record_findings(world.project, 2, &findings).await.unwrap();
    assert_eq!((once.len(), &once), (2, &again));
    assert_eq!(world.events().await.len(), 2);
}

async fn only_legal_moves_from_the_expected_state_are_made(world: World) {
    let id = world.weakness("gap").await.id;
    let step = async |from, step| world.store.move_weakness(world.project, id, from, step, 5).await;
    assert_eq!(step(S::Open, M::Work).await.unwrap(), S::Working);
    assert_eq!(step(S::Open, M::Work).await.unwrap_err().to_string(), "w1 is working, not open");
    assert!(matches!(step(S::Working, M::Teach).await, Err(StoreError::Illegal(_))));
    assert_eq!(step(S::Working, M::AskForTeaching).await.unwrap(), S::NeedsTeaching);
    assert_eq!(step(S::NeedsTeaching, M::Teach).await.unwrap(), S::Working);
    assert_eq!(world.events().await, ["WEAKNESS_FOUND", "INTERVENTION_NEEDED", "TAUGHT"]);
}

async fn a_measurement_whose_events_cannot_be_written_changes_nothing(world: World) {
    let before = world.store.record_findings(world.project, 1, &[finding("a", 1)]).await.unwrap();
    world.block_audit().await;
    world.store.record_findings(world.project, 2, &[finding("a", 5), finding("b", 2)]).await.unwrap_err();
    assert_eq!(world.store.weaknesses(world.project).await.unwrap(), before);
    world.free_audit().await;
    let after = world.store.record_findings(world.project, 3, &[finding("b", 2)]).await.unwrap();
    assert_eq!(seen(&after), [("w2".to_owned(), "b".to_owned(), S::Open)]);
}
