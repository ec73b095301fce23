//! Names of the account as a client lists them beside the document.

use serde_json::{Value, json};

use super::{Seat, Start, World, shop};
use crate::lsp::editor::{NOTEBOOK, cell_uri};

impl Start<'_> {
    /// A client that is told when more is known.
    fn hearing(mut self) -> Self {
        self.capabilities["experimental"] = json!({ "glueLs": { "accountNews": true } });
        self
    }
}

impl Seat<'_> {
    fn list(&mut self, argument: Value) -> Value {
        self.editor.client.call_command("glue-ls.listNames", argument)
    }

    /// Lists names, again each time when more is known, until nothing is on its way.
    #[track_caller]
    fn listed(&mut self, argument: Value) -> Value {
        loop {
            let list = self.list(argument.clone());
            if list["state"] != "loading" {
                return list;
            }
            assert!(list["message"].is_string() && list["remedy"].is_null(), "{list}");
            self.editor.client.notification("glue-ls/accountNews");
        }
    }

    /// Whatever was told besides is of no interest.
    #[track_caller]
    fn over(mut self) {
        self.editor.client.ignore("glue-ls/accountNews");
        self.editor.client.ignore("glue-ls/accountState");
        self.end();
    }
}

fn all(list: &Value, member: &str) -> Vec<Value> {
    list["items"].as_array().unwrap().iter().map(|item| item[member].clone()).collect()
}

#[test]
fn what_the_account_has_is_listed_with_what_to_write_for_it() {
    let columns: &[(&str, &str)] = &[("id", "bigint"), ("paid at", "timestamp")];
    let contents = shop("a").database(super::REGION, "sales-2024", &[("orders", columns), ("stock", &[])]);
    let Some(world) = World::with_keys([contents]) else { return };
    let mut seat = world.start().hearing().begin();
    seat.open(&[("c", "%connections a-orders"), ("x", "1")]);
    // The first answer does not wait.
    let first = seat.list(json!({ "uri": NOTEBOOK, "kind": "connections" }));
    assert_eq!((&first["state"], &first["items"], &first["complete"]), (&json!("loading"), &json!([]), &json!(false)));
    let list = seat.listed(json!({ "uri": NOTEBOOK, "kind": "connections" }));
    assert_eq!((&list["state"], &list["complete"], &list["message"]), (&json!("ready"), &json!(true), &Value::Null));
    assert_eq!(list["region"], super::REGION);
    assert_eq!(all(&list, "name"), ["a-events", "a-orders"]);
    assert_eq!(all(&list, "insert"), ["%connections a-events", "%connections a-orders"]);
    assert_eq!(all(&list, "detail")[1], "JDBC, vpc-0000000a, subnet-0000000a, eu-west-1b");
    assert!(all(&list, "documentation")[1].as_str().unwrap().contains("The shop's a\\-orders"), "{list}");
    // A cell's own URI, and a document that is none of Glue's, are as good; nobody is asked again.
    seat.editor.open("file:///ws/notes.txt", "plaintext", "nothing of Glue");
    for uri in [cell_uri("c"), "file:///ws/notes.txt".to_owned(), "file:///ws/closed.py".to_owned()] {
        assert_eq!(seat.listed(json!({ "uri": uri }))["items"], list["items"], "{uri}");
    }
    assert_eq!(world.proxy.calls("GetConnections"), 1);
    let databases = seat.listed(json!({ "uri": NOTEBOOK, "kind": "databases" }));
    assert_eq!(all(&databases, "name"), ["a_db", "sales-2024"]);
    assert_eq!(all(&databases, "insert"), ["a_db", "`sales-2024`"]);
    assert_eq!(all(&databases, "detail")[0], "All of a_db");
    let tables = seat.listed(json!({ "uri": NOTEBOOK, "kind": "tables", "database": "sales-2024" }));
    assert_eq!(all(&tables, "insert"), ["`sales-2024`.orders", "`sales-2024`.stock"]);
    assert_eq!(all(&tables, "detail")[0], "parquet, s3://data/sales-2024/orders/");
    assert!(all(&tables, "documentation")[0].as_str().unwrap().contains("- `paid at` timestamp"), "{tables}");
    let asked = json!({ "uri": NOTEBOOK, "kind": "columns", "database": "sales-2024", "table": "orders" });
    let columns = seat.listed(asked);
    assert_eq!(
        (all(&columns, "name"), all(&columns, "detail")),
        (vec!["id".into(), "paid at".into()], vec!["bigint".into(), "timestamp".into()])
    );
    assert_eq!(all(&columns, "insert"), ["id", "`paid at`"]);
    assert_eq!(world.proxy.calls("GetTables"), 1, "columns come with the tables");
    seat.over();
}

#[test]
fn who_a_document_names_is_asked_once_that_is_allowed() {
    let Some(world) = World::with_profiles([shop("a"), shop("b")]) else { return };
    let mut seat = world.start().hearing().begin();
    seat.open(&[("p", "%profile theirs"), ("x", "1")]);
    let list = seat.listed(json!({ "uri": NOTEBOOK, "kind": "connections" }));
    assert_eq!((&list["state"], &list["items"]), (&json!("unavailable"), &json!([])), "{list}");
    assert!(list["remedy"].as_str().unwrap().contains("Load names as profile theirs"), "{list}");
    assert!(world.proxy.all_calls().is_empty(), "{:?}", world.proxy.all_calls());
    // A cell above is of the user's own session.
    let action = list["actions"][0].clone();
    assert_eq!(
        (&action["title"], &action["command"]),
        (&json!("Load names as profile theirs"), &json!("glue-ls.loadNames"))
    );
    seat.act(&action);
    seat.editor.client.notification("glue-ls/accountNews");
    assert_eq!(all(&seat.listed(json!({ "uri": NOTEBOOK })), "name"), ["b-events", "b-orders"]);
    seat.over();
    assert_eq!(world.signers("GetConnections"), ["1".to_owned()].into());
}

#[test]
fn what_keeps_names_from_being_known_is_told_with_what_to_do() {
    let Some(world) = World::new([]) else { return };
    let home = world.home.with("AWS_REGION", "eu-west-1");
    let world = World { home, ..world };
    for (engine, local) in [("aws", false), ("local", true)] {
        let mut seat = world.start().hearing().option("engine", json!(engine)).begin();
        seat.open(&[("c", "1")]);
        for kind in ["connections", "databases"] {
            let list = seat.listed(json!({ "uri": NOTEBOOK, "kind": kind }));
            assert_eq!((&list["state"], &list["requiresReauth"]), (&json!("unavailable"), &json!(true)), "{list}");
            assert!(list["message"].as_str().unwrap().contains("no AWS credentials"), "{list}");
            let remedy = list["remedy"].as_str().unwrap();
            assert!(remedy.contains("sign in") && remedy.contains("[local]") == local, "{list}");
            assert_eq!(list["actions"][0]["command"], "glue-ls.doctor", "{list}");
        }
        seat.over();
    }
    let mut seat = world.start().hearing().option("account", json!({ "enabled": false })).begin();
    seat.open(&[("c", "1")]);
    let list = seat.listed(json!({ "uri": NOTEBOOK, "kind": "databases" }));
    assert!(list["state"] == "unavailable" && list["remedy"].as_str().unwrap().contains("`account.enabled`"), "{list}");
    seat.over();
    for (cell, part) in [
        ("%endpoint https://example.invalid", "%endpoint"),
        ("%region eu-west-1.example.com", "%region"),
        (
            "%%assume_role\n{'aws_access_key_id': 'ASIAEXAMPLEEXAMPLE00', 'aws_secret_access_key': 's', 'aws_session_token': 't'}",
            "its own keys",
        ),
    ] {
        let mut seat = world.start().hearing().begin();
        seat.open(&[("c", cell), ("x", "1")]);
        let list = seat.listed(json!({ "uri": NOTEBOOK, "kind": "connections" }));
        assert!(list["state"] == "unavailable" && list["message"].as_str().unwrap().contains(part), "{cell}: {list}");
        assert_eq!((&list["actions"], &list["region"]), (&json!([]), &Value::Null), "{list}");
        seat.over();
    }
    assert!(world.proxy.all_calls().is_empty(), "{:?}", world.proxy.all_calls());
}
