//! The filters of the three lists: the part of AIP-160 that the service is known to support. Whether it supports more (`>=`,
//! `AND`, upper bounds) is unknown; here everything else is an error.

use super::api_error::ApiError;
use crate::core::time::Timestamp;

/// The value of `field operator value`, as it is written.
fn operand<'a>(term: &'a str, field: &str, operator: char) -> Option<&'a str> {
    let rest = term.trim().strip_prefix(field)?.trim_start();
    Some(rest.strip_prefix(operator)?.trim_start())
}

fn quoted(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"').filter(|inner| !inner.contains('"'))
}

fn word(value: &str) -> Option<&str> {
    let is_other = |c: char| c.is_whitespace() || matches!(c, '=' | '<' | '>' | '(' | ')' | '"');
    Some(value).filter(|value| !value.is_empty() && !value.contains(is_other))
}

/// The values of `field = value OR field = value …`.
fn alternatives<'a>(text: &'a str, field: &str) -> Result<Vec<&'a str>, ApiError> {
    let value = |term: &'a str| {
        let value = operand(term, field, '=')?;
        quoted(value).or_else(|| word(value))
    };
    text.split(" OR ").map(|term| value(term).ok_or_else(ApiError::invalid_argument)).collect()
}

/// The names of the sources to list; `None` for all.
pub(super) fn sources(filter: Option<&str>) -> Result<Option<Vec<&str>>, ApiError> {
    filter.map(|text| alternatives(text, "name")).transpose()
}

/// Which sessions to list: `(archived ones, others)`. Without a filter only those that are not archived.
pub(super) fn sessions(filter: Option<&str>) -> Result<(bool, bool), ApiError> {
    let Some(text) = filter else { return Ok((false, true)) };
    let mut wanted = (false, false);
    for value in alternatives(text, "archived")? {
        match value {
            "true" => wanted.0 = true,
            "false" => wanted.1 = true,
            _ => return Err(ApiError::invalid_argument()),
        }
    }
    Ok(wanted)
}

/// The time after which activities are listed, exclusive; `None` for all.
pub(super) fn activities(filter: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = filter else { return Ok(None) };
    let time = operand(text, "create_time", '>').and_then(quoted).and_then(Timestamp::parse);
    time.map(Some).ok_or_else(ApiError::invalid_argument)
}
