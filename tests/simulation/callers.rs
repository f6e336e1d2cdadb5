//! The callers of a schedule, which use clients at random.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::calling::{CallBounds, Moment};
use crate::processes::Processes;
use crate::random::Random;
use crate::records::{Known, Operation};
use crate::session_life::{SessionLife, WAITING};
use crate::support::{run_request, session_request};
use crate::world::World;
use futures::future::{LocalBoxFuture, join_all};
use jules_wasm::client::batch::BatchOptions;
use jules_wasm::core::config::CreateRequest;
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::session::Session;
use serde_json::{Value, json};

/// Scenarios of the emulator whose sessions end without further actions once they run.
const ENDING: [&str; 6] = ["default", "fail", "no-outputs", "revive", "future", "precondition-created"];
/// Scenarios that are refused.
const REFUSED: [&str; 5] = ["quota", "precondition", "forbidden", "internal", "unavailable"];

/// Parts of prompts that a service may change.
const SPECIAL: [&str; 6] =
    ["", "", "  \n", "\r\nMind the <b>\"tests\"</b> & it's done\r\n", " in the cafe\u{301}", "\n\n- one\n- two"];

/// The start of jobs that several callers in several processes have: at the full minute.
const JOBS_MS: [i64; 2] = [12_000, 40_000];

/// A caller with a client. All callers use the same account.
pub struct Caller {
    pub world: Rc<World>,
    pub processes: Rc<Processes>,
    pub me: usize,
    pub name: String,
    pub random: Random,
    pub messages: Cell<usize>,
    /// Whether callers with the same job use different titles.
    pub gives_titles: bool,
}

/// A create request with its prompt and title.
pub struct Wanted {
    request: CreateRequest,
    pub prompt: String,
    title: Option<String>,
}

impl Caller {
    pub async fn act(&self) {
        if self.random.percent(25) {
            self.job().await;
        }
        self.rest(0, 20_000).await;
        for number in 0..self.random.between(1, 2) {
            match self.random.between(0, 9) {
                0..=5 => self.one_session(number).await,
                6 | 7 => self.identical_creates(number).await,
                _ => self.batch(number).await,
            }
        }
    }

    pub async fn rest(&self, low_ms: u64, high_ms: u64) {
        self.world.time.sleep(self.random.between(low_ms, high_ms)).await;
    }

    /// Usually without bounds.
    pub fn within(&self, longest_ms: u64) -> CallBounds {
        let some = |share| self.random.percent(share).then(|| self.random.between(0, longest_ms));
        let (timeout_ms, abort) = (some(10), some(7).map(Moment::after));
        let around_request = || self.random.percent(4).then(|| Moment::around_request(&self.random, 12));
        CallBounds { timeout_ms, abort: abort.or_else(around_request), ..CallBounds::default() }
    }

    /// Any client of the account.
    pub fn any_client(&self) -> usize {
        usize::try_from(self.random.between(0, self.processes.first() as u64 - 1)).unwrap()
    }

    /// Any client of the caller's process.
    pub fn sibling(&self) -> usize {
        self.random.of(&self.processes.siblings(self.me))
    }

    pub fn known(&self, result: Result<String, &Error>) -> Known {
        use jules_wasm::core::error::Effect;
        match result {
            Ok(id) => Known::Done(id),
            Err(error) if error.outcome == Some(Effect::Unknown) => Known::Doubt,
            Err(_) => Known::Not,
        }
    }

    /// The create request with these texts.
    pub fn wanted(&self, prompt: String, title: Option<String>, needs_approval: bool) -> Wanted {
        let mut config = json!({"prompt": prompt});
        if let Some(title) = &title {
            config["title"] = title.as_str().into();
        }
        if self.random.percent(40) {
            config["source"] = json!({"github": "octo/cat", "baseBranch": "main"});
        }
        let request = if needs_approval { session_request(&config) } else { run_request(&config) };
        Wanted { request, prompt, title }
    }

    fn special(&self) -> &'static str {
        self.random.of(&SPECIAL)
    }

    pub async fn create(&self, client: usize, wanted: &Wanted, within: CallBounds) -> Result<Session<Value>, Error> {
        let Wanted { request, prompt, title } = wanted;
        let what = format!("create {prompt:?}");
        let (call, result) = self.call(client, &what, within, async |client| client.create(request).await).await;
        let known = self.known(result.as_ref().map(|session| session.id.to_string()));
        self.world.calls.borrow_mut()[call].created = result.as_ref().ok().map(|session| session.id.clone());
        if let Some(error) = result.as_ref().err().filter(|error| error.kind == ErrorKind::UnknownOutcome) {
            let asked = error.request.as_deref().and_then(|request| serde_json::from_str::<Value>(request).ok());
            if asked.is_none_or(|asked| asked["prompt"] != *prompt) {
                self.world.violates("an unknown outcome has what was asked", format!("call {call}"));
            }
        }
        self.world.records.borrow_mut().creates.push(Operation {
            call,
            process: self.processes.process(client),
            session: String::new(),
            text: prompt.clone(),
            title: title.clone(),
            known,
        });
        result
    }

    fn scenario(&self) -> &'static str {
        match self.random.between(0, 9) {
            0..=5 => self.random.of(&ENDING),
            6..=8 => self.random.of(&WAITING),
            _ => self.random.of(&REFUSED),
        }
    }

    async fn one_session(&self, number: u64) {
        let scenario = self.scenario();
        let prompt = format!("{} {number} [emulator: {scenario}]{}", self.name, self.special());
        let title = self.random.percent(30).then(|| format!("Title {number} of {}", self.name));
        let needs_approval = self.random.percent(40);
        let wanted = self.wanted(prompt, title, needs_approval);
        let Ok(session) = self.create(self.me, &wanted, self.within(20_000)).await else { return };
        let life = SessionLife::new(session.id, scenario, needs_approval);
        let waits = !life.runs.get();
        let mut tasks: Vec<LocalBoxFuture<'_, ()>> = vec![Box::pin(self.drive(&life, waits))];
        if self.random.percent(60) {
            tasks.push(Box::pin(self.stream(&life, waits)));
        }
        if self.random.percent(30) {
            tasks.push(Box::pin(self.read_info(&life)));
        }
        join_all(tasks).await;
    }

    /// The same create several times concurrently, possibly by several clients: each caller must get its own session.
    async fn identical_creates(&self, number: u64) {
        let wanted = self.wanted(format!("{} {number} twins{}", self.name, self.special()), None, false);
        let are_of_one = self.random.percent(50);
        let creates = (0..self.random.between(2, 6)).map(|_| {
            let client = if are_of_one { self.me } else { self.sibling() };
            self.create(client, &wanted, self.within(20_000))
        });
        join_all(creates.collect::<Vec<_>>()).await;
    }

    /// The same create as other callers at the same time.
    async fn job(&self) {
        let job = self.random.between(0, JOBS_MS.len() as u64 - 1);
        let begin_ms = JOBS_MS[usize::try_from(job).unwrap()];
        let late_ms = self.random.between(0, 3_000);
        self.world.time.sleep(u64::try_from(begin_ms - self.world.now_ms()).unwrap_or(0) + late_ms).await;
        let title = self.gives_titles.then(|| format!("Title of {}", self.name));
        let wanted = self.wanted(format!("The job number {job}"), title, false);
        let _ = self.create(self.me, &wanted, self.within(60_000)).await;
    }

    async fn batch(&self, number: u64) {
        let count = usize::try_from(self.random.between(2, 8)).unwrap();
        let alike = self.random.percent(30);
        let items: Vec<_> = (0..count)
            .map(|item| {
                let item = if alike { 0 } else { item };
                let forbidden = if self.random.percent(15) { " [emulator: forbidden]" } else { "" };
                self.wanted(format!("{} {number} item {item}{forbidden}", self.name), None, false)
            })
            .collect();
        let options = BatchOptions {
            max_running: None,
            concurrency: self.random.between(1, 4),
            stop_on_error: self.random.percent(60),
            delay_ms: self.random.of(&[0, 0, 300]),
            timeout_ms: None,
        };
        let begun = RefCell::new(vec![false; count]);
        let results = self
            .processes
            .client(self.me)
            .batch(count, &options, None, |index, _| {
                begun.borrow_mut()[index] = true;
                self.create(self.me, &items[index], CallBounds::default())
            })
            .await;
        let begun = begun.into_inner();
        if results.iter().zip(&begun).any(|(result, begun)| result.is_none() && *begun) {
            self.world.violates("a batch reports the result of every started item", "");
        }
        let left_out = results.iter().any(Option::is_none);
        let is_closed = self.world.closed.borrow().contains(&self.me);
        if left_out && !is_closed && !(options.stop_on_error && results.iter().flatten().any(Result::is_err)) {
            self.world.violates("a batch leaves out items only after a failure or a close", "");
        }
    }
}
