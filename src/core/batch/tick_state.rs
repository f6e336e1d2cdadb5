//! The state of a batch that is advanced by ticks: plain JSON that the caller keeps between two ticks. The façade adds the keys.

use super::counts::{Counts, Status};
use super::marker::Marker;
use super::record::{Begun, Created};
use super::slots::Memory;
use crate::core::json_text::string;
use crate::core::json_view::JsonView;
use crate::core::state::SessionState;
use crate::core::time::Timestamp;

/// Characters of a prompt and of an error that the state contains, so that it stays small.
const SHOWN: usize = 240;

/// The most sessions that may be that of an unknown item, of which the state contains the ids.
const SHOWN_CANDIDATES: usize = 5;

/// What the state says of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// As far as the state knows, no create was sent.
    Waiting,
    /// A create may have been sent.
    Creating(UnprovenCreate),
    /// The session is in this state.
    Running(Created, SessionState),
    /// The session has ended in this state.
    Ended(Created, SessionState),
    /// The session was created, and cannot be waited for.
    WaitFailed(Created, String),
    /// No session is created.
    NotCreated(String),
    /// A session may have been created, one of these, and the lists of sessions do not decide this.
    Unknown(Begun, Vec<String>),
}

/// A create that may have been carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnprovenCreate {
    /// The create, with the beginning of its prompt.
    pub begun: Begun,
    /// A list that is requested after this time of the service and does not show the session proves that there is none.
    pub proven_at: Option<Timestamp>,
    /// Why it is not created once that is proven. `None`: it is created then.
    pub refusal: Option<String>,
}

impl Entry {
    /// The status of the item.
    pub fn status(&self) -> Status {
        match self {
            Self::Waiting => Status::Waiting,
            Self::Creating(_) => Status::Creating,
            Self::Running(..) => Status::Running,
            Self::Ended(_, SessionState::Completed) => Status::Completed,
            Self::Ended(..) => Status::Failed,
            Self::WaitFailed(..) => Status::WaitFailed,
            Self::NotCreated(_) => Status::NotCreated,
            Self::Unknown(..) => Status::Unknown,
        }
    }

    /// The session, if it is known.
    pub fn session(&self) -> Option<&Created> {
        match self {
            Self::Running(created, _) | Self::Ended(created, _) | Self::WaitFailed(created, _) => Some(created),
            _ => None,
        }
    }

    fn write(&self, out: &mut Writer) {
        out.text("status", self.status().name());
        if let Some(Created { id, at, keeps_title }) = self.session() {
            out.text("sessionId", id);
            out.time("createTime", *at);
            out.flag("titleIsLost", !keeps_title);
        }
        match self {
            Self::Creating(unproven) => {
                out.begun(&unproven.begun);
                out.time("provenAt", unproven.proven_at);
                out.text("error", unproven.refusal.as_deref().unwrap_or_default());
            }
            Self::Unknown(begun, candidates) => {
                out.begun(begun);
                out.open("candidates", "[");
                candidates.iter().take(SHOWN_CANDIDATES).for_each(|id| out.element(&string(id)));
                out.close("]");
            }
            Self::Running(_, state) => out.text("state", state.name()),
            Self::WaitFailed(_, error) | Self::NotCreated(error) => out.text("error", error),
            Self::Waiting | Self::Ended(..) => {}
        }
    }

    /// Reads the entry of an item with this title.
    fn read(json: &impl JsonView, batch: &str, key: &str) -> Option<Self> {
        let text = |name| json.text(name).unwrap_or_default();
        let status = text("status");
        if matches!(status.as_str(), "creating" | "unknown") {
            let title = Marker::of(batch, key).title(key);
            let begun = Begun { prompt: text("prompt"), title, source: text("source"), since: time(json, "since") };
            if status == "creating" {
                let unproven = UnprovenCreate { begun, proven_at: time(json, "provenAt"), refusal: json.text("error") };
                return Some(Self::Creating(unproven));
            }
            let candidates = json.get("candidates").items().iter().filter_map(JsonView::string).collect();
            return Some(Self::Unknown(begun, candidates));
        }
        let id = text("sessionId");
        let has_session = !id.is_empty();
        let created = Created { id, at: time(json, "createTime"), keeps_title: json.get("titleIsLost").is_null() };
        match status.as_str() {
            "waiting" => Some(Self::Waiting),
            "notCreated" => Some(Self::NotCreated(text("error"))),
            _ if !has_session => None,
            "running" => Some(Self::Running(created, SessionState::from_name(&text("state")).unwrap_or_default())),
            "waitFailed" => Some(Self::WaitFailed(created, text("error"))),
            ended => Some(Self::Ended(created, SessionState::from_name(ended).filter(|state| state.is_terminal())?)),
        }
    }
}

/// The state of a batch after a tick.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TickState {
    /// The tag of the batch, which its markers contain.
    pub batch: String,
    /// How often the state was written.
    pub revision: u64,
    /// When the next tick is worthwhile, by the service's clock, if it is known.
    pub next_tick_at: Option<Timestamp>,
    /// When the list of sessions was last requested, by the service's clock.
    pub listed_at: Option<Timestamp>,
    /// Sessions that were created before are of another batch with the same keys.
    pub not_before: Option<Timestamp>,
    /// The place of the item at which polls of single sessions go on.
    pub next_poll: u64,
    /// Until when the service has refused creates.
    pub paused_until: Option<Timestamp>,
    /// What is known of the quota.
    pub slots: Memory,
    /// The entries of the items, in their order.
    pub entries: Vec<Entry>,
}

impl TickState {
    /// The state of a batch with this tag before its first tick.
    pub fn first(batch: String, count: usize) -> Self {
        Self { batch, entries: (0..count).map(|_| Entry::Waiting).collect(), ..Self::default() }
    }

    /// Reads the state of a batch with these keys, whose `items` the façade has put into their order. `None`: it is none.
    pub fn read(json: &impl JsonView, keys: &[String]) -> Option<Self> {
        let batch = json.text("batch")?;
        let items = json.get("items").items();
        let mut entries = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            let given = items.get(index).filter(|item| !item.is_null());
            entries.push(given.map_or(Some(Entry::Waiting), |item| Entry::read(item, &batch, key))?);
        }
        let own = json.get("internal");
        let number = |name| own.get(name).number().unwrap_or(0);
        Some(Self {
            batch,
            revision: json.get("revision").number().unwrap_or(0),
            next_tick_at: time(json, "nextTickAt"),
            listed_at: time(&own, "listedAt"),
            not_before: time(&own, "notBefore"),
            next_poll: number("nextPoll"),
            paused_until: time(&own, "pausedUntil"),
            slots: Memory {
                refusals: u32::try_from(number("refusals")).unwrap_or(u32::MAX),
                probe_at: time(&own, "probeAt"),
                waiting_is_free: !own.get("waitingIsFree").is_null(),
            },
            entries,
        })
    }

    /// The number of items in each status.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::of(self.entries.len());
        for entry in &self.entries {
            counts.change(Status::Waiting, entry.status());
        }
        counts
    }

    /// Whether all items are settled.
    pub fn is_done(&self) -> bool {
        self.counts().open() == 0
    }

    /// The JSON text. Its items have no keys.
    pub fn to_text(&self) -> String {
        let counts = self.counts();
        let mut out = Writer::default();
        out.element("{");
        out.text("batch", &self.batch);
        out.number("revision", self.revision);
        out.raw("done", if counts.open() == 0 { "true" } else { "false" });
        out.time("nextTickAt", self.next_tick_at);
        out.open("counts", "{");
        for (name, count) in counts.fields() {
            out.number(name, u64::try_from(count).unwrap_or(u64::MAX));
        }
        out.close("}");
        out.open("items", "[");
        for entry in &self.entries {
            out.element("{");
            entry.write(&mut out);
            out.close("}");
        }
        out.close("]");
        out.open("internal", "{");
        out.time("listedAt", self.listed_at);
        out.time("notBefore", self.not_before);
        out.number("nextPoll", self.next_poll);
        out.time("pausedUntil", self.paused_until);
        out.number("refusals", u64::from(self.slots.refusals));
        out.time("probeAt", self.slots.probe_at);
        out.flag("waitingIsFree", self.slots.waiting_is_free);
        out.close("}");
        out.close("}");
        out.0
    }
}

/// Writes JSON. Needs less code than lists of fields.
#[derive(Default)]
struct Writer(String);

impl Writer {
    /// An element of an array, or the start of one.
    fn element(&mut self, json: &str) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[')) {
            self.0.push(',');
        }
        self.0.push_str(json);
    }

    fn raw(&mut self, name: &str, json: &str) {
        self.element("\"");
        self.0.push_str(name);
        self.0.push_str("\":");
        self.0.push_str(json);
    }

    fn open(&mut self, name: &str, bracket: &str) {
        self.raw(name, bracket);
    }

    fn close(&mut self, bracket: &str) {
        self.0.push_str(bracket);
    }

    fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.raw(name, &string(&beginning(text)));
        }
    }

    fn number(&mut self, name: &str, number: u64) {
        self.raw(name, &number.to_string());
    }

    fn flag(&mut self, name: &str, is_set: bool) {
        if is_set {
            self.raw(name, "true");
        }
    }

    fn time(&mut self, name: &str, time: Option<Timestamp>) {
        if let Some(time) = time {
            self.text(name, &time.to_string());
        }
    }

    fn begun(&mut self, begun: &Begun) {
        self.text("prompt", &begun.prompt);
        self.text("source", &begun.source);
        self.time("since", begun.since);
    }
}

fn time(json: &impl JsonView, name: &str) -> Option<Timestamp> {
    json.text(name).as_deref().and_then(Timestamp::parse)
}

/// The beginning of a text, of which the state contains no more.
pub fn beginning(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn time() -> impl Strategy<Value = Option<Timestamp>> {
        proptest::option::of((0_i64..2_000_000_000).prop_map(|seconds| Timestamp::new(seconds, 1_000)))
    }

    fn created() -> impl Strategy<Value = Created> {
        ("[0-9]{1,20}", time(), any::<bool>()).prop_map(|(id, at, keeps_title)| Created { id, at, keeps_title })
    }

    fn begun() -> impl Strategy<Value = Begun> {
        (".{0,20}", ".{0,20}", time()).prop_map(|(prompt, source, since)| Begun {
            prompt,
            title: String::new(),
            source,
            since,
        })
    }

    fn entry() -> impl Strategy<Value = Entry> {
        let running = prop_oneof![Just(SessionState::InProgress), Just(SessionState::AwaitingPlanApproval)];
        let ended = prop_oneof![Just(SessionState::Completed), Just(SessionState::Failed)];
        let unproven = (begun(), time(), proptest::option::of(".{1,20}"))
            .prop_map(|(begun, proven_at, refusal)| UnprovenCreate { begun, proven_at, refusal });
        prop_oneof![
            Just(Entry::Waiting),
            unproven.prop_map(Entry::Creating),
            (created(), running).prop_map(|(created, state)| Entry::Running(created, state)),
            (created(), ended).prop_map(|(created, state)| Entry::Ended(created, state)),
            (created(), ".{0,20}").prop_map(|(created, error)| Entry::WaitFailed(created, error)),
            ".{0,20}".prop_map(Entry::NotCreated),
            (begun(), proptest::collection::vec("[0-9]{1,20}", 0..5))
                .prop_map(|(begun, ids)| Entry::Unknown(begun, ids)),
        ]
    }

    proptest! {
        #[test]
        fn every_state_is_read_as_it_was_written(
            entries in proptest::collection::vec(entry(), 0..6), times in (time(), time(), time(), time(), time()),
            numbers in (any::<u32>(), any::<u32>(), any::<u32>()), waiting_is_free in any::<bool>(),
        ) {
            let keys: Vec<_> = (0..entries.len()).map(|number| format!("key \"{number}\"")).collect();
            let mut state = TickState {
                batch: "abcdef".to_owned(),
                revision: numbers.0.into(),
                next_tick_at: times.0,
                listed_at: times.1,
                not_before: times.2,
                next_poll: numbers.1.into(),
                paused_until: times.3,
                slots: Memory { refusals: numbers.2, probe_at: times.4, waiting_is_free },
                entries,
            };
            // The titles follow from the keys.
            for (entry, key) in state.entries.iter_mut().zip(&keys) {
                if let Entry::Creating(UnprovenCreate { begun, .. }) | Entry::Unknown(begun, _) = entry {
                    begun.title = Marker::of("abcdef", key).title(key);
                }
            }
            let json: Value = serde_json::from_str(&state.to_text()).unwrap();
            prop_assert_eq!(TickState::read(&json, &keys), Some(state));
        }
    }
}
