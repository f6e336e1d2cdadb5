//! Which faults meet a request, and what they make of its answer.

use super::faults::{Fault, Kind, Rule};
use super::message::{Response, Transport};
use super::options::Options;
use super::random::Random;
use super::route::Operation;
use crate::core::time::Timestamp;

/// The rules, and how far each has come.
#[derive(Debug, Clone)]
pub(super) struct Faults {
    rules: Vec<Counted>,
    random: Random,
}

#[derive(Debug, Clone)]
struct Counted {
    rule: Rule,
    /// How many requests it was about.
    seen: u64,
    /// How many of them went wrong.
    struck: u64,
}

/// What meets one request: at most one fault that strikes it, and what lasts.
#[derive(Debug, Clone, Default)]
pub(super) struct Verdict {
    pub(super) strike: Option<Fault>,
    pub(super) not_found: bool,
    /// By how much a list lags behind, if it does.
    pub(super) lag_ms: Option<u64>,
    /// By how much at most each activity lags behind by itself.
    pub(super) activity_lag_ms: Option<u64>,
    pub(super) is_shuffled: bool,
    pub(super) empty_page: bool,
    pub(super) largest_page: Option<usize>,
    /// The names of what lasts, for the log.
    conditions: Vec<&'static str>,
}

/// What a rule must know of a request beside its operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    /// How old the session is that it names, if there is one.
    pub(super) age_ms: Option<i64>,
    /// Whether it asks for the page behind an empty one that was put in front of it.
    pub(super) behind_empty_page: bool,
}

/// The stream of chance that faults draw from. Sessions have theirs by number, and never come that far.
const STREAM: u64 = u64::MAX;

impl Faults {
    /// # Errors
    /// A sentence that names the option `faults` and what is wrong with it.
    pub(super) fn new(options: &Options) -> Result<Self, String> {
        let rules = Rule::parse_all(&options.faults)?;
        let rules = rules.into_iter().map(|rule| Counted { rule, seen: 0, struck: 0 }).collect();
        Ok(Self { rules, random: Random::new(options.seed, STREAM) })
    }

    /// By how much the service's clock is off.
    pub(super) fn skew_ms(&self) -> i64 {
        let skews = self.rules.iter().map(|counted| match counted.rule.fault.kind {
            Kind::Skew(millis) => millis,
            _ => 0,
        });
        skews.fold(0, i64::saturating_add)
    }

    /// By how much lists lag behind, and for how long sessions are not found: the times after which a thing may become
    /// visible by itself.
    pub(super) fn hidden_for_ms(&self) -> impl Iterator<Item = u64> {
        self.rules.iter().filter_map(|counted| match counted.rule.fault.kind {
            Kind::NotFoundFor(millis) | Kind::ListLag(millis) => Some(millis),
            _ => None,
        })
    }

    /// By how much at most an activity lags behind by itself, by each rule that lets it.
    pub(super) fn activity_lags_ms(&self) -> impl Iterator<Item = u64> {
        self.rules.iter().filter_map(|counted| match counted.rule.fault.kind {
            Kind::ActivityLag(millis) => Some(millis),
            _ => None,
        })
    }

    /// Lets every rule count the request, and gives what meets it. Of several that would strike, the first does; the
    /// others are kept for later requests.
    pub(super) fn meet(&mut self, operation: &Operation, circumstances: Circumstances) -> Verdict {
        let mut verdict = Verdict::default();
        for Counted { rule, seen, struck } in &mut self.rules {
            if !rule.on.includes(operation) || !concerns(&rule.fault.kind, operation, circumstances) {
                continue;
            }
            *seen += 1;
            let is_due = *seen > rule.after && rule.times.is_none_or(|times| *struck < times);
            let is_hit = is_due && rule.probability.is_none_or(|chance| self.random.unit() < chance);
            if is_hit && verdict.take(&rule.fault) {
                *struck += 1;
            }
        }
        verdict
    }
}

/// Whether a fault has anything to do with a request, whatever the rule says.
fn concerns(kind: &Kind, operation: &Operation, circumstances: Circumstances) -> bool {
    match kind {
        Kind::NotFoundFor(millis) => {
            circumstances.age_ms.is_some_and(|age| age < i64::try_from(*millis).unwrap_or(i64::MAX))
        }
        Kind::ListLag(_) => matches!(operation, Operation::ListSessions | Operation::ListActivities(_)),
        Kind::ActivityLag(_) | Kind::ShuffledPages => matches!(operation, Operation::ListActivities(_)),
        Kind::EmptyPages => operation.is_list() && !circumstances.behind_empty_page,
        Kind::MaxPageSize(_) => operation.is_list(),
        Kind::Skew(_) => false,
        Kind::Late | Kind::Answer(_) | Kind::Redirect(_) | Kind::Transport(_) => true,
    }
}

impl Verdict {
    /// Takes a fault in, unless another strikes already.
    fn take(&mut self, fault: &Fault) -> bool {
        match fault.kind {
            Kind::NotFoundFor(_) => self.not_found = true,
            Kind::ListLag(millis) => self.lag_ms = self.lag_ms.max(Some(millis)),
            Kind::ActivityLag(millis) => self.activity_lag_ms = self.activity_lag_ms.max(Some(millis)),
            Kind::ShuffledPages => self.is_shuffled = true,
            Kind::EmptyPages => self.empty_page = true,
            Kind::MaxPageSize(size) => {
                self.largest_page = Some(self.largest_page.map_or(size, |least| least.min(size)))
            }
            _ if self.strike.is_some() => return false,
            _ => {
                self.strike = Some(fault.clone());
                return true;
            }
        }
        self.conditions.push(fault.name);
        true
    }

    /// Whether the request gets to the service, so as to be carried out. A read whose answer is cut does: it has an
    /// answer to cut.
    pub(super) fn lets_through(&self, operation: Option<&Operation>) -> bool {
        self.strike.as_ref().is_none_or(|fault| match fault.kind {
            Kind::Late => true,
            Kind::Transport(Transport::Cut) => fault.committed || operation.is_some_and(Operation::is_read),
            _ => fault.committed,
        })
    }

    /// The answer as it arrives; `answer` is the service's own, if the request got there.
    pub(super) fn apply(self, now: Timestamp, answer: Option<Response>) -> Response {
        let conditions = (!self.conditions.is_empty()).then(|| self.conditions.join(", "));
        let Some(fault) = self.strike else {
            let answer = answer.unwrap_or_default();
            return Response { fault: answer.fault.or(conditions), ..answer };
        };
        let arrives = match fault.kind {
            Kind::Answer(error) => error.response(now),
            Kind::Redirect(url) => {
                let date = Response::json(302, now, String::new());
                let headers = date.headers.into_iter().filter(|(name, _)| name == "date");
                Response { headers: headers.chain([("location".to_owned(), url)]).collect(), ..date }
            }
            Kind::Transport(Transport::Cut) => {
                let whole = answer.unwrap_or_else(|| Response::json(200, now, "{}\n".to_owned()));
                Response { transport: Some(Transport::Cut), ..whole }
            }
            Kind::Transport(transport) => Response { transport: Some(transport), ..Response::default() },
            _ => answer.unwrap_or_default(),
        };
        Response { fault: Some(fault.name.to_owned()), delay_ms: fault.delay_ms, ..arrives }
    }
}
