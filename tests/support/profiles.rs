//! The AWS config files of a user: keys, programs that give keys, roles, sign-ins with IAM Identity Center.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::moto::{Account, Moto};
use crate::cli::run::program::Home;

/// The name of the sign-in, and the file that its token is kept in: the SHA-1 of the name.
const SSO_SESSION: &str = "team";
const SSO_TOKEN_FILE: &str = "d25187dc137f35c88bc80ec8c3ffbdb17b5eb873.json";

/// What a program gives that a profile names as its `credential_process`.
pub(crate) enum Gives<'a> {
    /// An account's keys.
    Keys(&'a Account),
    /// Keys that are of no use any more.
    Expired(&'a Account),
    /// A message on standard error, and the exit code 3.
    Error(&'a str),
    /// This text.
    Text(&'a str),
}

/// The config files in the making.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    config: String,
}

impl Profiles {
    /// None.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a profile with these lines (`region = …`). `default` has its usual meaning.
    pub(crate) fn profile(mut self, name: &str, lines: &[&str]) -> Self {
        let header = if name == "default" { name.to_owned() } else { format!("profile {name}") };
        let _ = write!(self.config, "[{header}]\n{}\n\n", lines.join("\n"));
        self
    }

    /// Adds a profile with an account's keys.
    pub(crate) fn keys(self, name: &str, account: &Account) -> Self {
        let key = format!("aws_access_key_id = {}", account.key);
        let secret = format!("aws_secret_access_key = {}", account.secret);
        self.profile(name, &[&key, &secret, "region = eu-west-1"])
    }

    /// Adds a profile that assumes a role with the credentials of another.
    pub(crate) fn role(self, name: &str, arn: &str, source: &str) -> Self {
        let (arn, source) = (format!("role_arn = {arn}"), format!("source_profile = {source}"));
        self.profile(name, &[&arn, &source, "role_session_name = ana", "region = eu-west-1"])
    }

    /// Adds a profile whose keys come from a program, which leaves the file of [`has_run`] behind when it runs.
    #[cfg(unix)]
    pub(crate) fn program(self, home: &Home, name: &str, gives: &Gives<'_>) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let keys = |account: &Account, until: &str| {
            let (id, secret) = (&account.key, &account.secret);
            json!({"Version": 1, "AccessKeyId": id, "SecretAccessKey": secret, "Expiration": until}).to_string()
        };
        let does = match gives {
            Gives::Keys(account) => format!("echo '{}'", keys(account, "2100-01-01T00:00:00Z")),
            Gives::Expired(account) => format!("echo '{}'", keys(account, "2020-01-01T00:00:00Z")),
            Gives::Error(message) => format!("echo '{message}' >&2\nexit 3"),
            Gives::Text(text) => format!("echo '{text}'"),
        };
        let program = home.file(&format!("give-{name}"));
        let script = format!("#!/bin/sh\necho run >> '{}'\n{does}\n", marker(home, name).display());
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let command = format!("credential_process = {} --for {name}", program.display());
        self.profile(name, &[&command, "region = eu-west-1"])
    }

    /// Adds a profile that signs in with IAM Identity Center.
    pub(crate) fn sso(mut self, name: &str, account: &Account) -> Self {
        if !self.config.contains("[sso-session") {
            let start = "sso_start_url = https://team.example.com/start\nsso_registration_scopes = sso:account:access";
            let _ = write!(self.config, "[sso-session {SSO_SESSION}]\n{start}\nsso_region = eu-west-1\n\n");
        }
        let id = format!("sso_account_id = {}", account.id);
        self.profile(name, &["sso_session = team", &id, "sso_role_name = Analyst", "region = eu-west-1"])
    }

    /// Writes the files.
    pub(crate) fn write(self, home: &Home) {
        let folder = home.file(".aws");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config"), self.config).unwrap();
    }
}

/// Signs in with IAM Identity Center until then (`2100-01-01T00:00:00Z`).
pub(crate) fn sign_in(home: &Home, token: &str, until: &str) {
    let folder = home.file(".aws/sso/cache");
    std::fs::create_dir_all(&folder).unwrap();
    let token = json!({
        "accessToken": token, "expiresAt": until, "region": "eu-west-1", "startUrl": "https://team.example.com/start",
    });
    std::fs::write(folder.join(SSO_TOKEN_FILE), token.to_string()).unwrap();
}

/// Returns how often the program of a profile has run.
pub(crate) fn runs(home: &Home, name: &str) -> usize {
    std::fs::read_to_string(marker(home, name)).map_or(0, |text| text.lines().count())
}

fn marker(home: &Home, name: &str) -> PathBuf {
    home.file(&format!("{name}-has-run"))
}

/// Returns a home whose user has no credentials, with AWS at an address.
pub(crate) fn home_at(url: &str) -> Home {
    Home::new(&[]).with("AWS_ENDPOINT_URL", url).with("AWS_EC2_METADATA_DISABLED", "true")
}

/// Returns a home with a key in the environment, that of the first account.
pub(crate) fn home_of(moto: &Moto, url: &str) -> Home {
    let account = &moto.accounts[0];
    home_at(url)
        .with("AWS_ACCESS_KEY_ID", &account.key)
        .with("AWS_SECRET_ACCESS_KEY", &account.secret)
        .with("AWS_REGION", "eu-west-1")
}
