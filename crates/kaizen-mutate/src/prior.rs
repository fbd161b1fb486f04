//! How much an operator is trusted, learned from results: a Beta distribution and draws from it.
//!
//! Which results count together (per language, per kind of failure) is the caller's business. A draw depends on its
//! seed alone.

/// Successes and failures seen, as the two parameters of a Beta distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// Successes, more than 0.
    pub a: f64,
    /// Failures, more than 0.
    pub b: f64,
}

/// A trust drawn from the distribution, in 0..=1: Thompson sampling without a random source. Parameters that are no
/// positive numbers give 0.5.
pub fn draw(prior: Prior, seed: u64) -> f64 {
    let usable = |value: f64| value.is_finite() && value > 0.0;
    if !usable(prior.a) || !usable(prior.b) {
        return 0.5;
    }
    let mut source = Source(seed);
    let (x, y) = (gamma(prior.a, &mut source), gamma(prior.b, &mut source));
    if x + y > 0.0 { x / (x + y) } else { prior.a / (prior.a + prior.b) }
}

/// SplitMix64: one step per number, any seed is good.
struct Source(u64);

impl Source {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// In the open interval 0..1.
    fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Standard normal, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// A Gamma(shape, 1) number by the method of Marsaglia and Tsang (2000); small shapes by their boost.
fn gamma(shape: f64, source: &mut Source) -> f64 {
    if shape < 1.0 {
        return gamma(shape + 1.0, source) * source.uniform().powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = source.normal();
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && source.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_of_a_prior_have_its_mean_and_spread() {
        for (a, b) in [(0.3, 0.7), (2.0, 5.0), (40.0, 10.0)] {
            let draws: Vec<f64> = (0..20_000).map(|seed| draw(Prior { a, b }, seed)).collect();
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            let spread = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / draws.len() as f64;
            let variance = a * b / ((a + b).powi(2) * (a + b + 1.0));
            assert!((mean - a / (a + b)).abs() < 0.01 && (spread - variance).abs() < 0.1 * variance + 0.001, "{a} {b}: {mean} {spread}");
            assert!(draws.iter().all(|draw| (0.0..=1.0).contains(draw)));
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_and_what_is_no_distribution_says_nothing() {
        let prior = Prior { a: 2.0, b: 2.0 };
        assert_eq!(draw(prior, 7), draw(prior, 7));
        assert_eq!(draw(Prior { a: f64::NAN, b: 0.0 }, 1), 0.5);
    }
}
