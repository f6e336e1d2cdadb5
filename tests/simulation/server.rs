//! The service of a schedule: the emulator with the irregularities of a real service. Lists lag, new sessions are not found,
//! pages are small, empty or unordered, activities have equal times and become visible late.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::random::Random;
use crate::rendering::{PromptRendering, Shown};
use crate::support::{Answer, KEY, Service};
use jules_wasm::core::http::{Method, Request};
use jules_wasm::core::row::FromRow;
use jules_wasm::core::session::Session;
use jules_wasm::core::state::SessionState;
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::Emulator;
use serde_json::{Value, json};

/// The prefix of the token of an empty page, followed by the requested token.
const EMPTY_PAGE: &str = "empty-";

/// Late activities become visible within this time.
pub const LONGEST_DELAY_MS: u64 = 60_000;

/// The irregularities of the service. All durations are in milliseconds.
#[derive(Debug)]
pub struct Behaviour {
    pub sessions_lag_ms: i64,
    /// Whether each list of sessions has its own lag, as with replicas.
    pub has_replicas: bool,
    pub activities_lag_ms: i64,
    /// The percentage of activities that become visible late, each with its own delay.
    pub late_percent: u64,
    /// The largest delay of messages of the user.
    pub late_message_ms: u64,
    /// Whether the activities of a page are shuffled.
    pub is_unordered: bool,
    pub young_ms: i64,
    pub largest_page: usize,
    pub empty_pages_percent: u64,
    /// The times of activities are rounded down to multiples of this; 0: not rounded.
    pub coarse_ms: i64,
    /// Whether field masks are supported.
    pub gives_parts: bool,
    pub shown: Shown,
}

/// An activity in a list.
#[derive(Debug)]
pub struct Entry {
    pub id: String,
    pub happened: Timestamp,
    pub shown: Timestamp,
    /// When it becomes visible, in milliseconds since 1970.
    pub listed_from_ms: i64,
    /// Whether newer ones may be listed before it.
    pub is_late: bool,
    /// The message of the user as sent.
    pub message: Option<String>,
    pub json: Value,
    text: String,
}

#[derive(Debug, Default)]
struct Stored {
    made_at_ms: i64,
    entries: Vec<Entry>,
}

/// The effect of a POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostEffect {
    /// A created session, by its id.
    Session(String),
    /// An effect on a session.
    Change,
}

/// A session of the service, as requested.
#[derive(Debug)]
pub struct CreatedSession {
    pub id: String,
    pub prompt: String,
    pub title: String,
    pub state: SessionState,
    pub created: Timestamp,
}

pub struct Server {
    emulator: Emulator,
    pub odd: Behaviour,
    random: Random,
    kept: BTreeMap<String, Stored>,
}

impl Server {
    pub fn new(emulator: Emulator, odd: Behaviour, seed: u64) -> Self {
        Self { emulator, odd, random: Random::new(seed, 12), kept: BTreeMap::new() }
    }

    /// The real state of the service, independent of what it shows.
    pub fn sessions(&mut self, at: Timestamp) -> Vec<CreatedSession> {
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let filter = "archived%3Dtrue%20OR%20archived%3Dfalse";
            let page = self.ask(at, &format!("/sessions?pageSize=100&filter={filter}&pageToken={token}"));
            for session in page["sessions"].as_array().into_iter().flatten() {
                let field = |name: &str| text(&session[name]);
                all.push(CreatedSession {
                    id: field("id"),
                    prompt: field("prompt"),
                    title: field("title"),
                    state: Session::read(session.clone()).state,
                    created: Timestamp::parse(&field("createTime")).unwrap(),
                });
            }
            match page["nextPageToken"].as_str() {
                Some(next) => token = next.to_owned(),
                None => return all,
            }
        }
    }

    /// All activities of a session, in the service's order.
    pub fn activities(&mut self, at: Timestamp, id: &str) -> &[Entry] {
        self.read_on(at, id);
        self.kept.get(id).map_or(&[], |kept| &kept.entries)
    }

    /// Sends a request to the emulator.
    fn ask(&mut self, at: Timestamp, path: &str) -> Value {
        let join = if path.contains('?') { '&' } else { '?' };
        let request = Request {
            method: Method::Get,
            url: format!("/v1alpha{path}{join}prettyPrint=false"),
            headers: vec![("X-Goog-Api-Key".to_owned(), KEY.to_owned())],
            body: None,
            wants_date: false,
            most_bytes: u64::MAX,
            attempt: 1,
        };
        serde_json::from_slice(&Service::handle(&mut self.emulator, at, &request).body).unwrap()
    }

    fn read_on(&mut self, at: Timestamp, id: &str) {
        loop {
            let Some(kept) = self.kept.get(id) else { return };
            let after = kept.entries.last().map(|entry| entry.happened.to_string());
            let filter =
                after.map_or(String::new(), |time| format!("&filter=create_time%3E%22{}%22", time.replace(':', "%3A")));
            let mut page = self.ask(at, &format!("/sessions/{id}/activities?pageSize=100{filter}"));
            let Some(items) = page["activities"].as_array_mut() else { return };
            let (odd, random) = (&self.odd, &self.random);
            let items: Vec<_> = items.drain(..).map(|json| Entry::new(json, odd, random)).collect();
            self.kept.get_mut(id).unwrap().entries.extend(items);
        }
    }

    fn forward(&mut self, at: Timestamp, request: &Request) -> Answer {
        Service::handle(&mut self.emulator, at, request)
    }

    /// A refused request may have created a session too.
    fn create(&mut self, at: Timestamp, request: &Request) -> (Answer, Option<PostEffect>) {
        let answer = self.forward(at, request);
        let newest = self.ask(at, "/sessions?pageSize=1");
        let made = newest["sessions"][0]["id"].as_str().filter(|id| !self.kept.contains_key(*id));
        if let Some(id) = made {
            self.kept.insert(id.to_owned(), Stored { made_at_ms: at.as_millis(), ..Stored::default() });
        }
        (self.odd.shown.apply(answer, false), made.map(|id| PostEffect::Session(id.to_owned())))
    }

    /// Replaces the query of a list, or responds with an empty page.
    fn list_query(&self, query: &str) -> Result<String, Answer> {
        let token = parameter(query, "pageToken").unwrap_or_default();
        let token = match token.strip_prefix(EMPTY_PAGE) {
            Some(token) => token.to_owned(),
            None if self.random.percent(self.odd.empty_pages_percent) => {
                return Err(page(json!({"nextPageToken": format!("{EMPTY_PAGE}{token}")})));
            }
            None => token,
        };
        let asked = parameter(query, "pageSize").and_then(|size| size.parse().ok()).unwrap_or(30);
        let size = self.odd.largest_page.min(asked);
        let rest = query.split('&').filter(|pair| !pair.starts_with("pageSize=") && !pair.starts_with("pageToken="));
        let mut parts: Vec<_> = rest.filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
        parts.push(format!("pageSize={size}"));
        if !token.is_empty() {
            parts.push(format!("pageToken={token}"));
        }
        Ok(parts.join("&"))
    }

    fn list_sessions(&mut self, at: Timestamp, request: &Request, query: &str) -> Answer {
        let query = match self.list_query(query) {
            Ok(query) => query,
            Err(empty) => return empty,
        };
        let (before, _) = request.url.split_once("/sessions").unwrap();
        let request = Request { url: format!("{before}/sessions?{query}"), ..request.clone() };
        let mut answer = self.forward(at, &request);
        let longest = u64::try_from(self.odd.sessions_lag_ms).unwrap();
        let lag_ms = if self.odd.has_replicas { self.random.between(0, longest) } else { longest };
        let hidden_since = at.as_millis() - i64::try_from(lag_ms).unwrap();
        if self.kept.values().any(|kept| kept.made_at_ms > hidden_since) && answer.status == 200 {
            let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
            if let Some(sessions) = body.get_mut("sessions").and_then(Value::as_array_mut) {
                // By the name, the only field in a partial response.
                let id = |session: &Value| text(&session["name"]).replace("sessions/", "");
                sessions.retain(|session| self.kept[&id(session)].made_at_ms <= hidden_since);
            }
            answer.body = body.to_string().into_bytes();
        }
        self.odd.shown.apply(answer, true)
    }

    /// As the service: the filter is exclusive, a token is a time. After a dot it contains the number of activities with that time
    /// on previous pages.
    fn list_activities(&mut self, at: Timestamp, id: &str, query: &str) -> Answer {
        let query = match self.list_query(query) {
            Ok(query) => query,
            Err(empty) => return empty,
        };
        let mask = parameter(&query, "fields");
        if mask.is_some() && !self.odd.gives_parts {
            let error =
                json!({"code": 400, "message": "Request contains an invalid argument.", "status": "INVALID_ARGUMENT"});
            return Answer { status: 400, ..page(json!({"error": error})) };
        }
        self.read_on(at, id);
        let after = parameter(&query, "filter").map(|filter| {
            let time = filter.strip_prefix("create_time > \"").unwrap().strip_suffix('"').unwrap();
            Timestamp::parse(time).unwrap()
        });
        let token = parameter(&query, "pageToken").unwrap_or_default();
        let (from, skip) = token.split_once('.').unwrap_or((&token, "0"));
        let from = from.parse().unwrap_or(i128::MIN);
        let size: usize = parameter(&query, "pageSize").unwrap().parse().unwrap();
        let mut left_to_skip: usize = skip.parse().unwrap();
        let wanted: Vec<&Entry> = self.kept[id]
            .entries
            .iter()
            .filter(|entry| entry.listed_from_ms <= at.as_millis())
            .filter(|entry| after.is_none_or(|after| entry.shown > after) && entry.shown.as_nanos() >= from)
            .filter(|entry| {
                let skipped = left_to_skip > 0 && entry.shown.as_nanos() == from;
                left_to_skip -= usize::from(skipped);
                !skipped
            })
            .collect();
        let given = &wanted[..size.min(wanted.len())];
        let mut items: Vec<_> = given.iter().map(|entry| entry.selected(mask.as_deref())).collect();
        if self.odd.is_unordered {
            self.random.shuffle(&mut items);
        }
        let mut fields = Vec::new();
        if !items.is_empty() {
            fields.push(format!("\"activities\":[{}]", items.join(",")));
        }
        if let Some(next) = wanted.get(size) {
            let time = next.shown.as_nanos();
            let alike = given.iter().filter(|entry| entry.shown == next.shown).count();
            let skip = alike + if time == from { skip.parse::<usize>().unwrap() } else { 0 };
            let skip = if skip > 0 { format!(".{skip}") } else { String::new() };
            fields.push(format!("\"nextPageToken\":\"{time}{skip}\""));
        }
        Answer { status: 200, body: format!("{{{}}}", fields.join(",")).into_bytes(), ..Answer::default() }
    }

    /// Handles a request. Returns the response and its effect.
    pub fn carry_out(&mut self, at: Timestamp, request: &Request) -> (Answer, Option<PostEffect>) {
        let (_, path) = request.url.split_once("/v1alpha").unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        if path == "/sessions" {
            return match request.method {
                Method::Post => self.create(at, request),
                _ => (self.list_sessions(at, request, query), None),
            };
        }
        let Some(rest) = path.strip_prefix("/sessions/") else { return (self.forward(at, request), None) };
        let end = rest.find(['/', ':']).unwrap_or(rest.len());
        let (id, verb) = rest.split_at(end);
        let is_young = self.kept.get(id).is_some_and(|kept| at.as_millis() < kept.made_at_ms + self.odd.young_ms);
        if is_young {
            let error = json!({"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"});
            return (Answer { status: 404, ..page(json!({"error": error})) }, None);
        }
        if verb == "/activities" && self.kept.contains_key(id) {
            return (self.list_activities(at, id, query), None);
        }
        let answer = self.forward(at, request);
        let is_done = request.method == Method::Post && answer.status == 200;
        let answer = if verb.is_empty() { self.odd.shown.apply(answer, false) } else { answer };
        (answer, is_done.then_some(PostEffect::Change))
    }
}

impl Entry {
    fn new(mut json: Value, odd: &Behaviour, random: &Random) -> Self {
        let happened = Timestamp::parse(json["createTime"].as_str().unwrap()).unwrap();
        let millis = happened.as_millis();
        let shown = match odd.coarse_ms {
            0 => happened,
            coarse => Timestamp::from_millis(millis - millis.rem_euclid(coarse)),
        };
        json["createTime"] = shown.to_string().into();
        let message = json["userMessaged"]["userMessage"].as_str().map(str::to_owned);
        if let Some(message) = &message {
            let prompts =
                if odd.shown.prompts == PromptRendering::Hidden { PromptRendering::AsSent } else { odd.shown.prompts };
            json["userMessaged"]["userMessage"] = prompts.listed(message).into();
        }
        let longest = if message.is_some() { odd.late_message_ms } else { LONGEST_DELAY_MS };
        let delay_ms = if random.percent(odd.late_percent) { random.between(0, longest) } else { 0 };
        let delay_ms = i64::try_from(delay_ms).unwrap();
        let listed_from_ms = match delay_ms.max(odd.activities_lag_ms) {
            0 => i64::MIN,
            late_ms => millis + late_ms,
        };
        let is_late = delay_ms > odd.activities_lag_ms;
        Self { id: text(&json["id"]), happened, shown, listed_from_ms, is_late, message, text: json.to_string(), json }
    }

    /// The text, or that of the fields selected by a mask.
    fn selected(&self, mask: Option<&str>) -> Cow<'_, str> {
        let Some(fields) = mask.and_then(|mask| mask.strip_prefix("activities(")) else {
            return self.text.as_str().into();
        };
        let mut depth = 0;
        let is_end = |c: char| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth < 0
        };
        let end = fields.find(is_end).unwrap();
        // Nested fields of a mask are returned with the whole field.
        let names: Vec<_> = fields[..end].split(',').map(|name| name.split('(').next().unwrap()).collect();
        let json = self.json.as_object().unwrap().iter().filter(|(name, _)| names.contains(&name.as_str()));
        Value::Object(json.map(|(name, value)| (name.clone(), value.clone())).collect()).to_string().into()
    }

    /// Whether it is visible at this time.
    pub fn is_listed_at(&self, time: Timestamp) -> bool {
        self.listed_from_ms.max(self.happened.as_millis()) <= time.as_millis()
    }
}

fn page(body: Value) -> Answer {
    Answer { status: 200, body: body.to_string().into_bytes(), ..Answer::default() }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let mut parts = found.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
        bytes.extend(rest.as_bytes());
    }
    Some(String::from_utf8(bytes).unwrap())
}
