//! Changes of a session: the steps of its script as they become due, and the user's actions.

use super::json::{Json, without_defaults};
use super::runner::WaitingFor;
use super::screenshot::png_base64;
use super::script::{Ending, FileChange, PlanStep, Progress, Step, TimedStep};
use super::session::{Session, state};
use super::text::{fill, headline};
use crate::core::time::Timestamp;
use serde_json::json;

impl Session {
    /// Applies all answers and steps that are due by `now`, in chronological order.
    pub(super) fn advance(&mut self, now: Timestamp) {
        loop {
            if let Some(answer) = self.runner.take_answer(now) {
                self.say(answer.due, &answer_to(&answer.messages));
                if answer.revises_plan {
                    self.revise_plan(answer.due);
                }
            } else if let Some((due, step)) = self.runner.take_step(now) {
                self.apply(due, step);
                if self.runner.waiting_for == WaitingFor::Nothing {
                    self.runner.schedule(due);
                }
            } else {
                return;
            }
        }
    }

    /// Approves the plan. If none waits for approval, nothing changes, as was observed of the service.
    pub(super) fn approve_plan(&mut self, now: Timestamp) {
        if self.runner.waiting_for == WaitingFor::Approval && self.runner.resume_state.is_none() {
            self.plan_approved(now);
            self.runner.schedule(now);
        }
    }

    /// Records a message of the user. The agent answers one step time later; a script that waited for the message continues
    /// after the answer. A completed session becomes active and completes again, and a paused one resumes: what the service
    /// does in these two cases is unknown.
    pub(super) fn receive_message(&mut self, now: Timestamp, message: &str) {
        self.record(now, "user", "userMessaged", json!({"userMessage": message}), Vec::new());
        self.last_message = message.to_owned();
        let answer_due = self.runner.schedule_answer(now, message);
        if let Some(state) = self.runner.resume_state.take() {
            self.state = state;
        }
        // The answer comes before the next step, so that no session ends with an unanswered message.
        if matches!(self.runner.waiting_for, WaitingFor::Time(due) if due <= answer_due) {
            self.runner.schedule(answer_due);
        }
        if self.state == state::COMPLETED {
            self.state = state::IN_PROGRESS.to_owned();
            if self.runner.waiting_for == WaitingFor::Nothing {
                self.runner.script.push_back(TimedStep { after: 1, step: Step::Complete(Ending::default()) });
                self.runner.schedule(answer_due);
            }
        }
        if self.runner.waiting_for == WaitingFor::Message {
            self.state = state::IN_PROGRESS.to_owned();
            self.runner.schedule(answer_due);
        }
    }

    /// Archives the session. A session that has not ended is paused.
    pub(super) fn archive(&mut self, now: Timestamp) {
        self.archived = true;
        if !self.has_ended() && self.runner.resume_state.is_none() {
            self.runner.resume_state = Some(std::mem::replace(&mut self.state, state::PAUSED.to_owned()));
        }
        self.touch(now);
    }

    /// Unarchives the session. Whether the service then resumes a paused session is unknown; here it stays paused until the
    /// user sends a message.
    pub(super) fn unarchive(&mut self, now: Timestamp) {
        self.archived = false;
        self.touch(now);
    }

    fn apply(&mut self, due: Timestamp, step: Step) {
        match step {
            Step::State(state) => {
                self.state = state;
                self.touch(due);
            }
            Step::Plan(steps) => self.plan(due, &steps),
            Step::AutoApprove => self.plan_approved(due),
            Step::Progress(progress) => self.report_progress(due, progress),
            Step::Say(text) => self.say(due, &text),
            Step::Ask(text) => {
                self.say(due, &text);
                self.wait_for_message(state::AWAITING_USER_FEEDBACK);
            }
            Step::Pause(_) => {
                self.touch(due);
                self.wait_for_message(state::PAUSED);
            }
            Step::Complete(ending) => self.complete(due, &ending),
            Step::Fail(reason) => {
                let reason = self.fill(&reason);
                self.record(due, "agent", "sessionFailed", json!({"reason": reason}), Vec::new());
                self.state = state::FAILED.to_owned();
                self.runner.script.clear();
                self.runner.drop_answers();
            }
            Step::Activity(fields) => self.record_raw(due, fields),
            Step::Session(mut fields) => {
                if let Some(Json::String(state)) = fields.remove("state") {
                    self.state = state;
                }
                self.overrides.extend(fields);
                self.touch(due);
            }
            Step::Answers(answers) => self.runner.answer_mode = answers,
            Step::Revise(steps) => self.runner.revision = Some(steps),
            // Took effect when the session was created.
            Step::Refuse(_) => {}
        }
    }

    fn wait_for_message(&mut self, state: &str) {
        self.state = state.to_owned();
        self.runner.waiting_for = WaitingFor::Message;
    }

    fn plan(&mut self, due: Timestamp, steps: &[PlanStep]) {
        self.record_plan(due, steps);
        if self.require_plan_approval {
            self.state = state::AWAITING_PLAN_APPROVAL.to_owned();
            self.runner.waiting_for = WaitingFor::Approval;
        } else {
            self.runner.script.push_front(TimedStep { after: 1, step: Step::AutoApprove });
        }
    }

    /// Replaces the plan that waits for approval; the session continues to wait. Whether the service returns to planning
    /// meanwhile is unknown. If the first plan has been approved meanwhile, the new plan runs without another approval.
    fn revise_plan(&mut self, due: Timestamp) {
        let Some(steps) = self.runner.revision.clone().filter(|_| !self.has_ended()) else { return };
        self.record_plan(due, &steps);
        if self.runner.waiting_for != WaitingFor::Approval {
            self.record_approval(due);
        }
    }

    fn record_plan(&mut self, due: Timestamp, steps: &[PlanStep]) {
        let plan_id = self.random.hex(32);
        let mut json_of = |(index, step): (usize, &PlanStep)| {
            without_defaults(json!({
                "id": self.random.hex(32),
                "title": self.fill(&step.title),
                "description": self.fill(&step.description),
                "index": index,
            }))
        };
        let steps: Vec<Json> = steps.iter().enumerate().map(&mut json_of).collect();
        let create_time = self.touch(due).to_string();
        let plan = without_defaults(json!({"id": plan_id, "createTime": create_time, "steps": steps}));
        self.record(due, "agent", "planGenerated", json!({"plan": plan}), Vec::new());
        self.runner.plan_id = plan_id;
    }

    /// The originator is the user even for an automatic approval, as in the service's example.
    fn record_approval(&mut self, due: Timestamp) {
        let plan_id = self.runner.plan_id.clone();
        self.record(due, "user", "planApproved", json!({"planId": plan_id}), Vec::new());
    }

    /// Approves the latest plan.
    fn plan_approved(&mut self, due: Timestamp) {
        self.record_approval(due);
        self.state = state::IN_PROGRESS.to_owned();
        // Later plans run without another approval.
        self.require_plan_approval = false;
    }

    fn report_progress(&mut self, due: Timestamp, progress: Progress) {
        let mut title = self.fill(&progress.title);
        let mut description = self.fill(&progress.description);
        let mut artifacts = Vec::new();
        if let Some(bash) = &progress.bash {
            let (command, output) = (self.fill(&bash.command), self.fill(&bash.output));
            if title.is_empty() {
                title = "Ran bash command".to_owned();
                description = format!("Command: {command}\nOutput: {output}\nExit Code: {}", bash.exit_code);
            }
            let result = json!({"command": command, "output": output, "exitCode": bash.exit_code});
            artifacts.push(json!({"bashOutput": without_defaults(result)}));
        }
        if progress.screenshot {
            let data = png_base64(self.random.below(3));
            artifacts.push(json!({"media": {"data": data, "mimeType": "image/png"}}));
        }
        if !progress.commit.is_empty() {
            self.commit_message = self.fill(&progress.commit);
        }
        if self.change_files(progress.files) {
            artifacts.extend(self.change_set().map(|change_set| json!({"changeSet": change_set})));
        }
        let event = without_defaults(json!({"title": title, "description": description}));
        self.record(due, "agent", "progressUpdated", event, artifacts);
    }

    /// Adds changes of files and returns whether there were any. Without a repository no file existed before, so only new
    /// files count.
    fn change_files(&mut self, files: Vec<FileChange>) -> bool {
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

/// The agent's answer to one or several messages.
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
