//! Interruptions that end the call whose step is running, for failures that timers and requests cannot report themselves.

use std::cell::RefCell;

use wasm_bindgen::JsValue;

/// Why a call cannot continue.
pub(super) enum Interruption {
    /// The runtime refused to set a timer, with this message.
    NoTimer(String),
    /// `fetch` rejected with this error, which is not a network failure but belongs to a framework: Next.js signals with it that a
    /// page cannot be prerendered, and needs it back unchanged.
    OfFramework(JsValue),
}

thread_local! {
    static INTERRUPTION: RefCell<Option<Interruption>> = const { RefCell::new(None) };
}

impl Interruption {
    /// Ends the call whose step is running.
    pub(super) fn note(self) {
        INTERRUPTION.with_borrow_mut(|place| *place = Some(self));
    }

    /// Removes and returns the interruption of the last step.
    pub(super) fn take() -> Option<Self> {
        INTERRUPTION.take()
    }

    /// Whether the running step is the last of its call.
    pub(super) fn is_noted() -> bool {
        INTERRUPTION.with_borrow(Option::is_some)
    }
}
