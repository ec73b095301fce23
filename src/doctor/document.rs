//! What a document says of its role, and of as whom and where it would run.

use crate::model::account::{Claim, Named};
use crate::model::effects::CredentialSource;
use crate::model::{Environment, NotebookModel, Origin, Setting};

use super::{Chosen, Request, quoted};

/// A document whose sessions are looked at.
pub struct Subject<'a> {
    /// What it means.
    pub model: &'a NotebookModel,
    /// Its name, for people.
    pub name: &'a str,
    /// Its path as the command line takes it, if it has one.
    pub path: Option<&'a str>,
    /// Names a cell by its position, for people.
    pub cell_name: &'a dyn Fn(usize) -> String,
}

impl Subject<'_> {
    /// Adds what the document says: its role, and with `as_document` as whom and where it would run; otherwise what of
    /// that was left out.
    pub fn add_to(&self, request: &mut Request, as_document: bool) {
        let Some(session) = self.model.history.sessions.last() else {
            request.role = role_outside(&self.model.environment, None);
            return;
        };
        if let Some(role) = session.request.role.clone().filter(|role| !role.is_empty()) {
            let from = session.origin(Setting::IamRole).map(|origin| place(origin, Some(self.cell_name)));
            request.role = Some(Chosen { value: role, from: from.unwrap_or_else(|| self.name.to_owned()) });
        }
        let claim = Claim::of(session);
        let by_document = |named: &Option<Named>, known: &Option<Chosen>| {
            named.as_ref().filter(|named| named.by_document && known.is_none()).map(|named| named.name.clone())
        };
        let profile = by_document(&claim.profile, &request.profile);
        let region = by_document(&claim.region, &request.region);
        if as_document {
            let chosen = |value: Option<String>| value.map(|value| Chosen { value, from: self.name.to_owned() });
            request.profile = request.profile.take().or_else(|| chosen(profile));
            request.region = request.region.take().or_else(|| chosen(region));
            let mut unused = Vec::new();
            match &claim.credentials {
                Some(CredentialSource::Role(arn)) => request.assume = Some(arn.clone()),
                Some(CredentialSource::Keys { .. }) => unused.push("the keys of its %%assume_role"),
                None => {}
            }
            if claim.endpoint {
                unused.push("its %endpoint");
            }
            if !unused.is_empty() {
                let message = format!("{}: {} are not used here.", self.name, unused.join(" and "));
                request.unused = Some((message, None));
            }
            return;
        }
        let mut named = Vec::new();
        named.extend(profile.map(|profile| format!("the profile `{}`", plain(&profile))));
        named.extend(region.map(|region| format!("the region `{}`", plain(&region))));
        named.extend(claim.credentials.as_ref().map(|source| match source {
            CredentialSource::Role(arn) => format!("the role `{}`, which it assumes", plain(arn)),
            CredentialSource::Keys { .. } => "keys of its own".to_owned(),
        }));
        if claim.endpoint {
            named.push("an address of its own".to_owned());
        }
        if !named.is_empty() {
            let message = format!(
                "{} names {}. What follows is as yourself; `--as-document` looks as the document does.",
                self.name,
                named.join(", ")
            );
            let command = self.path.map(|path| format!("glue-ls doctor --as-document {}", quoted(path)));
            request.unused = Some((message, command));
        }
    }
}

/// Returns the role that the kernel would find outside of a document; `profile` is the one that counts.
pub fn role_outside(environment: &Environment, profile: Option<&str>) -> Option<Chosen> {
    let given = environment
        .from_variables(Setting::IamRole)
        .or_else(|| environment.from_config_file(Setting::IamRole, profile))?;
    let from = place(&given.origin, None);
    Some(Chosen { value: given.value.to_str(), from }).filter(|chosen| !chosen.value.is_empty())
}

/// Returns the region that variables of the environment set.
pub fn region_outside(environment: &Environment) -> Option<Chosen> {
    let given = environment.from_variables(Setting::Region)?;
    let from = place(&given.origin, None);
    Some(Chosen { value: given.value.to_str(), from }).filter(|chosen| !chosen.value.is_empty())
}

/// Where a setting comes from, for people.
fn place(origin: &Origin, cell: Option<&dyn Fn(usize) -> String>) -> String {
    match origin {
        Origin::Cell { cell: index, .. } => cell.map_or_else(|| "the document".to_owned(), |name| name(*index)),
        Origin::Environment(name) => name.clone(),
        Origin::ConfigFile { profile, key } => format!("`{key}` of the profile `{}`", plain(profile)),
        Origin::Default => "the default".to_owned(),
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
