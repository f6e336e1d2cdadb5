//! Decides which message of the agent is the reply to a question, by the service's order of activities and independent of the
//! local clock.

use super::activity::{Activity, ActivityKind};
use super::backlog::Backlog;
use super::dialogue::Dialogue;
use super::json_view::JsonView;
use super::outcome::likeness::{Likeness, compare};
use crate::planted::{Fault, planted};

/// A sent question and the activities since.
///
/// The agent may first answer earlier messages of the user, one by one or several at once, and activities do not show which
/// message an answer belongs to. So with n unanswered messages before the question, up to n messages of the agent after it
/// may be answers to those.
#[derive(Debug)]
pub struct Question<J> {
    prompt: String,
    /// The messages in the activities when it was sent.
    backlog: Backlog,
    /// Earlier messages of this client that were not in the activities yet.
    unlisted: Vec<String>,
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

impl<J: JsonView> Question<J> {
    /// A question that is sent after these sorted activities and these messages of this client. A message in both counts once.
    pub fn after(known: &[Activity<J>], mut sent_from_here: Vec<String>, prompt: &str, grace_ms: i64) -> Self {
        let mut backlog = Backlog::new(grace_ms);
        for activity in known {
            match activity.kind {
                ActivityKind::UserMessaged => {
                    let shown = shown(activity);
                    if !take(&mut sent_from_here, &shown, Likeness::Same) {
                        take(&mut sent_from_here, &shown, Likeness::Similar);
                    }
                    backlog.user_wrote(activity.create_time);
                }
                ActivityKind::AgentMessaged => backlog.agent_wrote(activity.create_time),
                _ => {}
            }
        }
        Self { prompt: prompt.to_owned(), backlog, unlisted: sent_from_here, since: Vec::new() }
    }

    /// Adds new activities. Some may become visible after newer ones.
    pub fn read(&mut self, new: Vec<Activity<J>>) {
        self.since.extend(new.into_iter().filter(Dialogue::is_part));
        // Times may be coarse and pages unordered: with equal times, messages of the agent count as later. The sort is stable.
        let (answers, mut others): (Vec<_>, Vec<_>) = self.since.drain(..).partition(is_answer);
        others.extend(answers);
        others.sort_by_cached_key(|activity| activity.create_time);
        self.since = others;
    }

    /// The reply as far as known.
    pub fn reply(&self) -> Reply<'_, J> {
        let Some(asked) = self.asked() else {
            // The question should be in the activities, but the service may change its words beyond recognition.
            let earlier = self.backlog.unanswered_at(None) + self.unlisted.len();
            let messages = self.since.iter().filter(|activity| is_answer(activity));
            return nth_or_last(messages, earlier).map_or(Reply::Missing, |(message, _)| Reply::Likely(message));
        };
        match nth_or_last(self.after_question(&asked).filter(|activity| is_answer(activity)), asked.earlier) {
            Some((message, true)) if asked.is_same => Reply::Sure(message),
            Some((message, _)) => Reply::Likely(message),
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

    /// The position of the question, and the number of earlier messages that may still be answered. A message with slightly other
    /// words is the question if there is none with the same ones.
    fn asked(&self) -> Option<Asked> {
        self.message_like(Likeness::Same).or_else(|| self.message_like(Likeness::Similar))
    }

    fn message_like(&self, likeness: Likeness) -> Option<Asked> {
        let (mut backlog, mut unlisted) = (self.backlog, self.unlisted.clone());
        for (index, activity) in self.since.iter().enumerate() {
            match activity.kind {
                ActivityKind::UserMessaged if self.is_earlier(&mut unlisted, activity) => {
                    backlog.user_wrote(activity.create_time);
                }
                ActivityKind::UserMessaged if compare(&self.prompt, &shown(activity)) == likeness => {
                    return Some(Asked {
                        index,
                        is_same: likeness == Likeness::Same,
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

    /// Whether the activity is one of these earlier messages, which it then leaves. An equal message may have been sent before the
    /// question; a similar one only counts if it is not the question itself.
    fn is_earlier(&self, unlisted: &mut Vec<String>, activity: &Activity<J>) -> bool {
        let shown = shown(activity);
        let is_question = || compare(&self.prompt, &shown) == Likeness::Same;
        take(unlisted, &shown, Likeness::Same) || (!is_question() && take(unlisted, &shown, Likeness::Similar))
    }
}

/// The position of a question among the activities since it was sent.
struct Asked {
    index: usize,
    /// Whether it has the same words.
    is_same: bool,
    earlier: usize,
}

/// The text of a message as the service shows it.
fn shown<J: JsonView>(activity: &Activity<J>) -> String {
    activity.message().unwrap_or_default()
}

fn is_answer<J>(activity: &Activity<J>) -> bool {
    activity.kind == ActivityKind::AgentMessaged
}

/// Removes the message with this likeness to the shown one from these. Returns whether it was there.
fn take(messages: &mut Vec<String>, shown: &str, likeness: Likeness) -> bool {
    let index = messages.iter().position(|sent| compare(sent, shown) == likeness);
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
        let sent = sent.iter().map(|message| (*message).to_owned()).collect();
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
    fn a_question_that_is_shown_in_another_form_is_recognised() {
        let reply = |since: &str| {
            let mut question = Question::after(&[], Vec::new(), "Why <b>now</b>?", GRACE_MS);
            question.read(dialogue(since));
            match question.reply() {
                Reply::Likely(activity) => activity.message().unwrap(),
                other => format!("{other:?}"),
            }
        };
        for shown in ["u:Why&lt;b&gt;now&lt;/b&gt;?", "u:WHY<B>NOW</B>?", "u:Why", "u:"] {
            assert_eq!(reply(&format!("a:late@1 {shown}@2 a:A@3 a:B@4")), "A", "{shown}");
        }
    }

    #[test]
    fn earlier_messages_that_are_shown_in_another_form_are_recognised() {
        for (known, since) in
            [("u:S@1 a:S@2", "u:q@4 a:A@5"), ("", "u:S@1 a:S@2 u:q@4 a:A@5"), ("", "u:S@1 a:S@2 u:Q@4 a:A@5")]
        {
            assert_eq!(reply(known, &["s"], since).trim_end_matches('?'), "A", "{known} {since}");
        }
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
