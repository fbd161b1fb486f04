//! The watch over what went live: how soon a worse release is rolled back, and how often a sound one.

use crate::random::{Random, spread};
use crate::reference::WATCH;
use crate::worlds::{Stretch, World, scale};
use crate::{Wish, at_most, median};
use kaizen_gate::watch::{Control, Watch};

const WINDOWS: u32 = 600;

pub fn print(wish: &Wish) {
    let releases = wish.scaled(2000, 200);
    let scale = scale(World::Time, &[]);
    println!("\n### The watch: paired windows, a margin of 2 %, alarm at 1000\n");
    println!("{releases} releases watched for {WINDOWS} windows each.\n");
    println!(
        "| true live change | rolled back within 20 | within 50 | within {WINDOWS} | median windows | reference |\n|--:|--:|--:|--:|--:|--:|"
    );
    for effect in [0.05, 0.0, -0.02, -0.05, -0.10, -0.20] {
        let delays = spread(releases, |release| delay(effect, scale, release as u64));
        let within = |windows: u32| 100.0 * delays.iter().filter(|delay| **delay <= windows).count() as f64 / releases as f64;
        let middle = median(delays.iter().map(|delay| f64::from(*delay)).collect());
        let told = if middle > f64::from(WINDOWS) { "never".to_owned() } else { format!("{middle:.0}") };
        let reference = WATCH.iter().find(|(of, _)| *of == effect);
        let theirs = reference.map_or(String::new(), |(_, windows)| format!("{windows:.0}"));
        println!("| {:+.0} % | {:.1} % | {:.1} % | {:.1} % | {told} | {theirs} |", 100.0 * effect, within(20), within(50), within(WINDOWS));
        if let Some((_, windows)) = reference {
            at_most(
                &format!("windows to roll back a release that is {:.0} % worse", -100.0 * effect),
                middle,
                1.15 * windows + 1.0,
                "windows",
            );
        } else if effect >= 0.0 {
            let wrong = within(WINDOWS);
            let allowed = 0.5 + 300.0 * (0.005 / releases as f64).sqrt();
            at_most(&format!("sound releases ({:+.0} %) rolled back in {WINDOWS} windows", 100.0 * effect), wrong, allowed, "%");
        }
    }
}

fn delay(effect: f64, scale: f64, release: u64) -> u32 {
    let mut stretch = Stretch::new(World::Time, Random::new(71, release), &[]);
    let mut watch = Watch::default();
    while !watch.alarm() && watch.windows() < WINDOWS {
        watch.push(stretch.pair(effect), scale, Control::Concurrent.margin());
    }
    if watch.alarm() { watch.windows() } else { WINDOWS + 1 }
}
