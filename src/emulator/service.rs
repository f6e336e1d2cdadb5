//! The service: checks a request's operation, API key and query, then performs the operation.

use super::api_error::ApiError;
use super::filter;
use super::http::{Request, Response};
use super::injection::{FaultInjector, InjectedFaults, RequestContext};
use super::json::{Json, encode, pretty, without_defaults};
use super::limits::Limits;
use super::mask::Mask;
use super::operation::Operation;
use super::options::Options;
use super::paging;
use super::query::Query;
use super::quota::Account;
use super::replication;
use super::request_body;
use super::scenarios::Scenarios;
use super::script::{Rejection, Step};
use super::session::{Activity, Session, state};
use super::sources::Sources;
use super::text::split_directive;
use crate::core::time::Timestamp;
use serde_json::json;

const SESSIONS_PAGE: usize = 30;
const ACTIVITIES_PAGE: usize = 50;
const SOURCES_PAGE: usize = 30;

/// The service with its sessions.
#[derive(Debug, Clone)]
pub struct Emulator {
    seed: u64,
    api_key: Option<String>,
    step_ms: u64,
    partial_responses: bool,
    scenarios: Scenarios,
    sources: Sources,
    /// In the order of creation.
    sessions: Vec<Session>,
    created: u64,
    fault_injector: FaultInjector,
    account: Account,
    limits: Limits,
    /// The latest time, by the service's own clock, at which it was called.
    latest: Timestamp,
}

impl Emulator {
    /// Creates a service without sessions.
    ///
    /// # Errors
    /// A sentence that names the option with an invalid value.
    pub fn new(options: Options) -> Result<Self, String> {
        Ok(Self {
            scenarios: Scenarios::new(&options)?,
            fault_injector: FaultInjector::new(&options)?,
            account: Account::new(options.quota),
            limits: options.limits,
            sources: Sources::new(options.sources, options.any_repository)?,
            seed: options.seed,
            api_key: options.api_key,
            step_ms: options.step_ms,
            partial_responses: options.partial_responses,
            sessions: Vec::new(),
            created: 0,
            latest: Timestamp::default(),
        })
    }

    /// Handles a request that arrives at `now`: applies all changes that are due by then, then the request. The caller
    /// carries out [`Response::transport`] and [`Response::delay_ms`].
    pub fn handle(&mut self, now: Timestamp, request: &Request) -> Response {
        let own_time = self.advance_to(now);
        let parsed = Operation::parse(&request.method, &request.target);
        let faults = match &parsed {
            Ok((operation, query)) => {
                let context = self.request_context(own_time, operation, query);
                self.fault_injector.inject(operation, context)
            }
            Err(_) => InjectedFaults::default(),
        };
        let operation = parsed.as_ref().ok().map(|(operation, _)| operation);
        let response = faults.reaches_service(operation).then(|| {
            // An unknown path is 404 with or without an API key.
            let result = match &parsed {
                Ok((operation, query)) => self.respond(own_time, request, operation, query, &faults),
                Err(error) => Err(error.clone()),
            };
            match result {
                Ok(body) => Response::json(200, own_time, body),
                Err(error) => error.response(own_time),
            }
        });
        Response { at: now, ..faults.apply(own_time, response) }
    }

    /// Applies all changes that are due by `now`, and returns the time by the service's own clock.
    pub(super) fn advance_to(&mut self, now: Timestamp) -> Timestamp {
        let own_time = now.plus_millis(self.fault_injector.skew_ms());
        for session in &mut self.sessions {
            session.advance(own_time);
        }
        self.latest = self.latest.max(own_time);
        own_time
    }

    pub(super) fn all_sessions(&self) -> &[Session] {
        &self.sessions
    }

    pub(super) fn fault_injector(&self) -> &FaultInjector {
        &self.fault_injector
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn latest(&self) -> Timestamp {
        self.latest
    }

    fn request_context(&self, now: Timestamp, operation: &Operation, query: &Query) -> RequestContext {
        let named = operation.session_id();
        let session = self.sessions.iter().find(|session| Some(session.id.as_str()) == named);
        RequestContext {
            session_age_ms: session.map(|session| now.as_millis().saturating_sub(session.create_time.as_millis())),
            is_after_empty_page: paging::is_after_empty_page(query),
        }
    }

    /// Returns the body of the response.
    fn respond(
        &mut self,
        now: Timestamp,
        request: &Request,
        operation: &Operation,
        query: &Query,
        faults: &InjectedFaults,
    ) -> Result<String, ApiError> {
        self.check_key(request, query, operation)?;
        if matches!(operation, Operation::ListActivities(_)) {
            self.account.list_activities(now)?;
        }
        if let Some(name) = query.unknown_name(operation.query_names()) {
            return Err(ApiError::unknown_query(name));
        }
        if query.get("alt").is_some_and(|alt| alt != "json") {
            return Err(ApiError::invalid_argument());
        }
        let mask = match query.get("fields") {
            Some(_) if !self.partial_responses => return Err(ApiError::invalid_argument()),
            fields => fields.map(|text| Mask::parse(text, operation)).transpose()?,
        };
        if faults.not_found {
            return Err(ApiError::not_found());
        }
        let body = if faults.empty_page {
            list("", [].into_iter(), Some(paging::empty_page_token(query)))
        } else {
            let options = ListOptions {
                query,
                visible_until: faults
                    .list_lag_ms
                    .map(|millis| now.plus_millis(-i64::try_from(millis).unwrap_or(i64::MAX))),
                seed: self.seed,
                now,
                activity_lag_ms: faults.activity_lag_ms,
                is_shuffled: faults.is_shuffled,
                max_page_size: faults.max_page_size.unwrap_or(usize::MAX),
            };
            self.perform(now, request, operation, &options)?
        };
        let body = match mask {
            Some(mask) => mask.apply(body),
            None => body,
        };
        Ok(if query.get("prettyPrint") == Some("false") { encode(&body) } else { pretty(&body) })
    }

    /// The key is in the header, or in the query, which every Google API accepts.
    fn check_key(&self, request: &Request, query: &Query, operation: &Operation) -> Result<(), ApiError> {
        let Some(key) = request.header("x-goog-api-key").or_else(|| query.get("key")) else {
            return Err(ApiError::missing_credentials());
        };
        match &self.api_key {
            Some(right) if right != key => Err(ApiError::wrong_key(operation.rpc())),
            _ => Ok(()),
        }
    }

    fn perform(
        &mut self,
        now: Timestamp,
        request: &Request,
        operation: &Operation,
        options: &ListOptions<'_>,
    ) -> Result<Json, ApiError> {
        match operation {
            Operation::CreateSession => self.create_session(now, request),
            Operation::ListSessions => self.list_sessions(options),
            Operation::GetSession(id) => self.session(id).map(|session| session.to_json()),
            Operation::DeleteSession(id) => {
                let number = self.session(id)?.number;
                self.sessions.retain(|session| session.number != number);
                Ok(json!({}))
            }
            Operation::SendMessage(id) => {
                let limits = self.limits;
                self.session(id)?;
                let message = request_body::user_message(request)?;
                limits.check_bytes(&self.sessions, request.body.len())?;
                let session = self.session(id)?;
                // What the service answers to a message to a failed session is unknown.
                if session.state == state::FAILED {
                    return Err(ApiError::failed_precondition());
                }
                session.receive_message(now, &message);
                Ok(json!({}))
            }
            Operation::ApprovePlan(id) => {
                let session = self.session(id)?;
                request_body::empty(request)?;
                session.approve_plan(now);
                Ok(json!({}))
            }
            Operation::ArchiveSession(id) => {
                let session = self.session(id)?;
                request_body::empty(request)?;
                session.archive(now);
                Ok(session.to_json())
            }
            Operation::UnarchiveSession(id) => {
                let session = self.session(id)?;
                request_body::empty(request)?;
                session.unarchive(now);
                Ok(session.to_json())
            }
            Operation::ListActivities(id) => list_activities(self.session(id)?, options),
            Operation::GetActivity { session, activity } => {
                let found = self.session(session)?.activities.iter().find(|known| known.id == *activity);
                found.map(|activity| activity.json.clone()).ok_or_else(ApiError::not_found)
            }
            Operation::ListSources => self.list_sources(options),
            Operation::GetSource(id) => {
                self.sources.find(id).map(|found| found.source.to_json()).ok_or_else(ApiError::not_found)
            }
        }
    }

    /// The service's documentation shows an error for malformed ids, but not which ids are malformed: here those with
    /// characters that no id has.
    fn session(&mut self, id: &str) -> Result<&mut Session, ApiError> {
        if !id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            return Err(ApiError::invalid_session_id());
        }
        self.sessions.iter_mut().find(|session| session.id == id).ok_or_else(ApiError::not_found)
    }

    fn create_session(&mut self, now: Timestamp, request: &Request) -> Result<Json, ApiError> {
        let new_session = request_body::session(request, &self.sources)?;
        let (names, _) = split_directive(&new_session.prompt);
        let script = self.scenarios.script(&names).map_err(|error| ApiError::invalid_argument_with(&error))?;
        let rejection = script.iter().find_map(|timed| match &timed.step {
            Step::Refuse(rejection) => Some(rejection.clone()),
            _ => None,
        });
        let error = rejection.as_ref().and_then(|rejection| ApiError::of_rpc_status(&rejection.status));
        let running = self.sessions.iter().filter(|session| session.is_running()).count();
        self.account.check_create(now, running)?;
        self.limits.check_session(&self.sessions)?;
        self.limits.check_bytes(&self.sessions, request.body.len())?;
        if let (Some(error), Some(Rejection { created: false, .. })) = (&error, &rejection) {
            return Err(error.clone());
        }
        self.account.count_create(now);
        self.created += 1;
        // If the clock was set back, the new session is still not older than the last one.
        let now = self.sessions.last().map_or(now, |last| now.max(last.create_time));
        let mut session = Session::new(self.created, self.seed, now, self.step_ms, new_session, script);
        session.create_time = session.touch(now);
        let json = session.to_json();
        self.sessions.push(session);
        error.map_or(Ok(json), Err)
    }

    /// Lists sessions, newest first.
    fn list_sessions(&self, options: &ListOptions<'_>) -> Result<Json, ApiError> {
        let size = options.size(SESSIONS_PAGE)?;
        let (archived, others) = filter::sessions(options.query.get("filter"))?;
        let first = paging::token(options.query).map(paging::parse_number_token).transpose()?.unwrap_or(u64::MAX);
        let wanted = |session: &&Session| if session.archived { archived } else { others };
        let sessions =
            self.sessions.iter().rev().filter(wanted).filter(|session| options.is_visible(session.create_time));
        let sessions = sessions.filter(|session| session.number <= first).collect();
        let (page, next) = paging::cut(sessions, size);
        Ok(list("sessions", page.into_iter().map(Session::to_json), next.map(|s| paging::number_token(s.number))))
    }

    /// Lists sources in the order of the option. A page token is the id of the next source.
    fn list_sources(&self, options: &ListOptions<'_>) -> Result<Json, ApiError> {
        let size = options.size(SOURCES_PAGE)?;
        let mut sources = match filter::sources(options.query.get("filter"))? {
            None => self.sources.all().to_vec(),
            Some(names) => {
                let ids = names.iter().filter_map(|name| name.strip_prefix("sources/"));
                ids.filter_map(|id| self.sources.find(id)).map(|found| found.source.into_owned()).collect()
            }
        };
        if let Some(token) = paging::token(options.query) {
            let start =
                sources.iter().position(|source| source.id() == token).ok_or_else(ApiError::invalid_argument)?;
            sources.drain(..start);
        }
        let (page, next) = paging::cut(sources, size);
        Ok(list("sources", page.iter().map(|source| source.to_json()), next.map(|source| source.id())))
    }
}

/// A list request, with the effects of faults on it.
struct ListOptions<'a> {
    query: &'a Query,
    /// Newer entries are not visible yet; `None` without a list lag.
    visible_until: Option<Timestamp>,
    seed: u64,
    now: Timestamp,
    /// By how many milliseconds at most a single activity becomes visible late.
    activity_lag_ms: Option<u64>,
    /// Whether the activities of a page are not in chronological order.
    is_shuffled: bool,
    max_page_size: usize,
}

impl ListOptions<'_> {
    fn size(&self, default: usize) -> Result<usize, ApiError> {
        paging::size(self.query, default).map(|size| size.min(self.max_page_size))
    }

    fn is_visible(&self, time: Timestamp) -> bool {
        self.visible_until.is_none_or(|until| time <= until)
    }

    fn is_activity_visible(&self, activity: &Activity) -> bool {
        let is_replicated = |max_lag| replication::visible_from(self.seed, activity, max_lag) <= self.now;
        self.is_visible(activity.time) && self.activity_lag_ms.is_none_or(is_replicated)
    }
}

/// Lists activities, oldest first. A page token is the time of the next activity.
fn list_activities(session: &Session, options: &ListOptions<'_>) -> Result<Json, ApiError> {
    let size = options.size(ACTIVITIES_PAGE)?;
    let after = filter::activities(options.query.get("filter"))?;
    let first = paging::token(options.query).map(paging::parse_time_token).transpose()?.unwrap_or(i128::MIN);
    let wanted = |activity: &&Activity| {
        after.is_none_or(|after| activity.time > after)
            && activity.time.as_nanos() >= first
            && options.is_activity_visible(activity)
    };
    let (mut page, next) = paging::cut(session.activities.iter().filter(wanted).collect(), size);
    if options.is_shuffled {
        replication::shuffle(options.seed, &mut page);
    }
    let token = next.map(|activity| paging::time_token(activity.time));
    Ok(list("activities", page.into_iter().map(|activity| activity.json.clone()), token))
}

/// The JSON of a page. An empty list is omitted, like every default value.
fn list(name: &str, items: impl Iterator<Item = Json>, token: Option<String>) -> Json {
    let items: Vec<Json> = items.collect();
    without_defaults(json!({name: items, "nextPageToken": token}))
}
