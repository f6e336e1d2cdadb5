//! Invalid responses.

use crate::support::{Answer, KEY};
use serde_json::{Value, json};

/// Statuses of the service itself, which no longer processes the request then.
pub const OWN: [u16; 5] = [429, 429, 503, 503, 500];

/// Statuses of proxies: the service may still be processing the request.
pub const BETWEEN: [u16; 9] = [502, 504, 408, 499, 520, 521, 522, 523, 524];

pub fn status(code: u16, retry_after: Option<&str>) -> Answer {
    let answer = error(code, &json!({"error": {"code": code, "message": "As scripted."}}));
    Answer { retry_after: retry_after.map(str::to_owned), ..answer }
}

pub fn precondition() -> Answer {
    let status = json!({"code": 400, "message": "Precondition check failed.", "status": "FAILED_PRECONDITION"});
    error(400, &json!({"error": status}))
}

pub fn key_told(code: u16) -> Answer {
    let status = json!({"code": code, "message": format!("Bad key {KEY}."), "details": [{"key": KEY}]});
    error(code, &json!({"error": status}))
}

pub fn html() -> Answer {
    Answer { status: 200, body: b"<html>Sign in to the network</html>".to_vec(), ..Answer::default() }
}

fn error(code: u16, body: &Value) -> Answer {
    Answer { status: code, body: body.to_string().into_bytes(), ..Answer::default() }
}
