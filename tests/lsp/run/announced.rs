//! What a client did not say that it can, it is never sent; and no client is waited for.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Gate, Lab, PATIENCE, SCRIPT, Setup};
use crate::service::{FakeGlue, Faults};

/// A script with one of each: a mistake with a fix, a link, a failure in what another cell defines, a result.
const TEXT: &str = "\
# %%
# %glue_versoin 4.0
# %idle_timeout 30
# %glue_version 5.0
# %regio

# %%
# %extra_py_files s3://bucket/key.py

# %%
def broken():
    return 1 / 0

# %%
print('shown')
6 * 7

# %%
broken()
";

/// Everything that a client can announce that the server looks at, but for what is ours.
fn everything() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "window": { "workDoneProgress": true, "showDocument": { "support": true } },
        "workspace": {
            "configuration": true,
            "diagnostics": { "refreshSupport": true },
            "inlayHint": { "refreshSupport": true },
            "symbol": { "symbolKind": { "valueSet": (1..=26).collect::<Vec<_>>() } },
        },
        "textDocument": {
            "diagnostic": {},
            "publishDiagnostics": { "relatedInformation": true, "codeDescriptionSupport": true, "versionSupport": true },
            "hover": { "contentFormat": ["markdown"] },
            "completion": {
                "completionItem": {
                    "snippetSupport": true,
                    "documentationFormat": ["markdown"],
                    "tagSupport": { "valueSet": [1] },
                    "resolveSupport": { "properties": ["documentation"] },
                },
                "completionItemKind": { "valueSet": (1..=25).collect::<Vec<_>>() },
            },
            "signatureHelp": { "signatureInformation": {
                "documentationFormat": ["markdown"], "parameterInformation": { "labelOffsetSupport": true },
            } },
            "documentSymbol": {
                "hierarchicalDocumentSymbolSupport": true,
                "symbolKind": { "valueSet": (1..=26).collect::<Vec<_>>() },
            },
            "codeAction": {
                "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix"] } },
                "isPreferredSupport": true,
            },
            "documentLink": { "tooltipSupport": true },
        },
    })
}

/// The same, of a client that shows runs itself.
fn everything_of_ours() -> Value {
    let mut all = everything();
    all["experimental"] = json!({ "glueLs": {
        "splitCell": true, "triggerSuggest": true, "tables": true, "accountNews": true,
    } });
    all
}

/// What a client has heard, by what it asked.
struct Heard {
    server: Value,
    /// Answers to requests.
    answers: Vec<(&'static str, Value)>,
    /// What the server sent of itself.
    told: Vec<Value>,
}

impl Heard {
    fn methods(&self) -> BTreeSet<&str> {
        self.told.iter().filter_map(|message| message["method"].as_str()).collect()
    }

    /// Whether a member of that name is anywhere in the answers to that request.
    fn says(&self, method: &str, member: &str) -> bool {
        self.answers.iter().any(|(asked, answer)| *asked == method && has(answer, &|name, _| name == member))
    }

    /// Whether such a member is in what was told, or in problems that were asked for.
    fn problems_say(&self, wanted: &str) -> bool {
        let found = |value: &Value| has(value, &|name, _| name == wanted);
        self.says("textDocument/diagnostic", wanted)
            || self.told.iter().any(|told| told["method"] == "textDocument/publishDiagnostics" && found(told))
    }
}

/// Whether any member of any object in a value is wanted.
fn has(value: &Value, wanted: &dyn Fn(&str, &Value) -> bool) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| has(item, wanted)),
        Value::Object(members) => members.iter().any(|(name, value)| wanted(name, value) || has(value, wanted)),
        _ => false,
    }
}

/// Where a piece of the text ends, in the script.
fn behind(piece: &str) -> Value {
    let before = &TEXT[..TEXT.find(piece).unwrap() + piece.len()];
    let line = before.matches('\n').count();
    json!({ "line": line, "character": before.len() - before.rfind('\n').map_or(0, |end| end + 1) })
}

/// Methods that a client with these capabilities may be sent, and no others: all that the server knows.
fn allowed(capabilities: &Value) -> BTreeSet<&'static str> {
    let is = |pointer: &str| capabilities.pointer(pointer).is_some_and(|value| *value != json!(false));
    let ours = is("/experimental/glueLs");
    let pulls = is("/textDocument/diagnostic");
    let methods = [
        ("window/showMessage", true),
        ("window/logMessage", true),
        ("textDocument/publishDiagnostics", !pulls),
        ("workspace/diagnostic/refresh", pulls && is("/workspace/diagnostics/refreshSupport")),
        ("workspace/inlayHint/refresh", is("/workspace/inlayHint/refreshSupport")),
        ("workspace/configuration", is("/workspace/configuration")),
        ("window/showDocument", is("/window/showDocument/support")),
        ("window/workDoneProgress/create", is("/window/workDoneProgress") && !ours),
        ("$/progress", is("/window/workDoneProgress") && !ours),
        ("glue-ls/cellState", ours),
        ("glue-ls/cellOutput", ours),
        ("glue-ls/sessionState", ours),
        ("glue-ls/accountState", ours),
        ("glue-ls/accountNews", is("/experimental/glueLs/accountNews")),
    ];
    methods.into_iter().filter(|(_, may)| *may).map(|(method, _)| method).collect()
}

fn setup(capabilities: &Value) -> Setup {
    let mut setup = Setup::new();
    setup.capabilities = capabilities.clone();
    for (name, value) in [("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_REGION", "eu-west-1")] {
        setup.env.push((name, value.to_owned()));
    }
    setup
}

/// Has a client read what comes and leave it at that.
fn deaf(mut lab: Lab) -> Lab {
    for method in allowed(&everything_of_ours()).union(&allowed(&everything())) {
        lab.editor.client.ignore(method);
    }
    lab.editor.client.ignore("textDocument/publishDiagnostics");
    lab
}

fn listening(capabilities: &Value) -> Lab {
    deaf(setup(capabilities).start())
}

/// Does everything that a client can do, and returns what it has heard.
fn go_through(capabilities: &Value) -> Heard {
    let mut lab = listening(capabilities);
    lab.editor.client.keep_all();
    lab.open_script(TEXT);
    let mut answers = Vec::new();
    let (document, position) =
        (json!({ "uri": SCRIPT }), |at: Value| json!({ "textDocument": { "uri": SCRIPT }, "position": at }));
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let mistake = json!({ "start": behind("# %glue_ver"), "end": behind("# %glue_ver") });
    let context = json!({ "diagnostics": [], "triggerKind": 1 });
    let mut requests = vec![
        ("textDocument/hover", position(behind("# %idle_t"))),
        ("textDocument/completion", position(behind("# %glue_ver"))),
        ("textDocument/completion", position(behind("# %regio"))),
        ("textDocument/completion", position(behind("%glue_version "))),
        ("textDocument/signatureHelp", position(behind("%idle_timeout 3"))),
        ("textDocument/documentSymbol", json!({ "textDocument": document })),
        ("workspace/symbol", json!({ "query": "idle" })),
        ("textDocument/documentLink", json!({ "textDocument": document })),
        ("textDocument/codeAction", json!({ "textDocument": document, "range": mistake, "context": context })),
        ("textDocument/inlayHint", json!({ "textDocument": document, "range": whole })),
        ("textDocument/codeLens", json!({ "textDocument": document })),
        ("textDocument/foldingRange", json!({ "textDocument": document })),
    ];
    if pulls(&lab.editor.server) {
        requests.push(("textDocument/diagnostic", json!({ "textDocument": document })));
    }
    for (method, params) in requests {
        let answer = lab.editor.client.call(method, params);
        if let Some(item) = answer["items"].get(0).filter(|_| method == "textDocument/completion") {
            answers.push(("completionItem/resolve", lab.editor.client.call("completionItem/resolve", item.clone())));
        }
        answers.push((method, answer));
    }
    run_cells(&mut lab, capabilities);
    if pulls(&lab.editor.server) {
        let params = json!({ "textDocument": document });
        answers.push(("textDocument/diagnostic", lab.editor.client.call("textDocument/diagnostic", params)));
    }
    for name in ["showOutput", "showPlan", "sessionStatus", "listSessions", "clearOutputs", "stopSession"] {
        lab.command(name, json!({ "uri": SCRIPT, "cell": 3 }));
    }
    // What comes late comes before what is asked for last.
    lab.editor.client.look_for("the settings", |message| {
        let news = message["method"] == "glue-ls/accountNews";
        news || capabilities.pointer("/experimental/glueLs/accountNews").is_none()
    });
    let server = lab.editor.server.clone();
    let (told, _) = lab.editor.client.end();
    let told = told.lines().map(|line| serde_json::from_str(line).unwrap());
    Heard { server, answers, told: told.filter(|message: &Value| message.get("method").is_some()).collect() }
}

/// Whether the server has offered to have problems asked for.
fn pulls(server: &Value) -> bool {
    server.pointer("/capabilities/diagnosticProvider").is_some()
}

/// Runs a cell that defines, one that shows, one that fails, and waits for the last.
fn run_cells(lab: &mut Lab, capabilities: &Value) {
    for cell in [2, 3, 4] {
        let run = lab.ask("runCell", json!({ "uri": SCRIPT, "cell": cell, "force": true }));
        if capabilities.pointer("/experimental/glueLs").is_some() {
            lab.story(run, 1);
        } else if capabilities.pointer("/window/workDoneProgress").is_some() {
            let (id, _) = lab.editor.client.server_request("window/workDoneProgress/create");
            lab.editor.client.respond(&id, Value::Null);
        }
    }
    if capabilities.pointer("/experimental/glueLs").is_none() {
        lab.editor.client.look_for("the failure", |message| {
            message["params"]["message"].as_str().is_some_and(|text| text.contains("ZeroDivisionError"))
        });
    }
}

/// Takes one capability out.
fn without(all: &Value, pointer: &str) -> Value {
    let mut less = all.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let removed = less.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
    assert!(removed.is_some(), "there is no {pointer}");
    less
}

/// A capability, and whether something was heard that only it allows.
type Row = (&'static str, fn(&Heard) -> bool);

/// Capabilities of the protocol.
const ROWS: &[Row] = &[
    ("/window/workDoneProgress", |heard| heard.methods().contains("$/progress")),
    ("/window/showDocument", |heard| heard.methods().contains("window/showDocument")),
    ("/workspace/configuration", |heard| heard.methods().contains("workspace/configuration")),
    ("/workspace/diagnostics/refreshSupport", |heard| heard.methods().contains("workspace/diagnostic/refresh")),
    ("/workspace/inlayHint/refreshSupport", |heard| heard.methods().contains("workspace/inlayHint/refresh")),
    ("/workspace/symbol/symbolKind", |heard| kinds(heard, "workspace/symbol").contains(&24)),
    ("/textDocument/diagnostic", |heard| pulls(&heard.server)),
    ("/textDocument/publishDiagnostics/relatedInformation", |heard| heard.problems_say("relatedInformation")),
    ("/textDocument/publishDiagnostics/codeDescriptionSupport", |heard| {
        heard.problems_say("codeDescription") || heard.says("textDocument/codeAction", "codeDescription")
    }),
    ("/textDocument/hover/contentFormat", |heard| heard.says("textDocument/hover", "kind")),
    ("/textDocument/completion/completionItem/snippetSupport", |heard| {
        heard.says("textDocument/completion", "insertTextFormat")
    }),
    ("/textDocument/completion/completionItem/documentationFormat", |heard| {
        let marked = |name: &str, value: &Value| name == "documentation" && value.is_object();
        heard.answers.iter().any(|(_, answer)| has(answer, &marked) && answer.get("signatures").is_none())
    }),
    ("/textDocument/completion/completionItem/tagSupport", |heard| heard.says("textDocument/completion", "tags")),
    ("/textDocument/completion/completionItem/resolveSupport", |heard| heard.says("textDocument/completion", "data")),
    ("/textDocument/completion/completionItemKind", |heard| {
        kinds(heard, "textDocument/completion").iter().any(|kind| *kind > 18)
    }),
    ("/textDocument/signatureHelp/signatureInformation/documentationFormat", |heard| {
        let marked = |name: &str, value: &Value| name == "documentation" && value.is_object();
        heard.answers.iter().any(|(asked, answer)| *asked == "textDocument/signatureHelp" && has(answer, &marked))
    }),
    ("/textDocument/signatureHelp/signatureInformation/parameterInformation", |heard| {
        let offsets = |name: &str, value: &Value| name == "label" && value.is_array();
        heard.answers.iter().any(|(asked, answer)| *asked == "textDocument/signatureHelp" && has(answer, &offsets))
    }),
    ("/textDocument/documentSymbol/hierarchicalDocumentSymbolSupport", |heard| {
        heard.says("textDocument/documentSymbol", "selectionRange")
    }),
    ("/textDocument/documentSymbol/symbolKind", |heard| kinds(heard, "textDocument/documentSymbol").contains(&24)),
    ("/textDocument/codeAction/codeActionLiteralSupport", |heard| heard.says("textDocument/codeAction", "edit")),
    ("/textDocument/codeAction/isPreferredSupport", |heard| heard.says("textDocument/codeAction", "isPreferred")),
    ("/textDocument/documentLink/tooltipSupport", |heard| heard.says("textDocument/documentLink", "tooltip")),
];

/// Capabilities of ours, and one of the protocol that only clients without them see used.
const OURS: &[Row] = &[
    ("/experimental/glueLs", |heard| heard.methods().iter().any(|method| method.starts_with("glue-ls/"))),
    ("/experimental/glueLs/accountNews", |heard| heard.methods().contains("glue-ls/accountNews")),
    ("/experimental/glueLs/triggerSuggest", |heard| {
        let suggests = |_: &str, value: &Value| *value == "editor.action.triggerSuggest";
        heard.answers.iter().any(|(_, answer)| has(answer, &suggests))
    }),
];

/// Capabilities that only clients see used who wait for diagnostics.
const PUSHED: &[Row] = &[("/textDocument/publishDiagnostics/versionSupport", |heard| {
    heard.told.iter().any(|told| told["params"].get("version").is_some())
})];

fn kinds(heard: &Heard, method: &str) -> Vec<u64> {
    fn of(value: &Value, found: &mut Vec<u64>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| of(item, found)),
            Value::Object(members) => {
                found.extend(members.get("kind").and_then(Value::as_u64));
                members.values().for_each(|member| of(member, found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    heard.answers.iter().filter(|(asked, _)| *asked == method).for_each(|(_, answer)| of(answer, &mut found));
    found
}

/// Checks each row: with all capabilities what it allows is heard, and without that one it is not.
fn check(all: &Value, rows: &[Row]) {
    let heard = go_through(all);
    assert!(heard.methods().is_subset(&allowed(all)), "{:?}", heard.methods());
    for (capability, uses) in rows {
        assert!(uses(&heard), "{capability} is announced, and nothing is made of it");
        let less = without(all, capability);
        let heard = go_through(&less);
        assert!(!uses(&heard), "{capability} is not announced, and used");
        let (methods, may) = (heard.methods(), allowed(&less));
        assert!(methods.is_subset(&may), "without {capability}: {:?}", methods.difference(&may));
    }
}

#[test]
fn what_is_not_announced_is_not_used() {
    check(&everything(), &ROWS[..ROWS.len() / 2]);
}

#[test]
fn what_else_is_not_announced_is_not_used_either() {
    check(&everything(), &ROWS[ROWS.len() / 2..]);
}

#[test]
fn nor_is_what_is_ours() {
    check(&everything_of_ours(), OURS);
    check(&without(&everything(), "/textDocument/diagnostic"), PUSHED);
}

#[test]
fn a_client_that_announces_nothing_sees_everything() {
    let nothing = json!({});
    let heard = go_through(&nothing);
    assert!(heard.methods().is_subset(&allowed(&nothing)), "{:?}", heard.methods());
    for (capability, uses) in ROWS.iter().chain(OURS).chain(PUSHED) {
        assert!(!uses(&heard), "{capability} is not announced, and used");
    }
    let said: Vec<&str> = heard
        .told
        .iter()
        .filter_map(|told| told["params"]["message"].as_str().filter(|_| told["params"]["type"] != 4))
        .collect();
    let says = |what: &str| said.iter().any(|text| text.contains(what));
    assert!(says("Cell 3: 42 (and a line above)"), "{said:?}");
    assert!(says("Cell 4: ZeroDivisionError"), "{said:?}");
    assert!(says("READY") && says("STOPPED") && says("written to "), "{said:?}");
    assert!(heard.problems_say("diagnostics"), "they are pushed");
    let failure =
        heard.told.iter().find(|told| told.to_string().contains("it happened in what is defined here: line 12"));
    assert!(failure.is_some(), "{:?}", heard.told);
    let actions = heard.answers.iter().find(|(asked, _)| *asked == "textDocument/codeAction").unwrap();
    let commands: Vec<&Value> = actions.1.as_array().unwrap().iter().map(|action| &action["command"]).collect();
    assert!(commands.contains(&&json!("glue-ls.runCell")), "{commands:?}");
}

#[test]
fn a_client_that_announces_nothing_cancels_and_chooses_by_commands() {
    let gate = Gate::new();
    let mut lab = listening(&json!({}));
    lab.open_script(&format!("# %%\n# %idle_timeout 30\n\n# %%\n{}\n# %%\n'done'\n", gate.endless()));
    let place = json!({ "textDocument": { "uri": SCRIPT }, "position": { "line": 5, "character": 0 } });
    lab.editor.client.call("textDocument/hover", place);
    // Without arguments, as some editors send all commands.
    let bare = |lab: &mut Lab, name: &str| {
        lab.editor.client.call("workspace/executeCommand", json!({ "command": format!("glue-ls.{name}") }))
    };
    assert_eq!(bare(&mut lab, "runCell")["reason"], "unapplied-settings");
    let said = lab.editor.client.notification("window/showMessage");
    assert!(said["message"].as_str().unwrap().contains("code actions"), "{said}");
    let actions = |lab: &mut Lab| {
        let at = json!({ "line": 0, "character": 0 });
        let context = json!({ "diagnostics": [] });
        let params =
            json!({ "textDocument": { "uri": SCRIPT }, "range": { "start": at, "end": at }, "context": context });
        lab.editor.client.call("textDocument/codeAction", params)
    };
    let offered = actions(&mut lab);
    let titled = |title: &str| offered.as_array().unwrap().iter().find(|action| action["title"] == title).cloned();
    assert!(titled("Start anyway").is_some(), "{offered}");
    let first = titled("Run the settings cells first").unwrap_or_else(|| panic!("{offered}"));
    assert!(lab.act(&first)["runId"].is_number());
    let guest = gate.guest();
    assert!(!actions(&mut lab).to_string().contains("Start anyway"), "a choice is offered once");
    assert_eq!(bare(&mut lab, "cancel")["cancelled"], 1);
    let shown = lab.editor.client.take("the end of the run", |message| {
        message["params"]["message"]
            .as_str()
            .is_some_and(|text| text.contains("cancelled") || text.contains("KeyboardInterrupt"))
    });
    assert!(shown["params"]["message"].as_str().unwrap().contains("Cell 1"), "{shown}");
    assert_eq!(bare(&mut lab, "cancel")["cancelled"], 0);
    let said =
        lab.editor.client.take("that nothing runs", |message| message.to_string().contains("nothing runs or waits"));
    assert_eq!(said["params"]["type"], 3);
    drop(guest);
    // A command that fails says so in a message as well.
    let id = lab.editor.client.command("glue-ls.showOutput", json!({ "uri": SCRIPT, "cell": 2 }));
    assert!(lab.editor.client.response(id).get("error").is_some());
    lab.editor
        .client
        .take("why not", |message| message["params"]["type"] == 1 && message.to_string().contains("shown nothing yet"));
    // A statement runs without a selection.
    let place = json!({ "textDocument": { "uri": SCRIPT }, "position": { "line": TEXT_END, "character": 0 } });
    lab.editor.client.call("textDocument/hover", place);
    assert!(bare(&mut lab, "runSelection")["runId"].is_number());
    lab.editor.client.take("its result", |message| message["params"]["message"] == "Cell 2: 'done'");
}

/// The line of the last statement in the test above: the endless cell has four lines.
const TEXT_END: u32 = 10;

#[test]
fn a_client_that_refuses_every_request_gets_all_it_can() {
    for capabilities in [everything(), everything_of_ours()] {
        let mut lab = listening(&capabilities);
        lab.editor.client.refuse_requests();
        lab.open_script(TEXT);
        for cell in [2, 3] {
            let run = lab.ask("runCell", json!({ "uri": SCRIPT, "cell": cell, "force": true }));
            if capabilities.get("experimental").is_some() {
                lab.story(run, 1);
            }
        }
        if capabilities.get("experimental").is_none() {
            // Behind the other one.
            lab.ask("runCell", json!({ "uri": SCRIPT, "cell": 4, "force": true }));
            lab.editor.client.look_for("the failure", |message| message["params"]["type"] == 1);
        }
        lab.command("showOutput", json!({ "uri": SCRIPT, "cell": 3 }));
        let said =
            lab.editor.client.look_for("where the output is", |message| message.to_string().contains("written to "));
        let path = said["params"]["message"].as_str().unwrap().trim_start_matches("written to ");
        assert_eq!(std::fs::read_to_string(path).unwrap(), "shown\n42\n");
        lab.command("stopSession", json!({ "uri": SCRIPT }));
    }
}

#[test]
fn nothing_waits_for_a_client_that_never_answers() {
    for capabilities in [everything(), everything_of_ours()] {
        let mut lab = listening(&capabilities);
        lab.open_script(TEXT);
        for _ in 0..50 {
            lab.editor.client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
        }
        let at = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } });
        for turn in 0..20 {
            lab.editor.edit(SCRIPT, json!([{ "range": at, "text": format!("# {turn}\n") }]));
        }
        assert!(lab.editor.pull(SCRIPT)[0].starts_with("unknown-magic 21:"));
        for cell in [3, 4] {
            lab.ask("runCell", json!({ "uri": SCRIPT, "cell": cell, "force": true }));
        }
        if capabilities.get("experimental").is_none() {
            lab.editor.client.look_for("the failure", |message| message["params"]["type"] == 1);
        } else {
            lab.editor.client.look_for("the failure", |message| message["params"]["state"] == "error");
        }
        lab.command("showOutput", json!({ "uri": SCRIPT, "cell": 3 }));
        lab.command("stopSession", json!({ "uri": SCRIPT }));
        // The process ends with its input, whatever was asked and not answered.
        lab.editor.client.output_may_be_torn();
        lab.editor.client.close_input();
        assert!(lab.editor.client.exit_code().is_some(), "within {PATIENCE:?}");
    }
}

#[test]
fn a_user_can_say_what_the_editor_does_not() {
    let mut setup = setup(&json!({ "window": { "workDoneProgress": false } }));
    setup.options["clientCapabilities"] = json!({ "window": { "showDocument": { "support": true } } });
    let mut lab = setup.start();
    lab.editor.client.ignore("textDocument/publishDiagnostics");
    lab.open_script("# %%\nx = 1\n");
    lab.command("showPlan", json!({ "uri": SCRIPT }));
    let (id, params) = lab.editor.client.server_request("window/showDocument");
    assert!(params["uri"].as_str().unwrap().contains("glue-plan-"), "{params}");
    lab.editor.client.respond(&id, json!({ "success": true }));
    // Nothing of it is taken for a setting that is wrong, nor is what makes no sense.
    for wrong in [json!(7), json!({ "window": 7 })] {
        let mut setup = self::setup(&json!({}));
        setup.options["clientCapabilities"] = wrong;
        let mut lab = setup.start();
        lab.open_script("# %%\nx = 1\n");
        let logged = lab.editor.client.notification("window/logMessage");
        assert!(logged["message"].as_str().unwrap().contains("clientCapabilities"), "{logged}");
    }
}

#[test]
fn sessions_that_could_be_taken_stand_among_the_code_actions() {
    const OTHER: &str = "file:///ws/other.py";
    let glue = FakeGlue::start(Faults::none());
    let mut lab = deaf(setup(&json!({})).on(&glue.url).start());
    lab.open_script("# %%\n# %idle_timeout 30\nx = 1\n");
    lab.editor.open(OTHER, "python", "# %%\n# %idle_timeout 30\n'ready'\n");
    lab.ask("runCell", json!({ "uri": OTHER, "cell": 0 }));
    let said = |lab: &mut Lab, part: &str| {
        lab.editor
            .client
            .take(part, |message| message["params"]["message"].as_str().is_some_and(|text| text.contains(part)))
    };
    said(&mut lab, "Cell 0: 'ready'");
    assert_eq!(lab.blocked("attachSession", json!({ "uri": SCRIPT }))["reason"], "choose");
    said(&mut lab, "choose among the code actions");
    let at = json!({ "line": 0, "character": 0 });
    let actions = |lab: &mut Lab, uri: &str| {
        let context = json!({ "diagnostics": [] });
        let params = json!({ "textDocument": { "uri": uri }, "range": { "start": at, "end": at }, "context": context });
        lab.editor.client.call("textDocument/codeAction", params)
    };
    let ways = actions(&mut lab, SCRIPT);
    let session = |action: &&Value| action["arguments"][0].get("sessionId").is_some();
    let [attach] = &*ways.as_array().unwrap().iter().filter(session).collect::<Vec<_>>() else { panic!("{ways}") };
    assert_eq!(attach["command"], "glue-ls.attachSession");
    assert!(!actions(&mut lab, OTHER).to_string().contains("sessionId"), "it is another document's choice");
    assert!(lab.act(attach)["runId"].is_number());
    said(&mut lab, "Reconnected to the session");
    // The list opens as a file, and what can be done with each of it stands there too.
    lab.command("listSessions", json!({ "uri": SCRIPT }));
    let written = said(&mut lab, "written to ");
    let path = written["params"]["message"].as_str().unwrap().trim_start_matches("written to ");
    let list = std::fs::read_to_string(path).unwrap();
    let id = attach["arguments"][0]["sessionId"].as_str().unwrap();
    assert!(list.starts_with("Sessions in eu-west-1\n") && list.contains(&format!("{id}  READY")), "{list}");
    assert!(actions(&mut lab, SCRIPT).to_string().contains(&format!("Stop the session {id}")));
    assert_eq!(glue.calls("CreateSession"), 1);
}
