//! Searching for the result of an operation in the newest sessions or the messages of a session.

use std::rc::Rc;

use super::Client;
use super::ledger::YOUNG_MS;
use super::lists::{PageRequest, activity_name};
use super::newest::Newest;
use super::operation::{Begin, Operation};
use super::partial;
use super::process::Account;
use super::shared_reads::{Reading, SharedReads};
use crate::core::activity::{Activity, ActivityKind};
use crate::core::config::CreateRequest;
use crate::core::error::Error;
use crate::core::outcome::reconcile::{
    self, Certainty, ENOUGH_SESSIONS, Finding, Match, REPLICATION_MS, Shown, Wanted, scaled_ms,
};
use crate::core::poll::millis;
use crate::core::session::Session;
use crate::core::time::Timestamp;
use crate::host::Host;
use crate::planted::{Fault, planted};

/// Equal messages sent within this time cannot be distinguished by their times.
const EQUAL_MESSAGES_MS: i64 = 2 * reconcile::DATE_MARGIN_MS;

/// The messages of the user in a session.
type Messages<J> = Vec<Activity<J>>;

/// The lists shared by operations that are reconciled: of the newest sessions, and of messages by the id of their session.
pub(crate) type SharedLists<J> = (SharedReads<Newest<J>>, SharedReads<Messages<J>>);

impl<H: Host> Client<H> {
    /// Searches once, in a list that was started at `since` or later.
    pub(super) async fn search(
        &self,
        operation: Operation<'_>,
        account: &Account,
        begin: &mut Begin,
        since: i64,
        equals: usize,
    ) -> Result<Finding<Option<Session<H::Json>>>, Error> {
        match operation {
            Operation::Create(request) => self.find_session(request, account, begin, since, equals).await,
            Operation::Send { session, prompt } => {
                let certainty = match self.find_message(session, prompt, account, begin, since).await? {
                    Certainty::Found(()) => Certainty::Found(None),
                    Certainty::Unknown(_) => Certainty::Unknown(Vec::new()),
                    Certainty::NotThere => Certainty::NotThere,
                };
                Ok(certainty.into())
            }
        }
    }

    /// Searches for the session among the newest, in a list that was started at `since` or later.
    async fn find_session(
        &self,
        request: &CreateRequest,
        account: &Account,
        begin: &mut Begin,
        since: i64,
        equals: usize,
    ) -> Result<Finding<Option<Session<H::Json>>>, Error> {
        let client = self.for_call();
        let first = PageRequest { page_size: Some(100), ..PageRequest::default() };
        let context = Rc::clone(client.call_context());
        let work = Box::pin(async move { Ok(Rc::new(client.newest_sessions(first, are_enough).await)) });
        let newest = self.shared_lists().0.since("", since, self, Reading { context, work }).await?;
        self.date(begin);
        let wanted = Wanted {
            prompt: request.prompt(),
            title: request.title(),
            source: request.source().unwrap_or_default(),
            keeps_titles: account.ledger.keeps_titles(),
        };
        let matches = newest.sessions.iter().map(|session| {
            let (prompt, title, source) = (session.prompt(), session.title(), session.source());
            let created = session.create_time();
            let shown = Shown { prompt: &prompt, title: &title, source: &source, created };
            let is_of_another = account.ledger.is_of_another(&session.name, begin.sequence);
            (
                Some(session.clone()),
                if is_of_another && !planted(Fault::AdoptedTwice) {
                    Match::None
                } else {
                    wanted.compare(&shown, &begin.start)
                },
            )
        });
        let failed = newest.failed.as_ref().filter(|_| !planted(Fault::UnreadFailure));
        let Some(error) = failed else {
            let certainty = reconcile::weigh(matches, equals);
            return Ok(Finding { certainty, is_lagging: self.is_lagging(account, begin.at, since, &newest.sessions) });
        };
        // The entries that were not read may match too.
        let shown: Vec<_> = matches.filter(|(_, fit)| *fit != Match::None).map(|(session, _)| session).collect();
        if shown.is_empty() { Err(error.clone()) } else { Ok(Certainty::Unknown(shown).into()) }
    }

    /// This client has created the session with this name.
    pub(super) fn has_created(&self, account: &Account, name: &str) {
        account.ledger.created(name, self.poller_now());
        let mut created = self.last_created().borrow_mut();
        if created.len() >= ENOUGH_SESSIONS {
            created.remove(0);
        }
        created.push(name.to_owned());
    }

    /// Whether a list that was started at `since` or later lacks a session that this client has created longer before than
    /// replication is assumed to take, at most a minute before the operation that began at `begun_at`.
    fn is_lagging(&self, account: &Account, begun_at: i64, since: i64, sessions: &[Session<H::Json>]) -> bool {
        let replication_ms = scaled_ms(REPLICATION_MS, &self.options().config.rate_limit_retry);
        let visible_since = since.saturating_sub(millis(replication_ms));
        let created = self.last_created().borrow();
        let last = account.ledger.last_created(begun_at - YOUNG_MS, visible_since, &created);
        last.is_some_and(|name| sessions.iter().all(|session| session.name != name))
    }

    /// Searches for the message among those of the user, in a list that was started at `since` or later.
    async fn find_message(
        &self,
        session: &str,
        prompt: &str,
        account: &Account,
        begin: &mut Begin,
        since: i64,
    ) -> Result<Certainty<()>, Error> {
        if self.date(begin).is_none() {
            // Any response shows the service's clock, which avoids reading the whole history.
            self.get(session).await?;
        }
        let (client, id, horizon) = (self.for_call(), session.to_owned(), self.date(begin));
        let context = Rc::clone(client.call_context());
        let work = Box::pin(async move { client.messages_since(&id, horizon).await.map(Rc::new) });
        let messages = self.shared_lists().1.since(session, since, self, Reading { context, work }).await?;
        self.date(begin);
        let (mut seen, mut unseen) = (0, Vec::new());
        for message in &*messages {
            let shown = message.message().unwrap_or_default();
            let fit = reconcile::compare_message(prompt, &shown, message.create_time, &begin.start);
            match account.ledger.is_of_another(&activity_name(session, &message.id), begin.sequence) {
                true => seen += usize::from(fit != Match::None),
                false => unseen.push(fit),
            }
        }
        let key = Operation::Send { session, prompt }.key();
        let sent = account.ledger.sent_times(&key);
        let has_recent_equal = sent.iter().any(|at| begin.at - at < EQUAL_MESSAGES_MS);
        Ok(reconcile::weigh_messages(&unseen, seen, sent.len(), has_recent_equal))
    }

    async fn messages_since(&self, session: &str, horizon: Option<Timestamp>) -> Result<Messages<H::Json>, Error> {
        let filter = horizon.map(|time| format!("create_time > \"{time}\""));
        let fields = Some(partial::MESSAGES);
        let mut request = PageRequest { page_size: Some(100), filter, fields, ..PageRequest::default() };
        let mut messages = Vec::new();
        loop {
            let page = self.activities(session, &request).await?;
            let next = request.next(&page);
            messages.extend(page.items.into_iter().filter(|a| a.kind == ActivityKind::UserMessaged));
            match next {
                Some(next) => request = next,
                None => return Ok(messages),
            }
        }
    }

    /// Dates the beginning by the service's clock as known now. Returns the earliest relevant time.
    pub(super) fn date(&self, begin: &mut Begin) -> Option<Timestamp> {
        if let Some(time) = self.service_clock().time_at(begin.at) {
            begin.start.observe(time, self.service_clock().ahead_ms());
        }
        begin.start.horizon()
    }
}

/// Whether these sessions, the newest ones, include everything that was created during the retry window.
fn are_enough<J>(newest: &[Session<J>]) -> bool {
    newest.len() >= ENOUGH_SESSIONS || planted(Fault::UnreadPages)
}
