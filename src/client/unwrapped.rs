//! Requests that no use-case wraps, such as those of a newer version of the service.

use super::Client;
use super::transport::Call;
use crate::core::error::Error;
use crate::core::http::Method;
use crate::host::Host;

impl<H: Host> Client<H> {
    /// Sends a request to `path` below the base URL, and returns the JSON of the response; `null` without one. A GET is retried as
    /// all reads are. What another method does is not known here, so it is sent again only after a failure to reach the service.
    pub async fn request(&self, method: Method, path: String, body: Option<String>) -> Result<H::Json, Error> {
        self.call(Call::unknown(method, path, body)).await
    }
}
