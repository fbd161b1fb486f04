//! The worlds benchmarks live in: what a run costs on a machine that drifts, stalls, has neighbours and two speeds.
//!
//! time: log-normal noise of 4 % with the tails of Student's t4, 3 % outliers, slow drift (AR(1), 6 %), a neighbour that takes 15 %;
//! bimodal: the same, and every third run 8 % slower; suite: the mean of eight such tasks; trace: real times of one process on a busy
//! machine; pass: twenty pass/fail tasks with flakes and outages; score: ten judged answers and a judge who drifts.

use crate::random::Random;

/// The runs a naive policy loses between "before" and "after": building, deploying.
const GAP: usize = 6;

/// A world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum World {
    Time,
    Bimodal,
    Suite,
    Trace,
    Pass,
    Score,
}

impl World {
    pub const ALL: [Self; 6] = [Self::Time, Self::Bimodal, Self::Suite, Self::Trace, Self::Pass, Self::Score];

    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Bimodal => "bimodal",
            Self::Suite => "suite of 8",
            Self::Trace => "real trace",
            Self::Pass => "pass/fail",
            Self::Score => "scores",
        }
    }

    /// Whether costs are logarithms of times.
    pub fn is_time(self) -> bool {
        !matches!(self, Self::Pass | Self::Score)
    }

    /// What differences are taken over: the mean score, where there are scores.
    fn reference(self) -> f64 {
        match self {
            Self::Pass => 0.655,
            Self::Score => 0.60,
            _ => 1.0,
        }
    }
}

/// One trial's stretch of a world: a machine and a benchmark, run after run.
pub struct Stretch<'t> {
    world: World,
    random: Random,
    /// Slow drift of the machine (AR(1)) or of the judge.
    drift: f64,
    /// A noisy neighbour, or an outage of an interface both arms use.
    trouble: bool,
    /// How hard the tasks are.
    tasks: Vec<f64>,
    trace: &'t [f64],
    at: usize,
}

impl<'t> Stretch<'t> {
    pub fn new(world: World, mut random: Random, trace: &'t [f64]) -> Self {
        let tasks = match world {
            World::Pass => (0..20).map(|_| random.beta(4, 2)).collect(),
            World::Score => (0..10).map(|_| random.beta(6, 4)).collect(),
            _ => Vec::new(),
        };
        let drift = if world == World::Score { 0.0 } else { 0.06 * random.normal() };
        let trouble = random.chance(if world == World::Pass { 0.1 } else { 0.2 });
        let at = if world == World::Trace { random.below(trace.len()) } else { 0 };
        Self { world, random, drift, trouble, tasks, trace, at }
    }

    /// The machine's log-slowdown in this run; then it moves on.
    pub fn machine(&mut self) -> f64 {
        const RHO: f64 = 0.97;
        let now = self.drift + if self.trouble { 0.14 } else { 0.0 };
        self.drift = RHO * self.drift + 0.06 * (1.0 - RHO * RHO).sqrt() * self.random.normal();
        self.trouble = if self.trouble { !self.random.chance(0.08) } else { self.random.chance(0.02) };
        now
    }

    /// A task's noise without outliers.
    pub fn tails(&mut self) -> f64 {
        0.04 * self.random.t4() / std::f64::consts::SQRT_2
    }

    pub fn noise(&mut self, bimodal: bool) -> f64 {
        let mut noise = self.tails();
        if self.random.chance(0.03) {
            noise += self.random.exponential(0.3);
        }
        if bimodal && self.random.chance(0.35) {
            noise += 0.077;
        }
        noise
    }

    /// The cost of the next run, `effect` better than the baseline: the logarithm of a time, or minus a score.
    pub fn run(&mut self, effect: f64) -> f64 {
        match self.world {
            World::Time | World::Bimodal => self.machine() + self.noise(self.world == World::Bimodal) - effect.ln_1p(),
            World::Suite => self.machine() + (0..8).map(|_| self.noise(false)).sum::<f64>() / 8.0 - effect.ln_1p(),
            World::Trace => {
                self.at = (self.at + 1) % self.trace.len();
                self.trace[self.at] - effect.ln_1p()
            }
            World::Pass | World::Score => -self.score(1.0 + effect),
        }
    }

    fn score(&mut self, factor: f64) -> f64 {
        let count = self.tasks.len() as f64;
        if self.world == World::Pass {
            let shock = if self.trouble { 0.85 } else { 1.0 };
            self.trouble = if self.trouble { !self.random.chance(0.15) } else { self.random.chance(0.02) };
            let passed = (0..self.tasks.len()).filter(|task| {
                let chance = (self.tasks[*task] * factor * shock).clamp(0.0, 1.0) * 0.97;
                self.random.chance(chance)
            });
            return passed.count() as f64 / count;
        }
        self.drift += 0.006 * self.random.normal();
        let drift = self.drift;
        let judged = |task: usize| (self.tasks[task] * factor + drift + 0.18 * self.random.normal()).clamp(0.0, 1.0);
        (0..self.tasks.len()).map(judged).sum::<f64>() / count
    }

    /// One pair whose order a coin decides: positive where the candidate was better.
    pub fn pair(&mut self, effect: f64) -> f64 {
        let candidate_first = self.random.chance(0.5);
        self.ordered(effect, candidate_first)
    }

    /// One pair in this order.
    pub fn ordered(&mut self, effect: f64, candidate_first: bool) -> f64 {
        let (early, late) = if candidate_first { (effect, 0.0) } else { (0.0, effect) };
        let (early, late) = (self.run(early), self.run(late));
        (if candidate_first { late - early } else { early - late }) / self.world.reference()
    }

    /// What a naive policy sees: the relative improvement from a block of `runs` before to one after, as a share.
    pub fn before_after(&mut self, runs: usize, effect: f64) -> f64 {
        let world = self.world;
        let mut block = |count: usize, effect: f64| {
            let of = |cost: f64| if world.is_time() { cost.exp() } else { -cost };
            (0..count).map(|_| of(self.run(effect))).sum::<f64>() / count as f64
        };
        let before = block(runs, 0.0);
        block(GAP, 0.0);
        let after = block(runs, effect);
        if world.is_time() { (before - after) / before } else { (after - before) / before.max(1e-9) }
    }

    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }
}

/// The scale of a world's pairs, as A/A calibration measures it.
pub fn scale(world: World, trace: &[f64]) -> f64 {
    scale_of(world, trace, 1)
}

/// The same, from these 400 stretches.
pub fn scale_of(world: World, trace: &[f64], seed: u64) -> f64 {
    let of = |stream: usize| {
        let mut stretch = Stretch::new(world, Random::new(seed, stream as u64), trace);
        (0..10).map(move |_| stretch.pair(0.0)).collect::<Vec<f64>>()
    };
    let differences: Vec<f64> = (0..400).flat_map(of).collect();
    kaizen_gate::calibration::scale(&differences)
}
