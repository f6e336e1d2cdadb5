//! A service with one scripted session: its states and the times from which its activities are listed. For behaviour that the
//! emulator does not have: equal times, small pages, lists that lag.

use super::answer::Answer;
use super::sim::{START_MS, Service};
use jules_wasm::core::http::Request;
use jules_wasm::core::time::Timestamp;
use serde_json::{Map, Value, json};

pub const ID: &str = "14550388554331055113";

/// What happens when a message comes in: `(script, milliseconds since the beginning, message)`.
pub type Reaction = Box<dyn FnMut(&mut ScriptedSession, i64, &str)>;

/// An activity, and when it becomes visible.
struct Entry {
    listed_from_ms: i64,
    json: Value,
}

/// All times are in milliseconds since the start of the test.
pub struct ScriptedSession {
    states: Vec<(i64, &'static str)>,
    entries: Vec<Entry>,
    largest_page: usize,
    is_reversed: bool,
    gives_parts: bool,
    update_time_ahead_ms: i64,
    /// The times at which it changes, beside those of its activities.
    changes: Vec<i64>,
    outputs: Value,
    reaction: Option<Reaction>,
}

impl ScriptedSession {
    /// A session in this state.
    pub fn new(state: &'static str) -> Self {
        let states = vec![(i64::MIN, state)];
        Self {
            states,
            entries: Vec::new(),
            largest_page: 100,
            is_reversed: false,
            gives_parts: false,
            update_time_ahead_ms: 0,
            changes: Vec::new(),
            outputs: Value::Array(Vec::new()),
            reaction: None,
        }
    }

    /// Sets the state from this time on.
    pub fn state(&mut self, at_ms: i64, state: &'static str) {
        self.states.push((at_ms, state));
    }

    /// An activity that happens and becomes visible at this time.
    pub fn happens(&mut self, at_ms: i64, id: &str, event: Value) {
        self.is_listed(at_ms, at_ms, id, event);
    }

    /// An activity that happens at `at_ms`, but becomes visible at `listed_from_ms`.
    pub fn is_listed(&mut self, listed_from_ms: i64, at_ms: i64, id: &str, event: Value) {
        self.is_listed_with_time(listed_from_ms, &time(at_ms), id, event);
    }

    /// The same, with the time as text.
    pub fn is_listed_with_time(&mut self, listed_from_ms: i64, time: &str, id: &str, event: Value) {
        let mut fields = Map::new();
        fields.insert("name".to_owned(), format!("sessions/{ID}/activities/{id}").into());
        fields.insert("id".to_owned(), id.into());
        fields.insert("createTime".to_owned(), time.into());
        fields.extend(event.as_object().unwrap().clone());
        self.entries.push(Entry { listed_from_ms, json: fields.into() });
    }

    /// Removes the activity with this id.
    pub fn takes_back(&mut self, id: &str) {
        self.entries.retain(|entry| entry.json["id"] != *id);
    }

    /// Limits the page size.
    pub fn pages_of(&mut self, entries: usize) {
        self.largest_page = entries;
    }

    /// Reverses the activities of each page.
    pub fn reverses_pages(&mut self) {
        self.is_reversed = true;
    }

    /// Supports field masks of activities.
    pub fn gives_parts(&mut self) {
        self.gives_parts = true;
    }

    /// Sets `updateTime` to this time from then on, although no activity is listed.
    pub fn changes(&mut self, at_ms: i64) {
        self.changes.push(at_ms);
    }

    /// Sets `updateTime` this much later than the newest activity.
    pub fn update_time_is_ahead(&mut self, millis: i64) {
        self.update_time_ahead_ms = millis;
    }

    /// Sets the `outputs` of the session.
    pub fn outputs(&mut self, outputs: Value) {
        self.outputs = outputs;
    }

    /// Sets the reaction to messages.
    pub fn on_message(&mut self, reaction: impl FnMut(&mut Self, i64, &str) + 'static) {
        self.reaction = Some(Box::new(reaction));
    }

    fn session(&self, now_ms: i64) -> Value {
        let begun = self.states.iter().filter(|(at, _)| *at <= now_ms);
        let (_, state) = begun.max_by_key(|(at, _)| *at).unwrap();
        let listed = self.entries.iter().filter(|entry| entry.listed_from_ms <= now_ms);
        let update_time = listed
            .filter_map(|entry| Timestamp::parse(entry.json["createTime"].as_str()?))
            .chain(self.changes.iter().filter(|at| **at <= now_ms).filter_map(|at| Timestamp::parse(&time(*at))))
            .max()
            .map(|newest| newest.plus_millis(self.update_time_ahead_ms).to_string());
        json!({
            "name": format!("sessions/{ID}"),
            "id": ID,
            "prompt": "As taped",
            "state": state,
            "createTime": time(0),
            "updateTime": update_time.unwrap_or_else(|| time(0)),
            "outputs": self.outputs,
        })
    }

    /// As the service: the filter is exclusive, a token is the time of the next activity.
    fn activities(&self, now_ms: i64, query: &str) -> Value {
        let parameter = |name: &str| {
            let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            found.map(decoded)
        };
        let after = parameter("filter").map(|filter| {
            let time = filter.strip_prefix("create_time > \"").unwrap().strip_suffix('"').unwrap();
            Timestamp::parse(time).unwrap().as_nanos()
        });
        let from = parameter("pageToken").map(|token| token.parse::<i128>().unwrap());
        let size = parameter("pageSize").map_or(50, |size| size.parse().unwrap()).min(self.largest_page);
        let nanos = |entry: &&Entry| Timestamp::parse(entry.json["createTime"].as_str().unwrap()).unwrap().as_nanos();
        let mut listed: Vec<_> = self.entries.iter().filter(|entry| entry.listed_from_ms <= now_ms).collect();
        listed.sort_by_key(nanos);
        listed.retain(|e| after.is_none_or(|after| nanos(e) > after) && from.is_none_or(|from| nanos(e) >= from));
        let mut page = Map::new();
        if let Some(next) = listed.get(size) {
            page.insert("nextPageToken".to_owned(), nanos(next).to_string().into());
        }
        let mut items: Vec<_> = listed.into_iter().take(size).map(|entry| entry.json.clone()).collect();
        if self.is_reversed {
            items.reverse();
        }
        let mask = parameter("fields").filter(|_| self.gives_parts);
        if let Some(mask) = mask.as_deref().and_then(|mask| mask.strip_prefix("activities(")) {
            let (fields, _) = mask.split_once(')').unwrap();
            let is_wanted = |name: &str| fields.split(',').any(|field| field == name);
            items.iter_mut().for_each(|item| item.as_object_mut().unwrap().retain(|name, _| is_wanted(name)));
        }
        if !items.is_empty() {
            page.insert("activities".to_owned(), items.into());
        }
        page.into()
    }
}

impl Service for ScriptedSession {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        let now_ms = now.as_millis() - START_MS;
        let (_, path) = request.url.split_once("/v1alpha").unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let verb = path.strip_prefix(&format!("/sessions/{ID}")).unwrap();
        let body = match (request.method.as_str(), verb) {
            ("GET", "") => self.session(now_ms),
            ("GET", "/activities") => self.activities(now_ms, query),
            ("GET", one) if one.starts_with("/activities/") => {
                let name = format!("sessions/{ID}{one}");
                self.entries.iter().find(|entry| entry.json["name"] == *name).unwrap().json.clone()
            }
            ("POST", ":sendMessage") => {
                let body: Value = serde_json::from_str(request.body.as_deref().unwrap()).unwrap();
                let mut reaction = self.reaction.take().unwrap();
                reaction(self, now_ms, body["prompt"].as_str().unwrap());
                self.reaction = Some(reaction);
                json!({})
            }
            other => panic!("not on the script: {other:?}"),
        };
        Answer { status: 200, body: body.to_string().into_bytes(), ..Answer::default() }
    }
}

pub fn agent(text: &str) -> Value {
    json!({"originator": "agent", "agentMessaged": {"agentMessage": text}})
}

pub fn user(text: &str) -> Value {
    json!({"originator": "user", "userMessaged": {"userMessage": text}})
}

pub fn progress(title: &str) -> Value {
    json!({"originator": "agent", "progressUpdated": {"title": title}})
}

pub fn completed() -> Value {
    json!({"originator": "agent", "sessionCompleted": {}})
}

pub fn failed(reason: &str) -> Value {
    json!({"originator": "agent", "sessionFailed": {"reason": reason}})
}

fn time(at_ms: i64) -> String {
    Timestamp::from_millis(START_MS + at_ms).to_string()
}

fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).unwrap()
}
