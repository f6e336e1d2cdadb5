//! Which message of the agent answers a question: the only such rule. By the service's order; no clock of this machine takes
//! part.

use super::activity::{Activity, ActivityKind};
use super::backlog::Backlog;
use super::dialogue::Dialogue;
use super::id_hash::IdHash;
use super::json_view::JsonView;
use super::text;
use crate::planted::{Fault, planted};

/// A question that was sent, and what has come of it.
///
/// Messages of the user that the agent has not answered when it is asked may be answered first, one by one or several at
/// once, and nothing in the activities says which message an answer belongs to. So up to that many messages of the agent
/// after the question may be answers to those before it.
#[derive(Debug)]
pub struct Question<J> {
    words: Words,
    /// The messages that the activities showed when it was sent.
    backlog: Backlog,
    /// Those that were sent before from here, which the activities did not show yet.
    unlisted: Vec<Words>,
    /// What has come since, in the service's order.
    since: Vec<Activity<J>>,
}

/// What is known of the reply.
#[derive(Debug, Clone, Copy)]
pub enum Reply<'a, J> {
    /// There is none yet.
    Missing,
    /// This is it, unless something follows soon: another message, since this may answer one before the question; or the
    /// question itself, which the activities do not show yet.
    Likely(&'a Activity<J>),
    /// The agent has answered what came before, and then this.
    Sure(&'a Activity<J>),
}

/// The words of a message, by which it is known again: what the service makes of the blanks between them is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words(IdHash);

impl Words {
    /// Those of this message.
    pub fn of(message: &str) -> Self {
        Self(IdHash::of(&text::words(message)))
    }
}

impl<J: JsonView> Question<J> {
    /// A question that is sent after these activities, which are in order, and after these messages from here. What of both
    /// is the same counts once.
    pub fn after(known: &[Activity<J>], mut sent_from_here: Vec<Words>, prompt: &str, grace_ms: i64) -> Self {
        let mut backlog = Backlog::new(grace_ms);
        for activity in known {
            match activity.kind {
                ActivityKind::UserMessaged => {
                    take(&mut sent_from_here, activity);
                    backlog.user_wrote(activity.create_time);
                }
                ActivityKind::AgentMessaged => backlog.agent_wrote(activity.create_time),
                _ => {}
            }
        }
        Self { words: Words::of(prompt), backlog, unlisted: sent_from_here, since: Vec::new() }
    }

    /// Takes in what has come since it was sent. Some of it may become visible after what is newer.
    pub fn read(&mut self, new: Vec<Activity<J>>) {
        self.since.extend(new.into_iter().filter(Dialogue::is_part));
        // Times may be coarse, and pages unordered: of one time, the agent's messages are taken for the later ones.
        self.since.sort_by_cached_key(|activity| (activity.create_time, is_answer(activity)));
    }

    /// The reply, as far as it is known.
    pub fn reply(&self) -> Reply<'_, J> {
        let Some(asked) = self.asked() else {
            // The service is documented to list our own message, in the words that were sent. It may not.
            let earlier = self.backlog.unanswered_at(None) + self.unlisted.len();
            let messages = self.since.iter().filter(|activity| is_answer(activity));
            return nth_or_last(messages, earlier).map_or(Reply::Missing, |(message, _)| Reply::Likely(message));
        };
        match nth_or_last(self.after_question(&asked).filter(|activity| is_answer(activity)), asked.earlier) {
            Some((message, true)) => Reply::Sure(message),
            Some((message, false)) => Reply::Likely(message),
            None => Reply::Missing,
        }
    }

    /// Whether the agent has written a plan after the question.
    pub fn is_followed_by_a_plan(&self) -> bool {
        let is_plan = |activity: &Activity<J>| activity.kind == ActivityKind::PlanGenerated;
        self.asked().is_some_and(|asked| self.after_question(&asked).any(is_plan))
    }

    fn after_question(&self, asked: &Asked) -> impl Iterator<Item = &Activity<J>> {
        let before = if planted(Fault::AnyAnswer) { 0 } else { asked.index + 1 };
        self.since.iter().skip(before)
    }

    /// Where the question is, and how many messages before it may still be answered.
    fn asked(&self) -> Option<Asked> {
        let (mut backlog, mut unlisted) = (self.backlog, self.unlisted.clone());
        for (index, activity) in self.since.iter().enumerate() {
            match activity.kind {
                // The same words may have been sent before.
                ActivityKind::UserMessaged if take(&mut unlisted, activity) => backlog.user_wrote(activity.create_time),
                ActivityKind::UserMessaged if words(activity) == Some(self.words) => {
                    return Some(Asked {
                        index,
                        earlier: backlog.unanswered_at(activity.create_time) + unlisted.len(),
                    });
                }
                ActivityKind::UserMessaged => backlog.user_wrote(activity.create_time),
                ActivityKind::AgentMessaged => backlog.agent_wrote(activity.create_time),
                _ => {}
            }
        }
        None
    }
}

/// Where a question is among the activities since it was sent.
struct Asked {
    index: usize,
    earlier: usize,
}

fn words<J: JsonView>(activity: &Activity<J>) -> Option<Words> {
    activity.message().as_deref().map(Words::of)
}

fn is_answer<J>(activity: &Activity<J>) -> bool {
    activity.kind == ActivityKind::AgentMessaged
}

/// Takes the activity's message out of these; whether it was there.
fn take<J: JsonView>(messages: &mut Vec<Words>, activity: &Activity<J>) -> bool {
    let own = words(activity);
    let index = messages.iter().position(|known| Some(*known) == own);
    index.map(|index| messages.remove(index)).is_some()
}

/// The item after so many, with true; if there is none, the last one.
fn nth_or_last<T>(items: impl Iterator<Item = T>, after: usize) -> Option<(T, bool)> {
    let (index, item) = items.take(after.saturating_add(1)).enumerate().last()?;
    Some((item, index == after))
}

#[cfg(test)]
mod tests {
    use super::super::row::FromRow;
    use super::*;
    use serde_json::Value;

    const GRACE_MS: i64 = 10_000;

    /// Reads a dialogue of what each said at which second: `u:text@3` the user, `a:text@4` the agent, `p@5` a plan.
    fn dialogue(events: &str) -> Vec<Activity<Value>> {
        let read = |event: &str| {
            let (what, second) = event.split_once('@').unwrap();
            let (who, text) = what.split_once(':').unwrap_or((what, ""));
            let union = match who {
                "u" => format!(r#""userMessaged":{{"userMessage":"{text}"}}"#),
                "a" => format!(r#""agentMessaged":{{"agentMessage":"{text}"}}"#),
                "p" => r#""planGenerated":{}"#.to_owned(),
                _ => r#""progressUpdated":{}"#.to_owned(),
            };
            let json = format!(r#"{{"id":"{event}","createTime":"2026-01-01T00:00:{second:0>2}Z",{union}}}"#);
            Activity::read(serde_json::from_str(&json).unwrap())
        };
        events.split_whitespace().map(read).collect()
    }

    fn reply(known: &str, sent: &[&str], since: &str) -> String {
        let sent = sent.iter().map(|message| Words::of(message)).collect();
        let mut question = Question::after(&dialogue(known), sent, " q\n", GRACE_MS);
        question.read(dialogue(since));
        let text = |activity: &Activity<Value>| activity.message().unwrap();
        match question.reply() {
            Reply::Missing => "none".to_owned(),
            Reply::Sure(activity) => text(activity),
            Reply::Likely(activity) => format!("{}?", text(activity)),
        }
    }

    #[test]
    fn a_question_after_nothing_unanswered_is_answered_by_the_first_message_after_it() {
        assert_eq!(reply("", &[], "u:q@1"), "none");
        assert_eq!(reply("", &[], "u:q@1 w@2 p@3 a:A@4 a:B@5"), "A");
        assert_eq!(reply("u:s@1 a:S@2", &[], "a:late@3 u:q@4 a:A@5"), "A");
        assert_eq!(reply("u:s@1 a:S@2", &["s"], "u:q@4 a:A@5"), "A", "what is listed counts once");
        assert_eq!(reply("", &[], "u:q@4 a:A@5 a:before@3"), "A", "what becomes visible late is put in order");
    }

    #[test]
    fn as_many_messages_as_were_unanswered_may_be_answers_to_those() {
        for (known, sent, since, expected) in [
            ("u:s@1", vec![], "u:q@2 a:S@3", "S?"),
            ("u:s@1", vec![], "u:q@2 a:S@3 a:A@4", "A"),
            ("u:s@1 u:t@2", vec![], "u:q@3 a:S@4 a:T@5", "T?"),
            ("u:s@1 u:t@2", vec![], "u:q@3 a:S@4 a:T@5 a:A@6 a:B@7", "A"),
            // Not listed when the question was sent; then before it, after it, or never.
            ("", vec!["s"], "u:s@1 u:q@2 a:S@3", "S?"),
            ("", vec!["s"], "u:q@2 a:S@3 a:A@4", "A"),
            ("", vec!["s"], "u:s@1 a:S@2 u:q@3 a:A@4", "A"),
            ("", vec!["s", "t"], "u:s@1 u:q@2 a:S@3 a:T@4", "T?"),
            // Of another client, in between.
            ("", vec![], "u:other@1 u:q@2 a:S@3", "S?"),
            // Answered in between, or long ago.
            ("u:s@1", vec![], "a:S@2 u:q@3 a:A@4", "A"),
            ("u:s@1 u:t@2 a:S@3", vec![], "u:q@4 a:T@5 a:A@6", "A"),
            ("u:s@1 u:t@2 a:ST@3", vec![], "u:q@20 a:A@21", "A"),
        ] {
            assert_eq!(reply(known, &sent, since), expected, "{known} {sent:?} {since}");
        }
    }

    #[test]
    fn an_answer_of_the_questions_time_is_one_in_whatever_order_they_come() {
        assert_eq!(reply("", &[], "a:A@1 u:q@1"), "A");
        assert_eq!(reply("", &[], "u:q@1 a:A@1"), "A");
    }

    #[test]
    fn the_same_words_sent_before_are_not_the_question() {
        assert_eq!(reply("", &["q"], "u:q@1 a:S@2 u:q@3 a:A@4"), "A");
        assert_eq!(reply("u:q@1 a:S@2", &["q"], "u:q@3 a:A@4"), "A");
        assert_eq!(reply("u:q@1", &[], "u:q@3 a:S@4 a:A@5"), "A");
    }

    #[test]
    fn without_the_question_what_has_come_since_may_be_the_answer() {
        assert_eq!(reply("a:before@1", &[], "w@2"), "none");
        assert_eq!(reply("", &[], "a:A@2 a:B@3"), "A?");
        assert_eq!(reply("", &["s"], "a:S@2"), "S?");
        assert_eq!(reply("", &["s"], "a:S@2 a:A@3 a:B@4"), "A?");
    }

    #[test]
    fn a_plan_counts_only_after_the_question() {
        let has_plan = |since: &str| {
            let mut question = Question::after(&dialogue("p@1"), Vec::new(), "q", GRACE_MS);
            question.read(dialogue(since));
            question.is_followed_by_a_plan()
        };
        assert_eq!(["u:q@2", "p@2 u:q@3", "p@2", "u:q@2 w@3 p@4"].map(has_plan), [false, false, false, true]);
    }
}
