use super::{Fixture, check_accepted, check_completion, check_leaves_out, check_offers, offered};
use glue_ls::features::Prices;
use glue_ls::features::completion::{CompletionKind, Topic, completions};

const GLUE_VERSIONS: &[&str] = &["6.0", "5.1", "5.0", "4.0", "3.0", "2.0", "1.0", "0.9"];

#[test]
fn a_percent_sign_offers_all_magics_the_common_ones_first() {
    check_offers("%$0", &["%glue_version", "%worker_type", "%%configure", "%%sql", "%help", "%reconnect", "%%tags"]);
    check_leaves_out("%$0", &["%glue_ray", "%iam_policy", "%max_capacity", "%matplot", "%pip"]);
}

#[test]
fn two_percent_signs_offer_cell_magics() {
    check_completion("%%$0", &["%%configure", "%%sql", "%%tags", "%%assume_role"]);
    check_completion("# %%\n%%con$0", &["%%configure", "%%sql", "%%tags", "%%assume_role"]);
}

#[test]
fn sql_must_be_on_the_first_line() {
    check_completion("# a comment\n\n%region eu-west-1\n%%$0", &["%%configure", "%%tags", "%%assume_role"]);
    check_leaves_out("%region eu-west-1\n%$0", &["%%sql"]);
}

#[test]
fn a_name_is_replaced_with_its_sigil_wherever_the_cursor_stands() {
    check_accepted("%$0", "%status", "%status");
    check_accepted("%glue_v$0", "%glue_version", "%glue_version ");
    check_accepted("%glue$0_session", "%glue_version", "%glue_version ");
    check_accepted("%$0glue", "%%sql", "%%sql\n$0");
    check_accepted("%%$0\nselect 1", "%%sql", "%%sql\nselect 1");
}

#[test]
fn what_follows_a_name_is_kept() {
    check_accepted("%wor$0 G.2X", "%worker_type", "%worker_type G.2X");
    check_accepted("%idle$0 ", "%idle_timeout", "%idle_timeout ");
    check_accepted("%%conf$0\n{'a': 1}", "%%configure", "%%configure\n{'a': 1}");
}

#[test]
fn an_argument_that_cannot_be_listed_is_a_place_to_fill_in() {
    check_accepted("%numb$0", "%number_of_workers", "%number_of_workers ${1:4}");
    check_accepted("%iam$0", "%iam_role", "%iam_role arn:aws:iam::${1:account}:role/${2:name}");
    check_accepted("%spa$0", "%spark_conf", "%spark_conf ");
}

#[test]
fn cell_magics_bring_a_body() {
    check_accepted("%%conf$0", "%%configure", "%%configure\n{\n    \"${1:glue_version}\": \"${2:5.1}\"\n}");
    check_accepted("%%tags$0", "%%tags", "%%tags\n{\n    \"${1:key}\": \"${2:value}\"\n}");
    check_accepted("%%$0", "%%assume_role", "%%assume_role\n\"arn:aws:iam::${1:account}:role/${2:name}\"");
}

#[test]
fn magics_above_code_are_typed_in_the_head() {
    check_offers("%re$0\nx = 10 % 3\n", &["%region"]);
    check_offers("#- crlf\n%region eu-west-1\n%wo$0\nx = 1\n", &["%worker_type"]);
}

#[test]
fn glue_versions_are_listed_newest_first() {
    check_completion("%glue_version $0", GLUE_VERSIONS);
    let five = offered("%glue_version $0", "5.0");
    assert_eq!(five.kind, CompletionKind::Value);
    assert_eq!(five.detail.as_deref(), Some("Spark 3.5.4, Python 3.11, Java 17"));
    assert!(!five.deprecated);
    let two = offered("%glue_version $0", "2.0");
    assert!(two.deprecated);
    assert!(two.topic.unwrap().markdown(&Prices::default()).unwrap().contains("End of life since 2026-04-01"));
}

#[test]
fn a_value_is_replaced_inside_its_quotes() {
    check_accepted("%glue_version \"5.$0", "5.1", "%glue_version \"5.1");
    check_accepted("%glue_version '4$0.0'", "5.0", "%glue_version '5.0'");
    check_accepted("%worker_type  G.$0", "G.2X", "%worker_type  G.2X");
    check_completion("%glue_version 5.0 $0", &[]);
}

#[test]
fn a_value_given_elsewhere_is_still_offered() {
    check_completion("%glue_version 5.0\n# %%\n%glue_version $0", GLUE_VERSIONS);
}

#[test]
fn worker_types_tell_size_and_price() {
    check_offers("%worker_type $0", &["G.1X", "G.2X", "R.8X", "G.025X", "Standard", "Z.2X"]);
    let detail = |written: &str, label: &str| offered(written, label).detail.unwrap();
    assert_eq!(detail("%worker_type $0", "G.1X"), "1 DPU, 4 vCPU, 16 GB, $0.44/h");
    assert_eq!(detail("%glue_version 6.0\n%worker_type $0", "G.1X"), "1 DPU, 4 vCPU, 16 GB, $0.308/h");
    assert_eq!(detail("%glue_version 3.0\n# %%\n%worker_type $0", "R.1X"), "1 M-DPU, 4 vCPU, 32 GB, needs Glue 4.0");
    assert_eq!(detail("%worker_type $0\n# %%\n%glue_version 6.0", "G.2X"), "2 DPU, 8 vCPU, 32 GB, $0.88/h");
}

#[test]
fn regions_and_session_types_are_listed() {
    assert_eq!(offered("%region eu-$0", "eu-west-1").detail.as_deref(), Some("Europe (Ireland)"));
    check_accepted("%region eu-$0", "eu-west-1", "%region eu-west-1");
    check_completion("%session_type $0", &["etl", "streaming", "glueetl", "gluestreaming"]);
}

#[test]
fn keys_of_configure_come_with_quotes_where_there_are_none() {
    check_accepted("%%configure\n{$0}", "glue_version", "%%configure\n{\"glue_version\": \"$1\"}");
    check_accepted("%%configure\n{\n  $0\n}", "number_of_workers", "%%configure\n{\n  \"number_of_workers\": $1\n}");
    check_accepted("%%configure\n{wor$0", "worker_type", "%%configure\n{\"worker_type\": \"$1\"");
    check_accepted("%%configure\n{wor$0: 'G.1X'}", "worker_type", "%%configure\n{\"worker_type\": 'G.1X'}");
    check_accepted("%%configure\n{\"wor$0\"}", "worker_type", "%%configure\n{\"worker_type\": \"$1\"}");
    check_accepted("%%configure\n{'wor$0'\n}", "worker_type", "%%configure\n{'worker_type': \"$1\"\n}");
    check_accepted("%%configure\n{\"num$0\n}", "number_of_workers", "%%configure\n{\"number_of_workers\": $1\n}");
    check_accepted("%%configure\n{\"wor$0\": 1}", "worker_type", "%%configure\n{\"worker_type\": 1}");
    check_accepted("%%configure\n{\"--en$0}", "--enable-metrics", "%%configure\n{\"--enable-metrics}");
}

#[test]
fn a_number_that_is_typed_comes_first() {
    let labels = |written: &str| -> Vec<String> {
        Fixture::new(written).completions().into_iter().map(|completion| completion.label).collect()
    };
    assert_eq!(labels("%number_of_workers 1$0"), ["1", "2", "5", "10", "20", "50"]);
    assert_eq!(labels("%number_of_workers 5$0"), ["2", "5", "10", "20", "50"]);
    assert_eq!(labels("%%configure\n{'idle_timeout': 6$0}")[0], "6");
    assert_eq!(labels("%number_of_workers 0$0")[0], "2");
    assert_eq!(labels("%number_of_workers 4294967296$0")[0], "2");
    assert!(offered("%number_of_workers 1$0", "1").detail.unwrap().contains("DPU"));
}

#[test]
fn a_list_follows_where_values_are_listed() {
    let follows = |written: &str, label: &str| offered(written, label).offers_next;
    assert!(follows("%$0", "%worker_type"));
    assert!(follows("%$0", "%spark_conf"));
    assert!(!follows("%$0 G.1X", "%worker_type"), "the value is there");
    assert!(follows("%$0", "%connections") && follows("%$0", "%iam_role") && follows("%$0", "%extra_jars"));
    assert!(!follows("%$0", "%additional_python_modules"));
    assert!(!follows("%$0 db", "%connections"), "the value is there");
    assert!(offered("%$0", "%connections").is_snippet, "an example, where the list cannot follow");
    assert!(follows("%spark_conf $0", "spark.sql.adaptive.enabled"));
    assert!(!follows("%spark_conf $0=true", "spark.sql.adaptive.enabled"));
    assert!(follows("%%configure\n{$0}", "worker_type"));
    assert!(follows("%%configure\n{$0}", "--datalake-formats"));
    assert!(!follows("%%configure\n{$0}", "connections"));
    assert!(!follows("%%configure\n{\"$0\": 1}", "worker_type"));
}

#[test]
fn keys_that_are_there_already_are_left_out() {
    let written = "%%configure\n{'glue_version': '5.0', 'enable-metrics': 'true',\n $0\n 'region': 'x'}";
    check_offers(written, &["profile", "worker_type", "--additional-python-modules", "--conf"]);
    check_leaves_out(written, &["glue_version", "region", "--enable-metrics", "--JOB_NAME", "--scriptLocation"]);
    check_offers("%%configure\n{'glue_ver$0sion': '5.0'}", &["glue_version"]);
}

#[test]
fn values_of_configure_are_listed() {
    check_completion("%%configure\n{\"glue_version\": \"$0\"}", GLUE_VERSIONS);
    check_accepted("%%configure\n{\"glue_version\": $0}", "5.0", "%%configure\n{\"glue_version\": \"5.0\"}");
    check_accepted("%%configure\n{\"worker_type\": \"G.$0}", "G.4X", "%%configure\n{\"worker_type\": \"G.4X}");
    check_accepted("%%configure\n{'region': 'us-$0east-1'}", "eu-west-1", "%%configure\n{'region': 'eu-west-1'}");
    check_completion("%%configure\n{'--enable-auto-scaling': $0}", &["true", "false"]);
    check_accepted(
        "%%configure\n{'enable-auto-scaling': $0}",
        "true",
        "%%configure\n{'enable-auto-scaling': \"true\"}",
    );
    check_accepted(
        "%%configure\n{'--datalake-formats': 'hudi,$0'}",
        "iceberg",
        "%%configure\n{'--datalake-formats': 'hudi,iceberg'}",
    );
}

#[test]
fn configure_is_completed_below_other_magics_and_with_windows_line_ends() {
    let written = "#- crlf\n# comment\n%region eu-west-1\n%%configure -f\n{\n  'é𝕏': 1,\n  'worker_type': 'R.$0'\n}";
    check_offers(written, &["R.1X"]);
    check_accepted(
        written,
        "R.2X",
        "# comment\r\n%region eu-west-1\r\n%%configure -f\r\n{\r\n  'é𝕏': 1,\r\n  'worker_type': 'R.2X'\r\n}",
    );
}

#[test]
fn credentials_have_three_keys() {
    check_completion("%%assume_role\n{'aws_access_key_id': 'x', $0}", &["aws_secret_access_key", "aws_session_token"]);
    check_completion("%%assume_role\n'arn$0'", &[]);
}

#[test]
fn spark_properties_and_their_values() {
    check_accepted("%spark_conf $0", "spark.sql.ansi.enabled", "%spark_conf spark.sql.ansi.enabled=");
    check_accepted("%spark_conf spark.sql.$0=1", "spark.sql.caseSensitive", "%spark_conf spark.sql.caseSensitive=1");
    check_accepted(
        "%spark_conf spark.a=1 --conf spark.sql.catalog.glue_catalog.catalog-$0",
        "spark.sql.catalog.glue_catalog.catalog-impl",
        "%spark_conf spark.a=1 --conf spark.sql.catalog.glue_catalog.catalog-impl=",
    );
    check_completion("%spark_conf spark.sql.ansi.enabled=$0", &["true", "false"]);
    check_completion("%spark_conf spark.sql.shuffle.partitions=$0", &["200"]);
    check_completion("%spark_conf spark.sql.parquet.compression.codec=z$0", &["snappy", "gzip", "lz4", "zstd", "none"]);
    check_completion("%spark_conf my.own=$0", &[]);
}

#[test]
fn spark_properties_in_configure() {
    check_accepted(
        "%%configure\n{'--conf': 'spark.sql.a$0'}",
        "spark.sql.ansi.enabled",
        "%%configure\n{'--conf': 'spark.sql.ansi.enabled='}",
    );
    check_completion("%%configure\n{'conf': 'spark.speculation=$0'}", &["true", "false"]);
}

#[test]
fn commented_magics_of_a_script_are_completed_while_they_are_comments() {
    check_accepted("#- form: percent\n# %glue_v$0", "%glue_version", "# %glue_version ");
    check_accepted("#- form: percent\n#%$0\nx = 1", "%region", "#%region \nx = 1");
    check_completion("#- form: percent\n# %d rows$0", &[]);
    check_completion("#- form: percent\n# 10 %$0", &[]);
}

#[test]
fn the_scala_kernel_has_the_same_magics() {
    check_offers("#- kernel: glue_spark\n%$0", &["%glue_version", "%%sql"]);
}

#[test]
fn a_snippet_has_a_plain_form() {
    let plain = |written: &str, label: &str| offered(written, label).plain();
    assert_eq!(plain("%$0", "%number_of_workers"), "%number_of_workers");
    assert_eq!(plain("%$0", "%%configure"), "%%configure");
    assert_eq!(plain("%$0", "%glue_version"), "%glue_version ");
    assert_eq!(plain("%%configure\n{$0}", "region"), "\"region\": \"\"");
    assert_eq!(plain("%%configure\n{$0}", "tags"), "\"tags\": {\"key\": \"value\"}");
    assert_eq!(plain("%%configure\n{'$0'}", "tags"), "tags': {\"key\": \"value\"}");
    assert_eq!(plain("%$0", "%%sql"), "%%sql");
}

#[test]
fn every_working_magic_is_offered_with_something_to_say() {
    let list = Fixture::new("%$0").completions();
    let offered: Vec<&str> = list.iter().map(|completion| completion.label.as_str()).collect();
    for spec in glue_ls::facts::magics().all() {
        let remote = spec.status == glue_ls::facts::Status::Remote;
        assert_eq!(offered.contains(&spec.label().as_str()), spec.works() && !remote, "{}", spec.label());
    }
    for completion in &list {
        let topic = completion.topic.as_ref().unwrap();
        assert!(topic.markdown(&Prices::default()).is_some_and(|text| text.len() > 20), "{completion:?}");
        assert!(completion.detail.is_some(), "{completion:?}");
    }
    assert_eq!(list.last().unwrap().label, "%lsmagic", "IPython's own come last");
}

#[test]
fn numbers_come_with_what_they_cost() {
    let details = |written: &str| -> Vec<String> {
        let list = Fixture::new(written).completions();
        list.into_iter().map(|item| format!("{}: {}", item.label, item.detail.unwrap())).collect()
    };
    assert_eq!(
        details("%region us-east-1\n%worker_type G.2X\n%number_of_workers $0"),
        [
            "2: 4 DPU, $1.76/h",
            "5: 10 DPU, $4.40/h, default",
            "10: 20 DPU, $8.80/h",
            "20: 40 DPU, $17.60/h",
            "50: 100 DPU, $44.00/h"
        ]
    );
    assert_eq!(
        details("%region us-east-1\n%number_of_workers 2\n# %%\n%idle_timeout 3$0"),
        [
            "3: 3 min: idling costs $0.04",
            "15: 15 min: idling costs $0.22",
            "30: 30 min: idling costs $0.44",
            "60: 1 h: idling costs $0.88",
            "120: 2 h: idling costs $1.76",
            "240: 4 h: idling costs $3.52",
            "2880: 2 days: idling costs $42.24, the service's default"
        ]
    );
    assert_eq!(details("%timeout $0")[0], "60: 1 h: costs about $2.20", "no Region is known");
    check_accepted("%number_of_workers $0", "10", "%number_of_workers 10");
    // What stands in the dictionary counts before it can be read as one.
    let written = "%%configure\n{'region': 'us-east-1', 'worker_type': 'G.4X', 'number_of_workers': $0}";
    assert_eq!(details(written)[0], "2: 8 DPU, $3.52/h");
    check_accepted(written, "2", &written.replace("$0", "2"));
    check_accepted("%%configure\n{'idle_timeout': '$0'}", "30", "%%configure\n{'idle_timeout': '30'}");
    let scaling = "%%configure\n{'region': 'us-east-1', 'enable-auto-scaling': 'true', 'max_capacity': $0}";
    assert_eq!(details(scaling)[1], "5: at most 5 DPU, $2.20/h");
}

#[test]
fn prices_are_those_of_the_region_and_of_the_user() {
    let mut prices = Prices::default();
    let detail = |prices: &Prices, written: &str| {
        let fixture = Fixture::new(written);
        let list = completions(&fixture.model, fixture.cell, fixture.offset, prices).items;
        list.into_iter().find(|item| item.label == "G.1X").unwrap().detail.unwrap()
    };
    let here = "%region eu-central-1\n%worker_type $0";
    assert_eq!(detail(&prices, here), "1 DPU, 4 vCPU, 16 GB, about $0.44/h");
    assert_eq!(detail(&prices, "%worker_type $0"), "1 DPU, 4 vCPU, 16 GB, $0.44/h");
    prices.rates.insert("eu-central-1".to_owned(), 0.5);
    assert_eq!(detail(&prices, here), "1 DPU, 4 vCPU, 16 GB, $0.50/h");
    prices.region = Some("EU-central-1".to_owned());
    assert_eq!(detail(&prices, "%worker_type $0"), "1 DPU, 4 vCPU, 16 GB, $0.50/h");
    assert_eq!(detail(&prices, "#- env: AWS_REGION=us-east-1\n%worker_type $0"), "1 DPU, 4 vCPU, 16 GB, $0.44/h");
}

#[test]
fn a_topic_says_everything_when_the_document_is_gone() {
    let topic = offered("%glue_version 6.0\n%region us-east-1\n%worker_type $0", "G.2X").topic.unwrap();
    let data = serde_json::to_string(&topic).unwrap();
    assert_eq!(data, r#"{"kind":"worker-type","name":"G.2X","version":"6.0","region":"us-east-1"}"#);
    let topic: Topic = serde_json::from_str(&data).unwrap();
    let text = topic.markdown(&Prices::default()).unwrap();
    assert!(text.contains("$0.308 per DPU-hour in us-east-1, Glue 6.0"), "{text}");
    let gone = Topic::Property { name: "no.such".to_owned() };
    assert_eq!(gone.markdown(&Prices::default()), None);
}

#[test]
fn profiles_come_from_the_config_files() {
    let written = "#- profile: dev region=eu-west-1\n#- profile: my prof\n#- profile: prod\n";
    check_completion(&format!("{written}%profile $0"), &["dev", "prod"]);
    check_accepted(&format!("{written}%profile d$0"), "dev", "%profile dev");
    assert_eq!(offered(&format!("{written}%profile $0"), "dev").detail.as_deref(), Some("eu-west-1"));
    check_accepted(&format!("{written}%%configure\n{{'profile': $0}}"), "prod", "%%configure\n{'profile': \"prod\"}");
}

#[test]
fn roles_have_the_partition_of_the_region() {
    check_completion("%iam_role $0", &["arn:aws:iam::account:role/name"]);
    check_accepted(
        "%region cn-north-1\n%iam_role ar$0",
        "arn:aws-cn:iam::account:role/name",
        "%region cn-north-1\n%iam_role arn:aws-cn:iam::${1:account}:role/${2:name}",
    );
    check_accepted(
        "%region us-gov-west-1\n%ia$0",
        "%iam_role",
        "%region us-gov-west-1\n%iam_role arn:aws-us-gov:iam::${1:account}:role/${2:name}",
    );
    // Those that are known come first, the one that is being typed is none of them.
    check_completion(
        "#- profile: dev glue_role_arn=arn:aws:iam::1:role/outside\n%iam_role arn:aws:iam::1:role/x\n# %%\n%iam_role arn:aws:ia$0",
        &["arn:aws:iam::1:role/outside", "arn:aws:iam::1:role/x", "arn:aws:iam::account:role/name"],
    );
    check_accepted(
        "%%configure\n{'iam_role': $0}",
        "arn:aws:iam::account:role/name",
        "%%configure\n{'iam_role': \"arn:aws:iam::${1:account}:role/${2:name}\"}",
    );
}

#[test]
fn endpoints_are_those_of_the_region() {
    check_completion("%endpoint $0", &["https://vpce-id.glue.region.vpce.amazonaws.com"]);
    check_accepted(
        "%region cn-north-1\n%endpoint h$0",
        "https://vpce-id.glue.cn-north-1.vpce.amazonaws.com.cn",
        "%region cn-north-1\n%endpoint https://vpce-${1:id}.glue.cn-north-1.vpce.amazonaws.com.cn",
    );
    check_offers("%region eu-west-1\n%endpoint $0", &["https://glue.eu-west-1.amazonaws.com"]);
}

#[test]
fn tags_are_those_of_the_rest_of_the_notebook() {
    let above = "#- env: glue_tags={\"cost center\": \"77\"}\n%%tags\n{'team': 'etl', 'stage': 'dev'}\n\
                 # %%\n%%configure\n{'tags': {'team': 'core'}}\n# %%\n";
    check_completion(&format!("{above}%%tags\n{{$0}}"), &["cost center", "stage", "team"]);
    check_completion(&format!("{above}%%tags\n{{'stage': 'x', '$0'}}"), &["cost center", "team"]);
    check_completion(&format!("{above}%%tags\n{{'team': '$0'}}"), &["core", "etl"]);
    let accepted = |written: &str, label: &str| {
        let fixture = Fixture::new(&format!("{above}{written}"));
        let chosen = fixture.completions().into_iter().find(|item| item.label == label).unwrap();
        let mut text = fixture.text().to_owned();
        text.replace_range(chosen.replace, &chosen.insert);
        text
    };
    assert_eq!(accepted("%%tags\n{'cost c$0'}", "cost center"), "%%tags\n{'cost center': \"$1\"}");
    assert_eq!(accepted("%%tags\n{$0}", "cost center"), "%%tags\n{\"cost center\": \"$1\"}");
    assert_eq!(accepted("%%tags\n{'team': $0}", "etl"), "%%tags\n{'team': \"etl\"}");
}

#[test]
fn items_of_a_list_are_offered_once() {
    check_completion("%%configure\n{'--datalake-formats': 'hudi,$0'}", &["delta", "iceberg"]);
    check_completion("%%configure\n{'--datalake-formats': 'hudi, delta,$0'}", &["iceberg"]);
    check_completion("%connections a,$0", &[]);
}

#[test]
fn properties_are_chained() {
    check_accepted(
        "%spark_conf spark.sql.ansi.enabled=true $0",
        "--conf",
        "%spark_conf spark.sql.ansi.enabled=true --conf ",
    );
    check_accepted("%spark_conf a=1 --c$0", "--conf", "%spark_conf a=1 --conf ");
    check_completion("%spark_conf a=1 -Dx $0", &[]);
    check_leaves_out("%spark_conf spark.speculation=true --conf $0", &["spark.speculation"]);
    check_offers("%spark_conf spark.specu$0lation=true", &["spark.speculation"]);
    check_completion("%%configure\n{'--conf': 'a=1 $0'}", &["--conf"]);
}

#[test]
fn cell_magics_of_a_script_are_commented_too() {
    check_accepted(
        "#- form: percent\n# %%con$0",
        "%%configure",
        "# %%configure\n{\n    \"${1:glue_version}\": \"${2:5.1}\"\n}",
    );
    check_completion("#- form: percent\n# %%t$0", &["%%configure", "%%tags", "%%assume_role"]);
    check_completion("#- form: percent\n# %% t$0", &[]);
    check_completion("# %%t$0", &[]);
}

#[test]
fn variables_of_the_kernel_are_named_and_have_the_values_of_their_magics() {
    check_offers("%env $0", &["glue_profile", "region", "glue_idle_timeout", "glue_version", "glue_tags"]);
    check_accepted("%env glue_wor$0", "glue_worker_type", "%env glue_worker_type=");
    check_accepted("%env glue_wor$0=G.1X", "glue_worker_type", "%env glue_worker_type=G.1X");
    check_accepted("%env glue_worker_type=G.$0", "G.2X", "%env glue_worker_type=G.2X");
    check_offers("%env AWS_REGION=$0", &["eu-west-1"]);
    check_completion("%env MY_OWN=$0", &[]);
    check_completion("%env region=x $0", &[]);
}
