//! What ends the call whose step is under way, where neither a timer nor a request can say so by itself.

use std::cell::RefCell;

use wasm_bindgen::JsValue;

/// Why a call cannot go on.
pub(super) enum Interruption {
    /// The runtime has refused to set a timer, with these words.
    NoTimer(String),
    /// `fetch` rejected with this error, which is no failure of the network but a framework's own: Next.js notes by it that a
    /// page cannot be rendered ahead, and needs it back as it is.
    OfFramework(JsValue),
}

thread_local! {
    static INTERRUPTION: RefCell<Option<Interruption>> = const { RefCell::new(None) };
}

impl Interruption {
    /// Ends the call whose step is under way.
    pub(super) fn note(self) {
        INTERRUPTION.with_borrow_mut(|place| *place = Some(self));
    }

    /// What the last step has met.
    pub(super) fn take() -> Option<Self> {
        INTERRUPTION.take()
    }

    /// Whether the step under way is the last of its call.
    pub(super) fn is_noted() -> bool {
        INTERRUPTION.with_borrow(Option::is_some)
    }
}
