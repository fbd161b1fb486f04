//! Reproducible random numbers: xoshiro256++ (Blackman & Vigna 2018), seeded per stream by splitmix64.
//!
//! Each trial has a stream of its own, so that results do not depend on how many threads share the work.

/// One stream.
pub struct Random {
    state: [u64; 4],
    spare: Option<f64>,
}

impl Random {
    /// The stream `stream` of the experiment `seed`.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut mixed = seed.wrapping_mul(0xd134_2543_de82_ef95) ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { state: [(); 4].map(|()| splitmix(&mut mixed)), spare: None }
    }

    fn next(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in (0, 1).
    pub fn uniform(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// True with this chance.
    pub fn chance(&mut self, chance: f64) -> bool {
        self.uniform() < chance
    }

    /// Standard normal (Box & Muller 1958).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sine, cosine) = (std::f64::consts::TAU * self.uniform()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }

    /// Student's t with four degrees of freedom: the squared norm below is twice the sum of two exponentials.
    pub fn t4(&mut self) -> f64 {
        let squares = -2.0 * (self.uniform() * self.uniform()).ln();
        self.normal() / (squares / 4.0).sqrt()
    }

    /// Exponential with this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * self.uniform().ln()
    }

    /// Beta(a, b) for whole numbers: the a-th smallest of a + b - 1 uniform numbers.
    pub fn beta(&mut self, a: usize, b: usize) -> f64 {
        let mut drawn: Vec<f64> = (0..a + b - 1).map(|_| self.uniform()).collect();
        drawn.sort_unstable_by(f64::total_cmp);
        drawn[a - 1]
    }

    /// One of the indices of these shares, which add up to 1.
    pub fn pick(&mut self, shares: &[f64]) -> usize {
        let mut left = self.uniform();
        let within = |share: &f64| {
            left -= share;
            left < 0.0
        };
        shares.iter().position(within).unwrap_or(shares.len() - 1)
    }

    /// Below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        ((self.uniform() * limit as f64) as usize).min(limit - 1)
    }
}

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What `work` gives for each of these numbers, in order, on both cores.
pub fn spread<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    const THREADS: usize = 2;
    let share = count.div_ceil(THREADS).max(1);
    let starts: Vec<usize> = (0..count).step_by(share).collect();
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> =
            starts.iter().map(|start| scope.spawn(move || (*start..(start + share).min(count)).map(work).collect::<Vec<T>>())).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause))).collect()
    })
}
