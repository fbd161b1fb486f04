//! What the machine told while pairs were measured: how quiet it was, how fast it ran, what it counts.

use crate::render::plural;
use kaizen_api::v1::{Instructions, Quietness};
use kaizen_engine::trial::counting::{INSTRUCTIONS, told};
use kaizen_engine::trial::noise::{Noise, Unit};
use kaizen_engine::trial::quiet::frequency::Account;
use std::path::Path;

/// Of these pairs, on this machine.
pub fn of(noise: &Noise) -> Quietness {
    let instructions = noise.mean(INSTRUCTIONS).map(|mean| Instructions { mean, noise: noise.scale(INSTRUCTIONS, Unit::Ratio) });
    Quietness {
        measured_again: noise.again(),
        processor_frequency: Account::of(Path::new("/")).told(),
        hardware_instruction_counts: told(),
        instructions,
    }
}

/// For people.
pub fn text(seen: &Quietness) -> Vec<String> {
    let mut lines = vec![String::new()];
    if seen.measured_again > 0 {
        let pairs = plural(seen.measured_again as usize, "pair");
        lines.push(format!("  {} {pairs} measured again: the machine was not quiet", seen.measured_again));
    }
    lines.push(format!("  processor frequency: {}", seen.processor_frequency));
    lines.push(match &seen.instructions {
        Some(counted) => format!("  instructions: {:.4e} a run, one pair varies by {:.3} %", counted.mean, 100.0 * counted.noise),
        None => format!("  hardware instruction counts: {}", seen.hardware_instruction_counts),
    });
    lines
}
