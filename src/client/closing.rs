//! Closing a client: nothing more is begun, what can be ended is ended, and the caller gets a report of all that was under way.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use slotmap::{SlotMap, new_key_type};

use super::Client;
use super::call_context::CallContext;
use crate::core::close_report::{CloseReport, EndedCall, UnknownOperation};
use crate::core::error::{Effect, Error, ErrorKind};
use crate::host::Host;
use crate::planted::{Fault, planted};

/// How long `close()` waits by default for the answers to creates and messages that were sent: Docker kills a container ten seconds
/// after SIGTERM.
pub const CLOSE_TIMEOUT_MS: u64 = 8_000;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Open,
    /// Requests that were sent to change something are awaited.
    Closing,
    /// Nothing is awaited any more.
    Closed,
}

new_key_type! { struct PlaceKey; }

/// The calls of a client that are under way, and whether it is closed.
#[derive(Debug, Default)]
pub(super) struct Closing {
    stage: Cell<Stage>,
    /// What is woken when the client is closed: calls, and parts of calls.
    wakers: RefCell<SlotMap<PlaceKey, Option<Waker>>>,
    /// The number of calls.
    calls: Cell<usize>,
    closers: RefCell<Vec<Waker>>,
    report: RefCell<CloseReport>,
}

impl Closing {
    /// Whether `close()` was called.
    pub(super) fn has_begun(&self) -> bool {
        self.stage.get() != Stage::Open
    }

    fn enter(&self) -> PlaceKey {
        self.wakers.borrow_mut().insert(None)
    }

    fn leave(&self, key: PlaceKey) {
        self.wakers.borrow_mut().remove(key);
    }

    fn wake_by(&self, key: PlaceKey, waker: &Waker) {
        if let Some(place) = self.wakers.borrow_mut().get_mut(key) {
            place.get_or_insert_with(|| waker.clone()).clone_from(waker);
        }
    }

    fn advance(&self, stage: Stage) {
        if self.stage.get() != Stage::Closed {
            self.stage.set(stage);
        }
        let wakers: Vec<_> = self.wakers.borrow().values().flatten().cloned().collect();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// A call was ended.
    pub(super) fn ended(&self, call: EndedCall) {
        self.report.borrow_mut().ended.push(call);
    }

    /// An operation was carried out: a create of the session, or a message to it.
    pub(super) fn carried_out(&self, session: &str, is_create: bool) {
        if self.has_begun() {
            let mut report = self.report.borrow_mut();
            let list = if is_create { &mut report.created } else { &mut report.sent };
            list.push(session.to_owned());
        }
    }

    /// It is unknown whether an operation was carried out.
    pub(super) fn left_unknown(&self, operation: impl FnOnce() -> UnknownOperation) {
        if self.has_begun() && !planted(Fault::CloseSilent) {
            self.report.borrow_mut().unknown.push(operation());
        }
    }
}

/// The error of a call that the close of its client has ended.
fn closed(what: &str, context: &CallContext) -> Error {
    let message = [what, " was ended, because the client was closed. It sends no further request, and sessions go on."];
    let mut error = Error::new(ErrorKind::Closed, message.concat());
    // Of an auto-pilot too, a message may be in doubt.
    if context.is_writing() || context.effect() == Effect::Unknown {
        error.outcome = Some(Effect::Unknown);
    }
    error
}

/// The error of what a closed client does not begin.
pub(super) fn not_begun(what: &str) -> Error {
    let message =
        [what, " was not begun and nothing was sent: the client is closed. Create another one with connect()."];
    let mut error = Error::new(ErrorKind::Closed, message.concat());
    error.outcome = Some(Effect::NotSent);
    error
}

impl<H: Host> Client<H> {
    /// Closes the client: no call begins any more, and no request is sent. Waits, streams and reads end at once. Requests that were sent
    /// to change something are awaited for up to this time (`None`: without a limit), so that their results are known; then their calls
    /// end too. Resolves when nothing is under way.
    pub async fn close(&self, timeout_ms: Option<u64>) -> CloseReport {
        self.begin_close();
        let closing = self.closing();
        let mut late = pin!(self.host().sleep(timeout_ms.unwrap_or(u64::MAX)));
        let mut is_awaited = timeout_ms.is_some();
        poll_fn(|context| {
            if is_awaited && closing.calls.get() > 0 && late.as_mut().poll(context).is_ready() {
                is_awaited = false;
                closing.advance(Stage::Closed);
            }
            if closing.calls.get() == 0 {
                return Poll::Ready(());
            }
            closing.closers.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
        closing.stage.set(Stage::Closed);
        closing.report.borrow().clone()
    }

    /// From now on no call begins any more, and those under way end.
    pub fn begin_close(&self) {
        self.closing().advance(Stage::Closing);
    }

    /// Whether the client is closed.
    pub fn is_closed(&self) -> bool {
        self.closing().has_begun()
    }

    /// The wait of a batch for this session was ended.
    pub(super) fn batch_wait_ended(&self, id: &str) {
        self.closing().ended(EndedCall { call: "batch()", session_id: Some(id.to_owned()) });
    }

    /// The result of `work`; `None` if the client is closed first.
    pub(super) async fn unless_closed<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let place = PlaceOf { client: self.clone(), key: self.closing().enter() };
        let mut work = pin!(work);
        poll_fn(|context| {
            if self.is_closed() {
                return Poll::Ready(None);
            }
            self.closing().wake_by(place.key, context.waker());
            work.as_mut().poll(context).map(Some)
        })
        .await
    }

    /// The call with this name, of this session, until it ends or the client is closed. This client is that of the call.
    pub fn under_way<F>(&self, what: &'static str, session: Option<String>, ending: Ending, work: F) -> UnderWay<H, F> {
        let call = EndedCall { call: what, session_id: session };
        let closing = self.closing();
        closing.calls.set(closing.calls.get() + 1);
        let place = PlaceOf { client: self.clone(), key: closing.enter() };
        UnderWay { call: Registered { place, call, is_refused: self.is_closed(), ending }, work }
    }
}

/// A place that is left when this is dropped.
#[derive(Debug)]
struct PlaceOf<H: Host> {
    client: Client<H>,
    key: PlaceKey,
}

impl<H: Host> Drop for PlaceOf<H> {
    fn drop(&mut self) {
        self.client.closing().leave(self.key);
    }
}

/// How a call ends when its client is closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ending {
    /// At once, unless a request is in flight that changes something.
    #[default]
    AtOnce,
    /// By itself, or when the time of `close()` is over.
    ByItself,
}

/// A call, until the client is closed.
#[derive(Debug)]
pub struct UnderWay<H: Host, F> {
    call: Registered<H>,
    work: F,
}

/// The registration of a call, apart from its work, so that it is compiled once.
#[derive(Debug)]
struct Registered<H: Host> {
    place: PlaceOf<H>,
    call: EndedCall,
    /// Whether the client was closed before.
    is_refused: bool,
    ending: Ending,
}

impl<H: Host> Registered<H> {
    /// The error of the call if the close of the client ends it now.
    fn end(&self) -> Option<Error> {
        let client = &self.place.client;
        let stage = client.closing().stage.get();
        if stage == Stage::Open {
            return None;
        }
        if self.is_refused {
            return Some(not_begun(self.call.call));
        }
        let context = client.call_context();
        let goes_on = stage == Stage::Closing
            && (self.ending == Ending::ByItself || context.is_writing() || planted(Fault::ClosePatient));
        if goes_on {
            return None;
        }
        let error = closed(self.call.call, context);
        self.report();
        Some(error)
    }

    fn report(&self) {
        let client = &self.place.client;
        if !self.is_refused && client.call_context().effect() != Effect::Unknown {
            client.closing().ended(self.call.clone());
        }
    }
}

impl<H: Host, T, F: Future<Output = Result<T, Error>> + Unpin> Future for UnderWay<H, F> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Result<T, Error>> {
        let UnderWay { call, work } = self.get_mut();
        if let Some(error) = call.end() {
            return Poll::Ready(Err(error));
        }
        call.place.client.closing().wake_by(call.place.key, task.waker());
        let polled = Pin::new(work).poll(task);
        match &polled {
            // What it waits for now is no longer the answer to its request.
            Poll::Pending => call.end().map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
            Poll::Ready(Err(error)) if error.kind == ErrorKind::Closed => {
                call.report();
                polled
            }
            Poll::Ready(_) => polled,
        }
    }
}

impl<H: Host> Drop for Registered<H> {
    fn drop(&mut self) {
        let closing = self.place.client.closing();
        closing.calls.set(closing.calls.get() - 1);
        if closing.calls.get() == 0 {
            closing.closers.take().into_iter().for_each(Waker::wake);
        }
    }
}
