//! One figure of ours beside the reference's, and by how many standard errors of both they differ.

/// Fewer values than these have no standard error.
const FEW: usize = 10;

/// The digits the reference was written down with.
const WRITTEN: f64 = 1e-5;

/// A figure, the reference's, and the standard error of their difference.
#[derive(Clone, Copy)]
pub struct Figure {
    pub ours: f64,
    pub theirs: f64,
    error: f64,
    tell: fn(f64) -> String,
}

impl Figure {
    /// A share in percent: hits out of so many trials, and the reference's percent out of so many; the error is that of the pooled share.
    pub fn share(hits: usize, of: usize, theirs: f64, trials: f64) -> Self {
        let (count, ours) = (of as f64, 100.0 * hits as f64 / of as f64);
        let pooled = ((hits as f64 + theirs / 100.0 * trials) / (count + trials)).clamp(0.0, 1.0);
        let error = 100.0 * (pooled * (1.0 - pooled) * (1.0 / count + 1.0 / trials)).sqrt();
        Self { ours, theirs, error, tell: percent }
    }

    /// A mean; both simulations' values are taken to spread like ours, of which a few say nothing about that.
    pub fn mean(values: &[f64], theirs: f64, trials: f64) -> Self {
        let (ours, variance) = spread(values);
        if values.len() < FEW {
            return Self { ours, theirs, error: f64::INFINITY, tell: tenths };
        }
        Self { ours, theirs, error: (variance * (1.0 / values.len() as f64 + 1.0 / trials)).sqrt(), tell: tenths }
    }

    /// A mean of counts, which spread at least like those of a Poisson process: rare ones may not have been seen at all.
    pub fn count(values: &[f64], theirs: f64, trials: f64) -> Self {
        let (ours, variance) = spread(values);
        let (count, seen) = (values.len() as f64, values.iter().sum::<f64>());
        let poisson = (seen + theirs * trials) / (count + trials);
        Self { ours, theirs, error: (variance.max(poisson) * (1.0 / count + 1.0 / trials)).sqrt(), tell: rare }
    }

    /// A median: how far the reference's is from the middle of our values.
    pub fn median(values: &[f64], theirs: f64, trials: f64) -> Self {
        let count = values.len() as f64;
        let share = |of: &dyn Fn(f64) -> bool| values.iter().filter(|value| of(**value)).count() as f64 / count;
        let (below, upto) = (share(&|value| value < theirs), share(&|value| value <= theirs));
        let beside = if below > 0.5 { below - 0.5 } else { (upto - 0.5).min(0.0) };
        let errors = beside / (0.25 * (1.0 / count + 1.0 / trials)).sqrt();
        let ours = crate::median(values.to_vec());
        let error = if errors == 0.0 { f64::INFINITY } else { ((ours - theirs) / errors).abs() };
        Self { ours, theirs, error, tell: whole }
    }

    /// What has no sampling error: equal to the digits the reference was written down with.
    pub fn formula(ours: f64, theirs: f64) -> Self {
        Self { ours, theirs, error: WRITTEN * theirs.abs(), tell: whole }
    }

    /// Given the standard error.
    pub fn with_error(ours: f64, theirs: f64, error: f64) -> Self {
        Self { ours, theirs, error, tell: tenths }
    }

    /// Told in this way.
    pub fn told_as(self, tell: fn(f64) -> String) -> Self {
        Self { tell, ..self }
    }

    /// The difference in standard errors: none where there is no telling, no number where there is nothing of ours.
    pub fn off(&self) -> f64 {
        let difference = self.ours - self.theirs;
        if difference.abs() <= WRITTEN * self.theirs.abs() || self.error == f64::INFINITY { 0.0 } else { difference / self.error }
    }

    /// The standard error of the difference.
    pub fn error(&self) -> f64 {
        self.error
    }

    pub fn told(&self) -> String {
        (self.tell)(self.ours)
    }

    pub fn told_theirs(&self) -> String {
        (self.tell)(self.theirs)
    }
}

/// Mean and variance.
pub fn spread(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count - 1.0))
}

pub fn percent(percent: f64) -> String {
    if percent > 0.0 && percent < 1.0 { format!("{percent:.2}") } else { format!("{percent:.1}") }
}

pub fn whole(value: f64) -> String {
    format!("{value:.0}")
}

pub fn tenths(value: f64) -> String {
    format!("{value:.1}")
}

/// A count of which there may be few.
pub fn rare(count: f64) -> String {
    if count < 10.0 { format!("{count:.2}") } else { format!("{count:.1}") }
}

/// A change, from 100 times its logarithm.
pub fn change(log: f64) -> String {
    let factor = (log / 100.0).exp();
    if factor < 50.0 { format!("{:+.0} %", 100.0 * (factor - 1.0)) } else { format!("x {factor:.1e}") }
}
