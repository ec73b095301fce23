//! AWS: credentials, identity and clients.
//!
//! This is the only layer that names the SDK's types. What it offers is in terms of others: [`AwsClient`]
//! fulfils [`GlueApi`](crate::session::GlueApi), tells who the caller is, and lists what is in the account,
//! page by page, in the words of [`model::account`](crate::model::account).
//!
//! Nothing is read, resolved or connected to before the first call of a client. TLS is always verified,
//! every call has a time limit and every answer a size limit, and credentials stay in memory, out of
//! `Debug` output, errors and logs.

mod client;
mod connector;
mod direct;
mod errors;
mod glue;
mod identity;
mod keys;
pub mod listing;
mod permissions;
mod surroundings;
mod trouble;
mod trust;
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
pub use listing::{Page as ListingPage, RoleDetails};
pub use permissions::{Decision, Simulation, Verdict};
pub use surroundings::Surroundings;
pub use trouble::trouble;
pub use trust::{concerns, trusts};
