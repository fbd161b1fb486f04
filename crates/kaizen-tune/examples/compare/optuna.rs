//! Studies by Optuna, which a small Python program drives; functions and noise are the same ones.
//!
//! Two ways of ending: `best_trial` as everybody uses it; and three quarters of the budget searched, the five best run again with the
//! rest, the best mean of the new runs wins.

use crate::noise::{Dice, Noise, Stream};
use crate::world::World;
use crate::{Fallible, each, line};
use kaizen_tune::space::kind::{Kind, Scale};
use kaizen_tune::space::value::Configuration;
use kaizen_tune::space::{Parameter, Space};
use serde_json::{Value, json};
use std::io::{BufRead, StdinLock, StdoutLock, Write};

/// One study, ended in both ways, for each world, noise and seed.
pub(crate) fn run(seeds: std::ops::Range<u64>, budget: usize) -> Fallible<()> {
    let mut optuna = Optuna { to: std::io::stdout().lock(), from: std::io::stdin().lock() };
    each(seeds, |world, noise, seed| {
        let [best, rerun] = optuna.study(world, noise, seed, budget)?;
        line("best_trial", world, noise, seed, best);
        line("re-run top five", world, noise, seed, rerun);
        Ok(())
    })
}

/// The program that drives it, at the other ends of our standard output and input.
struct Optuna {
    to: StdoutLock<'static>,
    from: StdinLock<'static>,
}

impl Optuna {
    fn send(&mut self, line: &Value) -> Fallible<()> {
        writeln!(self.to, "{line}")?;
        Ok(self.to.flush()?)
    }

    fn answer(&mut self) -> Fallible<Value> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    /// True regrets of `best_trial` after the whole budget, and of the re-run rule.
    fn study(&mut self, world: &World, noise: &Noise, seed: u64, budget: usize) -> Fallible<[f64; 2]> {
        let present = world.random(&mut Dice::new(seed));
        let parameters: Vec<Value> = world.space.parameters().iter().map(described).collect();
        self.send(&json!({ "seed": seed, "budget": budget, "parameters": parameters, "present": present }))?;
        let mut stream = Stream::new(seed);
        let mut trials: Vec<(f64, Configuration)> = Vec::new();
        let mut rerun = f64::NAN;
        for number in 0..budget {
            if number == budget - budget / 4 {
                rerun = run_again(world, noise, &trials, stream.clone(), budget / 4);
            }
            let configuration = adopted(&world.space, &self.answer()?)?;
            let loss = stream.measured(noise, world.time(&configuration)).ln();
            self.send(&json!(loss))?;
            trials.push((loss, configuration));
        }
        trials.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok([trials.first().map_or(f64::NAN, |(_, best)| world.regret(best)), rerun])
    }
}

/// The five best, run again in turn until `runs` are spent; the best mean of the new runs wins.
fn run_again(world: &World, noise: &Noise, trials: &[(f64, Configuration)], mut stream: Stream, runs: usize) -> f64 {
    let mut order: Vec<&(f64, Configuration)> = trials.iter().collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    order.truncate(5);
    let mut sums = vec![0.0; order.len()];
    for _ in 0..runs / order.len() {
        for (sum, (_, configuration)) in sums.iter_mut().zip(&order) {
            *sum += stream.measured(noise, world.time(configuration)).ln();
        }
    }
    let best = sums.iter().zip(&order).min_by(|a, b| a.0.total_cmp(b.0));
    best.map_or(f64::NAN, |(_, (_, configuration))| world.regret(configuration))
}

fn adopted(space: &Space, answer: &Value) -> Fallible<Configuration> {
    Ok(space.adopt(
        &serde_json::from_value::<Configuration>(answer.clone())?
            .iter()
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect::<Vec<_>>(),
    )?)
}

fn described(parameter: &Parameter) -> Value {
    let name = &parameter.name;
    match &parameter.kind {
        Kind::Int { min, max, scale, .. } => {
            json!({ "name": name, "kind": "int", "low": min, "high": max, "log": *scale == Scale::Log, "when": parameter.when })
        }
        Kind::Float { min, max, scale, .. } => {
            json!({ "name": name, "kind": "float", "low": min, "high": max, "log": *scale == Scale::Log })
        }
        Kind::Choice { values } => json!({ "name": name, "kind": "choice", "choices": values }),
        Kind::Bool => json!({ "name": name, "kind": "choice", "choices": [false, true] }),
    }
}
