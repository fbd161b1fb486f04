//! The lines this program says.

use std::error::Error;
use std::time::{Duration, Instant};

/// Does it and says how long it took.
pub(crate) fn timed<T, E: Into<Box<dyn Error>>>(name: &str, work: impl FnOnce() -> Result<T, E>) -> Result<T, Box<dyn Error>> {
    let begun = Instant::now();
    let done = work().map_err(Into::into)?;
    sample(name, begun.elapsed());
    Ok(done)
}

/// One time.
pub(crate) fn sample(name: &str, time: Duration) {
    println!("sample\t{name}\t{}", time.as_secs_f64() * 1000.0);
}

/// What this machine does not have.
pub(crate) fn missing(name: &str, why: &str) {
    println!("missing\t{name}\t{}", line(why));
}

/// What a jail should have taken with it.
pub(crate) fn left(what: &str) {
    println!("left\t{}", line(what));
}

/// Whatever was said, on one line.
pub(crate) fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
