//! `glue-ls sessions`: sessions that may be alive, glue-ls's own and all others of an account.

use std::sync::Arc;

use clap::{Subcommand, ValueEnum};

use crate::run::record::Records;
use crate::run::sessions;
use crate::run::{Shared, Who};

use super::{Exit, output};

mod list;
mod show;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the sessions that may be alive: glue-ls's own, and all others of the account in the region
    #[command(after_help = "Example: glue-ls sessions list --tag team=analytics")]
    List(list::Arguments),
    /// Show a session: its state, size, tags, and what it has cost so far
    #[command(after_help = "Example: glue-ls sessions show 2f6f5a0e-8f2b-4a43-9f6f-0d3a2f1c9b77")]
    Show {
        #[command(flatten)]
        session: Session,
        /// How it is written
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Stop a session
    #[command(after_help = "Example: glue-ls sessions stop 2f6f5a0e-8f2b-4a43-9f6f-0d3a2f1c9b77")]
    Stop {
        #[command(flatten)]
        session: Session,
    },
    /// Show the tags of a session
    #[command(after_help = "Example: glue-ls sessions tags arn:aws:glue:eu-west-1:123456789012:session/my-session")]
    Tags {
        #[command(flatten)]
        session: Session,
        /// How they are written
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

/// Which session, and where.
#[derive(Debug, clap::Args)]
struct Session {
    /// Its id, or its ARN
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    place: Place,
}

/// Whose account, and where.
#[derive(Debug, clap::Args)]
struct Place {
    /// The profile to ask with; for a session that glue-ls has on record, the one that created it
    #[arg(long)]
    profile: Option<String>,
    /// The region to ask in; for a session that glue-ls has on record, its own
    #[arg(long)]
    region: Option<String>,
}

impl Place {
    fn who(&self) -> Who {
        Who { profile: self.profile.clone(), region: self.region.clone() }
    }
}

/// A session as it was named.
#[derive(Debug, PartialEq, Eq)]
struct Named<'a> {
    id: &'a str,
    who: Who,
    /// The account of its ARN.
    account: Option<&'a str>,
}

impl Session {
    /// Returns the session's id, and where it is; an ARN says both.
    fn named(&self) -> Named<'_> {
        let mut who = self.place.who();
        let mut parts = self.id.splitn(6, ':');
        let is_arn = parts.next() == Some("arn") && parts.nth(1) == Some("glue");
        let (region, account) = (parts.next(), parts.next());
        match (is_arn, region, parts.next().and_then(|resource| resource.strip_prefix("session/"))) {
            (true, Some(region), Some(id)) => {
                who.region = who.region.or_else(|| Some(region.to_owned()));
                Named { id, who, account: account.filter(|account| !account.is_empty()) }
            }
            _ => Named { id: &self.id, who, account: None },
        }
    }

    /// As [`named`](Self::named), once it is known to be looked for in its own account.
    async fn find(&self, shared: &Shared, records: &Arc<Records>) -> Result<(&str, Who), String> {
        let Named { id, who, account } = self.named();
        if let Some(account) = account {
            sessions::in_account(shared, records, id, &who, account).await?;
        }
        Ok((id, who))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Does what the arguments name.
pub(super) fn run(arguments: &Arguments) -> Exit {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::message(&format!("cannot start: {error}"));
            return Exit::Failed;
        }
    };
    let shared = Shared::of_user();
    let Some(records) = shared.records.clone() else {
        output::message("there is no folder for records of sessions; set HOME or XDG_STATE_HOME");
        return Exit::Failed;
    };
    runtime.block_on(async {
        match &arguments.action {
            Action::List(arguments) => list::list(&shared, &records, arguments).await,
            Action::Show { session, format } => show::show(&shared, &records, session, *format).await,
            Action::Tags { session, format } => show::tags(&shared, &records, session, *format).await,
            Action::Stop { session } => stop(&shared, &records, session).await,
        }
    })
}

async fn stop(shared: &Shared, records: &Arc<Records>, session: &Session) -> Exit {
    let stopped = async {
        let (id, who) = session.find(shared, records).await?;
        sessions::stop(shared, records, id, who).await
    };
    let stopped = stopped.await;
    let id = session.named().id;
    match stopped {
        Ok(()) => {
            output::result(&format!("The session {id} is stopped.\n"));
            Exit::Ok
        }
        Err(why) => {
            output::message(&format!("{id} could not be stopped: {why}"));
            Exit::Failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_where_the_session_is() {
        let session = |id: &str, region: Option<&str>| Session {
            id: id.to_owned(),
            place: Place { profile: None, region: region.map(str::to_owned) },
        };
        let region = |region: &str| Who { profile: None, region: Some(region.to_owned()) };
        let arn = "arn:aws:glue:eu-west-1:123456789012:session/team-1:2";
        let account = Some("123456789012");
        let named = |id, who, account| Named { id, who, account };
        assert_eq!(session(arn, None).named(), named("team-1:2", region("eu-west-1"), account));
        assert_eq!(session(arn, Some("us-east-1")).named(), named("team-1:2", region("us-east-1"), account));
        let nowhere = "arn:aws:glue:eu-west-1::session/a";
        assert_eq!(session(nowhere, None).named(), named("a", region("eu-west-1"), None));
        for id in ["plain", "arn:aws:s3:::bucket", "arn:aws:glue:eu-west-1:1:job/x", ""] {
            assert_eq!(session(id, None).named(), named(id, Who::default(), None), "{id}");
        }
    }
}
