//! How the service changes prompts, titles and sources in responses, which is unknown for the real one.

use crate::support::Answer;
use serde_json::Value;

/// Changes of prompts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptRendering {
    AsSent,
    Trimmed,
    UnixLines,
    Escaped,
    Composed,
    /// All of them.
    Normalised,
    /// Lists truncate them to this many characters.
    Cut(usize),
    /// Lists omit them.
    Hidden,
}

impl PromptRendering {
    /// The text as stored by the service.
    fn kept(self, text: &str) -> String {
        let is = |one: Self| self == one || self == Self::Normalised;
        let mut text = text.to_owned();
        if is(Self::Trimmed) {
            text = text.trim().to_owned();
        }
        if is(Self::UnixLines) {
            text = text.replace("\r\n", "\n");
        }
        if is(Self::Composed) {
            text = text.replace("e\u{301}", "\u{e9}");
        }
        if is(Self::Escaped) {
            for (plain, escaped) in [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")] {
                text = text.replace(plain, escaped);
            }
        }
        text
    }

    /// The text in lists; `None` if omitted.
    pub fn listed(self, text: &str) -> Option<String> {
        match self {
            Self::Hidden => None,
            Self::Cut(length) => Some(text.chars().take(length).collect()),
            _ => Some(self.kept(text)),
        }
    }
}

/// How the service changes sessions.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    pub prompts: PromptRendering,
    /// Titles are always those of the service.
    pub replaces_titles: bool,
    /// The case of sources is changed.
    pub changes_case: bool,
}

impl Shown {
    fn is_plain(&self) -> bool {
        self.prompts == PromptRendering::AsSent && !self.replaces_titles && !self.changes_case
    }

    /// A response with a session or a page of sessions.
    pub fn apply(&self, answer: Answer, is_list: bool) -> Answer {
        if self.is_plain() || answer.status != 200 {
            return answer;
        }
        let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
        match body.get_mut("sessions").and_then(Value::as_array_mut) {
            Some(sessions) => sessions.iter_mut().for_each(|session| self.rewrite(session, is_list)),
            None => self.rewrite(&mut body, is_list),
        }
        Answer { body: body.to_string().into_bytes(), ..answer }
    }

    fn rewrite(&self, session: &mut Value, is_list: bool) {
        let Some(fields) = session.as_object_mut() else { return };
        if let Some(prompt) = fields.get("prompt").and_then(Value::as_str) {
            let shown = if is_list { self.prompts.listed(prompt) } else { Some(self.prompts.kept(prompt)) };
            match shown {
                Some(shown) => fields.insert("prompt".to_owned(), shown.into()),
                None => fields.remove("prompt"),
            };
        }
        if self.replaces_titles && fields.contains_key("title") {
            fields.insert("title".to_owned(), "A task for the agent".into());
        }
        if self.changes_case {
            if let Some(source) = fields.get_mut("sourceContext").and_then(|context| context.get_mut("source")) {
                *source = source.as_str().unwrap_or_default().replace("octo/cat", "Octo/CAT").into();
            }
        }
    }
}
