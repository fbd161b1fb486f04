//! When to stop hoping: evidence that is too small after so many pairs.
//!
//! Any stopping rule keeps an e-process valid (Ville's inequality holds for its supremum), so this table costs no level; it trades pairs for
//! power. Measured beside a thriftier and a more patient one by `cargo xtask bench gate`.

/// (pairs, the evidence that must be there by then).
pub const TABLE: [(u32, f64); 6] = [(4, 0.3), (8, 0.7), (14, 1.5), (22, 4.0), (34, 12.0), (48, 60.0)];

/// The evidence that must be there after exactly so many pairs; `None` where nothing is asked.
pub fn floor(pairs: u32) -> Option<f64> {
    TABLE.iter().find(|(at, _)| *at == pairs).map(|(_, floor)| *floor)
}

/// The floor that evidence (as its logarithm) misses after exactly so many pairs.
pub fn missed(pairs: u32, log_evidence: f64) -> Option<f64> {
    floor(pairs).filter(|floor| log_evidence < libm::log(*floor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_asks_at_its_six_looks_and_nowhere_else() {
        let looks: Vec<u32> = (1..=100).filter(|pairs| missed(*pairs, -9.0).is_some()).collect();
        assert_eq!(looks, [4, 8, 14, 22, 34, 48]);
    }

    #[test]
    fn exactly_the_floor_is_enough() {
        for (pairs, floor) in TABLE {
            assert_eq!(missed(pairs, libm::log(floor)), None);
            assert_eq!(missed(pairs, libm::log(floor) - 1e-9), Some(floor));
        }
    }
}
