//! Keys, job arguments, versions and workers, and the magics that set them.

use std::collections::BTreeSet;

use glue_ls::facts::magics::{DefaultSource, MagicDefault};
use glue_ls::facts::versions::GlueStatus;
use glue_ls::facts::{self, ArgumentKind, ConfigureKind, MagicSpec};

fn default_of(magic: &MagicSpec) -> &MagicDefault {
    magic.default.as_ref().expect("a magic with a default")
}

#[test]
fn magics_and_configure_keys_name_each_other() {
    let configure = facts::configure();
    for magic in facts::magics().all() {
        if let Some(key) = &magic.configure_key {
            let row = configure.recognised(key).unwrap_or_else(|| panic!("{key} is not recognised"));
            assert_eq!(row.magic.as_deref(), Some(magic.label().as_str()), "{key}");
        } else if magic.works() && !magic.env.is_empty() {
            // A setting without a key: whoever writes it into %%configure must be told.
            assert!(configure.misused(&magic.name).is_some(), "{}", magic.label());
        }
    }
    for (position, row) in configure.recognised_keys().iter().enumerate() {
        assert_eq!(row.order as usize, position + 1, "{}", row.key);
        assert!(configure.misused(&row.key).is_none(), "{}", row.key);
        if let Some(label) = &row.magic {
            let named = facts::magics().all().iter().find(|magic| &magic.label() == label);
            let named = named.unwrap_or_else(|| panic!("{label} is no magic"));
            assert_eq!(named.configure_key.as_ref(), Some(&row.key));
            let same = match named.argument.kind {
                ArgumentKind::Int => ConfigureKind::Int,
                ArgumentKind::Dict => ConfigureKind::Dict,
                ArgumentKind::Enum if row.key == "worker_type" => ConfigureKind::Enum,
                _ => ConfigureKind::String,
            };
            assert_eq!(row.kind, same, "{}", row.key);
        }
        for other in &row.exclusive_with {
            assert!(configure.recognised(other).is_some(), "{other}");
        }
    }
    for setting in &facts::magics().environment.settings {
        assert!(setting.configure_key.as_ref().is_none_or(|key| configure.recognised(key).is_some()));
    }
    for row in configure.misused_keys() {
        assert_eq!(row.becomes, format!("--{}", row.key));
    }
    assert!(configure.misused("conf").is_none() && configure.misused_with_dict("conf").is_some());
}

#[test]
fn job_arguments_agree_with_magics_and_workers() {
    let configure = facts::configure();
    for row in configure.job_parameters() {
        assert!(row.name.starts_with("--"), "{}", row.name);
        if let Some(label) = &row.magic {
            let name = label.trim_start_matches('%');
            let target = facts::magics().line(name).and_then(|magic| magic.target.default_argument.as_ref());
            assert_eq!(target, Some(&row.name));
        }
        for worker in row.max_by_worker.keys() {
            assert!(facts::versions().worker(worker).is_some(), "{worker}");
        }
        for version in row.since.iter().chain(&row.versions) {
            assert!(facts::versions().glue(version).is_some(), "{}: {version}", row.name);
        }
        for other in &row.needs {
            assert!(configure.job_parameter(other).is_some(), "{other}");
        }
    }
    for magic in facts::magics().supported() {
        if let Some(argument) = &magic.target.default_argument {
            let row = configure.job_parameter(argument).unwrap_or_else(|| panic!("{argument}"));
            assert_eq!(row.magic, Some(magic.label()));
        }
    }
    for name in facts::magics().kernel.default_arguments.keys() {
        assert!(configure.job_parameter(name).is_some(), "{name}");
    }
    let scaling = &facts::versions().capacity.auto_scaling.argument;
    assert!(configure.job_parameter(scaling).is_some());
}

#[test]
fn versions_and_workers_agree_with_their_magics() {
    let versions = facts::versions();
    let worker_type = facts::magics().line("worker_type").unwrap();
    let names: BTreeSet<&str> = versions.worker_types().iter().map(|row| row.name.as_str()).collect();
    let accepted: BTreeSet<&str> = worker_type.argument.values.iter().map(String::as_str).collect();
    assert_eq!(accepted, names);
    let of_service: BTreeSet<&str> = facts::sessions_api().enums.worker_type.iter().map(String::as_str).collect();
    assert_eq!(of_service, names);
    let default = versions.worker_types().iter().find(|row| row.default).unwrap();
    assert_eq!(versions.capacity.default_worker_type, default.name);
    assert_eq!(default_of(worker_type).value.as_ref(), Some(&default.name));

    let glue_version = facts::magics().line("glue_version").unwrap();
    // The magic offers what can still be had; the table knows the rest.
    let supported = versions.glue_versions().iter().filter(|row| row.status == GlueStatus::Supported);
    let supported: Vec<&String> = supported
        .inspect(|row| assert!(row.end_of_life.is_none(), "{}", row.version))
        .map(|row| &row.version)
        .collect();
    assert_eq!(glue_version.argument.values.iter().collect::<Vec<_>>(), supported);
    let kernel = default_of(glue_version);
    assert_eq!(kernel.set_by, DefaultSource::Kernel);
    assert_eq!(kernel.value.as_ref(), versions.kernel_default().map(|row| &row.version));

    let number = |name: &str| -> u32 {
        let magic = facts::magics().line(name).unwrap();
        default_of(magic).value.as_ref().unwrap().parse().unwrap()
    };
    assert_eq!(number("idle_timeout"), versions.timeouts.idle_timeout.default);
    assert_eq!(number("timeout"), versions.timeouts.timeout.default);
    assert_eq!(number("number_of_workers"), versions.capacity.default_workers);
    assert_eq!(facts::configure().limits.max_pairs, versions.quotas.default_arguments);
    assert_eq!(facts::sessions_api().limits.code_max_chars, versions.quotas.statement_characters);
    let tags = facts::magics().cell("tags").unwrap();
    assert_eq!(tags.argument.max_items, Some(versions.quotas.tags));
}

#[test]
fn numbers_inside_versions_can_be_compared() {
    let versions = facts::versions();
    for row in versions.glue_versions() {
        assert!(row.number() > (0, 0) && row.python_minor() > (2, 0), "{}", row.version);
    }
    assert!(versions.glue_versions().is_sorted_by_key(|row| row.number()));
    assert_eq!(versions.glue("4.0").unwrap().python_minor(), (3, 10));
    for worker in versions.worker_types() {
        assert!(versions.glue(&worker.min_glue_version).is_some(), "{}", worker.name);
        assert!(worker.dpu > 0.0 && worker.vcpu > 0 && worker.memory_gb > 0, "{}", worker.name);
        for kind in &worker.session_types {
            assert!(["glueetl", "gluestreaming", "glueray"].contains(&kind.as_str()), "{kind}");
        }
    }
    let large = versions.worker("G.12X").unwrap();
    assert!(!large.runs_on(versions.glue("3.0").unwrap()));
    assert!(large.runs_on(versions.glue("5.1").unwrap()));
}
