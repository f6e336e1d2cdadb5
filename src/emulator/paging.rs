//! Page sizes and page tokens.

use super::json::Json;
use super::query::Query;
use super::refusal::Refusal;
use crate::core::time::Timestamp;

const LARGEST: usize = 100;

/// What a token begins with that leads from an empty page to the page that was asked for; the token that asked for it
/// follows.
const BEHIND_EMPTY: &str = "behind-empty.";

/// The token of the page that is asked for; `None` for the first.
pub(super) fn token(query: &Query) -> Option<&str> {
    let token = query.get("pageToken")?;
    Some(token.strip_prefix(BEHIND_EMPTY).unwrap_or(token)).filter(|token| !token.is_empty())
}

/// Whether the page is asked for by the token of an empty page.
pub(super) fn is_behind_empty(query: &Query) -> bool {
    query.get("pageToken").is_some_and(|token| token.starts_with(BEHIND_EMPTY))
}

/// The token of an empty page in front of the page that is asked for.
pub(super) fn empty_page_token(query: &Query) -> String {
    format!("{BEHIND_EMPTY}{}", token(query).unwrap_or_default())
}

/// The page size that was asked for: none or 0 gives `default`, more than 100 gives 100.
pub(super) fn size(query: &Query, default: usize) -> Result<usize, Refusal> {
    let Some(text) = query.get("pageSize") else { return Ok(default) };
    let size: i32 =
        text.parse().map_err(|_| Refusal::bad_value("page_size", "TYPE_INT32", &Json::String(text.to_owned())))?;
    let size = usize::try_from(size).map_err(|_| Refusal::invalid())?;
    Ok(if size == 0 { default } else { size.min(LARGEST) })
}

/// Cuts a page off the front; what is left first makes the next page's token.
pub(super) fn cut<T>(mut items: Vec<T>, size: usize) -> (Vec<T>, Option<T>) {
    if items.len() <= size {
        return (items, None);
    }
    let next = items.split_off(size).into_iter().next();
    (items, next)
}

/// The token "activities from this time on": decimal nanoseconds, which a client may make up.
pub(super) fn time_token(time: Timestamp) -> String {
    time.as_nanos().to_string()
}

/// Reads a token of [`time_token`]'s form.
pub(super) fn parse_time_token(token: &str) -> Result<i128, Refusal> {
    token.parse().map_err(|_| Refusal::invalid())
}

/// So that the token of a sessions list looks as opaque as it is.
const SCRAMBLE: u64 = 0x5ca1_ab1e_0ddb_a11d;

/// The token "sessions from number `number` down". Unlike an offset it stays right when sessions are added.
pub(super) fn number_token(number: u64) -> String {
    format!("{:016x}", number ^ SCRAMBLE)
}

/// Reads a token of [`number_token`]'s form.
pub(super) fn parse_number_token(token: &str) -> Result<u64, Refusal> {
    let number = u64::from_str_radix(token, 16).map_err(|_| Refusal::invalid())? ^ SCRAMBLE;
    if number_token(number) == token { Ok(number) } else { Err(Refusal::invalid()) }
}
