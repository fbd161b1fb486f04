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
        let digits = digits(&counts, number);
        let nth = |index: usize| space.parameters()[index].kind.nth(digits[index]);
        let Some(configuration) = space.made_of(nth) else { continue };
        if space.violated(&configuration).is_none() && seen.insert(configuration.identity()) {
            found.push(configuration);
        }
    }
    found
}

/// A number in mixed radix.
fn digits(counts: &[u64], mut number: u64) -> Vec<u64> {
    let digit = |count: &u64| {
        let digit = number % count;
        number /= count;
        digit
    };
    counts.iter().map(digit).collect()
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
