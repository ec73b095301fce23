//! Names of the account where they are typed.

use serde_json::{Value, json};

use super::{World, item, labels, place_behind, shop};
use crate::lsp::editor::cell_uri;

#[test]
fn the_first_answer_does_not_wait_and_later_ones_have_all_names() {
    let Some(world) = World::with_keys([shop("a")]) else { return };
    let account = world.moto.accounts[0].id.clone();
    let arn = |name: &str| format!("arn:aws:iam::{account}:role/{name}");
    let mut seat = world.start().begin();
    let cells = [
        ("connections", "%connections "),
        ("role", "%iam_role "),
        ("sealed", "%security_config "),
        ("session", "%reconnect "),
        ("assumed", "%%assume_role\n"),
        ("configure", "%%configure\n{\"connections\": \"\", \"iam_role\": \"\", \"security_config\": \"\"}"),
        ("code", "x = 1"),
    ];
    seat.open(&cells);
    assert!(world.proxy.all_calls().is_empty(), "{:?}", world.proxy.all_calls());
    let first = seat.complete(&cell_uri("connections"), "%connections ", "%connections ");
    assert_eq!((&first["isIncomplete"], &first["items"]), (&json!(true), &json!([])));
    assert_eq!(seat.names_in("connections", "%connections "), ["a-events", "a-orders"]);
    let roles = seat.names_in("role", "%iam_role ");
    assert_eq!(roles[..2], ["a-GlueEtl", "a-Lambda"], "{roles:?}");
    assert_eq!(seat.names_in("sealed", "%security_config "), ["a-sealed"]);
    assert_eq!(seat.names_in("session", "%reconnect "), ["a-live"]);
    assert_eq!(seat.names_in("assumed", "%%assume_role\n"), ["a-GlueEtl", "a-Lambda"]);
    let (uri, text) = (cell_uri("configure"), cells[5].1);
    assert_eq!(seat.names(&uri, text, "\"connections\": \""), ["a-events", "a-orders"]);
    assert!(seat.names(&uri, text, "\"iam_role\": \"").contains(&"a-GlueEtl".to_owned()));
    assert_eq!(seat.names(&uri, text, "\"security_config\": \""), ["a-sealed"]);
    // A role is written as its ARN.
    let role = item(&seat.complete(&cell_uri("role"), "%iam_role ", "%iam_role "), "a-GlueEtl");
    assert_eq!(role["textEdit"]["newText"], json!(arn("a-GlueEtl")));
    let lambda = seat.documentation("role", "%iam_role ", "a-Lambda", "Glue");
    assert!(lambda.contains(&arn("a-Lambda")), "{lambda}");
    let session = seat.documentation("session", "%reconnect ", "a-live", "5 × G.1X");
    assert!(session.contains("2 hours ago") && session.contains("`team`"), "{session}");
    // Each list was fetched once, whoever needed it how often.
    for operation in ["GetConnections", "ListRoles", "GetSecurityConfigurations", "GetCallerIdentity"] {
        assert_eq!(world.proxy.calls(operation), 1, "{operation}: {:?}", world.proxy.all_calls());
    }
    seat.end();
}

#[test]
fn documentation_tells_the_network_of_a_connection_and_how_old_it_is() {
    let Some(world) = World::with_keys([shop("a")]) else { return };
    let mut seat = world.start().begin();
    seat.open(&[("c", "%connections "), ("h", "%connections a-orders, nothing\nx = 1")]);
    let said = seat.documentation("c", "%connections ", "a-orders", "vpc-0000000a");
    for part in ["JDBC", "subnet-0000000a", "eu-west-1b", "The shop's", "As of "] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    let mut hover = |character| {
        seat.editor.ask("textDocument/hover", &cell_uri("h"), 0, character)["contents"]["value"].to_string()
    };
    let known = hover(16);
    assert!(known.contains("vpc-0000000a") && known.contains("As of "), "{known}");
    let missing = hover(25);
    assert!(missing.contains("**no connection** `nothing`"), "{missing}");
    seat.end();
}

#[test]
fn names_are_offered_in_every_form_of_a_document() {
    let Some(world) = World::with_keys([shop("a")]) else { return };
    let mut seat = world.start().begin();
    let script = "# %% [magics]\n# %connections \n# %%\n# %%configure\n{\"connections\": \"a-events,\"}\n# %%\nx = 1\n";
    seat.editor.open("file:///ws/etl.py", "python", script);
    assert_eq!(seat.names("file:///ws/etl.py", script, "# %connections "), ["a-events", "a-orders"]);
    assert_eq!(seat.names("file:///ws/etl.py", script, "\"a-events,"), ["a-orders"]);
    let cell = |source: Value| json!({ "cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, "source": source });
    let notebook = json!({
        "cells": [cell(json!(["%glue_version 5.0\n", "%connections a-orders,"])), cell(json!("%%configure\n{\"security_config\": \"\"}"))],
        "metadata": { "kernelspec": { "name": "glue_pyspark" } }, "nbformat": 4, "nbformat_minor": 5,
    });
    let text = serde_json::to_string_pretty(&notebook).unwrap();
    seat.editor.open("file:///ws/other.ipynb", "json", &text);
    assert_eq!(seat.names("file:///ws/other.ipynb", &text, "%connections a-orders,"), ["a-events"]);
    let behind = r#"\"security_config\": \""#;
    let list = seat.complete_until("file:///ws/other.ipynb", &text, behind, |list| list["isIncomplete"] == false);
    assert_eq!(labels(&list), ["a-sealed"]);
    let place = place_behind(&text, behind);
    let edit = &item(&list, "a-sealed")["textEdit"];
    assert_eq!(edit["range"]["start"], json!({ "line": place.0, "character": place.1 }));
    seat.end();
}

#[test]
fn places_in_s3_are_offered_folder_by_folder() {
    let Some(world) = World::with_keys([shop("a")]) else { return };
    let bucket = format!("a-{}/", world.moto.accounts[0].id);
    let mut seat = world.start().begin();
    let texts = [
        "%extra_py_files s3://",
        &format!("%extra_py_files s3://{bucket}"),
        &format!("%extra_py_files s3://{bucket}code/"),
        &format!("%extra_jars s3://{bucket}code/"),
    ];
    let names = ["a", "b", "c", "d"];
    let cells: Vec<_> = names.into_iter().zip(texts).collect();
    seat.open(&cells);
    assert!(seat.names_in("a", texts[0]).contains(&bucket));
    let folders = seat.names_in("b", texts[1]);
    assert_eq!(folders.len(), 1, "{folders:?}");
    assert!(folders[0].ends_with("code/"), "{folders:?}");
    // What is of no use there comes last.
    assert_eq!(seat.names_in("c", texts[2]), ["a.py", "deep/", "b.jar"]);
    assert_eq!(seat.names_in("d", texts[3]), ["b.jar", "deep/", "a.py"]);
    seat.end();
}

#[test]
fn who_wants_no_account_gets_none() {
    let Some(world) = World::with_keys([shop("a")]) else { return };
    let mut seat = world.start().option("account", json!({ "enabled": false })).begin();
    seat.open(&[("c", "%connections "), ("d", "%connections nothing\nx = 1")]);
    let list = seat.complete(&cell_uri("c"), "%connections ", "%connections ");
    assert_eq!((&list["isIncomplete"], &list["items"]), (&json!(false), &json!([])));
    assert_eq!(seat.editor.pull_cell("d"), [""; 0]);
    seat.editor.client.call_command("glue-ls.refreshAccount", json!({}));
    let hover = seat.editor.ask("textDocument/hover", &cell_uri("d"), 0, 16);
    assert!(!hover.to_string().contains("no connection"), "{hover}");
    seat.end();
    assert!(world.proxy.all_calls().is_empty(), "{:?}", world.proxy.all_calls());
    assert!(world.kept().is_empty());
}
