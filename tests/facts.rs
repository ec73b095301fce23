//! The tables: that they parse, agree with each other, and that the reference is written from them.

use std::collections::BTreeSet;

use glue_ls::facts::{self, MagicSpec};

mod ipython;
mod magics;
mod reference;
mod services;
mod settings;

#[test]
fn every_table_parses_and_is_not_empty() {
    assert!(facts::magics().all().len() > 40);
    assert!(facts::ipython().line_names().count() > 100);
    assert!(facts::configure().recognised_keys().len() == 15);
    assert!(facts::versions().glue_versions().len() >= 8);
    assert!(facts::regions().all().len() > 40);
    assert!(facts::sessions_api().operations.len() > 20);
    assert!(facts::iam().features.len() > 25);
    assert!(facts::awsglue_api().classes.len() >= 10);
    assert!(facts::catalog_types().sql_functions.len() > 200);
}

/// Fails on the first name that occurs twice.
fn assert_unique<'a>(what: &str, names: impl IntoIterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(seen.insert(name), "{what}: {name} occurs twice");
    }
}

#[test]
fn names_are_unique() {
    let labels: Vec<String> = facts::magics().all().iter().map(MagicSpec::label).collect();
    assert_unique("magics", labels.iter().map(String::as_str));
    // The reference links to magics by name alone.
    assert_unique("working magics", facts::magics().supported().map(|magic| magic.name.as_str()));
    for magic in facts::magics().all() {
        assert_unique(&magic.label(), magic.mistakes.iter().map(|mistake| mistake.code.as_str()));
        assert_unique(&magic.label(), magic.quirks.iter().map(String::as_str));
    }
    assert_unique("cell rules", facts::magics().cell_rules.iter().map(|rule| rule.id.as_str()));
    assert_unique("foreign", facts::magics().foreign.iter().map(|magic| magic.label.as_str()));
    let configure = facts::configure();
    assert_unique("keys", configure.recognised_keys().iter().map(|row| row.key.as_str()));
    assert_unique("misused", configure.misused_keys().iter().map(|row| row.key.as_str()));
    assert_unique("arguments", configure.job_parameters().iter().map(|row| row.name.as_str()));
    assert_unique("properties", configure.spark_properties().iter().map(|row| row.name.as_str()));
    let versions = facts::versions();
    assert_unique("versions", versions.glue_versions().iter().map(|row| row.version.as_str()));
    assert_unique("workers", versions.worker_types().iter().map(|row| row.name.as_str()));
    assert_unique("regions", facts::regions().all().iter().map(|row| row.id.as_str()));
    assert_unique("features", facts::iam().features.iter().map(|row| row.name.as_str()));
    let api = facts::awsglue_api();
    assert_unique("classes", api.classes.iter().map(|row| row.name.as_str()));
    assert_unique("transforms", api.transforms.iter().map(|row| row.name.as_str()));
    assert_unique("connections", api.connection_types.iter().map(|row| row.name.as_str()));
    assert_unique("formats", api.formats.iter().map(|row| row.name.as_str()));
    assert_unique("column types", facts::catalog_types().column_types.iter().map(|t| t.name.as_str()));
}
