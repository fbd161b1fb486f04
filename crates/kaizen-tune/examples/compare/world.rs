//! The functions, each as the time of a program: 1 at the best point, 2 for a random configuration on average.

use crate::Fallible;
use crate::noise::Dice;
use kaizen_tune::space::kind::Kind;
use kaizen_tune::space::value::{Configuration, Value};
use kaizen_tune::space::{Parameter, Space};
use std::f64::consts::{PI, TAU};

/// A space and the loss of each of its configurations.
pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) space: Space,
    loss: fn(&Configuration) -> f64,
    best: f64,
    /// The mean regret of a random configuration.
    typical: f64,
}

impl World {
    fn new(name: &'static str, parameters: Vec<Parameter>, loss: fn(&Configuration) -> f64, best: f64) -> Fallible<Self> {
        let mut world = Self { name, space: Space::new(parameters, Vec::new())?, loss, best, typical: 1.0 };
        let mut dice = Dice::new(7);
        let draws = 20_000;
        world.typical = (0..draws).map(|_| loss(&world.random(&mut dice)) - best).sum::<f64>() / f64::from(draws);
        Ok(world)
    }

    /// The regret as a share of a random configuration's.
    pub(crate) fn regret(&self, configuration: &Configuration) -> f64 {
        ((self.loss)(configuration) - self.best) / self.typical
    }

    /// The true time.
    pub(crate) fn time(&self, configuration: &Configuration) -> f64 {
        1.0 + self.regret(configuration)
    }

    /// A random configuration.
    pub(crate) fn random(&self, dice: &mut Dice) -> Configuration {
        let values: Vec<(String, Value)> =
            self.space.parameters().iter().map(|parameter| (parameter.name.clone(), drawn(&parameter.kind, dice.unit()))).collect();
        // Values of parameters without effect are left out.
        self.space.adopt(&values).unwrap_or_default()
    }
}

fn drawn(kind: &Kind, unit: f64) -> Value {
    use kaizen_tune::space::kind::Scale;
    match kind {
        Kind::Float { min, max, scale: Scale::Log, .. } => Value::Float((min.ln() + unit * (max / min).ln()).exp().clamp(*min, *max)),
        Kind::Float { min, max, .. } => Value::Float(min + unit * (max - min)),
        Kind::Int { min, max, scale: Scale::Log, .. } => {
            let (low, high) = (*min as f64 - 0.5, *max as f64 + 0.5);
            Value::Int(((low.ln() + unit * (high / low).ln()).exp().round() as i64).clamp(*min, *max))
        }
        Kind::Int { min, max, .. } => Value::Int((min + (unit * (max - min + 1) as f64) as i64).min(*max)),
        Kind::Choice { values } => values[((unit * values.len() as f64) as usize).min(values.len() - 1)].clone(),
        Kind::Bool => Value::Bool(unit < 0.5),
    }
}

fn number(configuration: &Configuration, name: &str) -> f64 {
    configuration.get(name).and_then(Value::number).unwrap_or(f64::NAN)
}

fn numbers(configuration: &Configuration) -> Vec<f64> {
    configuration.iter().filter_map(|(_, value)| value.number()).collect()
}

fn cube(dimensions: usize, low: f64, high: f64) -> Vec<Parameter> {
    (0..dimensions).map(|index| Parameter::new(format!("x{index}"), Kind::float(low, high))).collect()
}

/// The six.
pub(crate) fn worlds() -> Fallible<Vec<World>> {
    let branin = vec![Parameter::new("x0", Kind::float(-5.0, 10.0)), Parameter::new("x1", Kind::float(0.0, 15.0))];
    Ok(vec![
        World::new("branin", branin, self::branin, 0.397_887_357_729_738)?,
        World::new("hartmann6", cube(6, 0.0, 1.0), hartmann, -3.322_368_011_415_51)?,
        World::new("rosenbrock4", cube(4, -2.048, 2.048), rosenbrock, 0.0)?,
        World::new("rastrigin5", cube(5, -5.12, 5.12), rastrigin, 0.0)?,
        World::new("sphere8", cube(8, -5.0, 5.0), sphere, 0.0)?,
        World::new("server", knobs()?, server, least_server())?,
    ])
}

fn branin(configuration: &Configuration) -> f64 {
    let (x, y) = (number(configuration, "x0"), number(configuration, "x1"));
    let bend = y - 5.1 / (4.0 * PI * PI) * x * x + 5.0 / PI * x - 6.0;
    bend * bend + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x.cos() + 10.0
}

fn hartmann(configuration: &Configuration) -> f64 {
    const ALPHA: [f64; 4] = [1.0, 1.2, 3.0, 3.2];
    const A: [[f64; 6]; 4] = [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ];
    const P: [[f64; 6]; 4] = [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ];
    let x = numbers(configuration);
    let term = |i: usize| ALPHA[i] * (-(0..6).map(|j| A[i][j] * (x[j] - P[i][j]) * (x[j] - P[i][j])).sum::<f64>()).exp();
    -(0..4).map(term).sum::<f64>()
}

fn rosenbrock(configuration: &Configuration) -> f64 {
    let x = numbers(configuration);
    x.windows(2).map(|pair| 100.0 * (pair[1] - pair[0] * pair[0]).powi(2) + (1.0 - pair[0]).powi(2)).sum()
}

/// Away from the middle, which some samplers know for no reason.
fn shifted(configuration: &Configuration) -> impl Iterator<Item = f64> {
    const SHIFT: [f64; 8] = [1.3, -0.7, 2.1, -1.9, 0.4, -2.3, 0.9, 1.7];
    numbers(configuration).into_iter().zip(SHIFT).map(|(x, shift)| x - shift)
}

fn rastrigin(configuration: &Configuration) -> f64 {
    shifted(configuration).map(|x| 10.0 + x * x - 10.0 * (TAU * x).cos()).sum()
}

fn sphere(configuration: &Configuration) -> f64 {
    shifted(configuration).map(|x| x * x).sum()
}

/// Seven knobs of a server that does not exist.
fn knobs() -> Fallible<Vec<Parameter>> {
    Ok(vec![
        Parameter::new("pool", Kind::choice(["thread", "process", "async"])),
        Parameter::new("workers", Kind::int(1, 64).log()),
        Parameter::new("cache", Kind::int(16, 65_536).log()),
        Parameter::new("batch", Kind::int(1, 256).log()),
        Parameter::new("compression", Kind::choice(["none", "lz4", "zstd"])),
        Parameter::new("level", Kind::int(1, 19)).when("compression == 'zstd'".parse()?),
        Parameter::new("timeout", Kind::float(0.1, 30.0).log()),
    ])
}

fn server(configuration: &Configuration) -> f64 {
    let text = |name: &str| configuration.get(name).map(Value::to_string).unwrap_or_default();
    let level = configuration.get("level").and_then(Value::number).unwrap_or(0.0);
    let batch = (number(configuration, "batch") / 24.0).ln();
    let timeout = (number(configuration, "timeout") / 2.0).ln();
    let shared = machine(&text("pool"), number(configuration, "workers"), number(configuration, "cache"), &text("compression"), level);
    shared + 0.04 * batch * batch + 0.02 * timeout * timeout
}

/// The knobs that depend on each other.
fn machine(pool: &str, workers: f64, cache: f64, compression: &str, level: f64) -> f64 {
    let (fitting, cost, memory): (f64, f64, f64) = match pool {
        "thread" => (16.0, 0.25, 1.0),
        "process" => (8.0, 0.15, 4.0),
        _ => (4.0, 0.2, 1.0),
    };
    let queue = 0.12 * (workers / fitting).ln().powi(2);
    let misses = 0.6 * (16.0 / cache).powf(0.4);
    let swapping = ((workers * memory * 64.0 + cache) / 16_384.0 - 1.0).clamp(0.0, 2.0);
    let network = match compression {
        "none" => 0.4,
        "lz4" => 0.2,
        _ => 0.12 + 0.004 * (level - 4.0) * (level - 4.0),
    };
    cost + queue + misses + swapping + network
}

fn least_server() -> f64 {
    let mut least = f64::INFINITY;
    for pool in ["thread", "process", "async"] {
        for workers in 1..=64 {
            for step in 0..4000 {
                let cache = (16.0 * (4096.0_f64).powf(f64::from(step) / 3999.0)).round();
                for (compression, level) in [("none", 0.0), ("lz4", 0.0), ("zstd", 4.0)] {
                    least = least.min(machine(pool, f64::from(workers), cache, compression, level));
                }
            }
        }
    }
    least
}
