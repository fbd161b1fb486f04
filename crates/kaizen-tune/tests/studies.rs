//! Studies from the first question to the verdict.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_tune::space::kind::Kind;
use kaizen_tune::space::value::{Configuration, Value};
use kaizen_tune::space::{Parameter, Space};
use kaizen_tune::study::{Ask, Origin, Outcome, Plan, Study, Verdict};
use proptest::prelude::*;

fn at(configuration: &Configuration, name: &str) -> f64 {
    configuration.get(name).and_then(Value::number).unwrap_or(0.0)
}

/// Two numbers, a choice, a parameter of effect only with one choice, and a constraint.
fn space() -> Space {
    let parameters = vec![
        Parameter::new("x", Kind::float(-1.0, 1.0)),
        Parameter::new("n", Kind::int(1, 1000).log()),
        Parameter::new("kind", Kind::choice(["a", "b", "c"])),
        Parameter::new("depth", Kind::int(1, 9)).when("kind == 'b'".parse().unwrap()),
    ];
    Space::new(parameters, vec!["kind != 'c' or n <= 100".parse().unwrap()]).unwrap()
}

fn present() -> Configuration {
    [("x".to_owned(), 0.9.into()), ("n".to_owned(), 900.into()), ("kind".to_owned(), "a".into())].into_iter().collect()
}

/// Best at x = 0.3, n = 30, kind b, depth 5.
fn loss(configuration: &Configuration) -> f64 {
    let kind = if configuration.get("kind") == Some(&"b".into()) { 0.1 * (at(configuration, "depth") - 5.0).abs() } else { 1.0 };
    (at(configuration, "x") - 0.3).powi(2) + (at(configuration, "n") / 30.0).ln().powi(2) * 0.1 + kind
}

fn plan(budget: usize) -> Plan {
    Plan { budget, seed: 7, noise: None }
}

/// Answers with a disturbance that depends on nothing but the number of the run.
fn noisy(run: usize, configuration: &Configuration, noise: f64) -> Outcome {
    let wobble = ((run as f64 * 12.9898).sin() * 43_758.545_3).fract();
    Outcome::Loss(loss(configuration) + noise * wobble)
}

fn run(mut study: Study, answer: impl Fn(usize, &Configuration) -> Outcome) -> (Study, Verdict) {
    loop {
        let ask = study.next();
        if let Ask::Done(verdict) = ask {
            return (study, verdict);
        }
        let told = study.history().len();
        let outcomes: Vec<Outcome> = ask.configurations().iter().enumerate().map(|(index, one)| answer(told + index, one)).collect();
        study.tell(&ask, &outcomes).unwrap();
    }
}

fn winner(verdict: Verdict) -> Configuration {
    match verdict {
        Verdict::Better(standing) => standing.configuration,
        Verdict::PresentIsBest => panic!("the present configuration won"),
    }
}

#[test]
fn the_present_configuration_runs_first_and_a_better_one_is_found() {
    let study = Study::new(space(), present(), plan(60)).unwrap();
    assert_eq!(study.next(), Ask::Evaluate(present(), Origin::Present));
    let (study, verdict) = run(study, |run, one| noisy(run, one, 0.0));
    let winner = winner(verdict);
    assert!(loss(&winner) < 0.2, "{winner}: {}", loss(&winner));
    assert_eq!(study.best().unwrap().configuration, winner);
}

#[test]
fn without_noise_there_is_no_race_and_the_whole_budget_is_searched() {
    let (study, _) = run(Study::new(space(), present(), plan(40)).unwrap(), |run, one| noisy(run, one, 0.0));
    assert_eq!(study.history().len(), 40);
    assert!(study.history().iter().all(|run| !run.origin.is_race()));
    assert_eq!(study.noise(), 0.0);
}

#[test]
fn with_noise_leaders_race_the_present_configuration_in_every_round_within_the_budget() {
    for budget in [8, 25, 60, 100] {
        let (study, _) = run(Study::new(space(), present(), plan(budget)).unwrap(), |run, one| noisy(run, one, 0.5));
        let history = study.history();
        assert!(history.len() <= budget, "{} of {budget}", history.len());
        let raced = history.iter().filter(|run| run.origin.is_race()).count();
        assert!((raced as f64) <= 0.25 * budget as f64 + 1.0 && (budget < 20 || raced > 3), "{raced} of {budget}");
        let rounds = history.iter().filter_map(|run| if let Origin::Race(round) = run.origin { Some(round) } else { None }).max();
        for round in 0..rounds.map_or(0, |last| last + 1) {
            let ran: Vec<_> = history.iter().filter(|run| run.origin == Origin::Race(round)).collect();
            assert!(ran.iter().any(|run| run.configuration == present()), "round {round} of {budget}");
            assert!(ran.len() > 1);
        }
    }
}

#[test]
fn a_present_configuration_that_is_the_best_wins() {
    let best: Configuration =
        [("x".to_owned(), 0.3.into()), ("n".to_owned(), 30.into()), ("kind".to_owned(), "b".into()), ("depth".to_owned(), 5.into())]
            .into_iter()
            .collect();
    let (_, verdict) = run(Study::new(space(), best.clone(), plan(50)).unwrap(), |run, one| noisy(run, one, 0.0));
    assert_eq!(verdict, Verdict::PresentIsBest);
    let (_, verdict) = run(Study::new(space(), best, plan(50)).unwrap(), |run, one| noisy(run, one, 0.02));
    if let Verdict::Better(other) = verdict {
        assert!(loss(&other.configuration) < 0.02, "as good as the best, within the noise: {other:?}");
    }
}

#[test]
fn crashes_are_data_and_their_neighbourhood_is_avoided() {
    let space = Space::new(vec![Parameter::new("x", Kind::float(0.0, 1.0)), Parameter::new("y", Kind::float(0.0, 1.0))], vec![]).unwrap();
    let start: Configuration = [("x".to_owned(), 0.9.into()), ("y".to_owned(), 0.1.into())].into_iter().collect();
    // The better the closer to x = 0.5, beyond which everything crashes.
    let answer = |_, one: &Configuration| if at(one, "x") < 0.5 { Outcome::Crashed } else { Outcome::Loss(at(one, "x") + at(one, "y")) };
    let (study, verdict) = run(Study::new(space, start, plan(60)).unwrap(), answer);
    let crashed = |from: usize, to: usize| study.history()[from..to].iter().filter(|run| run.outcome == Outcome::Crashed).count();
    assert!(crashed(0, 15) >= 3, "the start covers the space");
    assert!(crashed(40, 60) <= 7, "{} of the last 20 crashed", crashed(40, 60));
    assert!((0.5..0.6).contains(&at(&winner(verdict), "x")));
}

#[test]
fn a_subject_that_always_crashes_ends_without_a_winner() {
    let (study, verdict) = run(Study::new(space(), present(), plan(30)).unwrap(), |_, _| Outcome::Crashed);
    assert_eq!((study.best(), verdict), (None, Verdict::PresentIsBest));
}

#[test]
fn a_small_space_is_searched_to_the_end_once_and_then_the_study_ends() {
    let space =
        Space::new(vec![Parameter::new("n", Kind::int(1, 4)), Parameter::new("on", Kind::Bool)], vec!["n < 4 or on".parse().unwrap()])
            .unwrap();
    let start: Configuration = [("n".to_owned(), 1.into()), ("on".to_owned(), true.into())].into_iter().collect();
    let answer =
        |_, one: &Configuration| Outcome::Loss((at(one, "n") - 3.0).abs() + f64::from(u8::from(one.get("on") == Some(&true.into()))));
    let (study, verdict) = run(Study::new(space, start, plan(100)).unwrap(), answer);
    let mut names: Vec<String> =
        study.history().iter().filter(|run| run.origin != Origin::Present).map(|run| run.configuration.to_string()).collect();
    let runs = names.len();
    names.sort();
    names.dedup();
    assert_eq!((runs, names.len()), (6, 6));
    assert_eq!(winner(verdict).to_string(), "n = 3, on = false");
}

#[test]
fn many_continuous_dimensions_bring_in_the_evolution_strategy_only_where_the_noise_is_large() {
    let sphere = |dimensions: usize, noise: f64| {
        let parameters = (0..dimensions).map(|index| Parameter::new(format!("x{index}"), Kind::float(0.0, 1.0))).collect();
        let start = (0..dimensions).map(|index| (format!("x{index}"), Value::Float(0.95))).collect();
        let truth = move |one: &Configuration| (0..dimensions).map(|index| (at(one, &format!("x{index}")) - 0.3).powi(2)).sum::<f64>();
        let answer = move |run: usize, one: &Configuration| {
            Outcome::Loss(truth(one) + noise * ((run as f64 * 12.9898).sin() * 43_758.545_3).fract())
        };
        let (study, _) = run(Study::new(Space::new(parameters, vec![]).unwrap(), start, plan(120)).unwrap(), answer);
        let strategy = study.history().iter().filter(|run| run.origin == Origin::Cma).count();
        (strategy, truth(&study.best().unwrap().configuration))
    };
    let (strategy, loss) = sphere(6, 0.8);
    assert!(strategy > 30 && loss < 0.4, "{strategy} runs, {loss}");
    assert_eq!(sphere(3, 0.8).0, 0);
    let (strategy, loss) = sphere(6, 0.0);
    assert!(strategy == 0 && loss < 0.01, "{strategy} runs, {loss}");
}

#[test]
fn the_parameter_that_matters_is_found_to_matter() {
    let parameters = ["idle", "busy", "calm"].map(|name| Parameter::new(name, Kind::float(0.0, 1.0))).to_vec();
    let start = ["idle", "busy", "calm"].map(|name| (name.to_owned(), Value::Float(0.9))).into_iter().collect();
    let answer = |_, one: &Configuration| Outcome::Loss((at(one, "busy") - 0.2).powi(2));
    let (study, _) = run(Study::new(Space::new(parameters, vec![]).unwrap(), start, plan(60)).unwrap(), answer);
    let shares = study.importance();
    assert_eq!((shares[0].name.as_str(), shares.len()), ("busy", 3));
    assert!(shares[0].share > 0.5, "{shares:?}");
    assert!((shares.iter().map(|one| one.share).sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn answers_that_do_not_fit_are_refused_and_change_nothing() {
    let mut study = Study::new(space(), present(), plan(20)).unwrap();
    let ask = study.next();
    for wrong in [vec![], vec![Outcome::Crashed; 2], vec![Outcome::Loss(f64::NAN)], vec![Outcome::Loss(f64::INFINITY)]] {
        assert!(study.tell(&ask, &wrong).is_err(), "{wrong:?}");
    }
    let outside = Ask::Evaluate([("x".to_owned(), 5.0.into())].into_iter().collect(), Origin::Tpe);
    assert!(study.tell(&outside, &[Outcome::Loss(1.0)]).is_err());
    assert!(study.tell(&Ask::Done(Verdict::PresentIsBest), &[]).is_err());
    assert!(study.history().is_empty());
    assert!(Study::new(space(), Configuration::default(), plan(20)).is_err());
    assert!(Study::new(space(), present(), plan(3)).is_err());
}

#[test]
fn a_journal_has_a_line_for_the_study_and_one_for_each_run() {
    let (study, _) =
        run(Study::new(space(), present(), plan(20)).unwrap(), |run, one| if run == 5 { Outcome::Crashed } else { noisy(run, one, 0.1) });
    let text = kaizen_tune::journal::lines(&study, "settings");
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), lines[0]["study_name"].as_str()), (study.history().len() + 1, Some("settings")));
    assert_eq!((lines[1]["state"].as_u64(), lines[6]["state"].as_u64()), (Some(1), Some(3)));
    assert_eq!(lines[1]["params"]["kind"].as_f64(), Some(0.0));
    assert_eq!(lines[1]["params"].get("depth"), None);
    assert!(lines[1]["distributions"]["n"].as_str().unwrap().contains("IntDistribution"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn a_study_that_is_stored_and_read_at_every_step_asks_the_same(seed: u64, budget in 4..40_usize, noise in 0.0..1.0_f64) {
        let plan = Plan { budget, seed, noise: None };
        let (whole, verdict) = run(Study::new(space(), present(), plan).unwrap(), |run, one| noisy(run, one, noise));
        let mut stored = serde_json::to_string(&Study::new(space(), present(), plan).unwrap()).unwrap();
        loop {
            let mut study: Study = serde_json::from_str(&stored).unwrap();
            let ask = study.next();
            if let Ask::Done(other) = &ask {
                prop_assert_eq!(other, &verdict);
                prop_assert_eq!(study.history(), whole.history());
                break;
            }
            let told = study.history().len();
            let outcomes: Vec<Outcome> = ask.configurations().iter().enumerate().map(|(index, one)| noisy(told + index, one, noise)).collect();
            study.tell(&ask, &outcomes).unwrap();
            stored = serde_json::to_string(&study).unwrap();
        }
    }

    #[test]
    fn everything_asked_for_lies_in_the_space_and_seeds_differ(seed: u64) {
        let study = |seed| run(Study::new(space(), present(), Plan { budget: 30, seed, noise: None }).unwrap(), |run, one| noisy(run, one, 0.1)).0;
        let (one, other) = (study(seed), study(seed ^ 1));
        for run in one.history() {
            prop_assert!(space().check(&run.configuration).is_ok());
        }
        prop_assert_ne!(one.history(), other.history());
    }
}

#[test]
fn settings_that_print_alike_are_told_apart() {
    let parameters = vec![
        Parameter::new("a", Kind::choice(["x", "x, b = y"])),
        Parameter::new("b", Kind::choice(["y", "z"])).when("a == 'x'".parse().unwrap()),
    ];
    let present: Configuration = [("a".to_owned(), "x".into()), ("b".to_owned(), "z".into())].into_iter().collect();
    let study = Study::new(Space::new(parameters, vec![]).unwrap(), present, Plan { budget: 12, seed: 1, noise: Some(0.0) }).unwrap();
    let (study, _) = run(study, |index, _| Outcome::Loss(index as f64));
    let told: Vec<String> = study.history().iter().map(|run| run.configuration.to_string()).collect();
    assert_eq!((told.len(), told.iter().filter(|one| *one == "a = x, b = y").count()), (3, 2), "{told:?}");
    assert_eq!(study.settings(), 3);
}

#[test]
fn where_nothing_changes_beyond_a_setting_its_near_edge_wins() {
    let space = Space::new(vec![Parameter::new("x", Kind::int(0, 100))], vec![]).unwrap();
    let start: Configuration = [("x".to_owned(), 5.into())].into_iter().collect();
    // The better up to 40, and from there on all the same.
    let answer = |_, one: &Configuration| Outcome::Loss((40.0 - at(one, "x")).max(0.0));
    let (study, verdict) = run(Study::new(space, start, plan(60)).unwrap(), answer);
    let tried = study.history().iter().map(|run| at(&run.configuration, "x")).filter(|x| *x >= 40.0);
    assert_eq!(at(&winner(verdict), "x"), tried.reduce(f64::min).unwrap());
}
