//! What `close()` reports.

use super::json_text;

/// What was under way when a client was closed, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CloseReport {
    /// The ids of the sessions that were created meanwhile.
    pub created: Vec<String>,
    /// The ids of the sessions that were sent a message meanwhile, once for each message.
    pub sent: Vec<String>,
    /// The creates and messages of which it is unknown whether they were carried out.
    pub unknown: Vec<UnknownOperation>,
    /// The calls that were ended: waits, streams and reads, and creates and messages that were not sent.
    pub ended: Vec<EndedCall>,
}

/// A create or a message that may have been carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownOperation {
    /// The session that was sent the message. `None` for a create.
    pub session_id: Option<String>,
    /// The body of the request, as JSON text.
    pub request: String,
    /// The ids of possible results.
    pub candidates: Vec<String>,
}

/// A call that was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedCall {
    /// Its name, such as `result()`.
    pub call: &'static str,
    /// The id of its session, if it has one.
    pub session_id: Option<String>,
}

impl CloseReport {
    /// The report as JSON text.
    pub fn to_text(&self) -> String {
        let unknown = self.unknown.iter().map(|UnknownOperation { session_id, request, candidates }| {
            let fields = [("request", request.clone()), ("candidates", strings(candidates))];
            of_session(session_id.as_deref(), fields.to_vec())
        });
        let ended = self.ended.iter().map(|EndedCall { call, session_id }| {
            of_session(session_id.as_deref(), vec![("call", json_text::string(call))])
        });
        json_text::object(&[
            ("created", strings(&self.created)),
            ("sent", strings(&self.sent)),
            ("unknown", json_text::array(unknown)),
            ("ended", json_text::array(ended)),
        ])
    }
}

fn of_session(id: Option<&str>, mut fields: Vec<(&str, String)>) -> String {
    fields.extend(id.map(|id| ("sessionId", json_text::string(id))));
    json_text::object(&fields)
}

fn strings(texts: &[String]) -> String {
    json_text::array(texts.iter().map(|text| json_text::string(text)))
}
