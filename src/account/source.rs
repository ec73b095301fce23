//! Where the lists come from.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::files;
use super::list::{Items, List, Page};
use crate::aws::{Aws, AwsClient, CallFailure, Identity, trouble};
use crate::model::account::{Caller, Trouble};

/// How many subnets are asked for at once.
const SUBNETS_AT_ONCE: usize = 100;

/// Where the lists come from.
pub trait Source: fmt::Debug + Send + Sync {
    /// Returns a page of a list: the first, or the one that the page before it has pointed to.
    fn page<'a>(
        &'a self,
        identity: &'a Identity,
        list: &'a List,
        next: Option<String>,
    ) -> BoxFuture<'a, Result<Page, Trouble>>;

    /// Returns what changes when somebody signs in or edits the config files. It may read files.
    fn mark(&self) -> u64;

    /// Returns what else decides who the caller is, the environment's part, in a fixed order.
    fn surroundings(&self, identity: &Identity) -> Vec<String>;

    /// Reads again, at the next call, what was read before of environment and files.
    fn renew(&self);
}

/// AWS.
#[derive(Debug)]
pub struct AwsSource {
    aws: Arc<Aws>,
}

impl AwsSource {
    /// Returns a source that fetches with these clients.
    pub fn new(aws: Arc<Aws>) -> AwsSource {
        AwsSource { aws }
    }
}

impl Source for AwsSource {
    fn page<'a>(
        &'a self,
        identity: &'a Identity,
        list: &'a List,
        next: Option<String>,
    ) -> BoxFuture<'a, Result<Page, Trouble>> {
        let client = self.aws.client(identity);
        Box::pin(async move { page(&client, list, next).await.map_err(|failure| trouble(&failure, identity)) })
    }

    fn mark(&self) -> u64 {
        files::mark()
    }

    fn surroundings(&self, identity: &Identity) -> Vec<String> {
        files::surroundings(identity, |name| std::env::var(name).ok())
    }

    fn renew(&self) {
        self.aws.forget();
    }
}

async fn page(client: &AwsClient, list: &List, next: Option<String>) -> Result<Page, CallFailure> {
    /// A page of the store's of a page of the clients'.
    macro_rules! paged {
        ($items:ident, $call:expr) => {{
            let page = $call.await?;
            Page { items: Items::$items(page.items), next: page.next }
        }};
    }
    Ok(match list {
        List::Caller => {
            let (caller, region) = (client.caller().await?, client.region().await?);
            let caller = Caller { arn: caller.arn, account: caller.account, region };
            Page { items: Items::Caller(vec![caller]), next: None }
        }
        List::Connections => paged!(Connections, client.connections(next)),
        List::Roles => paged!(Roles, client.roles(next)),
        List::SecurityConfigurations => paged!(SecurityConfigurations, client.security_configurations(next)),
        List::Sessions => paged!(Sessions, client.account_sessions(next)),
        List::Subnets(ids) => {
            let from = next.and_then(|next| next.parse().ok()).unwrap_or(0);
            let rest: &[String] = ids.get(from..).unwrap_or_default();
            let (now, later) = rest.split_at(rest.len().min(SUBNETS_AT_ONCE));
            let items = if now.is_empty() { Vec::new() } else { client.subnets(now).await? };
            let next = (!later.is_empty()).then(|| (from + now.len()).to_string());
            Page { items: Items::Subnets(items), next }
        }
        List::Databases => paged!(Databases, client.databases(next)),
        List::Tables(database) => paged!(Tables, client.tables(database, next)),
        List::Objects(place) => match bucket_and_prefix(place) {
            Some((bucket, prefix)) => paged!(Objects, client.objects(bucket, prefix, next)),
            None => Page { items: Items::Objects(client.buckets().await?), next: None },
        },
    })
}

/// Splits `s3://bucket/folder/`; `None` where no bucket is named.
fn bucket_and_prefix(place: &str) -> Option<(&str, &str)> {
    let rest = place.strip_prefix("s3://")?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    (!bucket.is_empty()).then_some((bucket, prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_s3_are_split() {
        assert_eq!(bucket_and_prefix("s3://"), None);
        assert_eq!(bucket_and_prefix("s3:///x/"), None);
        assert_eq!(bucket_and_prefix("s3://bucket"), Some(("bucket", "")));
        assert_eq!(bucket_and_prefix("s3://bucket/"), Some(("bucket", "")));
        assert_eq!(bucket_and_prefix("s3://bucket/a/b/"), Some(("bucket", "a/b/")));
        assert_eq!(bucket_and_prefix("bucket/a"), None);
    }
}
