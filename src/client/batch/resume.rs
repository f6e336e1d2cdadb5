//! Reading the journal of an earlier run.

use std::iter::repeat_with;

use super::journalled::Run;
use super::port::BatchPort;
use super::recovery::{Recovery, SoughtItem};
use crate::core::batch::record::{Created, Unreadable};
use crate::core::batch::recover::Sought;
use crate::core::batch::{Marker, Record, Status};
use crate::core::error::{Error, ErrorKind};
use crate::core::ids::quoted;
use crate::core::state::SessionState;
use crate::host::{Host, LogLevel};
use crate::store::Stored;

impl<H: Host, P: BatchPort> Run<'_, H, P> {
    /// Reads the journal.
    pub(super) fn resume(&mut self, stored: Stored<H::Json>) -> Result<(), Error> {
        self.is_new = stored.is_empty();
        let mut records = Vec::new();
        for (key, json) in self.keys.iter().zip(stored.items.into_iter().chain(repeat_with(|| None))) {
            records.push(json.map(|json| self.read(&json, key)).transpose()?);
        }
        let mut others = Vec::new();
        for json in stored.others {
            others.extend(self.read(&json, "")?);
        }
        if self.batch.is_empty() {
            self.batch = Marker::tag(self.client.host().random());
        }
        let mut sought = Vec::new();
        for ((index, key), record) in self.keys.iter().enumerate().zip(records) {
            let mut seek = |create, is_undecided| sought.push(SoughtItem { index, sought: create, is_undecided });
            match record {
                Some(Some(Record::Created(created))) => {
                    self.watch(index, created, SessionState::InProgress, Status::Waiting)
                }
                Some(Some(Record::Ended(created, state))) => {
                    self.count(&created, state);
                    self.end(index, &created.id, state, Status::Waiting);
                }
                Some(Some(Record::Begun(begun))) => seek(Sought::new(begun, &self.batch, key), false),
                Some(Some(Record::Unknown(begun, _))) => seek(Sought::new(begun, &self.batch, key), true),
                Some(None) => seek(Sought::of_lost_record(&self.batch, key), false),
                None if stored.is_damaged => seek(Sought::of_lost_record(&self.batch, key), false),
                Some(Some(Record::NotCreated | Record::Batch)) | None => self.queue.push_back(index),
            }
        }
        // Sessions of items that are no longer in the batch count for the quota.
        for record in others {
            if let Record::Ended(created, state) = &record {
                self.count(created, *state);
            } else if let Some(created) = record.session() {
                self.count(created, SessionState::InProgress);
            }
        }
        for _ in &sought {
            self.counts.change(Status::Waiting, Status::Creating);
            self.slots.begin();
        }
        self.recovery = Recovery::new(sought, self.client.poller_now());
        Ok(())
    }

    pub(super) fn count(&mut self, created: &Created, state: SessionState) {
        self.own.insert(&created.id);
        self.keeps_titles |= created.keeps_title;
        if let Some(at) = created.at {
            let is_later = self.latest.is_none_or(|(latest, _)| latest < at);
            self.latest = if is_later { Some((at, self.client.poller_now())) } else { self.latest };
        }
        let now = self.now();
        self.slots.saw(&created.id, state, created.at, now);
    }

    /// Reads a record; `None` if it is corrupt.
    fn read(&mut self, json: &H::Json, key: &str) -> Result<Option<Record>, Error> {
        match Record::read(json) {
            Ok((record, batch)) => {
                self.batch = batch;
                Ok(Some(record))
            }
            Err(Unreadable::Corrupt) => {
                self.client.host().log(LogLevel::Warn, &|| corrupt(key));
                Ok(None)
            }
            Err(Unreadable::Version(version)) => Err(other_version(&version)),
        }
    }
}

fn corrupt(key: &str) -> String {
    format!("The journal's record of the item {} cannot be read. Its session is searched for first.", quoted(key))
}

fn other_version(version: &str) -> Error {
    Error::new(
        ErrorKind::Journal,
        format!(
            "The journal was written by another version of jules-wasm (its records have version {}). No session was created. \
             Run the batch with that version, or give it another journal.",
            quoted(version)
        ),
    )
}
