//! Proves the gate by simulation: `simulate PART [--quick] [--nights N] [--trace FILE]`.
//!
//! Prints Markdown for people, and a line beginning with `@` for each number that something is promised about
//! (`@at_most` or `@at_least`, what, value, limit, unit; separated by tabs), or where the reference simulation found something else (`@off`,
//! what). `cargo xtask bench gate` reads all three. Seeds are fixed: the same build prints the same numbers anywhere, on any number of
//! threads. The worlds are simulated here, and so are the procedures others use; every decision of Kaizen's is `kaizen_gate`'s.

mod agree;
mod figure;
mod fixed;
mod gates;
mod guards;
mod latency;
mod looks;
mod night;
mod nights;
mod online;
mod processes;
mod random;
mod reference;
mod seen;
mod stress;
mod tables;
mod unchanged;
mod watch;
mod worlds;

use std::process::ExitCode;

/// What was asked for.
pub struct Wish {
    /// Little of everything: to see that it works, not to quote.
    pub quick: bool,
    /// Nights without effect.
    pub nights: usize,
    /// Logarithms of real times, one after the other; empty without a file.
    pub trace: Vec<f64>,
}

impl Wish {
    /// Fewer of something where only a look is wanted.
    pub fn scaled(&self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }
}

type Part = (&'static str, fn(&Wish));

const PARTS: &[Part] = &[
    ("worlds", tables::print),
    ("night", night::print),
    ("nights", nights::print),
    ("stress", stress::print),
    ("guards", guards::print),
    ("watch", watch::print),
    ("agree", agree::print),
    ("latency", latency::print),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let part = arguments.first().and_then(|name| PARTS.iter().find(|(known, _)| known == name));
    match (part, wish(arguments.get(1..).unwrap_or_default())) {
        (Some((_, print)), Ok(wish)) => {
            print(&wish);
            ExitCode::SUCCESS
        }
        (None, _) => complain("usage: simulate PART [--quick] [--nights N] [--trace FILE]"),
        (_, Err(message)) => complain(&message),
    }
}

fn complain(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::FAILURE
}

fn wish(flags: &[String]) -> Result<Wish, String> {
    let mut wish = Wish { quick: false, nights: 10_000, trace: Vec::new() };
    let mut rest = flags.iter();
    while let Some(flag) = rest.next() {
        match flag.as_str() {
            "--quick" => wish.quick = true,
            "--nights" => wish.nights = rest.next().and_then(|count| count.parse().ok()).ok_or("--nights takes a number")?,
            "--trace" => wish.trace = trace(rest.next().ok_or("--trace takes a file")?)?,
            other => return Err(format!("no flag {other}")),
        }
    }
    Ok(wish)
}

/// Times from a NumPy file of 64-bit floats, as logarithms.
fn trace(path: &str) -> Result<Vec<f64>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let wrong = || format!("{path} is no NumPy file of 64-bit floats");
    let head = bytes.get(8..10).ok_or_else(wrong)?;
    let start = 10 + usize::from(u16::from_le_bytes([head[0], head[1]]));
    let about = bytes.get(10..start).ok_or_else(wrong)?;
    if !bytes.starts_with(b"\x93NUMPY\x01") || !String::from_utf8_lossy(about).contains("'<f8'") {
        return Err(wrong());
    }
    let times: Vec<f64> = bytes[start..].as_chunks().0.iter().map(|chunk| f64::from_le_bytes(*chunk).ln()).collect();
    if times.len() < 2 || times.iter().any(|time| !time.is_finite()) { Err(wrong()) } else { Ok(times) }
}

/// Prints a number that must not be larger than a limit.
pub fn at_most(what: &str, value: f64, limit: f64, unit: &str) {
    println!("@at_most\t{what}\t{value}\t{limit}\t{unit}");
}

/// Prints a number that must not be smaller than a limit.
pub fn at_least(what: &str, value: f64, limit: f64, unit: &str) {
    println!("@at_least\t{what}\t{value}\t{limit}\t{unit}");
}

/// The middle of values.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The share that holds, in percent, with Wilson's 95 % interval.
pub fn wilson(hits: usize, of: usize) -> (f64, f64, f64) {
    let (share, count, z) = (hits as f64 / of as f64, of as f64, 1.96);
    let middle = (share + z * z / (2.0 * count)) / (1.0 + z * z / count);
    let half = z / (1.0 + z * z / count) * (share * (1.0 - share) / count + z * z / (4.0 * count * count)).sqrt();
    (100.0 * share, 100.0 * (middle - half).max(0.0), 100.0 * (middle + half))
}
