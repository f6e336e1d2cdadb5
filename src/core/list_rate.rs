//! The rate limit of activity lists: the service has one quota per project, for all its sessions and clients.

use super::error::Error;
use super::text;

/// The window of the quota in milliseconds.
const MINUTE_MS: i64 = 60_000;

/// The service's quota of lists per minute. Its name and value come from a 429 response reported by a third party; a 429
/// response may name another one.
const QUOTA: usize = 120;

/// The part of the quota that is used. The rest is for requests that the service counts in another minute.
const SHARE: f64 = 0.95;

/// After this many successful lists within a minute the quota is known not to apply, as in most emulators of the service.
const BEYOND_QUOTA: usize = 128;

/// How many lists are recorded, which is also the largest quota that can be respected.
const MOST_LOGGED: usize = 1_024;

/// The smallest rate in lists per minute.
const LEAST: f64 = 6.0;

/// The rise of the rate in lists per minute, after a minute in which it was used up without a refusal.
const RISE: f64 = 10.0;

/// This many consecutive refusals without the name of a quota are treated as refusals by the quota. A single one may have any
/// reason.
const IN_A_ROW: u32 = 4;

/// Decides when the next activity list may be sent. Times are milliseconds of a monotonic clock.
#[derive(Debug, Clone)]
pub struct ListRate {
    /// The largest rate under a limit, in lists per minute.
    most: f64,
    limit: Limit,
    /// When the last lists were sent or, if they have ended, answered, oldest first. The service counts them in between.
    sent: Vec<i64>,
    last_sent_at: Option<i64>,
    lowered_at: Option<i64>,
    held_until: Option<i64>,
    refused_in_a_row: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Limit {
    /// It is unknown whether there is a limit: lists beyond the quota are sent one at a time.
    Unknown,
    /// There is none near the quota.
    None,
    /// This many lists per minute.
    PerMinute(f64),
}

impl Default for ListRate {
    fn default() -> Self {
        Self {
            most: QUOTA as f64 * SHARE,
            limit: Limit::Unknown,
            sent: Vec::new(),
            last_sent_at: None,
            lowered_at: None,
            held_until: None,
            refused_in_a_row: 0,
        }
    }
}

impl ListRate {
    /// Milliseconds until the next list may be sent; 0: now.
    pub fn wait_ms(&self, now: i64) -> u64 {
        let held_until = self.held_until.unwrap_or(now);
        u64::try_from(self.next_at(now).max(held_until) - now).unwrap_or(0)
    }

    fn next_at(&self, now: i64) -> i64 {
        let Limit::PerMinute(limit) = self.limit else { return now };
        let most = limit as usize;
        let sent = |number: usize| self.sent.len().checked_sub(number).and_then(|index| self.sent.get(index)).copied();
        // The first half of a minute's lists are sent without delay, so that a history of many pages is not slowed down; the rest
        // evenly, so that no list waits for a whole minute.
        let is_half_used = sent(most.div_ceil(2)).is_some_and(|at| now - at < MINUTE_MS);
        let evenly = self.last_sent_at.filter(|_| is_half_used).map(|at| at + (MINUTE_MS as f64 / limit) as i64);
        let within_limit = sent(most).map(|at| at + MINUTE_MS);
        evenly.max(within_limit).unwrap_or(now)
    }

    /// Whether the next list is a probe: no other may be sent before its response.
    pub fn is_probing(&self, now: i64) -> bool {
        self.refused_in_a_row > 0 || self.limit == Limit::Unknown && self.used(now) >= self.most as usize
    }

    fn used(&self, now: i64) -> usize {
        self.sent.iter().filter(|at| now - **at < MINUTE_MS).count()
    }

    /// A list is sent.
    pub fn send(&mut self, now: i64) {
        if self.sent.len() >= MOST_LOGGED {
            self.sent.remove(0);
        }
        self.sent.push(now);
        self.last_sent_at = Some(now);
    }

    fn was_answered(&mut self, sent_at: i64, now: i64) {
        if let Ok(index) = self.sent.binary_search(&sent_at) {
            self.sent.remove(index);
            self.sent.push(now);
        }
    }

    /// A list that was sent at `sent_at` has succeeded.
    pub fn succeeded(&mut self, sent_at: i64, now: i64) {
        self.was_answered(sent_at, now);
        self.refused_in_a_row = 0;
        self.limit = match self.limit {
            Limit::PerMinute(limit) => Limit::PerMinute((limit + RISE / limit).min(self.most)),
            Limit::Unknown if self.used(now) >= BEYOND_QUOTA => Limit::None,
            limit => limit,
        };
    }

    /// A list that was sent at `sent_at` was refused with 429. `pause_ms`: the pause that the service asks for.
    pub fn refused(&mut self, sent_at: i64, now: i64, error: &Error, pause_ms: Option<u64>) {
        self.was_answered(sent_at, now);
        self.refused_in_a_row += 1;
        let named = named_quota(error);
        if named.is_none() && self.refused_in_a_row < IN_A_ROW {
            return;
        }
        let pause = pause_ms.and_then(|millis| i64::try_from(millis).ok());
        self.held_until = self.held_until.max(pause.map(|pause| now.saturating_add(pause)));
        // Of concurrent lists one refusal counts.
        if self.lowered_at.is_some_and(|at| sent_at <= at) {
            return;
        }
        self.lowered_at = Some(now);
        self.most = named.map_or(self.most, |quota| (quota.min(MOST_LOGGED) as f64 * SHARE).max(LEAST));
        self.limit = Limit::PerMinute(match self.limit {
            Limit::PerMinute(limit) => (limit.min(self.most) / 2.0).max(LEAST),
            _ if self.used(now) > self.most as usize => self.most,
            // A refusal within the quota: other clients use the rest.
            _ => (self.most / 2.0).max(LEAST),
        });
    }
}

/// The quota of lists per minute that a 429 response names in Google's format; `None` if it names none.
fn named_quota(error: &Error) -> Option<usize> {
    let details = error.details.as_deref().unwrap_or_default();
    let said = [details, " ", &error.message].concat().to_ascii_lowercase();
    text::split_once(&said, "listactivities")?;
    let value = text::split_once(&said, "\"quota_limit_value\":\"").and_then(|(_, rest)| text::split_once(rest, "\""));
    Some(value.and_then(|(value, _)| value.parse().ok()).unwrap_or(QUOTA))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::super::error::ErrorKind;
    use super::*;

    /// A 429 response with the details of Google's services.
    fn refusal(quota: usize) -> Error {
        let details = format!(
            r#"[{{"metadata":{{"quota_limit":"ListActivitiesRequestsPerMinutePerProject","quota_limit_value":"{quota}"}}}}]"#
        );
        let mut error = bare_refusal();
        error.details = Some(details);
        error
    }

    fn bare_refusal() -> Error {
        Error::new(ErrorKind::RateLimit, "[429 RESOURCE_EXHAUSTED] Resource has been exhausted.")
    }

    /// A service with a quota per minute, and a client with lists waiting all the time.
    struct Trial {
        rate: ListRate,
        error: Error,
        quota: usize,
        served: VecDeque<i64>,
        now: i64,
        refused: usize,
        longest_gap_ms: i64,
    }

    impl Trial {
        fn of(quota: usize, error: Error) -> Self {
            Self {
                rate: ListRate::default(),
                error,
                quota,
                served: VecDeque::new(),
                now: 0,
                refused: 0,
                longest_gap_ms: 0,
            }
        }

        /// Sends lists one after the other until this time. Returns the number of successful ones.
        fn until(&mut self, end_ms: i64) -> usize {
            let mut served = 0;
            let mut last = self.now;
            loop {
                let wait = i64::try_from(self.rate.wait_ms(self.now)).unwrap();
                self.now += wait.max(10);
                if self.now >= end_ms {
                    return served;
                }
                self.longest_gap_ms = self.longest_gap_ms.max(self.now - last);
                last = self.now;
                self.rate.send(self.now);
                self.served.retain(|at| self.now - at < MINUTE_MS);
                if self.served.len() < self.quota {
                    self.served.push_back(self.now);
                    self.rate.succeeded(self.now, self.now);
                    served += 1;
                } else {
                    self.rate.refused(self.now, self.now, &self.error, None);
                    self.refused += 1;
                }
            }
        }
    }

    #[test]
    fn nothing_is_delayed_without_a_refusal() {
        let mut trial = Trial::of(usize::MAX, bare_refusal());
        assert_eq!(trial.until(100_000), 9_999);
    }

    #[test]
    fn lists_beyond_the_quota_are_sent_one_at_a_time_until_the_quota_is_known_not_to_apply() {
        let mut rate = ListRate::default();
        let is_probing = (0..200).map(|number| {
            let is_probing = rate.is_probing(number);
            rate.send(number);
            rate.succeeded(number, number);
            is_probing
        });
        let probes: Vec<_> = is_probing.collect();
        assert!(!probes[..114].contains(&true) && !probes[BEYOND_QUOTA..].contains(&true));
        assert!(probes[114..BEYOND_QUOTA].iter().all(|is_probing| *is_probing));
    }

    #[test]
    fn after_one_refusal_that_names_the_quota_it_is_respected_and_used_up() {
        for (quota, error, refused) in [(120, refusal(120), 1), (300, refusal(300), 1), (120, bare_refusal(), 4)] {
            let mut trial = Trial::of(quota, error);
            let served = trial.until(600_000);
            assert_eq!(trial.refused, refused);
            assert!(served >= 10 * quota * 9 / 10, "{served}");
            // A burst uses up the quota of a minute; from then on lists are spaced evenly.
            trial.longest_gap_ms = 0;
            trial.until(1_200_000);
            assert!(trial.longest_gap_ms < 2_000, "{} ms", trial.longest_gap_ms);
        }
    }

    #[test]
    fn occasional_refusals_without_a_quota_delay_nothing() {
        let mut rate = ListRate::default();
        for number in 0..1_000 {
            assert_eq!(rate.wait_ms(number), 0);
            rate.send(number);
            match number % 5 {
                0 | 2 | 3 => rate.refused(number, number, &bare_refusal(), Some(1_000)),
                _ => rate.succeeded(number, number),
            }
        }
    }

    #[test]
    fn a_history_of_many_pages_is_not_delayed_if_few_lists_were_sent() {
        let mut trial = Trial::of(120, refusal(120));
        trial.until(60_000);
        trial.now = 200_000;
        let begun = trial.now;
        while trial.rate.wait_ms(trial.now) == 0 {
            trial.rate.send(trial.now);
        }
        assert_eq!(trial.rate.sent.iter().filter(|at| **at == begun).count(), QUOTA * 19 / 40);
    }

    #[test]
    fn a_quota_shared_with_other_clients_is_used_as_far_as_they_leave_it() {
        let mut trial = Trial::of(60, refusal(120));
        trial.until(600_000);
        let refused = trial.refused;
        let served = trial.until(3_600_000);
        assert!(served >= 50 * 35, "{served}");
        assert!((trial.refused - refused) * 100 <= served, "{} refused, {served} served", trial.refused);
    }

    #[test]
    fn refusals_of_concurrent_lists_count_once() {
        let mut rate = ListRate::default();
        (0..20).for_each(|number| rate.send(number));
        (0..20).for_each(|number| rate.refused(number, 100 + number, &refusal(120), None));
        assert_eq!(rate.limit, Limit::PerMinute(57.0));
    }

    #[test]
    fn a_pause_of_the_service_is_obeyed() {
        let mut rate = ListRate::default();
        rate.send(0);
        rate.refused(0, 50, &refusal(120), Some(30_000));
        assert_eq!([50, 20_050, 30_050].map(|now| rate.wait_ms(now)), [30_000, 10_000, 0]);
    }
}
