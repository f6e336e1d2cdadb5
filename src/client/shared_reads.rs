//! Lists shared by all operations that are reconciled at the same time.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture, Shared, WeakShared};

use super::Client;
use super::call_context::CallContext;
use crate::core::error::Error;
use crate::host::Host;

/// A read with the context of its requests, which belong to no single call.
pub(crate) struct Reading<T> {
    pub(crate) context: Rc<CallContext>,
    pub(crate) work: Work<T>,
}

type Work<T> = LocalBoxFuture<'static, Result<Rc<T>, Error>>;

/// Lists that are read once for several callers, by key. A read that no caller awaits is dropped.
pub(crate) struct SharedReads<T>(RefCell<Vec<Reads<T>>>);

struct Reads<T> {
    key: String,
    under_way: Option<UnderWay<T>>,
    /// The last successful read, with the time at which it was started.
    latest: Option<(i64, Rc<T>)>,
}

struct UnderWay<T> {
    begun_at: i64,
    context: Rc<CallContext>,
    work: WeakShared<Work<T>>,
}

/// Milliseconds for which a list is kept for callers that do not need a newer one.
const KEPT_MS: i64 = 60_000;

impl<T: 'static> SharedReads<T> {
    /// The result of a read of `key` that was started at `time` or later, for the call of this client: an existing one, or `new`,
    /// which starts at `time`.
    pub(crate) async fn since<H: Host>(
        &self,
        key: &str,
        time: i64,
        client: &Client<H>,
        new: Reading<T>,
    ) -> Result<Rc<T>, Error> {
        // Also with 0 ms: a caller that is aborted after the previous response must not send another request.
        client.sleep(u64::try_from(time - client.poller_now()).unwrap_or(0)).await;
        if let Some(latest) = self.latest(key, time) {
            return Ok(latest);
        }
        let (begun_at, context, work) = self.under_way(key, time).unwrap_or_else(|| {
            let work = new.work.shared();
            let now = client.poller_now();
            self.begin(key, now, &new.context, &work);
            (now, new.context, work)
        });
        client.call_context().awaits(Some(context));
        let result = work.await;
        client.call_context().awaits(None);
        let result = result?;
        self.keep(key, begun_at, &result);
        Ok(result)
    }

    fn latest(&self, key: &str, time: i64) -> Option<Rc<T>> {
        let reads = self.0.borrow();
        let (begun_at, latest) = of(&reads, key)?.latest.as_ref()?;
        (*begun_at >= time).then(|| Rc::clone(latest))
    }

    fn under_way(&self, key: &str, time: i64) -> Option<(i64, Rc<CallContext>, Shared<Work<T>>)> {
        let reads = self.0.borrow();
        let UnderWay { begun_at, context, work } = of(&reads, key)?.under_way.as_ref()?;
        Some((*begun_at, Rc::clone(context), work.upgrade().filter(|_| *begun_at >= time)?))
    }

    fn begin(&self, key: &str, now: i64, context: &Rc<CallContext>, work: &Shared<Work<T>>) {
        let mut all = self.0.borrow_mut();
        all.retain_mut(|reads| {
            reads.latest.take_if(|(begun_at, _)| now - *begun_at > KEPT_MS);
            reads.latest.is_some()
                || reads.under_way.as_ref().is_some_and(|under_way| under_way.work.upgrade().is_some())
        });
        let context = Rc::clone(context);
        let under_way = work.downgrade().map(|work| UnderWay { begun_at: now, context, work });
        match all.iter_mut().find(|reads| reads.key == key) {
            Some(reads) => reads.under_way = under_way,
            None => all.push(Reads { key: key.to_owned(), under_way, latest: None }),
        }
    }

    fn keep(&self, key: &str, begun_at: i64, result: &Rc<T>) {
        if let Some(reads) = self.0.borrow_mut().iter_mut().find(|reads| reads.key == key) {
            if reads.latest.as_ref().is_none_or(|(known, _)| *known < begun_at) {
                reads.latest = Some((begun_at, Rc::clone(result)));
            }
        }
    }
}

impl<T> Default for SharedReads<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

fn of<'a, T>(reads: &'a [Reads<T>], key: &str) -> Option<&'a Reads<T>> {
    reads.iter().find(|reads| reads.key == key)
}

impl<T> fmt::Debug for SharedReads<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SharedReads")
    }
}
