//! The feed of all sessions: read in steps that are interrupted, and continued after cursors by other processes.

use std::future::Future;

use crate::callers::Caller;
use crate::calling::{CallBounds, Moment};
use crate::dates::DateHeader;
use crate::host::SimulatedHost;
use crate::records::Watched;
use futures::future::join;
use jules_wasm::client::{Client, SessionFeed, WatchOptions};
use jules_wasm::core::error::ErrorKind;
use jules_wasm::core::feed::Feed;

/// After this time no session changes any more that is not waited for.
const SETTLED_MS: u64 = 600_000;

/// The reader of a feed.
struct Reader {
    watched: Watched,
    cursor: Option<String>,
}

impl Caller {
    /// Reads the feed now and then while the others work, and to its present end afterwards.
    pub async fn feed<T>(&self, others: impl Future<Output = T>) -> T {
        let mut reader = Reader { watched: Watched { events: Vec::new(), since: None }, cursor: None };
        let dates = DateHeader::random(&self.random);
        let read = async {
            for _ in 0..self.random.between(1, 6) {
                self.rest(0, self.random.of(&[1, 20_000, 60_000])).await;
                let longest_ms = self.random.between(1, 90_000);
                self.watch(&mut reader, dates, longest_ms, true).await;
            }
        };
        let (result, ()) = join(others, read).await;
        let calm_ms = self.world.faults.calm_from_ms() - self.world.now_ms();
        self.world.time.sleep(u64::try_from(calm_ms).unwrap_or(0) + SETTLED_MS).await;
        let longest_ms = self.time_to_read_all();
        self.watch(&mut reader, dates, longest_ms, false).await;
        self.world.records.borrow_mut().watched.push(reader.watched);
        result
    }

    /// Long enough to read one page in an interval, with empty ones, from the first to the last, twice.
    fn time_to_read_all(&self) -> u64 {
        let now = self.world.now();
        let mut server = self.world.server.borrow_mut();
        let pages = server.sessions(now).len().div_ceil(server.odd.largest_page) as u64 * 2 + 10;
        let config = &self.processes.client(self.me);
        2 * pages * (config.options().config.polling_interval_ms + 2_000)
    }

    /// Reads the feed for this time, from the cursor on.
    async fn watch(&self, reader: &mut Reader, dates: DateHeader, longest_ms: u64, is_interrupted: bool) {
        let random = &self.random;
        let client = self.processes.restart(random, dates);
        let after = reader.cursor.as_deref().map_or(Feed::default(), |cursor| Feed::parse(cursor).unwrap());
        let options = WatchOptions { after, ..WatchOptions::default() };
        let mut feed = SessionFeed::new(self.processes.client(client), options);
        let end_ms = self.world.now_ms() + i64::try_from(longest_ms).unwrap();
        loop {
            let left_ms = u64::try_from(end_ms - self.world.now_ms()).unwrap_or(0);
            let timeout_ms = if is_interrupted { left_ms.min(random.between(0, 30_000)) } else { left_ms };
            let mut within = CallBounds { timeout_ms: Some(timeout_ms), ..CallBounds::default() };
            if is_interrupted && random.percent(30) {
                within.abort = Some(Moment::around_request(random, 6));
            }
            let next = async |_: Client<SimulatedHost>| feed.next().await;
            let (call, next) = self.call(client, "feed next", within, next).await;
            match next {
                Ok(events) => {
                    if events.is_empty() {
                        self.world.violates("a step of a feed returns at least one change", format!("call {call}"));
                    }
                    let is_cut = is_interrupted && random.percent(30);
                    let all = events.len() as u64;
                    let count = if is_cut { random.between(0, all) } else { all };
                    for event in events.into_iter().take(usize::try_from(count).unwrap()) {
                        self.world
                            .note(|| format!("{:?} {} {:?}", event.change, event.session.id, event.session.state));
                        reader.cursor = Some(event.cursor);
                        reader.watched.since.get_or_insert(self.world.now());
                        reader.watched.events.push((event.session.id, event.change, event.session.state));
                    }
                    if is_cut {
                        return;
                    }
                }
                Err(error) if left_ms == 0 => {
                    if !is_interrupted && error.kind != ErrorKind::Timeout {
                        self.world.violates("a feed continues without faults", format!("call {call}: {error}"));
                    }
                    return;
                }
                Err(_) => self.rest(1, 1_000).await,
            }
        }
    }
}
