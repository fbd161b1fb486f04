//! Evidence as a curve of text: one column per pair, logarithmic upwards.

/// Rows of the plot.
const ROWS: usize = 7;
/// Columns at most; longer curves are thinned.
const COLUMNS: usize = 60;

/// The curve of ln E after each pair, with the bar (ln) it has to reach; empty without a pair.
pub fn curve(logs: &[f64], bar: f64) -> Vec<String> {
    if logs.is_empty() {
        return Vec::new();
    }
    let points = thinned(logs);
    let low = points.iter().copied().fold(0.0, f64::min);
    let high = points.iter().copied().fold(bar, f64::max);
    let row = |log: f64| ((log - low) / (high - low).max(1e-9) * (ROWS - 1) as f64).round() as usize;
    let mut grid = vec![vec![' '; points.len() + 1]; ROWS];
    let mut before = row(0.0);
    for (column, log) in points.iter().enumerate() {
        step(&mut grid, column, before, row(*log));
        before = row(*log);
    }
    grid[before][points.len()] = '●';
    let labels = [(row(bar), number(bar)), (row(0.0), "1".to_owned()), (0, number(low))];
    let label = |at: usize| labels.iter().find(|(row, _)| *row == at).map_or_else(String::new, |(_, text)| text.clone());
    let line = |at: usize| {
        let mark = if at == row(bar) { '┤' } else { '│' };
        let text: String = grid[at].iter().collect();
        let bar_note = if at == row(bar) { "  bar" } else { "" };
        format!("{:>9} {mark}{}{bar_note}", label(at), text.trim_end())
    };
    (0..ROWS).rev().map(line).collect()
}

fn thinned(logs: &[f64]) -> Vec<f64> {
    let every = logs.len().div_ceil(COLUMNS);
    let last = logs.len() - 1;
    logs.iter().enumerate().filter(|(place, _)| place % every == 0 || *place == last).map(|(_, log)| *log).collect()
}

/// One column: from the row before to the row of its point.
fn step(grid: &mut [Vec<char>], column: usize, from: usize, to: usize) {
    if from == to {
        grid[to][column] = '─';
        return;
    }
    let (leaving, arriving) = if to > from { ('╯', '╭') } else { ('╮', '╰') };
    grid[from][column] = leaving;
    grid[to][column] = arriving;
    for row in grid.iter_mut().take(from.max(to)).skip(from.min(to) + 1) {
        row[column] = '│';
    }
}

/// Evidence as a number a person can read, from its logarithm.
pub fn number(log: f64) -> String {
    let value = log.exp();
    match value {
        _ if !value.is_finite() => format!("e^{log:.0}"),
        value if value >= 1e6 => format!("{value:.1e}"),
        value if value >= 10.0 => format!("{value:.0}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_that_rises_to_its_bar_ends_on_the_bars_row() {
        let logs: Vec<f64> = (1..=10).map(|pair| f64::from(pair) * 0.69).collect();
        let lines = curve(&logs, 6.9);
        assert_eq!(lines.len(), ROWS);
        assert!(lines[0].contains('●') && lines[0].contains("992"), "{lines:#?}");
        assert!(lines.last().is_some_and(|line| line.trim_start().starts_with('1')), "{lines:#?}");
    }

    #[test]
    fn long_curves_are_thinned_and_empty_ones_have_no_plot() {
        assert!(curve(&vec![0.0; 500], 3.0).iter().all(|line| line.chars().count() < 80));
        assert!(curve(&[], 3.0).is_empty());
    }
}
