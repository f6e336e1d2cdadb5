//! One request to the service, with its attempts: the only place where requests are sent, and sent again.

use std::borrow::Cow;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, LocalBoxFuture, select};

use super::Client;
use crate::core::answer::Expected;
use crate::core::error::{Effect, Error, ErrorKind};
use crate::core::failure::{Exchange, http_date};
use crate::core::http::{Headers, Method, Request, Response};
use crate::core::json::{self, Document, Node};
use crate::core::options::is_header_value;
use crate::core::retry::{self, Failure, Standing};
use crate::core::settle;
use crate::core::text;
use crate::host::{Host, LogLevel};

/// A request before it has an address.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    method: Method,
    path: String,
    body: Option<String>,
    /// The session it is about.
    session: Option<&'a str>,
    /// Whether not to be found tells that the session was just made: what is in it may be missing for good.
    is_there_with_it: bool,
    /// Whether doing it twice is doing it once.
    idempotent: bool,
    /// The time by the poller's clock from which the time for all attempts counts; `None`: from the first of this call.
    since: Option<i64>,
    /// How often it was sent before this call.
    sent: u32,
    /// What was answered before: the same bytes are not read again, but give a clone.
    known: Option<&'a Document>,
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

    fn of(method: Method, path: String) -> Self {
        let expected = Expected::Nothing;
        Self {
            method,
            path,
            body: None,
            session: None,
            is_there_with_it: true,
            idempotent: true,
            since: None,
            sent: 0,
            known: None,
            expected,
        }
    }

    /// For a GET of something else than a thing of its own.
    pub(crate) fn expecting(self, expected: Expected) -> Self {
        Self { expected, ..self }
    }

    /// For a POST that changes nothing when it comes a second time.
    pub(crate) fn idempotent(self) -> Self {
        Self { idempotent: true, ..self }
    }

    /// For a request that was begun at this time, and sent so often, by other calls.
    pub(crate) fn going_on(self, start: i64, sent: u32) -> Self {
        Self { since: Some(start), sent, ..self }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn to(self, path: String) -> Self {
        Self { path, ..self }
    }

    /// Where the answer may be the same bytes as one before, of which it then gives a clone.
    pub(crate) fn knowing(self, known: Option<&'a Document>) -> Self {
        Self { known, ..self }
    }

    pub(crate) fn of_session(self, id: &'a str) -> Self {
        Self { session: Some(id), ..self }
    }

    /// For a single thing in a session, which the caller names.
    pub(crate) fn of_one_in_session(self, id: &'a str) -> Self {
        Self { session: Some(id), is_there_with_it: false, ..self }
    }
}

/// Where the key is looked for that was not given.
const VARIABLE: &str = "JULES_API_KEY";

/// For how long the service's clock is taken to go as the local one does before it is read again from what went well.
const DATE_LASTS_MS: i64 = 30_000;

/// For how long after its creation a session that is not found is taken to be on its way.
pub(super) const JUST_MADE_MS: i64 = 60_000;

impl<H: Host> Client<H> {
    /// Sends a request until it is answered, or the retry rule says that it is enough. Boxed, so that each use-case
    /// holds a pointer and not all of this: it keeps the wasm small.
    pub(crate) fn call<'a>(&'a self, call: Call<'a>) -> LocalBoxFuture<'a, Result<Document, Error>> {
        Box::pin(self.send_until_done(call))
    }

    async fn send_until_done(&self, mut call: Call<'_>) -> Result<Document, Error> {
        let key = self.api_key()?;
        let policy = &self.options().config.rate_limit_retry;
        let request = self.request(&mut call, &key);
        let start = call.since.unwrap_or_else(|| self.poller_now());
        let mut attempts = 0;
        let mut repeats = None;
        self.budget().first_attempt();
        loop {
            attempts += 1;
            let exchange = Exchange { method: call.method, url: &request.url, attempts: call.sent + attempts };
            let effect_before = self.effect().get();
            let (mut failure, error) = match self.attempt(&request, exchange, &call, &key).await {
                Ok(body) => {
                    self.budget().success();
                    return Ok(body);
                }
                Err(failed) => failed,
            };
            let error = error.without(&key);
            // Not to be found may from now on be this call's own doing.
            call.is_there_with_it &= call.method != Method::Delete || failure.effect() != Effect::Unknown;
            // What surely was not carried out leaves no doubt; that of an attempt before it stays.
            if call.method == Method::Post && effect_before != Effect::Unknown && settle::aftermath(&error).is_none() {
                self.effect().set(error.outcome.unwrap_or(Effect::Unknown));
            }
            if let Some(asked) = retry::rest_ms(&error, policy) {
                self.leave_alone(call.session, call.method, asked);
            }
            let repeating = repeats.get_or_insert_with(|| self.budget().repeating());
            loop {
                let standing = Standing {
                    idempotent: call.idempotent,
                    attempts,
                    elapsed_ms: u64::try_from(self.poller_now() - start).unwrap_or(0),
                    random: self.host().random(),
                };
                let Some(wait) = retry::next_attempt_ms(failure, policy, standing) else { return Err(error) };
                self.host().log(LogLevel::Warn, || format!("{} Next attempt in {wait} ms.", error.message));
                if wait > policy.max_delay_ms {
                    repeating.rest();
                }
                self.host().sleep(wait).await;
                // A session that is on its way is no trouble of the service's.
                if failure == Failure::NotThereYet || repeating.may_try() {
                    break;
                }
                // The share of a bound may have been nothing; who has to wait waits for something.
                self.host().sleep(policy.base_delay_ms.max(1)).await;
                failure = failure.rested();
            }
        }
    }

    fn request(&self, call: &mut Call<'_>, key: &str) -> Request {
        let body = call.body.take().map(String::into_bytes);
        // Neither if the local clock was set back meanwhile.
        let sought_ago = self.host().now().saturating_sub(self.date_sought_at().get());
        let knows_date = (0..DATE_LASTS_MS).contains(&sought_ago);
        Request {
            method: call.method,
            url: [&self.options().base_url, "/", &call.path].concat(),
            headers: if body.is_some() { self.make_headers(key, true) } else { self.headers(key) },
            body,
            wants_date: !knows_date || call.method != Method::Get,
        }
    }

    /// The headers of a request without a body, kept from one to the next.
    fn headers(&self, key: &str) -> Headers {
        let mut kept = self.kept_headers().borrow_mut();
        match &*kept {
            Some((of, headers)) if of == key => Rc::clone(headers),
            _ => {
                let headers = self.make_headers(key, false);
                *kept = Some((key.to_owned(), Rc::clone(&headers)));
                headers
            }
        }
    }

    fn make_headers(&self, key: &str, has_body: bool) -> Headers {
        // The caller's own go before ours: of two headers of one name the service would see both, joined by a comma.
        let mut headers = self.options().headers.clone();
        let content_type = has_body.then_some("application/json");
        for (name, value) in [("X-Goog-Api-Key", Some(key)), ("Content-Type", content_type)] {
            let is_given = headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
            headers.extend(value.filter(|_| !is_given).map(|value| (name.to_owned(), value.to_owned())));
        }
        Rc::new(headers)
    }

    async fn attempt(
        &self,
        request: &Request,
        exchange: Exchange<'_>,
        call: &Call<'_>,
        key: &str,
    ) -> Result<Document, (Failure, Error)> {
        let response = self.exchange(request, exchange).await?;
        let is_well = (200..300).contains(&response.status);
        if let Some(date) = response.date.as_deref().and_then(http_date) {
            let now = self.host().now();
            self.date_sought_at().set(now);
            self.service_date().set(Some((date, now)));
        }
        self.host().log(LogLevel::Debug, || {
            let line = format!("{} {} answered {}", request.method.as_str(), request.url, response.status);
            // The key may be in the address of a proxy.
            text::without(&line, key).unwrap_or(line)
        });
        if !is_well {
            let since = self.poller_now() - JUST_MADE_MS + 1;
            let just_made = call.is_there_with_it && call.session.is_some_and(|id| self.has_done(id, since));
            return Err(exchange.error_status(&response.without(key), just_made));
        }
        let known = call.known.filter(|known| known.is_of(&response.body));
        let read = match known {
            Some(known) => Ok(known.clone()),
            None => read(&response, call.expected),
        };
        if read.is_ok() && request.wants_date {
            // What is none of the service's own may come without a date; but a page of another origin sees none, ever.
            self.date_sought_at().set(self.host().now());
        }
        read.map_err(|problem| exchange.unreadable(&response.without(key), &problem))
    }

    /// One exchange, whole: the time allowed covers the body, and so does the place among those in flight.
    async fn exchange(&self, request: &Request, exchange: Exchange<'_>) -> Result<Response, (Failure, Error)> {
        let _permit = self.gate().enter().await;
        if request.method == Method::Post {
            self.effect().set(Effect::Unknown);
        }
        let timeout_ms = self.options().config.request_timeout_ms;
        let fetch = pin!(self.host().fetch(request));
        let timeout = pin!(self.host().timer(timeout_ms));
        match select(fetch, timeout).await {
            Either::Left((answer, _)) => answer.map_err(|failure| exchange.no_answer(&failure)),
            Either::Right(_) => Err(exchange.timed_out(timeout_ms)),
        }
    }

    fn api_key(&self) -> Result<Cow<'_, str>, Error> {
        if let Some(given) = &self.options().api_key {
            return Ok(Cow::Borrowed(given));
        }
        let found = self.host().variable(VARIABLE).unwrap_or_default();
        match found.trim() {
            "" => Err(Error::new(
                ErrorKind::MissingApiKey,
                "There is no API key. Give one as `apiKey`, or set the environment variable JULES_API_KEY; keys are \
                 made in the settings of the web app. No request was sent.",
            )),
            key if is_header_value(key) => Ok(Cow::Owned(key.to_owned())),
            _ => Err(Error::invalid(VARIABLE, "holds characters that a key cannot have")),
        }
    }
}

/// What the answer holds; or, as the end of a sentence about its body, why it is none.
fn read(response: &Response, expected: Expected) -> Result<Document, String> {
    let document = json::read(&response.body).map_err(|problem| format!("is no JSON ({problem})"))?;
    match expected.problem(&response.body, Node::of(&document)) {
        Some(problem) => Err(problem.to_owned()),
        None => Ok(document),
    }
}
