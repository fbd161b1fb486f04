//! Times people type: `30m`, `8h`, `07:00`, `2026-11-20T22:00:00Z`.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kaizen_engine::error::EngineError;

const DAY_MS: i64 = 86_400_000;

/// `90s`, `30m`, `8h`, `2d` in milliseconds.
pub fn span(text: &str) -> Result<i64, EngineError> {
    let refused = || EngineError::usage(format!("'{text}' is not a length of time"), "write a number with a unit: 30m, 8h, 2d");
    let split = text.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(refused)?;
    let number: i64 = text[..split].parse().map_err(|_| refused())?;
    let unit = match &text[split..] {
        "s" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => DAY_MS,
        _ => return Err(refused()),
    };
    number.checked_mul(unit).ok_or_else(refused)
}

/// The next time it is `HH:MM` on the local clock, after `now`, in milliseconds since 1970-01-01 UTC.
pub fn next(text: &str, now: i64) -> Result<i64, EngineError> {
    let today = at_clock(text, now)?;
    Ok(if today > now { today } else { today + DAY_MS })
}

/// A time in the past: a clock time (today's or yesterday's), a length before now, or a full timestamp.
pub fn past(text: &str, now: i64) -> Result<i64, EngineError> {
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Ok(stamp.as_millisecond());
    }
    if text.contains(':') {
        let today = at_clock(text, now)?;
        return Ok(if today <= now { today } else { today - DAY_MS });
    }
    Ok(now - span(text)?)
}

fn at_clock(text: &str, now: i64) -> Result<i64, EngineError> {
    let refused = || EngineError::usage(format!("'{text}' is not a time of day"), "write hours and minutes: 07:00");
    let (hours, minutes) = text.split_once(':').ok_or_else(refused)?;
    let (hours, minutes): (i8, i8) = (hours.parse().map_err(|_| refused())?, minutes.parse().map_err(|_| refused())?);
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    let present = Timestamp::from_millisecond(now).map_err(|_| refused())?.to_zoned(zone);
    let time = jiff::civil::Time::new(hours, minutes, 0, 0).map_err(|_| refused())?;
    let then = present.date().to_datetime(time).to_zoned(present.time_zone().clone()).map_err(|_| refused())?;
    Ok(then.timestamp().as_millisecond())
}

/// RFC 3339 in UTC.
pub fn rfc3339(at: i64) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |stamp| stamp.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_need_a_unit() {
        assert_eq!(span("8h").unwrap(), 8 * 3_600_000);
        assert!(span("8").is_err() && span("h").is_err() && span("8 weeks").is_err());
    }

    #[test]
    fn the_next_time_of_day_is_ahead_and_the_past_one_behind_by_less_than_a_day() {
        let now = 1_790_000_000_000;
        for text in ["00:00", "07:00", "23:59"] {
            assert!((1..=DAY_MS + 7_200_000).contains(&(next(text, now).unwrap() - now)), "{text}");
            assert!((0..=DAY_MS + 7_200_000).contains(&(now - past(text, now).unwrap())), "{text}");
        }
        assert!(next("25:00", now).is_err());
    }
}
