//! Searching for the sessions of creates that a crash has interrupted, and for those of others that count for the quota.

use crate::client::Client;
use crate::client::lists::{ALL_SESSIONS, PageRequest};
use crate::client::partial;
use crate::core::batch::recover::{Sought, recover};
use crate::core::error::{Effect, Error, ErrorKind};
use crate::core::json_text;
use crate::core::json_view::JsonView;
use crate::core::outcome::reconcile::{Certainty, Doubt, REPLICATION_MS, Shown};
use crate::core::session::Session;
use crate::core::time::Timestamp;
use crate::host::{Host, LogLevel};

/// The creates that are searched for, and how often they were.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    pub(super) sought: Vec<SoughtItem>,
    checks: usize,
    began_at: i64,
}

/// An item whose create is searched for.
#[derive(Debug)]
pub(super) struct SoughtItem {
    pub(super) index: usize,
    pub(super) sought: Sought,
    /// Whether an earlier run could not decide: then it is searched for once, and never created.
    pub(super) is_undecided: bool,
}

impl Recovery {
    pub(super) fn new(sought: Vec<SoughtItem>, now: i64) -> Self {
        Self { sought, checks: 0, began_at: now }
    }

    /// How far back the lists must be read; `None`: to their end.
    pub(super) fn horizon(&self) -> Option<Timestamp> {
        let mut earliest = None;
        for item in &self.sought {
            let horizon = item.sought.start().horizon()?;
            earliest = Some(earliest.map_or(horizon, |earliest: Timestamp| earliest.min(horizon)));
        }
        earliest
    }

    /// The local time of the next list; `None` if the last one has proven what it can.
    pub(super) fn next_check(&self, client: &Client<impl Host>) -> Option<i64> {
        let policy = &client.options().config.rate_limit_retry;
        let check_ms = *Doubt::AtWork.check_times_ms(REPLICATION_MS, policy).get(self.checks)?;
        Some(self.began_at.saturating_add(i64::try_from(check_ms).unwrap_or(i64::MAX)))
    }

    /// What this list proves of each create. Only the last list proves that there is no session.
    pub(super) fn read<J: JsonView>(
        &mut self,
        list: &[Session<J>],
        batch: &str,
        keeps_titles: bool,
        client: &Client<impl Host<Json = J>>,
    ) -> Vec<(SoughtItem, Certainty<usize>)> {
        self.checks += 1;
        let is_last = self.next_check(client).is_none();
        let sought: Vec<_> = self.sought.iter().map(|item| item.sought.clone()).collect();
        let certainties = weigh(&sought, list, batch, keeps_titles);
        let mut decided = Vec::new();
        for (item, certainty) in std::mem::take(&mut self.sought).into_iter().zip(certainties) {
            // A list that may still lag does not decide, unless it shows the session.
            match certainty {
                Certainty::Found(_) => decided.push((item, certainty)),
                _ if is_last || item.is_undecided => decided.push((item, certainty)),
                _ => self.sought.push(item),
            }
        }
        decided
    }
}

/// What this list proves of each of these creates.
pub(super) fn weigh<J: JsonView>(
    sought: &[Sought],
    list: &[Session<J>],
    batch: &str,
    keeps_titles: bool,
) -> Vec<Certainty<usize>> {
    let texts: Vec<_> = list.iter().map(|session| (session.prompt(), session.title(), session.source())).collect();
    let shown: Vec<_> = texts
        .iter()
        .zip(list)
        .map(|((prompt, title, source), session)| Shown { prompt, title, source, created: session.create_time() })
        .collect();
    recover(sought, &shown, batch, keeps_titles)
}

/// The error of an item of which a crash has left open whether its session exists.
pub(super) fn undecided(sought: &Sought, candidates: Vec<String>) -> Error {
    let mut error = Error::new(
        ErrorKind::UnknownOutcome,
        "It is unknown whether the session of this item was created before the process ended, and none is created now. Check \
         its candidates, or the newest sessions in the web app. To create the session anyway, give the item another key.",
    );
    let begun = sought.begun();
    error.outcome = Some(Effect::Unknown);
    error.candidates = Some(candidates);
    error.request = Some(json_text::object(&[
        ("prompt", json_text::string(&begun.prompt)),
        ("title", json_text::string(&begun.title)),
    ]));
    error
}

impl<H: Host> Client<H> {
    /// All sessions that were created since `horizon`, newest first, archived ones included. `None`: all there are. It is read after
    /// each page, since the first one may show the service's time.
    pub(super) async fn sessions_since(
        &self,
        horizon: &dyn Fn() -> Option<Timestamp>,
    ) -> Result<Vec<Session<H::Json>>, Error> {
        match self.pages_since(horizon, Some(ALL_SESSIONS)).await {
            Err(error) if error.status == Some(400) => {
                let log = || format!("{} The list is read without archived sessions.", error.message);
                self.host().log(LogLevel::Warn, &log);
                self.pages_since(horizon, None).await
            }
            result => result,
        }
    }

    async fn pages_since(
        &self,
        horizon: &dyn Fn() -> Option<Timestamp>,
        filter: Option<&str>,
    ) -> Result<Vec<Session<H::Json>>, Error> {
        let (filter, fields) = (filter.map(str::to_owned), Some(partial::SESSIONS));
        let request = PageRequest { page_size: Some(100), filter, fields, ..PageRequest::default() };
        let reach = |sessions: &[Session<_>]| {
            let oldest = sessions.last().and_then(Session::create_time);
            oldest.zip(horizon()).is_some_and(|(at, from)| at < from)
        };
        let newest = self.newest_sessions(request, reach).await;
        newest.failed.map_or(Ok(newest.sessions), Err)
    }
}
