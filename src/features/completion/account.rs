//! Names from the account and from its surroundings: connections, roles, sessions and the like.
//!
//! What is known at that moment is offered, whatever becomes of fetching it. A trouble, or the lack of a permission to
//! fetch, is told by an item that leaves the text as it is.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use crate::facts::{self, JobParameter};
use crate::features::hover::describe::{one_line, shortened};
use crate::model::NotebookModel;
use crate::model::account::{Claim, Connection, Known, Role, Status, Subnet, Trouble, TroubleKind};
use crate::model::effects::{ChangeKind, CredentialSource};

use super::matching::{MOST, best, fit};
use super::typed::{Reading, Typed};
use super::values::{self, Slot};
use super::{Completion, CompletionKind, Completions, Topic, s3};

/// The most characters of a name within a label or detail that holds more than it.
const SHORT: usize = 40;

/// A list that names come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::features) enum List {
    Profiles,
    Connections,
    /// Roles that a session may have.
    Roles,
    /// Roles that the kernel may assume.
    AssumedRoles,
    SecurityConfigurations,
    Sessions,
    /// Places in S3; `list`: whether there may be several.
    Objects {
        wanted: Wanted,
        list: bool,
    },
}

/// What a place in S3 is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::features) enum Wanted {
    /// Modules of Python.
    Python,
    Jars,
    Files,
    Folder,
}

impl List {
    /// Returns the list that the value of a line magic comes from, if it is one of those.
    pub(in crate::features) fn of_setting(magic: &str) -> Option<List> {
        Some(match magic {
            "reconnect" => List::Sessions,
            "extra_py_files" => List::Objects { wanted: Wanted::Python, list: true },
            _ => return List::of_recognised(magic),
        })
    }

    /// Returns the list that the value of a key of `%%configure` comes from, if it is one of those.
    pub(in crate::features) fn of_key(key: &str) -> Option<List> {
        let table = facts::configure();
        if table.recognised(key).is_some() {
            return List::of_recognised(key);
        }
        // The kernel puts the hyphens in front of a key that lacks them.
        let name = if key.starts_with("--") { key.to_owned() } else { format!("--{key}") };
        table.job_parameter(&name).filter(|row| row.is_useful()).and_then(List::of_parameter)
    }

    fn of_recognised(name: &str) -> Option<List> {
        Some(match name {
            "profile" => List::Profiles,
            "connections" => List::Connections,
            "iam_role" => List::Roles,
            "security_config" => List::SecurityConfigurations,
            "extra_jars" => List::Objects { wanted: Wanted::Jars, list: true },
            _ => return None,
        })
    }

    fn of_parameter(row: &JobParameter) -> Option<List> {
        let list = match row.kind.as_str() {
            "list<s3uri>" => true,
            "s3uri" => false,
            _ => return None,
        };
        let wanted = match row.magic.as_deref() {
            Some("%extra_py_files") => Wanted::Python,
            Some("%extra_jars") => Wanted::Jars,
            _ if list => Wanted::Files,
            _ => Wanted::Folder,
        };
        Some(List::Objects { wanted, list })
    }

    /// Returns how the kernel reads the argument of its line magic.
    pub(in crate::features) fn reading(self) -> Reading {
        let list = matches!(self, List::Connections | List::Objects { list: true, .. });
        Reading { quotes: self != List::Sessions, list }
    }

    /// Returns how the kernel reads it from a variable.
    pub(in crate::features) fn reading_of_variable(self) -> Reading {
        Reading { quotes: false, ..self.reading() }
    }

    /// Returns as whom it is asked for at a cell.
    pub(in crate::features) fn claim(self, model: &NotebookModel, cell: usize) -> Claim {
        match self {
            List::AssumedRoles => Claim::before(model, cell),
            _ => Claim::at(model, cell),
        }
    }
}

/// What was found in a list.
pub(super) struct Found {
    /// The best of it, in order.
    pub(super) items: Vec<Completion>,
    /// Whether there is more of it.
    pub(super) cut: bool,
    /// What became of fetching it.
    pub(super) status: Status,
}

/// Returns the names that may be typed at a place; `prefix` gives what ARNs start with there.
pub(super) fn completions(
    model: &NotebookModel,
    cell: usize,
    list: List,
    typed: &Typed<'_>,
    prefix: &dyn Fn() -> String,
) -> Completions {
    let claim = list.claim(model, cell);
    let found = match list {
        List::Profiles => profiles(model, typed),
        List::Connections => connections(model, &claim, typed),
        List::Roles => session_roles(model, cell, &claim, typed, prefix),
        List::AssumedRoles => assumed_roles(model, cell, &claim, typed),
        List::SecurityConfigurations => security_configurations(model, &claim, typed),
        List::Sessions => sessions(model, &claim, typed),
        List::Objects { wanted, .. } => s3::completions(model, cell, &claim, wanted, typed),
    };
    let mut out = Completions { items: found.items, incomplete: found.cut, ..Completions::default() };
    let text = &model.cells[cell].cell.text;
    match found.status {
        Status::Unasked | Status::Ready => {}
        Status::Fetching => out.incomplete = true,
        Status::NeedsConsent => {
            let label = consent_label(&claim);
            let detail = Some("in this folder".to_owned());
            let item = typed.nothing(CompletionKind::Consent, text, &label);
            out.items.push(Completion { detail, sort: "~".to_owned(), ..item });
            out.incomplete = true;
            out.consent = Some(claim);
        }
        Status::Failed(trouble) => {
            let item = typed.nothing(CompletionKind::Trouble, text, &label(&trouble));
            out.items.push(Completion {
                // The remedy has no room in a list; it stands in the documentation.
                detail: Some("run the doctor".to_owned()),
                topic: Some(Topic::Trouble { message: trouble.message.clone(), remedy: trouble.remedy.clone() }),
                sort: "~".to_owned(),
                ..item
            });
            out.incomplete = true;
            out.trouble = Some(trouble);
        }
    }
    out
}

/// Returns the title of what allows names to be fetched as a document says: `Load names as profile dev`. Of keys it holds
/// the id alone.
pub fn consent_label(claim: &Claim) -> String {
    match who(claim) {
        Some(who) => format!("Load names as {who}"),
        None => "Load names from the account".to_owned(),
    }
}

/// Returns as whom a document wants to be served, in words; `None` if it says nothing of it. With a role or keys the
/// profile that it names is used as well.
fn who(claim: &Claim) -> Option<String> {
    let profile =
        claim.profile.as_ref().map(|profile| format!("profile {}", one_line(&shortened(&profile.name, SHORT))));
    let with_profile = || {
        let by_document = claim.profile.as_ref().is_some_and(|profile| profile.by_document);
        profile.as_ref().filter(|_| by_document).map(|profile| format!(" by {profile}")).unwrap_or_default()
    };
    match &claim.credentials {
        Some(CredentialSource::Role(arn)) => {
            let name = arn.rsplit('/').next().unwrap_or(arn);
            let account = arn.split(':').nth(4).filter(|account| !account.is_empty() && name.len() < arn.len());
            let account = account.map(|account| format!(" ({})", one_line(&shortened(account, SHORT))));
            let name = one_line(&shortened(name, SHORT));
            Some(format!("role {name}{}{}", account.unwrap_or_default(), with_profile()))
        }
        Some(CredentialSource::Keys { id }) => Some(format!("key {}", one_line(&shortened(id, SHORT)))),
        None => profile,
    }
}

/// A trouble in a few words.
fn label(trouble: &Trouble) -> String {
    let words = match &trouble.kind {
        TroubleKind::NoCredentials => "No AWS credentials",
        TroubleKind::Expired => "The AWS credentials have expired",
        TroubleKind::Rejected => "AWS does not accept the credentials",
        TroubleKind::ClockSkew => "The computer's clock is wrong",
        TroubleKind::NoRegion => "No region is chosen",
        TroubleKind::WrongRegion => "Glue does not answer in this region",
        TroubleKind::NoNetwork => "AWS cannot be reached",
        TroubleKind::Throttled => "Too many calls to AWS",
        TroubleKind::Denied(Some(action)) => return format!("Not allowed: {}", one_line(&shortened(action, SHORT))),
        TroubleKind::Denied(None) => "Not allowed to list the names",
        TroubleKind::Service => "AWS fails to list the names",
        TroubleKind::Other => "The names cannot be loaded",
    };
    words.to_owned()
}

/// Returns the age of what is known, in seconds.
fn age<T>(known: &Known<T>) -> Option<u64> {
    known.age.as_ref().map(Duration::as_secs)
}

/// Makes the items of a list, ordered as they come.
fn in_order(items: impl Iterator<Item = Completion>) -> Vec<Completion> {
    let items = items.enumerate();
    items.map(|(index, item)| Completion { sort: format!("1{index:03}"), ..item }).collect()
}

/// Profiles of the AWS config files.
fn profiles(model: &NotebookModel, typed: &Typed<'_>) -> Found {
    let sections: Vec<_> = model.environment.profiles.iter().collect();
    let (best, cut) = best(&sections, |(name, _)| typed.can_hold(name).then(|| fit(name, typed.word)).flatten());
    let item = |(name, section): &(&String, &BTreeMap<String, String>)| Completion {
        detail: section.get("region").map(|region| one_line(&shortened(region, SHORT))),
        ..typed.completion(name, name, name)
    };
    Found { items: in_order(best.into_iter().map(item)), cut, status: Status::Ready }
}

fn connections(model: &NotebookModel, claim: &Claim, typed: &Typed<'_>) -> Found {
    let known = model.accounts.connections(claim);
    let (best, cut) = best(&known.items, |item| {
        let fits = fit(&item.name, typed.word)?;
        (typed.can_hold(&item.name) && !typed.others.contains(&item.name.as_str())).then_some(fits)
    });
    let subnets = match best.iter().any(|item| item.subnet.is_some()) {
        true => model.accounts.subnets(claim),
        false => Known::<Subnet>::default(),
    };
    let item = |item: &Connection| Completion {
        detail: Some(one_line(&item.kind)).filter(|kind| !kind.is_empty()),
        topic: Some(Topic::Connection {
            subnet: item.subnet.as_deref().and_then(|id| subnets.find(id)).cloned().map(Box::new),
            connection: Box::new(item.clone()),
            age: age(&known),
        }),
        ..typed.completion(&item.name, &item.name, &item.name)
    };
    Found { items: in_order(best.into_iter().map(item)), cut, status: known.status.clone() }
}

/// How well a role fits: by its name, or by its ARN where one is typed.
fn fit_role(role: &Role, typed: &str) -> Option<u8> {
    if typed.starts_with("arn:") {
        return fit(&role.arn, typed);
    }
    // `ar` may be the start of an ARN, or of a name.
    fit(&role.name, typed).or_else(|| "arn".starts_with(typed).then_some(1))
}

fn role_item(role: &Role, known: &Known<Role>, typed: &Typed<'_>) -> Completion {
    let filter = match typed.word.starts_with("arn") {
        true => format!("{} {}", role.arn, role.name),
        false => format!("{} {}", role.name, role.arn),
    };
    Completion {
        topic: Some(Topic::Role { role: Box::new(role.clone()), age: age(known) }),
        ..typed.completion(&role.name, &role.arn, &filter)
    }
}

/// Roles for sessions, those that Glue cannot assume last; before them the ARNs that the notebook and its surroundings
/// name, at the end the shape of one.
fn session_roles(
    model: &NotebookModel,
    cell: usize,
    claim: &Claim,
    typed: &Typed<'_>,
    prefix: &dyn Fn() -> String,
) -> Found {
    let known = model.accounts.roles(claim);
    let mut used = values::known_roles(model, cell, &typed.replace);
    used.retain(|arn| typed.can_hold(arn));
    let (best, cut) = best(&known.items, |role| {
        let fits = fit_role(role, typed.word)?;
        let refused = role.trusts_glue == Some(false);
        let for_glue = fit(&role.name, "glue").is_some_and(|fits| fits < 2);
        let order = (refused, fits, !used.contains(&role.arn), role.trusts_glue.is_none(), !for_glue);
        (typed.can_hold(&role.arn) && is_shown(&role.name)).then_some(order)
    });
    let listed: BTreeSet<&str> = best.iter().map(|role| role.arn.as_str()).collect();
    let others = used.iter().filter(|arn| !listed.contains(arn.as_str())).take(MOST).enumerate();
    let mut items: Vec<Completion> = others
        .map(|(index, arn)| Completion { sort: format!("0{index:03}"), ..typed.completion(arn, arn, arn) })
        .collect();
    items.extend(in_order(best.iter().map(|role| Completion {
        detail: match role.trusts_glue {
            Some(false) => Some("Glue cannot assume it".to_owned()),
            _ => role.description.as_deref().map(|text| one_line(&shortened(text, 2 * SHORT))),
        },
        ..role_item(role, &known, typed)
    })));
    let slot = Slot::new(&model.cells[cell].cell.text, typed.replace.clone(), typed.brings_quotes());
    items.push(Completion { sort: "2".to_owned(), ..values::role_template(&slot, &prefix()) });
    Found { items, cut, status: known.status.clone() }
}

/// Roles for the kernel to assume. What Glue may do does not count.
fn assumed_roles(model: &NotebookModel, cell: usize, claim: &Claim, typed: &Typed<'_>) -> Found {
    let known = model.accounts.roles(claim);
    let used = used_sources(model, cell);
    let (best, cut) = best(&known.items, |role| {
        let fits = fit_role(role, typed.word)?;
        (typed.can_hold(&role.arn) && is_shown(&role.name)).then_some((fits, !used.contains(role.arn.as_str())))
    });
    let items = in_order(best.into_iter().map(|role| Completion {
        detail: role.description.as_deref().map(|text| one_line(&shortened(text, 2 * SHORT))),
        ..role_item(role, &known, typed)
    }));
    Found { items, cut, status: known.status.clone() }
}

/// The roles that other cells assume.
fn used_sources(model: &NotebookModel, cell: usize) -> BTreeSet<&str> {
    let others = model.cells.iter().enumerate().filter(|(index, _)| *index != cell);
    let changes = others.flat_map(|(_, other)| &other.effects.changes);
    changes
        .filter_map(|change| match &change.kind {
            ChangeKind::Credentials(CredentialSource::Role(arn)) => Some(arn.as_str()),
            _ => None,
        })
        .collect()
}

/// Returns whether a name can be the label of an item.
fn is_shown(name: &str) -> bool {
    !name.is_empty() && !name.contains(char::is_control)
}

fn security_configurations(model: &NotebookModel, claim: &Claim, typed: &Typed<'_>) -> Found {
    let known = model.accounts.security_configurations(claim);
    let (best, cut) = best(&known.items, |item| {
        let fits = fit(&item.name, typed.word)?;
        typed.can_hold(&item.name).then_some(fits)
    });
    let items = in_order(best.into_iter().map(|item| Completion {
        detail: Some(one_line(&shortened(&item.summary, 2 * SHORT))).filter(|summary| !summary.is_empty()),
        topic: Some(Topic::SecurityConfiguration { configuration: Box::new(item.clone()), age: age(&known) }),
        ..typed.completion(&item.name, &item.name, &item.name)
    }));
    Found { items, cut, status: known.status.clone() }
}

/// Sessions that can be taken up, and those that can be soon; the newest of each first.
fn sessions(model: &NotebookModel, claim: &Claim, typed: &Typed<'_>) -> Found {
    let known = model.accounts.sessions(claim);
    let (best, cut) = best(&known.items, |item| {
        let later = match item.status.as_str() {
            "READY" => false,
            "PROVISIONING" => true,
            _ => return None,
        };
        let fits = fit(&item.id, typed.word)?;
        let created = item.created.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        typed.can_hold(&item.id).then_some((later, fits, Reverse(created)))
    });
    let items = in_order(best.into_iter().map(|item| {
        let status = if item.status == "READY" { "ready" } else { "being made" };
        let size = item.size.as_deref().map(|size| format!(", {}", one_line(&shortened(size, SHORT))));
        Completion {
            detail: Some(format!("{status}{}", size.unwrap_or_default())),
            topic: Some(Topic::Session { session: Box::new(item.clone()), age: age(&known) }),
            ..typed.completion(&item.id, &item.id, &item.id)
        }
    }));
    Found { items, cut, status: known.status.clone() }
}
