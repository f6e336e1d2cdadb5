//! The plans and questions that this client has reported to its callers, and their answers. The service's states and lists may
//! show an answer only later.

use crate::core::wait::Reason;

/// How long reports and answers are kept.
const MEMORY_MS: i64 = 3_600_000;

/// How long a sent message may be missing in the activities.
const LISTED_WITHIN_MS: i64 = 60_000;

/// The dialogues with the sessions that this client has recently reported or written to.
#[derive(Debug, Default)]
pub(super) struct Answers(Vec<Exchange>);

#[derive(Debug, Default)]
struct Exchange {
    session: String,
    used_at_ms: i64,
    /// The last report of a wait: the reason and the activity with the request.
    reported: Option<(Reason, String)>,
    /// The activity whose request this client answered.
    answered: Option<String>,
    /// When the last message was sent, and when the plan was last approved.
    message_at_ms: Option<i64>,
    /// The sent messages that may be missing in the activities, with their times.
    sent: Vec<(String, i64)>,
    approval_at_ms: Option<i64>,
}

impl Answers {
    fn of(&self, session: &str) -> Option<&Exchange> {
        self.0.iter().find(|exchange| exchange.session == session)
    }

    fn entry(&mut self, session: &str, now_ms: i64) -> Option<&mut Exchange> {
        self.0.retain(|exchange| now_ms - exchange.used_at_ms < MEMORY_MS);
        if self.of(session).is_none() {
            self.0.push(Exchange { session: session.to_owned(), ..Exchange::default() });
        }
        let exchange = self.0.iter_mut().find(|exchange| exchange.session == session)?;
        exchange.used_at_ms = now_ms;
        Some(exchange)
    }

    /// A wait reports this request.
    pub(super) fn reported(&mut self, session: &str, reason: Reason, activity: String, now_ms: i64) {
        if let Some(exchange) = self.entry(session, now_ms) {
            exchange.reported = Some((reason, activity));
        }
    }

    /// A message was sent, which answers any report.
    pub(super) fn message_sent(&mut self, session: &str, message: &str, now_ms: i64) {
        if let Some(exchange) = self.entry(session, now_ms) {
            exchange.message_at_ms = Some(now_ms);
            exchange.sent.retain(|(_, at_ms)| now_ms - at_ms < LISTED_WITHIN_MS);
            exchange.sent.push((message.to_owned(), now_ms));
            exchange.answer_if(|_| true);
        }
    }

    /// The plan was approved, which answers a report of it.
    pub(super) fn plan_approved(&mut self, session: &str, now_ms: i64) {
        if let Some(exchange) = self.entry(session, now_ms) {
            exchange.approval_at_ms = Some(now_ms);
            exchange.answer_if(|reason| reason == Reason::NeedsApproval);
        }
    }

    /// The activity whose request this client answered, with the time.
    pub(super) fn answered(&self, session: &str) -> Option<(&str, i64)> {
        let exchange = self.of(session)?;
        Some((exchange.answered.as_deref()?, exchange.message_at_ms.max(exchange.approval_at_ms)?))
    }

    /// The messages sent to the session that may be missing in its activities.
    pub(super) fn sent_lately(&self, session: &str, now_ms: i64) -> Vec<String> {
        let sent = self.of(session).map_or(&[][..], |exchange| &exchange.sent);
        sent.iter().filter(|(_, at_ms)| now_ms - at_ms < LISTED_WITHIN_MS).map(|(message, _)| message.clone()).collect()
    }

    /// When the last message was sent to the session.
    pub(super) fn message_at_ms(&self, session: &str) -> Option<i64> {
        self.of(session)?.message_at_ms
    }

    /// When the session's plan was approved, or a message was sent, which may cause a new plan.
    pub(super) fn plan_answered_at_ms(&self, session: &str) -> Option<i64> {
        let exchange = self.of(session)?;
        exchange.message_at_ms.max(exchange.approval_at_ms)
    }
}

impl Exchange {
    fn answer_if(&mut self, answers: impl FnOnce(Reason) -> bool) {
        if let Some((_, activity)) = self.reported.take_if(|(reason, _)| answers(*reason)) {
            self.answered = Some(activity);
        }
    }
}
