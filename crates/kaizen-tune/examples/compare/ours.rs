//! Studies by this crate. The noise is not told: the runs that learn it count.

use crate::noise::{Dice, Noise, Stream};
use crate::world::World;
use crate::{Fallible, each, line};
use kaizen_tune::study::{Ask, Outcome, Plan, Study, Verdict};

/// One study for each world, noise and seed.
pub(crate) fn run(seeds: std::ops::Range<u64>, budget: usize) -> Fallible<()> {
    each(seeds, |world, noise, seed| {
        let regret = study(world, noise, seed, budget)?;
        line("kaizen", world, noise, seed, regret);
        Ok(())
    })
}

fn study(world: &World, noise: &Noise, seed: u64, budget: usize) -> Fallible<f64> {
    let present = world.random(&mut Dice::new(seed));
    let mut study = Study::new(world.space.clone(), present, Plan { budget, seed, noise: None })?;
    let mut stream = Stream::new(seed);
    loop {
        let ask = study.next();
        if let Ask::Done(verdict) = ask {
            if study.history().len() > budget {
                return Err("the study ran more often than it may".into());
            }
            return Ok(match verdict {
                Verdict::Better(winner) => world.regret(&winner.configuration),
                Verdict::PresentIsBest => world.regret(study.present()),
            });
        }
        let measured = |configuration| Outcome::Loss(stream.measured(noise, world.time(configuration)).ln());
        let outcomes: Vec<Outcome> = ask.configurations().iter().map(measured).collect();
        study.tell(&ask, &outcomes)?;
    }
}
