//! The page of results: what was compared, how, and the two tables.

use super::BUDGET;
use super::result::{OURS, RERUN, Results, THEIRS};
use std::ops::Range;

/// Where the page lies.
pub(super) const PATH: &str = "docs/reference/tune.md";

/// Noise and the largest ratio to `best_trial` that is promised.
const TARGETS: [(&str, f64); 3] = [("0 %", 1.05), ("5 %", 1.05), ("20 %", 0.70)];

/// The whole page, which is also what the terminal shows.
pub(super) fn text(results: &Results, seeds: &Range<u64>, optuna: &str) -> String {
    let count = seeds.end - seeds.start;
    format!(
        "# The tuner beside Optuna\n\n<!-- written by `cargo xtask bench tune --write` -->\n\n\
         Both sides get {BUDGET} runs for a study, and every run counts: those that learn the noise, those that repeat, those of the race.\n\
         Both begin with the same random present configuration. Each function is the time of a program: 1 at its best point, 2 for a\n\
         random configuration on average; both sides are told the logarithm of the measured time. What counts is the *true* regret of the\n\
         configuration a study returns, as a share of the regret a random configuration has. Optuna is {optuna} from PyPI with the sampler\n\
         `create_study()` uses. {count} seeds ({} to {}), none of which was looked at while the tuner was made.\n\n\
         - **best_trial**: Optuna's answer, the configuration with the best value seen.\n\
         - **re-run**: Optuna with three quarters of the runs; the five best run again with the rest; the best mean of the new runs.\n\
         - **0 %, 5 %, 20 %**: normal noise as a share of the time. **bimodal**: 3 %, and every fifth run takes 1.4 times as long.\n  \
         **AR(1)**: 20 %, nine tenths of which stay for the next run.\n\n\
         ## By noise\n\nMeans over the functions. The standard error is over the seeds; on the 90 seeds that served to make the tuner the ratio at\n\
         20 % was 0.73.\n\n{}\n\n\
         ## By function\n\nRegrets, Kaizen / best_trial / re-run.\n\n{}\n",
        seeds.start,
        seeds.end - 1,
        by_noise(results),
        by_function(results)
    )
}

fn by_noise(results: &Results) -> String {
    let head = ["noise", "best_trial", "re-run", "Kaizen", "of best_trial", "of re-run", "promised", ""].map(str::to_string);
    let row = |noise: &String| {
        let regret = |method: &str| format!("{:.3}", results.pooled(method, noise));
        let share = |other: &str| {
            let (ratio, error) = results.ratio(other, noise);
            format!("{ratio:.2} ± {error:.2}")
        };
        let target = TARGETS.iter().find(|(name, _)| name == noise).map(|(_, most)| *most);
        let holds = target.map_or("", |most| if results.ratio(THEIRS, noise).0 <= most { "OK" } else { "MISSED" });
        let promised = target.map_or_else(String::new, |most| format!("at most {most:.2}"));
        [noise.clone(), regret(THEIRS), regret(RERUN), regret(OURS), share(THEIRS), share(RERUN), promised, holds.to_string()].to_vec()
    };
    table(&head, results.noises.iter().map(row).collect())
}

fn by_function(results: &Results) -> String {
    let head: Vec<String> = std::iter::once("function".to_string()).chain(results.noises.iter().cloned()).collect();
    let row = |function: &String| {
        let cell = |noise: &String| [OURS, THEIRS, RERUN].map(|method| format!("{:.3}", results.mean(method, function, noise))).join(" / ");
        std::iter::once(function.clone()).chain(results.noises.iter().map(cell)).collect()
    };
    table(&head, results.functions.iter().map(row).collect())
}

fn table(head: &[String], rows: Vec<Vec<String>>) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).chain([head[column].chars().count()]).max().unwrap_or(0);
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &[String]| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("| {} |", cells.join(" | "))
    };
    let rule = format!("|{}|", widths.iter().map(|width| "-".repeat(width + 2)).collect::<Vec<_>>().join("|"));
    let lines: Vec<String> = [line(head), rule].into_iter().chain(rows.iter().map(|row| line(row))).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_held_or_missed_in_words() {
        let lines = crate::bench::tune::result::tests::lines();
        let held = text(&Results::read(&lines).unwrap(), &(1..3), "5.0.0");
        assert!(held.contains("| 0.50 ± 0.00") && held.contains("at most 0.70 | OK"), "{held}");
        let worse = lines.replace("kaizen\tone\t20 %\t1\t0.1\n", "kaizen\tone\t20 %\t1\t0.9\n");
        let missed = text(&Results::read(&worse).unwrap(), &(1..3), "5.0.0");
        assert!(missed.contains("at most 0.70 | MISSED"), "{missed}");
    }
}
