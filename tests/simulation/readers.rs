//! Reading activities: by streams with interruptions, and by occasional calls of `info()`.

use crate::callers::Caller;
use crate::host::SimulatedHost;
use crate::records::{Complete, Reading};
use crate::session_life::{SessionLife, TRIES};
use jules_wasm::client::{ActivityStream, Client, StreamOptions};
use jules_wasm::core::cursor::Cursor;
use jules_wasm::core::error::ErrorKind;

impl Caller {
    /// Reads new activities occasionally, from any client of the account.
    pub async fn read_info(&self, life: &SessionLife) {
        let mut reading = Reading { call: 0, session: life.id.clone(), rounds: Vec::new(), complete: None };
        let mut cursor = None;
        for _ in 0..self.random.between(1, 4) {
            self.rest(0, self.random.of(&[10_000, 10_000, 90_000])).await;
            let begun = self.world.now();
            let client = self.any_client();
            let after = cursor.as_deref().map(|cursor| Cursor::parse(cursor).unwrap());
            let info = async |client: Client<SimulatedHost>| client.info(&life.id, Some(after)).await;
            let (call, result) = self.call(client, "info", self.within(20_000), info).await;
            let Ok(info) = result else { continue };
            if info.session.id != life.id {
                self.world.violates("info is of the session that was asked for", format!("call {call}"));
            }
            cursor = info.cursor.or(cursor);
            reading.call = call;
            reading.rounds.push(info.activities.into_iter().map(|activity| activity.id).collect());
            let lag_ms = self.world.server.borrow().odd.activities_lag_ms;
            reading.complete =
                Some(Complete { happened: begun.plus_millis(-lag_ms), listed: begun, is_continuous: true });
        }
        self.world.records.borrow_mut().readings.push(reading);
    }

    /// Reads a stream to its end, with interruptions after which it continues by the cursor, possibly in another client.
    pub async fn stream(&self, life: &SessionLife, waits: bool) {
        let mut reading = Reading { call: 0, session: life.id.clone(), rounds: Vec::new(), complete: None };
        let mut cursor = String::new();
        let mut last_look_ms = i64::MIN;
        let mut failures = 0;
        let lag_ms = self.world.server.borrow().odd.activities_lag_ms;
        'resumed: while failures < 2 * TRIES {
            let client = self.any_client();
            let options = StreamOptions { after: Cursor::parse(&cursor), ..StreamOptions::default() };
            let mut stream = ActivityStream::new(self.processes.client(client), &life.id, options);
            let opened_ms = self.world.now_ms();
            let is_resumed = !cursor.is_empty();
            let mut looks = 0;
            let mut left =
                if self.random.percent(50) { usize::MAX } else { usize::try_from(self.random.between(1, 6)).unwrap() };
            loop {
                let mut within = self.within(20_000);
                if waits {
                    within.timeout_ms = Some(self.random.between(5_000, 60_000));
                }
                let watches = Some((life.id.as_str(), opened_ms));
                let next = async |_| stream.next().await;
                let (call, next) = self.call_watching(client, "stream next", within, watches, next).await;
                reading.call = call;
                let looked = stream.polled_at_ms().map(|local| self.processes.client(client).host().world_ms(local));
                let look_ms = looked.unwrap_or(i64::MIN);
                looks += usize::from(look_ms > last_look_ms);
                last_look_ms = last_look_ms.max(look_ms);
                match next {
                    Ok(Some(activities)) => {
                        failures = 0;
                        reading.rounds.push(Vec::new());
                        let round = reading.rounds.last_mut().unwrap();
                        for activity in activities {
                            cursor = activity.cursor();
                            round.push(activity.id);
                            left -= 1;
                            if left == 0 {
                                continue 'resumed;
                            }
                        }
                    }
                    Ok(None) => {
                        let looked = self.world.start().plus_millis(last_look_ms);
                        // A stream that starts after the end of the session depends on what is listed then.
                        let happened = if looks > 1 { looked } else { looked.plus_millis(-lag_ms) };
                        reading.complete = Some(Complete { happened, listed: looked, is_continuous: !is_resumed });
                        break 'resumed;
                    }
                    Err(_) if life.given_up.get() => break 'resumed,
                    Err(error) => {
                        failures += 1;
                        if error.kind == ErrorKind::Abort {
                            continue 'resumed;
                        }
                        if failures >= 2 * TRIES {
                            break 'resumed;
                        }
                    }
                }
            }
        }
        self.world.records.borrow_mut().readings.push(reading);
    }
}
