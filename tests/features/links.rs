use super::Fixture;
use glue_ls::features::links::{links, logs_page, role_page, s3_page};

/// Asserts the links of the last cell, `text -> page`.
#[track_caller]
fn check(written: &str, expected: &[&str]) {
    let fixture = Fixture::new(written);
    let cell = fixture.model.cells.len() - 1;
    let text = &fixture.model.cells[cell].cell.text;
    let links = links(&fixture.model, cell..cell + 1);
    let shown: Vec<String> =
        links.iter().map(|(_, link)| format!("{} -> {}", &text[link.range.clone()], link.target)).collect();
    assert_eq!(shown, expected);
}

#[test]
fn s3_uris_of_magics_and_bodies_open_the_console() {
    check(
        "%extra_jars s3://jars/a.jar, s3://jars/lib/\n",
        &[
            "s3://jars/a.jar -> https://s3.console.aws.amazon.com/s3/object/jars?prefix=a.jar",
            "s3://jars/lib/ -> https://s3.console.aws.amazon.com/s3/buckets/jars?prefix=lib/",
        ],
    );
    check(
        "%region cn-north-1\n# %%\n%%configure\n{\"--TempDir\": \"s3://tmp-dir\"}",
        &["s3://tmp-dir -> https://console.amazonaws.cn/s3/buckets/tmp-dir?region=cn-north-1"],
    );
    check(
        "%%sql\nselect * from parquet.`s3://lake/orders/day=*`",
        &["s3://lake/orders/day=* -> https://s3.console.aws.amazon.com/s3/buckets/lake?prefix=orders/"],
    );
}

#[test]
fn roles_open_the_console_of_their_partition() {
    check(
        "%iam_role arn:aws-us-gov:iam::123456789012:role/service-role/Glue_1",
        &["arn:aws-us-gov:iam::123456789012:role/service-role/Glue_1 -> \
           https://console.amazonaws-us-gov.com/iam/home#/roles/details/Glue_1"],
    );
    assert_eq!(role_page("arn:aws:iam::1:role/x"), None);
    assert_eq!(role_page("arn:aws:iam::123456789012:user/x"), None);
    assert_eq!(role_page("arn:aws-iso:iam::123456789012:role/x"), None);
}

#[test]
fn logs_are_in_the_console_of_the_regions_partition() {
    for (region, host) in [
        ("eu-west-1", "console.aws.amazon.com"),
        ("cn-north-1", "console.amazonaws.cn"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
    ] {
        let page = format!(
            "https://{host}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/\
             $252Faws-glue$252Fsessions$252Ferror$3FlogStreamNameFilter$3Dteam-1.x"
        );
        assert_eq!(logs_page(region, "team-1.x"), Some(page));
    }
    assert!(logs_page("eu-west-1", "a b/ö&$").unwrap().ends_with("$3Da$2520b$252F$25C3$25B6$2526$2524"));
    assert_eq!(logs_page("us-iso-east-1", "x"), None, "its console is not known");
    assert_eq!(logs_page("mars-1", "x"), None);
}

#[test]
fn strings_of_python_are_links_as_a_whole_only() {
    check(
        "a = 's3://lake/x.csv'\nb = f's3://lake/{day}'\nc = 'to s3://lake'\n# s3://lake\nd = f's3://lake/' '1'",
        &[
            "s3://lake/x.csv -> https://s3.console.aws.amazon.com/s3/object/lake?prefix=x.csv",
            "s3://lake/ -> https://s3.console.aws.amazon.com/s3/buckets/lake",
        ],
    );
}

#[test]
fn placeholders_are_no_links() {
    for uri in
        ["s3://<your-bucket>/x", "s3://${bucket}/x", "s3://B/x", "s3://b", "s3://ab..c/", "s3://lake/{day}", "http://x"]
    {
        assert_eq!(s3_page(uri, None), None, "{uri}");
    }
}

#[test]
fn ignored_rules_open_their_pages() {
    check(
        "# glue-ls: ignore[unknown-region, no-such-rule]\n%region x\n# glue-ls: ignore",
        &["unknown-region -> https://github.com/glue-ls/glue-ls/blob/main/docs/rules/unknown-region.md"],
    );
    check(
        "%%sql\n-- glue-ls: ignore[ sql-not-first ]\nselect 1",
        &["sql-not-first -> https://github.com/glue-ls/glue-ls/blob/main/docs/rules/sql-not-first.md"],
    );
    check("#- kernel: python3\n# glue-ls: ignore[unknown-region]\ns = 's3://lake/'", &[]);
}
