// The names, kinds, ranges and defaults of all options. lib/given.js reads options by this table, and a test in src/core/options.rs
// compares it with the names and defaults of the core. The object is JSON, so that Rust can read it.
//
// `least` is the smallest number allowed. A field without `default` is absent unless the caller sets it. `variable` is the environment
// variable that applies before the default.
export const TABLE = {
  "client": {
    "apiKey": { "kind": "apiKey" },
    "baseUrl": { "kind": "baseUrl", "variable": "JULES_BASE_URL", "default": "https://jules.googleapis.com/v1alpha" },
    "fetch": { "kind": "function" },
    "aroundAttempt": { "kind": "function" },
    "headers": { "kind": "headers", "default": [] },
    "logger": { "kind": "logger" },
    "logLevel": { "kind": "choice", "of": ["off", "error", "warn", "info", "debug"], "variable": "JULES_LOG" },
    "throwOnFailure": { "kind": "boolean", "default": false },
    "onUnknownOutcome": { "kind": "choice", "of": ["reconcile", "throw"], "default": "reconcile" },
    "config": {
      "kind": "object",
      "fields": {
        "pollingIntervalMs": { "kind": "ms", "least": 1, "default": 5000 },
        "requestTimeoutMs": { "kind": "ms", "least": 1, "default": 30000 },
        "maxConcurrentRequests": { "kind": "count", "least": 1, "default": 50 },
        "rateLimitRetry": {
          "kind": "object",
          "fields": {
            "maxRetryTimeMs": { "kind": "ms", "least": 0, "default": 300000 },
            "baseDelayMs": { "kind": "ms", "least": 0, "default": 1000 },
            "maxDelayMs": { "kind": "ms", "least": 0, "default": 30000 }
          }
        }
      }
    }
  },
  "call": {
    "signal": { "kind": "signal" },
    "timeoutMs": { "kind": "ms", "least": 0, "orInfinity": true }
  },
  "close": {
    "timeoutMs": { "kind": "ms", "least": 0, "orInfinity": true, "default": 8000 }
  },
  "info": {
    "activities": { "kind": "boolean", "default": true }
  },
  "run": {
    "autopilot": { "kind": "autopilot" }
  },
  "autopilot": {
    "onPlan": { "kind": "answer", "of": ["approve"] },
    "onQuestion": { "kind": "answer" },
    "onStall": { "kind": "answer" },
    "maxReplies": { "kind": "count", "least": 0 },
    "stallMs": { "kind": "ms", "least": 1 }
  },
  "result": {
    "autopilot": { "kind": "autopilot" },
    "throwOnFailure": { "kind": "boolean" },
    "onUpdate": { "kind": "function" }
  },
  "wait": {
    "autopilot": { "kind": "autopilot" },
    "until": { "kind": "states", "default": [] },
    "stallMs": { "kind": "ms", "least": 1 },
    "onUpdate": { "kind": "function" }
  },
  "stream": {
    "after": { "kind": "cursor" },
    "follow": { "kind": "boolean", "default": false },
    "artifacts": { "kind": "boolean", "default": true },
    "exclude": { "kind": "object", "fields": { "originator": { "kind": "text" } } }
  },
  "watch": {
    "after": { "kind": "text" },
    "archived": { "kind": "boolean", "default": false },
    "state": { "kind": "states", "default": [] },
    "source": { "kind": "repository" }
  },
  "page": {
    "pageSize": { "kind": "count", "least": 1 },
    "pageToken": { "kind": "text" },
    "filter": { "kind": "text" }
  },
  "select": {
    "after": { "kind": "text" },
    "before": { "kind": "text" },
    "type": {
      "kind": "choice",
      "of": [
        "agentMessaged", "userMessaged", "planGenerated", "planApproved", "progressUpdated", "sessionCompleted", "sessionFailed", "unknown"
      ]
    },
    "order": { "kind": "choice", "of": ["asc", "desc"], "default": "asc" },
    "limit": { "kind": "count", "least": 0, "orInfinity": true }
  },
  "list": {
    "pageSize": { "kind": "count", "least": 1 },
    "pageToken": { "kind": "text" },
    "filter": { "kind": "text" },
    "limit": { "kind": "count", "least": 0, "orInfinity": true }
  },
  "all": {
    "autopilot": { "kind": "autopilot" },
    "concurrency": { "kind": "count", "least": 1, "default": 4 },
    "stopOnError": { "kind": "boolean", "default": true },
    "delayMs": { "kind": "ms", "least": 0, "default": 0 },
    "maxRunning": { "kind": "count", "least": 1, "orInfinity": true },
    "onProgress": { "kind": "function" }
  },
  "batch": {
    "autopilot": { "kind": "autopilot" },
    "key": { "kind": "function" },
    "journal": { "kind": "journal" },
    "concurrency": { "kind": "count", "least": 1, "default": 4 },
    "maxRunning": { "kind": "count", "least": 1, "orInfinity": true },
    "quota": {
      "kind": "quota",
      "fields": {
        "perDay": { "kind": "count", "least": 1, "orInfinity": true },
        "concurrent": { "kind": "count", "least": 1, "orInfinity": true }
      }
    },
    "onProgress": { "kind": "function" }
  },
  "plans": {
    "free": { "perDay": 15, "concurrent": 3 },
    "pro": { "perDay": 100, "concurrent": 15 },
    "ultra": { "perDay": 300, "concurrent": 60 }
  },
  "bulk": {
    "dryRun": { "kind": "boolean", "default": false },
    "concurrency": { "kind": "count", "least": 1, "default": 4 },
    "stopOnError": { "kind": "boolean", "default": true },
    "onProgress": { "kind": "function" }
  },
  "request": {
    "query": { "kind": "query", "default": "" },
    "body": { "kind": "json" }
  },
  "readable": {
    "format": { "kind": "choice", "of": ["jsonl", "sse"], "default": "jsonl" }
  },
  "session": {
    "prompt": { "kind": "text", "required": true },
    "source": {
      "kind": "object",
      "fields": {
        "github": { "kind": "repository", "required": true },
        "baseBranch": { "kind": "text", "required": true },
        "workingBranch": { "kind": "text" },
        "environmentVariablesEnabled": { "kind": "boolean" }
      }
    },
    "title": { "kind": "text" },
    "requireApproval": { "kind": "boolean" },
    "autoPr": { "kind": "boolean", "default": true }
  },
  "repository": {
    "github": { "kind": "repository", "required": true }
  },
  "states": [
    "unspecified", "queued", "planning", "awaitingPlanApproval", "awaitingUserFeedback", "inProgress", "paused", "failed", "completed"
  ]
};
