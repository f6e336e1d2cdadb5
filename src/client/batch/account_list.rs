//! What the lists of sessions show a journalled batch: the sessions that count for the quota, and those that a crash has left without a
//! record.

use super::item::{CreateResult, created};
use super::journalled::{Event, Run};
use super::port::BatchPort;
use super::recovery::{SoughtItem, undecided};
use crate::core::error::{Error, ErrorKind};
use crate::core::outcome::reconcile::Certainty;
use crate::core::session::Session;
use crate::host::{Host, LogLevel};

/// How often the list is read for the sessions of others, which count for the quota too.
const ACCOUNT_LIST_MS: i64 = 60_000;

impl<H: Host, P: BatchPort> Run<'_, H, P> {
    pub(super) fn listed(&mut self, list: Result<Vec<Session<H::Json>>, Error>) {
        self.is_listing = false;
        let list = match list {
            Ok(list) => list,
            Err(error) if !self.recovery.sought.is_empty() || error.kind == ErrorKind::Authentication => {
                self.failure.get_or_insert(error);
                return;
            }
            Err(error) => {
                let log = || format!("{} The quota is counted without the sessions of others.", error.message);
                self.client.host().log(LogLevel::Warn, &log);
                self.schedule_account_list();
                return;
            }
        };
        self.read_account_list(&list);
        if !self.recovery.sought.is_empty() {
            self.recover(list);
        }
    }

    fn schedule_account_list(&mut self) {
        self.has_account_list = true;
        self.account_list_at = self.slots.has_quota().then(|| self.client.poller_now().saturating_add(ACCOUNT_LIST_MS));
    }

    fn read_account_list(&mut self, list: &[Session<H::Json>]) {
        self.schedule_account_list();
        let now = self.now();
        // The sessions of this batch are polled more often than they are listed.
        for session in list.iter().filter(|session| !self.polled.contains(&session.id)) {
            self.slots.saw(&session.id, session.state, session.create_time(), now);
        }
        let shown: Vec<_> = list.iter().map(|session| session.id.clone()).collect();
        self.slots.listed(&shown, |id| self.polled.contains(id), now);
    }

    /// Takes over the sessions that a crash has left without a record.
    fn recover(&mut self, list: Vec<Session<H::Json>>) {
        let list: Vec<_> = list.into_iter().filter(|session| !self.own.contains(&session.id)).collect();
        for (item, certainty) in self.recovery.read(&list, &self.batch, self.keeps_titles, self.client) {
            let SoughtItem { index, sought, is_undecided } = item;
            let begun = sought.begun().clone();
            let result = match certainty {
                Certainty::Found(place) => match list.get(place) {
                    Some(session) => CreateResult::Session(created(session, &begun), session.state),
                    None => CreateResult::Unknown(undecided(&sought, Vec::new())),
                },
                Certainty::NotThere if !is_undecided => CreateResult::NotThere,
                Certainty::NotThere => CreateResult::Unknown(undecided(&sought, Vec::new())),
                Certainty::Unknown(places) => {
                    let ids = places.iter().filter_map(|place| Some(list.get(*place)?.id.clone())).collect();
                    CreateResult::Unknown(undecided(&sought, ids))
                }
            };
            let next = self.item(index);
            self.work.push(Box::pin(async move { Event::Created(index, next.record_result(begun, result).await) }));
        }
    }
}
