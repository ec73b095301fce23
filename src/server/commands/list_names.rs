//! `listNames`.

use serde_json::{Value as Json, json};
use tower_lsp_server::jsonrpc::{Error, Result};

use crate::facts;
use crate::features::completion::consent_label;
use crate::features::names::{Name, NameKind, Names, names, region};
use crate::model::account::{Claim, Status, Trouble, TroubleKind};
use crate::model::effects::CredentialSource;
use crate::server::accounts::of_document;
use crate::server::desk::Desk;
use crate::server::offers::action;
use crate::settings::{Engine, Settings};

use super::arguments::{Arguments, ListKind};
use super::target;

/// Lists names of the account, as whom the document's sessions would be made, else as the user. Never waits for AWS.
pub(super) async fn handle(desk: Desk, arguments: Arguments) -> Result<Json> {
    let kind = kind(&arguments)?;
    let place = place(&desk, &arguments);
    let settings = desk.world().settings().clone();
    let accounts = of_document(desk.names(), &place.uri);
    let found = names(&*accounts, &place.claim, &kind);
    let state = state(&found.status, &place, &settings);
    let of_status = match &found.status {
        // Nobody was asked, and nobody shall be.
        Status::Unasked | Status::NeedsConsent => None,
        _ => region(&*accounts, &place.claim),
    };
    Ok(answer(found, state, of_status))
}

/// What is asked for. Connections, unless something else is said.
fn kind(arguments: &Arguments) -> Result<NameKind> {
    let missing = |what: &str| Error::invalid_params(format!("name the {what}: {{\"{what}\": …}}"));
    let database = || arguments.database.clone().filter(|name| !name.is_empty()).ok_or_else(|| missing("database"));
    let table = || arguments.table.clone().filter(|name| !name.is_empty()).ok_or_else(|| missing("table"));
    Ok(match arguments.kind.unwrap_or(ListKind::Connections) {
        ListKind::Connections => NameKind::Connections,
        ListKind::Databases => NameKind::Databases,
        ListKind::Tables => NameKind::Tables { database: database()? },
        ListKind::Columns => NameKind::Columns { database: database()?, table: table()? },
    })
}

/// For which document names are listed.
#[derive(Debug, Default)]
struct Place {
    /// The document; empty where it is none of Glue's.
    uri: String,
    claim: Claim,
    /// What names the cell to a command whose claim it is.
    argument: Json,
}

/// Returns the document in which names are wanted, and as whom its cell, or the last one, would ask for them. What is not
/// open here, or is none of Glue's, has no say.
fn place(desk: &Desk, arguments: &Arguments) -> Place {
    let of_user = || Place { claim: Claim::of_user(&desk.world().environment()), ..Place::default() };
    let Ok(document) = target::document(desk, arguments) else { return of_user() };
    let model = &document.analysis.model;
    let (Some(_), Some(last)) = (model.gate.kernel(), model.cells.len().checked_sub(1)) else { return of_user() };
    let named = arguments.cell.is_some() || arguments.position.is_some();
    let cell = if named { target::one_cell(desk, &document, arguments).unwrap_or(last) } else { last };
    let argument = json!({ "uri": document.uri, "cell": document.key(cell) });
    Place { claim: Claim::at(model, cell), argument, uri: document.uri }
}

/// How a list is, for people.
struct State {
    name: &'static str,
    message: Option<String>,
    remedy: Option<String>,
    requires_reauth: bool,
    actions: Vec<Json>,
}

impl State {
    fn unavailable(message: impl Into<String>, remedy: impl Into<String>) -> State {
        State {
            name: "unavailable",
            message: Some(message.into()),
            remedy: Some(remedy.into()),
            requires_reauth: false,
            actions: Vec::new(),
        }
    }
}

fn state(status: &Status, place: &Place, settings: &Settings) -> State {
    let fine = |name, message: Option<&str>| State {
        name,
        message: message.map(str::to_owned),
        remedy: None,
        requires_reauth: false,
        actions: Vec::new(),
    };
    match status {
        Status::Ready => fine("ready", None),
        Status::Fetching => fine("loading", Some("the account is being asked")),
        Status::Unasked => {
            let (message, remedy) = unasked(&place.claim, settings);
            State::unavailable(message, remedy)
        }
        Status::NeedsConsent => {
            let title = consent_label(&place.claim);
            let load = action(&title, "glue-ls.loadNames", place.argument.clone());
            let message = "the document names somebody as whom nothing is looked up before you allow it";
            let remedy = format!("run the cell that does, or choose \"{title}\"");
            State { actions: vec![load], ..State::unavailable(message, remedy) }
        }
        Status::Failed(trouble) => State {
            requires_reauth: trouble.requires_reauth,
            actions: vec![action("Doctor", "glue-ls.doctor", json!({ "uri": place.uri }))],
            ..State::unavailable(&trouble.message, remedy(trouble, settings))
        },
    }
}

/// What to do about a trouble. Who runs cells on this machine may have no account, and want none.
fn remedy(trouble: &Trouble, settings: &Settings) -> String {
    let of_account = matches!(trouble.kind, TroubleKind::NoCredentials | TroubleKind::NoRegion);
    match settings.engine {
        Engine::Local if of_account => {
            format!("{}; what there is on this machine can stand in `[local]` of glue-ls.toml", trouble.remedy)
        }
        _ => trouble.remedy.clone(),
    }
}

/// Why nobody is asked, and what to do.
fn unasked(claim: &Claim, settings: &Settings) -> (&'static str, &'static str) {
    let unknown = |name: &str| facts::regions().find(&name.to_lowercase()).is_none();
    if !settings.account {
        return ("names are not looked up in the account", "switch the setting `account.enabled` on");
    }
    if claim.endpoint {
        return ("the document has an `%endpoint` of its own, which is not asked for names", "take it out");
    }
    if claim.region.as_ref().is_some_and(|region| region.by_document && unknown(&region.name)) {
        return ("the document's `%region` is not known", "name a region of AWS");
    }
    if matches!(claim.credentials, Some(CredentialSource::Keys { .. })) {
        return ("the document brings its own keys, which are known once their cell has run", "run that cell");
    }
    ("too much is asked for at once", "ask again in a few seconds")
}

fn answer(found: Names, state: State, region: Option<String>) -> Json {
    let item = |item: Name| json!({ "name": item.name, "detail": item.detail, "documentation": item.documentation, "insert": item.insert });
    json!({
        "state": state.name,
        "message": state.message,
        "remedy": state.remedy,
        "requiresReauth": state.requires_reauth,
        "actions": state.actions,
        "region": region,
        "complete": found.complete,
        "items": found.items.into_iter().map(item).collect::<Vec<Json>>(),
    })
}
