//! Who gets the card's memory: examples people know, and what must hold whatever is loaded.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_llm::residency::evict::Resident;
use kaizen_llm::residency::plan::{Decision, Plan, Refusal, Room, Terms, plan};
use proptest::prelude::*;

const GB: u64 = 1_000_000_000;

/// Weights and the cache for 8,192 tokens.
const B3: u64 = 2 * GB + 8_192 * 114_688;
const B14: u64 = 9 * GB + 8_192 * 196_608;

fn resident(name: &str, vram: u64) -> Resident {
    Resident { name: name.into(), vram, in_use: false, hot: false, loaded_in: None }
}

fn decide(others: &[Resident], need: u64) -> Decision {
    plan(Room::default(), others, need, Terms::default()).decision
}

fn unload(names: &[&str]) -> Decision {
    Decision::UnloadFirst(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn a_3b_and_a_14b_fit_sixteen_gigabytes_and_two_14b_do_not() {
    assert_eq!(decide(&[resident("3b", B3)], B14), Decision::Load);
    assert_eq!(decide(&[resident("14b", B14)], B14), unload(&["14b"]));
}

#[test]
fn the_cheapest_to_have_back_leaves_and_no_more_than_needed() {
    let all = [resident("a", 6 * GB), resident("b", 4 * GB), resident("c", 5 * GB)];
    assert_eq!(decide(&all, 4 * GB), unload(&["b"]));
    assert_eq!(decide(&all, 9 * GB), unload(&["b", "c"]));
    let measured = [Resident { loaded_in: Some(90_000), ..all[1].clone() }, all[0].clone(), all[2].clone()];
    assert_eq!(decide(&measured, 4 * GB), unload(&["c"]));
}

#[test]
fn a_model_in_use_and_the_hot_one_stay_and_the_refusal_names_them() {
    let busy = Resident { in_use: true, ..resident("busy", 9 * GB) };
    let hot = Resident { hot: true, ..resident("intent", 3 * GB) };
    assert_eq!(decide(&[busy, hot.clone()], 9 * GB), Decision::Refuse(Refusal::Held(vec!["busy".into(), "intent".into()])));
    let asked = Terms { evict_hot: true, ..Terms::default() };
    let others = [hot, resident("idle", 5 * GB)];
    assert_eq!(plan(Room::default(), &others, 11 * GB, asked).decision, unload(&["idle"]));
    assert_eq!(plan(Room::default(), &others, 15 * GB, asked).decision, unload(&["idle", "intent"]));
    assert_eq!(decide(&others, 15 * GB), Decision::Refuse(Refusal::Held(vec!["intent".into()])));
}

#[test]
fn what_is_larger_than_the_cap_goes_to_the_processor_only_where_that_is_allowed_and_has_room() {
    let others = [resident("idle", 5 * GB)];
    assert_eq!(decide(&others, 20 * GB), Decision::Refuse(Refusal::Larger));
    let cpu = 20 * GB - Room::default().cap();
    let under = |ram| plan(Room::default(), &others, 20 * GB, Terms { offload: true, ram, ..Terms::default() }).decision;
    let expected = Decision::OffloadCpu { unload: vec!["idle".into()], cpu };
    assert_eq!((under(None), under(Some(cpu))), (expected.clone(), expected));
    assert_eq!(under(Some(GB)), Decision::Refuse(Refusal::Memory { cpu, free: GB }));
}

#[test]
fn the_cap_is_a_share_of_the_card_and_never_more_than_all() {
    assert_eq!(Room { vram: 1_000, percent: 90 }.cap(), 900);
    assert_eq!((Room { vram: u64::MAX, percent: 250 }.cap(), Room { vram: u64::MAX, percent: 0 }.cap()), (u64::MAX, 0));
}

prop_compose! {
    fn any_resident()(
        vram in 0_u64..8 * GB,
        in_use in prop::bool::weighted(0.2),
        hot in prop::bool::weighted(0.3),
        loaded_in in prop::option::of(0_u64..60_000),
    ) -> Resident {
        Resident { name: String::new(), vram, in_use, hot, loaded_in }
    }
}

/// Up to more than the number for which every combination is looked at.
fn any_residents() -> impl Strategy<Value = Vec<Resident>> {
    prop::collection::vec(any_resident(), 0..18).prop_map(|mut all| {
        all.iter_mut().enumerate().for_each(|(at, one)| one.name = format!("m{at}"));
        all
    })
}

fn any_terms() -> impl Strategy<Value = Terms> {
    (any::<bool>(), any::<bool>(), prop::option::of(0..64 * GB)).prop_map(|(evict_hot, offload, ram)| Terms { evict_hot, offload, ram })
}

/// Bytes of those the condition holds for.
fn bytes(others: &[Resident], condition: impl Fn(&Resident) -> bool) -> u64 {
    others.iter().filter(|one| condition(one)).map(|one| one.vram).sum()
}

fn leaves(plan: &Plan, one: &Resident) -> bool {
    plan.decision.unload().contains(&one.name)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_never_goes_beyond_the_cap(others in any_residents(), need in 0..40 * GB, terms in any_terms()) {
        let plan = plan(Room::default(), &others, need, terms);
        let stay = bytes(&others, |one| !leaves(&plan, one));
        match &plan.decision {
            Decision::Refuse(_) => {}
            // Who may not leave can hold more than the cap: then nothing is added to it.
            Decision::OffloadCpu { cpu, .. } => prop_assert!(stay + need - cpu <= plan.cap.max(stay), "{:?}", plan),
            Decision::Load | Decision::UnloadFirst(_) => prop_assert!(stay + need <= plan.cap, "{:?}", plan),
        }
    }

    #[test]
    fn nobody_leaves_who_did_not_have_to_or_may_not(others in any_residents(), need in 0..40 * GB, terms in any_terms()) {
        let plan = plan(Room::default(), &others, need, terms);
        for one in others.iter().filter(|one| leaves(&plan, one)) {
            prop_assert!(!one.in_use && (terms.evict_hot || !one.hot), "{:?} left", one);
            let stay_with_it = bytes(&others, |other| !leaves(&plan, other) || other.name == one.name);
            prop_assert!(stay_with_it + need > plan.cap, "{:?} need not have left: {:?}", one, plan);
        }
    }

    #[test]
    fn the_hot_one_leaves_only_when_all_others_are_not_enough(others in any_residents(), need in 0..14 * GB) {
        let plan = plan(Room::default(), &others, need, Terms { evict_hot: true, ..Terms::default() });
        let idle = bytes(&others, |one| !one.in_use && !one.hot);
        let hot_leaves = others.iter().any(|one| one.hot && leaves(&plan, one));
        prop_assert!(!hot_leaves || plan.used + need - idle > plan.cap, "{:?}", plan);
    }

    #[test]
    fn the_order_of_the_list_changes_nothing(others in any_residents(), need in 0..40 * GB, terms in any_terms(), turn in 0_usize..18) {
        let mut turned = others.clone();
        turned.rotate_left(turn % others.len().max(1));
        prop_assert_eq!(plan(Room::default(), &others, need, terms), plan(Room::default(), &turned, need, terms));
    }

    #[test]
    fn a_refusal_means_that_nothing_allowed_would_do(others in any_residents(), need in 0..40 * GB, evict_hot in any::<bool>()) {
        let plan = plan(Room::default(), &others, need, Terms { evict_hot, ..Terms::default() });
        let stay = bytes(&others, |one| one.in_use || (one.hot && !evict_hot));
        prop_assert_eq!(matches!(plan.decision, Decision::Refuse(_)), stay + need > plan.cap, "{:?}", plan);
    }
}
