//! Times people type: `30m`, `8h`, `07:00`, `2026-11-20T22:00:00Z`.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
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
    let present = local(now)?;
    let today = at_clock(text, &present, 0)?;
    if today > now { Ok(today) } else { at_clock(text, &present, 1) }
}

/// A time in the past: a clock time (today's or yesterday's), a length before now, or a full timestamp.
pub fn past(text: &str, now: i64) -> Result<i64, EngineError> {
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Ok(stamp.as_millisecond());
    }
    if text.contains(':') {
        let present = local(now)?;
        let today = at_clock(text, &present, 0)?;
        return if today <= now { Ok(today) } else { at_clock(text, &present, -1) };
    }
    Ok(now - span(text)?)
}

/// The moment in the zone of this machine: UTC where it has none, and an error where the one that `TZ` names is not known.
fn local(now: i64) -> Result<Zoned, EngineError> {
    let named = std::env::var_os("TZ").is_some_and(|zone| !zone.is_empty());
    let unknown = |error: jiff::Error| {
        EngineError::usage(format!("the time zone that TZ names is not known: {error}"), "unset TZ, or install tzdata")
    };
    let zone = match TimeZone::try_system() {
        Err(error) if named => return Err(unknown(error)),
        found => found.unwrap_or(TimeZone::UTC),
    };
    let outside = |_| EngineError::usage(format!("{now} ms is no time of a calendar"), "set the clock");
    Ok(Timestamp::from_millisecond(now).map_err(outside)?.to_zoned(zone))
}

/// `HH:MM` of the day of `present`, or of one `days` later. A day need not have twenty-four hours.
fn at_clock(text: &str, present: &Zoned, days: i64) -> Result<i64, EngineError> {
    let refused = || EngineError::usage(format!("'{text}' is not a time of day"), "write hours and minutes: 07:00");
    let (hours, minutes) = text.split_once(':').ok_or_else(refused)?;
    let (hours, minutes): (i8, i8) = (hours.parse().map_err(|_| refused())?, minutes.parse().map_err(|_| refused())?);
    let time = jiff::civil::Time::new(hours, minutes, 0, 0).map_err(|_| refused())?;
    let date = present.date().checked_add(days.days()).map_err(|_| refused())?;
    let then = date.to_datetime(time).to_zoned(present.time_zone().clone()).map_err(|_| refused())?;
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

    #[test]
    fn a_day_on_which_clocks_change_has_another_length() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let evening: Zoned = "2026-10-24T20:00:00+00:00".parse::<Timestamp>().unwrap().to_zoned(zone);
        let hours = (at_clock("07:00", &evening, 1).unwrap() - evening.timestamp().as_millisecond()) / 3_600_000;
        assert_eq!(hours, 10, "from 22:00 to 07:00, and one hour twice");
    }
}
