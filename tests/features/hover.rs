use super::{Fixture, check_hover};
use glue_ls::features::Prices;
use glue_ls::features::hover::hover;

#[test]
fn a_magic_is_explained() {
    check_hover(
        "%glue_ver$0sion 5.0",
        "%glue_version",
        &[
            "selects the runtime",
            "**Here:** `5.0` (line 1 of this cell)",
            "**Default:** `4.0`, chosen by the kernel",
            "%glue_version 5.1",
            "Also set by key `glue_version` of `%%configure` or environment variable `glue_version`.",
            "**Worth knowing**",
        ],
    );
    check_hover("$0%region eu-west-1", "%region", &["lower-cased"]);
    check_hover("%timeout$0 10", "%timeout", &["Since kernel 1.0.5."]);
}

#[test]
fn at_most_three_surprises_are_told() {
    let fixture = Fixture::new("%conn$0ections a");
    let markdown = hover(&fixture.model, fixture.cell, fixture.offset, &Prices::default()).unwrap().markdown;
    let (_, quirks) = markdown.split_once("**Worth knowing**").unwrap();
    assert_eq!(quirks.matches("\n- ").count(), 3, "{quirks}");
}

#[test]
fn the_value_in_force_is_that_of_the_last_magic_above() {
    let cells = "%idle_timeout 30\n%idle_timeout 45\n# %%\nx = 1\n# %%\n";
    check_hover(&format!("{cells}%idle$0_timeout"), "%idle_timeout", &["**Here:** `45` (line 2 of cell 0)"]);
    let below = "%worker$0_type G.1X\n# %%\n%worker_type G.2X";
    check_hover(below, "%worker_type", &["**Here:** `G.1X` (line 1 of this cell)"]);
    check_hover(
        "%%configure\n{\n 'worker_type': 'G.8X'}\n# %%\n%worker$0_type?",
        "%worker_type",
        &["**Here:** `G.8X` (line 3 of cell 0)"],
    );
}

#[test]
fn a_value_from_outside_is_told_with_its_origin() {
    let written = "#- env: glue_worker_type=G.4X\n#- env: AWS_REGION=eu-west-1\n%worker_t$0ype?\n# %%\nspark";
    check_hover(written, "%worker_type", &["**Here:** `G.4X` (environment variable `glue_worker_type`)"]);
}

#[test]
fn nothing_is_in_force_where_nothing_is_known() {
    let fixture = Fixture::new("%worker_t$0ype?");
    let hover = hover(&fixture.model, fixture.cell, fixture.offset, &Prices::default()).unwrap();
    assert!(!hover.markdown.contains("**Here:**"), "{}", hover.markdown);
}

#[test]
fn cell_magics_are_explained() {
    check_hover("%%config$0ure -f\n{}", "%%configure", &["Python literal", "\"worker_type\": \"G.1X\""]);
    check_hover("# top\n$0%%sql\nselect 1", "%%sql", &["very first line of the cell"]);
}

#[test]
fn magics_that_are_gone_or_never_were_say_what_to_do() {
    check_hover("%glue$0_ray", "%glue_ray", &["Removed in kernel 1.0.6."]);
    check_hover("%job$0_type x", "%job_type", &["Instead: "]);
    check_hover(
        "%%spark$0_conf\na=b",
        "%%spark_conf",
        &["is not a cell magic", "Instead: write %spark_conf key=value"],
    );
    check_hover("%%region$0\nx", "%%region", &["There is no `%%region`; it is `%region`."]);
    check_hover("%sql$0 select 1", "%sql", &["There is no `%sql`; it is `%%sql`."]);
}

#[test]
fn magics_of_others_say_what_happens() {
    check_hover("%pi$0p install x", "%pip", &["runs on your machine", "Instead: %additional_python_modules"]);
    check_hover("%p$0wd", "%pwd", &["local directory"]);
    check_hover(
        "%%bas$0h\nls",
        "%%bash",
        &["sends the lines below to the session", "Instead: prefix each line with !"],
    );
    check_hover("%%loc$0al\nls", "%%local", &["belongs to sparkmagic/EMR"]);
}

#[test]
fn magics_of_the_session_are_explained_in_code() {
    check_hover("import x\n%matp$0lot plt", "%matplot", &["understood by the remote interpreter"]);
}

#[test]
fn values_are_explained() {
    check_hover(
        "%worker_type G.$02X",
        "G.2X",
        &[
            "2 DPU, 8 vCPU, 32 GB memory, 138 GB disk",
            "Glue 2.0 or newer",
            "**$0.88 per worker and hour**",
            "us-east-1",
        ],
    );
    check_hover("%glue_version 3.0\n%worker_type 'R.1X$0'", "R.1X", &["**This notebook uses Glue 3.0.**"]);
    check_hover("%glue_version \"5$0.0\"", "5.0", &["Spark 3.5.4, Python 3.11, Java 17", "Supported."]);
    check_hover("%glue_version 2.0$0", "2.0", &["End of life since 2026-04-01"]);
    check_hover("%region EU-we$0st-1", "EU-west-1", &["Europe (Ireland)"]);
}

#[test]
fn keys_and_values_of_configure_are_explained() {
    check_hover(
        "%%configure\n{'number_of_$0workers': 5}",
        "number_of_workers",
        &["Sets `CreateSession.NumberOfWorkers`, as `%number_of_workers` does.", "**Here:** `5` (line 2 of this cell)"],
    );
    check_hover("%%configure\n{'max_$0capacity': 5}", "max_capacity", &["Not together with `number_of_workers`"]);
    check_hover(
        "%%configure\n{'spark$0_conf': ''}",
        "spark_conf",
        &["becomes the job argument `--spark_conf`", "--conf"],
    );
    check_hover("%%configure\n{'--enable-auto-sca$0ling': 'true'}", "--enable-auto-scaling", &["Since: Glue 3.0"]);
    check_hover("%%configure\n{'datalake-$0formats': 'delta'}", "datalake-formats", &["several separated by `,`"]);
    check_hover("%%configure\n{'worker_type': 'G.1$0X'}", "G.1X", &["4 vCPU"]);
    check_hover("%%configure\n{'glue_version': '5.$01', 'oops", "5.1", &["Spark 3.5.6"]);
}

#[test]
fn spark_properties_are_explained() {
    check_hover(
        "%spark_conf spark.sql.shuffle$0.partitions=64 --conf a=b",
        "spark.sql.shuffle.partitions",
        &["Partitions after a shuffle", "Default: `200`."],
    );
    check_hover(
        "%%configure\n{'--conf': 'a=b --conf spark.sql.ansi$0.enabled=true'}",
        "spark.sql.ansi.enabled",
        &["ANSI SQL"],
    );
}

#[test]
fn windows_line_ends_and_wide_characters_do_not_matter() {
    check_hover("#- crlf\n# 𝕏é\n%region eu-west-1\n%worker_type G.1$0X\n", "G.1X", &["4 vCPU"]);
    check_hover("%%configure\n{'é𝕏': '世', 'reg$0ion': 'eu-west-1'}", "region", &["AWS Region"]);
}

#[test]
fn numbers_say_what_they_cost() {
    let above = "%region us-east-1\n%worker_type G.2X\n";
    check_hover(
        &format!("{above}%number_of_workers 1$00"),
        "10",
        &["10 workers of type `G.2X`: **20 DPU, $8.80/h**", "$0.44 per DPU-hour in us-east-1, Glue 4.0."],
    );
    check_hover(
        &format!("{above}%number_of_workers 2\n%idle_timeout 4$05"),
        "45",
        &["after **45 min** without a statement", "costs $1.32 (4 DPU, $1.76/h)"],
    );
    check_hover("%timeout 120$0", "120", &["ends **2 h** after its creation", "costs about $4.40"]);
    check_hover(
        "%%configure\n{'worker_type': 'G.4X', 'number_of_workers': 3$0, oops",
        "3",
        &["3 workers of type `G.4X`: **12 DPU"],
    );
    check_hover("%%configure\n{'max_capacity': 7.5$0}", "7.5", &["A session: **7.5 DPU"]);
    check_hover(
        "%worker_type R.2X\n%number_of_workers 2$0",
        "2",
        &["**4 M-DPU, about $2.08/h**", "$0.52 per M-DPU-hour in us-east-1"],
    );
    check_hover("%region eu-central-1\n%number_of_workers 2$0", "2", &["in eu-central-1 is not known; `cost.rates`"]);
    check_hover(
        "%%configure\n{'enable-auto-scaling': 'true', 'number_of_workers': 4$0}",
        "4",
        &["At most 4 workers", "**at most 4 DPU"],
    );
}

#[test]
fn what_is_typed_is_no_markdown() {
    let fixture = Fixture::new("%region [x](http://e)\n%number_of_workers 2$0");
    let markdown = hover(&fixture.model, fixture.cell, fixture.offset, &Prices::default()).unwrap().markdown;
    assert!(!markdown.contains("]("), "{markdown}");
}

#[test]
fn roles_profiles_and_session_types_are_explained() {
    check_hover(
        "%iam_role arn:aws-cn:iam::1:role/a/et$0l",
        "arn:aws-cn:iam::1:role/a/etl",
        &["Role `etl` of account `1`, partition `aws-cn`."],
    );
    check_hover(
        "%%assume_role\n'arn:aws:iam::12:role/$0etl'",
        "arn:aws:iam::12:role/etl",
        &["Role `etl` of account `12`."],
    );
    check_hover("%session_type STREA$0MING", "STREAMING", &["`gluestreaming`"]);
    let words = ["PySpark's own client", "on Glue 5.1 and later", "Neither the Glue kernel nor glue-ls"];
    check_hover("%session_type SPARK_CON$0NECT", "SPARK_CONNECT", &words);
    check_hover("%%configure\n{'SessionType': 'SPARK_CON$0NECT'}", "SPARK_CONNECT", &words);
    check_hover("%%configure\n{'--SessionType': 'LI$0VY'}", "LIVY", &["without being told"]);
    check_hover(
        "#- profile: dev glue_role_arn=arn:aws:iam::1:role/r\n%profile de$0v",
        "dev",
        &["Profile `dev`", "`glue_role_arn` = `arn:aws:iam::1:role/r`"],
    );
}

#[test]
fn what_a_profile_holds_besides_settings_is_not_told() {
    let fixture = Fixture::new("#- profile: dev glue_temp_credentials=secret\n%profile de$0v");
    let markdown = hover(&fixture.model, fixture.cell, fixture.offset, &Prices::default()).unwrap().markdown;
    assert!(!markdown.contains("secret"), "{markdown}");
}

#[test]
fn keys_of_tags_and_credentials_are_explained() {
    check_hover(
        "%%tags\n{'te$0am': 'etl'}\n# %%\n%%tags\n{'team': 'core'}",
        "team",
        &["a tag of the session", "at most 128 characters", "Elsewhere: `core` (cell 1)"],
    );
    check_hover("%%tags\n{'owner': 'm$0e'}", "me", &["overwrites"]);
    check_hover("%%assume_role\n{'aws_session_tok$0en': 'x'}", "aws_session_token", &["temporary credentials"]);
}

#[test]
fn values_of_job_arguments_and_properties_are_explained() {
    check_hover(
        "%%configure\n{'--job-bookmark-option': 'job-bookmark-pau$0se'}",
        "job-bookmark-pause",
        &["--job-bookmark-option"],
    );
    check_hover("%spark_conf spark.speculation=tr$0ue", "true", &["spark.speculation"]);
}

#[test]
fn commands_of_the_shell_run_here() {
    check_hover("!l$0s -l", "!ls", &["runs on your machine"]);
    check_hover("%region eu-west-1\n! pip$0 install x\ny = 1", "! pip", &["runs on your machine"]);
}
