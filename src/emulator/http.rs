//! HTTP requests and responses.

use crate::core::time::Timestamp;
use serde::Serialize;

/// A request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The HTTP method, in upper case.
    pub method: String,
    /// An absolute URL, or a path with its query. Everything before `/v1alpha` is ignored.
    pub target: String,
    /// Header names and values. Names are case-insensitive.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of the first header of this name; `None` if it is blank.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

/// A response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status; 0 if no response arrives.
    pub status: u16,
    /// Header names and values: `content-type`, `date`, and those of a fault.
    pub headers: Vec<(String, String)>,
    /// The body: JSON, unless a fault replaces it.
    pub body: Vec<u8>,
    /// The failure of the connection, which the caller simulates.
    pub transport: Option<TransportFault>,
    /// How many milliseconds after the request it arrives. The caller waits that long.
    pub delay_ms: u64,
    /// The fault that the request met, by its name in the options; `quota` or `limits` for a request beyond those.
    pub fault: Option<String>,
    /// When the request was handled, by the caller's clock.
    pub at: Timestamp,
}

/// A failure of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TransportFault {
    /// The connection is lost; no response arrives.
    Reset,
    /// The connection is refused; the request was not sent.
    Refuse,
    /// No response arrives, and the connection stays open.
    Hang,
    /// Half of the body arrives, then the connection is lost.
    Cut,
}

/// The fault name of a response to a request beyond the quota.
pub(super) const QUOTA: &str = "quota";

/// The fault name of a response to a request beyond the emulator's own limits.
pub(super) const LIMITS: &str = "limits";

impl Response {
    pub(super) fn json(status: u16, now: Timestamp, body: String) -> Self {
        let headers = vec![
            ("content-type".to_owned(), "application/json; charset=UTF-8".to_owned()),
            ("date".to_owned(), http_date(now)),
        ];
        Self { status, headers, body: body.into_bytes(), ..Self::default() }
    }

    /// Sets the content type.
    pub(super) fn with_content_type(mut self, content_type: &str) -> Self {
        let found = self.headers.iter_mut().find(|(name, _)| name == "content-type");
        found.into_iter().for_each(|(_, value)| content_type.clone_into(value));
        self
    }

    /// Whether it is the response to a request beyond the quota.
    pub(super) fn is_over_quota(&self) -> bool {
        self.fault.as_deref() == Some(QUOTA)
    }
}

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Formats a time as an HTTP date: `Fri, 21 Aug 2026 21:05:11 GMT`.
fn http_date(time: Timestamp) -> String {
    let text = time.to_string();
    let (day, rest) = text.split_once('T').unwrap_or_default();
    let (year, month_and_day) = day
        .rsplit_once('-')
        .and_then(|(left, day)| {
            let (year, month) = left.rsplit_once('-')?;
            Some((year, (month, day)))
        })
        .unwrap_or_default();
    let (month, day) = month_and_day;
    let month = month.parse::<usize>().ok().and_then(|number| MONTHS.get(number.checked_sub(1)?)).unwrap_or(&"Jan");
    let clock = rest.split(['.', 'Z']).next().unwrap_or_default();
    // 1970-01-01, day 0, was a Thursday.
    let weekday = usize::try_from(time.as_millis().div_euclid(86_400_000).rem_euclid(7)).unwrap_or(0);
    let weekday = DAYS.get(weekday).unwrap_or(&"Thu");
    format!("{weekday}, {day} {month} {year} {clock} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_formatted_as_an_http_date() {
        let at = |text| http_date(Timestamp::parse(text).unwrap());
        assert_eq!(at("2026-08-21T21:05:11.104512Z"), "Fri, 21 Aug 2026 21:05:11 GMT");
        assert_eq!(at("1994-11-06T08:49:37Z"), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
