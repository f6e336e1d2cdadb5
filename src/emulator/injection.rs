//! Fault injection: which faults a request meets, and how they change its response.

use super::fault_rules::{Fault, FaultKind, FaultRule};
use super::http::{Response, TransportFault};
use super::operation::Operation;
use super::options::Options;
use super::random::Random;
use crate::core::time::Timestamp;

/// The fault rules, with the count of requests that each has matched.
#[derive(Debug, Clone)]
pub(super) struct FaultInjector {
    rules: Vec<CountedRule>,
    random: Random,
}

#[derive(Debug, Clone)]
struct CountedRule {
    rule: FaultRule,
    /// How many requests the rule has matched.
    matched: u64,
    /// How many of them met the rule's fault.
    injected: u64,
}

/// The faults that one request meets: at most one failure, and any number of conditions.
#[derive(Debug, Clone, Default)]
pub(super) struct InjectedFaults {
    /// The fault that replaces, delays or loses the response.
    failure: Option<Fault>,
    pub(super) not_found: bool,
    /// By how many milliseconds new entries of a list become visible late.
    pub(super) list_lag_ms: Option<u64>,
    /// By how many milliseconds at most a single activity becomes visible late.
    pub(super) activity_lag_ms: Option<u64>,
    pub(super) is_shuffled: bool,
    pub(super) empty_page: bool,
    pub(super) max_page_size: Option<usize>,
    /// The names of the conditions, for the log.
    conditions: Vec<&'static str>,
}

/// What a rule considers of a request besides its operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestContext {
    /// The age of the session that the request names; `None` if it names none that exists.
    pub(super) session_age_ms: Option<i64>,
    /// Whether the request has the token of an empty page that a fault inserted.
    pub(super) is_after_empty_page: bool,
}

/// The random stream of the faults. Sessions use their numbers as streams and never reach this one.
const FAULT_STREAM: u64 = u64::MAX;

impl FaultInjector {
    /// # Errors
    /// A sentence that names the option `faults`, the rule and the mistake.
    pub(super) fn new(options: &Options) -> Result<Self, String> {
        let rules = FaultRule::parse_all(&options.faults)?;
        let rules = rules.into_iter().map(|rule| CountedRule { rule, matched: 0, injected: 0 }).collect();
        Ok(Self { rules, random: Random::new(options.seed, FAULT_STREAM) })
    }

    /// By how many milliseconds the service's clock differs from the caller's.
    pub(super) fn skew_ms(&self) -> i64 {
        let skews = self.rules.iter().map(|counted| match counted.rule.fault.kind {
            FaultKind::Skew(millis) => millis,
            _ => 0,
        });
        skews.fold(0, i64::saturating_add)
    }

    /// The delays after which sessions and activities become visible, by each rule that hides them for a fixed time.
    pub(super) fn visibility_delays_ms(&self) -> impl Iterator<Item = u64> {
        self.rules.iter().filter_map(|counted| match counted.rule.fault.kind {
            FaultKind::NotFoundFor(millis) | FaultKind::ListLag(millis) => Some(millis),
            _ => None,
        })
    }

    /// The largest delay of a single activity, by each rule that delays activities one by one.
    pub(super) fn activity_lags_ms(&self) -> impl Iterator<Item = u64> {
        self.rules.iter().filter_map(|counted| match counted.rule.fault.kind {
            FaultKind::ActivityLag(millis) => Some(millis),
            _ => None,
        })
    }

    /// Counts the request in every rule that it matches, and returns the faults that it meets. If several rules have a
    /// failure for it, the first one applies; the others apply to later requests.
    pub(super) fn inject(&mut self, operation: &Operation, context: RequestContext) -> InjectedFaults {
        let mut faults = InjectedFaults::default();
        for CountedRule { rule, matched, injected } in &mut self.rules {
            if !rule.target.includes(operation) || !can_affect(&rule.fault.kind, operation, context) {
                continue;
            }
            *matched += 1;
            let is_due = *matched > rule.after && rule.times.is_none_or(|times| *injected < times);
            let is_chosen = is_due && rule.probability.is_none_or(|probability| self.random.unit() < probability);
            if is_chosen && faults.add(&rule.fault) {
                *injected += 1;
            }
        }
        faults
    }
}

/// Whether a fault of this kind can make a difference to the request.
fn can_affect(kind: &FaultKind, operation: &Operation, context: RequestContext) -> bool {
    match kind {
        FaultKind::NotFoundFor(millis) => {
            context.session_age_ms.is_some_and(|age| age < i64::try_from(*millis).unwrap_or(i64::MAX))
        }
        FaultKind::ListLag(_) => matches!(operation, Operation::ListSessions | Operation::ListActivities(_)),
        FaultKind::ActivityLag(_) | FaultKind::ShuffledPages => matches!(operation, Operation::ListActivities(_)),
        FaultKind::EmptyPages => operation.is_list() && !context.is_after_empty_page,
        FaultKind::MaxPageSize(_) => operation.is_list(),
        FaultKind::Skew(_) => false,
        FaultKind::Delay | FaultKind::Response(_) | FaultKind::Redirect(_) | FaultKind::Transport(_) => true,
    }
}

impl InjectedFaults {
    /// Adds a fault. Returns false if it is a second failure.
    fn add(&mut self, fault: &Fault) -> bool {
        match fault.kind {
            FaultKind::NotFoundFor(_) => self.not_found = true,
            FaultKind::ListLag(millis) => self.list_lag_ms = self.list_lag_ms.max(Some(millis)),
            FaultKind::ActivityLag(millis) => self.activity_lag_ms = self.activity_lag_ms.max(Some(millis)),
            FaultKind::ShuffledPages => self.is_shuffled = true,
            FaultKind::EmptyPages => self.empty_page = true,
            FaultKind::MaxPageSize(size) => {
                self.max_page_size = Some(self.max_page_size.map_or(size, |smallest| smallest.min(size)));
            }
            _ if self.failure.is_some() => return false,
            _ => {
                self.failure = Some(fault.clone());
                return true;
            }
        }
        self.conditions.push(fault.name);
        true
    }

    /// Whether the request reaches the service, which then carries it out. A read whose response body is cut reaches it,
    /// because its response is what is cut.
    pub(super) fn reaches_service(&self, operation: Option<&Operation>) -> bool {
        self.failure.as_ref().is_none_or(|fault| match fault.kind {
            FaultKind::Delay => true,
            FaultKind::Transport(TransportFault::Cut) => fault.committed || operation.is_some_and(Operation::is_read),
            _ => fault.committed,
        })
    }

    /// Returns the response that arrives. `response` is the service's own, if the request reached it.
    pub(super) fn apply(self, now: Timestamp, response: Option<Response>) -> Response {
        let conditions = (!self.conditions.is_empty()).then(|| self.conditions.join(", "));
        let Some(fault) = self.failure else {
            let response = response.unwrap_or_default();
            return Response { fault: response.fault.or(conditions), ..response };
        };
        let arriving = match fault.kind {
            FaultKind::Response(error) => error.response(now),
            FaultKind::Redirect(url) => {
                let redirect = Response::json(302, now, String::new());
                let headers = redirect.headers.into_iter().filter(|(name, _)| name == "date");
                Response { headers: headers.chain([("location".to_owned(), url)]).collect(), ..redirect }
            }
            FaultKind::Transport(TransportFault::Cut) => {
                let whole = response.unwrap_or_else(|| Response::json(200, now, "{}\n".to_owned()));
                Response { transport: Some(TransportFault::Cut), ..whole }
            }
            FaultKind::Transport(transport) => Response { transport: Some(transport), ..Response::default() },
            _ => response.unwrap_or_default(),
        };
        Response { fault: Some(fault.name.to_owned()), delay_ms: fault.delay_ms, ..arriving }
    }
}
