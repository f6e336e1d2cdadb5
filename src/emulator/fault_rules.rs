//! Parses the fault rules of the option `faults`. They are plain data, so tests, files and web pages can all define them.

use super::error_response::{BodyFormat, Envelope, ErrorKind, ErrorResponse};
use super::http::TransportFault;
use super::json::Json;
use super::operation::Operation;
use serde::Deserialize;

/// A fault rule: the requests that it matches, which of them fail, and how.
#[derive(Debug, Clone)]
pub(super) struct FaultRule {
    pub(super) target: Target,
    /// How many matching requests succeed first.
    pub(super) after: u64,
    /// How many matching requests then meet the fault; `None` for all.
    pub(super) times: Option<u64>,
    /// The probability, 0 to 1, with which each of those meets it; `None` for 1.
    pub(super) probability: Option<f64>,
    pub(super) fault: Fault,
}

/// A fault.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// The member of the rule that names it, for the log.
    pub(super) name: &'static str,
    pub(super) kind: FaultKind,
    /// Whether the service carries out the request nevertheless.
    pub(super) committed: bool,
    /// By how many milliseconds the response is delayed.
    pub(super) delay_ms: u64,
}

#[derive(Debug, Clone)]
pub(super) enum FaultKind {
    /// The right response, delayed.
    Delay,
    /// Another response in place of the right one.
    Response(ErrorResponse),
    /// A redirect to this URL.
    Redirect(String),
    /// A failure of the connection.
    Transport(TransportFault),
    /// A session answers 404 for this many milliseconds after its creation.
    NotFoundFor(u64),
    /// New sessions or activities are listed this many milliseconds late.
    ListLag(u64),
    /// Each activity is listed after its own delay of at most this many milliseconds.
    ActivityLag(u64),
    /// The activities of a page are not in chronological order.
    ShuffledPages,
    /// An empty page with a token precedes each page of a list.
    EmptyPages,
    MaxPageSize(usize),
    /// The service's clock differs by this many milliseconds; it is slow if negative.
    Skew(i64),
}

impl FaultKind {
    /// Whether it is a condition that lasts, rather than the failure of single requests.
    fn is_condition(&self) -> bool {
        matches!(self, Self::NotFoundFor(_) | Self::ListLag(_) | Self::EmptyPages | Self::MaxPageSize(_))
            || self.affects_only_activities()
    }

    /// Whether it affects only lists of activities.
    fn affects_only_activities(&self) -> bool {
        matches!(self, Self::ActivityLag(_) | Self::ShuffledPages)
    }
}

/// The requests that a rule matches: the member `on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Target {
    Create,
    Get,
    List,
    Send,
    Approve,
    Activities,
    Archive,
    Delete,
    Sources,
    #[default]
    Any,
}

impl Target {
    pub(super) fn includes(self, operation: &Operation) -> bool {
        let group = match operation {
            Operation::CreateSession => Self::Create,
            Operation::GetSession(_) => Self::Get,
            Operation::ListSessions => Self::List,
            Operation::SendMessage(_) => Self::Send,
            Operation::ApprovePlan(_) => Self::Approve,
            Operation::ListActivities(_) | Operation::GetActivity { .. } => Self::Activities,
            Operation::ArchiveSession(_) | Operation::UnarchiveSession(_) => Self::Archive,
            Operation::DeleteSession(_) => Self::Delete,
            Operation::ListSources | Operation::GetSource(_) => Self::Sources,
        };
        self == Self::Any || self == group
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFields {
    on: Option<Target>,
    after: Option<u64>,
    times: Option<Json>,
    probability: Option<f64>,
    fault: FaultFields,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FaultFields {
    status: Option<u16>,
    html: Option<bool>,
    envelope: Option<Envelope>,
    body: Option<Json>,
    retry_after: Option<Json>,
    retry_info: Option<String>,
    committed: Option<bool>,
    reset: Option<bool>,
    refuse: Option<bool>,
    hang: Option<bool>,
    cut_body: Option<bool>,
    delay_ms: Option<u64>,
    failed_precondition: Option<bool>,
    invalid_api_key: Option<bool>,
    not_found_for: Option<u64>,
    list_lag_ms: Option<u64>,
    activity_lag_ms: Option<u64>,
    shuffled_pages: Option<bool>,
    skew_ms: Option<i64>,
    redirect: Option<String>,
    empty_pages: Option<bool>,
    max_page_size: Option<usize>,
}

impl FaultRule {
    /// # Errors
    /// A sentence that names the option `faults`, the number of the rule, and the mistake.
    pub(super) fn parse_all(rules: &[Json]) -> Result<Vec<Self>, String> {
        let numbered = rules.iter().enumerate();
        numbered
            .map(|(index, rule)| {
                Self::parse(rule).map_err(|error| format!("option \"faults\", rule {}: {error}", index + 1))
            })
            .collect()
    }

    fn parse(json: &Json) -> Result<Self, String> {
        let fields = RuleFields::deserialize(json).map_err(|error| error.to_string())?;
        let fault = fields.fault.parse()?;
        if fields.probability.is_some_and(|probability| !(0.0..=1.0).contains(&probability)) {
            return Err("`probability` must be a number from 0 to 1".to_owned());
        }
        let matches_all = fields.on.is_none_or(|on| on == Target::Any)
            && fields.after.is_none()
            && fields.times.is_none()
            && fields.probability.is_none();
        if matches!(fault.kind, FaultKind::Skew(_)) && !matches_all {
            return Err(
                "`skewMs` applies to all requests: it cannot be combined with `on`, `after`, `times` or `probability`"
                    .to_owned(),
            );
        }
        if fault.kind.affects_only_activities()
            && !fields.on.is_none_or(|on| matches!(on, Target::Activities | Target::Any))
        {
            return Err(format!("`{}` requires `on: \"activities\"`", fault.name));
        }
        let times = match &fields.times {
            None if fault.kind.is_condition() || fields.probability.is_some() => None,
            None => Some(1),
            Some(Json::String(word)) if word == "always" => None,
            Some(count) => Some(count.as_u64().ok_or("`times` must be a whole number or \"always\"")?),
        };
        Ok(Self {
            target: fields.on.unwrap_or_default(),
            after: fields.after.unwrap_or(0),
            times,
            probability: fields.probability,
            fault,
        })
    }
}

impl FaultFields {
    fn parse(self) -> Result<Fault, String> {
        let mut kinds: Vec<(&'static str, FaultKind)> = Vec::new();
        if let Some((name, response)) = self.error_response()? {
            kinds.push((name, FaultKind::Response(response)));
        }
        let transports = [
            ("reset", self.reset, TransportFault::Reset),
            ("refuse", self.refuse, TransportFault::Refuse),
            ("hang", self.hang, TransportFault::Hang),
            ("cutBody", self.cut_body, TransportFault::Cut),
        ];
        let given = transports.into_iter().filter(|(_, given, _)| *given == Some(true));
        kinds.extend(given.map(|(name, _, transport)| (name, FaultKind::Transport(transport))));
        kinds.extend(self.not_found_for.map(|millis| ("notFoundFor", FaultKind::NotFoundFor(millis))));
        kinds.extend(self.list_lag_ms.map(|millis| ("listLagMs", FaultKind::ListLag(millis))));
        kinds.extend(self.activity_lag_ms.map(|millis| ("activityLagMs", FaultKind::ActivityLag(millis))));
        kinds.extend((self.shuffled_pages == Some(true)).then_some(("shuffledPages", FaultKind::ShuffledPages)));
        kinds.extend(self.skew_ms.map(|millis| ("skewMs", FaultKind::Skew(millis))));
        kinds.extend(self.redirect.clone().map(|url| ("redirect", FaultKind::Redirect(url))));
        kinds.extend((self.empty_pages == Some(true)).then_some(("emptyPages", FaultKind::EmptyPages)));
        kinds.extend(self.max_page_size.map(|size| ("maxPageSize", FaultKind::MaxPageSize(size))));
        if self.delay_ms.is_some() && kinds.is_empty() {
            kinds.push(("delayMs", FaultKind::Delay));
        }
        let names: Vec<_> = kinds.iter().map(|(name, _)| *name).collect();
        if names.len() != 1 {
            return Err(match names.len() {
                0 => "`fault` must name a fault".to_owned(),
                _ => only_one(&names),
            });
        }
        let (name, kind) = kinds.pop().ok_or("`fault` must name a fault")?;
        let is_response = matches!(kind, FaultKind::Response(_));
        if (self.retry_after.is_some() || self.retry_info.is_some()) && !is_response {
            return Err("`retryAfter` and `retryInfo` require a fault with a status".to_owned());
        }
        if (self.envelope.is_some() || self.body.is_some()) && !is_response {
            return Err("`envelope` and `body` require a fault with a status".to_owned());
        }
        // The service carries out nothing for an invalid key.
        let can_commit = is_response && self.invalid_api_key != Some(true)
            || matches!(kind, FaultKind::Transport(TransportFault::Reset | TransportFault::Hang | TransportFault::Cut));
        if self.committed == Some(true) && !can_commit {
            return Err(format!("`committed` cannot be combined with `{name}`"));
        }
        if self.redirect.is_some_and(|url| !is_header_value(&url)) {
            return Err("`redirect` must be a URL that a header can hold".to_owned());
        }
        if matches!(kind, FaultKind::MaxPageSize(0)) {
            return Err("`maxPageSize` must be 1 or more".to_owned());
        }
        let delay_ms = self.delay_ms.unwrap_or(0);
        if delay_ms > 0 && (kind.is_condition() || matches!(kind, FaultKind::Skew(_))) {
            return Err(format!("`delayMs` cannot be combined with `{name}`; use one rule for each"));
        }
        Ok(Fault { name, kind, committed: self.committed == Some(true), delay_ms })
    }

    /// The response in place of the right one, with the member that names the fault.
    fn error_response(&self) -> Result<Option<(&'static str, ErrorResponse)>, String> {
        let retry_after = self.retry_after.as_ref().map(header_value).transpose()?;
        let is_html = self.html == Some(true);
        let formats = [
            self.envelope.map(BodyFormat::Envelope),
            self.body.clone().map(BodyFormat::Body),
            is_html.then_some(BodyFormat::Html),
        ];
        let mut formats = formats.into_iter().flatten();
        let format = formats.next().unwrap_or(BodyFormat::Default);
        if formats.next().is_some() {
            return Err("`envelope`, `body` and `html` cannot be combined".to_owned());
        }
        let bad_request = |given: Option<bool>| (given == Some(true)).then_some(400);
        let named = [
            ("status", self.status, ErrorKind::Status),
            ("failedPrecondition", bad_request(self.failed_precondition), ErrorKind::FailedPrecondition),
            ("invalidApiKey", bad_request(self.invalid_api_key), ErrorKind::InvalidApiKey),
        ];
        let mut named = named.into_iter().filter_map(|(name, status, kind)| Some((name, status?, kind)));
        let first = named.next().or(is_html.then_some(("html", 502, ErrorKind::Status)));
        let Some((name, status, kind)) = first else { return Ok(None) };
        if let Some((other, _, _)) = named.next() {
            return Err(only_one(&[name, other]));
        }
        if kind != ErrorKind::Status && matches!(format, BodyFormat::Html | BodyFormat::Body(_)) {
            return Err(format!("`html` and `body` require `status` and cannot be combined with `{name}`"));
        }
        let response = ErrorResponse::new(status, kind, format)?;
        Ok(Some((name, response.with_delay(retry_after, self.retry_info.clone()))))
    }
}

fn only_one(names: &[&str]) -> String {
    format!("`fault` must name one fault, not {}; use one rule for each", names.join(" and "))
}

/// The value of `Retry-After`: a number of seconds, or a text that is sent unchanged.
fn header_value(value: &Json) -> Result<String, String> {
    match value {
        Json::Number(seconds) => Ok(seconds.to_string()),
        Json::String(text) if is_header_value(text) => Ok(text.clone()),
        _ => Err("`retryAfter` must be a number of seconds or an HTTP date".to_owned()),
    }
}

fn is_header_value(text: &str) -> bool {
    text.chars().all(|c| c == ' ' || c.is_ascii_graphic())
}
