//! The rules of the option `faults`: reading them. Plain data, so that a test, a file and a page write them alike.

use super::error_answer::{Envelope, ErrorAnswer, Form, What};
use super::json::Json;
use super::message::Transport;
use super::route::Operation;
use serde::Deserialize;

/// A rule: which requests it is about, how many of them go wrong, and how.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) on: On,
    /// How many requests that it is about pass first.
    pub(super) after: u64,
    /// How many then go wrong; `None` for all.
    pub(super) times: Option<u64>,
    /// How likely each of those is to go wrong: 0 to 1.
    pub(super) probability: Option<f64>,
    pub(super) fault: Fault,
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// The member that names it in the rule, for the log.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether the request is carried out all the same.
    pub(super) committed: bool,
    /// How much later the answer comes.
    pub(super) delay_ms: u64,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// Nothing but late.
    Late,
    Answer(ErrorAnswer),
    Redirect(String),
    Transport(Transport),
    /// A session is not found for the first milliseconds of its life.
    NotFoundFor(u64),
    /// What is new is listed only that many milliseconds later.
    ListLag(u64),
    /// An activity is listed after a delay of its own, up to that many milliseconds.
    ActivityLag(u64),
    /// The activities of a page are not in the order of their times.
    ShuffledPages,
    EmptyPages,
    MaxPageSize(usize),
    /// The service's clock is off: early if negative.
    Skew(i64),
}

impl Kind {
    /// Whether it lasts, rather than strike a request here and there.
    fn is_condition(&self) -> bool {
        matches!(self, Self::NotFoundFor(_) | Self::ListLag(_) | Self::EmptyPages | Self::MaxPageSize(_))
            || self.is_about_activities()
    }

    /// Whether it changes nothing but lists of activities.
    pub(super) fn is_about_activities(&self) -> bool {
        matches!(self, Self::ActivityLag(_) | Self::ShuffledPages)
    }
}

/// The requests that a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum On {
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

impl On {
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
    on: Option<On>,
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

impl Rule {
    /// # Errors
    /// A sentence that names the option `faults`, the rule's place in it, and what is wrong.
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
        let fault = fields.fault.read()?;
        if fields.probability.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            return Err("`probability` is a number from 0 to 1".to_owned());
        }
        let is_plain = fields.on.is_none_or(|on| on == On::Any)
            && fields.after.is_none()
            && fields.times.is_none()
            && fields.probability.is_none();
        if matches!(fault.kind, Kind::Skew(_)) && !is_plain {
            return Err("`skewMs` holds for all requests: it goes without on, after, times, probability".to_owned());
        }
        if fault.kind.is_about_activities() && !fields.on.is_none_or(|on| matches!(on, On::Activities | On::Any)) {
            return Err(format!("`{}` goes with `on: \"activities\"`", fault.name));
        }
        let times = match &fields.times {
            None if fault.kind.is_condition() || fields.probability.is_some() => None,
            None => Some(1),
            Some(Json::String(word)) if word == "always" => None,
            Some(count) => Some(count.as_u64().ok_or("`times` is a whole number or \"always\"")?),
        };
        Ok(Self {
            on: fields.on.unwrap_or_default(),
            after: fields.after.unwrap_or(0),
            times,
            probability: fields.probability,
            fault,
        })
    }
}

impl FaultFields {
    fn read(self) -> Result<Fault, String> {
        let mut kinds: Vec<(&'static str, Kind)> = Vec::new();
        if let Some((name, answer)) = self.answer()? {
            kinds.push((name, Kind::Answer(answer)));
        }
        let transports = [
            ("reset", self.reset, Transport::Reset),
            ("refuse", self.refuse, Transport::Refuse),
            ("hang", self.hang, Transport::Hang),
            ("cutBody", self.cut_body, Transport::Cut),
        ];
        let given = transports.into_iter().filter(|(_, given, _)| *given == Some(true));
        kinds.extend(given.map(|(name, _, transport)| (name, Kind::Transport(transport))));
        kinds.extend(self.not_found_for.map(|millis| ("notFoundFor", Kind::NotFoundFor(millis))));
        kinds.extend(self.list_lag_ms.map(|millis| ("listLagMs", Kind::ListLag(millis))));
        kinds.extend(self.activity_lag_ms.map(|millis| ("activityLagMs", Kind::ActivityLag(millis))));
        kinds.extend((self.shuffled_pages == Some(true)).then_some(("shuffledPages", Kind::ShuffledPages)));
        kinds.extend(self.skew_ms.map(|millis| ("skewMs", Kind::Skew(millis))));
        kinds.extend(self.redirect.clone().map(|url| ("redirect", Kind::Redirect(url))));
        kinds.extend((self.empty_pages == Some(true)).then_some(("emptyPages", Kind::EmptyPages)));
        kinds.extend(self.max_page_size.map(|size| ("maxPageSize", Kind::MaxPageSize(size))));
        if self.delay_ms.is_some() && kinds.is_empty() {
            kinds.push(("delayMs", Kind::Late));
        }
        let names: Vec<_> = kinds.iter().map(|(name, _)| *name).collect();
        if names.len() != 1 {
            return Err(match names.len() {
                0 => "`fault` names no fault".to_owned(),
                _ => one_thing(&names),
            });
        }
        let (name, kind) = kinds.pop().ok_or("`fault` names no fault")?;
        let is_answer = matches!(kind, Kind::Answer(_));
        if (self.retry_after.is_some() || self.retry_info.is_some()) && !is_answer {
            return Err("`retryAfter` and `retryInfo` go with a status".to_owned());
        }
        if (self.envelope.is_some() || self.body.is_some()) && !is_answer {
            return Err("`envelope` and `body` go with a status".to_owned());
        }
        // A key that is not valid keeps everything from being done.
        let can_commit = is_answer && self.invalid_api_key != Some(true)
            || matches!(kind, Kind::Transport(Transport::Reset | Transport::Hang | Transport::Cut));
        if self.committed == Some(true) && !can_commit {
            return Err(format!("`committed` does not go with `{name}`"));
        }
        if self.redirect.is_some_and(|url| !is_header_value(&url)) {
            return Err("`redirect` is an address as a header holds it".to_owned());
        }
        if matches!(kind, Kind::MaxPageSize(0)) {
            return Err("`maxPageSize` is 1 or more".to_owned());
        }
        let delay_ms = self.delay_ms.unwrap_or(0);
        if delay_ms > 0 && (kind.is_condition() || matches!(kind, Kind::Skew(_))) {
            return Err(format!("`delayMs` does not go with `{name}`; make a rule of each"));
        }
        Ok(Fault { name, kind, committed: self.committed == Some(true), delay_ms })
    }
}

impl FaultFields {
    /// The answer that is given instead of the right one, with the member that names it.
    fn answer(&self) -> Result<Option<(&'static str, ErrorAnswer)>, String> {
        let retry_after = self.retry_after.as_ref().map(header_value).transpose()?;
        let is_page = self.html == Some(true);
        let forms =
            [self.envelope.map(Form::Envelope), self.body.clone().map(Form::Body), is_page.then_some(Form::Html)];
        let mut forms = forms.into_iter().flatten();
        let form = forms.next().unwrap_or(Form::Plain);
        if forms.next().is_some() {
            return Err("`envelope`, `body` and `html` do not go together".to_owned());
        }
        let bad_request = |given: Option<bool>| (given == Some(true)).then_some(400);
        let named = [
            ("status", self.status, What::Status),
            ("failedPrecondition", bad_request(self.failed_precondition), What::FailedPrecondition),
            ("invalidApiKey", bad_request(self.invalid_api_key), What::InvalidApiKey),
        ];
        let mut named = named.into_iter().filter_map(|(name, status, what)| Some((name, status?, what)));
        let first = named.next().or(is_page.then_some(("html", 502, What::Status)));
        let Some((name, status, what)) = first else { return Ok(None) };
        if let Some((other, _, _)) = named.next() {
            return Err(one_thing(&[name, other]));
        }
        if what != What::Status && matches!(form, Form::Html | Form::Body(_)) {
            return Err(format!("`html` and `body` go with `status`, not with `{name}`"));
        }
        let answer = ErrorAnswer::new(status, what, form)?;
        Ok(Some((name, answer.with_delay(retry_after, self.retry_info.clone()))))
    }
}

fn one_thing(names: &[&str]) -> String {
    format!("`fault` is one thing, not {}; make a rule of each", names.join(" and "))
}

/// The value of `Retry-After`: seconds, or a text as it stands.
fn header_value(value: &Json) -> Result<String, String> {
    match value {
        Json::Number(seconds) => Ok(seconds.to_string()),
        Json::String(text) if is_header_value(text) => Ok(text.clone()),
        _ => Err("`retryAfter` is a number of seconds or a date as HTTP writes it".to_owned()),
    }
}

fn is_header_value(text: &str) -> bool {
    text.chars().all(|c| c == ' ' || c.is_ascii_graphic())
}
