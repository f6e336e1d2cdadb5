//! The whole model of two answers, word for word.

use crate::fixtures::{Kind, load};
use serde_json::{Value, json};

const SESSION: &str = "sessions/14550388554331055113";
const BASE: &str = "36ead0a4caefc451b9652ed926a15af9570f4f35";
const COMMIT_MESSAGE: &str = "feat: Create simple Boba App\n\nThis commit transforms the default Create React App \
    boilerplate into a simple, visually appealing Boba-themed application.";
const PATCH: &str = r#"diff --git a/src/App.js b/src/App.js
index 3784575..a11777c 100644
--- a/src/App.js
+++ b/src/App.js
@@ -1,6 +1,7 @@
 import './App.css';
 
-function App() {
+// Boba menu
+function App({ options }) {
   return (
-    <div className="App">Edit src/App.js</div>
+    <div className="App">{options.length} bobas</div>
   );
diff --git a/src/boba.json b/src/boba.json
new file mode 100644
index 0000000..8b1a393
--- /dev/null
+++ b/src/boba.json
@@ -0,0 +1,3 @@
+[
+  "taro"
+]
\ No newline at end of file
diff --git a/src/logo.svg b/src/logo.svg
deleted file mode 100644
index 9dfc1c0..0000000
--- a/src/logo.svg
+++ /dev/null
@@ -1 +0,0 @@
-<svg/>
"#;

/// The cursor after an activity alone: 36 bits of the id's FNV-1a hash stand for it, folded and in base64's URL-safe form,
/// behind the seconds by which it is older than the newest.
fn cursor(nanos: &str, id: &str) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(1_099_511_628_211);
    let hash = id.bytes().fold(14_695_981_039_346_656_037, fnv);
    let folded = hash ^ hash >> 36;
    let digits: String =
        (0..6).rev().map(|place| alphabet[usize::try_from(folded >> (6 * place) & 63).unwrap()]).collect();
    let before = nanos.parse::<i128>().unwrap() - 1;
    format!("{before}:{nanos}:AA{digits}")
}

/// An activity: its type, id, time (also in nanoseconds), originator, and what it has beside these.
fn activity(kind: &str, id: &str, time: &str, nanos: &str, originator: &str, rest: &Value) -> Value {
    let mut activity = json!({
        "type": kind,
        "id": id,
        "name": format!("{SESSION}/activities/{id}"),
        "createTime": time,
        "cursor": cursor(nanos, id),
        "originator": originator,
        "artifacts": [],
    });
    activity.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    activity
}

fn git_patch(patch: &str, message: &str) -> Value {
    json!({"unidiffPatch": patch, "baseCommitId": BASE, "suggestedCommitMessage": message})
}

fn plan() -> Value {
    let steps = [
        ("705a61fc8ec24a98abc9296a3956fb6b", "Setup the environment. I will install the dependencies to run the app."),
        (
            "bb5276efad354794a4527e9ad7c0cd42",
            "Modify `src/App.js`. I will replace the existing React boilerplate with a simple Boba-themed component. \
             This will include a title and a list of boba options.",
        ),
        (
            "377c9a1c91764dc794a618a06772e3d8",
            "Modify `src/App.css`. I will update the CSS to provide a fresh, modern look for the Boba app.",
        ),
        (
            "335802b585b449aeabb855c722cd9c40",
            "Frontend Verification. I will use the `frontend_verification_instructions` tool to get instructions on how \
             to write a Playwright script to verify the frontend application and generate a screenshot of the changes.",
        ),
        (
            "3e4cc97c7b2448668d1ac75b8c7b7d69",
            "Submit the changes. Once the app is looking good and verified, I will submit my work.",
        ),
    ];
    let steps = steps.iter().enumerate();
    let steps: Vec<_> = steps.map(|(index, (id, title))| json!({"id": id, "title": title, "index": index})).collect();
    json!({"id": "5103d604240042cd9f59a4cb2355643a", "steps": steps, "createTime": ""})
}

/// What is kept of an activity that is not known.
fn raw(id: &str, time: &str, rest: &Value) -> Value {
    let mut raw = json!({"id": id, "name": format!("{SESSION}/activities/{id}"), "createTime": time});
    raw.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    raw
}

fn first_half() -> Vec<Value> {
    vec![
        activity(
            "planGenerated",
            "02200cce44f746308651037e4a18caed",
            "2025-10-03T05:43:42.801654Z",
            "1759470222801654000",
            "agent",
            &json!({"plan": plan()}),
        ),
        activity(
            "planApproved",
            "2918fac8bc54450a9cbda423b7688413",
            "2025-10-03T05:43:44.954030Z",
            "1759470224954030000",
            "user",
            &json!({"planId": "5103d604240042cd9f59a4cb2355643a"}),
        ),
        activity(
            "progressUpdated",
            "5b3acd1b3ca2439f9cbaefaccf7f709a",
            "2025-10-03T05:44:16.700231Z",
            "1759470256700231000",
            "agent",
            &json!({
                "title": "Ran bash command",
                "description": "Command: \nnpm install\nOutput: added 1326 packages, and audited 1327 packages in \
                    25s\n\n268 packages are looking for fundingExit Code: 0",
                "artifacts": [{
                    "type": "bashOutput",
                    "command": "\nnpm install",
                    "output": "added 1326 packages, and audited 1327 packages in 25s\n\n268 packages are looking for \
                        funding",
                    "exitCode": 0,
                }],
            }),
        ),
        activity(
            "progressUpdated",
            "a76b35353eda42d09b1c37aedaa56047",
            "2025-10-03T05:47:49.628363Z",
            "1759470469628363000",
            "agent",
            &json!({
                "title": "Frontend verification",
                "description": "Agent provided UI verification.",
                "artifacts": [{
                    "type": "media",
                    "data": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
                    "mimeType": "image/png",
                }],
            }),
        ),
        activity(
            "agentMessaged",
            "6c1f0a1b2c3d4e5f60718293a4b5c6d7",
            "2025-10-03T05:47:50Z",
            "1759470470000000000",
            "agent",
            &json!({"message": "I've completed the unit tests. Would you like me to add integration tests as well?"}),
        ),
        activity(
            "userMessaged",
            "6c1f0a1b2c3d4e5f60718293a4b5c6d8",
            "2025-10-03T05:47:50.500Z",
            "1759470470500000000",
            "user",
            &json!({"message": "Please also add integration tests"}),
        ),
    ]
}

fn second_half() -> Vec<Value> {
    let future = json!({"futureArtifact": {"k": "v"}});
    vec![
        activity(
            "progressUpdated",
            "6c1f0a1b2c3d4e5f60718293a4b5c6d9",
            "2025-10-03T05:47:50.500123456Z",
            "1759470470500123456",
            "agent",
            &json!({"title": "", "description": ""}),
        ),
        activity(
            "progressUpdated",
            "6c1f0a1b2c3d4e5f60718293a4b5c6da",
            "2025-10-03T05:47:51.100Z",
            "1759470471100000000",
            "agent",
            &json!({
                "title": "Ran bash command",
                "description": "",
                "artifacts": [
                    {"type": "bashOutput", "command": "npm test", "output": "1 failing", "exitCode": 1},
                    {"type": "changeSet", "source": "sources/github/bobalover/boba", "gitPatch": git_patch("", "")},
                ],
            }),
        ),
        activity(
            "unknown",
            "6c1f0a1b2c3d4e5f60718293a4b5c6db",
            "2025-10-03T05:47:52Z",
            "1759470472000000000",
            "system",
            &json!({
                "description": "Session started",
                "raw": raw(
                    "6c1f0a1b2c3d4e5f60718293a4b5c6db",
                    "2025-10-03T05:47:52Z",
                    &json!({"originator": "system", "description": "Session started"}),
                ),
            }),
        ),
        activity(
            "unknown",
            "6c1f0a1b2c3d4e5f60718293a4b5c6dc",
            "2025-10-03T05:47:53.000001Z",
            "1759470473000001000",
            "agent",
            &json!({
                "artifacts": [{"type": "unknown", "raw": future}],
                "raw": raw(
                    "6c1f0a1b2c3d4e5f60718293a4b5c6dc",
                    "2025-10-03T05:47:53.000001Z",
                    &json!({"originator": "agent", "futureEvent": {"k": "v"}, "artifacts": [future]}),
                ),
            }),
        ),
        activity(
            "sessionCompleted",
            "022837dbc0e940eabcc1bc53608e15fc",
            "2025-10-03T05:48:35.523200Z",
            "1759470515523200000",
            "agent",
            &json!({"artifacts": [{
                "type": "changeSet",
                "source": "sources/github/bobalover/boba",
                "gitPatch": git_patch(PATCH, COMMIT_MESSAGE),
            }]}),
        ),
        activity(
            "sessionFailed",
            "6c1f0a1b2c3d4e5f60718293a4b5c6dd",
            "2025-10-03T06:10:00.120Z",
            "1759471800120000000",
            "agent",
            &json!({"reason": "Unable to install dependencies"}),
        ),
    ]
}

#[test]
fn the_activities_of_every_type_are_exactly_these() {
    let model = Kind::Activities.read(&load("activities-list-all-types"));
    let expected = [first_half(), second_half()].concat();
    let items = model["items"].as_array().unwrap();
    for (item, expected) in items.iter().zip(&expected) {
        assert_eq!(item, expected);
    }
    assert_eq!(model, json!({"items": expected, "nextPageToken": "1787346421522664000"}));
}

#[test]
fn the_completed_session_is_exactly_this() {
    let expected = json!({
        "name": SESSION,
        "id": "14550388554331055113",
        "prompt": "Create a boba app!",
        "title": "Boba App",
        "url": "https://jules.google.com/session/14550388554331055113",
        "state": "completed",
        "createTime": "2026-08-21T21:05:11.104512Z",
        "updateTime": "2026-08-21T21:48:35.523200Z",
        "archived": false,
        "sourceContext": {
            "source": "sources/github/bobalover/boba",
            "githubRepoContext": {"startingBranch": "main"},
            "environmentVariablesEnabled": false,
        },
        "outputs": [
            {
                "type": "pullRequest",
                "pullRequest": {
                    "url": "https://github.com/bobalover/boba/pull/35",
                    "title": "Create a boba app",
                    "description": "This change adds the initial implementation of a boba app.",
                    "baseRef": "main",
                    "headRef": "jules-14550388554331055113-1a2b3c4d",
                },
            },
            {
                "type": "changeSet",
                "changeSet": {
                    "source": "sources/github/bobalover/boba",
                    "gitPatch": git_patch(PATCH, COMMIT_MESSAGE),
                },
            },
        ],
    });
    assert_eq!(Kind::Session.read(&load("session-completed-with-pr-and-changeset")), expected);
}
