//! Which messages of the user still wait for an answer of the agent.

use super::time::Timestamp;

/// How many messages of the user the agent may still answer.
///
/// Whether it answers each by itself or several by one message is documented nowhere. So a message of the agent counts as
/// the answer to one; and when no other has followed for a while, as the answer to all.
#[derive(Debug, Clone, Copy)]
pub struct Backlog {
    unanswered: usize,
    /// When the agent has last written, if the user has not since.
    spoke_at: Option<Timestamp>,
    /// Milliseconds within which answers follow one another.
    grace_ms: i64,
}

impl Backlog {
    /// Nothing was read yet.
    pub fn new(grace_ms: i64) -> Self {
        Self { unanswered: 0, spoke_at: None, grace_ms }
    }

    /// The user has written a message, at this time by the service's clock.
    pub fn user_wrote(&mut self, at: Option<Timestamp>) {
        self.unanswered = self.unanswered_at(at) + 1;
        self.spoke_at = None;
    }

    /// The agent has written a message, at this time by the service's clock.
    pub fn agent_wrote(&mut self, at: Option<Timestamp>) {
        self.unanswered = self.unanswered_at(at).saturating_sub(1);
        self.spoke_at = at;
    }

    /// How many messages may still be answered by what the agent writes after this time of the service's.
    pub fn unanswered_at(&self, time: Option<Timestamp>) -> usize {
        let has_passed = |spoke_at: Timestamp| time.is_some_and(|time| time > spoke_at.plus_millis(self.grace_ms));
        if self.spoke_at.is_some_and(has_passed) { 0 } else { self.unanswered }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_singly_or_together_and_are_over_when_none_has_followed_for_a_while() {
        let at = |second: i64| Some(Timestamp::new(second, 0));
        // User (u) and agent (a) write at these seconds; a question is asked at the end.
        for (events, asked_at, unanswered) in [
            (vec![], 5, 0),
            (vec![('u', 0)], 1, 1),
            (vec![('u', 0), ('u', 1)], 5_000, 2),
            (vec![('u', 0), ('a', 3)], 4, 0),
            (vec![('u', 0), ('u', 1), ('a', 3)], 4, 1),
            (vec![('u', 0), ('u', 1), ('a', 3)], 13, 1),
            (vec![('u', 0), ('u', 1), ('a', 3)], 14, 0),
            (vec![('u', 0), ('u', 1), ('a', 3), ('a', 5)], 6, 0),
            (vec![('u', 0), ('u', 1), ('a', 3), ('u', 100)], 101, 1),
            (vec![('a', 0), ('a', 1), ('u', 2)], 3, 1),
        ] {
            let mut backlog = Backlog::new(10_000);
            for (who, second) in &events {
                if *who == 'u' { backlog.user_wrote(at(*second)) } else { backlog.agent_wrote(at(*second)) }
            }
            assert_eq!(backlog.unanswered_at(at(asked_at)), unanswered, "{events:?}");
        }
    }
}
