//! Batches with a journal.

use crate::support::{Caller, Delivery, Disk, SimHost};
use futures::future::LocalBoxFuture;
use jules_wasm::client::batch::{JournalledOptions, Settled};
use jules_wasm::client::{Client, Pilot, Piloted};
use jules_wasm::core::batch::Status;
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::pilot::{Decision, Occasion, PilotOptions};
use jules_wasm::core::wait::Waited;
use serde_json::{Value, json};
use std::cell::RefCell;

pub fn keys(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("item-{number}")).collect()
}

pub fn options() -> JournalledOptions {
    JournalledOptions { concurrency: 4, ..JournalledOptions::default() }
}

/// Runs the batch in a new process.
pub fn run(caller: &Caller, count: usize, options: &JournalledOptions) -> Result<Vec<Settled>, Error> {
    let client = caller.sim.client();
    let batch = keys(count);
    caller.settled.borrow_mut().clear();
    let ended = caller.sim.run(client.journalled_batch(&batch, caller.disk.stored(&batch), options, caller));
    ended.map(|()| caller.settled())
}

/// All sessions of the service with their titles, oldest first.
pub fn sessions(sim: &SimHost) -> Vec<(String, String)> {
    let client: Client<SimHost> = sim.client();
    let request = jules_wasm::client::PageRequest {
        page_size: Some(100),
        filter: Some("archived = true OR archived = false".to_owned()),
        ..Default::default()
    };
    let page = sim.run(client.sessions(&request)).unwrap();
    assert!(page.next_page_token.is_none());
    page.items.iter().rev().map(|session| (session.id.clone(), session.title())).collect()
}

fn statuses(settled: &[Settled]) -> Vec<(usize, Status)> {
    let mut all: Vec<_> = settled.iter().map(|item| (item.index, item.status)).collect();
    all.sort_by_key(|(index, _)| *index);
    all
}

#[test]
fn each_item_gets_a_session_with_a_title_of_its_key_and_is_settled_when_that_has_ended() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let caller = Caller::new(&sim, &disk);
    let settled = run(&caller, 6, &options()).unwrap();
    assert_eq!(statuses(&settled), (0..6).map(|index| (index, Status::Completed)).collect::<Vec<_>>());
    let titles: Vec<_> = sessions(&sim).into_iter().map(|(_, title)| title).collect();
    assert!(titles.len() == 6 && titles.iter().enumerate().all(|(n, title)| title.starts_with(&format!("item-{n} ["))));
    let (_, last, usage) = *caller.progress.borrow().last().unwrap();
    assert_eq!((last.total, last.completed, last.open(), usage), (6, 6, 0, None));
}

#[test]
fn a_batch_that_has_ended_creates_nothing_when_it_is_run_again_and_settles_each_item() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let first = run(&Caller::new(&sim, &disk), 3, &options()).unwrap();
    sim.forget_requests();
    let caller = Caller {
        configure: Box::new(|_| panic!("an item that was created is not configured")),
        ..Caller::new(&sim, &disk)
    };
    let again = run(&caller, 3, &options()).unwrap();
    assert_eq!(again.len(), 3);
    assert!(again.iter().all(|item| first.contains(item)));
    assert_eq!(sim.calls(), [""; 0]);
}

#[test]
fn further_items_are_created_in_a_later_run() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    run(&Caller::new(&sim, &disk), 2, &options()).unwrap();
    assert_eq!(run(&Caller::new(&sim, &disk), 5, &options()).unwrap().len(), 5);
    assert_eq!((sim.count("POST", "/sessions"), sessions(&sim).len()), (5, 5));
}

#[test]
fn max_running_limits_the_sessions_that_run() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let caller = Caller::new(&sim, &disk);
    run(&caller, 10, &JournalledOptions { max_running: Some(3), ..options() }).unwrap();
    let most = caller.progress.borrow().iter().map(|(_, counts, _)| counts.creating + counts.running).max();
    assert_eq!((most, sessions(&sim).len()), (Some(3), 10));
}

#[test]
fn concurrency_limits_the_creates() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let caller = Caller::new(&sim, &disk);
    run(&caller, 10, &JournalledOptions { concurrency: 2, ..options() }).unwrap();
    assert_eq!(caller.progress.borrow().iter().map(|(_, counts, _)| counts.creating).max(), Some(2));
}

#[test]
fn an_item_without_a_configuration_creates_nothing_and_the_others_run() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let configure = |index| (index != 1).then(|| json!({"prompt": format!("Task {index}")}));
    let caller = Caller { configure: Box::new(configure), ..Caller::new(&sim, &disk) };
    let settled = run(&caller, 3, &options()).unwrap();
    assert_eq!(statuses(&settled), [(0, Status::Completed), (1, Status::NotCreated), (2, Status::Completed)]);
    assert_eq!((sessions(&sim).len(), disk.record("item-1")), (2, Value::Null));
}

#[test]
fn a_full_disk_ends_the_batch_before_the_create() {
    for room in 0..8 {
        let (sim, disk) = (SimHost::new(), Disk::default());
        let caller = Caller::new(&sim, &disk);
        caller.room.set(room);
        let error = run(&caller, 3, &options()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Journal);
        // Each session has at least the record of its begin.
        let created = sim.count("POST", "/sessions");
        let begun = keys(3).iter().filter(|key| !disk.record(key).is_null()).count();
        assert!(created <= begun, "{room}");
        run(&Caller::new(&sim, &disk), 3, &options()).unwrap();
        assert_eq!(sessions(&sim).len(), 3, "{room}");
    }
}

#[test]
fn a_journal_of_another_version_ends_the_batch_before_any_request() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    disk.write("item-0", r#"{"v":"2","batch":"abcdef","is":"begun"}"#);
    let error = run(&Caller::new(&sim, &disk), 3, &options()).unwrap_err();
    assert_eq!((error.kind, sim.calls().len()), (ErrorKind::Journal, 0));
}

#[test]
fn a_corrupt_record_costs_a_search_and_no_session() {
    for was_created in [true, false] {
        let (sim, disk) = (SimHost::new(), Disk::default());
        run(&Caller::new(&sim, &disk), if was_created { 3 } else { 2 }, &options()).unwrap();
        disk.write("item-2", "{\"v\":\"1\",\"bat");
        let settled = run(&Caller::new(&sim, &disk), 3, &options()).unwrap();
        assert_eq!(statuses(&settled), (0..3).map(|index| (index, Status::Completed)).collect::<Vec<_>>());
        assert_eq!(sessions(&sim).len(), 3, "{was_created}");
        assert!(sim.log_lines().iter().any(|(_, line)| line.contains("item-2")));
    }
}

#[test]
fn records_lost_without_a_trace_are_searched_for() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    run(&Caller::new(&sim, &disk), 3, &options()).unwrap();
    disk.remove("item-1");
    let caller = Caller::new(&sim, &disk);
    let stored = jules_wasm::store::Stored { is_damaged: true, ..disk.stored(&keys(3)) };
    sim.run(sim.client().journalled_batch(&keys(3), stored, &options(), &caller)).unwrap();
    assert_eq!((caller.settled().len(), sessions(&sim).len()), (3, 3));
}

#[test]
fn a_wrong_key_ends_the_batch_with_one_request() {
    let sim = SimHost::with_emulator(&json!({"apiKey": "another"}));
    let error = run(&Caller::new(&sim, &Disk::default()), 100, &options()).unwrap_err();
    assert_eq!((error.kind, sim.calls().len()), (ErrorKind::Authentication, 1));
}

#[test]
fn an_undecided_create_is_never_repeated_and_is_adopted_when_it_is_found() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    // No response, and nothing in the lists: the service may still be at work.
    sim.script(|arrival| {
        if arrival.request.method.as_str() == "POST" {
            Delivery { reaches_the_service: false, ..Delivery::reset() }
        } else {
            Delivery::served()
        }
    });
    let settled = run(&Caller::new(&sim, &disk), 1, &options()).unwrap();
    assert_eq!(
        (settled[0].status, settled[0].error.as_ref().unwrap().kind),
        (Status::Unknown, ErrorKind::UnknownOutcome)
    );
    sim.script(|_| Delivery::served());
    for _ in 0..2 {
        let settled = run(&Caller::new(&sim, &disk), 1, &options()).unwrap();
        assert_eq!((settled[0].status, sim.count("POST", "/sessions")), (Status::Unknown, 1));
    }
    let title = disk.record("item-0")["title"].as_str().unwrap().to_owned();
    let late = crate::support::run_request(&json!({"prompt": "Fix the login bug", "title": title}));
    let session = sim.run(sim.client().create(&late)).unwrap();
    let settled = run(&Caller::new(&sim, &disk), 1, &options()).unwrap();
    assert_eq!((settled[0].status, settled[0].session.as_deref()), (Status::Completed, Some(session.id.as_str())));
}

#[test]
fn a_session_that_was_deleted_is_settled_as_one_whose_wait_has_failed() {
    let (sim, disk) = (SimHost::with_emulator(&json!({"stepMs": 3_600_000})), Disk::default());
    disk.write("item-0", r#"{"v":"1","batch":"abcdef","is":"created","id":"123"}"#);
    let settled = run(&Caller::new(&sim, &disk), 1, &options()).unwrap();
    assert_eq!((settled[0].status, settled[0].error.as_ref().unwrap().status), (Status::WaitFailed, Some(404)));
}

#[test]
fn a_thousand_items_are_settled_within_a_limit_of_running_sessions() {
    let (sim, disk) = (SimHost::with_emulator(&json!({"stepMs": 100})), Disk::default());
    let configure = |index| Some(json!({"prompt": format!("Task {index}")}));
    let caller = Caller { configure: Box::new(configure), ..Caller::new(&sim, &disk) };
    let options = JournalledOptions { concurrency: 50, max_running: Some(100), ..options() };
    let settled = run(&caller, 1_000, &options).unwrap();
    assert_eq!(settled.iter().filter(|item| item.status == Status::Completed).count(), 1_000);
    assert_eq!(sim.count("POST", "/sessions"), 1_000);
}

/// Approves all plans, and fails for one session.
struct Approver {
    failing: RefCell<Option<String>>,
}

impl Pilot<Value> for Approver {
    fn decide<'a>(&'a self, _: Occasion, waited: &Waited<Value>) -> LocalBoxFuture<'a, Result<Decision, Error>> {
        let id = waited.session.id.clone();
        let mut failing = self.failing.borrow_mut();
        let is_failing = *failing.get_or_insert_with(|| id.clone()) == id;
        Box::pin(async move {
            if is_failing { Err(Error::new(ErrorKind::Autopilot, "onPlan has thrown.")) } else { Ok(Decision::Approve) }
        })
    }
}

#[test]
fn an_auto_pilot_answers_for_all_sessions_and_its_error_concerns_one_item_alone() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let configure = |_| Some(json!({"prompt": "Fix the login bug", "requireApproval": true}));
    let caller = Caller { configure: Box::new(configure), ..Caller::new(&sim, &disk) };
    let pilot = Approver { failing: RefCell::default() };
    let mut requests = 0;
    for expected in [3, 0] {
        let piloted_options = PilotOptions { max_replies: 5, answers_stalls: false, stall_ms: None };
        let piloted = Piloted { pilot: &pilot, options: piloted_options };
        let (client, keys, options) = (sim.client(), keys(4), options());
        caller.settled.borrow_mut().clear();
        let stored = disk.stored(&keys);
        sim.run(client.journalled_batch_with_pilot(&keys, stored, &options, &caller, Some(&piloted))).unwrap();
        let failed: Vec<_> = caller
            .settled()
            .into_iter()
            .filter(|item| item.status == Status::WaitFailed)
            .map(|item| item.error)
            .collect();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].as_ref().unwrap().kind, ErrorKind::Autopilot);
        assert_eq!(sim.count("POST", ":approvePlan") - requests, expected);
        requests = sim.count("POST", ":approvePlan");
    }
    // It is waited for again in a later run.
    *pilot.failing.borrow_mut() = Some(String::new());
    let (client, keys, options) = (sim.client(), keys(4), options());
    let piloted =
        Piloted { pilot: &pilot, options: PilotOptions { max_replies: 0, answers_stalls: false, stall_ms: None } };
    caller.settled.borrow_mut().clear();
    let stored = disk.stored(&keys);
    sim.run(client.journalled_batch_with_pilot(&keys, stored, &options, &caller, Some(&piloted))).unwrap();
    assert_eq!(statuses(&caller.settled()), (0..4).map(|index| (index, Status::Completed)).collect::<Vec<_>>());
}
