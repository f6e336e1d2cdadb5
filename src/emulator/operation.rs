//! The twelve operations of the service.

use super::api_error::ApiError;
use super::query::Query;
use percent_encoding::percent_decode_str;

/// An operation, with the resources in its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    CreateSession,
    ListSessions,
    GetSession(String),
    DeleteSession(String),
    SendMessage(String),
    ApprovePlan(String),
    ArchiveSession(String),
    UnarchiveSession(String),
    ListActivities(String),
    GetActivity { session: String, activity: String },
    ListSources,
    GetSource(String),
}

impl Operation {
    /// Parses a method and a target (an absolute URL, or a path with its query).
    pub(super) fn parse(method: &str, target: &str) -> Result<(Self, Query), ApiError> {
        let target = target.split_once('#').map_or(target, |(before, _)| before);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (_, path) = path.split_once("/v1alpha/").ok_or_else(ApiError::not_found)?;
        Ok((Self::of_path(method, path).ok_or_else(ApiError::not_found)?, Query::parse(query)))
    }

    fn of_path(method: &str, path: &str) -> Option<Self> {
        if let Some(id) = path.strip_prefix("sources/") {
            // A source name may contain slashes, encoded or not.
            return (method == "GET" && !id.is_empty()).then(|| Self::GetSource(decoded(id)));
        }
        let mut parts = path.split('/');
        let place = (method, parts.next()?, parts.next(), parts.next(), parts.next());
        if parts.next().is_some() {
            return None;
        }
        match place {
            ("POST", "sessions", None, None, None) => Some(Self::CreateSession),
            ("GET", "sessions", None, None, None) => Some(Self::ListSessions),
            ("GET", "sources", None, None, None) => Some(Self::ListSources),
            ("POST", "sessions", Some(last), None, None) => {
                let (id, verb) = last.rsplit_once(':')?;
                let id = name(id)?;
                match verb {
                    "sendMessage" => Some(Self::SendMessage(id)),
                    "approvePlan" => Some(Self::ApprovePlan(id)),
                    "archive" => Some(Self::ArchiveSession(id)),
                    "unarchive" => Some(Self::UnarchiveSession(id)),
                    _ => None,
                }
            }
            ("GET", "sessions", Some(id), None, None) => Some(Self::GetSession(name(id)?)),
            ("DELETE", "sessions", Some(id), None, None) => Some(Self::DeleteSession(name(id)?)),
            ("GET", "sessions", Some(id), Some("activities"), None) => Some(Self::ListActivities(name(id)?)),
            ("GET", "sessions", Some(id), Some("activities"), Some(activity)) => {
                Some(Self::GetActivity { session: name(id)?, activity: name(activity)? })
            }
            _ => None,
        }
    }

    /// The method's name in the service's definition.
    pub(super) fn rpc(&self) -> &'static str {
        match self {
            Self::CreateSession => "CreateSession",
            Self::ListSessions => "ListSessions",
            Self::GetSession(_) => "GetSession",
            Self::DeleteSession(_) => "DeleteSession",
            Self::SendMessage(_) => "SendMessage",
            Self::ApprovePlan(_) => "ApprovePlan",
            Self::ArchiveSession(_) => "ArchiveSession",
            Self::UnarchiveSession(_) => "UnarchiveSession",
            Self::ListActivities(_) => "ListActivities",
            Self::GetActivity { .. } => "GetActivity",
            Self::ListSources => "ListSources",
            Self::GetSource(_) => "GetSource",
        }
    }

    /// The id of the session in the path, if any.
    pub(super) fn session_id(&self) -> Option<&str> {
        match self {
            Self::CreateSession | Self::ListSessions | Self::ListSources | Self::GetSource(_) => None,
            Self::GetSession(id)
            | Self::DeleteSession(id)
            | Self::SendMessage(id)
            | Self::ApprovePlan(id)
            | Self::ArchiveSession(id)
            | Self::UnarchiveSession(id)
            | Self::ListActivities(id)
            | Self::GetActivity { session: id, .. } => Some(id),
        }
    }

    /// Whether its response is a page of a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self, Self::ListSessions | Self::ListActivities(_) | Self::ListSources)
    }

    /// Whether it changes nothing.
    pub(super) fn is_read(&self) -> bool {
        self.is_list() || matches!(self, Self::GetSession(_) | Self::GetActivity { .. } | Self::GetSource(_))
    }

    /// Whether it reads something that changes with time: clients wait by repeating it.
    pub(super) fn is_poll(&self) -> bool {
        matches!(self, Self::GetSession(_) | Self::ListSessions | Self::ListActivities(_))
    }

    /// The query parameters that it accepts besides those of every API.
    pub(super) fn query_names(&self) -> &'static [&'static str] {
        match self {
            Self::ListSessions | Self::ListActivities(_) | Self::ListSources => &["filter", "pageSize", "pageToken"],
            _ => &[],
        }
    }
}

/// Decodes a path segment; `None` if it is empty or contains a verb.
fn name(segment: &str) -> Option<String> {
    (!segment.is_empty() && !segment.contains(':')).then(|| decoded(segment))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
