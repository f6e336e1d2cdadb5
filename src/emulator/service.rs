//! Takes a request through the service: its operation, its key, its query, then what it asks for.

use super::create;
use super::filter;
use super::json::{Json, encode, pretty};
use super::limits::Limits;
use super::mask::Mask;
use super::message::{Request, Response};
use super::options::Options;
use super::paging;
use super::query::Query;
use super::quota::Account;
use super::refusal::Refusal;
use super::replica;
use super::route::Operation;
use super::scenarios::Scenarios;
use super::script::{Refuse, Step};
use super::session::{Activity, Session, state};
use super::sources::Catalogue;
use super::strike::{Circumstances, Faults, Verdict};
use super::text::split_directive;
use crate::core::time::Timestamp;
use serde_json::json;

const SESSIONS_PAGE: usize = 30;
const ACTIVITIES_PAGE: usize = 50;
const SOURCES_PAGE: usize = 30;

/// The service, with all it keeps.
#[derive(Debug, Clone)]
pub struct Emulator {
    seed: u64,
    api_key: Option<String>,
    step_ms: u64,
    partial_responses: bool,
    scenarios: Scenarios,
    sources: Catalogue,
    /// In the order of creation.
    sessions: Vec<Session>,
    created: u64,
    faults: Faults,
    account: Account,
    limits: Limits,
    /// The latest time, by its own clock, that it was asked at.
    latest: Timestamp,
}

impl Emulator {
    /// A service without sessions.
    ///
    /// # Errors
    /// A sentence that names the option whose value cannot be used.
    pub fn new(options: Options) -> Result<Self, String> {
        Ok(Self {
            scenarios: Scenarios::new(&options)?,
            faults: Faults::new(&options)?,
            account: Account::new(options.quota),
            limits: options.limits,
            sources: Catalogue::new(options.sources, options.any_repository)?,
            seed: options.seed,
            api_key: options.api_key,
            step_ms: options.step_ms,
            partial_responses: options.partial_responses,
            sessions: Vec::new(),
            created: 0,
            latest: Timestamp::default(),
        })
    }

    /// Answers a request that arrives at `now`. First everything happens that was due by then, each thing with the
    /// time at which it was due. What [`Response::transport`] and [`Response::delay_ms`] say is left to the caller.
    pub fn handle(&mut self, now: Timestamp, request: &Request) -> Response {
        let own_time = self.let_pass(now);
        let parsed = Operation::parse(&request.method, &request.target);
        let verdict = match &parsed {
            Ok((operation, query)) => {
                let circumstances = self.circumstances(own_time, operation, query);
                self.faults.meet(operation, circumstances)
            }
            Err(_) => Verdict::default(),
        };
        let operation = parsed.as_ref().ok().map(|(operation, _)| operation);
        let answer = verdict.lets_through(operation).then(|| {
            // A path that is none of the service's is unknown to everybody, with or without a key.
            let answered = match &parsed {
                Ok((operation, query)) => self.answer(own_time, request, operation, query, &verdict),
                Err(refusal) => Err(refusal.clone()),
            };
            match answered {
                Ok(body) => Response::json(200, own_time, body),
                Err(refusal) => refusal.response(own_time),
            }
        });
        Response { at: now, ..verdict.apply(own_time, answer) }
    }

    /// Lets everything happen that is due by `now`, and gives the time by the service's own clock.
    pub(super) fn let_pass(&mut self, now: Timestamp) -> Timestamp {
        let own_time = now.plus_millis(self.faults.skew_ms());
        for session in &mut self.sessions {
            session.advance(own_time);
        }
        self.latest = self.latest.max(own_time);
        own_time
    }

    pub(super) fn all_sessions(&self) -> &[Session] {
        &self.sessions
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.faults
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

    fn circumstances(&self, now: Timestamp, operation: &Operation, query: &Query) -> Circumstances {
        let named = operation.session_id();
        let session = self.sessions.iter().find(|session| Some(session.id.as_str()) == named);
        Circumstances {
            age_ms: session.map(|session| now.as_millis().saturating_sub(session.create_time.as_millis())),
            behind_empty_page: paging::is_behind_empty(query),
        }
    }

    fn answer(
        &mut self,
        now: Timestamp,
        request: &Request,
        operation: &Operation,
        query: &Query,
        verdict: &Verdict,
    ) -> Result<String, Refusal> {
        self.check_key(request, query, operation)?;
        if matches!(operation, Operation::ListActivities(_)) {
            self.account.list_activities(now)?;
        }
        if let Some(name) = query.unknown_name(operation.query_names()) {
            return Err(Refusal::unknown_query(name));
        }
        if query.get("alt").is_some_and(|alt| alt != "json") {
            return Err(Refusal::invalid());
        }
        let mask = match query.get("fields") {
            Some(_) if !self.partial_responses => return Err(Refusal::invalid()),
            fields => fields.map(|text| Mask::parse(text, operation)).transpose()?,
        };
        if verdict.not_found {
            return Err(Refusal::not_found());
        }
        let body = if verdict.empty_page {
            list("", [].into_iter(), Some(paging::empty_page_token(query)))
        } else {
            let listing = Listing {
                query,
                shown_until: verdict.lag_ms.map(|millis| now.plus_millis(-i64::try_from(millis).unwrap_or(i64::MAX))),
                seed: self.seed,
                now,
                activity_lag_ms: verdict.activity_lag_ms,
                is_shuffled: verdict.is_shuffled,
                largest_page: verdict.largest_page.unwrap_or(usize::MAX),
            };
            self.perform(now, request, operation, &listing)?
        };
        let body = match mask {
            Some(mask) => mask.apply(body),
            None => body,
        };
        Ok(if query.get("prettyPrint") == Some("false") { encode(&body) } else { pretty(&body) })
    }

    /// The key comes in the header, or in the query as every Google API takes it.
    fn check_key(&self, request: &Request, query: &Query, operation: &Operation) -> Result<(), Refusal> {
        let Some(key) = request.header("x-goog-api-key").or_else(|| query.get("key")) else {
            return Err(Refusal::no_credential());
        };
        match &self.api_key {
            Some(right) if right != key => Err(Refusal::bad_key(operation.rpc())),
            _ => Ok(()),
        }
    }

    fn perform(
        &mut self,
        now: Timestamp,
        request: &Request,
        operation: &Operation,
        listing: &Listing<'_>,
    ) -> Result<Json, Refusal> {
        match operation {
            Operation::CreateSession => self.create_session(now, request),
            Operation::ListSessions => self.list_sessions(listing),
            Operation::GetSession(id) => self.session(id).map(|session| session.to_json()),
            Operation::DeleteSession(id) => {
                let number = self.session(id)?.number;
                self.sessions.retain(|session| session.number != number);
                Ok(json!({}))
            }
            Operation::SendMessage(id) => {
                let limits = self.limits;
                self.session(id)?;
                let message = create::user_message(request)?;
                limits.check_bytes(&self.sessions, request.body.len())?;
                let session = self.session(id)?;
                // What the service says to a message to a failed session is unknown.
                if session.state == state::FAILED {
                    return Err(Refusal::failed_precondition());
                }
                session.user_says(now, &message);
                Ok(json!({}))
            }
            Operation::ApprovePlan(id) => {
                let session = self.session(id)?;
                create::nothing(request)?;
                session.approve_plan(now);
                Ok(json!({}))
            }
            Operation::ArchiveSession(id) => {
                let session = self.session(id)?;
                create::nothing(request)?;
                session.archive(now);
                Ok(session.to_json())
            }
            Operation::UnarchiveSession(id) => {
                let session = self.session(id)?;
                create::nothing(request)?;
                session.unarchive(now);
                Ok(session.to_json())
            }
            Operation::ListActivities(id) => list_activities(self.session(id)?, listing),
            Operation::GetActivity { session, activity } => {
                let found = self.session(session)?.activities.iter().find(|known| known.id == *activity);
                found.map(|activity| activity.json.clone()).ok_or_else(Refusal::not_found)
            }
            Operation::ListSources => self.list_sources(listing),
            Operation::GetSource(id) => {
                self.sources.find(id).map(|found| found.source.to_json()).ok_or_else(Refusal::not_found)
            }
        }
    }

    /// Which ids the service calls malformed (its documentation has such an error) and which unknown is not known:
    /// here those with characters that no id has.
    fn session(&mut self, id: &str) -> Result<&mut Session, Refusal> {
        if !id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            return Err(Refusal::bad_session_id());
        }
        self.sessions.iter_mut().find(|session| session.id == id).ok_or_else(Refusal::not_found)
    }

    fn create_session(&mut self, now: Timestamp, request: &Request) -> Result<Json, Refusal> {
        let asked = create::session(request, &self.sources)?;
        let (names, _) = split_directive(&asked.prompt);
        let script = self.scenarios.script(&names).map_err(|error| Refusal::invalid_because(&error))?;
        let refuse = script.iter().find_map(|timed| match &timed.step {
            Step::Refuse(refuse) => Some(refuse.clone()),
            _ => None,
        });
        let refusal = refuse.as_ref().and_then(|refuse| Refusal::of_status(&refuse.status));
        let running = self.sessions.iter().filter(|session| session.is_running()).count();
        self.account.check(now, running)?;
        self.limits.check_session(&self.sessions)?;
        self.limits.check_bytes(&self.sessions, request.body.len())?;
        if let (Some(refusal), Some(Refuse { created: false, .. })) = (&refusal, &refuse) {
            return Err(refusal.clone());
        }
        self.account.note(now);
        self.created += 1;
        // A clock that is set back does not make a new session older than the last one.
        let now = self.sessions.last().map_or(now, |last| now.max(last.create_time));
        let mut session = Session::new(self.created, self.seed, now, self.step_ms, asked, script);
        session.create_time = session.stamp(now);
        let json = session.to_json();
        self.sessions.push(session);
        refusal.map_or(Ok(json), Err)
    }

    /// The newest first.
    fn list_sessions(&self, listing: &Listing<'_>) -> Result<Json, Refusal> {
        let size = listing.size(SESSIONS_PAGE)?;
        let (archived, others) = filter::sessions(listing.query.get("filter"))?;
        let first = paging::token(listing.query).map(paging::parse_number_token).transpose()?.unwrap_or(u64::MAX);
        let wanted = |session: &&Session| if session.archived { archived } else { others };
        let sessions = self.sessions.iter().rev().filter(wanted).filter(|session| listing.shows(session.create_time));
        let sessions = sessions.filter(|session| session.number <= first).collect();
        let (page, next) = paging::cut(sessions, size);
        Ok(list("sessions", page.into_iter().map(Session::to_json), next.map(|s| paging::number_token(s.number))))
    }

    /// In the catalogue's order. A token is the next source's id.
    fn list_sources(&self, listing: &Listing<'_>) -> Result<Json, Refusal> {
        let size = listing.size(SOURCES_PAGE)?;
        let mut sources = match filter::sources(listing.query.get("filter"))? {
            None => self.sources.all().to_vec(),
            Some(names) => {
                let ids = names.iter().filter_map(|name| name.strip_prefix("sources/"));
                ids.filter_map(|id| self.sources.find(id)).map(|found| found.source.into_owned()).collect()
            }
        };
        if let Some(token) = paging::token(listing.query) {
            let start = sources.iter().position(|source| source.id() == token).ok_or_else(Refusal::invalid)?;
            sources.drain(..start);
        }
        let (page, next) = paging::cut(sources, size);
        Ok(list("sources", page.iter().map(|source| source.to_json()), next.map(|source| source.id())))
    }
}

/// What of a list is asked for, and how much of it is shown.
struct Listing<'a> {
    query: &'a Query,
    /// The time of the newest that is shown; `None` if the list does not lag behind.
    shown_until: Option<Timestamp>,
    seed: u64,
    now: Timestamp,
    /// By how much at most each activity lags behind by itself.
    activity_lag_ms: Option<u64>,
    /// Whether the activities of a page come in another order than that of their times.
    is_shuffled: bool,
    largest_page: usize,
}

impl Listing<'_> {
    fn size(&self, default: usize) -> Result<usize, Refusal> {
        paging::size(self.query, default).map(|size| size.min(self.largest_page))
    }

    fn shows(&self, time: Timestamp) -> bool {
        self.shown_until.is_none_or(|until| time <= until)
    }

    fn shows_activity(&self, activity: &Activity) -> bool {
        let is_there = |most| replica::visible_from(self.seed, activity, most) <= self.now;
        self.shows(activity.time) && self.activity_lag_ms.is_none_or(is_there)
    }
}

/// The oldest first. A token is a time, from which on activities are wanted.
fn list_activities(session: &Session, listing: &Listing<'_>) -> Result<Json, Refusal> {
    let size = listing.size(ACTIVITIES_PAGE)?;
    let after = filter::activities(listing.query.get("filter"))?;
    let first = paging::token(listing.query).map(paging::parse_time_token).transpose()?.unwrap_or(i128::MIN);
    let wanted = |activity: &&Activity| {
        after.is_none_or(|after| activity.time > after)
            && activity.time.as_nanos() >= first
            && listing.shows_activity(activity)
    };
    let (mut page, next) = paging::cut(session.activities.iter().filter(wanted).collect(), size);
    if listing.is_shuffled {
        replica::shuffle(listing.seed, &mut page);
    }
    let token = next.map(|activity| paging::time_token(activity.time));
    Ok(list("activities", page.into_iter().map(|activity| activity.json.clone()), token))
}

/// A page. An empty list is dropped, like every default value.
fn list(name: &str, items: impl Iterator<Item = Json>, token: Option<String>) -> Json {
    let items: Vec<Json> = items.collect();
    let mut page = serde_json::Map::new();
    if !items.is_empty() {
        page.insert(name.to_owned(), items.into());
    }
    if let Some(token) = token {
        page.insert("nextPageToken".to_owned(), token.into());
    }
    Json::Object(page)
}
