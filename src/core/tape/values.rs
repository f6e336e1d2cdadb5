//! How each type is handed out: the names that JavaScript sees, in their order. The same as serde's, which tests use.

use super::{Emit, Writer};
use crate::core::error::{Cause, Effect, Error, ErrorKind, FieldViolation};
use crate::core::json::{Json, LargeText, Text};
use crate::core::mark::Mark;
use crate::core::model::{
    Activity, ActivityType, Artifact, ChangeSet, GitPatch, GithubRepo, GithubRepoContext, Incomplete, Outcome,
    OutcomePart, Output, Page, Plan, PlanStep, PullRequest, Session, Source, SourceContext,
};
use crate::core::state::SessionState;
use crate::core::wait::{Reason, Waited};

/// Writes an object: its fields as JavaScript calls them, 32 at most, with their values.
macro_rules! record {
    ($out:ident: $($name:literal: $value:expr),* $(,)?) => {{
        let begun = $out.begin();
        let (mut present, mut field) = (0, 1);
        $(
            if $value.emit_field($out) {
                present |= field;
            }
            field <<= 1;
        )*
        let _ = field;
        $out.end(begun, concat!($($name, ","),*), present);
    }};
}

impl Emit for () {
    fn emit(&self, out: &mut Writer<'_>) {
        out.constant(0);
    }
}

impl Emit for bool {
    fn emit(&self, out: &mut Writer<'_>) {
        out.constant(if *self { 2 } else { 1 });
    }
}

impl Emit for i64 {
    fn emit(&self, out: &mut Writer<'_>) {
        out.integer(*self);
    }
}

macro_rules! integers {
    ($($type:ty)*) => {
        $(impl Emit for $type {
            fn emit(&self, out: &mut Writer<'_>) {
                out.integer(i64::try_from(*self).unwrap_or(i64::MAX));
            }
        })*
    };
}

integers!(u16 u32 u64 usize);

impl Emit for &str {
    fn emit(&self, out: &mut Writer<'_>) {
        out.text(self);
    }
}

impl Emit for String {
    fn emit(&self, out: &mut Writer<'_>) {
        out.text(self);
    }
}

impl Emit for Text {
    fn emit(&self, out: &mut Writer<'_>) {
        out.text(self);
    }
}

impl Emit for LargeText {
    fn emit(&self, out: &mut Writer<'_>) {
        match self.kept_or_here() {
            Ok(kept) => out.kept(kept),
            Err(text) => out.text(text),
        }
    }
}

impl Emit for Mark {
    fn emit(&self, out: &mut Writer<'_>) {
        self.parts(|parts| out.joined(parts));
    }
}

impl<T: Emit> Emit for Option<T> {
    fn emit(&self, out: &mut Writer<'_>) {
        match self {
            Some(value) => value.emit(out),
            None => out.constant(0),
        }
    }

    fn emit_field(&self, out: &mut Writer<'_>) -> bool {
        match self {
            Some(value) => value.emit(out),
            None => return false,
        }
        true
    }
}

impl<T: Emit> Emit for Vec<T> {
    fn emit(&self, out: &mut Writer<'_>) {
        out.list(self.len());
        for value in self {
            value.emit(out);
        }
    }
}

impl Emit for Json {
    fn emit(&self, out: &mut Writer<'_>) {
        match self {
            Self::Null => out.constant(0),
            Self::Bool(value) => value.emit(out),
            Self::Number(text) => out.number(text),
            Self::Text(text) => out.text(text),
            Self::Array(items) => items.emit(out),
            Self::Object(fields) => {
                out.map(fields.len());
                for (name, value) in fields {
                    out.text(name);
                    value.emit(out);
                }
            }
        }
    }
}

/// Records: for each the type and its fields, as JavaScript calls them and as they are called here.
macro_rules! records {
    ($($type:ident { $($name:literal: $field:ident),* $(,)? })*) => {
        $(impl Emit for $type {
            fn emit(&self, out: &mut Writer<'_>) {
                record!(out: $($name: self.$field),*);
            }
        })*
    };
}

records! {
    Error {
        "kind": kind, "code": code, "message": message, "field": field, "method": method, "url": url, "status": status,
        "statusText": status_text, "rpcStatus": rpc_status, "reason": reason, "details": details,
        "fieldViolations": field_violations, "retryAfterMs": retry_after_ms, "outcome": outcome,
        "retryable": retryable, "attempts": attempts, "sessionId": session_id, "candidates": candidates,
        "request": request, "cause": cause, "failure": failure,
    }
    FieldViolation { "field": field, "description": description }
    Cause { "name": name, "message": message, "code": code }
    Session {
        "name": name, "id": id, "prompt": prompt, "title": title, "url": url, "state": state, "rawState": raw_state,
        "createTime": create_time, "updateTime": update_time, "archived": archived, "sourceContext": source_context,
        "outputs": outputs,
    }
    SourceContext {
        "source": source, "githubRepoContext": github_repo_context, "workingBranch": working_branch,
        "environmentVariablesEnabled": environment_variables_enabled,
    }
    GithubRepoContext { "startingBranch": starting_branch }
    PullRequest {
        "url": url, "title": title, "description": description, "baseRef": base_ref, "headRef": head_ref,
    }
    ChangeSet { "source": source, "gitPatch": git_patch }
    GitPatch {
        "unidiffPatch": unidiff_patch, "baseCommitId": base_commit_id,
        "suggestedCommitMessage": suggested_commit_message,
    }
    Activity {
        "type": activity_type, "id": id, "name": name, "createTime": create_time, "originator": originator,
        "description": description, "message": message, "plan": plan, "planId": plan_id, "title": title,
        "reason": reason, "artifacts": artifacts, "cursor": cursor, "raw": raw,
    }
    Plan { "id": id, "steps": steps, "createTime": create_time }
    PlanStep { "id": id, "title": title, "description": description, "index": index }
    GithubRepo {
        "owner": owner, "repo": repo, "isPrivate": is_private, "defaultBranch": default_branch, "branches": branches,
    }
    Waited {
        "reason": reason, "session": session, "plan": plan, "question": question, "silentMs": silent_ms,
    }
    Outcome {
        "sessionId": session_id, "title": title, "state": state, "url": url, "failureReason": failure_reason,
        "pullRequest": pull_request, "outputs": outputs, "changeSets": change_sets, "incomplete": incomplete,
    }
    Incomplete { "what": what, "error": error }
}

impl<T: Emit> Emit for Page<T> {
    fn emit(&self, out: &mut Writer<'_>) {
        record!(out: "items": self.items, "nextPageToken": self.next_page_token);
    }
}

impl Emit for Output {
    fn emit(&self, out: &mut Writer<'_>) {
        match self {
            Self::PullRequest { pull_request } => {
                record!(out: "type": "pullRequest", "pullRequest": pull_request);
            }
            Self::ChangeSet { change_set } => record!(out: "type": "changeSet", "changeSet": change_set),
            Self::Unknown { raw } => record!(out: "type": "unknown", "raw": raw),
        }
    }
}

impl Emit for Artifact {
    fn emit(&self, out: &mut Writer<'_>) {
        match self {
            Self::ChangeSet(ChangeSet { source, git_patch }) => {
                record!(out: "type": "changeSet", "source": source, "gitPatch": git_patch);
            }
            Self::Media { data, mime_type } => {
                record!(out: "type": "media", "data": data, "mimeType": mime_type);
            }
            Self::BashOutput { command, output, exit_code } => {
                record!(out: "type": "bashOutput", "command": command, "output": output, "exitCode": exit_code)
            }
            Self::Unknown { raw } => record!(out: "type": "unknown", "raw": raw),
        }
    }
}

impl Emit for Source {
    fn emit(&self, out: &mut Writer<'_>) {
        match self {
            Self::GithubRepo { name, id, github_repo } => {
                record!(out: "type": "githubRepo", "name": name, "id": id, "githubRepo": github_repo)
            }
            Self::Unknown { name, id, raw } => {
                record!(out: "type": "unknown", "name": name, "id": id, "raw": raw);
            }
        }
    }
}

impl Emit for SessionState {
    fn emit(&self, out: &mut Writer<'_>) {
        out.known(self.name());
    }
}

/// Enums that are one of a few names.
macro_rules! names {
    ($($type:ident { $($variant:ident $name:literal),* $(,)? })*) => {
        $(impl Emit for $type {
            fn emit(&self, out: &mut Writer<'_>) {
                out.known(match self {
                    $(Self::$variant => $name),*
                });
            }
        })*
    };
}

names! {
    ActivityType {
        AgentMessaged "agentMessaged", UserMessaged "userMessaged", PlanGenerated "planGenerated",
        PlanApproved "planApproved", ProgressUpdated "progressUpdated", SessionCompleted "sessionCompleted",
        SessionFailed "sessionFailed", Unknown "unknown",
    }
    Effect { NotSent "notSent", Refused "refused", Unknown "unknown", Done "done" }
    OutcomePart { ChangeSet "changeSet", FailureReason "failureReason" }
    Reason {
        Reached "reached", Completed "completed", Failed "failed", NeedsApproval "needsApproval",
        NeedsReply "needsReply", Paused "paused", Stalled "stalled", UnknownState "unknownState",
    }
    ErrorKind {
        Api "api", Authentication "authentication", RateLimit "rateLimit", Network "network", Timeout "timeout",
        Abort "abort", MissingApiKey "missingApiKey", SourceNotFound "sourceNotFound", InvalidState "invalidState",
        SessionFailed "sessionFailed", UnknownOutcome "unknownOutcome", Decode "decode",
        InvalidArgument "invalidArgument", Internal "internal",
    }
}
