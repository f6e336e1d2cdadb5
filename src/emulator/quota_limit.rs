//! One quota of an account, and the error that names it.

use super::api_error::ApiError;
use super::json::Json;
use serde_json::json;

const SERVICE: &str = "jules.googleapis.com";

/// The number of the project that owns the account's key. Google's quota errors name it as the consumer.
const PROJECT: &str = "717512045881";

/// A quota, with the words that a quota error of Google's services uses for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct QuotaLimit {
    /// Its id, such as `ListActivitiesRequestsPerMinutePerProject`.
    id: &'static str,
    /// Its display name.
    name: &'static str,
    /// The id and the display name of the metric that it limits.
    metric: (&'static str, &'static str),
    /// Its unit, such as `1/min/{project}`.
    unit: &'static str,
    /// The reason in `ErrorInfo`. Quotas per day and per minute have the same reason.
    reason: &'static str,
}

impl QuotaLimit {
    /// Lists of activities per minute. Its id and its value (120) are known from an error of the service; the other words
    /// follow the errors of Google's other services.
    pub(super) const ACTIVITY_LISTS: Self = Self {
        id: "ListActivitiesRequestsPerMinutePerProject",
        name: "ListActivities requests per minute",
        metric: ("list_activities_requests", "ListActivities requests"),
        unit: "1/min/{project}",
        reason: "RATE_LIMIT_EXCEEDED",
    };

    /// Sessions per day. The service documents this quota; its id is unknown.
    pub(super) const SESSIONS_PER_DAY: Self = Self {
        id: "CreateSessionRequestsPerDayPerProject",
        name: "CreateSession requests per day",
        metric: ("create_session_requests", "CreateSession requests"),
        unit: "1/d/{project}",
        reason: "RATE_LIMIT_EXCEEDED",
    };

    /// Sessions that run at the same time. The service documents this quota; its id is unknown.
    pub(super) const CONCURRENT_SESSIONS: Self = Self {
        id: "ConcurrentSessionsPerProject",
        name: "Concurrent sessions",
        metric: ("concurrent_sessions", "Concurrent sessions"),
        unit: "1/{project}",
        reason: "RESOURCE_QUOTA_EXCEEDED",
    };

    /// The error of a request beyond `value`: status 429 with `ErrorInfo` and `Help`, without a retry delay, as from Google
    /// services whose quotas are enforced by the common front end.
    pub(super) fn error(self, value: usize) -> ApiError {
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
        ApiError::resource_exhausted(&message).with_detail(info).with_detail(help()).caused_by_quota()
    }

    /// The same error with `QuotaFailure` instead of `ErrorInfo`, as from other Google services. Its message names no quota.
    pub(super) fn quota_failure(self, value: usize) -> ApiError {
        let violation = json!({
            "quotaMetric": format!("{SERVICE}/{}", self.metric.0),
            "quotaId": self.id,
            "quotaDimensions": {"location": "global"},
            "quotaValue": value.to_string(),
        });
        let failure = json!({"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]});
        ApiError::of_http_status(429).with_detail(failure).with_detail(help()).caused_by_quota()
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
