//! How much an account may do: how many sessions it may create, and how often it may list activities.

use super::json::Json;
use super::limit::Limit;
use super::options::read;
use super::refusal::Refusal;
use crate::core::time::Timestamp;
use serde::Deserialize;
use std::collections::VecDeque;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// What the account's plan allows. The service's plans have 15, 100 or 300 sessions in rolling 24 hours, of which 3, 15
/// or 60 run at one time, and each may list activities 120 times a minute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quota {
    /// How many sessions can be made within 24 hours. Failed and deleted ones count. Default: any number.
    pub daily: Option<usize>,
    /// How many can run at one time. Ended and paused ones do not count. Default: any number.
    pub concurrent: Option<usize>,
    /// How a create is refused that is one too many. Default [`QuotaFailure::RateLimit`].
    pub failure: QuotaFailure,
    /// How many pages of activities can be listed within any 60 seconds, of all sessions together. A refused request
    /// does not count. The service's limit is 120. Default: any number.
    pub activity_lists_per_minute: Option<usize>,
}

/// How a create is refused that is one too many. Which form the service uses when is unknown: a bare 400 was reported of
/// an account at its limit of concurrent sessions, a 429 of one that had used up its day. The details are those that
/// Google's services give with a 429.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum QuotaFailure {
    /// With status 429, `RESOURCE_EXHAUSTED`, and an `ErrorInfo` that names the quota, its span and its value.
    #[default]
    RateLimit,
    /// With status 429, `RESOURCE_EXHAUSTED`, and a `QuotaFailure` that names the quota and its value.
    QuotaFailure,
    /// With status 429, `RESOURCE_EXHAUSTED`, and nothing that names a quota.
    BareRateLimit,
    /// With status 400, `FAILED_PRECONDITION`, and nothing that names a quota.
    FailedPrecondition,
}

impl Quota {
    /// Reads the option `quota`.
    ///
    /// # Errors
    /// A sentence that names the member which is unknown or has a value of the wrong type.
    pub(super) fn from_json(json: &Json) -> Result<Self, String> {
        let members = json.as_object().ok_or("option \"quota\": must be an object")?;
        let mut quota = Self::default();
        for (member, value) in members {
            let name = format!("quota.{member}");
            match member.as_str() {
                "daily" => quota.daily = read(&name, value)?,
                "concurrent" => quota.concurrent = read(&name, value)?,
                "failure" => quota.failure = read(&name, value)?,
                "activityListsPerMinute" => quota.activity_lists_per_minute = read(&name, value)?,
                _ => return Err(format!("option \"quota\": unknown member \"{member}\"")),
            }
        }
        Ok(quota)
    }
}

impl QuotaFailure {
    fn refusal(self, limit: Limit, most: usize) -> Refusal {
        match self {
            Self::RateLimit => limit.refusal(most),
            Self::QuotaFailure => limit.violation(most),
            Self::BareRateLimit => Refusal::of_code(429).by_quota(),
            Self::FailedPrecondition => Refusal::failed_precondition().by_quota(),
        }
    }
}

/// The quota, and what of it is used.
#[derive(Debug, Clone)]
pub(super) struct Account {
    quota: Quota,
    /// When the sessions of the last 24 hours were made, oldest first.
    made: VecDeque<Timestamp>,
    /// When the activities were listed within the last minute, oldest first.
    listed: VecDeque<Timestamp>,
}

impl Account {
    pub(super) fn new(quota: Quota) -> Self {
        Self { quota, made: VecDeque::new(), listed: VecDeque::new() }
    }

    /// Refuses a session more than there may be, with so many running.
    pub(super) fn check(&mut self, now: Timestamp, running: usize) -> Result<(), Refusal> {
        let day_ago = now.plus_millis(-DAY_MS);
        while self.made.front().is_some_and(|made| *made <= day_ago) {
            self.made.pop_front();
        }
        // What only another day cures is named first.
        let quotas = [
            (self.quota.daily, self.made.len(), Limit::SESSIONS_PER_DAY),
            (self.quota.concurrent, running, Limit::CONCURRENT_SESSIONS),
        ];
        let full = quotas.into_iter().find_map(|(most, used, limit)| Some((most.filter(|most| used >= *most)?, limit)));
        full.map_or(Ok(()), |(most, limit)| Err(self.quota.failure.refusal(limit, most)))
    }

    /// Counts a session that was made. Without a daily quota nothing need be remembered.
    pub(super) fn note(&mut self, now: Timestamp) {
        if self.quota.daily.is_some() {
            self.made.push_back(now);
        }
    }

    /// Counts a list of activities, or refuses it. Whether the service counts by the clock's minutes or by any 60 seconds
    /// is unknown; a client that keeps to the latter keeps to both.
    pub(super) fn list_activities(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let Some(limit) = self.quota.activity_lists_per_minute else { return Ok(()) };
        let minute_ago = now.plus_millis(-MINUTE_MS);
        // A clock that was set back does not make the account wait until it is where it was.
        self.listed.retain(|listed| *listed > minute_ago && *listed <= now);
        if self.listed.len() >= limit {
            return Err(Limit::ACTIVITY_LISTS.refusal(limit));
        }
        self.listed.push_back(now);
        Ok(())
    }

    /// When activities can be listed again, if a list would be refused now.
    pub(super) fn next_list(&self) -> Option<Timestamp> {
        let limit = self.quota.activity_lists_per_minute?;
        let oldest = self.listed.front().filter(|_| self.listed.len() >= limit)?;
        Some(oldest.plus_millis(MINUTE_MS))
    }
}
