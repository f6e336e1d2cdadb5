//! Takes a request through the service: its operation, its key, its query, then what it asks for.

use super::create;
use super::filter;
use super::json::{Json, encode};
use super::mask::Mask;
use super::message::{Request, Response};
use super::options::Options;
use super::paging;
use super::query::Query;
use super::refusal::Refusal;
use super::route::Operation;
use super::scenarios::Scenarios;
use super::script::{Refuse, Step};
use super::session::{Activity, Session, state};
use super::sources::Catalogue;
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
}

impl Emulator {
    /// A service without sessions.
    ///
    /// # Errors
    /// A sentence that names the option whose value cannot be used.
    pub fn new(options: Options) -> Result<Self, String> {
        Ok(Self {
            scenarios: Scenarios::new(&options)?,
            sources: Catalogue::new(options.sources, options.any_repository)?,
            seed: options.seed,
            api_key: options.api_key,
            step_ms: options.step_ms,
            partial_responses: options.partial_responses,
            sessions: Vec::new(),
            created: 0,
        })
    }

    /// Answers a request that arrives at `now`. First everything happens that was due by then, each thing with the
    /// time at which it was due.
    pub fn handle(&mut self, now: Timestamp, request: &Request) -> Response {
        for session in &mut self.sessions {
            session.advance(now);
        }
        match self.answer(now, request) {
            Ok(body) => Response::json(200, now, body),
            Err(refusal) => Response::json(refusal.status, now, pretty(&refusal.body)),
        }
    }

    /// When the next thing happens by itself, if any does: where a virtual clock may go without missing anything.
    pub fn next_change(&self) -> Option<Timestamp> {
        self.sessions.iter().filter_map(|session| session.player.next_change()).min()
    }

    fn answer(&mut self, now: Timestamp, request: &Request) -> Result<String, Refusal> {
        // A path that is none of the service's is unknown to everybody, with or without a key.
        let (operation, query) = Operation::parse(&request.method, &request.target)?;
        self.check_key(request, &query, &operation)?;
        if let Some(name) = query.unknown_name(operation.query_names()) {
            return Err(Refusal::unknown_query(name));
        }
        if query.get("alt").is_some_and(|alt| alt != "json") {
            return Err(Refusal::invalid());
        }
        let mask = match query.get("fields") {
            Some(_) if !self.partial_responses => return Err(Refusal::invalid()),
            fields => fields.map(|text| Mask::parse(text, &operation)).transpose()?,
        };
        let body = self.perform(now, request, &operation, &query)?;
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
        query: &Query,
    ) -> Result<Json, Refusal> {
        match operation {
            Operation::CreateSession => self.create_session(now, request),
            Operation::ListSessions => self.list_sessions(query),
            Operation::GetSession(id) => self.session(id).map(|session| session.to_json()),
            Operation::DeleteSession(id) => {
                let number = self.session(id)?.number;
                self.sessions.retain(|session| session.number != number);
                Ok(json!({}))
            }
            Operation::SendMessage(id) => {
                let session = self.session(id)?;
                let message = create::user_message(request)?;
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
            Operation::ListActivities(id) => list_activities(self.session(id)?, query),
            Operation::GetActivity { session, activity } => {
                let found = self.session(session)?.activities.iter().find(|known| known.id == *activity);
                found.map(|activity| activity.json.clone()).ok_or_else(Refusal::not_found)
            }
            Operation::ListSources => self.list_sources(query),
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
        if let (Some(refusal), Some(Refuse { created: false, .. })) = (&refusal, &refuse) {
            return Err(refusal.clone());
        }
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
    fn list_sessions(&self, query: &Query) -> Result<Json, Refusal> {
        let size = paging::size(query, SESSIONS_PAGE)?;
        let (archived, others) = filter::sessions(query.get("filter"))?;
        let first = query.get("pageToken").map(paging::parse_number_token).transpose()?.unwrap_or(u64::MAX);
        let wanted = |session: &&Session| if session.archived { archived } else { others };
        let sessions = self.sessions.iter().rev().filter(wanted).filter(|session| session.number <= first).collect();
        let (page, next) = paging::cut(sessions, size);
        Ok(list("sessions", page.into_iter().map(Session::to_json), next.map(|s| paging::number_token(s.number))))
    }

    /// In the catalogue's order. A token is the next source's id.
    fn list_sources(&self, query: &Query) -> Result<Json, Refusal> {
        let size = paging::size(query, SOURCES_PAGE)?;
        let mut sources = match filter::sources(query.get("filter"))? {
            None => self.sources.all().to_vec(),
            Some(names) => {
                let ids = names.iter().filter_map(|name| name.strip_prefix("sources/"));
                ids.filter_map(|id| self.sources.find(id)).map(|found| found.source.into_owned()).collect()
            }
        };
        if let Some(token) = query.get("pageToken") {
            let start = sources.iter().position(|source| source.id() == token).ok_or_else(Refusal::invalid)?;
            sources.drain(..start);
        }
        let (page, next) = paging::cut(sources, size);
        Ok(list("sources", page.iter().map(|source| source.to_json()), next.map(|source| source.id())))
    }
}

/// The oldest first. A token is a time, from which on activities are wanted.
fn list_activities(session: &Session, query: &Query) -> Result<Json, Refusal> {
    let size = paging::size(query, ACTIVITIES_PAGE)?;
    let after = filter::activities(query.get("filter"))?;
    let first = query.get("pageToken").map(paging::parse_time_token).transpose()?.unwrap_or(i128::MIN);
    let wanted =
        |activity: &&Activity| after.is_none_or(|after| activity.time > after) && activity.time.as_nanos() >= first;
    let (page, next) = paging::cut(session.activities.iter().filter(wanted).collect(), size);
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

/// JSON as the service writes it unless `prettyPrint=false` is asked for.
fn pretty(body: &Json) -> String {
    serde_json::to_string_pretty(body).unwrap_or_default() + "\n"
}
