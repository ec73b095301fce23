//! What is taken from the computer: environment variables and the AWS config files.

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_types::os_shim_internal::{Env, Fs};

use super::connector::Route;
use super::errors::SignIn;
use super::keys::{Access, Identity};
use crate::session::ApiErrorKind;

/// What a client may take from the computer.
#[derive(Debug, Clone, Default)]
pub enum Surroundings {
    /// The user's environment variables and AWS config files, and what they lead to.
    #[default]
    User,
    /// Nothing: region and keys have to be in the [`Identity`], and no proxy is used. For a service inside
    /// this process.
    Isolated,
}

/// The files and variables that are read.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    pub(super) env: Env,
    pub(super) files: EnvConfigFiles,
}

impl Default for Sources {
    fn default() -> Self {
        Self { env: Env::real(), files: EnvConfigFiles::default() }
    }
}

/// Something that keeps a client from being made.
pub(super) type Obstacle = (ApiErrorKind, String);

impl Sources {
    /// Reads the config files, where there are any.
    pub(super) async fn profiles(&self, profile: Option<&str>) -> Result<ProfileSet, Obstacle> {
        let selected = profile.map(|name| name.to_owned().into());
        let profiles = aws_config::profile::load(&Fs::real(), &self.env, &self.files, selected)
            .await
            .map_err(|error| (ApiErrorKind::NoCredentials, super::errors::chain_text(&error)))?;
        if let Some(name) = profile
            && profiles.get_profile(name).is_none()
        {
            let message = format!("there is no profile \"{name}\" in the AWS config files");
            return Err((ApiErrorKind::NoCredentials, message));
        }
        Ok(profiles)
    }

    /// The proxy and the additional authorities of the environment.
    pub(super) fn route(&self) -> Result<Route, Obstacle> {
        let authorities = match self.env.get("AWS_CA_BUNDLE") {
            Ok(path) if !path.is_empty() => Some(std::fs::read(&path).map_err(|error| {
                let kind = ApiErrorKind::Connection { sent: false };
                (kind, format!("the certificates in AWS_CA_BUNDLE ({path}) cannot be read: {error}"))
            })?),
            _ => None,
        };
        Ok(Route { proxy: ProxyConfig::from_env(), authorities })
    }

    /// The region: the identity's, else the environment's, else the profile's. The metadata service of an
    /// instance is not asked: where there is none, that takes seconds.
    pub(super) fn region(&self, identity: &Identity, profiles: &ProfileSet) -> Option<String> {
        let variable = |name| self.env.get(name).ok();
        [
            identity.region.clone(),
            variable("AWS_REGION"),
            variable("AWS_DEFAULT_REGION"),
            profiles.get("region").map(str::to_owned),
        ]
        .into_iter()
        .flatten()
        .map(|region| region.trim().to_owned())
        .find(|region| !region.is_empty())
    }

    /// How the user gets fresh credentials.
    pub(super) fn sign_in(&self, identity: &Identity, profiles: &ProfileSet) -> SignIn {
        match &identity.access {
            Access::Keys(_) => return SignIn::NewKeys,
            Access::Role { .. } | Access::Own => {}
        }
        if identity.profile.is_none() && self.env.get("AWS_ACCESS_KEY_ID").is_ok_and(|id| !id.is_empty()) {
            return SignIn::Environment;
        }
        let mut name = profiles.selected_profile().to_owned();
        // A profile may borrow the credentials of another; a circle ends the search.
        for _ in 0..8 {
            let Some(profile) = profiles.get_profile(&name) else { break };
            if profile.get("sso_session").or(profile.get("sso_start_url")).is_some() {
                return SignIn::Sso { profile: name };
            }
            if profile.get("login_session").is_some() {
                return SignIn::Login { profile: name };
            }
            if let Some(command) = profile.get("credential_process") {
                // Only the program: its arguments may hold secrets.
                let program = command.split_whitespace().next().unwrap_or_default().to_owned();
                return SignIn::Process { profile: name, program };
            }
            match profile.get("source_profile") {
                Some(source) if source != name => name = source.to_owned(),
                _ => break,
            }
        }
        SignIn::Unknown
    }
}

/// Whether this can be a region's name. Others are refused, for the name becomes part of a host's.
pub(super) fn is_region(name: &str) -> bool {
    let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    name.len() <= 63
        && name.as_bytes().iter().all(inner)
        && !name.is_empty()
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use aws_runtime::env_config::file::EnvConfigFileKind;

    use super::*;
    use crate::aws::keys::Keys;

    fn sources(env: &[(&str, &str)], config: &str) -> Sources {
        let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config).build();
        Sources { env: Env::from_slice(env), files }
    }

    fn of_profile(name: &str) -> Identity {
        Identity { profile: Some(name.to_owned()), ..Identity::default() }
    }

    #[tokio::test]
    async fn a_region_is_explicit_or_the_environments_or_the_profiles() {
        let config =
            "[default]\nregion = eu-west-1\n[profile other]\nregion = eu-west-2\n[profile none]\noutput = json\n";
        let plain = sources(&[], config);
        let default = plain.profiles(None).await.unwrap();
        assert_eq!(plain.region(&Identity::default(), &default).as_deref(), Some("eu-west-1"));
        let other = plain.profiles(Some("other")).await.unwrap();
        assert_eq!(plain.region(&of_profile("other"), &other).as_deref(), Some("eu-west-2"));
        let none = plain.profiles(Some("none")).await.unwrap();
        assert_eq!(plain.region(&of_profile("none"), &none), None);

        let set = sources(&[("AWS_REGION", " "), ("AWS_DEFAULT_REGION", "us-east-2")], config);
        assert_eq!(set.region(&Identity::default(), &default).as_deref(), Some("us-east-2"));
        let explicit = Identity { region: Some("ap-south-1".into()), ..Identity::default() };
        assert_eq!(set.region(&explicit, &default).as_deref(), Some("ap-south-1"));
    }

    #[tokio::test]
    async fn a_profile_that_does_not_exist_is_named() {
        let (kind, message) = sources(&[], "[default]\n").profiles(Some("nobody")).await.unwrap_err();
        assert_eq!(kind, ApiErrorKind::NoCredentials);
        assert!(message.contains("\"nobody\""), "{message}");
    }

    #[tokio::test]
    async fn the_way_to_sign_in_is_found_in_the_profile_it_borrows_from() {
        let config = "[profile a]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = b\n\
                      [profile b]\nsso_session = s\n[sso-session s]\nsso_start_url = https://x\n\
                      [profile p]\ncredential_process = /opt/get --key secret\n\
                      [profile l]\nlogin_session = x\n\
                      [profile c]\nsource_profile = d\n[profile d]\nsource_profile = c\n";
        let plain = sources(&[], config);
        let sign_in = async |name: &str| {
            let profiles = plain.profiles(Some(name)).await.unwrap();
            plain.sign_in(&of_profile(name), &profiles)
        };
        assert_eq!(sign_in("a").await, SignIn::Sso { profile: "b".into() });
        assert_eq!(sign_in("p").await, SignIn::Process { profile: "p".into(), program: "/opt/get".into() });
        assert_eq!(sign_in("l").await, SignIn::Login { profile: "l".into() });
        assert_eq!(sign_in("c").await, SignIn::Unknown);

        let profiles = plain.profiles(None).await.unwrap();
        let keys = Identity { access: Access::Keys(Keys::new("a", "b", None)), ..Identity::default() };
        assert_eq!(plain.sign_in(&keys, &profiles), SignIn::NewKeys);
        let set = sources(&[("AWS_ACCESS_KEY_ID", "AKIA")], config);
        assert_eq!(set.sign_in(&Identity::default(), &profiles), SignIn::Environment);
    }

    #[test]
    fn a_region_that_could_name_another_host_is_refused() {
        for good in ["us-east-1", "eusc-de-east-1", "local"] {
            assert!(is_region(good), "{good}");
        }
        for bad in ["", "US-EAST-1", "evil.example", "a/b", "a#", "-a", "a-", "a b", &"a".repeat(64)] {
            assert!(!is_region(bad), "{bad}");
        }
    }
}
