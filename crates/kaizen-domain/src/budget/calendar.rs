//! Calendar days and months in UTC, without a clock and without time zones.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const DAY_MS: i64 = 86_400_000;

/// A calendar day in UTC. It exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: i32,
    month: u8,
    day: u8,
}

/// A calendar month in UTC; written `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    year: i32,
    month: u8,
}

/// A text that names no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no month: write it as 2026-11")]
pub struct NotAMonth(String);

impl Day {
    /// The day with this date, where there is one; years 1 to 9999.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let month = Month::new(year, month)?;
        (1..=month.days()).contains(&day).then_some(Self { year, month: month.month, day })
    }

    /// The day that a time in milliseconds since 1970-01-01 UTC falls on; times outside the years 1 to 9999 fall on their edge.
    ///
    /// Formula: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    pub fn of(ms: i64) -> Self {
        let days = ms.div_euclid(DAY_MS).clamp(-719_162, 2_932_896) + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year: year as i32, month: month as u8, day: day as u8 }
    }

    /// Its beginning, in milliseconds since 1970-01-01 UTC (`days_from_civil` of the same source).
    pub fn begins(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let shifted = i64::from(if self.month > 2 { self.month - 3 } else { self.month + 9 });
        let day_of_year = (153 * shifted + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        (era * 146_097 + day_of_era - 719_468) * DAY_MS
    }

    /// Its place in the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }

    /// The month it lies in.
    pub fn month(self) -> Month {
        Month { year: self.year, month: self.month }
    }

    /// How many days the month has left, this one included; at least 1.
    pub fn days_left(self) -> u8 {
        self.month().days() - self.day + 1
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Month {
    /// The month with this number, where there is one; years 1 to 9999.
    pub fn new(year: i32, month: u8) -> Option<Self> {
        ((1..=9999).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// Its first day.
    pub fn first(self) -> Day {
        Day { year: self.year, month: self.month, day: 1 }
    }

    /// The month after it; the last one there is follows itself.
    pub fn next(self) -> Self {
        match self.month {
            12 => Self::new(self.year + 1, 1).unwrap_or(self),
            month => Self { year: self.year, month: month + 1 },
        }
    }

    /// How many days it has.
    pub fn days(self) -> u8 {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = NotAMonth;
    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        let parts = text.split_once('-').filter(|(year, month)| digits(year, 4) && digits(month, 2));
        let numbers = parts.and_then(|(year, month)| year.parse().ok().zip(month.parse().ok()));
        numbers.and_then(|(year, month)| Self::new(year, month)).ok_or_else(|| NotAMonth(text.chars().take(20).collect()))
    }
}

impl TryFrom<String> for Month {
    type Error = NotAMonth;
    fn try_from(text: String) -> Result<Self, NotAMonth> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_ten_thousand_years_is_the_one_after_the_day_before_it() {
        let mut expected = Day::new(1, 1, 1).unwrap();
        let mut ms = expected.begins();
        while expected.year < 9999 {
            assert_eq!((Day::of(ms), Day::of(ms + DAY_MS - 1), expected.begins()), (expected, expected, ms));
            ms += DAY_MS;
            expected = match expected.days_left() {
                1 => expected.month().next().first(),
                _ => Day { day: expected.day + 1, ..expected },
            };
        }
    }

    #[test]
    fn known_dates_are_where_everybody_has_them() {
        assert_eq!(Day::of(0).to_string(), "1970-01-01");
        assert_eq!(Day::of(1_000_000_000_000).to_string(), "2001-09-09");
        assert_eq!(Day::of(-1).to_string(), "1969-12-31");
        assert_eq!(Day::new(2028, 2, 29).unwrap().days_left(), 1);
        assert_eq!(Day::new(2026, 2, 29), None);
        assert_eq!(Day::of(i64::MAX).to_string(), "9999-12-31");
        assert_eq!(Day::of(i64::MIN).to_string(), "0001-01-01");
    }

    #[test]
    fn a_month_is_written_and_read_in_one_way() {
        assert_eq!("2026-11".parse::<Month>().unwrap().next().to_string(), "2026-12");
        assert_eq!("2026-12".parse::<Month>().unwrap().next().to_string(), "2027-01");
        for wrong in ["2026-13", "2026-00", "2026-1", "26-11", "2026/11", "+026-11", "", "2026-111"] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong:?}");
        }
    }
}
