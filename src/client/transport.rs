//! The transport: sends requests and their retries. No other module sends any.

use std::borrow::Cow;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, LocalBoxFuture, select};

use super::Client;
use super::closing;
use super::process::Account;
use super::retry_loop::{Attempt, Failed, Retry, retry_loop};
use crate::core::answer::Expected;
use crate::core::error::{Effect, Error, ErrorKind};
use crate::core::failure::{Exchange, http_date};
use crate::core::http::{Body, Headers, Method, Request, Response, USER_AGENT};
use crate::core::options::is_header_value;
use crate::core::outcome::Failure;
use crate::core::outcome::policy;
use crate::core::outcome::reconcile::Doubt;
use crate::core::text;
use crate::host::{Host, LogLevel};
use crate::planted::{Fault, planted};

/// A request before it has a URL and headers.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    method: Method,
    path: String,
    body: Option<String>,
    /// The session that it concerns.
    session: Option<&'a str>,
    /// Whether to treat 404 as replication lag of a new session. False for sub-resources.
    may_lag: bool,
    /// For a list of activities, which is rate limited: since when it waits.
    listing_since: Option<i64>,
    /// Whether the request is idempotent.
    idempotent: bool,
    expected: Expected,
}

impl<'a> Call<'a> {
    pub(crate) fn get(path: String) -> Self {
        Self { expected: Expected::Whole, ..Self::of(Method::Get, path) }
    }

    pub(crate) fn post(path: String, body: String) -> Self {
        Self { body: Some(body), idempotent: false, ..Self::of(Method::Post, path) }
    }

    pub(crate) fn delete(path: String) -> Self {
        Self::of(Method::Delete, path)
    }

    /// A request that this crate knows nothing about.
    pub(crate) fn unknown(method: Method, path: String, body: Option<String>) -> Self {
        Self { body, idempotent: method == Method::Get, ..Self::of(method, path) }
    }

    fn of(method: Method, path: String) -> Self {
        let expected = Expected::Nothing;
        Self { method, path, body: None, session: None, may_lag: true, listing_since: None, idempotent: true, expected }
    }

    /// Sets the expected content of the response.
    pub(crate) fn expecting(self, expected: Expected) -> Self {
        Self { expected, ..self }
    }

    /// Marks a POST as idempotent.
    pub(crate) fn idempotent(self) -> Self {
        Self { idempotent: true, ..self }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn to(self, path: String) -> Self {
        Self { path, ..self }
    }

    /// Marks a list of activities, which is rate limited; it waits since this time.
    pub(crate) fn listing_since(self, since: i64) -> Self {
        Self { listing_since: Some(since), ..self }
    }

    pub(crate) fn of_session(self, id: &'a str) -> Self {
        Self { session: Some(id), ..self }
    }

    /// For a single sub-resource of a session.
    pub(crate) fn of_one_in_session(self, id: &'a str) -> Self {
        Self { session: Some(id), may_lag: false, ..self }
    }
}

/// The largest page in bytes. A larger one is requested in smaller pages: third parties report pages of 800 MB, which exceeds the
/// largest string of JavaScript.
const LARGEST_PAGE: u64 = 64 << 20;

/// The largest single resource in bytes: near the largest string of JavaScript, since it cannot be requested in parts.
const LARGEST_RESOURCE: u64 = 500 << 20;

/// The environment variable with the API key.
const VARIABLE: &str = "JULES_API_KEY";

impl<H: Host> Client<H> {
    /// Sends a request until it succeeds or the retry policy allows no further attempt; one that is not idempotent only until it may
    /// have reached the service. Boxed, since this makes the futures of the use-cases, and so the wasm, smaller.
    pub(crate) fn call<'a>(&'a self, mut call: Call<'a>) -> LocalBoxFuture<'a, Result<H::Json, Error>> {
        Box::pin(async move {
            self.retry(async |attempt| {
                let mut failed = match self.attempt(&call, attempt.number).await {
                    Ok(json) => return Ok(json),
                    Err(failed) => failed,
                };
                let effect = failed.failure.effect();
                // After a DELETE that may have been carried out, 404 may be its effect.
                call.may_lag &= call.method != Method::Delete || effect != Effect::Unknown;
                if !call.idempotent && effect != Effect::NotSent {
                    failed.failure = Failure::Final;
                }
                Err(failed)
            })
            .await
        })
    }

    /// The client's retry loop.
    pub(crate) async fn retry<T>(&self, inner: impl AsyncFnMut(Attempt<'_>) -> Result<T, Failed>) -> Result<T, Error> {
        let retry = Retry {
            policy: &self.options().config.rate_limit_retry,
            budget: self.budget(),
            has_contact: self.has_contact(),
            now: &|| self.poller_now(),
            random: &|| self.host().random(),
            report: &|error, delay| {
                self.host().log(LogLevel::Warn, &|| {
                    let window_ms =
                        policy::window_ms(&self.options().config.rate_limit_retry, self.has_contact().get());
                    format!(
                        "{} Next attempt in {delay} ms; the last one starts at most {window_ms} ms after the first.",
                        error.message
                    )
                });
            },
            sleep: &|millis| Box::pin(self.sleep(millis)),
        };
        retry_loop(&retry, inner).await
    }

    /// Sends a request once. `attempts`: the number of attempts, including this one.
    pub(crate) async fn attempt(&self, call: &Call<'_>, attempts: u32) -> Result<H::Json, Failed> {
        let stop = |error| Failed { failure: Failure::Final, error, at: self.poller_now(), least_delay_ms: 0 };
        let key = self.api_key().map_err(stop)?;
        if !self.call_context().may_send() {
            return Err(stop(self.used_up()));
        }
        let request = self.request_of(call, &key, attempts);
        let exchange = Exchange {
            method: call.method,
            url: &request.url,
            attempts,
            has_contact: self.has_contact().get(),
            key: &key,
        };
        let effect_before = self.call_context().effect();
        let (failure, error) = match self.exchange_in_turn(&request, exchange, call, &key).await {
            Ok(json) => {
                self.call_context().answered(&request.url);
                return Ok(json);
            }
            Err(failed) => failed,
        };
        let error = error.without(&key);
        self.call_context().failed(&Rc::new(error.clone()));
        // Only an earlier attempt can still have been carried out.
        if !call.idempotent && effect_before != Effect::Unknown && Doubt::of(&error).is_none() {
            self.call_context().set_effect(error.outcome.unwrap_or(Effect::Unknown));
        }
        if let Some(asked) = policy::throttled_ms(&error, &self.options().config.rate_limit_retry) {
            self.throttle_polls(call.session, call.method, asked);
        }
        Err(Failed { failure, error, at: self.poller_now(), least_delay_ms: 0 })
    }

    /// No further request may be sent. After a failed one its error says more.
    fn used_up(&self) -> Error {
        let failed = self.call_context().take_failure().map(Rc::unwrap_or_clone);
        failed.unwrap_or_else(|| Error::invalid("maxRequests", "is too small for what the call has to read"))
    }

    fn request_of(&self, call: &Call<'_>, key: &str, attempt: u32) -> Request {
        let body = call.body.clone();
        let most_bytes = if call.expected == Expected::Page { LARGEST_PAGE } else { LARGEST_RESOURCE };
        Request {
            method: call.method,
            url: [&self.options().base_url, "/", &call.path].concat(),
            headers: self.headers(key, body.is_some()),
            body,
            wants_date: call.method != Method::Get || self.service_clock().is_stale(self.poller_now()),
            most_bytes,
            attempt,
        }
    }

    fn headers(&self, key: &str, has_body: bool) -> Headers {
        // Custom headers replace ours of the same name: otherwise the service would get both, joined by a comma.
        let mut headers = self.options().headers.clone();
        let content_type = has_body.then_some("application/json");
        let user_agent = self.host().takes_user_agent().then_some(USER_AGENT);
        let own = [("X-Goog-Api-Key", Some(key)), ("Content-Type", content_type), ("User-Agent", user_agent)];
        for (name, value) in own {
            let is_given = headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
            headers.extend(value.filter(|_| !is_given).map(|value| (name.to_owned(), value.to_owned())));
        }
        headers
    }

    async fn exchange_in_turn(
        &self,
        request: &Request,
        exchange: Exchange<'_>,
        call: &Call<'_>,
        key: &str,
    ) -> Result<H::Json, (Failure, Error)> {
        let Some(since) = call.listing_since else { return self.exchange(request, exchange, call, key).await };
        let account = self.process().account(&self.options().base_url, key);
        let turn = account.pacer.turn(self, since, exchange.attempts).await;
        let result = self.exchange(request, exchange, call, key).await;
        let error = result.as_ref().err().map(|(_, error)| error);
        let pause_ms = error.and_then(|error| policy::throttled_ms(error, &self.options().config.rate_limit_retry));
        turn.ended(error, pause_ms, self.poller_now());
        result
    }

    async fn exchange(
        &self,
        request: &Request,
        exchange: Exchange<'_>,
        call: &Call<'_>,
        key: &str,
    ) -> Result<H::Json, (Failure, Error)> {
        let response = self.fetch(request, exchange, call).await?;
        let is_success = (200..300).contains(&response.status);
        self.has_contact().set(true);
        let date = response.date.as_deref().and_then(http_date);
        if date.is_some() || (is_success && request.wants_date) {
            self.service_clock().observe(date, self.poller_now(), self.host().wall_clock_ms());
        }
        let level = if request.method == Method::Get { LogLevel::Debug } else { LogLevel::Info };
        self.host().log(level, &|| {
            let line = format!("{} {} answered {}", request.method.as_str(), request.url, response.status);
            // The key may be in the address of a proxy.
            text::without(&line, key).unwrap_or(line)
        });
        if !is_success {
            let is_young = call.may_lag && call.session.is_some_and(|id| self.is_young(id));
            return Err(exchange.error_status(&response, is_young));
        }
        if matches!(response.body, Body::TooLarge) {
            return Err(exchange.too_large(response.status, request.most_bytes));
        }
        match call.expected.problem(&response.body) {
            Some(problem) => Err(exchange.unreadable(&response, problem)),
            None => Ok(response.body.into_json()),
        }
    }

    /// Sends the request and reads the whole response. Timeout and permit include the body.
    async fn fetch(
        &self,
        request: &Request,
        exchange: Exchange<'_>,
        call: &Call<'_>,
    ) -> Result<Response<H::Json>, (Failure, Error)> {
        // Creates leave permits for polls, approvals and messages.
        let is_create = request.method == Method::Post && call.session.is_none();
        let _create = if is_create { Some(self.creates().acquire().await) } else { None };
        let _permit = self.requests().acquire().await;
        // The client may have been closed while this waited.
        if self.is_closed() && !planted(Fault::ClosedSends) {
            return Err((Failure::Final, closing::not_begun("A request")));
        }
        if !call.idempotent {
            self.call_context().set_effect(Effect::Unknown);
        }
        let _writing = (request.method != Method::Get).then(|| Rc::clone(self.call_context()).writing());
        let timeout_ms = self.options().config.request_timeout_ms;
        let allowed_ms = if planted(Fault::NoRequestTimeout) { 1_000_000_000_000 } else { timeout_ms };
        let fetch = pin!(self.host().fetch(request));
        let timeout = pin!(self.host().timer(allowed_ms));
        match select(fetch, timeout).await {
            Either::Left((answer, _)) => answer.map_err(|failure| exchange.no_answer(&failure)),
            Either::Right(_) => Err(exchange.timed_out(timeout_ms)),
        }
    }

    /// The account of this client's key, shared in this process.
    pub(crate) fn account(&self) -> Result<Rc<Account>, Error> {
        let key = self.api_key()?;
        Ok(self.process().account(&self.options().base_url, &key))
    }

    /// Whether this process created the session within the time that replication may take.
    fn is_young(&self, id: &str) -> bool {
        let name = ["sessions/", id].concat();
        self.account().is_ok_and(|account| account.ledger.is_young(&name, self.poller_now()))
    }

    /// A response contained these resources.
    pub(crate) fn saw<'a>(&self, names: impl IntoIterator<Item = &'a str>) {
        let Ok(account) = self.account() else { return };
        for name in names {
            account.ledger.saw(name);
            if let Some(id) = name.strip_prefix("sessions/") {
                self.session_was_seen(id);
            }
        }
    }

    fn api_key(&self) -> Result<Cow<'_, str>, Error> {
        if let Some(given) = &self.options().api_key {
            return Ok(Cow::Borrowed(given));
        }
        let found = self.host().variable(VARIABLE).unwrap_or_default();
        match found.trim() {
            "" => {
                let message = "There is no API key. No request was sent. Set the option `apiKey` or the environment \
                               variable JULES_API_KEY (in Deno, run with --allow-env=JULES_API_KEY); create keys in \
                               the settings of the web app.";
                let mut error = Error::new(ErrorKind::MissingApiKey, message);
                error.outcome = Some(Effect::NotSent);
                Err(error)
            }
            key if is_header_value(key) => Ok(Cow::Owned(key.to_owned())),
            _ => Err(Error::invalid(VARIABLE, "contains characters that are not allowed in a key")),
        }
    }
}
