//! Lists: sessions, sources, activities, page by page.

use futures_util::future::LocalBoxFuture;
use serde::Deserialize;

use super::Client;
use super::transport::Call;
use crate::core::answer::Expected;
use crate::core::error::Error;
use crate::core::ids;
use crate::core::json::Node;
use crate::core::mapping;
use crate::core::model::{Activity, ActivityType, Page, Session, Source};
use crate::core::text;
use crate::host::Host;

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageRequest {
    /// Entries a page; the service gives 100 at most. `None`: as the service likes (30 or 50).
    pub page_size: Option<u64>,
    /// From a page before. `None`: the first.
    pub page_token: Option<String>,
    /// AIP-160 text, in the grammar of the list.
    pub filter: Option<String>,
    /// Which fields of the answer to give, as a partial response's mask. `None`: all.
    #[serde(skip)]
    pub fields: Option<&'static str>,
    /// Whether it can wait for other lists of activities, up to a minute.
    #[serde(skip)]
    pub is_routine: bool,
    /// The tokens of the pages before, as far as they are known, each between line ends. One text is less code than many.
    #[serde(skip)]
    pub before: String,
}

/// For how long other lists of activities go before one that is a matter of routine, in milliseconds.
const ROUTINE_MS: i64 = 60_000;

impl PageRequest {
    /// The request for the page after this one, by its token. The filter stays as it was: a token belongs to the query that
    /// it came with.
    pub(super) fn next(&self, token: Option<String>) -> Option<Self> {
        let before = self.page_token.as_ref().map(|token| [&self.before, "\n", token, "\n"].concat());
        Some(Self { page_token: Some(self.onward(token)?), before: before.unwrap_or_default(), ..self.clone() })
    }

    /// The token of the page after this one. One that leads back to this page, or to one before, would lead there for ever.
    fn onward(&self, token: Option<String>) -> Option<String> {
        let is_before = |token: &str| text::split_once(&self.before, &["\n", token, "\n"].concat()).is_some();
        token.filter(|token| self.page_token.as_ref() != Some(token) && !is_before(token))
    }

    pub(super) fn path(&self, list: &str) -> String {
        let size = self.page_size.map(|size| size.to_string());
        let query: Vec<(&str, &str)> = [
            ("pageSize", size.as_deref()),
            ("filter", self.filter.as_deref()),
            ("pageToken", self.page_token.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        ids::with_query(list, &query)
    }
}

impl<H: Host> Client<H> {
    async fn page<T>(
        &self,
        list: &str,
        request: &PageRequest,
        read: impl Fn(Node<'_>) -> Page<T>,
    ) -> Result<Page<T>, Error> {
        let body = self.call(Call::get(request.path(list)).expecting(Expected::Page)).await?;
        let page = read(Node::of(&body));
        Ok(Page { next_page_token: request.onward(page.next_page_token), ..page })
    }

    /// A page of the account's sessions, newest first. Archived ones only if the filter asks for them.
    pub fn sessions<'a>(&'a self, request: &'a PageRequest) -> LocalBoxFuture<'a, Result<Page<Session>, Error>> {
        Box::pin(async move {
            let page = self.page("sessions", request, mapping::sessions).await?;
            self.saw(page.items.iter().map(|session| session.name.as_str()));
            Ok(page)
        })
    }

    /// A page of the repositories that the service can work on.
    pub async fn sources(&self, request: &PageRequest) -> Result<Page<Source>, Error> {
        self.page("sources", request, |node| mapping::page(node, "sources", mapping::source)).await
    }

    /// A page of a session's activities, oldest first.
    pub async fn activities(&self, id: &str, request: &PageRequest) -> Result<Page<Activity>, Error> {
        let path = request.path(&["sessions/", id, "/activities"].concat());
        let since = self.poller_now() + if request.is_routine { ROUTINE_MS } else { 0 };
        let call = Call::get(path).expecting(Expected::Page).of_session(id).listing_since(since);
        let body = match request.fields {
            Some(fields) => self.get_fields(call, fields).await?,
            None => self.call(call).await?,
        };
        self.session_was_seen(id);
        let page = mapping::page(Node::of(&body), "activities", mapping::activity);
        let messages = page.items.iter().filter(|activity| activity.activity_type == ActivityType::UserMessaged);
        self.saw(messages.map(|activity| activity.name.as_str()));
        Ok(Page { next_page_token: request.onward(page.next_page_token), ..page })
    }

    /// One activity.
    pub async fn activity(&self, session: &str, activity: &str) -> Result<Activity, Error> {
        let path = ["sessions/", session, "/activities/", activity].concat();
        let body = self.call(Call::get(path).of_one_in_session(session)).await?;
        Ok(mapping::activity(Node::of(&body)))
    }

    /// A source by its resource name, or `None` if the service does not know it.
    pub async fn source(&self, name: &str) -> Result<Option<Source>, Error> {
        match self.call(Call::get(name.to_owned())).await {
            Ok(body) => Ok(Some(mapping::source(Node::of(&body)))),
            Err(error) if error.status == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
