//! Times of the service: RFC 3339 with 0 to 9 fraction digits.
//!
//! The service omits trailing zeros of the fraction, so times cannot be compared as text, and they are more precise than
//! milliseconds, so they cannot be compared as JavaScript dates either. Here they are seconds and nanoseconds.

use std::fmt;

/// A time in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp {
    seconds: i64,
    nanos: u32,
}

const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// A buffer for [`Timestamp::digits_in`]: a sign, 19 digits and nine.
#[derive(Debug, Default)]
pub struct Digits([u8; 29]);

impl Timestamp {
    /// The time `seconds` after 1970 and `nanos` nanoseconds (below 10⁹; more is carried over).
    pub fn new(seconds: i64, nanos: u32) -> Self {
        Self { seconds: seconds.saturating_add(i64::from(nanos / NANOS_PER_SECOND)), nanos: nanos % NANOS_PER_SECOND }
    }

    /// The time `millis` milliseconds after 1970, as `Date.now()` counts.
    pub fn from_millis(millis: i64) -> Self {
        let nanos = u32::try_from(millis.rem_euclid(1000)).unwrap_or(0) * 1_000_000;
        Self { seconds: millis.div_euclid(1000), nanos }
    }

    /// The time `nanos` nanoseconds after 1970, or `None` beyond the range of years.
    pub fn from_nanos(nanos: i128) -> Option<Self> {
        let second = i128::from(NANOS_PER_SECOND);
        let seconds = i64::try_from(nanos.div_euclid(second)).ok()?;
        Some(Self { seconds, nanos: u32::try_from(nanos.rem_euclid(second)).ok()? })
    }

    /// Nanoseconds since 1970.
    pub fn as_nanos(self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos)
    }

    /// [`Timestamp::as_nanos`] as text, without the cost of 128-bit arithmetic in wasm: seconds, then nine digits.
    pub fn digits(self) -> String {
        self.digits_in(&mut Digits::default()).to_owned()
    }

    /// [`Timestamp::digits`] without an allocation and without formatting macros, which take ten times as long in wasm. It writes
    /// nine digits at a time with 32-bit arithmetic, since every activity of a list needs this.
    pub fn digits_in(self, room: &mut Digits) -> &str {
        let second = u64::from(NANOS_PER_SECOND);
        let Digits(bytes) = room;
        let mut at = bytes.len();
        let mut write = |byte: u8| {
            at = at.saturating_sub(1);
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        };
        let mut part = self.nanos;
        let mut left = self.seconds.unsigned_abs();
        loop {
            for _ in 0..9 {
                write(b'0' + (part % 10) as u8);
                part /= 10;
            }
            part = (left % second) as u32;
            if left < second {
                break;
            }
            left /= second;
        }
        loop {
            write(b'0' + (part % 10) as u8);
            part /= 10;
            if part == 0 {
                break;
            }
        }
        if self.seconds < 0 {
            write(b'-');
        }
        bytes.get(at..).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default()
    }

    /// Reads what [`Timestamp::digits`] wrote.
    pub fn from_digits(text: &str) -> Option<Self> {
        let (seconds, nanos) = text.split_at_checked(text.len().checked_sub(9)?)?;
        let nanos: u32 = nanos.parse().ok()?;
        Some(Self { seconds: if seconds.is_empty() { 0 } else { seconds.parse().ok()? }, nanos })
    }

    /// Seconds since 1970, rounded down.
    pub fn whole_seconds(self) -> i64 {
        self.seconds
    }

    /// Milliseconds since 1970, rounded down.
    pub fn as_millis(self) -> i64 {
        self.seconds.saturating_mul(1000).saturating_add(i64::from(self.nanos / 1_000_000))
    }

    /// The time `millis` milliseconds later (earlier if negative).
    pub fn plus_millis(self, millis: i64) -> Self {
        let moved = Self::from_millis(millis);
        Self::new(self.seconds.saturating_add(moved.seconds), self.nanos + moved.nanos)
    }

    /// Whether the time is more precise than milliseconds.
    pub fn is_finer_than_millis(self) -> bool {
        self.nanos % 1_000_000 != 0
    }

    /// The last nanosecond before this time, with which the service's exclusive filter `create_time > …` includes this time.
    pub fn just_before(self) -> Self {
        match self.nanos.checked_sub(1) {
            Some(nanos) => Self { seconds: self.seconds, nanos },
            None => Self { seconds: self.seconds.saturating_sub(1), nanos: NANOS_PER_SECOND - 1 },
        }
    }

    /// The first nanosecond after this time.
    pub fn just_after(self) -> Self {
        Self::new(self.seconds, self.nanos + 1)
    }

    /// Reads RFC 3339 (`2025-10-03T05:43:42.801654Z`, any number of fraction digits, `Z` or an offset).
    ///
    /// ```
    /// use jules_wasm::core::time::Timestamp;
    /// let a = Timestamp::parse("2025-10-03T05:47:50Z").unwrap();
    /// let b = Timestamp::parse("2025-10-03T05:47:50.500Z").unwrap();
    /// assert!(a < b, "although 'Z' sorts after '.' as text");
    /// assert_eq!(Timestamp::parse("yesterday"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.as_bytes().split_first_chunk()?;
        let [y, e, a, r, b'-', m, o, b'-', d, day, b'T' | b't' | b' ', h, hour, b':', n, minute, b':', s, second] =
            *date
        else {
            return None;
        };
        let mut rest = Reader(rest);
        let (year, month, day) = (number([y, e, a, r])?, number([m, o])?, number([d, day])?);
        let (hour, minute, second) = (number([h, hour])?, number([n, minute])?, number([s, second])?);
        let nanos = if rest.byte(b".").is_some() { rest.fraction()? } else { 0 };
        let offset_minutes = rest.offset()?;
        let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
        if !in_range || !rest.0.is_empty() {
            return None;
        }
        let seconds = (hour * 60 + minute - offset_minutes) * 60 + second;
        Some(Self { seconds: i64::from(days_from_civil(year, month, day)) * 86_400 + i64::from(seconds), nanos })
    }
}

/// Writes the time as the service does: UTC, with 0, 3, 6 or 9 digits of a second.
impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(86_400));
        let in_day = self.seconds.rem_euclid(86_400);
        let (hour, minute, second) = (in_day / 3600, in_day / 60 % 60, in_day % 60);
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match self.nanos {
            0 => {}
            n if n % 1_000_000 == 0 => write!(out, ".{:03}", n / 1_000_000)?,
            n if n % 1000 == 0 => write!(out, ".{:06}", n / 1000)?,
            n => write!(out, ".{n:09}")?,
        }
        out.write_str("Z")
    }
}

/// Parses these digits.
fn number<const COUNT: usize>(digits: [u8; COUNT]) -> Option<i32> {
    let mut value = 0;
    for digit in digits {
        value = value * 10 + i32::from(value_of(digit)?);
    }
    Some(value)
}

fn value_of(digit: u8) -> Option<u8> {
    Some(digit.wrapping_sub(b'0')).filter(|value| *value < 10)
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self, allowed: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if !allowed.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(*first)
    }

    fn digit(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        let value = value_of(*first)?;
        self.0 = rest;
        Some(value)
    }

    fn two_digits(&mut self) -> Option<i32> {
        Some(i32::from(self.digit()?) * 10 + i32::from(self.digit()?))
    }

    /// The digits after the point, as nanoseconds; digits beyond the ninth are dropped.
    fn fraction(&mut self) -> Option<u32> {
        let mut nanos = 0;
        let mut weight = NANOS_PER_SECOND / 10;
        let mut any = false;
        while let Some(digit) = self.digit() {
            nanos += u32::from(digit) * weight;
            weight /= 10;
            any = true;
        }
        any.then_some(nanos)
    }

    fn offset(&mut self) -> Option<i32> {
        match self.byte(b"Zz+-")? {
            sign @ (b'+' | b'-') => {
                let hours = self.two_digits()?;
                self.byte(b":")?;
                let minutes = hours * 60 + self.two_digits()?;
                Some(if sign == b'-' { -minutes } else { minutes })
            }
            _ => Some(0),
        }
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, counted in 400-year eras that begin in March.
fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn times_with_any_number_of_fraction_digits_order_by_time() {
        let in_order = ["50Z", "50.000000001Z", "50.123Z", "50.123400Z", "50.1235Z", "50.5Z", "51Z"];
        let times: Vec<_> = in_order.iter().map(|s| at(&format!("2025-10-03T05:47:{s}"))).collect();
        assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
    }

    #[test]
    fn the_page_token_seen_live_is_the_nanoseconds_of_its_time() {
        assert_eq!(at("2026-08-21T21:07:01.522664Z").as_nanos(), 1_787_346_421_522_664_000);
    }

    #[test]
    fn a_time_is_written_as_the_service_writes_it() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2024-02-29T23:59:59.500Z",
            "2026-08-21T21:07:01.522664Z",
            "1969-12-31T23:59:59.999999999Z",
        ] {
            assert_eq!(at(text).to_string(), text);
        }
    }

    #[test]
    fn digits_equal_those_of_the_standard_library() {
        for seconds in [0, 1, 9, 10, 999_999_999, 1_000_000_000, 1_787_346_421, i64::from(u32::MAX), i64::MAX] {
            for nanos in [0, 1, 10, 999_999_999, 522_664_000] {
                for seconds in [seconds, -seconds] {
                    let time = Timestamp { seconds, nanos };
                    assert_eq!(time.digits(), format!("{seconds}{nanos:09}"));
                    assert_eq!(Timestamp::from_digits(&time.digits()), Some(time));
                }
            }
        }
    }

    #[test]
    fn an_offset_is_subtracted() {
        assert_eq!(at("2025-10-03T07:47:50+02:00"), at("2025-10-03T05:47:50Z"));
    }

    #[test]
    fn an_invalid_time_is_none() {
        for text in [
            "",
            "2025",
            "2025-13-01T00:00:00Z",
            "2025-10-03T05:47:50",
            "2025-10-03T05:47:50.Z",
            "2025-10-03T05:47:50Zx",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn just_before_a_whole_second_is_the_last_nanosecond_of_the_one_before() {
        assert_eq!(at("2025-10-03T05:47:50Z").just_before().to_string(), "2025-10-03T05:47:49.999999999Z");
    }

    #[test]
    fn milliseconds_are_added_and_subtracted() {
        assert_eq!(at("2025-10-03T05:47:50.250Z").plus_millis(-500).to_string(), "2025-10-03T05:47:49.750Z");
        assert_eq!(Timestamp::from_millis(-1).as_millis(), -1);
    }
}
