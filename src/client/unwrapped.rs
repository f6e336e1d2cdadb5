//! Requests that no use-case wraps, such as those of a newer version of the service.

use super::Client;
use super::retry_loop::Failed;
use super::transport::Call;
use crate::core::error::{Effect, Error};
use crate::core::http::Method;
use crate::core::outcome::Failure;
use crate::host::Host;

impl<H: Host> Client<H> {
    /// Sends a request to `path` below the base URL, and returns the JSON of the response; `null` without one. A GET is retried as
    /// all reads are. What another method does is not known here, so it is sent again only after a failure to reach the service.
    pub async fn request(&self, method: Method, path: String, body: Option<String>) -> Result<H::Json, Error> {
        let call = Call::unknown(method, path, body);
        if method == Method::Get {
            return self.call(call).await;
        }
        self.retry(async |attempt| {
            self.attempt(&call, attempt.number).await.map_err(|failed| {
                let failure = if failed.failure.effect() == Effect::NotSent { failed.failure } else { Failure::Final };
                Failed { failure, ..failed }
            })
        })
        .await
    }
}
