//! Evidence as e-values: what a sequence of paired differences says against "not better", valid at every stopping time.
//!
//! E_n = 1/3 sum over lambda in {0.25, 0.7, 2} of prod_i (1 + tanh(lambda d_i / s)). Given the sizes |d_i|, the fair coin that ordered
//! each pair makes the signs symmetric where the effect is not positive, so E_n is a non-negative supermartingale that
//! starts at 1 and P(sup_n E_n >= 1/a) <= a (Ville 1939; the construction is a symmetry test martingale, Ramdas, Ruf, Larsson &
//! Koolen 2020, with tanh as its odd bounded function). No assumption on drift, tails or modes; a wrong scale s costs power only.
//! In logarithms, ln(1 + tanh z) = ln 2 - softplus(-2z) = ln 2 - max(-2z, 0) - ln(1 + e^(-2|z|)): the first terms are summed, the factors of the last
//! multiplied, and one logarithm is taken when the evidence is asked for. Transcendental functions come from `libm`, so that the
//! result is equal to the bit on every platform.

/// The bets of the mixture: small ones for long trials with small effects, large ones for short trials.
pub const LAMBDAS: [f64; 3] = [0.25, 0.7, 2.0];

/// The natural logarithm of 3, the number of bets.
const LN_3: f64 = 1.098_612_288_668_109_8;

/// The largest logarithm that is turned into a number; beyond it evidence is told as this much.
const LARGEST_LOG: f64 = 700.0;

/// A product of positive factors that neither overflows nor underflows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Product {
    /// The logarithm of what was taken out.
    log: f64,
    rest: f64,
}

impl Product {
    pub(crate) const ONE: Self = Self { log: 0.0, rest: 1.0 };

    pub(crate) fn times(&mut self, factor: f64) {
        self.rest *= factor;
        if self.rest > 1e150 || self.rest < 1e-150 {
            self.log += libm::log(self.rest);
            self.rest = 1.0;
        }
    }

    /// The natural logarithm.
    pub(crate) fn ln(self) -> f64 {
        self.log + libm::log(self.rest)
    }
}

/// The running evidence of one sequence of differences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The sum of ln 2 - max(-2z, 0), for each bet.
    sums: [f64; 3],
    /// The product of 1 + e^(-2|z|), for each bet.
    products: [Product; 3],
    pairs: u32,
}

impl Default for Evidence {
    fn default() -> Self {
        Self::new()
    }
}

impl Evidence {
    /// No pairs, evidence 1.
    pub const fn new() -> Self {
        Self { sums: [0.0; 3], products: [Product::ONE; 3], pairs: 0 }
    }

    /// The evidence of a whole sequence.
    pub fn of(differences: impl IntoIterator<Item = f64>, scale: f64) -> Self {
        let mut evidence = Self::new();
        differences.into_iter().for_each(|difference| evidence.push(difference, scale));
        evidence
    }

    /// The evidence of a sequence, and that of the same differences with their signs turned.
    pub(crate) fn both_ways(differences: impl IntoIterator<Item = f64>, scale: f64) -> (Self, Self) {
        let (mut forward, mut turned) = (Self::new(), [0.0; 3]);
        for difference in differences {
            forward.push(difference, scale);
            let z = difference / scale;
            for (sum, lambda) in turned.iter_mut().zip(LAMBDAS) {
                *sum += linear_part(-lambda * z);
            }
        }
        (forward, Self { sums: turned, ..forward })
    }

    /// Takes one pair's difference, positive where the candidate was better, on the scale of the noise (> 0, same unit).
    ///
    /// What is not a number ends the evidence at 0 for good: it is never skipped and never passes.
    pub fn push(&mut self, difference: f64, scale: f64) {
        let z = difference / scale;
        for ((sum, product), lambda) in self.sums.iter_mut().zip(&mut self.products).zip(LAMBDAS) {
            *sum += linear_part(lambda * z);
            if !z.is_nan() {
                product.times(1.0 + libm::exp(-2.0 * libm::fabs(lambda * z)));
            }
        }
        self.pairs += 1;
    }

    /// How many pairs were taken.
    pub fn pairs(&self) -> u32 {
        self.pairs
    }

    /// ln of the product of each bet.
    fn logs(&self) -> [f64; 3] {
        [0, 1, 2].map(|bet| self.sums[bet] - self.products[bet].ln())
    }

    /// ln E.
    pub fn log(&self) -> f64 {
        log_sum(&self.logs()) - LN_3
    }

    /// E, at most e^700.
    pub fn value(&self) -> f64 {
        from_log(self.log())
    }

    /// Whether ln E has reached `log`. The same answer as comparing [`Evidence::log`], mostly without computing it: no bet is above its sum.
    pub fn reaches(&self, log: f64) -> bool {
        self.sums.iter().any(|sum| *sum >= log) && self.log() >= log
    }

    /// The growth of ln E per pair of the bet that did best; 0 before the first pair.
    pub fn growth(&self) -> f64 {
        let best = self.logs().into_iter().fold(f64::NEG_INFINITY, f64::max);
        if self.pairs == 0 { 0.0 } else { best / f64::from(self.pairs) }
    }

    /// About how many pairs more bring ln E to `log` if they go on like those so far; `None` where they do not point there.
    pub fn pairs_until(&self, log: f64) -> Option<u32> {
        let missing = log - self.log();
        if missing <= 0.0 {
            return Some(0);
        }
        let further = libm::ceil(missing / self.growth());
        (self.growth() > 0.0 && further < f64::from(u32::MAX)).then_some(further as u32)
    }
}

/// ln E after each pair.
pub fn path(differences: &[f64], scale: f64) -> Vec<f64> {
    let mut evidence = Evidence::new();
    let after = |difference: &f64| {
        evidence.push(*difference, scale);
        evidence.log()
    };
    differences.iter().map(after).collect()
}

/// E from ln E, at most e^700, so that it can be stored and multiplied.
pub fn from_log(log: f64) -> f64 {
    libm::exp(log.min(LARGEST_LOG))
}

/// ln 2 - max(-2z, 0); minus infinity for what is no number.
fn linear_part(z: f64) -> f64 {
    if z.is_nan() { f64::NEG_INFINITY } else { std::f64::consts::LN_2 - (-2.0 * z).max(0.0) }
}

/// ln of the sum of e^x; minus infinity where every x is.
pub(crate) fn log_sum(logs: &[f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + libm::log(logs.iter().map(|log| libm::exp(log - largest)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_no_number_ends_the_evidence_for_good() {
        let mut evidence = Evidence::of([1.0; 30], 0.1);
        evidence.push(f64::NAN, 0.1);
        assert_eq!(evidence.value(), 0.0);
        evidence.push(1.0, 0.1);
        assert_eq!((evidence.value(), evidence.reaches(0.0)), (0.0, false));
    }

    #[test]
    fn the_short_way_to_compare_agrees_with_the_long_one() {
        let mut evidence = Evidence::new();
        for step in 0..200 {
            evidence.push(f64::from(step % 7) * 0.013 - 0.03, 0.05);
            for bar in [-2.0, -0.4, 0.0, 0.7, 3.0] {
                assert_eq!(evidence.reaches(bar), evidence.log() >= bar);
            }
        }
    }

    #[test]
    fn turned_round_the_evidence_is_that_of_the_turned_differences() {
        let differences = [0.03, -0.2, 0.0, 5.0, 0.011, -0.07];
        let (forward, turned) = Evidence::both_ways(differences, 0.05);
        assert_eq!(forward, Evidence::of(differences, 0.05));
        assert_eq!(turned, Evidence::of(differences.map(|difference| -difference), 0.05));
    }

    #[test]
    fn a_pair_can_at_most_double_the_evidence() {
        let evidence = Evidence::of([f64::INFINITY, 1e300, 9.0], 0.01);
        assert!((evidence.value() - 8.0).abs() < 1e-12);
    }
}
