//! Regions, operations, permissions, the library and SQL.

use glue_ls::facts;

#[test]
fn regions_lie_in_their_partitions() {
    let regions = facts::regions();
    for region in regions.all() {
        let partition = regions.partition(&region.partition).unwrap();
        assert!(region.endpoint.ends_with(&partition.dns_suffix), "{}", region.id);
        assert!(region.endpoint.contains(&region.id), "{}", region.id);
        assert!(region.dualstack_endpoint.ends_with(&partition.dualstack_suffix), "{}", region.id);
        let prefixes = &partition.region_prefixes;
        assert!(prefixes.iter().any(|prefix| region.id.starts_with(prefix.as_str())), "{}", region.id);
    }
    for region in &regions.without_glue {
        assert!(regions.find(&region.id).is_none(), "{}", region.id);
        assert_eq!(regions.partition_of(&region.id).unwrap().id, region.partition);
    }
    let partition = |region: &str| regions.partition_of(region).map(|partition| partition.id.as_str());
    assert_eq!(partition("us-gov-west-1"), Some("aws-us-gov"));
    assert_eq!(partition("us-isob-west-1"), Some("aws-iso-b"));
    assert_eq!(partition("eu-north-9"), Some("aws"));
    assert_eq!(partition("mars-1"), None);
    assert_eq!(regions.partition_of("cn-north-1").unwrap().arn_prefix(), "arn:aws-cn:");
}

#[test]
fn operations_name_errors_and_states_that_are_explained() {
    let api = facts::sessions_api();
    for (name, operation) in &api.operations {
        for error in &operation.errors {
            assert!(api.error(error).is_some(), "{name}: {error}");
        }
        if let Some(paging) = &operation.pagination {
            assert!(operation.input.contains_key(&paging.input_token), "{name}");
            assert!(operation.output.contains_key(&paging.output_token), "{name}");
            for (members, key) in [(&operation.input, &paging.limit_key), (&operation.output, &paging.result_key)] {
                assert!(key.as_ref().is_none_or(|key| members.contains_key(key)), "{name}");
            }
        }
    }
    for (operation, errors) in &api.kernel_retry.per_operation {
        assert!(operation == "others" || api.operation(operation).is_some(), "{operation}");
        assert!(errors.iter().all(|error| api.error(error).is_some_and(|row| row.kernel_retries)));
    }
    let create = api.operation("CreateSession").unwrap();
    let sent = api.kernel_create_session.sent_when_truthy.iter();
    for member in sent.chain(&api.kernel_create_session.never_sent) {
        assert!(create.input.contains_key(member), "{member}");
    }
    for magic in facts::magics().supported() {
        let member = magic.target.api.as_deref().and_then(|api| api.strip_prefix("CreateSession."));
        if let Some(member) = member.and_then(|member| member.split(['.', ' ', '*']).next()) {
            assert!(member.is_empty() || create.input.contains_key(member), "{}", magic.label());
        }
    }
    assert!(api.session_state("READY").unwrap().usable);
    assert!(api.session_states.iter().all(|state| !(state.usable && state.is_final)));
    assert!(api.statement_state("AVAILABLE").unwrap().is_final);
}

#[test]
fn permissions_are_about_things_that_exist() {
    let iam = facts::iam();
    for feature in &iam.features {
        for label in feature.magics.iter().filter(|label| label.starts_with('%')) {
            let known = facts::magics().supported().any(|magic| magic.label() == *label);
            assert!(known, "{}: {label}", feature.name);
        }
    }
    assert_eq!(iam.features_needing("iam:PassRole").next().unwrap().name, "pass-role");
    assert!(iam.feature("create-session").is_some());
}

#[test]
fn the_library_is_found_by_name() {
    let api = facts::awsglue_api();
    let context = api.class("GlueContext").unwrap();
    let reader = context.attribute("create_dynamic_frame").unwrap();
    assert!(api.class(&reader.kind).unwrap().method("from_catalog").is_some());
    for transform in &api.transforms {
        let start = format!("{}.apply(", transform.name);
        assert!(transform.call.starts_with(&start), "{}", transform.name);
    }
    let options = api.connection_types.iter().flat_map(|row| &row.options);
    for option in options.chain(api.formats.iter().flat_map(|row| &row.options)) {
        // Some options were numbers of another version; a list of values must not be empty text.
        assert!(option.values.iter().all(|value| !value.is_empty()), "{}", option.name);
        assert!(option.kind != "enum" || !option.values.is_empty(), "{}", option.name);
        if let (false, Some(default)) = (option.values.is_empty(), &option.default) {
            assert!(option.values.contains(default), "{}: {default}", option.name);
        }
    }
    assert!(api.connection_type("s3").is_some() && api.format("parquet").unwrap().write);
}

#[test]
fn sql_words_are_upper_case_and_types_known() {
    let types = facts::catalog_types();
    for word in types.sql_keywords.iter().chain(&types.sql_reserved_ansi).chain(&types.sql_hints) {
        assert!(!word.chars().any(|c| c.is_ascii_lowercase()), "{word}");
    }
    assert!(types.sql_reserved_ansi.iter().all(|word| types.sql_keywords.contains(word)));
    assert_eq!(types.column_type("integer").unwrap().name, "int");
    for kind in types.column_types.iter().filter_map(|kind| kind.apply_mapping.as_ref()) {
        assert!(types.apply_mapping_types.contains(kind), "{kind}");
    }
    assert!(types.functions("count").next().is_some());
}
