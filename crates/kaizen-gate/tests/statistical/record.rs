//! A trial is nothing but its record: it can be stored, stopped and replayed anywhere.

use crate::world::{Run, flaky, noise, plan, run, timed, with_cases};
use kaizen_domain::decision::Outcome;
use kaizen_domain::scorecard::{CaseOutcome, RunFault};
use kaizen_domain::trial::{Arm, Coin, Sample, Stage};
use kaizen_gate::guardrail::{Guardrail, Limit};
use kaizen_gate::objective::Direction;
use kaizen_gate::statistical::plan::Plan;
use kaizen_gate::statistical::{Next, fixed, step};

fn rich() -> Plan {
    let guardrail =
        Guardrail { name: "memory".into(), metric: "bytes".into(), direction: Direction::Lower, limit: Limit::Relative(0.05), scale: 0.03 };
    Plan {
        guardrails: vec![guardrail],
        error_rate: Some(0.1),
        stall_guard: true,
        checks: true,
        flaky: flaky(&["b"]),
        required_tasks: 3,
        ..plan()
    }
}

/// A trial with a bit of everything: faults, disturbances, guardrails, checks.
fn eventful() -> Run {
    run(&rich(), |stage, pair, arm| {
        if stage == Stage::Dev && pair == 3 && arm == Arm::Candidate {
            return Err(RunFault::Disturbed { detail: "steal 9 %".into() });
        }
        if stage == Stage::Holdout && pair == 1 && arm == Arm::Baseline {
            return Err(RunFault::TimedOut { limit: std::time::Duration::from_secs(3) });
        }
        let mut card = timed(stage, pair, arm, 0.12);
        card.metrics.insert("bytes".into(), 1000.0 + 20.0 * noise(stage, pair, arm));
        Ok(with_cases(card, &[("a", CaseOutcome::Pass), ("b", CaseOutcome::Pass)]))
    })
}

#[test]
fn stored_and_read_back_at_every_prefix_the_next_step_is_the_same_and_is_what_happened_then() {
    let whole = eventful();
    assert_eq!(whole.decision.outcome, Outcome::Accepted, "{}", whole.decision.explain());
    let stored: (String, String, String) = (
        serde_json::to_string(&rich()).unwrap(),
        serde_json::to_string(&whole.coins).unwrap(),
        serde_json::to_string(&whole.samples).unwrap(),
    );
    let plan: Plan = serde_json::from_str(&stored.0).unwrap();
    let coins: Vec<Coin> = serde_json::from_str(&stored.1).unwrap();
    let samples: Vec<Sample> = serde_json::from_str(&stored.2).unwrap();
    assert_eq!(plan, rich());
    let (mut tossed, mut taken) = (0, 0);
    loop {
        let next = step(&plan, &coins[..tossed], &samples[..taken]);
        assert_eq!(next, step(&rich(), &whole.coins[..tossed], &whole.samples[..taken]));
        match next {
            Next::Toss { stage, pair } => {
                assert_eq!((coins[tossed].stage, coins[tossed].pair), (stage, pair));
                tossed += 1;
            }
            Next::Run { stage, pair, arm } => {
                let sample = &samples[taken];
                assert_eq!((sample.stage, sample.pair, sample.arm), (stage, pair, arm));
                taken += 1;
            }
            Next::Decide(decision) => {
                assert_eq!(decision, whole.decision);
                break;
            }
        }
    }
    assert_eq!((tossed, taken), (coins.len(), samples.len()));
}

#[test]
fn the_place_of_pairs_in_the_record_does_not_matter_as_long_as_each_keeps_its_own_order() {
    let whole = eventful();
    let mut by_pair: Vec<Vec<Sample>> =
        whole.samples.chunk_by(|a, b| (a.stage, a.pair) == (b.stage, b.pair)).map(<[Sample]>::to_vec).collect();
    by_pair.reverse();
    let mut coins = whole.coins.clone();
    coins.reverse();
    let next = step(&rich(), &coins, &by_pair.concat());
    assert_eq!(next, Next::Decide(whole.decision));
}

/// A trial as it was recorded by the first release of the lane.
#[derive(serde::Deserialize)]
struct Recorded {
    plan: Plan,
    coins: Vec<Coin>,
    samples: Vec<Sample>,
    decision: kaizen_domain::decision::Decision,
}

#[test]
fn a_trial_recorded_long_ago_replays_to_the_same_decision_to_the_bit() {
    // A change here means that decisions on record would not replay: it needs a new version of the gate.
    let recorded: Recorded = serde_json::from_str(include_str!("../recorded/statistical.json")).unwrap();
    assert_eq!(step(&recorded.plan, &recorded.coins, &recorded.samples), Next::Decide(recorded.decision));
}

#[test]
fn without_any_one_of_the_metrics_it_rests_on_no_trial_is_accepted() {
    let whole = eventful();
    for (index, metric) in (0..whole.samples.len()).flat_map(|index| ["seconds", "bytes"].map(|metric| (index, metric))) {
        let mut samples = whole.samples.clone();
        let place = (samples[index].stage, samples[index].pair);
        let dropped = samples.iter().any(|sample| (sample.stage, sample.pair) == place && sample.measured.is_err());
        if dropped {
            continue;
        }
        let Ok(card) = &mut samples[index].measured else { continue };
        if card.metrics.remove(metric).is_some() && samples[index].stage != Stage::Checks {
            let next = step(&rich(), &whole.coins, &samples);
            assert!(matches!(&next, Next::Decide(decision) if decision.outcome != Outcome::Accepted), "{index} {metric}: {next:?}");
        }
    }
}

#[test]
fn a_fixed_number_of_pairs_is_measured_whatever_they_show_and_lost_ones_again() {
    let (mut coins, mut samples) = (Vec::new(), Vec::new());
    while let Some(next) = fixed(Stage::Effect, 10, &coins, &samples).unwrap() {
        match next {
            Next::Toss { stage, pair } => coins.push(crate::world::coin(stage, pair)),
            Next::Run { stage, pair, arm } => {
                let disturbed = pair == 4 && arm == Arm::Baseline;
                let fault = RunFault::Disturbed { detail: "load".into() };
                let measured = if disturbed { Err(fault) } else { Ok(timed(stage, pair, arm, 0.0)) };
                samples.push(Sample { stage, pair, arm, measured });
            }
            Next::Decide(decision) => panic!("{decision:?}"),
        }
    }
    assert_eq!((coins.len(), kaizen_gate::pairs::complete(Stage::Effect, &coins, &samples).unwrap().len()), (11, 10));
}

#[test]
fn a_decision_is_stored_without_holes() {
    let json = serde_json::to_string(&eventful().decision).unwrap();
    assert!(!json.contains("null"), "{json}");
    assert_eq!(serde_json::from_str::<kaizen_domain::decision::Decision>(&json).unwrap(), eventful().decision);
}

#[test]
fn a_plan_stored_before_a_field_existed_is_still_read() {
    let mut value = serde_json::to_value(rich()).unwrap();
    let fields = value.as_object_mut().unwrap();
    fields.remove("resumptions");
    fields.remove("required_tasks");
    let old: Plan = serde_json::from_value(value).unwrap();
    assert_eq!(old, Plan { required_tasks: 0, ..rich() });
}
