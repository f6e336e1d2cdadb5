//! Moves a session on: along its script as time passes, and by what the user does.

use super::json::Json;
use super::picture::png_base64;
use super::player::Event;
use super::script::{Ending, FileChange, PlanStep, Progress, Step, Timed};
use super::session::{Session, state};
use super::text::{fill, headline};
use crate::core::time::Timestamp;
use serde_json::{Map, json};

impl Session {
    /// Lets everything happen that is due by `now`, in the order of time.
    pub(super) fn advance(&mut self, now: Timestamp) {
        loop {
            if let Some(answer) = self.player.take_answer(now) {
                self.say(answer.due, &answer_to(&answer.messages));
                if answer.revises_plan {
                    self.revise_plan(answer.due);
                }
            } else if let Some((due, step)) = self.player.take_step(now) {
                self.apply(due, step);
                if self.player.waits_for == Event::Nothing {
                    self.player.schedule(due);
                }
            } else {
                return;
            }
        }
    }

    /// The user approves the plan. Without one that waits nothing happens, as the service was seen to do.
    pub(super) fn approve_plan(&mut self, now: Timestamp) {
        if self.player.waits_for == Event::Approval && self.player.held.is_none() {
            self.plan_approved(now);
            self.player.schedule(now);
        }
    }

    /// The user says something. The agent answers one step later, and what waited for a message goes on one step after
    /// the answer. That a completed session is revived and completes again, and that a paused one goes on,
    /// are the emulator's choice: what the service does is unknown.
    pub(super) fn user_says(&mut self, now: Timestamp, message: &str) {
        self.record(now, "user", "userMessaged", json!({"userMessage": message}), Vec::new());
        self.last_message = message.to_owned();
        let answer_due = self.player.answer_later(now, message);
        if let Some(state) = self.player.held.take() {
            self.state = state;
        }
        // The agent answers before it goes on, so that no session ends with a message left unanswered.
        if matches!(self.player.waits_for, Event::Time(due) if due <= answer_due) {
            self.player.schedule(answer_due);
        }
        if self.state == state::COMPLETED {
            self.state = state::IN_PROGRESS.to_owned();
            if self.player.waits_for == Event::Nothing {
                self.player.script.push_back(Timed { after: 1, step: Step::Complete(Ending::default()) });
                self.player.schedule(answer_due);
            }
        }
        if self.player.waits_for == Event::Message {
            self.state = state::IN_PROGRESS.to_owned();
            self.player.schedule(answer_due);
        }
    }

    /// Archives the session. One that is not over pauses.
    pub(super) fn archive(&mut self, now: Timestamp) {
        self.archived = true;
        if !self.is_over() && self.player.held.is_none() {
            self.player.held = Some(std::mem::replace(&mut self.state, state::PAUSED.to_owned()));
        }
        self.stamp(now);
    }

    /// Takes the session out of the archive. Whether the service lets a paused one go on then is unknown; here it
    /// stays paused until a message comes.
    pub(super) fn unarchive(&mut self, now: Timestamp) {
        self.archived = false;
        self.stamp(now);
    }

    fn apply(&mut self, due: Timestamp, step: Step) {
        match step {
            Step::State(state) => {
                self.state = state;
                self.stamp(due);
            }
            Step::Plan(steps) => self.plan(due, &steps),
            Step::AutoApprove => self.plan_approved(due),
            Step::Progress(progress) => self.progress(due, progress),
            Step::Say(text) => self.say(due, &text),
            Step::Ask(text) => {
                self.say(due, &text);
                self.wait_for_message(state::AWAITING_USER_FEEDBACK);
            }
            Step::Pause(_) => {
                self.stamp(due);
                self.wait_for_message(state::PAUSED);
            }
            Step::Complete(ending) => self.complete(due, &ending),
            Step::Fail(reason) => {
                let reason = self.fill(&reason);
                self.record(due, "agent", "sessionFailed", json!({"reason": reason}), Vec::new());
                self.state = state::FAILED.to_owned();
                self.player.script.clear();
                self.player.forget_messages();
            }
            Step::Activity(fields) => self.record_raw(due, fields),
            Step::Session(mut fields) => {
                if let Some(Json::String(state)) = fields.remove("state") {
                    self.state = state;
                }
                self.overlay.extend(fields);
                self.stamp(due);
            }
            Step::Answers(answers) => self.player.answering = answers,
            Step::Revise(steps) => self.player.revision = Some(steps),
            // Has had its effect when the session was to be created.
            Step::Refuse(_) => {}
        }
    }

    fn wait_for_message(&mut self, state: &str) {
        self.state = state.to_owned();
        self.player.waits_for = Event::Message;
    }

    fn plan(&mut self, due: Timestamp, steps: &[PlanStep]) {
        self.record_plan(due, steps);
        if self.require_plan_approval {
            self.state = state::AWAITING_PLAN_APPROVAL.to_owned();
            self.player.waits_for = Event::Approval;
        } else {
            self.player.script.push_front(Timed { after: 1, step: Step::AutoApprove });
        }
    }

    /// A plan in the place of the one that waits for approval; the session goes on waiting. Whether the service's sessions
    /// go back to planning meanwhile is unknown. One that was approved meanwhile does not wait again: the new plan runs.
    fn revise_plan(&mut self, due: Timestamp) {
        let Some(steps) = self.player.revision.clone().filter(|_| !self.is_over()) else { return };
        self.record_plan(due, &steps);
        if self.player.waits_for != Event::Approval {
            self.record_approval(due);
        }
    }

    fn record_plan(&mut self, due: Timestamp, steps: &[PlanStep]) {
        let plan_id = self.random.hex(32);
        let steps: Vec<Json> = steps
            .iter()
            .enumerate()
            .map(|(index, step)| {
                let mut fields = Map::new();
                fields.insert("id".to_owned(), self.random.hex(32).into());
                insert_text(&mut fields, "title", self.fill(&step.title));
                insert_text(&mut fields, "description", self.fill(&step.description));
                if index > 0 {
                    fields.insert("index".to_owned(), index.into());
                }
                Json::Object(fields)
            })
            .collect();
        let mut plan = Map::new();
        plan.insert("id".to_owned(), plan_id.as_str().into());
        plan.insert("createTime".to_owned(), self.stamp(due).to_string().into());
        if !steps.is_empty() {
            plan.insert("steps".to_owned(), steps.into());
        }
        self.record(due, "agent", "planGenerated", json!({"plan": plan}), Vec::new());
        self.player.plan_id = plan_id;
    }

    /// The originator is the user even of an approval that came by itself: so it stands in the service's example.
    fn record_approval(&mut self, due: Timestamp) {
        let plan_id = self.player.plan_id.clone();
        self.record(due, "user", "planApproved", json!({"planId": plan_id}), Vec::new());
    }

    /// The last plan counts as approved.
    fn plan_approved(&mut self, due: Timestamp) {
        self.record_approval(due);
        self.state = state::IN_PROGRESS.to_owned();
        // A plan that is revised later runs without a second approval.
        self.require_plan_approval = false;
    }

    fn progress(&mut self, due: Timestamp, progress: Progress) {
        let mut title = self.fill(&progress.title);
        let mut description = self.fill(&progress.description);
        let mut artifacts = Vec::new();
        if let Some(bash) = &progress.bash {
            let (command, output) = (self.fill(&bash.command), self.fill(&bash.output));
            if title.is_empty() {
                title = "Ran bash command".to_owned();
                description = format!("Command: {command}\nOutput: {output}\nExit Code: {}", bash.exit_code);
            }
            let mut fields = Map::new();
            insert_text(&mut fields, "command", command);
            insert_text(&mut fields, "output", output);
            if bash.exit_code != 0 {
                fields.insert("exitCode".to_owned(), bash.exit_code.into());
            }
            artifacts.push(json!({"bashOutput": fields}));
        }
        if progress.picture {
            let data = png_base64(self.random.below(3));
            artifacts.push(json!({"media": {"data": data, "mimeType": "image/png"}}));
        }
        if !progress.commit.is_empty() {
            self.commit_message = self.fill(&progress.commit);
        }
        if self.change(progress.files) {
            artifacts.extend(self.change_set().map(|change_set| json!({"changeSet": change_set})));
        }
        let mut fields = Map::new();
        insert_text(&mut fields, "title", title);
        insert_text(&mut fields, "description", description);
        self.record(due, "agent", "progressUpdated", fields.into(), artifacts);
    }

    /// Adds changes of files and says whether there were any. Without a repository there is nothing that could have
    /// been there before: only new files count.
    fn change(&mut self, files: Vec<FileChange>) -> bool {
        let repoless = self.repository.is_none();
        let mut any = false;
        for file in files.into_iter().filter(|file| !repoless || file.before.is_none()) {
            let filled = FileChange {
                before: file.before.map(|text| self.fill(&text)),
                after: file.after.map(|text| self.fill(&text)),
                ..file
            };
            self.changes.add(filled);
            any = true;
        }
        any
    }

    fn say(&mut self, due: Timestamp, text: &str) {
        let text = self.fill(text);
        self.record(due, "agent", "agentMessaged", json!({"agentMessage": text}), Vec::new());
    }

    fn complete(&mut self, due: Timestamp, ending: &Ending) {
        let change_set = self.change_set().filter(|_| ending.outputs).map(|set| json!({"changeSet": set}));
        self.record(due, "agent", "sessionCompleted", json!({}), change_set.clone().into_iter().collect());
        self.state = state::COMPLETED.to_owned();
        if let Some(change_set) = change_set {
            let pull_request = self.pull_request().map(|request| json!({"pullRequest": request}));
            self.outputs = pull_request.into_iter().chain([change_set]).collect();
        }
    }

    fn fill(&self, text: &str) -> String {
        let repo = self.repository.as_ref().map_or("the workspace", |r| r.id.strip_prefix("github/").unwrap_or(&r.id));
        let values = [("task", &*self.task), ("title", &*self.title), ("repo", repo), ("message", &*self.last_message)];
        fill(text, &values)
    }
}

/// Puts a text into an object, unless it is empty: the service drops empty ones.
fn insert_text(fields: &mut Map<String, Json>, name: &str, text: String) {
    if !text.is_empty() {
        fields.insert(name.to_owned(), text.into());
    }
}

/// What the agent answers to messages.
fn answer_to(messages: &[String]) -> String {
    let [message] = messages else {
        let quoted: Vec<_> = messages.iter().map(|message| format!("“{}”", headline(message))).collect();
        return format!(
            "To your {} messages: {} I take all of that into account and go on.",
            quoted.len(),
            quoted.join(" ")
        );
    };
    let message = headline(message);
    if message.ends_with('?') {
        format!("You asked: “{message}” I go by what the project already does, and keep the change small.")
    } else {
        format!("Understood: “{message}” I take that into account and go on.")
    }
}
