//! How many requests may be sent again while the service is in trouble: an outage under many callers must not become a
//! storm of repetitions.

use std::cell::Cell;

/// What a first attempt pays in, and what it costs to send one again, in hundredths.
const DEPOSIT: u32 = 5;
const PRICE: u32 = 100;
/// What there is at the beginning, and at most.
const START: u32 = 500;
const MOST: u32 = 1000;

/// The repetitions that all calls of one client share. One call at a time repeats for nothing: it is the probe. The
/// others pay, and wait on while there is nothing to pay with; each success pays for one of them, so that all go on as
/// soon as the service does. Under an outage this adds at most a tenth to a hundred requests, and the probe's own.
#[derive(Debug)]
pub struct RetryBudget {
    hundredths: Cell<u32>,
    has_probe: Cell<bool>,
}

/// A call that has failed and wants to try again.
#[derive(Debug)]
pub struct Repeating<'a> {
    budget: &'a RetryBudget,
    is_probe: Cell<bool>,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self { hundredths: Cell::new(START), has_probe: Cell::new(false) }
    }
}

impl RetryBudget {
    fn pay_in(&self, hundredths: u32) {
        self.hundredths.set((self.hundredths.get() + hundredths).min(MOST));
    }

    /// A call makes its first attempt.
    pub fn first_attempt(&self) {
        self.pay_in(DEPOSIT);
    }

    /// A request was answered well.
    pub fn success(&self) {
        self.pay_in(PRICE);
    }

    /// A call has failed and wants to try again, until what this gives is dropped.
    pub fn repeating(&self) -> Repeating<'_> {
        Repeating { budget: self, is_probe: Cell::new(false) }
    }
}

impl Repeating<'_> {
    /// It will not try for long: should it be the probe, another takes its place.
    pub fn rest(&self) {
        if self.is_probe.replace(false) {
            self.budget.has_probe.set(false);
        }
    }

    /// Whether it may try now; what it costs is paid then.
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

impl Drop for Repeating<'_> {
    fn drop(&mut self) {
        self.rest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_callers_in_an_outage_add_at_most_a_tenth_and_the_probe() {
        let budget = RetryBudget::default();
        (0..100).for_each(|_| budget.first_attempt());
        let callers: Vec<_> = (0..100).map(|_| budget.repeating()).collect();
        let tries = |callers: &[Repeating<'_>]| callers.iter().filter(|caller| caller.may_try()).count();
        assert_eq!([tries(&callers), tries(&callers), tries(&callers)], [1 + 10, 1, 1], "the probe, and the tenth");
    }

    #[test]
    fn each_success_lets_one_go_on() {
        let budget = RetryBudget::default();
        let probe = budget.repeating();
        assert!(probe.may_try());
        let other = budget.repeating();
        while other.may_try() {}
        budget.success();
        assert!(other.may_try() && !other.may_try());
        probe.rest();
        assert!(other.may_try() && other.may_try(), "the probe's place is taken over");
        assert!(!probe.may_try(), "and is not given back");
        drop(other);
        assert!(probe.may_try() && probe.may_try());
    }

    #[test]
    fn who_is_alone_need_not_pay() {
        let budget = RetryBudget::default();
        let alone = budget.repeating();
        assert!((0..1000).all(|_| alone.may_try()));
        drop(alone);
        assert!((0..1000).all(|_| budget.repeating().may_try()));
    }
}
