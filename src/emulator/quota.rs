//! The account's quotas: how many sessions it may create, and how often it may list activities.

use super::api_error::ApiError;
use super::quota_limit::QuotaLimit;
use crate::core::time::Timestamp;
use serde::Deserialize;
use std::collections::VecDeque;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// The account's quotas. The service's plans allow 15, 100 or 300 sessions in rolling 24 hours, of which 3, 15 or 60 may run
/// concurrently; each plan may list activities 120 times a minute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Quota {
    /// How many sessions can be created within 24 hours. Failed and deleted ones count. Default unlimited.
    pub daily: Option<usize>,
    /// How many sessions can run concurrently. Ended and paused ones do not count. Default unlimited.
    pub concurrent: Option<usize>,
    /// The error of a create beyond the quota. Default [`QuotaFailure::RateLimit`].
    pub failure: QuotaFailure,
    /// How many pages of activities can be listed within any 60 seconds, of all sessions together. Rejected requests do not
    /// count. The service's limit is 120. Default unlimited.
    pub activity_lists_per_minute: Option<usize>,
}

/// The error of a create beyond the quota. Which form the service uses is unknown: users reported a 400 without details at
/// the limit of concurrent sessions, and a 429 at the limit of a day. The details are those of Google's other services.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum QuotaFailure {
    /// 429 `RESOURCE_EXHAUSTED` with an `ErrorInfo` that names the quota, its unit and its value.
    #[default]
    RateLimit,
    /// 429 `RESOURCE_EXHAUSTED` with a `QuotaFailure` that names the quota and its value.
    QuotaFailure,
    /// 429 `RESOURCE_EXHAUSTED` without details.
    BareRateLimit,
    /// 400 `FAILED_PRECONDITION` without details.
    FailedPrecondition,
}

impl QuotaFailure {
    fn error(self, limit: QuotaLimit, value: usize) -> ApiError {
        match self {
            Self::RateLimit => limit.error(value),
            Self::QuotaFailure => limit.quota_failure(value),
            Self::BareRateLimit => ApiError::of_http_status(429).caused_by_quota(),
            Self::FailedPrecondition => ApiError::failed_precondition().caused_by_quota(),
        }
    }
}

/// The account's quotas and their usage.
#[derive(Debug, Clone)]
pub(super) struct Account {
    quota: Quota,
    /// When the sessions of the last 24 hours were created, oldest first.
    created: VecDeque<Timestamp>,
    /// When activities were listed in the last minute, oldest first.
    listed: VecDeque<Timestamp>,
}

impl Account {
    pub(super) fn new(quota: Quota) -> Self {
        Self { quota, created: VecDeque::new(), listed: VecDeque::new() }
    }

    /// Checks that one more session may be created while `running` sessions run.
    pub(super) fn check_create(&mut self, now: Timestamp, running: usize) -> Result<(), ApiError> {
        let day_ago = now.plus_millis(-DAY_MS);
        while self.created.front().is_some_and(|created| *created <= day_ago) {
            self.created.pop_front();
        }
        // If both quotas are used up, the error names the daily one: it takes longer to recover.
        let quotas = [
            (self.quota.daily, self.created.len(), QuotaLimit::SESSIONS_PER_DAY),
            (self.quota.concurrent, running, QuotaLimit::CONCURRENT_SESSIONS),
        ];
        let used_up = quotas.into_iter().find_map(|(max, used, limit)| Some((max.filter(|max| used >= *max)?, limit)));
        used_up.map_or(Ok(()), |(max, limit)| Err(self.quota.failure.error(limit, max)))
    }

    /// Counts a created session. Without a daily quota there is nothing to count.
    pub(super) fn count_create(&mut self, now: Timestamp) {
        if self.quota.daily.is_some() {
            self.created.push_back(now);
        }
    }

    /// Counts a list of activities, or rejects it. Whether the service counts calendar minutes or any 60 seconds is unknown; a
    /// client that respects the latter respects both.
    pub(super) fn list_activities(&mut self, now: Timestamp) -> Result<(), ApiError> {
        let Some(limit) = self.quota.activity_lists_per_minute else { return Ok(()) };
        let minute_ago = now.plus_millis(-MINUTE_MS);
        // If the clock was set back, times in the future do not count.
        self.listed.retain(|listed| *listed > minute_ago && *listed <= now);
        if self.listed.len() >= limit {
            return Err(QuotaLimit::ACTIVITY_LISTS.error(limit));
        }
        self.listed.push_back(now);
        Ok(())
    }

    /// When activities can be listed again, if a list would be rejected now.
    pub(super) fn next_list(&self) -> Option<Timestamp> {
        let limit = self.quota.activity_lists_per_minute?;
        let oldest = self.listed.front().filter(|_| self.listed.len() >= limit)?;
        Some(oldest.plus_millis(MINUTE_MS))
    }
}
