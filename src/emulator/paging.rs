//! Page sizes and page tokens.

use super::api_error::ApiError;
use super::json::Json;
use super::query::Query;
use crate::core::time::Timestamp;

const MAX_PAGE_SIZE: usize = 100;

/// The prefix of the token of an empty page that a fault inserted. The token of the requested page follows.
const AFTER_EMPTY: &str = "after-empty.";

/// The token of the requested page; `None` for the first page.
pub(super) fn token(query: &Query) -> Option<&str> {
    let token = query.get("pageToken")?;
    Some(token.strip_prefix(AFTER_EMPTY).unwrap_or(token)).filter(|token| !token.is_empty())
}

/// Whether the request has the token of an empty page.
pub(super) fn is_after_empty_page(query: &Query) -> bool {
    query.get("pageToken").is_some_and(|token| token.starts_with(AFTER_EMPTY))
}

/// The token of an empty page before the requested page.
pub(super) fn empty_page_token(query: &Query) -> String {
    format!("{AFTER_EMPTY}{}", token(query).unwrap_or_default())
}

/// The requested page size: `default` if none or 0, at most 100.
pub(super) fn size(query: &Query, default: usize) -> Result<usize, ApiError> {
    let Some(text) = query.get("pageSize") else { return Ok(default) };
    let size: i32 =
        text.parse().map_err(|_| ApiError::invalid_value("page_size", "TYPE_INT32", &Json::String(text.to_owned())))?;
    let size = usize::try_from(size).map_err(|_| ApiError::invalid_argument())?;
    Ok(if size == 0 { default } else { size.min(MAX_PAGE_SIZE) })
}

/// Splits off the first page, and returns it with the first item of the next page.
pub(super) fn cut<T>(mut items: Vec<T>, size: usize) -> (Vec<T>, Option<T>) {
    if items.len() <= size {
        return (items, None);
    }
    let next = items.split_off(size).into_iter().next();
    (items, next)
}

/// The token of a page of activities: the time of its first activity in decimal nanoseconds. Clients may construct it.
pub(super) fn time_token(time: Timestamp) -> String {
    time.as_nanos().to_string()
}

/// Parses a token of [`time_token`].
pub(super) fn parse_time_token(token: &str) -> Result<i128, ApiError> {
    token.parse().map_err(|_| ApiError::invalid_argument())
}

/// Makes the tokens of session lists look opaque.
const SCRAMBLE: u64 = 0x5ca1_ab1e_0ddb_a11d;

/// The token of a page of sessions: the number of its first session. Unlike an offset it stays valid when sessions are added.
pub(super) fn number_token(number: u64) -> String {
    format!("{:016x}", number ^ SCRAMBLE)
}

/// Parses a token of [`number_token`].
pub(super) fn parse_number_token(token: &str) -> Result<u64, ApiError> {
    let number = u64::from_str_radix(token, 16).map_err(|_| ApiError::invalid_argument())? ^ SCRAMBLE;
    if number_token(number) == token { Ok(number) } else { Err(ApiError::invalid_argument()) }
}
