//! The retry budget: an outage under many callers must not become a storm of retries.

use std::cell::Cell;

/// What a first attempt adds, and what a retry costs, in hundredths of a retry.
const DEPOSIT: u32 = 5;
const PRICE: u32 = 100;
/// The budget at the beginning, and at most.
const START: u32 = 500;
const MOST: u32 = 1000;

/// The retries that all calls of one client share. One call at a time retries without paying: the probe. The others pay, and
/// wait while the budget is empty; each success pays for one retry, so that all go on as soon as the service does. In an
/// outage this adds at most a tenth to a hundred requests, and the probe's own.
#[derive(Debug)]
pub struct RetryBudget {
    hundredths: Cell<u32>,
    has_probe: Cell<bool>,
}

/// A call that has failed and is to be retried.
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

    /// A call has failed and is to be retried, until the guard is dropped.
    pub fn retrying(&self) -> Retrying<'_> {
        Retrying { budget: self, is_probe: Cell::new(false) }
    }
}

impl Retrying<'_> {
    /// The call will not be retried for long: if it is the probe, another takes its place.
    pub fn give_up_probe(&self) {
        if self.is_probe.replace(false) {
            self.budget.has_probe.set(false);
        }
    }

    /// Whether it may be sent now; pays for it.
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
        assert!(!probe.may_try(), "and stays it");
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
