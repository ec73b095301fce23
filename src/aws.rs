//! AWS: credentials, identity and clients.
//!
//! This is the only layer that names the SDK's types. What it offers is in terms of others: [`AwsClient`]
//! fulfils [`GlueApi`](crate::session::GlueApi), and tells who the caller is.
//!
//! Nothing is read, resolved or connected to before the first call of a client. TLS is always verified,
//! every call has a time limit and every answer a size limit, and credentials stay in memory, out of
//! `Debug` output, errors and logs.

mod client;
mod connector;
mod errors;
mod glue;
mod identity;
mod keys;
mod surroundings;
mod watch;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use client::{Aws, AwsClient, AwsConfig, Limits};
pub use connector::{HttpAnswer, HttpRequest, SharedHttpClient, in_process};
pub use errors::CallFailure;
pub use identity::Caller;
pub use keys::{Access, Identity, Keys};
pub use surroundings::Surroundings;
