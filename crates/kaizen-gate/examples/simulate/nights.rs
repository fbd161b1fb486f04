//! Nights in which nothing is better: how often is anything promoted?

use crate::gates::{kaizen, plan};
use crate::random::{Random, spread};
use crate::unchanged::{Flakes, promoted};
use crate::worlds::{Stretch, World, scale};
use crate::{Wish, at_most, wilson};
use kaizen_gate::ledger;

const CANDIDATES: u32 = 1000;
const FDR: f64 = 0.05;

pub fn print(wish: &Wish) {
    let count = wish.nights;
    let scale = scale(World::Time, &[]);
    let ended = spread(count, |night| night_of(night as u64, scale));
    let any = ended.iter().filter(|night| night.0 + night.1 > 0).count();
    let (noisy, exact): (u32, u32) = ended.iter().fold((0, 0), |sum, night| (sum.0 + night.0, sum.1 + night.1));
    let (share, low, high) = wilson(any, count);
    println!("\n### {count} nights of {CANDIDATES} candidates without any effect\n");
    println!(
        "Every second candidate is measured in pairs (world: time), every other in the exact lane, on five failing cases that are flakes nobody"
    );
    println!("knows of. One ledger for both.\n");
    println!("| | |\n|---|--:|");
    println!("| nights with any promotion | {any} of {count}: {share:.2} % (95 %: {low:.2} to {high:.2}) |");
    println!("| promotions on noisy measurements | {noisy} |\n| promotions on flaky cases | {exact} |");
    if wish.quick {
        at_most("nights without effect with any promotion, lower end of the interval", low, 100.0 * FDR, "%");
    } else {
        at_most("nights without effect with any promotion, upper end of the interval", high, 100.0 * FDR, "%");
    }
}

/// Promotions of one night, on noisy measurements and on flaky cases.
fn night_of(night: u64, scale: f64) -> (u32, u32) {
    let (mut noisy, mut exact) = (0, 0);
    let mut random = Random::new(11, night);
    for index in 1..=CANDIDATES {
        let alpha = ledger::alpha(FDR, index, noisy + exact);
        let stream = (night * u64::from(CANDIDATES) + u64::from(index)) * 2;
        if index % 2 == 0 {
            let [mut seen, mut fresh] = [0, 1].map(|stage| Stretch::new(World::Time, Random::new(13, stream + stage), &[]));
            noisy += u32::from(kaizen(&plan(alpha, scale), || seen.pair(0.0), || fresh.pair(0.0)).promoted);
        } else {
            exact += u32::from(promoted(&Flakes::new(&mut random, stream), alpha));
        }
    }
    (noisy, exact)
}
