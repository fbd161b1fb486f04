//! The watch over what went live: how soon a worse release is rolled back, and how often a sound one.

use crate::figure::Figure;
use crate::random::{Random, spread};
use crate::reference::Comparison;
use crate::worlds::{Stretch, World, scale};
use crate::{Wish, at_most};
use kaizen_gate::watch::{Control, Watch};

const WINDOWS: u32 = 600;

/// The reference's releases.
const RELEASES: f64 = 400.0;

pub fn print(wish: &Wish) {
    let releases = wish.scaled(2000, 200);
    let scale = scale(World::Time, &[]);
    println!("\n### The watch: paired windows, a margin of 2 %, alarm at 1000\n");
    println!("{releases} releases watched for {WINDOWS} windows each; 601 windows: never. Reference: {RELEASES:.0} releases.\n");
    println!("| true live change | rolled back within 20 % | within 50 % | within {WINDOWS} % | median windows |\n|--:|--:|--:|--:|--:|");
    let mut comparison = Comparison::of("watch");
    for effect in [0.05, 0.0, -0.02, -0.05, -0.10, -0.20] {
        let delays = spread(releases, |release| delay(effect, scale, release as u64));
        let figures = comparison.print(&format!("{:+.0} %", 100.0 * effect), |theirs| row(&delays, theirs));
        judge(effect, releases, &figures);
    }
    comparison.end();
}

fn row(delays: &[u32], theirs: &[f64]) -> Vec<Figure> {
    let within = |(at, windows): (usize, u32)| {
        Figure::share(delays.iter().filter(|delay| **delay <= windows).count(), delays.len(), theirs[at], RELEASES)
    };
    let middle = delays.iter().map(|delay| f64::from(*delay)).collect::<Vec<_>>();
    [20, 50, WINDOWS].into_iter().enumerate().map(within).chain([Figure::median(&middle, theirs[3], RELEASES)]).collect()
}

/// What is promised: a worse release goes about as soon as the reference's, a sound one stays.
fn judge(effect: f64, releases: usize, figures: &[Figure]) {
    let [_, _, within, middle] = figures else { return };
    if effect >= 0.0 {
        let allowed = 0.5 + 300.0 * (0.005 / releases as f64).sqrt();
        at_most(&format!("sound releases ({:+.0} %) rolled back in {WINDOWS} windows", 100.0 * effect), within.ours, allowed, "%");
    } else if effect <= -0.05 {
        let what = format!("windows to roll back a release that is {:.0} % worse", -100.0 * effect);
        at_most(&what, middle.ours, 1.15 * middle.theirs.floor() + 1.0, "windows");
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
