//! Candidates that change nothing, in a suite whose failing cases are really flakes nobody knows of: the exact lane by counting.
//!
//! Follows `kaizen_gate::exact::step` run by run (`agree` compares the two) without building scorecards, a thousand times as fast. The
//! outcome of a run depends on its place alone, so that both see the same world.

use crate::random::Random;
use kaizen_domain::trial::{Arm, Stage};
use kaizen_gate::proof;

/// Flaky cases of the suite; all of them counted as failing when it was measured.
pub const CASES: usize = 5;

/// Proof runs after which a trial is undecided.
pub const MAX_PROOF_RUNS: u32 = 64;

/// A suite of flakes: how often each passes, and how often each was seen to fail before without ever passing.
pub struct Flakes {
    pub chances: [f64; CASES],
    pub recorded: [u64; CASES],
    seed: u64,
}

impl Flakes {
    /// Chances between 2 and 98 %, and up to twenty runs on record: a case that passed in any of them has none.
    pub fn new(random: &mut Random, seed: u64) -> Self {
        let chances = [(); CASES].map(|()| 0.02 + 0.96 * random.uniform());
        let recorded = chances.map(|chance| {
            let runs = random.below(21);
            let passed = (0..runs).any(|_| random.chance(chance));
            if passed { 0 } else { runs as u64 }
        });
        Self { chances, recorded, seed }
    }

    /// Which cases pass in a run.
    pub fn run(&self, stage: Stage, pair: u32, arm: Arm) -> [bool; CASES] {
        let place = (stage as u64 * 1000 + u64::from(pair)) * 2 + u64::from(arm == Arm::Candidate);
        let mut random = Random::new(self.seed, place);
        self.chances.map(|chance| random.chance(chance))
    }
}

/// What was seen of one case.
#[derive(Clone, Copy, Default)]
struct Counts {
    baseline: u32,
    baseline_passes: u32,
    candidate: u32,
    candidate_passes: u32,
}

/// Whether a candidate that changes nothing is promoted.
pub fn promoted(flakes: &Flakes, alpha: f64) -> bool {
    let mut counts = [Counts::default(); CASES];
    for (pair, arm) in
        [(0, Arm::Baseline), (0, Arm::Candidate), (1, Arm::Candidate), (1, Arm::Baseline), (2, Arm::Baseline), (2, Arm::Candidate)]
    {
        take(&mut counts, arm, flakes.run(Stage::Screening, pair, arm));
        if counts.iter().any(lost) {
            return false;
        }
    }
    let gained: Vec<usize> = (0..CASES).filter(|case| gained(&counts[*case])).collect();
    !gained.is_empty() && proven(flakes, alpha, &counts, gained)
}

fn take(counts: &mut [Counts; CASES], arm: Arm, passes: [bool; CASES]) {
    for (case, passed) in counts.iter_mut().zip(passes) {
        match arm {
            Arm::Baseline => (case.baseline, case.baseline_passes) = (case.baseline + 1, case.baseline_passes + u32::from(passed)),
            Arm::Candidate => (case.candidate, case.candidate_passes) = (case.candidate + 1, case.candidate_passes + u32::from(passed)),
        }
    }
}

fn lost(case: &Counts) -> bool {
    case.baseline > 0 && case.baseline_passes == case.baseline && case.candidate_passes < case.candidate
}

fn gained(case: &Counts) -> bool {
    case.baseline_passes == 0 && case.candidate_passes == case.candidate
}

/// Fresh runs until the inequality holds, no gained case is left, a steady one is lost, or the cap.
fn proven(flakes: &Flakes, alpha: f64, screened: &[Counts; CASES], mut gained: Vec<usize>) -> bool {
    let steady: Vec<usize> = (0..CASES).filter(|case| screened[*case].baseline_passes == screened[*case].baseline).collect();
    let (mut baseline, mut candidate) = (0, 0);
    loop {
        let recorded = gained.iter().map(|case| flakes.recorded[*case]).max().unwrap_or(0);
        let (failures, passes) = (recorded + u64::from(3 + baseline), u64::from(candidate));
        if proof::bound(CASES as u64, failures, passes) <= alpha {
            return true;
        }
        if baseline + candidate >= MAX_PROOF_RUNS {
            return false;
        }
        match proof::better_next(CASES as u64, failures, passes) {
            Arm::Baseline => {
                let run = flakes.run(Stage::Proof, baseline, Arm::Baseline);
                gained.retain(|case| !run[*case]);
                baseline += 1;
            }
            Arm::Candidate => {
                let run = flakes.run(Stage::Proof, candidate, Arm::Candidate);
                gained.retain(|case| run[*case]);
                if gained.is_empty() || steady.iter().any(|case| !run[*case]) {
                    return false;
                }
                candidate += 1;
            }
        }
        if gained.is_empty() {
            return false;
        }
    }
}
