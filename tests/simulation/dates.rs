//! The `Date` headers of responses.

use crate::random::Random;
use crate::support::Answer;
use jules_wasm::core::time::Timestamp;

/// The `Date` header of the responses to a client.
#[derive(Debug, Clone, Copy)]
pub enum DateHeader {
    /// That of the service, or of a proxy whose clock is this many milliseconds ahead.
    Ahead(i64),
    /// None, as for a page of another origin.
    Missing,
}

impl DateHeader {
    pub fn random(random: &Random) -> Self {
        match random.between(0, 9) {
            0..=4 => Self::Ahead(0),
            5 | 6 => Self::Ahead(random.of(&[-3_000, 3_000, 5 * 3_600_000])),
            7 => Self::Ahead(i64::try_from(random.between(0, 20_000)).unwrap() - 10_000),
            _ => Self::Missing,
        }
    }

    /// The response as received by the client.
    pub fn stamp(self, response: Answer, now: Timestamp) -> Answer {
        let date = match self {
            Self::Ahead(millis) => Some(http_date(now.plus_millis(millis))),
            Self::Missing => None,
        };
        Answer { date, ..response }
    }
}

/// `Fri, 21 Aug 2026 21:05:11 GMT`.
fn http_date(time: Timestamp) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = time.to_string();
    let day = usize::try_from(time.as_millis().div_euclid(86_400_000).rem_euclid(7)).unwrap();
    let month: usize = text[5..7].parse().unwrap();
    format!("{}, {} {} {} {} GMT", DAYS[day], &text[8..10], MONTHS[month - 1], &text[..4], &text[11..19])
}
