//! Timeouts and aborts of all calls, and the close of the client: the future is dropped, and with it its request and timers.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::{AbortRegistration, Abortable, Either, select};

use super::Client;
use super::closing::Ending;
use crate::core::error::{Effect, Error, ErrorKind};
use crate::core::failure::IN_DOUBT;
use crate::core::options::Limits;
use crate::core::text;
use crate::host::Host;
use crate::planted::{Fault, planted};

/// The bounds of one call.
#[derive(Debug, Default)]
pub struct Bounds {
    /// The time allowed.
    pub limits: Limits,
    /// The caller's whole timeout if a part of it is over, for messages.
    pub whole_ms: Option<u64>,
    /// Fires when the caller's signal is aborted.
    pub abort: Option<AbortRegistration>,
    /// Whether the call creates a session or sends a message. Then it does not start without time, and the error of a timeout or
    /// abort says whether it may have been carried out.
    pub is_operation: bool,
    /// Whether, after a timeout or abort, the response to a create that is already sent is awaited a little longer, so that the
    /// caller knows a session that was created and paid for. Nothing else is sent meanwhile.
    pub awaits_answer: bool,
    /// The session of the call, for the report of a client that is closed.
    pub session: Option<String>,
    /// How the call ends when the client is closed.
    pub ending: Ending,
}

/// How long a response is awaited after a timeout or abort: longer than a create usually takes.
const LAST_ANSWER_MS: u64 = 5_000;

impl Bounds {
    /// None but the close of the client, for a call of this session.
    pub fn of_session(id: &str) -> Self {
        Self { session: Some(id.to_owned()), ..Self::default() }
    }

    /// The remaining time of something that began `passed_ms` before, with the whole timeout for messages.
    pub fn remaining(timeout_ms: Option<u64>, whole_ms: Option<u64>, passed_ms: i64) -> Self {
        let passed_ms = u64::try_from(passed_ms).unwrap_or(0);
        let limits = Limits { timeout_ms: timeout_ms.map(|timeout| timeout.saturating_sub(passed_ms)) };
        Self { limits, whole_ms: whole_ms.or(timeout_ms), ..Self::default() }
    }

    /// Whether there are no bounds.
    pub fn are_none(&self) -> bool {
        self.limits.timeout_ms.is_none() && self.abort.is_none() && !self.is_operation
    }
}

impl<H: Host> Client<H> {
    /// Runs `work`, which this client carries out, within `bounds`. `what` is the name of the call in messages, such as
    /// "result()". Calls at the same time need a client each: [`Client::for_call`].
    pub async fn bounded<T>(
        &self,
        bounds: Bounds,
        what: &'static str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let is_operation = bounds.is_operation;
        // Without any time the request would be sent and dropped at once, and the caller would not know the created session.
        let begins = !is_operation || bounds.limits.timeout_ms != Some(0);
        let call = self.call_context();
        call.reset();
        let work = pin!(work);
        let mut work = self.under_way(what, bounds.session, bounds.ending, work);
        let mut work = pin!(poll_fn(|context| if begins { Pin::new(&mut work).poll(context) } else { Poll::Pending }));
        let in_time = self.in_time(&bounds.limits, bounds.whole_ms, what, work.as_mut());
        let mut result = match bounds.abort.filter(|_| !planted(Fault::ForgottenAbort)) {
            None => in_time.await,
            Some(registration) => Abortable::new(in_time, registration).await.unwrap_or_else(|_| {
                let message = format!("{what} was aborted by its signal. It sends no further request.");
                Err(Error::new(ErrorKind::Abort, message))
            }),
        };
        let is_cut_short =
            |error: &Error| matches!(error.kind, ErrorKind::Abort | ErrorKind::Timeout | ErrorKind::Closed);
        if bounds.awaits_answer && call.effect() == Effect::Unknown && result.as_ref().is_err_and(is_cut_short) {
            let done = self.last_answer(work).await;
            result = done.map_or(result, Ok);
        }
        result.map_err(|mut error| {
            if !is_cut_short(&error) {
                return error;
            }
            if let Some(failure) = call.failure() {
                error.message.push_str(" The last request had failed: ");
                error.message.push_str(&failure.message);
                error.failure = Some(Rc::unwrap_or_clone(failure));
            }
            // A message of an auto-pilot may be in doubt too.
            if is_operation || call.effect() == Effect::Unknown {
                error.outcome = Some(call.effect());
                let effect = match call.effect() {
                    Effect::NotSent | Effect::Refused => " No session was created and no message was sent.",
                    Effect::Unknown if text::split_once(&error.message, IN_DOUBT).is_some() => "",
                    Effect::Unknown => IN_DOUBT,
                    Effect::Done => " The message was sent, and only the reply is missing: do not send it again.",
                };
                error.message.push_str(effect);
            }
            error
        })
    }

    async fn in_time<T>(
        &self,
        limits: &Limits,
        whole_ms: Option<u64>,
        what: &str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let Some(timeout_ms) = limits.timeout_ms.filter(|_| !planted(Fault::ForgottenDeadline)) else {
            return work.await;
        };
        match select(pin!(work), pin!(self.host().sleep(timeout_ms))).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => Err(Error::new(
                ErrorKind::Timeout,
                format!(
                    "{what} did not finish within {} ms (timeoutMs). This does not stop sessions on the service.",
                    whole_ms.unwrap_or(timeout_ms)
                ),
            )),
        }
    }

    /// The result of the call if the response to the request in flight completes it soon; `None` if it would send further
    /// requests.
    async fn last_answer<T>(&self, mut work: Pin<&mut impl Future<Output = Result<T, Error>>>) -> Option<T> {
        let mut late = pin!(self.host().sleep(LAST_ANSWER_MS));
        let mut recorder = None;
        poll_fn(|context| {
            let recorder = recorder.get_or_insert_with(|| Arc::new(RecordingWaker::new(context.waker())));
            let is_awaited = !recorder.was_woken.swap(false, Ordering::Relaxed);
            match work.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(recorder)))) {
                Poll::Ready(end) => Poll::Ready(end.ok()),
                Poll::Pending if is_awaited => late.as_mut().poll(context).map(|()| None),
                Poll::Pending => Poll::Ready(None),
            }
        })
        .await
    }
}

/// A waker that records that the work was woken.
struct RecordingWaker {
    was_woken: AtomicBool,
    task: Waker,
}

impl RecordingWaker {
    fn new(task: &Waker) -> Self {
        Self { was_woken: AtomicBool::new(false), task: task.clone() }
    }
}

impl Wake for RecordingWaker {
    fn wake(self: Arc<Self>) {
        self.was_woken.store(true, Ordering::Relaxed);
        self.task.wake_by_ref();
    }
}
