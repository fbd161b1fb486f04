//! Durations and sizes as people write them: `"60s"`, `"2GiB"`. A number without a unit is refused, because
//! nobody can see what it means.

use super::problem::{Wrong, text_schema, text_type};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// A length of time, written as a number with a unit: `ms`, `s`, `m`, `h` or `d`. Exact to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timespan(pub Duration);

/// An amount of memory or disk in bytes, written with a unit: `B`, `KiB`, `MiB`, `GiB`, `TiB` (powers of 1024)
/// or `KB`, `MB`, `GB`, `TB` (powers of 1000). More than zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ByteSize(pub u64);

/// A share written in percent: `"5%"`. Zero or more; 100% is 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Percent(f64);

impl Percent {
    /// The share: 0.05 for 5%.
    pub fn share(self) -> f64 {
        self.0
    }
}

impl TryFrom<String> for Percent {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let number = text.trim().strip_suffix('%').and_then(|number| number.trim_end().parse::<f64>().ok());
        match number {
            Some(percent) if (0.0..=1000.0).contains(&percent) => Ok(Self(percent / 100.0)),
            Some(_) => Err(Wrong::new(format!("{text:?} is out of range"), "write 0% to 1000%")),
            None => Err(Wrong::new(format!("{text:?} is not a percentage"), r#"write a number with a percent sign: "5%""#)),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded, so that 0.07 is written as the 7% it was read from.
        write!(f, "{}%", (self.0 * 1e8).round() / 1e6)
    }
}

impl From<Percent> for String {
    fn from(share: Percent) -> Self {
        share.to_string()
    }
}

text_schema!(Percent, "kaizen-percent", "5%");

/// Processors by number, as `taskset` writes them: `"0"`, `"2-3"`, `"0,2"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Processors(String);

text_type!(Processors);
text_schema!(Processors, "kaizen-processors", "2-3");

impl TryFrom<String> for Processors {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let number = |part: &str| part.parse::<u16>().ok();
        let fits = |part: &str| match part.split_once('-') {
            Some((first, last)) => number(first).zip(number(last)).is_some_and(|(first, last)| first <= last),
            None => number(part).is_some(),
        };
        if text.split(',').all(fits) {
            return Ok(Self(text));
        }
        Err(Wrong::new(format!("{text:?} names no processors"), r#"write their numbers from 0: "0", "2-3", "0,2""#))
    }
}

const TIME_UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const SIZE_UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
    ("B", 1),
];
const TIME_HINT: &str = r#"write a number with a unit: "60s", "5m", "500ms""#;
const SIZE_HINT: &str = r#"write a number with a unit: "2GiB", "512MiB", "64KiB""#;

/// The number before the unit times the unit, in whole steps of the smallest unit; `None` for anything else.
fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = (&text[..digits], text[digits..].trim_start());
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(*factor);
    }
    let product = number.parse::<f64>().ok()? * *factor as f64;
    (product.is_finite() && product < 9.0e15).then_some(product.round() as u64)
}

/// Written with the largest unit that divides it.
fn written(value: u64, units: &[(&str, u64)], smallest: &str) -> String {
    match units.iter().find(|(_, factor)| value >= *factor && value.is_multiple_of(*factor)) {
        Some((unit, factor)) => format!("{}{unit}", value / factor),
        None => format!("{value}{smallest}"),
    }
}

impl Timespan {
    /// Reads a limit, which unlike a pause must be more than zero.
    pub fn limit(text: &str) -> Result<Self, Wrong> {
        match Self::try_from(text.to_owned())? {
            Self(Duration::ZERO) => Err(Wrong::new(format!("{text:?} leaves no time at all"), TIME_HINT)),
            span => Ok(span),
        }
    }
}

impl TryFrom<String> for Timespan {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let millis = scaled(text.trim(), &TIME_UNITS).ok_or_else(|| Wrong::new(format!("{text:?} is not a duration"), TIME_HINT))?;
        Ok(Self(Duration::from_millis(millis)))
    }
}

impl TryFrom<String> for ByteSize {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        match scaled(text.trim(), &SIZE_UNITS) {
            Some(bytes) if bytes > 0 => Ok(Self(bytes)),
            _ => Err(Wrong::new(format!("{text:?} is not a size"), SIZE_HINT)),
        }
    }
}

impl fmt::Display for Timespan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        f.write_str(&written(millis, &TIME_UNITS, "s"))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self.0, &SIZE_UNITS, "B"))
    }
}

impl From<Timespan> for String {
    fn from(span: Timespan) -> Self {
        span.to_string()
    }
}

impl From<ByteSize> for String {
    fn from(size: ByteSize) -> Self {
        size.to_string()
    }
}

text_schema!(Timespan, "kaizen-duration", "60s");
text_schema!(ByteSize, "kaizen-size", "2GiB");

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> Option<u128> {
        Timespan::try_from(text.to_owned()).ok().map(|span| span.0.as_millis())
    }

    #[test]
    fn durations_need_a_number_and_a_known_unit() {
        assert_eq!(millis("60s"), Some(60_000));
        assert_eq!(millis("500ms"), Some(500));
        assert_eq!(millis("1.5h"), Some(5_400_000));
        assert_eq!(millis("2 d"), Some(172_800_000));
        assert_eq!(millis("0s"), Some(0));
        for bad in ["", "60", "s", "-5s", "5 minutes", "1.2.3s", "99999999999999999999d", "1e3s", "infs", "5s5"] {
            assert_eq!(millis(bad), None, "{bad:?} was accepted");
        }
    }

    #[test]
    fn sizes_tell_powers_of_1024_from_powers_of_1000() {
        assert_eq!(ByteSize::try_from("2GiB".to_owned()).unwrap().0, 2 << 30);
        assert_eq!(ByteSize::try_from("2GB".to_owned()).unwrap().0, 2_000_000_000);
        for bad in ["2", "2G", "0MiB", "lots", "2gib", "-1MiB"] {
            assert!(ByteSize::try_from(bad.to_owned()).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn what_is_printed_reads_back_as_the_same_amount() {
        for text in ["60s", "90s", "500ms", "24h", "1500ms", "3d", "0s"] {
            let span = Timespan::try_from(text.to_owned()).unwrap();
            assert_eq!(Timespan::try_from(span.to_string()).unwrap(), span);
        }
        for text in ["2GiB", "1.5GiB", "1000B", "3KB"] {
            let size = ByteSize::try_from(text.to_owned()).unwrap();
            assert_eq!(ByteSize::try_from(size.to_string()).unwrap(), size);
        }
    }

    #[test]
    fn a_percentage_needs_its_sign_and_reads_back_as_it_was_written() {
        for text in ["5%", "0%", "7%", "0.5%", "150%"] {
            assert_eq!(Percent::try_from(text.to_owned()).unwrap().to_string(), text);
        }
        assert_eq!(Percent::try_from("2 %".to_owned()).unwrap().share(), 0.02);
        for bad in ["5", "", "%", "-1%", "1001%", "NaN%", "five%"] {
            assert!(Percent::try_from(bad.to_owned()).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn processors_are_numbers_and_ranges() {
        for good in ["0", "2-3", "0,2", "0-1,4"] {
            assert_eq!(Processors::try_from(good.to_owned()).unwrap().as_str(), good);
        }
        for bad in ["", "a", "3-2", "0,", "-1", "0 1"] {
            assert!(Processors::try_from(bad.to_owned()).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        assert!(Timespan::limit("0s").is_err());
        assert_eq!(Timespan::limit("5m").unwrap().to_string(), "5m");
    }
}
