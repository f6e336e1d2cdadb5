//! Lists: sessions, sources, activities, page by page.

use futures_util::future::LocalBoxFuture;

use super::Client;
use super::partial;
use super::transport::Call;
use crate::core::activity::{Activity, ActivityKind};
use crate::core::answer::Expected;
use crate::core::error::Error;
use crate::core::ids;
use crate::core::json_view::JsonView;
use crate::core::page::{MAX_PAGE_SIZE, Page, Trail, next_page_token};
use crate::core::row::FromRow;
use crate::core::session::Session;
use crate::host::Host;

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// Entries per page, at most 100. `None`: the service's default (30 or 50).
    pub page_size: Option<u64>,
    /// A limit of the entries per page, after larger pages of this list were too large to read.
    pub most_entries: Option<u64>,
    /// The token of the previous page. `None`: the first page.
    pub page_token: Option<String>,
    /// An AIP-160 filter.
    pub filter: Option<String>,
    /// The field mask. `None`: all fields.
    pub fields: Option<&'static str>,
    /// Whether other lists of activities have priority over it, for up to a minute.
    pub is_routine: bool,
    /// The pages before this one.
    pub trail: Trail,
}

impl PageRequest {
    /// Reads the options of a list of the façade.
    pub fn read(given: &impl JsonView) -> Self {
        Self {
            page_size: given.get("pageSize").number(),
            most_entries: given.get("mostEntries").number(),
            page_token: given.get("pageToken").string(),
            filter: given.get("filter").string(),
            trail: Trail::of(given.get("trail").string()),
            ..Self::default()
        }
    }
}

/// The filter for all sessions, archived ones too. Undocumented, but measured by others.
pub(super) const ALL_SESSIONS: &str = "archived = true OR archived = false";

/// Milliseconds for which other lists of activities have priority over a routine check.
const ROUTINE_MS: i64 = 60_000;

impl PageRequest {
    /// A request for the first page of a list that is read with as few requests as possible.
    pub(super) fn of_full_pages() -> Self {
        Self { page_size: Some(u64::from(MAX_PAGE_SIZE)), ..Self::default() }
    }

    /// The request for the next page. The filter stays the same, since a token belongs to its query.
    pub(super) fn next<T>(&self, page: &Page<T>) -> Option<Self> {
        Some(Self {
            page_token: Some(page.next_page_token.clone()?),
            most_entries: page.most_entries,
            trail: page.trail.clone(),
            ..self.clone()
        })
    }

    /// Whether the list may lead to an end with this page.
    ///
    /// # Errors
    /// See [`Trail::leads_to`].
    pub(super) fn leads_on(&self) -> Result<(), Error> {
        self.trail.leads_to(self.page_token.as_deref())
    }

    /// The request for a smaller page after one that was too large to read; `None` if it was for a single entry.
    fn smaller(&self) -> Option<Self> {
        let size = self.most_entries.or(self.page_size).unwrap_or(u64::from(MAX_PAGE_SIZE));
        // Each attempt costs up to the byte limit of a page.
        (size > 1).then(|| Self { most_entries: Some(size / 4).max(Some(1)), ..self.clone() })
    }

    fn asks_for_artifacts(&self) -> bool {
        self.fields.is_none_or(|fields| fields == partial::ALL)
    }

    pub(super) fn path(&self, list: &str) -> String {
        let size = self.most_entries.or(self.page_size).map(|size| size.to_string());
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
    /// Reads a page, with fewer entries if it is too large to read. `call_of` makes the call of a request.
    async fn page<'a, T: FromRow<H::Json>>(
        &'a self,
        request: &PageRequest,
        call_of: &dyn Fn(&PageRequest) -> Call<'a>,
    ) -> Result<Page<T>, (PageRequest, Error)> {
        let mut asked = request.clone();
        let json = loop {
            match self.list(call_of(&asked), asked.fields).await {
                Ok(json) => break json,
                Err(error) => match asked.smaller().filter(|_| error.is_too_large) {
                    Some(smaller) => asked = smaller,
                    None => return Err((asked, error)),
                },
            }
        };
        let page = Page::<T>::read(json);
        let trail = request.trail.after(request.page_token.as_deref(), page.items.is_empty());
        Ok(Page { most_entries: asked.most_entries, trail, ..page })
    }

    /// The list that is the response to this call, with the fields of this mask.
    fn list<'a>(&'a self, call: Call<'a>, fields: Option<&'static str>) -> LocalBoxFuture<'a, Result<H::Json, Error>> {
        let call = call.expecting(Expected::Page);
        match fields {
            Some(fields) => Box::pin(self.get_fields(call, fields)),
            None => self.call(call),
        }
    }

    /// A page of the account's sessions, newest first. Archived ones only with a filter.
    pub fn sessions<'a>(
        &'a self,
        request: &'a PageRequest,
    ) -> LocalBoxFuture<'a, Result<Page<Session<H::Json>>, Error>> {
        Box::pin(async move {
            request.leads_on()?;
            let call_of = |request: &PageRequest| Call::get(request.path("sessions"));
            let mut page: Page<Session<_>> = self.page(request, &call_of).await.map_err(|(_, error)| error)?;
            // An entry without a name cannot be requested.
            page.items.retain(|session| !session.id.is_empty());
            self.saw(page.items.iter().map(|session| session.name.as_str()));
            Ok(page)
        })
    }

    /// A page of the repositories that the service can work on.
    pub async fn sources(&self, request: &PageRequest) -> Result<Page<H::Json>, Error> {
        request.leads_on()?;
        let json = self.list(Call::get(request.path("sources")), request.fields).await?;
        let next_page_token = next_page_token(&json);
        let items = json.entries("sources");
        let trail = request.trail.after(request.page_token.as_deref(), items.is_empty());
        Ok(Page { next_page_token, items, most_entries: None, trail })
    }

    /// A page of a session's activities, oldest first.
    pub async fn activities(&self, id: &str, request: &PageRequest) -> Result<Page<Activity<H::Json>>, Error> {
        request.leads_on()?;
        let list = ["sessions/", id, "/activities"].concat();
        let since = self.poller_now() + if request.is_routine { ROUTINE_MS } else { 0 };
        let call_of = |request: &PageRequest| Call::get(request.path(&list)).of_session(id).listing_since(since);
        let page: Page<Activity<_>> = match self.page(request, &call_of).await {
            Ok(page) => page,
            Err((asked, error)) if error.is_too_large && request.asks_for_artifacts() => {
                // A single activity is too large. Its artifacts can be requested with it alone, which has a higher limit.
                let request = PageRequest { fields: Some(partial::WITHOUT_ARTIFACTS), ..asked };
                let mut page: Page<Activity<_>> = self.page(&request, &call_of).await.map_err(|(_, error)| error)?;
                page.items.iter_mut().for_each(|activity| activity.omits_artifacts = true);
                Page { most_entries: None, ..page }
            }
            Err((_, error)) => return Err(error),
        };
        self.session_was_seen(id);
        let messages = page.items.iter().filter(|activity| activity.kind == ActivityKind::UserMessaged);
        let names: Vec<_> = messages.map(|message| activity_name(id, &message.id)).collect();
        self.saw(names.iter().map(String::as_str));
        Ok(page)
    }

    /// One activity.
    pub async fn activity(&self, session: &str, activity: &str) -> Result<Activity<H::Json>, Error> {
        self.call(Call::get(activity_name(session, activity)).of_one_in_session(session)).await.map(Activity::read)
    }

    /// A source by its resource name, or `None` if the service does not know it.
    pub async fn source(&self, name: &str) -> Result<Option<H::Json>, Error> {
        match self.call(Call::get(name.to_owned())).await {
            Ok(source) => Ok(Some(source)),
            Err(error) if error.status == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The resource name of an activity, which is also the key of a message in the ledger.
pub(super) fn activity_name(session: &str, activity: &str) -> String {
    ["sessions/", session, "/activities/", activity].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_whose_entries_were_taken_does_not_count_as_empty() {
        let trail = Trail::default().after(Some("a"), false);
        let page = Page::<()> { next_page_token: Some("b".to_owned()), trail: trail.clone(), ..Page::default() };
        let next = PageRequest::default().next(&page).unwrap();
        assert_eq!((next.page_token.as_deref(), next.trail), (Some("b"), trail));
    }
}
