//! What a session's agent asks for, read of its activities while a wait goes on.

use super::Client;
use super::activities::ActivityReader;
use super::partial;
use crate::core::activity::Activity;
use crate::core::cursor::Cursor;
use crate::core::dialogue::{Dialogue, WINDOW_MS};
use crate::core::error::Error;
use crate::core::follow::Follow;
use crate::core::poll::Sight;
use crate::core::time::Timestamp;
use crate::core::wait::Reason;
use crate::host::{Host, LogLevel};

/// How often a request is looked for that the activities do not show: they may lag behind the state.
const TRIES: u8 = 3;

/// Reads the dialogue of a session as far as a wait needs it.
pub(super) struct Requests<H: Host> {
    client: Client<H>,
    session: String,
    reader: Option<ActivityReader<H>>,
    /// Whether reading began with the first activity.
    is_whole: bool,
    /// Those that belong to the dialogue. Some may become visible after newer ones.
    activities: Vec<Activity<H::Json>>,
    dialogue: Dialogue<H::Json>,
    follow: Follow,
    tries_left: u8,
}

impl<H: Host> Requests<H> {
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

    /// What was read so far.
    pub(super) fn dialogue(&self) -> &Dialogue<H::Json> {
        &self.dialogue
    }

    /// Reads on after this poll, which shows that the session asks for something, if there may be anything new. Returns
    /// whether that is worth looking for again if it was not found. Trouble is no reason to keep the session's state from
    /// the caller, so it counts as not found.
    pub(super) async fn read(&mut self, sight: Sight, reason: Reason) -> bool {
        if self.follow.wants(&sight).is_none() {
            return self.tries_left > 0;
        }
        let start = sight.update_time.map(|time| time.plus_millis(-WINDOW_MS)).filter(|_| !self.is_whole);
        let mut read = self.read_from(start).await;
        if read.is_ok() && !self.shows(reason) && !self.is_whole {
            self.reader = None;
            read = self.read_from(None).await;
        }
        match read {
            Ok(found) => {
                let newest = self.reader.as_ref().and_then(ActivityReader::newest);
                self.follow.listed(sight, found, newest, self.client.poller_now());
            }
            Err(error) => {
                // What it had read of its round is lost with it.
                self.reader = None;
                let log = || format!("{} It is not known what the session {} asks for.", error.message, self.session);
                self.client.host().log(LogLevel::Warn, log);
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

    /// Reads what is new, if it has begun to read, or all from `start` on. Returns whether there was anything.
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
        self.activities.sort_by_key(|activity| activity.create_time);
        self.dialogue = Dialogue::of(&self.activities);
        Ok(found)
    }
}
