//! Regrets of all studies, and their means and ratios.

use std::collections::BTreeMap;

/// The tuner's own studies.
pub(super) const OURS: &str = "kaizen";
/// Optuna as everybody uses it.
pub(super) const THEIRS: &str = "best_trial";
/// Optuna with three quarters of the budget, and the five best run again.
pub(super) const RERUN: &str = "re-run top five";

/// Regrets by method, function and noise; one for each seed, in the order of the seeds.
pub(super) struct Results {
    regrets: BTreeMap<(String, String, String), Vec<f64>>,
    /// In the order of the lines.
    pub(super) functions: Vec<String>,
    /// In the order of the lines.
    pub(super) noises: Vec<String>,
}

impl Results {
    /// Reads lines of method, function, noise, seed and regret. Fails where one is none or a method lacks studies.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut results = Self { regrets: BTreeMap::new(), functions: Vec::new(), noises: Vec::new() };
        for line in text.lines().filter(|line| !line.is_empty()) {
            let parts: Vec<&str> = line.split('\t').collect();
            let [method, function, noise, _, regret] = parts.as_slice() else { return Err(format!("not a result: {line}")) };
            let regret: f64 = regret.parse().map_err(|_| format!("not a regret: {line}"))?;
            note(&mut results.functions, function);
            note(&mut results.noises, noise);
            results.regrets.entry((method.to_string(), function.to_string(), noise.to_string())).or_default().push(regret);
        }
        let lengths: Vec<usize> = results.regrets.values().map(Vec::len).collect();
        let whole = results.regrets.len() == 3 * results.functions.len() * results.noises.len();
        let even = lengths.windows(2).all(|pair| pair[0] == pair[1]);
        if whole && even && !lengths.is_empty() { Ok(results) } else { Err("studies are missing".to_string()) }
    }

    fn of(&self, method: &str, function: &str, noise: &str) -> &[f64] {
        self.regrets.get(&(method.to_string(), function.to_string(), noise.to_string())).map_or(&[], Vec::as_slice)
    }

    /// The mean regret on one function.
    pub(super) fn mean(&self, method: &str, function: &str, noise: &str) -> f64 {
        let regrets = self.of(method, function, noise);
        regrets.iter().sum::<f64>() / regrets.len() as f64
    }

    /// The mean over the functions.
    pub(super) fn pooled(&self, method: &str, noise: &str) -> f64 {
        self.functions.iter().map(|function| self.mean(method, function, noise)).sum::<f64>() / self.functions.len() as f64
    }

    /// Our pooled regret as a share of another's, with its standard error by leaving out each seed in turn (jackknife).
    pub(super) fn ratio(&self, other: &str, noise: &str) -> (f64, f64) {
        let seeds = self.functions.first().map_or(0, |function| self.of(OURS, function, noise).len());
        let without = |method: &str, left_out: usize| -> f64 {
            let sum = |function: &String| {
                let regrets = self.of(method, function, noise).iter().enumerate();
                regrets.filter(|(seed, _)| *seed != left_out).map(|(_, regret)| regret).sum::<f64>()
            };
            self.functions.iter().map(sum).sum()
        };
        let ratios: Vec<f64> = (0..seeds).map(|seed| without(OURS, seed) / without(other, seed)).collect();
        let mean = ratios.iter().sum::<f64>() / seeds as f64;
        let spread: f64 = ratios.iter().map(|ratio| (ratio - mean) * (ratio - mean)).sum();
        let error = (spread * (seeds as f64 - 1.0) / seeds as f64).sqrt();
        (self.pooled(OURS, noise) / self.pooled(other, noise), error)
    }
}

fn note(known: &mut Vec<String>, name: &str) {
    if !known.iter().any(|one| one == name) {
        known.push(name.to_string());
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Two functions, two noises, two seeds; ours is half of theirs.
    pub(in crate::bench::tune) fn lines() -> String {
        let mut text = String::new();
        for (method, share) in [(OURS, 0.5), (THEIRS, 1.0), (RERUN, 0.8)] {
            for function in ["one", "two"] {
                for noise in ["0 %", "20 %"] {
                    text +=
                        &format!("{method}\t{function}\t{noise}\t1\t{}\n{method}\t{function}\t{noise}\t2\t{}\n", 0.2 * share, 0.4 * share);
                }
            }
        }
        text
    }

    #[test]
    fn ratios_are_of_means_over_functions_and_seeds() {
        let results = Results::read(&lines()).unwrap();
        assert!((results.pooled(THEIRS, "20 %") - 0.3).abs() < 1e-12);
        let (ratio, error) = results.ratio(THEIRS, "20 %");
        assert!((ratio - 0.5).abs() < 1e-12 && error < 1e-12, "{ratio} {error}");
    }

    #[test]
    fn a_study_that_is_missing_is_not_passed_over() {
        let whole = lines();
        let (_, cut) = whole.split_once('\n').unwrap();
        assert!(Results::read(cut).is_err());
        assert!(Results::read("").is_err());
        assert!(Results::read("a\tb").is_err());
    }
}
