//! As whom and where a document's sessions are made, in the document's own words.

use crate::model::effects::{Change, ChangeKind, CredentialSource};
use crate::model::history::{AsWhom, PlannedSession};
use crate::model::setting::Given;
use crate::model::{Environment, NotebookModel, Origin, Setting};

/// As whom and where a session is made, as far as the document or its surroundings say so. What they leave open is the
/// user's own default.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Claim {
    /// The profile.
    pub profile: Option<Named>,
    /// The region.
    pub region: Option<Named>,
    /// What `%%assume_role` has given.
    pub credentials: Option<CredentialSource>,
    /// Whether Glue is asked at an address of the document's own. Nothing is fetched from there.
    pub endpoint: bool,
}

/// A name and who has chosen it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Whether the document has chosen it; otherwise the user's surroundings have.
    pub by_document: bool,
}

impl Claim {
    /// Returns the claim of the user himself, where no document has a say: what his surroundings choose.
    pub fn of_user(environment: &Environment) -> Claim {
        let named = |setting| {
            let given = environment.from_variables(setting).filter(|given| given.value.truthy())?;
            Some(Named { name: given.value.to_str(), by_document: false })
        };
        Claim {
            profile: named(Setting::Profile),
            region: named(Setting::Region),
            credentials: None,
            endpoint: named(Setting::Endpoint).is_some(),
        }
    }

    /// Returns the claim of the first session that a cell's settings go to; `None` if they reach none.
    ///
    /// It follows from `model.history` alone, so that rules may use it: see `Analysis::update`.
    pub fn of_session(model: &NotebookModel, cell: usize) -> Option<Claim> {
        model.history.sessions_of(cell).next().map(Claim::of)
    }

    /// Returns the claim of a planned session.
    pub fn of(session: &PlannedSession) -> Claim {
        Claim::of_identity(&session.identity, session.credentials.as_ref())
    }

    /// Returns the claim with which a cell attaches to another session, or asks for one that cannot be created.
    pub fn as_whom(asked: &AsWhom) -> Claim {
        Claim::of_identity(&asked.identity, asked.credentials.as_ref())
    }

    fn of_identity(identity: &[(Setting, Given)], credentials: Option<&CredentialSource>) -> Claim {
        let given = |setting| identity.iter().find(|(known, _)| *known == setting).map(|(_, given)| given);
        let named = |setting| {
            let given = given(setting)?;
            // What the config file says is read by whoever makes the clients, for the profile that counts then.
            let outside = matches!(given.origin, Origin::ConfigFile { .. } | Origin::Default);
            let by_document = matches!(given.origin, Origin::Cell { .. });
            (!outside).then(|| Named { name: given.value.to_str(), by_document })
        };
        Claim {
            profile: named(Setting::Profile),
            region: named(Setting::Region),
            credentials: credentials.cloned(),
            endpoint: given(Setting::Endpoint).is_some(),
        }
    }

    /// Returns the claim that holds once a cell has been run, all above it before: that of the session that gets the
    /// cell's settings, if one does.
    ///
    /// Costs a look at all cells above; for what is asked once, such as a completion.
    pub fn at(model: &NotebookModel, cell: usize) -> Claim {
        Claim::of_session(model, cell).unwrap_or_else(|| Claim::of_cells(model, cell + 1))
    }

    /// Returns the claim that holds before a cell is run, all above it having been: as whom its `%%assume_role` assumes.
    pub fn before(model: &NotebookModel, cell: usize) -> Claim {
        Claim::of_cells(model, cell)
    }

    /// Returns the claim that so many cells leave behind.
    fn of_cells(model: &NotebookModel, count: usize) -> Claim {
        let above = || {
            let cells = model.cells.iter().take(count).rev();
            cells.flat_map(|model| model.effects.changes.iter().rev())
        };
        let named = |setting| named(model, above(), setting);
        Claim {
            profile: named(Setting::Profile),
            region: named(Setting::Region),
            credentials: above().find_map(|change| match &change.kind {
                ChangeKind::Credentials(source) => Some(source.clone()),
                _ => None,
            }),
            endpoint: named(Setting::Endpoint).is_some(),
        }
    }

    /// Returns whether the document itself says as whom its session is made, by a profile, a role or keys. A region is no
    /// identity.
    pub fn is_of_document(&self) -> bool {
        self.credentials.is_some() || self.profile.as_ref().is_some_and(|profile| profile.by_document)
    }
}

fn named<'a>(
    model: &NotebookModel,
    mut above: impl Iterator<Item = &'a Change> + Clone,
    setting: Setting,
) -> Option<Named> {
    let again = above.clone();
    let set = above.find_map(|change| match &change.kind {
        ChangeKind::Set(known, value) if *known == setting => Some(value),
        _ => None,
    });
    if let Some(Some(value)) = set {
        return value.truthy().then(|| Named { name: value.to_str(), by_document: true });
    }
    if let Some(value) = variable(again, setting) {
        return Some(Named { name: value.to_owned(), by_document: true });
    }
    let given = model.environment.from_variables(setting).filter(|given| given.value.truthy())?;
    Some(Named { name: given.value.to_str(), by_document: false })
}

/// Returns what cells have last put into the variable of the kernel's environment that a setting is read from.
fn variable<'a>(mut above: impl Iterator<Item = &'a Change>, setting: Setting) -> Option<&'a str> {
    let mut names = setting.outside_names();
    if setting == Setting::Region {
        names.push("AWS_REGION".to_owned());
    }
    above.find_map(|change| match &change.kind {
        ChangeKind::Variable(name, value) if names.contains(name) && !value.is_empty() => Some(value.as_str()),
        _ => None,
    })
}
