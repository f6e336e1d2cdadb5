//! The list of sessions, read as far as it proves which ones exist.

use super::Client;
use super::lists::PageRequest;
use crate::core::error::Error;
use crate::core::json_view::JsonView;
use crate::core::session::Session;
use crate::host::Host;

/// The newest sessions in a list.
pub(crate) struct Newest<J> {
    pub(super) sessions: Vec<Session<J>>,
    /// The error that ended the list early, if any.
    pub(super) failed: Option<Error>,
}

impl<H: Host> Client<H> {
    /// Lists the sessions page by page, until those read so far are enough. They can only be enough while the list is newest
    /// first, which others have measured and nobody documents: in any other order the newest may be on the last page.
    pub(super) async fn newest_sessions(
        &self,
        mut request: PageRequest,
        are_enough: impl Fn(&[Session<H::Json>]) -> bool,
    ) -> Newest<H::Json> {
        let mut sessions = Vec::new();
        loop {
            let mut page = match self.sessions(&request).await {
                Ok(page) => page,
                Err(error) => return Newest { sessions, failed: Some(error) },
            };
            sessions.append(&mut page.items);
            if is_newest_first(&sessions) && are_enough(&sessions) {
                return Newest { sessions, failed: None };
            }
            match request.next(&page) {
                Some(next) => request = next,
                None => return Newest { sessions, failed: None },
            }
        }
    }
}

fn is_newest_first<J: JsonView>(sessions: &[Session<J>]) -> bool {
    sessions.iter().filter_map(Session::create_time).is_sorted_by(|newer, older| newer >= older)
}
