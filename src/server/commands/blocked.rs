//! Why a run does not begin, and what the user can do about it.

use serde_json::{Map, Value as Json, json};

use crate::run::{Runner, refusal};
use crate::server::desk::Desk;
use crate::server::offers;
use crate::server::runs::Runnable;
use crate::syntax::Form;

use super::arguments::Arguments;

/// The answer to a run that does not begin.
pub(super) fn answer(reason: &str, message: &str, actions: Vec<Json>) -> Json {
    json!({ "state": "blocked", "reason": reason, "message": message, "actions": actions })
}

/// The same command once more, with one more member in its argument.
pub(super) fn again(title: &str, command: &str, document: &Runnable, cells: &[usize], more: (&str, bool)) -> Json {
    let mut argument = Map::from_iter([("uri".to_owned(), json!(document.uri))]);
    match cells {
        [] => {}
        [cell] => drop(argument.insert("cell".to_owned(), json!(document.key(*cell)))),
        many => {
            let keys: Vec<_> = many.iter().map(|cell| document.key(*cell)).collect();
            argument.insert("cells".to_owned(), json!(keys));
        }
    }
    argument.insert(more.0.to_owned(), json!(more.1));
    json!({ "title": title, "command": command, "arguments": [argument] })
}

/// Returns why nothing at all is run here; `None` if it may be.
pub(super) fn nothing_runs(desk: &Desk, document: &Runnable) -> Option<Json> {
    if let Some(why) = document.obstacle() {
        let as_script = || offers::action("Open as a script", "glue-ls.openAsScript", json!({ "uri": document.uri }));
        let is_json = document.analysis.model.notebook.form == Form::Json;
        return Some(answer("not-runnable", why, if is_json { vec![as_script()] } else { Vec::new() }));
    }
    untrusted(desk, document)
}

/// Returns why nothing that a document says is acted upon; `None` if it may be.
pub(super) fn untrusted(desk: &Desk, document: &Runnable) -> Option<Json> {
    let settings = desk.world().settings().clone();
    if settings.trusted == Some(false) {
        let why = "this workspace is not trusted, so nothing in it is run: trust it in your editor first";
        return Some(answer("untrusted", why, Vec::new()));
    }
    if settings.trusted == Some(true) || desk.is_trusted(&document.uri, &settings) {
        return None;
    }
    let folder = desk.folder_to_trust(&document.uri);
    let (message, actions) = match folder {
        Some(folder) => {
            let folder = folder.display();
            let action = json!({
                "title": format!("Trust {folder}"),
                "command": "glue-ls.trustFolder",
                "arguments": [{ "uri": document.uri }],
            });
            (format!("running cells is not allowed in {folder} yet: they can do what you can do"), vec![action])
        }
        None => ("the document is in no folder that could be trusted; save it first".to_owned(), Vec::new()),
    };
    Some(answer("untrusted", &message, actions))
}

/// Returns why these cells are not run; `None` if they may be.
pub(super) fn these(
    runner: &Runner,
    document: &Runnable,
    command: &str,
    cells: &[usize],
    arguments: &Arguments,
) -> Option<Json> {
    if arguments.force {
        return None;
    }
    let broken: Vec<(usize, String)> =
        cells.iter().filter_map(|&cell| Some((cell, document.problems(cell).into_iter().next()?))).collect();
    if let Some((cell, problem)) = broken.first() {
        let others = match broken.len() - 1 {
            0 => String::new(),
            1 => "; one more cell has problems".to_owned(),
            more => format!("; {more} more cells have problems"),
        };
        let message = format!("cell {cell} has a problem: {problem}{others}");
        return Some(answer(
            "problems",
            &message,
            vec![again("Run all the same", command, document, cells, ("force", true))],
        ));
    }
    let missing = runner.unapplied(document.cells(), Some(cells));
    (!missing.is_empty()).then(|| unapplied(command, document, cells, &missing))
}

/// Returns why the policy keeps these cells, and with `session` a session behind them, from being run; `None` if it does
/// not. Nothing overrides it.
pub(super) async fn policy(runner: &Runner, document: &Runnable, cells: &[usize], session: bool) -> Option<Json> {
    foreseen(runner, document, cells, session, false).await
}

/// As [`policy`], where the session that is there will be gone and another one is started.
pub(super) async fn policy_anew(runner: &Runner, document: &Runnable, cells: &[usize]) -> Option<Json> {
    foreseen(runner, document, cells, true, true).await
}

async fn foreseen(runner: &Runner, document: &Runnable, cells: &[usize], session: bool, anew: bool) -> Option<Json> {
    let all = document.cells();
    let wanted = cells.iter().filter_map(|&index| Some((index, all.get(index)?.clone()))).collect();
    let breaches = runner.foresee(wanted, session, anew).await;
    (!breaches.is_empty()).then(|| answer("policy", &refusal(&breaches), Vec::new()))
}

/// The answer where settings cells above were not run.
pub(super) fn unapplied(command: &str, document: &Runnable, cells: &[usize], missing: &[usize]) -> Json {
    let numbers = missing.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (what, them) = if missing.len() == 1 { ("The settings cell", "it") } else { ("The settings cells", "them") };
    let were = if missing.len() == 1 { "was" } else { "were" };
    let message = format!("{what} {numbers} {were} not run, and the session would start without {them}");
    let actions = vec![
        again("Run the settings cells first", command, document, cells, ("settingsFirst", true)),
        again("Start anyway", command, document, cells, ("force", true)),
    ];
    answer("unapplied-settings", &message, actions)
}
