//! What the local Glue has, as a client lists it beside the document.

use serde_json::{Value, json};

use super::{Lab, SCRIPT, Setup};

/// An editor that hears of news, on a local Glue that has something.
fn lab() -> Lab {
    let mut setup = Setup::new();
    setup.capabilities["experimental"] = json!({ "glueLs": { "accountNews": true } });
    let orders = json!({ "path": "orders", "format": "parquet", "columns": ["id bigint"] });
    setup.options["local"]["databases"] = json!({ "shop": { "tables": { "orders": orders } } });
    setup.options["local"]["connections"] = json!({ "warehouse": { "type": "JDBC" } });
    let mut lab = setup.start();
    lab.open_script("# %%\n1\n");
    lab
}

#[track_caller]
fn listed(lab: &mut Lab, argument: Value) -> Value {
    loop {
        let list = lab.command("listNames", argument.clone());
        if list["state"] != "loading" {
            return list;
        }
        lab.editor.client.notification("glue-ls/accountNews");
    }
}

#[test]
fn what_the_settings_say_is_listed() {
    let mut lab = lab();
    for (argument, insert, detail) in [
        (json!({ "uri": SCRIPT, "kind": "connections" }), "%connections warehouse", "JDBC"),
        (json!({ "uri": SCRIPT, "kind": "databases" }), "shop", ""),
        (json!({ "uri": SCRIPT, "kind": "tables", "database": "shop" }), "shop.orders", "parquet, file:///"),
        (json!({ "uri": SCRIPT, "kind": "columns", "database": "shop", "table": "orders" }), "id", "bigint"),
    ] {
        let list = listed(&mut lab, argument.clone());
        assert_eq!((&list["state"], &list["complete"]), (&json!("ready"), &json!(true)), "{argument}: {list}");
        let [item] = &**list["items"].as_array().unwrap() else { panic!("{argument}: {list}") };
        assert_eq!(item["insert"], insert, "{list}");
        assert!(item["detail"].as_str().unwrap().contains(detail), "{list}");
    }
    lab.editor.client.ignore("glue-ls/accountNews");
}

#[test]
fn what_is_not_named_is_asked_for_in_words() {
    let mut lab = lab();
    for (argument, part) in [
        (json!({ "uri": SCRIPT, "kind": "tables" }), "name the database"),
        (json!({ "uri": SCRIPT, "kind": "tables", "database": "" }), "name the database"),
        (json!({ "uri": SCRIPT, "kind": "columns", "database": "shop" }), "name the table"),
        (json!({ "uri": SCRIPT, "kind": "roles" }), "unknown variant"),
    ] {
        let refused = lab.refused("listNames", argument.clone());
        assert!(refused.contains(part), "{argument}: {refused}");
    }
}

#[test]
fn the_plan_tells_the_price_without_being_opened() {
    let mut lab = Setup::plain().start();
    lab.open_script("# %%\n# %number_of_workers 10\n# %worker_type G.1X\n# %%\n1\n");
    let plan = lab.command("showPlan", json!({ "uri": SCRIPT, "quiet": true }));
    assert!(plan["price"].as_str().unwrap().starts_with("10 × G.1X: 10 DPU, "), "{plan}");
    assert!(plan["price"].as_str().unwrap().contains("$4.4"), "{plan}");
    assert!(plan["create_session"].is_object(), "{plan}");
}
