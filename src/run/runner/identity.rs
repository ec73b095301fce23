//! As whom and where a session runs.

use crate::aws::Identity;
use crate::model::{Origin, Setting};
use crate::run::spec::text;

use super::actor::Actor;

/// A profile and a region, where somebody has chosen them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Who {
    /// The profile in the AWS config files.
    pub profile: Option<String>,
    /// The region.
    pub region: Option<String>,
}

impl Actor {
    /// Returns as whom and where the next session is created, from what the cells so far have set.
    ///
    /// A region that the kernel would read in the config file is left to the client: it reads the same file, and
    /// the profile that counts may be another one than the kernel's.
    pub(super) fn identity(&self) -> Identity {
        let set = |setting| text(&self.state, setting);
        let outside = |origin: &Origin| matches!(origin, Origin::ConfigFile { .. } | Origin::Default);
        let (forced, fallback) = (&self.options.forced, &self.options.fallback);
        let profile = forced.profile.clone().or_else(|| set(Setting::Profile).map(|(name, _)| name));
        let region = set(Setting::Region).filter(|(_, origin)| !outside(origin)).map(|(name, _)| name);
        Identity {
            profile: profile.or_else(|| fallback.profile.clone()),
            region: forced.region.clone().or(region).or_else(|| fallback.region.clone()),
            endpoint: set(Setting::Endpoint).map(|(url, _)| url),
            access: self.access.clone(),
        }
    }
}
