//! The limits of an account, and how a refusal names them.

use super::json::Json;
use super::refusal::Refusal;
use serde_json::json;

const SERVICE: &str = "jules.googleapis.com";

/// The number of the project that the account's key belongs to. Every consumer of a Google service has one.
const PROJECT: &str = "717512045881";

/// A limit. What it is called in a refusal of Google's services, which all take the same form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    /// Its id, such as `ListActivitiesRequestsPerMinutePerProject`.
    id: &'static str,
    /// Its name for people.
    name: &'static str,
    /// What is counted: its id and its name for people.
    metric: (&'static str, &'static str),
    /// Per what it holds, such as `1/min/{project}`.
    unit: &'static str,
    /// The reason of the `ErrorInfo`. A quota of a day has the same one as a quota of a minute.
    reason: &'static str,
}

impl Limit {
    /// Lists of activities a minute. Its id and its value (120) are known from a refusal; the other words follow what
    /// the refusals of Google's other services look like.
    pub(super) const ACTIVITY_LISTS: Self = Self {
        id: "ListActivitiesRequestsPerMinutePerProject",
        name: "ListActivities requests per minute",
        metric: ("list_activities_requests", "ListActivities requests"),
        unit: "1/min/{project}",
        reason: "RATE_LIMIT_EXCEEDED",
    };

    /// Sessions a day. That the service has such a quota is documented; what it calls it is unknown.
    pub(super) const SESSIONS_PER_DAY: Self = Self {
        id: "CreateSessionRequestsPerDayPerProject",
        name: "CreateSession requests per day",
        metric: ("create_session_requests", "CreateSession requests"),
        unit: "1/d/{project}",
        reason: "RATE_LIMIT_EXCEEDED",
    };

    /// Sessions at one time. That the service has such a quota is documented; what it calls it is unknown.
    pub(super) const CONCURRENT_SESSIONS: Self = Self {
        id: "ConcurrentSessionsPerProject",
        name: "Concurrent sessions",
        metric: ("concurrent_sessions", "Concurrent sessions"),
        unit: "1/{project}",
        reason: "RESOURCE_QUOTA_EXCEEDED",
    };

    /// The refusal of what is more than `value`: status 429 with an `ErrorInfo` and a link, without a delay. So Google's
    /// services answer whose quotas are kept in front of them.
    pub(super) fn refusal(self, value: usize) -> Refusal {
        let (metric, metric_name) = self.metric;
        let message = format!(
            "Quota exceeded for quota metric '{metric_name}' and limit '{}' of service '{SERVICE}' for consumer \
             'project_number:{PROJECT}'.",
            self.name
        );
        let info = json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": self.reason,
            "domain": "googleapis.com",
            "metadata": {
                "consumer": format!("projects/{PROJECT}"),
                "quota_limit": self.id,
                "quota_limit_value": value.to_string(),
                "quota_location": "global",
                "quota_metric": format!("{SERVICE}/{metric}"),
                "quota_unit": self.unit,
                "service": SERVICE,
            },
        });
        Refusal::exhausted(&message).with_detail(info).with_detail(help()).by_quota()
    }

    /// The same with a `QuotaFailure`, as other services of Google answer. The message names nothing.
    pub(super) fn violation(self, value: usize) -> Refusal {
        let violation = json!({
            "quotaMetric": format!("{SERVICE}/{}", self.metric.0),
            "quotaId": self.id,
            "quotaDimensions": {"location": "global"},
            "quotaValue": value.to_string(),
        });
        let failure = json!({"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]});
        Refusal::of_code(429).with_detail(failure).with_detail(help()).by_quota()
    }
}

fn help() -> Json {
    json!({
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [{
            "description": "Request a higher quota limit.",
            "url": "https://cloud.google.com/docs/quotas/help/request_increase",
        }],
    })
}
