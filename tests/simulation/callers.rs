//! The callers of a schedule: what people do with clients, at random.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use crate::books::{Deed, Known, Reading};
use crate::chance::Chance;
use crate::host::{Local, OfCall};
use crate::support::{run_request, session_request};
use crate::world::{Post, World};
use futures::future::{AbortHandle, Either, LocalBoxFuture, join_all, select};
use jules_wasm::client::batch::BatchOptions;
use jules_wasm::client::{ActivityStream, Bounds, Change, Client, StreamOptions, WaitOptions};
use jules_wasm::core::config::CreateRequest;
use jules_wasm::core::cursor::Cursor;
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::model::{Activity, Session};
use jules_wasm::core::options::Limits;
use jules_wasm::core::state::SessionState;
use jules_wasm::core::wait::Reason;
use serde_json::json;

/// How often a caller repeats what it may repeat.
const TRIES: usize = 3;

/// Scenarios of the emulator whose sessions end by themselves once they run.
const ENDING: [&str; 6] = ["default", "fail", "no-outputs", "revive", "future", "precondition-created"];
/// Those that wait for somebody, or for ever.
const WAITING: [&str; 3] = ["question", "pause", "stall"];
/// Those that are refused.
const REFUSED: [&str; 5] = ["quota", "precondition", "forbidden", "internal", "unavailable"];

/// What calls begin with that make something on the service.
const MAKES: [&str; 3] = ["ask", "create", "send"];

/// Somebody with a client. All have the same account.
pub struct Caller {
    pub world: Rc<World>,
    pub clients: Rc<Vec<Client<Local>>>,
    pub me: usize,
    pub name: String,
    pub chance: Chance,
    pub messages: Cell<usize>,
}

/// What bounds a call.
#[derive(Debug, Clone, Copy, Default)]
struct Within {
    timeout_ms: Option<u64>,
    abort_after_ms: Option<u64>,
}

/// A session to live with.
struct Life {
    id: String,
    scenario: &'static str,
    needs_approval: bool,
    /// Whether it goes on without anybody's doing anything more.
    runs: Cell<bool>,
    given_up: Cell<bool>,
}

impl Caller {
    pub async fn act(&self) {
        self.rest(0, 20_000).await;
        for deed in 0..self.chance.between(1, 2) {
            match self.chance.between(0, 9) {
                0..=5 => self.one_session(deed).await,
                6 | 7 => self.twins(deed).await,
                _ => self.batch(deed).await,
            }
        }
    }

    fn client(&self) -> &Client<Local> {
        &self.clients[self.me]
    }

    async fn rest(&self, low_ms: u64, high_ms: u64) {
        self.world.time.sleep(self.chance.between(low_ms, high_ms)).await;
    }

    /// Mostly without bounds.
    fn within(&self, longest_ms: u64) -> Within {
        let some = |share| self.chance.percent(share).then(|| self.chance.between(0, longest_ms));
        Within { timeout_ms: some(10), abort_after_ms: some(10) }
    }

    /// Does a call, aborts it if its time has come, and notes its end.
    async fn call<T>(
        &self,
        client: usize,
        what: &str,
        within: Within,
        work: impl Future<Output = Result<T, Error>>,
    ) -> (usize, Result<T, Error>) {
        let world = &*self.world;
        let number = world.begin_call(client, what, within.timeout_ms);
        let (handle, registration) = AbortHandle::new_pair();
        let makes_something = MAKES.iter().any(|deed| what.starts_with(deed));
        let limits = Limits { timeout_ms: within.timeout_ms };
        let bounds = Bounds { limits, abort: Some(registration), makes_something, ..Bounds::default() };
        let work = Box::pin(self.clients[client].bounded(bounds, what, work));
        let work = OfCall { world, number, work };
        let result = match within.abort_after_ms {
            None => work.await,
            Some(millis) => match select(work, world.time.sleep(millis)).await {
                Either::Left((result, _)) => result,
                Either::Right(((), work)) => {
                    world.abort_call(number);
                    handle.abort();
                    work.await
                }
            },
        };
        world.end_call(number, result.as_ref().err());
        // Another client cannot know that the session was just made; and an outage can outlast every further attempt.
        let lasted_ms = world.now_ms() - world.calls.borrow()[number].begun_ms;
        if client == self.me && lasted_ms < 60_000 && result.as_ref().is_err_and(|error| error.status == Some(404)) {
            world.break_law("a session is not found by the client that has just made it");
        }
        (number, result)
    }

    fn known(&self, call: usize, result: Result<String, &Error>) -> Known {
        match result {
            Ok(id) => Known::Done(id),
            Err(error) if self.world.leaves_doubt(call, error) => Known::Doubt,
            Err(_) => Known::Not,
        }
    }

    async fn create(&self, request: &CreateRequest, prompt: &str, within: Within) -> Result<Session, Error> {
        let what = format!("create {prompt:?}");
        let (call, result) = self.call(self.me, &what, within, self.client().create(request)).await;
        let known = self.known(call, result.as_ref().map(|session| session.id.to_string()));
        if let Some(error) = result.as_ref().err().filter(|error| error.code == "unknown_outcome") {
            let asked = error.request.as_ref().map(|request| format!("{request:?}"));
            if !asked.is_some_and(|asked| asked.contains(&format!("{prompt:?}"))) {
                self.world.break_law("an unknown outcome does not tell what was asked");
            }
        }
        self.world.books.borrow_mut().creates.push(Deed {
            call,
            session: String::new(),
            text: prompt.to_owned(),
            known,
        });
        result
    }

    fn scenario(&self) -> &'static str {
        match self.chance.between(0, 9) {
            0..=5 => self.chance.of(&ENDING),
            6..=8 => self.chance.of(&WAITING),
            _ => self.chance.of(&REFUSED),
        }
    }

    async fn one_session(&self, deed: u64) {
        let scenario = self.scenario();
        let prompt = format!("{} {deed} [emulator: {scenario}]", self.name);
        let needs_approval = self.chance.percent(40);
        let config = json!({"prompt": prompt});
        let request = if needs_approval { session_request(&config) } else { run_request(&config) };
        let Ok(session) = self.create(&request, &prompt, self.within(20_000)).await else { return };
        let waits = needs_approval || WAITING.contains(&scenario);
        let life = Life {
            id: session.id.into(),
            scenario,
            needs_approval,
            runs: Cell::new(!waits),
            given_up: Cell::new(false),
        };
        let mut tasks: Vec<LocalBoxFuture<'_, ()>> = vec![Box::pin(self.drive(&life, waits))];
        if self.chance.percent(60) {
            tasks.push(Box::pin(self.stream(&life, waits)));
        }
        if self.chance.percent(30) {
            tasks.push(Box::pin(self.look(&life)));
        }
        join_all(tasks).await;
    }

    /// The same session several times over, all at once: each caller must get its own.
    async fn twins(&self, deed: u64) {
        let prompt = format!("{} {deed} twins", self.name);
        let request = run_request(&json!({"prompt": prompt}));
        let twins = (0..self.chance.between(2, 6)).map(|_| self.within(20_000));
        join_all(twins.map(|within| self.create(&request, &prompt, within))).await;
    }

    async fn batch(&self, deed: u64) {
        let count = usize::try_from(self.chance.between(2, 8)).unwrap();
        let alike = self.chance.percent(30);
        let items: Vec<_> = (0..count)
            .map(|item| {
                let number = if alike { 0 } else { item };
                let forbidden = if self.chance.percent(15) { " [emulator: forbidden]" } else { "" };
                let prompt = format!("{} {deed} item {number}{forbidden}", self.name);
                (run_request(&json!({"prompt": prompt})), prompt)
            })
            .collect();
        let options = BatchOptions {
            concurrency: self.chance.between(1, 4),
            stop_on_error: self.chance.percent(60),
            delay_ms: self.chance.of(&[0, 0, 300]),
            timeout_ms: None,
        };
        let begun = RefCell::new(vec![false; count]);
        let results = self
            .client()
            .batch(count, &options, None, |index, _| {
                begun.borrow_mut()[index] = true;
                let (request, prompt) = &items[index];
                self.create(request, prompt, Within::default())
            })
            .await;
        let begun = begun.into_inner();
        let lost = results.iter().zip(&begun).any(|(result, begun)| result.is_none() && *begun);
        if lost {
            self.world.break_law("a batch does not tell what became of an item that was begun");
        }
        let left_out = results.iter().any(Option::is_none);
        if left_out && !(options.stop_on_error && results.iter().flatten().any(Result::is_err)) {
            self.world.break_law("a batch left out an item without a failure");
        }
    }

    /// Does what the session waits for, says something now and then, and waits for its result.
    async fn drive(&self, life: &Life, waits: bool) {
        if waits {
            self.serve(life).await;
        }
        for _ in 0..self.chance.between(0, 2) {
            self.rest(0, 15_000).await;
            self.say(life, self.within(40_000)).await;
        }
        let mut within = self.within(60_000);
        if !life.runs.get() {
            within.timeout_ms = Some(self.chance.between(1_000, 60_000));
        }
        if self.chance.percent(30) {
            return self.wait(life, within).await;
        }
        let id = &life.id;
        let (call, result) =
            self.call(self.me, &format!("result {id}"), within, self.client().result(id, false, None)).await;
        let Ok(outcome) = result else { return };
        if outcome.session_id != *id || !outcome.state.is_terminal() {
            self.world.break_law(format!("call {call}: a result that is none of its session's"));
        }
        let failed = outcome.state == SessionState::Failed;
        if failed != (life.scenario == "fail") {
            self.world.break_law(format!("call {call}: a result with the wrong state"));
        }
    }

    /// Waits for whatever comes, and checks the reason that is given.
    async fn wait(&self, life: &Life, within: Within) {
        let options = WaitOptions { stall_ms: self.chance.percent(30).then_some(60_000), ..WaitOptions::default() };
        let (call, result) = self
            .call(self.me, &format!("wait {}", life.id), within, self.client().wait(&life.id, &options, None))
            .await;
        let Ok(waited) = result else { return };
        let is_right = match waited.reason {
            Reason::Completed => life.scenario != "fail",
            Reason::Failed => life.scenario == "fail",
            // A session that runs does something every few seconds.
            Reason::Stalled => !life.runs.get(),
            Reason::UnknownState => life.scenario == "future",
            Reason::NeedsApproval | Reason::NeedsReply | Reason::Paused => true,
            Reason::Reached => false,
        };
        if waited.session.id != life.id || !is_right {
            self.world.break_law(format!("call {call}: a wait for {} ended by {:?}", life.scenario, waited.reason));
        }
    }

    /// Approves the plan and answers the question, until it is done or the caller gives up.
    async fn serve(&self, life: &Life) {
        let id = &life.id;
        let mut went_well = true;
        if life.needs_approval {
            went_well = self.reach(life, SessionState::AwaitingPlanApproval).await && {
                let approve = || self.client().change(id, Change::ApprovePlan);
                self.repeat(|| self.call(self.me, "approve", self.within(30_000), approve())).await
            };
        }
        let awaited = match life.scenario {
            "question" => Some(SessionState::AwaitingUserFeedback),
            "pause" => Some(SessionState::Paused),
            _ => None,
        };
        if let Some(state) = awaited.filter(|_| went_well) {
            went_well = self.reach(life, state).await && {
                let mut said = false;
                for _ in 0..TRIES {
                    said = said || self.say(life, self.within(30_000)).await;
                }
                said
            };
        }
        life.runs.set(went_well && life.scenario != "stall");
        life.given_up.set(!life.runs.get());
    }

    async fn repeat<T, F: Future<Output = (usize, Result<T, Error>)>>(&self, once: impl Fn() -> F) -> bool {
        for _ in 0..TRIES {
            if once().await.1.is_ok() {
                return true;
            }
        }
        false
    }

    async fn reach(&self, life: &Life, state: SessionState) -> bool {
        let what = format!("waitFor {}", state.name());
        self.repeat(|| self.call(self.me, &what, self.within(60_000), self.client().wait_for(&life.id, state))).await
    }

    /// Sends a message, or asks; whether that is known to have been done.
    async fn say(&self, life: &Life, within: Within) -> bool {
        let id = &life.id;
        let number = self.messages.replace(self.messages.get() + 1);
        let text = format!("{} says {number}", self.name);
        let (call, result) = if self.chance.percent(50) {
            let (call, result) =
                self.call(self.me, &format!("send {text:?}"), within, self.client().send(id, &text)).await;
            (call, result.map(|()| None))
        } else {
            let (call, result) =
                self.call(self.me, &format!("ask {text:?}"), within, self.client().ask(id, &text)).await;
            self.check_answer(call, id, &text, &result);
            (call, result.map(Some))
        };
        // An ask may fail after its message was sent; its POST tells then, and that it went on to wait.
        let posts = self.world.calls.borrow()[call].posts.clone();
        let known = match &result {
            Err(_) if posts.contains(&Post::Done) => Known::Done(String::new()),
            Err(error) if posts.iter().any(|post| post.is_open()) && error.method != Some("POST") => Known::Doubt,
            result => self.known(call, result.as_ref().map(|_| String::new())),
        };
        let done = matches!(known, Known::Done(_));
        self.world.books.borrow_mut().messages.push(Deed { call, session: id.clone(), text, known });
        done
    }

    /// The answer is a message of the agent after our own: not further down than there were messages before ours that the
    /// agent may not have answered, of which one of its messages answers at least one.
    fn check_answer(&self, call: usize, id: &str, text: &str, result: &Result<Activity, Error>) {
        let now = self.world.now();
        let (unanswered, answers) = self.world.server.borrow_mut().answers_to(now, id, text);
        match result {
            Ok(answer) if answers.iter().take(unanswered + 1).any(|id| answer.id == *id) => {}
            Ok(_) => self.world.break_law(format!("call {call}: ask gave what is not the answer")),
            Err(error) if error.kind == ErrorKind::InvalidState && error.status.is_none() && !answers.is_empty() => {
                self.world.break_law(format!("call {call}: ask told of no answer, and there is one"));
            }
            Err(_) => {}
        }
    }

    /// Looks at the session from any client of the account.
    async fn look(&self, life: &Life) {
        for _ in 0..self.chance.between(1, 3) {
            self.rest(0, 10_000).await;
            let client = self.any_client();
            let info = self.clients[client].info(&life.id, Some(None));
            let (call, result) = self.call(client, "info", self.within(20_000), info).await;
            let Ok(info) = result else { continue };
            if info.session.id != life.id {
                self.world.break_law(format!("call {call}: info of another session, or of none"));
            }
            let ids = info.activities.into_iter().map(|activity| activity.id.into()).collect();
            let reading = Reading { call, session: life.id.clone(), ids, complete_at_ms: None };
            self.world.books.borrow_mut().readings.push(reading);
        }
    }

    fn any_client(&self) -> usize {
        usize::try_from(self.chance.between(0, self.clients.len() as u64 - 1)).unwrap()
    }

    /// Reads a stream to its end, breaking off and going on by the cursor, perhaps elsewhere.
    async fn stream(&self, life: &Life, waits: bool) {
        let mut reading = Reading { call: 0, session: life.id.clone(), ids: Vec::new(), complete_at_ms: None };
        let mut cursor = String::new();
        let mut last_look_ms = i64::MIN;
        let mut failures = 0;
        let lag_ms = self.world.server.borrow().odd.activities_lag_ms;
        'resumed: while failures < 2 * TRIES {
            let client = self.any_client();
            let options = StreamOptions { after: Cursor::parse(&cursor), ..StreamOptions::default() };
            let mut stream = ActivityStream::new(self.clients[client].clone(), &life.id, options);
            let mut looks = 0;
            let mut left =
                if self.chance.percent(50) { usize::MAX } else { usize::try_from(self.chance.between(1, 6)).unwrap() };
            loop {
                let mut within = self.within(20_000);
                if waits {
                    within.timeout_ms = Some(self.chance.between(5_000, 60_000));
                }
                let (call, next) = self.call(client, "stream next", within, stream.next()).await;
                reading.call = call;
                let looked = stream.looked_at_ms().map(|local| self.clients[client].host().world_ms(local));
                let look_ms = looked.unwrap_or(i64::MIN);
                looks += usize::from(look_ms > last_look_ms);
                last_look_ms = last_look_ms.max(look_ms);
                match next {
                    Ok(Some(activities)) => {
                        failures = 0;
                        for activity in activities {
                            reading.ids.push(activity.id.into());
                            cursor = activity.cursor.to_string();
                            left -= 1;
                            if left == 0 {
                                continue 'resumed;
                            }
                        }
                    }
                    Ok(None) => {
                        // One that is taken up when the session has ended goes by what is listed then.
                        reading.complete_at_ms = Some(last_look_ms - if looks > 1 { 0 } else { lag_ms });
                        break 'resumed;
                    }
                    Err(_) if life.given_up.get() => break 'resumed,
                    Err(error) => {
                        failures += 1;
                        if error.kind == ErrorKind::Abort {
                            continue 'resumed;
                        }
                        if failures >= 2 * TRIES {
                            break 'resumed;
                        }
                    }
                }
            }
        }
        self.world.books.borrow_mut().readings.push(reading);
    }
}
