//! Scripts that a formatter has been over mean the same.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use glue_ls::model::open::open;
use glue_ls::model::plan::{DEFAULT_IDLE_TIMEOUT, Plan, plan};
use glue_ls::model::{Environment, Kernel, NotebookModel};
use glue_ls::syntax::Form;
use serde_json::{Value, json};

use super::{oracle, roundtrip::notebooks};

/// Returns the path of ruff, or nothing, loudly, where there is none. With `CI=true` there has to be one.
fn ruff() -> Option<String> {
    let program = std::env::var("GLUE_LS_RUFF").unwrap_or_else(|_| "ruff".into());
    let found = Command::new(&program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        assert!(!oracle::is_ci(), "there is no {program} to format with");
        eprintln!("SKIPPED: there is no {program}; `pip install ruff` and name the program in GLUE_LS_RUFF");
    }
    found.then_some(program)
}

/// Returns the formatted text, `None` where ruff cannot parse it.
fn formatted(ruff: &str, text: &str) -> Option<String> {
    let mut child = Command::new(ruff)
        .args(["format", "--isolated", "--no-cache", "--stdin-filename", "script.py", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = text.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    // A program that refuses the text need not have read all of it.
    let written = writer.join().unwrap();
    output.status.success().then(|| {
        written.unwrap();
        String::from_utf8(output.stdout).unwrap()
    })
}

fn planned(script: &str) -> Plan {
    let notebook = open(script, Form::Percent).notebook;
    let model = NotebookModel::of(notebook, Some(Kernel::PySpark), &Arc::new(Environment::default()));
    plan(&model, DEFAULT_IDLE_TIMEOUT)
}

/// Returns all of a plan but the statements, without the places of things.
fn without_statements(plan: &Plan) -> Value {
    let cells = plan.cells.iter().map(|cell| {
        let magics = cell.magics.iter().map(|call| json!([call.cell, call.name, call.argument]));
        json!({
            "cell": cell.cell,
            "sent": cell.statement.is_some(),
            "create_session": cell.create_session.as_deref(),
            "magics": magics.collect::<Vec<_>>(),
            "shell": cell.shell,
        })
    });
    let cells: Vec<Value> = cells.collect();
    json!({"create_session": plan.create_session.as_deref(), "sends": plan.sends, "cells": cells})
}

/// Returns whether two statements are one when they are formatted.
fn same(ruff: &str, left: &str, right: &str) -> bool {
    // What the session gets as Python need not be any: a magic below code, which the script has as a comment. Comments move
    // to the left where no code holds them.
    let left_bound = |code: &str| -> Vec<String> {
        let is_magic = |line: &str| line.trim_start().starts_with(['%', '!']);
        code.trim().lines().map(|line| if is_magic(line) { line.trim_start() } else { line }.to_owned()).collect()
    };
    let formatted = |code: &str| {
        let comment = |line: &str| if line.starts_with(['%', '!']) { format!("# {line}") } else { line.to_owned() };
        let code: Vec<String> = left_bound(code).iter().map(|line| comment(line)).collect();
        formatted(ruff, &code.join("\n")).map(|code| code.trim().to_owned())
    };
    left_bound(left) == left_bound(right) || formatted(left).is_some_and(|left| Some(left) == formatted(right))
}

/// Cases in which a comment or a line of blanks stands indented above a magic and hides it. The formatter moves it to the
/// left, and the magic is found: that is what the rule `magic-below-code` asks for.
const MENDED: &[&str] = &["indented-comment", "whitespace-line"];

#[test]
fn formatting_leaves_the_plan_equal() {
    let Some(ruff) = ruff() else { return };
    if !oracle::is_there() {
        return;
    }
    let notebooks = notebooks();
    for options in [json!({}), json!({"cell_markers": "\"\"\""})] {
        let scripts = oracle::writes(notebooks.iter().map(|(_, notebook)| (notebook.clone(), options.clone())));
        let (mut compared, mut changed) = (0, 0);
        for ((name, _), script) in notebooks.iter().zip(&scripts) {
            let Some(script) = script else { continue };
            let Some(after) = formatted(&ruff, script) else { continue };
            compared += 1;
            changed += usize::from(after != *script);
            let plans = (planned(script), planned(&after));
            let (was, is) = (without_statements(&plans.0), without_statements(&plans.1));
            if MENDED.iter().any(|case| name.contains(case)) {
                assert_ne!(is, was, "{name}");
                continue;
            }
            assert_eq!(is, was, "{name}\n{script}\nformatted\n{after}");
            for (was, is) in plans.0.cells.iter().zip(&plans.1.cells) {
                let (was, is) = (was.statement.as_deref(), is.statement.as_deref());
                assert!(was == is || same(&ruff, was.unwrap(), is.unwrap()), "{name}: {was:?} became {is:?}");
            }
        }
        assert!(compared > 20 && changed > 10, "{compared} could be formatted, {changed} changed");
    }
}
