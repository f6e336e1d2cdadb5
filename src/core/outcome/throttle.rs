//! The retry budget: an outage under many callers must not become a storm of retries.

use std::cell::Cell;

/// How much a first attempt adds and a retry costs, in hundredths of a retry.
const DEPOSIT: u32 = 5;
const PRICE: u32 = 100;
/// The initial and the largest budget.
const START: u32 = 500;
const MOST: u32 = 1000;

/// The retry budget shared by all calls of one client. One call at a time retries without cost: the probe. The others spend the
/// budget and wait while it is empty. Each success adds one retry, so that all calls continue as soon as the service is
/// available. In an outage this adds at most a tenth of the requests, plus those of the probe.
#[derive(Debug)]
pub struct RetryBudget {
    hundredths: Cell<u32>,
    has_probe: Cell<bool>,
}

/// A failed call that will be retried.
#[derive(Debug)]
pub struct Retrying<'a> {
    budget: &'a RetryBudget,
    is_probe: Cell<bool>,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self { hundredths: Cell::new(START), has_probe: Cell::new(false) }
    }
}

impl RetryBudget {
    fn add(&self, hundredths: u32) {
        self.hundredths.set((self.hundredths.get() + hundredths).min(MOST));
    }

    /// A call makes its first attempt.
    pub fn first_attempt(&self) {
        self.add(DEPOSIT);
    }

    /// A request has succeeded.
    pub fn success(&self) {
        self.add(PRICE);
    }

    /// A call has failed and will be retried until the guard is dropped.
    pub fn retrying(&self) -> Retrying<'_> {
        Retrying { budget: self, is_probe: Cell::new(false) }
    }
}

impl Retrying<'_> {
    /// The next retry of the call is far away: if it is the probe, another call becomes the probe.
    pub fn give_up_probe(&self) {
        if self.is_probe.replace(false) {
            self.budget.has_probe.set(false);
        }
    }

    /// Whether the request may be sent now. If so, spends the budget.
    pub fn may_try(&self) -> bool {
        if self.is_probe.get() || !self.budget.has_probe.replace(true) {
            self.is_probe.set(true);
            return true;
        }
        match self.budget.hundredths.get().checked_sub(PRICE) {
            Some(left) => {
                self.budget.hundredths.set(left);
                true
            }
            None => false,
        }
    }
}

impl Drop for Retrying<'_> {
    fn drop(&mut self) {
        self.give_up_probe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_callers_in_an_outage_add_at_most_a_tenth_and_the_probe() {
        let budget = RetryBudget::default();
        (0..100).for_each(|_| budget.first_attempt());
        let callers: Vec<_> = (0..100).map(|_| budget.retrying()).collect();
        let tries = |callers: &[Retrying<'_>]| callers.iter().filter(|caller| caller.may_try()).count();
        assert_eq!([tries(&callers), tries(&callers), tries(&callers)], [1 + 10, 1, 1], "the probe and a tenth");
    }

    #[test]
    fn each_success_pays_for_one_retry() {
        let budget = RetryBudget::default();
        let probe = budget.retrying();
        assert!(probe.may_try());
        let other = budget.retrying();
        while other.may_try() {}
        budget.success();
        assert!(other.may_try() && !other.may_try());
        probe.give_up_probe();
        assert!(other.may_try() && other.may_try(), "another call becomes the probe");
        assert!(!probe.may_try(), "and stays the probe");
        drop(other);
        assert!(probe.may_try() && probe.may_try());
    }

    #[test]
    fn a_single_call_retries_without_paying() {
        let budget = RetryBudget::default();
        let alone = budget.retrying();
        assert!((0..1000).all(|_| alone.may_try()));
        drop(alone);
        assert!((0..1000).all(|_| budget.retrying().may_try()));
    }
}
