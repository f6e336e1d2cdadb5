//! The records of a journal: one for each item, of which the last one counts.

use crate::core::config::CreateRequest;
use crate::core::json_text::{array, object, string};
use crate::core::json_view::JsonView;
use crate::core::state::SessionState;
use crate::core::time::Timestamp;

/// The version of the journal's records.
const VERSION: &str = "1";

/// What a journal says of an item. Written before and after each create, so that a crash at any instant leaves a record that
/// says which sessions may exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// The batch has begun. Belongs to no item.
    Batch,
    /// A create is about to be sent.
    Begun(Begun),
    /// The session was created and has not ended.
    Created(Created),
    /// It is proven that no session was created.
    NotCreated,
    /// A session may have been created, and the lists of sessions did not decide this.
    Unknown(Begun, Vec<String>),
    /// The session has ended in this state.
    Ended(Created, SessionState),
}

/// A create that may have been sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Begun {
    /// The prompt.
    pub prompt: String,
    /// The title, given or derived from the key.
    pub title: String,
    /// The resource name of the repository; empty if there is none.
    pub source: String,
    /// When it began, by the service's clock, if known.
    pub since: Option<Timestamp>,
}

impl Begun {
    /// A create of this request at this time of the service.
    pub fn new(request: &CreateRequest, since: Option<Timestamp>) -> Self {
        Self {
            prompt: request.prompt().to_owned(),
            title: request.title().unwrap_or_default().to_owned(),
            source: request.source().unwrap_or_default().to_owned(),
            since,
        }
    }
}

/// A session that was created.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Created {
    /// Its id.
    pub id: String,
    /// When it was created, by the service's clock.
    pub at: Option<Timestamp>,
    /// Whether the service kept its title.
    pub keeps_title: bool,
}

/// Why a record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It was written by another version of this package.
    Version(String),
    /// It is corrupt.
    Corrupt,
}

impl Record {
    /// The JSON text of the record, with the tag of its batch.
    pub fn to_text(&self, batch: &str) -> String {
        let time = |time: &Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        let mut fields = vec![("v", string(VERSION)), ("batch", string(batch))];
        let mut add = |name, value: &str| fields.push((name, string(value)));
        match self {
            Self::Batch => add("is", "batch"),
            Self::NotCreated => add("is", "notCreated"),
            Self::Begun(begun) | Self::Unknown(begun, _) => {
                add("is", if matches!(self, Self::Begun(_)) { "begun" } else { "unknown" });
                add("prompt", &begun.prompt);
                add("title", &begun.title);
                add("source", &begun.source);
                add("since", &time(&begun.since));
            }
            Self::Created(created) | Self::Ended(created, _) => {
                add("is", if matches!(self, Self::Created(_)) { "created" } else { "ended" });
                add("id", &created.id);
                add("at", &time(&created.at));
                add("keepsTitle", if created.keeps_title { "yes" } else { "" });
            }
        }
        match self {
            Self::Unknown(_, candidates) => {
                fields.push(("candidates", array(candidates.iter().map(|id| string(id)))));
            }
            Self::Ended(_, state) => fields.push(("as", string(state.name()))),
            _ => {}
        }
        object(&fields)
    }

    /// Reads a record. Returns it with the tag of its batch.
    ///
    /// # Errors
    /// The record is corrupt or of another version.
    pub fn read(json: &impl JsonView) -> Result<(Self, String), Unreadable> {
        let version = json.text("v").ok_or(Unreadable::Corrupt)?;
        if version != VERSION {
            return Err(Unreadable::Version(version));
        }
        let text = |name| json.text(name).unwrap_or_default();
        let time = |name| Timestamp::parse(&text(name));
        let begun =
            || Begun { prompt: text("prompt"), title: text("title"), source: text("source"), since: time("since") };
        let created = || {
            let id = json.text("id").ok_or(Unreadable::Corrupt)?;
            Ok(Created { id, at: time("at"), keeps_title: json.has_text("keepsTitle") })
        };
        let record = match text("is").as_str() {
            "batch" => Self::Batch,
            "notCreated" => Self::NotCreated,
            "begun" if json.has_text("prompt") => Self::Begun(begun()),
            "unknown" if json.has_text("prompt") => {
                let candidates = json.get("candidates").items().iter().filter_map(JsonView::string).collect();
                Self::Unknown(begun(), candidates)
            }
            "created" => Self::Created(created()?),
            "ended" => Self::Ended(created()?, SessionState::from_name(&text("as")).ok_or(Unreadable::Corrupt)?),
            _ => return Err(Unreadable::Corrupt),
        };
        let batch = json.text("batch").ok_or(Unreadable::Corrupt)?;
        Ok((record, batch))
    }

    /// The session, if it is known.
    pub fn session(&self) -> Option<&Created> {
        match self {
            Self::Created(created) | Self::Ended(created, _) => Some(created),
            _ => None,
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn read(text: &str) -> Result<(Record, String), Unreadable> {
        Record::read(&serde_json::from_str::<Value>(text).unwrap_or_default())
    }

    fn begun() -> impl Strategy<Value = Begun> {
        (".{1,20}", ".{0,20}", ".{0,20}", proptest::option::of(0_i64..2_000_000_000)).prop_map(
            |(prompt, title, source, since)| Begun {
                prompt,
                title,
                source,
                since: since.map(|seconds| Timestamp::new(seconds, 1_000)),
            },
        )
    }

    fn created() -> impl Strategy<Value = Created> {
        ("[0-9]{1,20}", proptest::option::of(0_i64..2_000_000_000), any::<bool>()).prop_map(|(id, at, keeps_title)| {
            Created { id, at: at.map(|seconds| Timestamp::new(seconds, 0)), keeps_title }
        })
    }

    fn record() -> impl Strategy<Value = Record> {
        prop_oneof![
            Just(Record::Batch),
            Just(Record::NotCreated),
            begun().prop_map(Record::Begun),
            created().prop_map(Record::Created),
            (begun(), proptest::collection::vec("[0-9]{1,20}", 0..3)).prop_map(|(b, ids)| Record::Unknown(b, ids)),
            (created(), prop_oneof![Just(SessionState::Completed), Just(SessionState::Failed)])
                .prop_map(|(created, state)| Record::Ended(created, state)),
        ]
    }

    proptest! {
        #[test]
        fn every_record_is_read_as_it_was_written(record in record(), batch in "[a-z]{6}") {
            prop_assert_eq!(read(&record.to_text(&batch)), Ok((record, batch)));
        }

        #[test]
        fn a_cut_record_is_never_read(record in record(), share in 0.0_f64..1.0) {
            let text = record.to_text("abcdef");
            let length = text.chars().count();
            let cut: String = text.chars().take((length as f64 * share) as usize).collect();
            prop_assert_eq!(read(&cut), Err(Unreadable::Corrupt));
        }
    }

    #[test]
    fn a_record_of_another_version_is_refused_and_named() {
        assert_eq!(read(r#"{"v":"2","batch":"abcdef","is":"x"}"#), Err(Unreadable::Version("2".to_owned())));
        for corrupt in [json!({"v": "1"}), json!(null), json!([]), json!({"v": "1", "batch": "b", "is": "created"})] {
            assert_eq!(read(&corrupt.to_string()), Err(Unreadable::Corrupt), "{corrupt}");
        }
    }
}
