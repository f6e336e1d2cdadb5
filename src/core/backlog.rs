//! The number of messages of the user that the agent has not answered.

use super::time::Timestamp;

/// Counts the messages of the user that the agent may still answer.
///
/// It is not documented whether the agent answers each message or several at once. So a message of the agent counts as the
/// answer to one, and if no other follows within the grace time, as the answer to all.
#[derive(Debug, Clone, Copy)]
pub struct Backlog {
    unanswered: usize,
    /// When the agent wrote its last message, if the user has not written since.
    agent_wrote_at: Option<Timestamp>,
    /// The grace time: milliseconds within which answers follow one another.
    grace_ms: i64,
}

impl Backlog {
    /// The state before any message.
    pub fn new(grace_ms: i64) -> Self {
        Self { unanswered: 0, agent_wrote_at: None, grace_ms }
    }

    /// The user wrote a message, at this time of the service's clock.
    pub fn user_wrote(&mut self, at: Option<Timestamp>) {
        self.unanswered = self.unanswered_at(at) + 1;
        self.agent_wrote_at = None;
    }

    /// The agent wrote a message, at this time of the service's clock.
    pub fn agent_wrote(&mut self, at: Option<Timestamp>) {
        self.unanswered = self.unanswered_at(at).saturating_sub(1);
        self.agent_wrote_at = at;
    }

    /// The number of messages that the agent may still answer after this time of the service's clock.
    pub fn unanswered_at(&self, time: Option<Timestamp>) -> usize {
        let has_passed =
            |agent_wrote_at: Timestamp| time.is_some_and(|time| time > agent_wrote_at.plus_millis(self.grace_ms));
        if self.agent_wrote_at.is_some_and(has_passed) { 0 } else { self.unanswered }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_for_one_message_and_after_the_grace_time_for_all() {
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
            for (author, second) in &events {
                if *author == 'u' { backlog.user_wrote(at(*second)) } else { backlog.agent_wrote(at(*second)) }
            }
            assert_eq!(backlog.unanswered_at(at(asked_at)), unanswered, "{events:?}");
        }
    }
}
