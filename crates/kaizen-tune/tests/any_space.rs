//! Spaces nobody would write and losses nobody expects: a study ends within its budget, and asks for nothing its own space refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_tune::space::kind::{Kind, Scale};
use kaizen_tune::space::value::Value;
use kaizen_tune::space::{Parameter, Space};
use kaizen_tune::study::{Ask, Origin, Outcome, Plan, Study, Verdict};
use proptest::prelude::*;

const WHOLE: [i64; 10] = [i64::MIN, -1_000_000_007, -1, 0, 1, 2, 255, 1 << 53, i64::MAX - 1, i64::MAX];
const REAL: [f64; 13] = [f64::MIN, -1e300, -1.5, -0.0, 0.0, 5e-324, 1e-12, 0.1, 1.0, 1.0 + f64::EPSILON, 1e9, f64::MAX, f64::INFINITY];
const LOSSES: [f64; 9] = [0.0, 1.0, -1.0, 1e-300, 1e150, 1e300, -1e300, f64::MAX, f64::MIN];

fn kind() -> impl Strategy<Value = Kind> {
    let whole = prop_oneof![prop::sample::select(WHOLE.to_vec()), -50..50_i64];
    let real = prop_oneof![prop::sample::select(REAL.to_vec()), -5.0..5.0_f64];
    let step = prop::option::of(prop_oneof![prop::sample::select(REAL.to_vec()), 0.01..2.0_f64]);
    let scale = || prop_oneof![Just(Scale::Linear), Just(Scale::Log)];
    let value = prop_oneof![any::<bool>().prop_map(Value::Bool), whole.clone().prop_map(Value::Int), "[a, =1]{0,3}".prop_map(Value::Text)];
    prop_oneof![
        (whole.clone(), 0..60_i64, -1..4_i64, scale()).prop_map(|(min, width, step, scale)| Kind::Int {
            min,
            max: min.saturating_add(width),
            step,
            scale
        }),
        (whole.clone(), whole, 1..3_i64, scale()).prop_map(|(min, max, step, scale)| Kind::Int { min, max, step, scale }),
        (real.clone(), real, step, scale()).prop_map(|(min, max, step, scale)| Kind::Float { min, max, step, scale }),
        prop::collection::vec(value, 0..4).prop_map(|values| Kind::Choice { values }),
        Just(Kind::Bool),
    ]
}

/// The first value of a kind.
fn first(kind: &Kind) -> Value {
    match kind {
        Kind::Int { min, .. } => Value::Int(*min),
        Kind::Float { min, .. } => Value::Float(*min),
        Kind::Choice { values } => values[0].clone(),
        Kind::Bool => Value::Bool(false),
    }
}

/// Parameters that make sense by themselves; the second has an effect only with one value of the first, where that is a truth value.
fn space_of(kinds: &[Kind]) -> Option<Space> {
    let sound = |kind: &&Kind| match Space::new(vec![Parameter::new("one", (*kind).clone()), Parameter::new("two", Kind::Bool)], vec![]) {
        Ok(_) => true,
        Err(error) => panic_free(&error.to_string()),
    };
    let mut parameters: Vec<Parameter> =
        kinds.iter().filter(sound).enumerate().map(|(index, kind)| Parameter::new(format!("p{index}"), kind.clone())).collect();
    if parameters.len() > 1 && parameters[0].kind == Kind::Bool {
        parameters[1].when = Some("p0 == true".parse().unwrap());
    }
    Space::new(parameters, vec![]).ok()
}

/// What is refused says why.
fn panic_free(message: &str) -> bool {
    assert!(message.starts_with("one: "), "{message}");
    false
}

fn outcome(answers: &[u8], run: usize) -> Outcome {
    match answers[run % answers.len()] {
        answer @ 0..9 => Outcome::Loss(LOSSES[usize::from(answer)]),
        9 => Outcome::Crashed,
        answer => Outcome::Loss(f64::from(answer) + run as f64 * 0.01),
    }
}

/// The next question; the same after the study was stored and read back.
fn asked(study: &Study, stored: bool) -> Ask {
    let ask = study.next();
    if stored {
        let read: Study = serde_json::from_str(&serde_json::to_string(study).unwrap()).unwrap();
        assert_eq!((read.next(), read.noise().to_bits()), (ask.clone(), study.noise().to_bits()));
    }
    ask
}

/// Runs a study to its end.
fn ended(mut study: Study, answers: &[u8]) -> (Study, Verdict) {
    for step in 0.. {
        let ask = asked(&study, step % 5 == 2);
        if let Ask::Done(verdict) = ask {
            return (study, verdict);
        }
        if matches!(ask, Ask::Evaluate(_, Origin::Start | Origin::Tpe | Origin::Cma)) {
            assert!(!study.history().iter().any(|run| run.configuration == ask.configurations()[0]), "nothing is new twice: {ask:?}");
        }
        let told = study.history().len();
        let outcomes: Vec<Outcome> = (0..ask.configurations().len()).map(|index| outcome(answers, told + index)).collect();
        study.tell(&ask, &outcomes).unwrap_or_else(|error| panic!("{error}: {ask:?}"));
        assert!(study.history().len() <= study.plan().budget, "{ask:?}");
    }
    unreachable!("the loop has no other end")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_study_ends_within_its_budget_and_asks_for_what_its_space_holds(
        kinds in prop::collection::vec(kind(), 1..6),
        budget in 4..26_usize,
        seed: u64,
        noise in prop::option::of(prop::sample::select(vec![0.0, 0.01, 1.0, 1e50])),
        answers in prop::collection::vec(0..40_u8, 1..26),
    ) {
        let Some(space) = space_of(&kinds) else { return Ok(()) };
        let values: Vec<(String, Value)> = space.parameters().iter().map(|one| (one.name.clone(), first(&one.kind))).collect();
        let present = space.adopt(&values).unwrap();
        let study = Study::new(space.clone(), present.clone(), Plan { budget, seed, noise }).unwrap();
        let (study, verdict) = ended(study, &answers);
        if let Verdict::Better(standing) = verdict {
            prop_assert!(space.check(&standing.configuration).is_ok() && standing.configuration != present);
            prop_assert!(!standing.mean.is_nan());
        }
        let shares: f64 = study.importance().iter().map(|one| one.share).sum();
        prop_assert!(shares == 0.0 || (shares - 1.0).abs() < 1e-9, "{}", shares);
        let again = Study::new(space, present, Plan { budget, seed, noise }).unwrap();
        prop_assert_eq!(ended(again, &answers).0, study);
    }
}
