//! The night's error budget: the level of each ticket.
//!
//! e-LOND (Xu & Ramdas, "Online multiple testing with e-values", 2024): ticket t of an epoch gets
//! alpha_t = (fdr / T) (1 + promotions so far in the epoch), which bounds the expected share of wrong promotions
//! of an epoch of at most T tickets by `fdr`, whatever the dependence between trials.

/// Tickets an epoch can hold.
pub const HORIZON: u32 = 1000;

/// The level of ticket `index` (from 1) after `promotions` promotions in its epoch; 0 beyond the horizon, where
/// nothing can be promoted any more until the next epoch.
pub fn alpha(fdr: f64, index: u32, promotions: u32) -> f64 {
    if index == 0 || index > HORIZON { 0.0 } else { fdr / f64::from(HORIZON) * f64::from(1 + promotions) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ticket_of_a_night_has_a_thousandth_of_the_budget() {
        assert_eq!(alpha(0.05, 1, 0), 5e-5);
    }

    #[test]
    fn without_promotions_a_whole_night_spends_the_budget_and_no_more() {
        let spent: f64 = (0..5000).map(|index| alpha(0.05, index, 0)).sum();
        assert!((spent - 0.05).abs() < 1e-9);
    }
}
