//! The requests of the agent to its user, read from the activities during a wait.

use super::Client;
use super::activities::ActivityReader;
use super::partial;
use crate::core::activity::Activity;
use crate::core::cursor::Cursor;
use crate::core::dialogue::{Dialogue, WINDOW_MS};
use crate::core::error::Error;
use crate::core::follow::Follow;
use crate::core::poll::SessionSnapshot;
use crate::core::time::Timestamp;
use crate::core::wait::Reason;
use crate::host::{Host, LogLevel};

/// How often the activities are searched for a request that is missing: they may lag behind the state.
const TRIES: u8 = 3;

/// Reads the dialogue of a session as far as a wait needs it.
pub(super) struct AgentRequests<H: Host> {
    client: Client<H>,
    session: String,
    reader: Option<ActivityReader<H>>,
    /// Whether reading began with the first activity.
    is_whole: bool,
    /// The activities of the dialogue. Some may become visible after newer ones.
    activities: Vec<Activity<H::Json>>,
    dialogue: Dialogue<H::Json>,
    follow: Follow,
    tries_left: u8,
}

impl<H: Host> AgentRequests<H> {
    pub(super) fn new(client: &Client<H>, session: &str) -> Self {
        Self {
            client: client.clone(),
            session: session.to_owned(),
            reader: None,
            is_whole: false,
            activities: Vec::new(),
            dialogue: Dialogue::default(),
            follow: Follow::default(),
            tries_left: TRIES,
        }
    }

    /// Reads from the first activity on.
    pub(super) fn read_all(&mut self) {
        self.is_whole = true;
    }

    /// The activities of the dialogue so far.
    pub(super) fn activities(&self) -> &[Activity<H::Json>] {
        &self.activities
    }

    /// Reads new activities now.
    pub(super) async fn read_now(&mut self) -> Result<(), Error> {
        let read = self.read_from(None).await;
        if read.is_err() {
            // The pages read in this round are lost.
            self.reader = None;
        }
        read.map(drop)
    }

    /// Reads new activities after the next poll in any case.
    pub(super) fn check_again(&mut self) {
        self.follow.check_again();
    }

    /// The dialogue so far.
    pub(super) fn dialogue(&self) -> &Dialogue<H::Json> {
        &self.dialogue
    }

    /// Reads new activities, if any are expected, after a poll that shows that the session needs a decision. Returns whether to
    /// try again if the request was not found. An error counts as not found, so that the caller still gets the state.
    pub(super) async fn read(&mut self, snapshot: SessionSnapshot, reason: Reason) -> bool {
        if self.follow.next_round(&snapshot).is_none() {
            return self.tries_left > 0;
        }
        let start = snapshot.update_time.map(|time| time.plus_millis(-WINDOW_MS)).filter(|_| !self.is_whole);
        let mut read = self.read_from(start).await;
        if read.is_ok() && !self.shows(reason) && !self.is_whole {
            self.reader = None;
            read = self.read_from(None).await;
        }
        match read {
            Ok(found) => {
                let newest = self.reader.as_ref().and_then(ActivityReader::newest);
                self.follow.listed(snapshot, found, newest, self.client.poller_now());
            }
            Err(error) => {
                // The pages read in this round are lost.
                self.reader = None;
                let log =
                    || format!("{} The plan or question of the session {} is unknown.", error.message, self.session);
                self.client.host().log(LogLevel::Warn, &log);
            }
        }
        if !self.shows(reason) {
            self.tries_left = self.tries_left.saturating_sub(1);
            self.follow.check_again();
        }
        self.tries_left > 0
    }

    fn shows(&self, reason: Reason) -> bool {
        self.dialogue.request(reason).is_some()
    }

    /// Reads new activities, or all from `start` on if there is no reader yet. Returns whether there were any.
    async fn read_from(&mut self, start: Option<Timestamp>) -> Result<bool, Error> {
        if self.reader.is_none() {
            self.activities.clear();
            self.is_whole = start.is_none();
        }
        let reader = self.reader.get_or_insert_with(|| {
            let start = start.map(Cursor::starting_at);
            ActivityReader::new(self.client.clone(), &self.session, start).reading(partial::DIALOGUE)
        });
        let new = reader.drain().await?;
        let found = !new.is_empty();
        self.activities.extend(new.into_iter().filter(Dialogue::is_part));
        self.activities.sort_by_cached_key(|activity| activity.create_time);
        self.dialogue = Dialogue::of(&self.activities);
        Ok(found)
    }
}
