//! As whom and where a session runs.

use crate::aws::{Access, Identity, Keys};
use crate::model::effects::CredentialSource;
use crate::model::history::PlannedSession;
use crate::model::state::KernelState;
use crate::model::{Origin, Setting};
use crate::run::spec::text;

use super::Options;
use super::actor::Actor;

/// A profile and a region, where somebody has chosen them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Who {
    /// The profile in the AWS config files.
    pub profile: Option<String>,
    /// The region.
    pub region: Option<String>,
}

/// As whom and where a document asks for a session in its text, whether or not it was run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    who: Who,
    endpoint: Option<String>,
    credentials: Option<CredentialSource>,
}

impl Asked {
    /// Returns as whom and where a planned session would be created.
    pub fn of(session: &PlannedSession) -> Asked {
        let set = |setting| {
            let given = session.identity(setting)?;
            given.value.as_str().filter(|text| !text.is_empty()).map(|text| (text.to_owned(), &given.origin))
        };
        Asked {
            who: Who {
                profile: set(Setting::Profile).map(|(name, _)| name),
                region: set(Setting::Region).filter(|(_, origin)| !outside(origin)).map(|(name, _)| name),
            },
            endpoint: set(Setting::Endpoint).map(|(url, _)| url),
            credentials: session.credentials.clone(),
        }
    }

    /// Returns the identity, with what the options add as they do to one of cells that were run.
    pub(super) fn identity(self, options: &Options) -> Identity {
        let access = match self.credentials {
            None => Access::Own,
            Some(CredentialSource::Role(arn)) => Access::Role { arn },
            Some(CredentialSource::Keys { id }) => Access::Keys(Keys::new(id, "", None)),
        };
        completed((&options.forced, &options.fallback), self.who, self.endpoint, access)
    }
}

/// Whether a region comes from where the client looks itself.
fn outside(origin: &Origin) -> bool {
    matches!(origin, Origin::ConfigFile { .. } | Origin::Default)
}

fn completed((forced, fallback): (&Who, &Who), set: Who, endpoint: Option<String>, access: Access) -> Identity {
    Identity {
        profile: forced.profile.clone().or(set.profile).or_else(|| fallback.profile.clone()),
        region: forced.region.clone().or(set.region).or_else(|| fallback.region.clone()),
        endpoint,
        access,
    }
}

/// Returns as whom and where a kernel in this state creates a session.
///
/// A region that the kernel would read in the config file is left to the client: it reads the same file, and
/// the profile that counts may be another one than the kernel's.
pub(in crate::run) fn identity_of(state: &KernelState, access: &Access, forced: &Who, fallback: &Who) -> Identity {
    let set = |setting| text(state, setting);
    let who = Who {
        profile: set(Setting::Profile).map(|(name, _)| name),
        region: set(Setting::Region).filter(|(_, origin)| !outside(origin)).map(|(name, _)| name),
    };
    completed((forced, fallback), who, set(Setting::Endpoint).map(|(url, _)| url), access.clone())
}

impl Actor {
    /// Returns as whom and where the next session is created, from what the cells so far have set.
    pub(super) fn identity(&self) -> Identity {
        identity_of(&self.state, &self.access, &self.options.forced, &self.options.fallback)
    }
}
