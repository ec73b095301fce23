//! The kernel's magics.

use std::collections::BTreeSet;

use glue_ls::facts::{self, ArgumentKind, Category, MagicForm, MagicSpec, Status};

/// The names in `KernelMagics.py` of version 1.0.9, taken from its decorators.
#[test]
fn the_kernels_own_magics_are_exactly_the_supported_and_undocumented_ones() {
    let registered = |form| -> BTreeSet<&str> {
        let magics = facts::magics().all().iter();
        magics
            .filter(|magic| magic.form == form)
            .filter(|magic| matches!(magic.status, Status::Supported | Status::Undocumented))
            .map(|magic| magic.name.as_str())
            .collect()
    };
    let line = "additional_python_modules connections endpoint etl extra_jars extra_py_files \
                glue_version help iam_role idle_timeout list_sessions number_of_workers profile \
                reconnect region security_config session_id session_id_prefix session_type \
                spark_conf status stop_session streaming timeout worker_type";
    assert_eq!(registered(MagicForm::Line), line.split_whitespace().collect());
    assert_eq!(registered(MagicForm::Cell), BTreeSet::from(["assume_role", "configure", "sql", "tags"]));
    let remote = facts::magics().all().iter().filter(|magic| magic.status == Status::Remote);
    assert_eq!(remote.map(|magic| magic.name.as_str()).collect::<Vec<_>>(), ["matplot", "plotly"]);
}

#[test]
fn statuses_go_with_what_they_say() {
    for magic in facts::magics().all() {
        let label = magic.label();
        assert_eq!(magic.removed.is_some(), magic.status == Status::Removed, "{label}");
        let nonexistent = matches!(magic.status, Status::DocsOnly | Status::NotRegistered);
        assert_eq!(magic.category == Category::Nonexistent, nonexistent, "{label}");
        assert_eq!(magic.category == Category::Ray, magic.status == Status::Removed, "{label}");
        assert_eq!(magic.named_by.is_some(), magic.status == Status::DocsOnly, "{label}");
        assert_eq!(magic.works(), facts::magics().supported().any(|other| other.label() == label));
        if magic.works() {
            assert!(magic.example.is_some() && magic.hover.is_some() && magic.since.is_some(), "{label}");
        } else {
            assert!(!magic.mistakes.is_empty(), "{label}: nothing to tell the user");
        }
    }
}

#[test]
fn arguments_are_described_consistently() {
    for magic in facts::magics().all() {
        let (label, argument) = (magic.label(), &magic.argument);
        let kind = argument.kind;
        assert_eq!(kind == ArgumentKind::Enum, !argument.values.is_empty(), "{label}: values");
        assert_eq!(kind == ArgumentKind::List, argument.item_pattern.is_some(), "{label}: items");
        assert!(kind == ArgumentKind::Int || argument.min.or(argument.max).is_none(), "{label}: numbers");
        assert!(kind != ArgumentKind::None || !argument.required, "{label}: required");
        assert!(argument.min.zip(argument.max).is_none_or(|(least, most)| least < most), "{label}");
        let of_cell = matches!(kind, ArgumentKind::Dict | ArgumentKind::DictOrString | ArgumentKind::Sql);
        assert_eq!(of_cell, magic.form == MagicForm::Cell && magic.works(), "{label}: body");
        if magic.works() && magic.form == MagicForm::Cell {
            assert!(argument.ignores_line && argument.required, "{label}");
        }
        if let Some(value) = magic.default.as_ref().and_then(|default| default.value.as_ref()) {
            match kind {
                ArgumentKind::Int => {
                    let number: i64 = value.parse().unwrap();
                    assert!(argument.min.is_none_or(|least| least <= number), "{label}: default");
                }
                ArgumentKind::Enum => assert!(argument.values.contains(value), "{label}: default"),
                _ => assert_eq!(kind, ArgumentKind::String, "{label}: default"),
            }
        }
        // Everything that shows an argument of the line starts with the magic itself.
        if let (true, Some(example)) = (magic.works(), &magic.example) {
            let line = example.lines().find(|line| line.starts_with(&label));
            let line = line.unwrap_or_else(|| panic!("{label}: the example does not use it"));
            assert_eq!(line.len() > label.len(), kind != ArgumentKind::None && !of_cell, "{label}");
        }
    }
}

#[test]
fn completions_are_ones_that_exist() {
    let sources = [
        "aws_profiles",
        "regions",
        "sessions",
        "iam_roles",
        "connections",
        "security_configurations",
        "spark_properties",
    ];
    let magics = facts::magics().all().iter().filter_map(|magic| magic.argument.completion.as_deref());
    let api = facts::awsglue_api();
    let options = api.connection_types.iter().flat_map(|connection| &connection.options);
    for completion in magics.chain(options.filter_map(|option| option.completion.as_deref())) {
        assert!(sources.contains(&completion), "{completion}");
    }
}

#[test]
fn misspelt_magics_lead_to_the_right_one() {
    let magics = facts::magics();
    let closest = |name, form| magics.closest(name, form).map(MagicSpec::label);
    assert_eq!(closest("idel_timeout", MagicForm::Line).as_deref(), Some("%idle_timeout"));
    assert_eq!(closest("worker-type", MagicForm::Line).as_deref(), Some("%worker_type"));
    assert_eq!(closest("Glue_Version", MagicForm::Line).as_deref(), Some("%glue_version"));
    assert_eq!(closest("configuer", MagicForm::Cell).as_deref(), Some("%%configure"));
    assert_eq!(closest("tag", MagicForm::Cell).as_deref(), Some("%%tags"));
    // Removed magics are nothing to lead anybody to, other words are no slips.
    assert_eq!(closest("min_worker", MagicForm::Line), None);
    assert_eq!(closest("pip", MagicForm::Line), None);
    assert_eq!(closest("bash", MagicForm::Cell), None);
    for magic in magics.supported() {
        assert_eq!(closest(&magic.name, magic.form), Some(magic.label()));
    }
}

#[test]
fn every_name_finds_its_row() {
    let magics = facts::magics();
    for magic in magics.all() {
        let found = match magic.form {
            MagicForm::Line => magics.line(&magic.name),
            MagicForm::Cell => magics.cell(&magic.name),
        };
        assert_eq!(found.map(MagicSpec::label), Some(magic.label()));
    }
    assert!(magics.line("sql").is_none() && magics.cell("sql").is_some());
    assert!(magics.foreign("%%local").is_some() && magics.foreign("local").is_none());
}
