//! Where a session stands in its script, and what is due next.

use super::script::{Answers, PlanStep, Step, Timed};
use crate::core::time::Timestamp;
use std::collections::VecDeque;

/// Where a session stands in its script.
#[derive(Debug, Clone)]
pub(super) struct Player {
    pub(super) script: VecDeque<Timed>,
    pub(super) waits_for: Event,
    /// Answers that are due later, in the order of the messages.
    answers: VecDeque<Answer>,
    pub(super) answering: Answers,
    /// What the plan is revised to when a message comes while it waits for approval; `None`: it is not.
    pub(super) revision: Option<Vec<PlanStep>>,
    /// Set while the session is held by archiving: the state that a message brings back.
    pub(super) held: Option<String>,
    pub(super) plan_id: String,
    step_ms: u64,
}

/// What the next step of the script waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Time(Timestamp),
    Approval,
    Message,
    /// The script is at its end.
    Nothing,
}

/// An answer of the agent, to one message or to several.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) due: Timestamp,
    pub(super) messages: Vec<String>,
    /// Whether a revised plan comes with it.
    pub(super) revises_plan: bool,
}

impl Player {
    pub(super) fn new(script: Vec<Timed>, now: Timestamp, step_ms: u64) -> Self {
        let mut player = Self {
            script: script.into(),
            waits_for: Event::Nothing,
            answers: VecDeque::new(),
            answering: Answers::default(),
            revision: None,
            held: None,
            plan_id: String::new(),
            step_ms,
        };
        player.schedule(now);
        player
    }

    /// When something happens by itself, if anything does.
    pub(super) fn next_change(&self) -> Option<Timestamp> {
        if self.held.is_some() {
            return None;
        }
        let answer = self.answers.front().map(|answer| answer.due);
        match self.waits_for {
            Event::Time(due) => Some(answer.map_or(due, |answer| answer.min(due))),
            _ => answer,
        }
    }

    pub(super) fn later(&self, from: Timestamp, steps: u64) -> Timestamp {
        from.plus_millis(i64::try_from(self.step_ms.saturating_mul(steps)).unwrap_or(i64::MAX))
    }

    /// Lets the next step fall due, counted from `from`.
    pub(super) fn schedule(&mut self, from: Timestamp) {
        self.waits_for = match self.script.front() {
            Some(next) => Event::Time(self.later(from, next.after)),
            None => Event::Nothing,
        };
    }

    /// Lets a message be answered one step after it came, and gives that time.
    pub(super) fn answer_later(&mut self, now: Timestamp, message: &str) -> Timestamp {
        let due = self.later(now, 1);
        let waiting = match self.answering {
            Answers::Each => VecDeque::new(),
            Answers::Together => std::mem::take(&mut self.answers),
        };
        let is_feedback = self.waits_for == Event::Approval && self.revision.is_some();
        let revises_plan = is_feedback || waiting.iter().any(|answer| answer.revises_plan);
        let messages = waiting.into_iter().flat_map(|answer| answer.messages).chain([message.to_owned()]).collect();
        self.answers.push_back(Answer { due, messages, revises_plan });
        due
    }

    /// The messages that have no answer get none.
    pub(super) fn forget_messages(&mut self) {
        self.answers.clear();
    }

    pub(super) fn take_answer(&mut self, now: Timestamp) -> Option<Answer> {
        let first = self.next_change()?;
        let due = self.answers.front()?.due;
        if due <= first && due <= now { self.answers.pop_front() } else { None }
    }

    pub(super) fn take_step(&mut self, now: Timestamp) -> Option<(Timestamp, Step)> {
        match self.waits_for {
            Event::Time(due) if due <= now && self.held.is_none() => {
                self.waits_for = Event::Nothing;
                self.script.pop_front().map(|timed| (due, timed.step))
            }
            _ => None,
        }
    }
}
