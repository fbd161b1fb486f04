//! A night of 1,000 candidates: some better, some harmful, some that game what they see, most without any effect.

use crate::gates::{Answer, NAIVE, kaizen, naive, one_stage, paired_t, plan, t_statistic, t_tail};
use crate::random::{Random, spread};
use crate::reference::{NIGHT, NIGHT_FACTOR};
use crate::worlds::{Stretch, World, scale};
use crate::{Wish, at_least, at_most};
use kaizen_gate::ledger;

const CANDIDATES: usize = 1000;
const FDR: f64 = 0.05;
const SIZES: [f64; 5] = [0.01, 0.02, 0.05, 0.10, 0.20];

/// One candidate: what it does on what proposers see, and what it truly does.
#[derive(Clone, Copy)]
struct Candidate {
    seen: f64,
    truly: f64,
}

impl Candidate {
    fn games(&self) -> bool {
        self.seen > 0.0 && self.truly < 0.0
    }
}

/// 5 % better, 2 % that look 15 % better and are 5 % worse, 37 % harmful, the rest without effect.
fn candidates(night: usize) -> Vec<Candidate> {
    let mut random = Random::new(7, night as u64);
    let mut drawn = || match random.pick(&[0.05, 0.02, 0.37, 0.56]) {
        0 => plain(SIZES[random.pick(&[0.2, 0.2, 0.3, 0.2, 0.1])]),
        1 => Candidate { seen: 0.15, truly: -0.05 },
        2 => plain(-SIZES[random.pick(&[0.3, 0.25, 0.25, 0.15, 0.05])]),
        _ => plain(0.0),
    };
    (0..CANDIDATES).map(|_| drawn()).collect()
}

fn plain(effect: f64) -> Candidate {
    Candidate { seen: effect, truly: effect }
}

/// How a night ended: what was promoted, and the runs it took.
#[derive(Default, Clone)]
struct Night {
    better: f64,
    without: f64,
    harmful: f64,
    gamers: f64,
    /// Sum of the logarithms of true and of claimed change.
    truly: f64,
    claimed: f64,
    runs: f64,
}

impl Night {
    fn take(&mut self, candidate: &Candidate, answer: &Answer) {
        self.runs += f64::from(answer.runs);
        if !answer.promoted {
            return;
        }
        match candidate.truly.total_cmp(&0.0) {
            std::cmp::Ordering::Greater => self.better += 1.0,
            std::cmp::Ordering::Equal => self.without += 1.0,
            std::cmp::Ordering::Less => self.harmful += 1.0,
        }
        self.gamers += f64::from(u8::from(candidate.games()));
        self.truly += candidate.truly.ln_1p();
        self.claimed += answer.claimed;
    }

    fn wrong_share(&self) -> f64 {
        let promoted = self.better + self.without + self.harmful;
        if promoted == 0.0 { 0.0 } else { (self.without + self.harmful) / promoted }
    }
}

/// The candidate's stretches: what proposers see, and the hold-out.
fn stretches(gate: usize, night: usize, index: usize) -> [Stretch<'static>; 2] {
    let stream = ((gate * 1000 + night) * CANDIDATES + index) as u64 * 2;
    [0, 1].map(|stage| Stretch::new(World::Time, Random::new(9, stream + stage), &[]))
}

type Simulated = fn(usize, usize, &[Candidate], f64) -> Night;

/// A gate that looks at each candidate alone.
fn each(gate: usize, night: usize, candidates: &[Candidate], judge: impl Fn(&Candidate, [Stretch<'static>; 2]) -> Answer) -> Night {
    let mut ended = Night::default();
    for (index, candidate) in candidates.iter().enumerate() {
        ended.take(candidate, &judge(candidate, stretches(gate, night, index)));
    }
    ended
}

fn rule<const AT: usize>(gate: usize, night: usize, candidates: &[Candidate], _: f64) -> Night {
    each(gate, night, candidates, |candidate, [mut seen, _]| naive(&NAIVE[AT], &mut seen, candidate.seen))
}

fn t_test(gate: usize, night: usize, candidates: &[Candidate], _: f64) -> Night {
    each(gate, night, candidates, |candidate, [mut seen, _]| paired_t(10, 0.05, || seen.pair(candidate.seen)))
}

fn t_twice(gate: usize, night: usize, candidates: &[Candidate], _: f64) -> Night {
    each(gate, night, candidates, |candidate, [mut seen, mut fresh]| {
        let first = paired_t(10, 0.05, || seen.pair(candidate.seen));
        if !first.promoted {
            return first;
        }
        let second = paired_t(10, 0.05, || fresh.pair(candidate.truly));
        Answer { runs: first.runs + second.runs, ..second }
    })
}

fn bonferroni(gate: usize, night: usize, candidates: &[Candidate], _: f64) -> Night {
    each(gate, night, candidates, |candidate, [mut seen, _]| paired_t(20, FDR / CANDIDATES as f64, || seen.pair(candidate.seen)))
}

/// LORD++ (Ramdas, Yang, Wainwright & Jordan 2017) on the p-values of a t-test of 20 pairs.
fn lord(gate: usize, night: usize, candidates: &[Candidate], _: f64) -> Night {
    let raw: Vec<f64> = (1..=CANDIDATES).map(|at| (at.max(2) as f64).ln() / (at as f64 * (at as f64).ln().sqrt().exp())).collect();
    let total: f64 = raw.iter().sum();
    let gamma: Vec<f64> = raw.iter().map(|value| value / total).collect();
    let (mut ended, mut rejections) = (Night::default(), Vec::<usize>::new());
    for (index, candidate) in candidates.iter().enumerate() {
        let [mut seen, _] = stretches(gate, night, index);
        let pairs: Vec<f64> = (0..20).map(|_| seen.pair(candidate.seen)).collect();
        let earned = |(place, at): (usize, &usize)| if place == 0 { FDR / 2.0 } else { FDR } * gamma[index - at - 1];
        let level = FDR / 2.0 * gamma[index] + rejections.iter().enumerate().map(earned).sum::<f64>();
        let promoted = t_tail(t_statistic(&pairs), 19) <= level;
        rejections.extend(promoted.then_some(index));
        ended.take(candidate, &Answer { promoted, runs: 40, claimed: pairs.iter().sum::<f64>() / 20.0 });
    }
    ended
}

fn without_holdout(gate: usize, night: usize, candidates: &[Candidate], scale: f64) -> Night {
    with_ledger(gate, night, candidates, scale, |candidate, alpha, [mut seen, _]| {
        one_stage(&plan(alpha, scale), || seen.pair(candidate.seen))
    })
}

fn ours(gate: usize, night: usize, candidates: &[Candidate], scale: f64) -> Night {
    with_ledger(gate, night, candidates, scale, |candidate, alpha, [mut seen, mut fresh]| {
        kaizen(&plan(alpha, scale), || seen.pair(candidate.seen), || fresh.pair(candidate.truly))
    })
}

fn with_ledger(
    gate: usize,
    night: usize,
    candidates: &[Candidate],
    _: f64,
    judge: impl Fn(&Candidate, f64, [Stretch<'static>; 2]) -> Answer,
) -> Night {
    let (mut ended, mut promotions) = (Night::default(), 0);
    for (index, candidate) in candidates.iter().enumerate() {
        let alpha = ledger::alpha(FDR, index as u32 + 1, promotions);
        let answer = judge(candidate, alpha, stretches(gate, night, index));
        promotions += u32::from(answer.promoted);
        ended.take(candidate, &answer);
    }
    ended
}

const GATES: [Simulated; 10] = [rule::<0>, rule::<1>, rule::<2>, rule::<3>, t_test, bonferroni, lord, without_holdout, t_twice, ours];

pub fn print(wish: &Wish) {
    let count = wish.scaled(40, 4);
    let scale = scale(World::Time, &[]);
    let nights: Vec<Vec<Candidate>> = (0..count).map(candidates).collect();
    println!("\n### A night of {CANDIDATES} candidates (world: time), mean of {count} nights\n");
    println!("About 49 truly better, 19 that look 15 % better and are 5 % worse, 372 harmful, the rest without effect.\n");
    println!(
        "| gate | better | without effect | harmful | of them gamers | wrong | true change | claimed | runs | true change, reference |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (at, gate) in GATES.iter().enumerate() {
        let ended = spread(count, |night| gate(at, night, &nights[night], scale));
        let (name, reference) = NIGHT[at];
        line(name, reference, &ended);
        if name == "Kaizen" {
            judge(&ended);
        }
    }
}

fn mean(ended: &[Night], of: impl Fn(&Night) -> f64) -> f64 {
    ended.iter().map(of).sum::<f64>() / ended.len() as f64
}

fn line(name: &str, reference: &str, ended: &[Night]) {
    let (better, without, harmful) =
        (mean(ended, |night| night.better), mean(ended, |night| night.without), mean(ended, |night| night.harmful));
    let (gamers, wrong, runs) =
        (mean(ended, |night| night.gamers), 100.0 * mean(ended, Night::wrong_share), mean(ended, |night| night.runs));
    let (truly, claimed) = (change(mean(ended, |night| night.truly)), change(mean(ended, |night| night.claimed)));
    println!(
        "| {name} | {better:.1} | {without:.2} | {harmful:.2} | {gamers:.2} | {wrong:.1} % | {truly} | {claimed} | {runs:.0} | {reference} |"
    );
}

fn change(log: f64) -> String {
    let factor = log.exp();
    if factor < 50.0 { format!("{:+.0} %", 100.0 * (factor - 1.0)) } else { format!("x {factor:.1e}") }
}

fn judge(ended: &[Night]) {
    let truly = mean(ended, |night| night.truly);
    // A few nights alone would not show how much nights differ.
    let spread = mean(ended, |night| (night.truly - truly) * (night.truly - truly)).sqrt().max(0.4);
    let error = 3.0 * spread * (1.0 / ended.len() as f64 + 1.0 / 40.0).sqrt();
    let percent = |log: f64| 100.0 * (log.exp() - 1.0);
    let what = format!("true change of a night (reference {:+.0} %)", percent(NIGHT_FACTOR.ln()));
    at_least(&what, percent(truly), percent(NIGHT_FACTOR.ln() - error), "%");
    at_most("wrong among a night's promotions", 100.0 * mean(ended, Night::wrong_share), 100.0 * FDR, "%");
    at_most("gamers promoted in a night", mean(ended, |night| night.gamers), 0.1, "gamers");
}
