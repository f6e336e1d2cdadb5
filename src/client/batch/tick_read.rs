//! What a tick reads: the list of sessions, which shows the states of the batch's sessions and the creates that are in doubt, and the
//! single sessions that it does not show.

use super::ids::Ids;
use super::recovery::weigh;
use super::tick::{LONGEST_WAIT_MS, Tick, TickPort};
use super::tick_create::entry;
use crate::client::partial;
use crate::client::transport::Call;
use crate::core::answer::Expected;
use crate::core::batch::recover::Sought;
use crate::core::batch::slots::DAY_MS;
use crate::core::batch::{Entry, Marker, UnprovenCreate};
use crate::core::error::Error;
use crate::core::outcome::reconcile::{Certainty, DISMISSED_MS, Doubt, REPLICATION_MS};
use crate::core::row::FromRow;
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::time::Timestamp;
use crate::host::Host;
use crate::planted::{Fault, planted};

impl<H: Host, P: TickPort> Tick<'_, H, P> {
    /// Reads what is to be known before anything is created.
    pub(super) async fn read(&mut self) -> Result<(), Error> {
        if self.wants_to_create() && !self.options.saves {
            // A lost tick may have ended just now.
            let half = self.options.max_ms / 2;
            let wait_ms = half.clamp(self.scaled(REPLICATION_MS), self.scaled(LONGEST_WAIT_MS));
            let wait_ms = if planted(Fault::TickHasty) { 0 } else { wait_ms };
            self.may_create = self.client.unless_closed(self.client.sleep(wait_ms)).await.is_some();
        }
        let began = self.client.poller_now();
        let list = self.client.sessions_since(&|| self.horizon()).await?;
        let certain = self.client.service_clock().certain_time_at(began);
        let began = self.client.service_clock().time_at(began);
        let pages = list.len().div_ceil(100);
        if self.wants_to_create() && u64::try_from(pages).is_ok_and(|pages| pages >= self.options.max_requests) {
            let problem =
                "is too small: reading the list of sessions takes as many requests, and nothing would be created";
            return Err(Error::invalid("maxRequests", problem));
        }
        self.state.listed_at = certain.or(self.state.listed_at);
        if self.is_first && self.options.name.is_none() {
            self.state.not_before = certain.map(|certain| certain.plus_millis(-DISMISSED_MS));
        }
        let missing = self.poll_by(&list);
        self.recover(list, began);
        self.poll_singly(missing).await;
        for entry in &self.state.entries {
            if matches!(entry, Entry::Creating(_)) {
                self.slots.begin();
            }
        }
        Ok(())
    }

    /// Since when lost ticks may have created sessions, or the quota counts them; `None`: since ever.
    fn horizon(&self) -> Option<Timestamp> {
        let now = self.client.service_clock().certain_time_at(self.client.poller_now())?;
        let mut earliest = match (self.is_first, &self.options.name) {
            (true, Some(_)) => return None,
            (true, None) => now,
            (false, _) => self.state.listed_at?,
        };
        for entry in &self.state.entries {
            if let Entry::Creating(unproven) = entry {
                earliest = earliest.min(unproven.begun.since?);
            }
        }
        let earliest = earliest.plus_millis(-DISMISSED_MS);
        Some(if self.slots.has_quota() { earliest.min(now.plus_millis(-DAY_MS)) } else { earliest })
    }

    /// Takes the states of sessions from the list. Returns the items whose sessions run and are not in it.
    fn poll_by(&mut self, list: &[Session<H::Json>]) -> Vec<usize> {
        for session in list {
            self.latest = self.latest.max(session.create_time());
        }
        let now = self.now();
        for session in list {
            self.slots.saw(&session.id, session.state, session.create_time(), now);
        }
        let mut missing = Vec::new();
        for index in 0..self.state.entries.len() {
            let Some(Entry::Running(created, state)) = self.state.entries.get(index) else { continue };
            match list.iter().find(|session| session.id == created.id) {
                Some(session) => self.saw(index, session.state),
                None => {
                    self.slots.saw(&created.id, *state, created.at, now);
                    missing.push(index);
                }
            }
        }
        missing
    }

    /// The session of this item is in this state.
    fn saw(&mut self, index: usize, state: SessionState) {
        let Some(Entry::Running(created, _)) = self.state.entries.get(index) else { return };
        let created = created.clone();
        self.slots.saw(&created.id, state, created.at, self.now());
        self.has_freed |= state.is_terminal();
        self.set(index, entry(created, state));
    }

    /// Decides about the creates that are in doubt, as far as the list proves something. `began`: when it was requested.
    fn recover(&mut self, mut list: Vec<Session<H::Json>>, began: Option<Timestamp>) {
        let (mut own, mut keeps_titles) = (Ids::default(), false);
        for created in self.state.entries.iter().filter_map(Entry::session) {
            own.insert(&created.id);
            keeps_titles |= created.keeps_title;
        }
        let from = self.state.not_before;
        let batch = self.state.batch.clone();
        let mut marked = Vec::new();
        list.retain(|session| {
            let is_older = session.create_time().zip(from).is_some_and(|(at, from)| at < from);
            let is_other = !is_older && !own.contains(&session.id);
            let title = session.title();
            if is_other && Marker::is_of_batch(&title, &batch) {
                marked.push(title);
            }
            is_other
        });
        let (mut indices, mut sought) = (Vec::new(), Vec::new());
        for (index, entry) in self.state.entries.iter().enumerate() {
            let key = self.key(index);
            let create = match entry {
                Entry::Creating(UnprovenCreate { begun, .. }) | Entry::Unknown(begun, _) => {
                    Sought::with_beginning(begun.clone(), &batch, key)
                }
                Entry::Waiting if !marked.is_empty() => {
                    let marker = Marker::of(&batch, key);
                    if !marked.iter().any(|title| marker.is_in(title)) {
                        continue;
                    }
                    Sought::of_lost_record(&batch, key)
                }
                _ => continue,
            };
            indices.push(index);
            sought.push(create);
        }
        let certainties = weigh(&sought, &list, &batch, keeps_titles);
        for ((index, create), certainty) in indices.into_iter().zip(&sought).zip(certainties) {
            if let Some(decided) = self.decided(index, create, certainty, &list, began) {
                self.set(index, decided);
            }
        }
    }

    /// What the list has decided about an item.
    fn decided(
        &self,
        index: usize,
        create: &Sought,
        certainty: Certainty<usize>,
        list: &[Session<H::Json>],
        began: Option<Timestamp>,
    ) -> Option<Entry> {
        let place = self.state.entries.get(index)?;
        // Without the service's time nothing is ever proven.
        let (is_open, is_provable) = match (place, began) {
            (Entry::Creating(UnprovenCreate { proven_at: Some(proven_at), .. }), Some(began)) => {
                (began < *proven_at && !planted(Fault::TickUnproven), true)
            }
            _ => (false, false),
        };
        match (certainty, place) {
            (Certainty::Found(at), _) => {
                let session = list.get(at)?;
                Some(entry(self.created(index, session), session.state))
            }
            // A later list may show it, or its title.
            _ if is_open => None,
            (Certainty::NotThere, Entry::Creating(unproven)) if is_provable => {
                Some(unproven.refusal.clone().map_or(Entry::Waiting, Entry::NotCreated))
            }
            (Certainty::NotThere, Entry::Creating(_)) => Some(Entry::Unknown(create.begun().clone(), Vec::new())),
            (Certainty::NotThere, _) => None,
            (Certainty::Unknown(places), _) => {
                let ids = places.iter().filter_map(|at| Some(list.get(*at)?.id.clone())).collect();
                Some(Entry::Unknown(create.begun().clone(), ids))
            }
        }
    }

    /// Polls the sessions of these items one by one, in turns if there are more than requests.
    async fn poll_singly(&mut self, missing: Vec<usize>) {
        let next = usize::try_from(self.state.next_poll).unwrap_or(0);
        let left = self.client.call_context().requests_left();
        let reserved = if self.wants_to_create() { left / 2 } else { 0 };
        let first = missing.iter().position(|index| *index >= next).unwrap_or(0);
        for number in 0..missing.len() {
            let place = if first + number < missing.len() { first + number } else { first + number - missing.len() };
            let Some(index) = missing.get(place).copied() else { continue };
            self.state.next_poll = u64::try_from(index).unwrap_or(0);
            let Some(Entry::Running(created, _)) = self.state.entries.get(index) else { continue };
            let created = created.clone();
            if self.client.call_context().requests_left() <= reserved {
                return;
            }
            let call = Call::get(["sessions/", &created.id].concat()).of_session(&created.id);
            match self.client.get_fields(call.expecting(Expected::Snapshot), partial::SNAPSHOT).await {
                Ok(json) => self.saw(index, Session::read(json).state),
                Err(error) if error.status == Some(404) => {
                    // A new one may not be visible yet.
                    let visible_at = created.at.map(|at| at.plus_millis(self.proof_ms(Doubt::AtWork)));
                    if visible_at.is_none_or(|at| at <= self.now()) {
                        self.slots.saw(&created.id, SessionState::Failed, created.at, self.now());
                        self.set(index, Entry::WaitFailed(created, error.message.clone()));
                    }
                }
                Err(error) => return self.warn(&error.message),
            }
        }
    }
}
