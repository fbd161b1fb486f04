//! The gates of a night: each gives an answer to every candidate, in their order.

use super::candidates::{CANDIDATES, Drawn};
use crate::fixed::{t_ten, t_ten_twice, t_value};
use crate::gates::{Answer, kaizen, one_stage, plan};
use crate::looks::{o_brien_fleming, o_brien_fleming_twice};
use crate::online::{FDR, lord, saffron};
use crate::processes::{Stop, alone, betting, by_mean, e_of_t, evidence, futile, msprt, thrifty, twice, until};
use crate::seen::{Seen, feed};
use kaizen_gate::ledger;

type Judge = fn(&Drawn) -> Vec<Answer>;

pub const GATES: [(&str, Judge); 21] = [
    ("Sophia: 1 run, >= 10 %", rule::<0>),
    ("PC-Agent: > 20 %, confident", rule::<1>),
    ("Ryx: any gain", rule::<2>),
    ("memabra: mean of 5, >= 5 %", rule::<3>),
    ("paired t, 10 pairs, 5 %", |night| each(night, t_ten)),
    ("paired t, 10 pairs, twice (hold-out)", |night| each(night, t_ten_twice)),
    ("O'Brien-Fleming, twice (hold-out)", |night| each(night, o_brien_fleming_twice)),
    ("paired t, 20 pairs, Bonferroni", |night| by_p_value(night, |p| p.iter().map(|p| *p < FDR / CANDIDATES as f64).collect())),
    ("paired t, 20 pairs, LORD++", |night| by_p_value(night, lord)),
    ("paired t, 20 pairs, SAFFRON", |night| by_p_value(night, saffron)),
    ("O'Brien-Fleming, 5 looks, 5 %", |night| each(night, o_brien_fleming)),
    ("mSPRT, plug-in variance, 5 %", |night| each(night, |seen| alone(seen, &msprt(&seen.moments[0]), 0.05, by_mean))),
    ("betting, clipped at 0.5, 5 %", |night| each(night, bets)),
    ("evidence alone, 5 %", |night| each(night, |seen| one_stage(&plan(0.05, seen.scale), feed(&seen.dev)))),
    ("evidence alone, 0.1 %", |night| each(night, |seen| one_stage(&plan(1e-3, seen.scale), feed(&seen.dev)))),
    ("evidence without a hold-out, e-LOND", |night| with_ledger(night, |seen, level| one_stage(&plan(level, seen.scale), feed(&seen.dev)))),
    ("evidence at 0.1 % with a hold-out", |night| each(night, |seen| both_stages(seen, 1e-3))),
    ("e-value of t, hold-out, e-LOND", |night| with_ledger(night, e_twice)),
    ("Kaizen, giving up sooner", |night| with_ledger(night, |seen, level| stopped(seen, level, thrifty))),
    ("Kaizen", |night| with_ledger(night, both_stages)),
    ("Kaizen, giving up by the mean", |night| with_ledger(night, |seen, level| stopped(seen, level, by_mean))),
];

fn rule<const AT: usize>(night: &Drawn) -> Vec<Answer> {
    night.naive.iter().map(|answers| answers[AT]).collect()
}

/// A gate that looks at each candidate alone.
fn each(night: &Drawn, judge: fn(&Seen) -> Answer) -> Vec<Answer> {
    night.pairs.iter().map(judge).collect()
}

/// A t-test of twenty pairs; what is promoted depends on all p-values so far.
fn by_p_value(night: &Drawn, promoted: fn(&[f64]) -> Vec<bool>) -> Vec<Answer> {
    let p_values: Vec<f64> = night.pairs.iter().map(|seen| t_value(&seen.moments[0], 20)).collect();
    promoted(&p_values).into_iter().zip(&night.pairs).map(|(promoted, seen)| seen.answer(promoted, 20)).collect()
}

/// A gate that takes its level from the ledger.
fn with_ledger(night: &Drawn, judge: fn(&Seen, f64) -> Answer) -> Vec<Answer> {
    let mut promotions = 0;
    let answer = |(index, seen): (usize, &Seen)| {
        let answer = judge(seen, ledger::alpha(FDR, index as u32 + 1, promotions));
        promotions += u32::from(answer.promoted);
        answer
    };
    night.pairs.iter().enumerate().map(answer).collect()
}

/// Capital that is given up where Kaizen's evidence is too small: as the reference does.
fn bets(seen: &Seen) -> Answer {
    let end = futile(&evidence(&seen.dev, seen.scale), &[]);
    until(seen, &betting(&seen.dev), 0.05, end)
}

fn both_stages(seen: &Seen, level: f64) -> Answer {
    kaizen(&plan(level, seen.scale), feed(&seen.dev), feed(&seen.fresh))
}

fn e_twice(seen: &Seen, level: f64) -> Answer {
    let [dev, fresh] = [0, 1].map(|stage| e_of_t(&seen.moments[stage]));
    twice(seen, [&dev, &fresh], level, futile)
}

/// Kaizen's evidence on both stages, given up in another way.
fn stopped(seen: &Seen, level: f64, stop: Stop) -> Answer {
    let [dev, fresh] = [&seen.dev, &seen.fresh].map(|differences| evidence(differences, seen.scale));
    twice(seen, [&dev, &fresh], level, stop)
}
