//! Operations: creating a session and sending a message. Each must be carried out once, and its result must not be lost.
//!
//! The service has no idempotency keys. Unless an answer proves that nothing was done, the operation is reconciled before
//! its request is sent again, by the newest sessions or the messages of the session. See [`crate::core::outcome`].

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, FutureExt, select};

use super::Client;
use super::call_context::CallContext;
use super::key_lock::{InFlight, Unresolved};
use super::process::Account;
use super::retry_loop::Failed;
use super::transport::Call;
use crate::core::answer::Expected;
use crate::core::close_report::UnknownOperation;
use crate::core::config::CreateRequest;
use crate::core::error::{Effect, Error, ErrorKind};
use crate::core::failure::proven_not_done;
use crate::core::json_text;
use crate::core::options::OnUnknownOutcome;
use crate::core::outcome::Failure;
use crate::core::outcome::policy;
use crate::core::outcome::reconcile::{
    Certainty, Doubt, Finding, MESSAGE_REPLICATION_MS, REPLICATION_MS, Start, scaled_ms,
};
use crate::core::row::FromRow;
use crate::core::session::Session;
use crate::core::text;
use crate::host::{Host, LogLevel};
use crate::planted::{Fault, planted};

/// A request that must be carried out only once.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation<'a> {
    /// Create a session.
    Create(&'a CreateRequest),
    /// Send a message to a session.
    Send { session: &'a str, prompt: &'a str },
}

impl Operation<'_> {
    fn body(&self) -> String {
        match self {
            Self::Create(request) => request.body(),
            Self::Send { prompt, .. } => json_text::object(&[("prompt", json_text::string(prompt))]),
        }
    }

    fn path(&self) -> String {
        match self {
            Self::Create(_) => "sessions".to_owned(),
            Self::Send { session, .. } => ["sessions/", session, ":sendMessage"].concat(),
        }
    }

    /// The key of operations whose results cannot be distinguished.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Create(request) => {
                [&request.source().unwrap_or_default().to_ascii_lowercase(), "\n", &text::words(request.prompt())]
                    .concat()
            }
            Self::Send { prompt, .. } => [&self.path(), "\n", &text::words(prompt)].concat(),
        }
    }

    /// The assumed maximum of the replication lag of its result, in milliseconds.
    fn replication_ms(&self) -> u64 {
        match self {
            Self::Send { .. } if planted(Fault::MessageEarlyProof) => 0,
            Self::Send { .. } => MESSAGE_REPLICATION_MS,
            Self::Create(_) => REPLICATION_MS,
        }
    }

    fn call(&self) -> Call<'_> {
        let call = Call::post(self.path(), self.body());
        match self {
            Self::Create(_) => call.expecting(Expected::Whole),
            Self::Send { session, .. } => call.of_session(session),
        }
    }
}

/// The start of an operation.
pub(super) struct Begin {
    /// By the host's clock.
    pub(super) at: i64,
    /// By the sequence of the ledger.
    pub(super) sequence: u64,
    /// By the service's clock.
    pub(super) start: Start,
}

/// What happens after the service has refused an operation for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnRefusal {
    /// It is sent again within the retry window.
    Retry,
    /// The error is returned.
    Return,
}

impl OnRefusal {
    fn after(self, failed: Failed) -> Failed {
        match (self, failed.failure, failed.error.status) {
            (Self::Return, Failure::Refused { .. }, Some(400 | 429)) => Failed { failure: Failure::Final, ..failed },
            _ => failed,
        }
    }
}

/// An attempt that may have been carried out.
struct Inconclusive {
    doubt: Doubt,
    error: Error,
    /// When it ended, by the host's clock.
    at: i64,
}

impl<H: Host> Client<H> {
    /// Creates the session, once.
    pub(crate) async fn create_once(&self, request: &CreateRequest) -> Result<Session<H::Json>, Error> {
        self.created(Box::pin(self.carry_out(Operation::Create(request), OnRefusal::Retry)).await)
    }

    /// The same, but a refusal is reconciled and returned, for a caller that decides when to try again.
    pub(crate) async fn create_unless_refused(&self, request: &CreateRequest) -> Result<Session<H::Json>, Error> {
        self.created(Box::pin(self.carry_out(Operation::Create(request), OnRefusal::Return)).await)
    }

    /// Sends the create once, for a caller that reconciles in a later call.
    pub(crate) async fn send_create(&self, request: &CreateRequest) -> Result<Session<H::Json>, Error> {
        let operation = Operation::Create(request);
        let mut progress =
            Progress { client: self, operation, context: Rc::clone(self.call_context()), has_ended: false };
        let answer = self.attempt(&operation.call(), 1).await.map_err(|failed| failed.error);
        let result = answer.map(|answer| Some(Session::read(answer)));
        progress.ended(&result);
        if let Ok(Some(session)) = &result {
            self.account()?.ledger.created(&session.name, self.poller_now());
        }
        self.created(result)
    }

    fn created(&self, result: Result<Option<Session<H::Json>>, Error>) -> Result<Session<H::Json>, Error> {
        result?.ok_or_else(|| Error::new(ErrorKind::Internal, "A create returned no session."))
    }

    /// Sends the message, once.
    pub(crate) async fn send_once(&self, session: &str, prompt: &str) -> Result<(), Error> {
        let _turn = self.message_turn(session, prompt).await?;
        self.send_in_turn(session, prompt).await
    }

    /// Waits until no equal message is being sent to the session. The turn of this caller lasts until the guard is dropped.
    pub(crate) async fn message_turn(&self, session: &str, prompt: &str) -> Result<InFlight, Error> {
        let account = self.account()?;
        let lock = account.locks.of(&Operation::Send { session, prompt }.key());
        // Unique, so that even equal messages wait.
        let body = account.ledger.message_begins(session).to_string();
        Ok(lock.enter(&body).await)
    }

    /// Sends the message, once, for a caller that holds the turn.
    pub(crate) async fn send_in_turn(&self, session: &str, prompt: &str) -> Result<(), Error> {
        Box::pin(self.carry_out(Operation::Send { session, prompt }, OnRefusal::Retry)).await.map(drop)
    }

    async fn carry_out(
        &self,
        operation: Operation<'_>,
        on_refusal: OnRefusal,
    ) -> Result<Option<Session<H::Json>>, Error> {
        let mut progress =
            Progress { client: self, operation, context: Rc::clone(self.call_context()), has_ended: false };
        let result = self.carry_out_once(operation, on_refusal).await;
        progress.ended(&result);
        result
    }

    async fn carry_out_once(
        &self,
        operation: Operation<'_>,
        on_refusal: OnRefusal,
    ) -> Result<Option<Session<H::Json>>, Error> {
        let account = &*self.account()?;
        let (key, body) = (operation.key(), operation.body());
        let lock = account.locks.of(&key);
        let mut begin = Begin { at: self.poller_now(), sequence: account.ledger.now(), start: Start::default() };
        self.date(&mut begin);
        // A refusal that is reconciled after the delay.
        let mut refused: Option<Inconclusive> = None;
        let mut last: Option<Error> = None;
        let mut turn: Option<Unresolved> = None;
        let result = self
            .retry(async |attempt| {
                if let Some(refused) = refused.take() {
                    attempt.waits_for_others();
                    if let Some(found) = self.reconcile(operation, account, &mut begin, &refused, turn.as_ref()).await?
                    {
                        return Ok(self.record(account, &key, found));
                    }
                }
                let is_create = matches!(operation, Operation::Create(_));
                let in_flight = if is_create && turn.is_none() {
                    let entered = match lock.enter(&body).now_or_never() {
                        Some(entered) => Some(entered),
                        None => {
                            attempt.waits_for_others();
                            self.in_window(begin.at, lock.enter(&body)).await
                        }
                    };
                    Some(entered.ok_or_else(|| self.stopped(last.clone().unwrap_or_else(blocked)))?)
                } else {
                    None
                };
                let failed = match self.attempt(&operation.call(), attempt.number).await {
                    Ok(answer) => {
                        let session = is_create.then(|| Session::read(answer));
                        if let (Operation::Create(request), Some(session)) = (operation, &session) {
                            if let Some(title) = request.title() {
                                account.ledger.title_was_kept(text::has_same_words(title, &session.title()));
                            }
                        }
                        return Ok(self.record(account, &key, session));
                    }
                    Err(failed) => failed,
                };
                let Some(doubt) = Doubt::of(&failed.error) else {
                    last = Some(failed.error.clone());
                    return Err(failed);
                };
                if self.options().on_unknown_outcome == OnUnknownOutcome::Throw {
                    return Err(Failed { failure: Failure::Final, ..failed });
                }
                turn = turn.take().or_else(|| in_flight.map(InFlight::into_unresolved));
                if let Some(turn) = &turn {
                    turn.may_repeat(doubt.may_repeat());
                }
                let inconclusive = Inconclusive { doubt, error: failed.error.clone(), at: failed.at };
                if doubt == Doubt::Refused {
                    let policy = &self.options().config.rate_limit_retry;
                    let least_delay_ms = scaled_ms(operation.replication_ms(), policy);
                    refused = Some(inconclusive);
                    return Err(on_refusal.after(Failed { least_delay_ms, ..failed }));
                }
                self.host().log(LogLevel::Warn, &|| {
                    format!("{} Reconciling: checking whether it was carried out.", failed.error.message)
                });
                attempt.waits_for_others();
                match self.reconcile(operation, account, &mut begin, &inconclusive, turn.as_ref()).await? {
                    Some(found) => Ok(self.record(account, &key, found)),
                    None => Err(on_refusal.after(not_carried_out(operation, failed))),
                }
            })
            .await;
        // The retry window has ended with a refusal, which does not prove that nothing was done.
        let (Err(_), Some(refused)) = (&result, refused) else { return result };
        match self.reconcile(operation, account, &mut begin, &refused, turn.as_ref()).await {
            Ok(Some(found)) => Ok(self.record(account, &key, found)),
            Ok(None) => Err(proven_not_done(refused.error)),
            Err(failed) => Err(failed.error),
        }
    }

    /// Finds out whether the operation was carried out. `None`: it was not, and the request may be sent again.
    async fn reconcile(
        &self,
        operation: Operation<'_>,
        account: &Account,
        begin: &mut Begin,
        attempt: &Inconclusive,
        turn: Option<&Unresolved>,
    ) -> Result<Option<Option<Session<H::Json>>>, Failed> {
        let Inconclusive { doubt, error, at } = attempt;
        let fail = |error| self.stopped(error);
        // Without a turn a match may belong to an equal operation, but without a match this one was not carried out.
        let has_turn = match turn {
            Some(turn) => self.in_window(begin.at, turn.turn()).await.is_some(),
            None => true,
        };
        if !has_turn && !self.has_contact().get() {
            return Err(fail(error.clone()));
        }
        self.service_clock().expire();
        let policy = &self.options().config.rate_limit_retry;
        let usual = doubt.check_times_ms(operation.replication_ms(), policy);
        let last_ms = usual.last().copied().unwrap_or(0);
        let mut lags = false;
        for check_ms in usual.into_iter().chain(Doubt::late_check_times_ms(policy)) {
            // Further lists are needed only if the last one lags.
            if check_ms > last_ms && !lags {
                break;
            }
            let since = at.saturating_add(i64::try_from(check_ms).unwrap_or(i64::MAX));
            let equals = if has_turn { turn.map_or(1, Unresolved::equals) } else { 0 };
            let searching = self.search(operation, account, begin, since, equals);
            let certainty = self.in_first_contact(*at, searching).await.unwrap_or_else(|| Err(error.clone()));
            match certainty {
                Ok(Finding { certainty: Certainty::Found(found), .. }) => return Ok(Some(found)),
                Ok(Finding { certainty: Certainty::NotThere, is_lagging }) => lags = is_lagging,
                Ok(Finding { certainty: Certainty::Unknown(candidates), .. }) => {
                    let ids = candidates.into_iter().flatten().map(|session| session.id).collect();
                    return Err(fail(unknown_outcome(operation, error, Some(ids))));
                }
                // Without any response so far the network error is more helpful.
                Err(_) if !self.has_contact().get() => return Err(fail(error.clone())),
                Err(_) => return Err(fail(unknown_outcome(operation, error, None))),
            }
        }
        if !doubt.may_repeat() || lags {
            return Err(fail(unknown_outcome(operation, error, None)));
        }
        self.call_context().set_effect(Effect::Refused);
        if has_turn { Ok(None) } else { Err(fail(proven_not_done(error.clone()))) }
    }

    /// The result of `work` within the rest of the retry window; `None` if it takes longer.
    async fn in_window<T>(&self, begun_at: i64, work: impl Future<Output = T>) -> Option<T> {
        let window_ms = policy::window_ms(&self.options().config.rate_limit_retry, self.has_contact().get());
        let passed_ms = u64::try_from(self.poller_now() - begun_at).unwrap_or(0);
        match select(pin!(work), pin!(self.sleep(window_ms.saturating_sub(passed_ms)))).await {
            Either::Left((result, _)) => Some(result),
            Either::Right(_) => None,
        }
    }

    /// The result of `work`; `None` if it takes longer than the window of the first contact and there is no response by then.
    async fn in_first_contact<T>(&self, begun_at: i64, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        if !self.has_contact().get() {
            let within = self.in_window(begun_at, work.as_mut()).await;
            if within.is_some() || !self.has_contact().get() {
                return within;
            }
        }
        Some(work.await)
    }

    /// An error that ends the attempts.
    fn stopped(&self, error: Error) -> Failed {
        Failed { failure: Failure::Final, error, at: self.poller_now(), least_delay_ms: 0 }
    }

    fn record<J>(&self, account: &Account, key: &str, session: Option<Session<J>>) -> Option<Session<J>> {
        self.call_context().set_effect(Effect::Done);
        match &session {
            Some(session) => self.has_created(account, &session.name),
            None => account.ledger.sent(key, self.poller_now()),
        }
        session
    }
}

/// An operation in progress, for the report of a client that is closed.
struct Progress<'a, H: Host> {
    client: &'a Client<H>,
    operation: Operation<'a>,
    context: Rc<CallContext>,
    has_ended: bool,
}

impl<H: Host> Progress<'_, H> {
    fn ended<J>(&mut self, result: &Result<Option<Session<J>>, Error>) {
        self.has_ended = true;
        match (result, self.operation) {
            (Ok(Some(session)), _) => self.client.closing().carried_out(&session.id, true),
            (Ok(None), Operation::Send { session, .. }) => self.client.closing().carried_out(session, false),
            (Err(error), _) if error.outcome == Some(Effect::Unknown) => {
                self.left_unknown(error.candidates.clone().unwrap_or_default());
            }
            _ => {}
        }
    }

    fn left_unknown(&self, candidates: Vec<String>) {
        self.client.closing().left_unknown(|| UnknownOperation {
            session_id: match self.operation {
                Operation::Create(_) => None,
                Operation::Send { session, .. } => Some(session.to_owned()),
            },
            request: self.operation.body(),
            candidates,
        });
    }
}

/// A call that was ended.
impl<H: Host> Drop for Progress<'_, H> {
    fn drop(&mut self) {
        if !self.has_ended && self.context.effect() == Effect::Unknown {
            self.left_unknown(Vec::new());
        }
    }
}

/// An identical operation has not been reconciled within the retry window.
fn blocked() -> Error {
    let mut error = Error::new(
        ErrorKind::Timeout,
        "The create was not sent within config.rateLimitRetry.maxRetryTimeMs: an identical create of this process is still \
         being reconciled, and the two sessions could not be distinguished. No session was created for this call; try again.",
    );
    error.outcome = Some(Effect::NotSent);
    error.retryable = Some(true);
    error
}

/// The error of a request that the service has not carried out.
fn not_carried_out(operation: Operation<'_>, failed: Failed) -> Failed {
    let Failed { error, at, .. } = failed;
    // A create without a stated reason usually hits the limit of concurrent sessions, which is temporary. A message to an ended
    // session, and requests with a stated reason, are refused permanently.
    let is_create = matches!(operation, Operation::Create(_));
    let is_final = error.status == Some(400) && !(is_create && error.names_no_condition);
    let retry_after_ms = error.retry_after_ms;
    let failure = if is_final { Failure::Final } else { Failure::Refused { retry_after_ms } };
    Failed { failure, error: proven_not_done(error), at, least_delay_ms: 0 }
}

/// `candidates`: the possible results; `None` if there was no match.
fn unknown_outcome(operation: Operation<'_>, cause: &Error, candidates: Option<Vec<String>>) -> Error {
    let (what, place) = match operation {
        Operation::Create(_) => ("the session was created", "among the newest sessions"),
        Operation::Send { .. } => ("the message was sent", "among the session's activities"),
    };
    let found = match candidates.as_ref().map(Vec::len) {
        None => "No match was found",
        Some(0) => "A possible match was found",
        Some(1) => "One possible match was found (see `candidates`)",
        Some(_) => "Several possible matches were found (see `candidates`)",
    };
    let mut error = cause.clone();
    error.kind = ErrorKind::UnknownOutcome;
    error.outcome = Some(Effect::Unknown);
    error.message = format!(
        "It is unknown whether {what}. {found} {place}, and the request was not sent again. Check there before you send \
         it again (`request` is its body). What happened: {}",
        cause.message
    );
    error.candidates = Some(candidates.unwrap_or_default());
    error.request = Some(operation.body());
    error
}
