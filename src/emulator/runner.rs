//! A session's position in its script, and what is due next.

use super::script::{AnswerMode, PlanStep, Step, TimedStep};
use crate::core::time::Timestamp;
use std::collections::VecDeque;

/// Runs the script of one session.
#[derive(Debug, Clone)]
pub(super) struct Runner {
    /// The steps that are still to come.
    pub(super) script: VecDeque<TimedStep>,
    pub(super) waiting_for: WaitingFor,
    /// Answers to the user's messages that are still to come, in the order of the messages.
    pending_answers: VecDeque<PendingAnswer>,
    pub(super) answer_mode: AnswerMode,
    /// The steps of the plan that replaces the one waiting for approval when the user sends a message; `None` for no
    /// revision.
    pub(super) revision: Option<Vec<PlanStep>>,
    /// The state that a session paused by archiving returns to; `None` if the session is not paused in this way.
    pub(super) resume_state: Option<String>,
    pub(super) plan_id: String,
    step_ms: u64,
}

/// What the next step of the script waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitingFor {
    Time(Timestamp),
    Approval,
    Message,
    /// Nothing: the script has ended.
    Nothing,
}

/// An answer of the agent to one or several messages.
#[derive(Debug, Clone)]
pub(super) struct PendingAnswer {
    pub(super) due: Timestamp,
    pub(super) messages: Vec<String>,
    /// Whether a revised plan follows the answer.
    pub(super) revises_plan: bool,
}

impl Runner {
    pub(super) fn new(script: Vec<TimedStep>, now: Timestamp, step_ms: u64) -> Self {
        let mut runner = Self {
            script: script.into(),
            waiting_for: WaitingFor::Nothing,
            pending_answers: VecDeque::new(),
            answer_mode: AnswerMode::default(),
            revision: None,
            resume_state: None,
            plan_id: String::new(),
            step_ms,
        };
        runner.schedule(now);
        runner
    }

    /// When the next answer or step is due; `None` if the session waits for the user or has ended.
    pub(super) fn next_change(&self) -> Option<Timestamp> {
        if self.resume_state.is_some() {
            return None;
        }
        let answer = self.pending_answers.front().map(|answer| answer.due);
        match self.waiting_for {
            WaitingFor::Time(due) => Some(answer.map_or(due, |answer| answer.min(due))),
            _ => answer,
        }
    }

    fn after_steps(&self, from: Timestamp, steps: u64) -> Timestamp {
        from.plus_millis(i64::try_from(self.step_ms.saturating_mul(steps)).unwrap_or(i64::MAX))
    }

    /// Schedules the next step, with its delay counted from `from`.
    pub(super) fn schedule(&mut self, from: Timestamp) {
        self.waiting_for = match self.script.front() {
            Some(next) => WaitingFor::Time(self.after_steps(from, next.after)),
            None => WaitingFor::Nothing,
        };
    }

    /// Schedules the answer to a message one step time after it, and returns when it is due.
    pub(super) fn schedule_answer(&mut self, now: Timestamp, message: &str) -> Timestamp {
        let due = self.after_steps(now, 1);
        let merged = match self.answer_mode {
            AnswerMode::Each => VecDeque::new(),
            AnswerMode::Together => std::mem::take(&mut self.pending_answers),
        };
        let is_feedback = self.waiting_for == WaitingFor::Approval && self.revision.is_some();
        let revises_plan = is_feedback || merged.iter().any(|answer| answer.revises_plan);
        let messages = merged.into_iter().flat_map(|answer| answer.messages).chain([message.to_owned()]).collect();
        self.pending_answers.push_back(PendingAnswer { due, messages, revises_plan });
        due
    }

    /// Drops the pending answers: the messages stay unanswered.
    pub(super) fn drop_answers(&mut self) {
        self.pending_answers.clear();
    }

    /// Removes and returns the next answer if it is due by `now` and not after the next step.
    pub(super) fn take_answer(&mut self, now: Timestamp) -> Option<PendingAnswer> {
        let next = self.next_change()?;
        let due = self.pending_answers.front()?.due;
        if due <= next && due <= now { self.pending_answers.pop_front() } else { None }
    }

    /// Removes and returns the next step, with the time at which it was due, if it is due by `now`.
    pub(super) fn take_step(&mut self, now: Timestamp) -> Option<(Timestamp, Step)> {
        match self.waiting_for {
            WaitingFor::Time(due) if due <= now && self.resume_state.is_none() => {
                self.waiting_for = WaitingFor::Nothing;
                self.script.pop_front().map(|timed| (due, timed.step))
            }
            _ => None,
        }
    }
}
