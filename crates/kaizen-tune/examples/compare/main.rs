//! Studies on functions whose best point is known, by this crate's tuner or by Optuna, at an equal number of runs.
//!
//! `compare kaizen FROM TO BUDGET` or `compare optuna FROM TO BUDGET` writes one line for each study of the seeds FROM..TO to standard
//! error: method, function, noise, seed, and the true regret of the configuration it returned as a share of the regret that a random
//! configuration has on average. Standard input and output of the second lead to the program that drives Optuna.
//! `cargo xtask bench tune` runs both and judges.

#![allow(missing_docs)]

mod noise;
mod optuna;
mod ours;
mod world;

use noise::NOISES;
use std::error::Error;
use world::worlds;

pub(crate) type Fallible<T> = Result<T, Box<dyn Error>>;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["kaizen", from, to, budget] => ours::run(from.parse()?..to.parse()?, budget.parse()?),
        ["optuna", from, to, budget] => optuna::run(from.parse()?..to.parse()?, budget.parse()?),
        _ => Err("usage: compare kaizen|optuna FROM TO BUDGET".into()),
    }
}

/// Every world, noise and seed, with the present configuration that this seed begins with.
pub(crate) fn each(seeds: std::ops::Range<u64>, mut study: impl FnMut(&world::World, &noise::Noise, u64) -> Fallible<()>) -> Fallible<()> {
    for world in worlds()? {
        for noise in NOISES {
            for seed in seeds.clone() {
                study(&world, noise, seed)?;
            }
        }
    }
    Ok(())
}

/// One line of the result.
pub(crate) fn line(method: &str, world: &world::World, noise: &noise::Noise, seed: u64, regret: f64) {
    eprintln!("{method}\t{}\t{}\t{seed}\t{regret:.6}", world.name, noise.name);
}
