use super::Fixture;
use glue_ls::features::semantic_tokens::{MODIFIERS, cell_tokens};

/// Asserts the tokens of the first cell, `text:kind` each, with modifiers behind dots.
#[track_caller]
fn check(written: &str, expected: &[&str]) {
    let fixture = Fixture::new(written);
    let cell = &fixture.model.cells[0].cell;
    let shown: Vec<String> = cell_tokens(cell)
        .into_iter()
        .map(|token| {
            let bits = MODIFIERS.iter().enumerate().filter(|(bit, _)| token.modifiers & (1 << bit) != 0);
            let modifiers: String = bits.map(|(_, name)| format!(".{name}")).collect();
            format!("{}:{}{modifiers}", &cell.text[token.range], token.kind.name())
        })
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn magics_are_macros_and_their_values_what_they_are() {
    check(
        "%glue_version 5.0\n%worker_type 'G.1X'\n%number_of_workers 5\n%region eu-west-1\n%iam_role arn:aws:iam::123456789012:role/x",
        &[
            "%glue_version:macro.defaultLibrary",
            "5.0:number",
            "%worker_type:macro.defaultLibrary",
            "'G.1X':enumMember",
            "%number_of_workers:macro.defaultLibrary",
            "5:number",
            "%region:macro.defaultLibrary",
            "eu-west-1:enumMember",
            "%iam_role:macro.defaultLibrary",
            "arn:aws:iam::123456789012:role/x:string",
        ],
    );
}

#[test]
fn what_is_gone_is_deprecated_and_what_nobody_knows_is_plain() {
    check("%glue_ray", &["%glue_ray:macro.deprecated"]);
    check("%glue_version 2.0", &["%glue_version:macro.defaultLibrary", "2.0:number.deprecated"]);
    check("%%bash\nls", &["%%bash:macro"]);
    check("%", &[]);
}

#[test]
fn lists_and_properties_are_taken_apart() {
    check(
        "%additional_python_modules pandas==2.0, s3://b/x.whl",
        &["%additional_python_modules:macro.defaultLibrary", "pandas==2.0:string", ",:operator", "s3://b/x.whl:string"],
    );
    check(
        "%spark_conf spark.a=1 --conf spark.b=true --conf spark.c=x y",
        &[
            "%spark_conf:macro.defaultLibrary",
            "spark.a:property",
            "=:operator",
            "1:number",
            "--conf:keyword",
            "spark.b:property",
            "=:operator",
            "true:keyword",
            "--conf:keyword",
            "spark.c:property",
            "=:operator",
            "x:string",
            "y:string",
        ],
    );
}

#[test]
fn bodies_have_keys_and_values() {
    check(
        "%%configure -f\n{\n  'a': 1.5, # why\n  \"b\" # colon\n  : [True, b'x'], 'open",
        &[
            "%%configure:macro.defaultLibrary",
            "-f:parameter",
            "'a':property",
            "1.5:number",
            "# why:comment",
            "\"b\":property",
            "# colon:comment",
            "True:keyword",
            "b'x':string",
            "'open:string",
        ],
    );
}

#[test]
fn a_token_of_several_lines_is_one_for_each() {
    check(
        "#- crlf\n%%sql\n/* one\n\ntwo */ select 'a\nb'",
        &["%%sql:macro.defaultLibrary", "/* one:comment", "two */:comment", "select:keyword", "'a:string", "b':string"],
    );
    check("%%tags\n{'''a\nb''': 1}", &["%%tags:macro.defaultLibrary", "'''a:property", "b''':property", "1:number"]);
}

#[test]
fn commands_of_the_shell_are_taken_apart() {
    check(
        "!aws s3 ls --recursive \"s3://x y\" $HOME | wc -l # all",
        &[
            "!:macro",
            "aws:function",
            "--recursive:parameter",
            "\"s3://x y\":string",
            "$HOME:variable",
            "|:operator",
            "wc:function",
            "-l:parameter",
            "# all:comment",
        ],
    );
}

#[test]
fn python_is_left_to_others() {
    check("# a comment\nimport os\nx = 'y' % z\n", &[]);
    check("plot(x)\n%matplot plt\nx %matplot", &["%matplot:macro.defaultLibrary"]);
    check("# %% [markdown]\n%region x", &[]);
}
