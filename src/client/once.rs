//! What must not be done twice, and must not be lost: making a session, sending a message.
//!
//! The service has no idempotency keys. So when it is not known whether a request was carried out, it is looked for
//! before it is repeated: among the newest sessions, or the session's newest activities, back to the start of the
//! attempt by the service's clock, as known before and after. Twins (requests of several callers that could be taken for
//! one another) take turns, so that the outcome of one is not taken for that of another.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::Client;
use super::activities::ActivityReader;
use super::gate::Gate;
use super::lists::PageRequest;
use super::transport::{Call, JUST_MADE_MS};
use crate::core::answer::Expected;
use crate::core::config::CreateRequest;
use crate::core::cursor::Cursor;
use crate::core::error::{Effect, Error, ErrorKind};
use crate::core::json::{Json, Node};
use crate::core::mapping;
use crate::core::model::{ActivityType, Session};
use crate::core::options::OnUnknownOutcome;
use crate::core::retry::{self, Failure, Standing};
use crate::core::settle::{self, Aftermath};
use crate::core::text;
use crate::core::time::Timestamp;
use crate::host::{Host, LogLevel};

/// What the service's `Date` header can be off by: it has whole seconds, and the way takes time.
const MARGIN_MS: i64 = 2_000;

/// For how long it is remembered what this client has done.
const MEMORY_MS: i64 = 3_600_000;

/// A request that changes something and is to be carried out once.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deed<'a> {
    /// Make a session.
    Create(&'a CreateRequest),
    /// Send a message to a session.
    Send { session: &'a str, prompt: &'a str },
}

impl Deed<'_> {
    fn body(&self) -> String {
        match self {
            Self::Create(request) => request.body(),
            Self::Send { prompt, .. } => {
                Json::Object(vec![("prompt".to_owned(), Json::Text((*prompt).to_owned()))]).to_text()
            }
        }
    }

    fn path(&self) -> String {
        match self {
            Self::Create(_) => "sessions".to_owned(),
            Self::Send { session, .. } => ["sessions/", session, ":sendMessage"].concat(),
        }
    }

    /// What twins have in common: where one could be taken for the other when it is looked for. The rest of what was asked
    /// for does not tell them apart: a session may have been given a title, a message is known by its words alone.
    fn key(&self) -> String {
        match self {
            Self::Create(request) => {
                [&request.source().unwrap_or_default().to_ascii_lowercase(), "\n", &text::words(request.prompt())]
                    .concat()
            }
            Self::Send { prompt, .. } => [&self.path(), "\n", &text::words(prompt)].concat(),
        }
    }

    /// Whether the session can have come of it. What the service makes of line ends, blanks and the case of a repository is
    /// unknown; not to know its own again would be to make, and pay for, a second.
    fn is(&self, session: &Session) -> bool {
        let Self::Create(request) = self else { return false };
        let source = session.source_context.as_ref().map_or("", |context| &context.source);
        source.eq_ignore_ascii_case(request.source().unwrap_or_default())
            && text::has_same_words(&session.prompt, request.prompt())
    }

    /// Whether the session has the title that was asked for. It is unknown whether the service keeps to that, so one of another
    /// is neither taken nor passed over, but told.
    fn has_title_of(&self, session: &Session) -> bool {
        let Self::Create(request) = self else { return false };
        request.title().is_none_or(|title| text::has_same_words(title, &session.title))
    }
}

/// When an attempt began.
struct Start {
    /// By the local clock, and by the poller's.
    local: i64,
    measured: i64,
    /// By the service's clock, or a little before: the earliest and the latest of what its answers make of that. They lie
    /// apart if the local clock was set meanwhile.
    told: Option<(Timestamp, Timestamp)>,
    /// Whether it has been earlier by the local clock since. What the service tells then says nothing of the start.
    was_set_back: bool,
}

/// Something that this client has done: a session's id, or a message by its key; with the time by the poller's clock.
pub(crate) type Done = (String, i64);

/// What a look has found.
enum Found {
    Nothing,
    /// It was carried out; of a create, this came of it.
    One(Option<Box<Session>>),
    /// More than one it can be; of a create, these.
    Several(Vec<String>),
}

impl<H: Host> Client<H> {
    /// Does it, once. Gives the answer, or what was found of it.
    pub(crate) fn once<'a>(&'a self, deed: Deed<'a>) -> LocalBoxFuture<'a, Result<Option<Session>, Error>> {
        Box::pin(async move {
            let lane = self.lane(deed);
            let _turn = lane.enter().await;
            self.once_in_turn(deed).await
        })
    }

    /// The same for whoever is in the deed's lane already.
    pub(crate) fn once_in_turn<'a>(&'a self, deed: Deed<'a>) -> LocalBoxFuture<'a, Result<Option<Session>, Error>> {
        Box::pin(self.do_once(deed))
    }

    async fn do_once(&self, deed: Deed<'_>) -> Result<Option<Session>, Error> {
        let key = deed.key();
        let (local, measured) = (self.host().now(), self.poller_now());
        let mut start = Start { local, measured, told: None, was_set_back: false };
        self.date(&mut start);
        let (mut attempts, mut sent) = (0, 0);
        loop {
            attempts += 1;
            let mut call = Call::post(deed.path(), deed.body()).going_on(start.measured, sent);
            call = match deed {
                Deed::Create(_) => call.expecting(Expected::Whole),
                Deed::Send { session, .. } => call.of_session(session),
            };
            let error = match self.call(call).await {
                Ok(body) => {
                    let session = matches!(deed, Deed::Create(_)).then(|| mapping::session(Node::of(&body)));
                    return Ok(self.remember(key, session));
                }
                Err(error) => error,
            };
            sent = error.attempts.unwrap_or(sent);
            let reconciles = self.options().on_unknown_outcome == OnUnknownOutcome::Reconcile;
            let Some(aftermath) = settle::aftermath(&error).filter(|_| reconciles) else { return Err(error) };
            self.host().log(LogLevel::Warn, || format!("{} Looking whether it was.", error.message));
            match self.look(deed, &key, &mut start, aftermath).await {
                Ok(Found::One(session)) => return Ok(self.remember(key, session.map(|session| *session))),
                Ok(Found::Several(candidates)) => return Err(unknown_outcome(deed, &error, candidates)),
                Err(_) => return Err(unknown_outcome(deed, &error, Vec::new())),
                Ok(Found::Nothing) if aftermath == Aftermath::MayBeAtWork => {
                    return Err(unknown_outcome(deed, &error, Vec::new()));
                }
                // It may have been looked for in the wrong place.
                Ok(Found::Nothing) if start.was_set_back || self.is_dated_by_hearsay(&start) => {
                    return Err(unknown_outcome(deed, &error, Vec::new()));
                }
                // A create is refused so at the limit of sessions, which passes; a message at a session's end, which stays,
                // and so does what the service gives a reason for.
                Ok(Found::Nothing)
                    if error.status == Some(400)
                        && (matches!(deed, Deed::Send { .. }) || !error.names_no_condition) =>
                {
                    return Err(error);
                }
                Ok(Found::Nothing) => {}
            }
            let standing = Standing {
                idempotent: false,
                attempts,
                elapsed_ms: u64::try_from(self.poller_now() - start.measured).unwrap_or(0),
                random: self.host().random(),
            };
            let failure = Failure::RefusedForNow { retry_after_ms: error.retry_after_ms };
            match retry::next_attempt_ms(failure, &self.options().config.rate_limit_retry, standing) {
                Some(wait) => self.host().sleep(wait).await,
                None => return Err(error),
            }
        }
    }

    /// Looks until it is found, or the time to settle is over.
    async fn look(&self, deed: Deed<'_>, key: &str, start: &mut Start, aftermath: Aftermath) -> Result<Found, Error> {
        self.date(start);
        // What it was may be off by as much as the local clock was set since.
        self.date_sought_at().set(i64::MIN);
        let waits: Vec<u64> = settle::looks_ms(aftermath, &self.options().config.rate_limit_retry).collect();
        for wait in waits {
            self.host().sleep(wait).await;
            let found = match deed {
                Deed::Create(_) => self.made_since(deed, start).await?,
                Deed::Send { session, prompt } => self.sent_since(session, prompt, key, start).await?,
            };
            if !matches!(found, Found::Nothing) {
                return Ok(found);
            }
        }
        Ok(Found::Nothing)
    }

    /// The sessions that match and are not older than the attempt, without those that this client has made otherwise.
    async fn made_since(&self, deed: Deed<'_>, start: &mut Start) -> Result<Found, Error> {
        let mut request = PageRequest { page_size: Some(100), ..PageRequest::default() };
        let mut matching = Vec::new();
        let mut reached_the_start = false;
        while !reached_the_start {
            let page = self.sessions(&request).await?;
            let earliest = self.date(start).map(|(earliest, _)| earliest);
            for session in page.items {
                let made = Timestamp::parse(&session.create_time);
                reached_the_start |= made.is_some() && made < earliest;
                if !reached_the_start && deed.is(&session) && !self.has_done(&session.id, i64::MIN) {
                    matching.push(session);
                }
            }
            match request.next(page.next_page_token) {
                // Without the service's clock there is no telling how far back to go.
                Some(next) if earliest.is_some() => request = next,
                _ => reached_the_start = true,
            }
        }
        let latest = self.date(start).map(|(_, latest)| latest);
        let is_new = |session: &Session| {
            latest.is_some() && Timestamp::parse(&session.create_time) >= latest && deed.has_title_of(session)
        };
        let (mut new, doubtful): (Vec<_>, Vec<_>) = matching.into_iter().partition(is_new);
        if new.len() == 1 {
            return Ok(Found::One(new.pop().map(Box::new)));
        }
        new.extend(doubtful);
        Ok(match new.is_empty() {
            true => Found::Nothing,
            false => Found::Several(new.into_iter().map(|session| session.id.into()).collect()),
        })
    }

    /// Whether the message is among the session's activities since the attempt began.
    async fn sent_since(&self, session: &str, prompt: &str, key: &str, start: &mut Start) -> Result<Found, Error> {
        if self.date(start).is_none() {
            self.get(session).await?;
        }
        let Some((earliest, _)) = self.date(start) else { return Ok(Found::Several(Vec::new())) };
        let mut reader = ActivityReader::new(self.clone(), session, Some(Cursor::starting_at(earliest)));
        let mut ours = reader.drain().await?;
        ours.retain(|activity| {
            activity.activity_type == ActivityType::UserMessaged
                && activity.message.as_deref().is_some_and(|message| text::has_same_words(message, prompt))
        });
        let latest = self.date(start).map(|(_, latest)| latest);
        let new = ours.iter().filter(|activity| Timestamp::parse(&activity.create_time) >= latest).count();
        let has_a_twin = self.has_done(key, start.measured - 2 * MARGIN_MS);
        Ok(match (ours.len(), new, has_a_twin) {
            (0, ..) => Found::Nothing,
            (_, 1, false) => Found::One(None),
            _ => Found::Several(Vec::new()),
        })
    }

    /// Dates an attempt's start by what is known of the service's clock now. Gives the earliest and the latest that it can be,
    /// or a little before: what was made before the one is older than the attempt, what was made after the other is not. `None`
    /// if no answer has told (a page sees no `Date` of another origin), or none that holds.
    fn date(&self, start: &mut Start) -> Option<(Timestamp, Timestamp)> {
        let now = self.host().now();
        start.was_set_back |= now < start.local;
        if let Some(time) = self.service_time_at(start.local).filter(|_| !start.was_set_back) {
            let (earliest, latest) = start.told.unwrap_or((time, time));
            start.told = Some((earliest.min(time), latest.max(time)));
        }
        // What would lie ahead was dated by a clock that has been set since.
        let present = self.service_time_at(now)?;
        let (earliest, latest) = start.told.filter(|(earliest, _)| *earliest <= present)?;
        Some((earliest, if latest <= present { latest } else { earliest }))
    }

    /// Whether no answer since the attempt began has told the service's time, but one before it has: by that the start lies too
    /// late if the local clock was set forward in between.
    fn is_dated_by_hearsay(&self, start: &Start) -> bool {
        self.service_date().get().is_some_and(|(_, seen_at)| seen_at < start.local)
    }

    /// The time by the service's clock at this local time, or a little before; `None` if no answer has told it.
    fn service_time_at(&self, local: i64) -> Option<Timestamp> {
        let (date, seen_at) = self.service_date().get()?;
        Some(date.plus_millis(local - seen_at - MARGIN_MS))
    }

    fn remember(&self, key: String, session: Option<Session>) -> Option<Session> {
        self.effect().set(Effect::Done);
        let now = self.poller_now();
        let mut done = self.done().borrow_mut();
        done.retain(|(_, at)| now - at < MEMORY_MS);
        done.push((session.as_ref().map_or(key, |session| session.id.to_string()), now));
        session
    }

    /// Whether this client has done this since then.
    pub(crate) fn has_done(&self, what: &str, since: i64) -> bool {
        self.done().borrow().iter().any(|(done, at)| done == what && *at >= since)
    }

    /// This session is still known as one of this client's, but as none that was just made.
    pub(crate) fn is_young_no_more(&self, id: &str) {
        let before = self.poller_now() - JUST_MADE_MS;
        for (done, at) in self.done().borrow_mut().iter_mut() {
            if done == id {
                *at = before.min(*at);
            }
        }
    }

    /// The turn of those that ask the same. A lane is forgotten when nobody is in it.
    pub(crate) fn lane(&self, deed: Deed<'_>) -> Rc<Gate> {
        let key = deed.key();
        let mut lanes = self.lanes().borrow_mut();
        lanes.retain(|(_, lane)| Rc::strong_count(lane) > 1);
        if let Some((_, lane)) = lanes.iter().find(|(known, _)| *known == key) {
            return Rc::clone(lane);
        }
        let lane = Rc::new(Gate::new(1));
        lanes.push((key, Rc::clone(&lane)));
        lane
    }
}

fn unknown_outcome(deed: Deed<'_>, cause: &Error, candidates: Vec<String>) -> Error {
    let (what, place) = match deed {
        Deed::Create(_) => ("the session was made", "among the newest sessions"),
        Deed::Send { .. } => ("the message was sent", "among the session's activities"),
    };
    let found = match candidates.len() {
        0 => "It was not found",
        1 => "One may be it (see `candidates`)",
        _ => "More than one can be it (see `candidates`)",
    };
    let mut error = cause.clone();
    error.kind = ErrorKind::UnknownOutcome;
    error.code = ErrorKind::UnknownOutcome.code();
    error.outcome = Some(Effect::Unknown);
    error.message = format!(
        "It is not known whether {what}. {found} {place}; it was not repeated. Look there (`request` has what was asked) \
         before you repeat it. What happened: {}",
        cause.message
    );
    error.candidates = Some(candidates);
    error.request = Json::read(deed.body().as_bytes()).ok();
    error
}
