//! Configurations that satisfy the constraints: all of them where they can be listed, else what uniform draws find.

use super::Space;
use super::value::Configuration;
use crate::sampler::chance::Chance;

/// Up to how many combinations are listed one by one.
pub(super) const ENUMERABLE: u64 = 20_000;
/// How many uniform draws stand for "nowhere" in a space that cannot be listed.
const DRAWS: u64 = 20_000;

/// Every configuration of a space that can be listed, each once, in the order of the parameters.
pub(super) fn all(space: &Space) -> Vec<Configuration> {
    let counts: Vec<u64> = space.parameters().iter().map(|parameter| parameter.kind.count().unwrap_or(1)).collect();
    let combinations = counts.iter().product::<u64>();
    let mut found: Vec<Configuration> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..combinations {
        let configuration = space.decode(&coordinates(space, &counts, number));
        if space.violated(&configuration).is_none() && seen.insert(configuration.to_string()) {
            found.push(configuration);
        }
    }
    found
}

/// The coordinates of a combination by its number in mixed radix.
fn coordinates(space: &Space, counts: &[u64], mut number: u64) -> Vec<f64> {
    let digit = |(parameter, count): (&super::Parameter, &u64)| {
        let at = (number % count) as f64;
        number /= count;
        if parameter.kind.choices().is_some() { at } else { grid_share(&parameter.kind, at as i64, *count) }
    };
    space.parameters().iter().zip(counts).map(digit).collect()
}

/// The coordinate of the `index`th grid value. On a log scale shares differ, so the value itself is encoded.
fn grid_share(kind: &super::kind::Kind, index: i64, count: u64) -> f64 {
    match kind {
        super::kind::Kind::Int { min, step, .. } => kind.encode(&super::value::Value::Int(min + index * step)).unwrap_or(0.5),
        _ => (index as f64 + 0.5) / count as f64,
    }
}

/// Up to `enough` different configurations.
pub(super) fn some(space: &Space, enough: usize) -> Vec<Configuration> {
    if space.count().is_some_and(|count| count <= ENUMERABLE) {
        return all(space);
    }
    let mut found: Vec<Configuration> = Vec::new();
    let mut chance = Chance::new(0, 0);
    for _ in 0..DRAWS {
        let configuration = space.decode(&uniform(space, &mut chance));
        if space.violated(&configuration).is_none() && !found.contains(&configuration) {
            found.push(configuration);
        }
        if found.len() >= enough {
            break;
        }
    }
    found
}

/// A uniform draw of all coordinates.
pub(crate) fn uniform(space: &Space, chance: &mut Chance) -> Vec<f64> {
    let draw = |parameter: &super::Parameter| match parameter.kind.choices() {
        Some(choices) => chance.below(choices) as f64,
        None => chance.unit(),
    };
    space.parameters().iter().map(draw).collect()
}
