//! Decides which message of the agent is the reply to a question, by the service's order of activities and independent of the
//! local clock.

use super::activity::{Activity, ActivityKind};
use super::backlog::Backlog;
use super::dialogue::Dialogue;
use super::id_hash::IdHash;
use super::json_view::JsonView;
use super::text;
use crate::planted::{Fault, planted};

/// A sent question and the activities since.
///
/// The agent may first answer earlier messages of the user, one by one or several at once, and activities do not show which
/// message an answer belongs to. So with n unanswered messages before the question, up to n messages of the agent after it
/// may be answers to those.
#[derive(Debug)]
pub struct Question<J> {
    words: Words,
    /// The messages in the activities when it was sent.
    backlog: Backlog,
    /// Earlier messages of this client that were not in the activities yet.
    unlisted: Vec<Words>,
    /// The activities since, in the service's order.
    since: Vec<Activity<J>>,
}

/// The current result of the search for the reply.
#[derive(Debug, Clone, Copy)]
pub enum Reply<'a, J> {
    /// There is no reply yet.
    Missing,
    /// The reply unless something follows soon: another message, since this may answer an earlier one, or the question itself,
    /// which is not in the activities yet.
    Likely(&'a Activity<J>),
    /// The reply: the agent has answered all earlier messages.
    Sure(&'a Activity<J>),
}

/// The words of a message, by which it is recognised: it is unknown how the service changes the spaces between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words(IdHash);

impl Words {
    /// The words of this message.
    pub fn of(message: &str) -> Self {
        Self(IdHash::of(&text::words(message)))
    }
}

impl<J: JsonView> Question<J> {
    /// A question that is sent after these sorted activities and these messages of this client. A message in both counts once.
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

    /// Adds new activities. Some may become visible after newer ones.
    pub fn read(&mut self, new: Vec<Activity<J>>) {
        self.since.extend(new.into_iter().filter(Dialogue::is_part));
        // Times may be coarse and pages unordered: with equal times, messages of the agent count as later.
        self.since.sort_by_cached_key(|activity| (activity.create_time, is_answer(activity)));
    }

    /// The reply as far as known.
    pub fn reply(&self) -> Reply<'_, J> {
        let Some(asked) = self.asked() else {
            // The question should be in the activities, but the service may change its words.
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

    /// The position of the question, and the number of earlier messages that may still be answered.
    fn asked(&self) -> Option<Asked> {
        let (mut backlog, mut unlisted) = (self.backlog, self.unlisted.clone());
        for (index, activity) in self.since.iter().enumerate() {
            match activity.kind {
                // An equal message may have been sent before.
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

/// The position of a question among the activities since it was sent.
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

/// Removes the activity's message from these. Returns whether it was there.
fn take<J: JsonView>(messages: &mut Vec<Words>, activity: &Activity<J>) -> bool {
    let own = words(activity);
    let index = messages.iter().position(|known| Some(*known) == own);
    index.map(|index| messages.remove(index)).is_some()
}

/// The item at index `after`, with true; if there is none, the last item, with false.
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

    /// A dialogue of events with their seconds: `u:text@3` is a message of the user, `a:text@4` of the agent, `p@5` a plan.
    fn dialogue(events: &str) -> Vec<Activity<Value>> {
        let read = |event: &str| {
            let (what, second) = event.split_once('@').unwrap();
            let (kind, text) = what.split_once(':').unwrap_or((what, ""));
            let union = match kind {
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
    fn without_unanswered_messages_the_first_message_after_the_question_is_the_reply() {
        assert_eq!(reply("", &[], "u:q@1"), "none");
        assert_eq!(reply("", &[], "u:q@1 w@2 p@3 a:A@4 a:B@5"), "A");
        assert_eq!(reply("u:s@1 a:S@2", &[], "a:late@3 u:q@4 a:A@5"), "A");
        assert_eq!(reply("u:s@1 a:S@2", &["s"], "u:q@4 a:A@5"), "A", "a listed message counts once");
        assert_eq!(reply("", &[], "u:q@4 a:A@5 a:before@3"), "A", "late activities are sorted in");
    }

    #[test]
    fn one_message_is_skipped_for_each_unanswered_one() {
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
            // A message of another client in between.
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
    fn a_reply_with_the_time_of_the_question_counts_in_any_order() {
        assert_eq!(reply("", &[], "a:A@1 u:q@1"), "A");
        assert_eq!(reply("", &[], "u:q@1 a:A@1"), "A");
    }

    #[test]
    fn an_equal_earlier_message_is_not_the_question() {
        assert_eq!(reply("", &["q"], "u:q@1 a:S@2 u:q@3 a:A@4"), "A");
        assert_eq!(reply("u:q@1 a:S@2", &["q"], "u:q@3 a:A@4"), "A");
        assert_eq!(reply("u:q@1", &[], "u:q@3 a:S@4 a:A@5"), "A");
    }

    #[test]
    fn without_the_question_in_the_activities_new_messages_may_be_the_reply() {
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
