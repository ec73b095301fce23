//! A stranger's notebook: whatever it says, looking at it has nobody act as it says.

use serde_json::{Value, json};

use super::{Seat, World, shop};
use crate::cli::run::program::old_notebook;
use crate::lsp::editor::cell_uri;
use crate::service::Faults;
use crate::support::profiles::{Gives, Profiles, runs};
use crate::support::proxy::Proxy;

const SETTINGS: &str = "%glue_version 5.0\n%connections a-orders, \n%security_config a-sealed\n%extra_py_files s3://b/";

/// Does everything in a document of cells that an editor does by itself or while its user reads and types.
fn look(world: &World, trusted: Value, engine: &str, cells: &[(&str, &str)]) {
    let mut seat = world.start().option("trusted", trusted).option("engine", json!(engine)).begin();
    for ignored in ["glue-ls/accountState", "workspace/inlayHint/refresh", "window/showDocument", "window/showMessage"]
    {
        seat.editor.client.ignore(ignored);
    }
    seat.open(cells);
    read_texts(&mut seat, cells);
    for round in 0..2 {
        for (name, text) in cells {
            let uri = cell_uri(name);
            let lines: Vec<&str> = text.lines().collect();
            let end = json!({ "line": lines.len(), "character": 0 });
            let whole = json!({ "start": { "line": 0, "character": 0 }, "end": end });
            for (line, written) in lines.iter().enumerate() {
                let line = u32::try_from(line).unwrap();
                for character in [0, 1, written.len() / 2, written.len()] {
                    let character = u32::try_from(character).unwrap();
                    for method in ["completion", "hover", "signatureHelp"] {
                        seat.editor.ask(&format!("textDocument/{method}"), &uri, line, character);
                    }
                    let list = seat.editor.ask("textDocument/completion", &uri, line, character);
                    for item in list["items"].as_array().unwrap() {
                        seat.editor.client.call("completionItem/resolve", item.clone());
                    }
                }
                seat.actions(&uri, line);
            }
            seat.editor.pull_cell(name);
            for method in ["documentSymbol", "foldingRange", "semanticTokens/full", "documentLink"] {
                seat.editor.client.call(&format!("textDocument/{method}"), json!({ "textDocument": { "uri": uri } }));
            }
            seat.editor
                .client
                .call("textDocument/inlayHint", json!({ "textDocument": { "uri": uri }, "range": whole }));
            // Typing.
            let typed = json!([{ "range": { "start": end, "end": end }, "text": format!("\n# {round}") }]);
            seat.editor.edit_cell(name, typed);
        }
        seat.editor.client.call("workspace/symbol", json!({ "query": "a" }));
        let cell = json!({ "uri": cell_uri(cells[cells.len() - 1].0) });
        // Whoever asks the doctor asks as himself.
        let doctor = if round == 0 { &["doctor"][..] } else { &[] };
        for command in ["showPlan", "refreshAccount", "sessionStatus"].iter().chain(doctor) {
            seat.editor.client.call_command(&format!("glue-ls.{command}"), cell.clone());
        }
    }
    seat.editor.close_notebook(&cells.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    seat.open(cells);
    seat.editor.pull_cell(cells[cells.len() - 1].0);
    seat.end();
}

/// The same cells as the text of a notebook, and as that of a script.
fn texts(cells: &[(&str, &str)]) -> [(&'static str, &'static str, String); 2] {
    let sources: Vec<&str> = cells.iter().map(|(_, text)| *text).collect();
    let line = |line: &str| if line.starts_with('%') { format!("# {line}\n") } else { format!("{line}\n") };
    let cell = |text: &&str| format!("# %%\n{}", text.lines().map(line).collect::<String>());
    [("a.ipynb", "json", old_notebook(&sources)), ("a.py", "python", sources.iter().map(cell).collect())]
}

/// Reads the same cells where they are one text.
fn read_texts(seat: &mut Seat<'_>, cells: &[(&str, &str)]) {
    for (name, language, text) in texts(cells) {
        let uri = format!("file:///ws/{name}");
        seat.editor.open(&uri, language, &text);
        seat.editor.pull(&uri);
        for (line, written) in text.lines().enumerate() {
            let (line, end) = (u32::try_from(line).unwrap(), u32::try_from(written.len()).unwrap());
            for method in ["completion", "hover"] {
                seat.editor.ask(&format!("textDocument/{method}"), &uri, line, end);
            }
        }
        for method in ["semanticTokens/full", "documentLink", "documentSymbol", "codeLens"] {
            seat.editor.client.call(&format!("textDocument/{method}"), json!({ "textDocument": { "uri": uri } }));
        }
    }
}

#[test]
fn reading_a_strangers_notebook_has_nobody_act_as_it_says() {
    let open = shop("b").role("Open", "arn:aws:iam::{account:0}:root");
    let Some(world) = World::with_keys([shop("a"), open]) else { return };
    let trap = Proxy::before(&world.moto, Faults::none());
    let [mine, theirs] = &world.moto.accounts[..] else { panic!("two accounts") };
    Profiles::new().keys("mine", mine).program(&world.home, "evil", &Gives::Keys(theirs)).write(&world.home);
    let endpoint = format!("%endpoint {}", trap.url);
    let role = format!("%%assume_role\n\"arn:aws:iam::{}:role/Open\"", theirs.id);
    let keys = format!(
        "%%assume_role\n{{'aws_access_key_id': '{}', 'aws_secret_access_key': '{}'}}",
        theirs.key, theirs.secret
    );
    let configured = format!("%%configure\n{{\"profile\": \"evil\", \"endpoint\": \"{}\"}}", trap.url);
    let variables = format!(
        "%env AWS_PROFILE=evil\n%env glue_profile=evil\n%env glue_endpoint={url}\n%env AWS_ENDPOINT_URL={url}\n\
         %env AWS_ENDPOINT_URL_GLUE={url}",
        url = trap.url
    );
    let (profile, settings, code) = (("p", "%profile evil"), ("s", SETTINGS), ("c", "x = 1"));
    let notebooks = [
        vec![profile, ("e", &*endpoint), ("r", &*role), settings, code],
        vec![profile, settings, code],
        vec![("r", &*role), settings, code],
        vec![("r", &*keys), settings, code],
        vec![("e", &*endpoint), settings, code],
        vec![("r", &*configured), settings, code],
        vec![("v", &*variables), settings, code],
    ];
    let untouched = |what: &str| {
        assert_eq!(runs(&world.home, "evil"), 0, "{what}: a program was run");
        assert_eq!(world.proxy.calls("AssumeRole"), 0, "{what}: a role was assumed");
        assert!(trap.all_calls().is_empty(), "{what}: {:?}", trap.all_calls());
        let asked = world.proxy.all_calls();
        for operation in asked.keys() {
            assert_eq!(world.signers(operation), ["0".to_owned()].into(), "{what}: {operation}");
        }
    };
    for (number, cells) in notebooks.iter().enumerate() {
        for (trusted, engine) in [(json!(true), "aws"), (Value::Null, "local")] {
            look(&world, trusted, engine, cells);
            untouched(&format!("notebook {number} on {engine}"));
        }
        for (name, _, text) in texts(cells) {
            std::fs::write(world.home.file(name), text).unwrap();
        }
        for file in ["a.ipynb", "a.py"] {
            for command in [&["check", file][..], &["plan", file], &["plan", "--format", "json", file]] {
                let ran = world.home.run(command);
                assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
                untouched(&format!("{command:?} of notebook {number}"));
                // What a document says of keys it may say, but nobody repeats their secret.
                assert!(!ran.stdout.contains(&theirs.secret) && !ran.stderr.contains(&theirs.secret), "{ran:?}");
            }
        }
    }
    // All of it would have worked: who is allowed to, does.
    let mut seat = world.start().begin();
    seat.open(&[profile, ("n", "%connections ")]);
    let argument = json!({ "uri": cell_uri("n") });
    assert_eq!(seat.editor.client.call_command("glue-ls.loadNames", argument)["profile"], "evil");
    assert_eq!(seat.names_in("n", "%connections "), ["b-events", "b-orders"]);
    assert!(runs(&world.home, "evil") >= 1);
    seat.end();
}
