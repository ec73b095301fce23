//! Names of magics.

use super::{Kind, Place, Wrong, kind};
use crate::mutations::plant::Place::{Anywhere, Head, Line, Settings};
use crate::mutations::random::Random;

/// Magics with a value, long enough for a slip of the fingers.
const LINES: &[&str] = &[
    "glue_version 4.0",
    "worker_type G.1X",
    "number_of_workers 5",
    "idle_timeout 60",
    "additional_python_modules pandas==2.2.2",
    "connections orders-db",
    "session_id_prefix orders",
    "security_config standard",
    "extra_py_files s3://orders/a.py",
    "stop_session",
    "list_sessions",
];

/// One of them with a slip in its name.
fn misspelt(random: &mut Random) -> String {
    let line = *random.pick(LINES);
    let (name, rest) = line.split_once(' ').map_or((line, String::new()), |(name, rest)| (name, format!(" {rest}")));
    let at = 1 + random.below(name.len() - 3);
    let mut letters: Vec<char> = name.chars().collect();
    match random.below(4) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, if letters[at] == 'n' { 'm' } else { 'n' }),
        2 if letters[at] != letters[at + 1] => letters.swap(at, at + 1),
        _ => letters[at] = if letters[at] == 'z' { 'x' } else { 'z' },
    }
    format!("%«{}»{rest}", letters.into_iter().collect::<String>())
}

/// A cell of Python below a cell magic.
const CODE: Place = Anywhere("print(\"orders\")");

#[rustfmt::skip]
pub(super) static KINDS: &[Kind] = &[
    Kind { name: "magic misspelt", from: "rule: unknown-magic", needs: &[], without: &[], place: Line, wrong: Wrong::Made(misspelt), codes: &["unknown-magic"], also: &[] },
    kind("magic with hyphens", "rule: unknown-magic", Line, &["«%glue-version» 4.0", "«%worker-type» G.1X", "«%idle-timeout» 60"], &["unknown-magic"]),
    kind("magic in another case", "rule: unknown-magic", Line, &["«%Glue_Version» 4.0", "«%REGION» us-east-1"], &["unknown-magic"]),
    kind("policy in place of a role", "%iam_policy: unknown-magic", Line, &["«%iam_policy» arn:aws:iam::123456789012:policy/Glue"], &["unknown-magic"]),
    kind("capacity as a magic", "%max_capacity: unknown-magic", Line, &["«%max_capacity» 5"], &["unknown-magic"]),
    kind("catalogue as a magic", "%enable_glue_datacatalog: unknown-magic", Line, &["«%enable_glue_datacatalog» true", "«%enable_glue_datacatalog»"], &["unknown-magic"]),
    kind("type of a job", "%job_type: unknown-magic", Line, &["«%job_type» etl"], &["unknown-magic"]),
    kind("session killed", "%kill_session: unknown-magic", Head, &["«%kill_session»"], &["unknown-magic"]),
    kind("tags in a line", "%session_tags: unknown-magic", Line, &["«%session_tags» {\"team\": \"sales\"}"], &["unknown-magic"]),
    kind("package installed", "%install_pypi_package: unknown-magic", Head, &["«%install_pypi_package» pandas"], &["unknown-magic"]),
    kind("role assumed in a line", "%assume_role: unknown-magic", Line, &["«%assume_role» arn:aws:iam::123456789012:role/Glue"], &["wrong-magic-form", "unknown-magic"]),
    kind("role assumed in a line, as documented", "%%assume_role: line-magic", Line, &["«%assume_role» \"arn:aws:iam::123456789012:role/Glue\""], &["wrong-magic-form", "unknown-magic"]),
    kind("Ray session", "%glue_ray: removed-magic", Line, &["«%glue_ray»"], &["unknown-magic"]),
    kind("least number of Ray workers", "%min_workers: removed-magic", Line, &["«%min_workers» 2"], &["unknown-magic"]),
    kind("memory of Ray's head", "%object_memory_head: removed-magic", Line, &["«%object_memory_head» 2"], &["unknown-magic"]),
    kind("memory of Ray's workers", "%object_memory_worker: removed-magic", Line, &["«%object_memory_worker» 2"], &["unknown-magic"]),
    kind("chart above the code", "%matplot: must-follow-code", Head, &["«%matplot» plt"], &["unknown-magic"]),
    kind("plotly chart above the code", "%plotly: must-follow-code", Head, &["«%plotly» fig"], &["unknown-magic"]),

    kind("another product's files", "foreign: %fs", Head, &["«%fs» ls /orders"], &["unknown-magic"]),
    kind("another product's text", "foreign: %md", Head, &["«%md» # Orders"], &["unknown-magic"]),
    kind("another product's language", "foreign: %python", Head, &["«%python»", "«%spark»", "«%scala»"], &["unknown-magic", "wrong-magic-form"]),
    kind("language of another product's cell", "foreign: %%pyspark", CODE, &["«%%pyspark»\nprint(\"orders\")", "«%%spark»\nprint(\"orders\")", "«%%local»\nprint(\"orders\")"], &["unknown-magic"]),
    kind("another kernel's session", "foreign: %%info", Anywhere(""), &["«%%info»", "«%%cleanup» -f", "«%%logs»"], &["unknown-magic"]),
    kind("cell magic of IPython with a body", "rule: cell-magic-without-body", CODE, &["«%%bash»\naws s3 ls", "«%%html»\n<b>orders</b>", "«%%writefile» a.txt\norders und Größe"], &["cell-magic-without-body"]),
    kind("cell that is timed", "rule: cell-magic-without-body", CODE, &["«%%time»\nprint(\"orders\")", "«%%timeit»\nprint(\"orders\")", "«%%capture» out\nprint(\"orders\")"], &["cell-magic-without-body"]),
    kind("cell magic misspelt", "rule: unknown-magic", Settings("%%configure\n{\"--TempDir\": \"s3://orders-temp/\"}"), &["«%%configuer»\n{\"--TempDir\": \"s3://orders-temp/\"}", "«%%confgure»\n{\"--TempDir\": \"s3://orders-temp/\"}"], &["unknown-magic"]).leading_to(&["late-setting"]),

    kind("blank behind the sign", "rule: unknown-magic", Line, &["«% region» us-east-1", "«% glue_version» 4.0"], &["unknown-magic"]),
    kind("tab behind the name", "rule: unknown-magic", Line, &["«%region\tus-east-1»", "«%idle_timeout\t60»"], &["unknown-magic"]),
    kind("sign of equality behind the name", "rule: single-blank", Line, &["«%glue_version=4.0»", "«%region:» us-east-1", "«%idle_timeout(60)»"], &["unknown-magic"]),
    kind("no-break space behind the name", "rule: single-blank", Line, &["«%glue_version\u{a0}4.0»"], &["unknown-magic"]),
    kind("line magic with two signs", "rule: wrong-magic-form", Settings(""), &["«%%glue_version» 4.0", "«%%region» us-east-1", "«%%idle_timeout» 60"], &["wrong-magic-form"]),
    kind("properties with two signs", "%%spark_conf: wrong-kind", Settings(""), &["«%%spark_conf» spark.sql.ansi.enabled=true", "«%%spark_conf»\nspark.sql.ansi.enabled=true"], &["wrong-magic-form"]).leading_to(&["python-syntax", "late-setting"]),
    kind("cell magic with one sign", "rule: wrong-magic-form", Settings("%%configure\n{\"--TempDir\": \"s3://orders-temp/\"}"), &["«%configure»\n{\"--TempDir\": \"s3://orders-temp/\"}"], &["wrong-magic-form"]).leading_to(&["late-setting"]),
    kind("query with one sign", "rule: wrong-magic-form", Anywhere("%%sql\nSELECT 1"), &["«%sql»\nSELECT region FROM sales.orders", "«%sql» SELECT 1"], &["wrong-magic-form"]),

    kind("variable without a value", "rule: magic-usage", Head, &["«%set_env STAGE»"], &["magic-usage"]),
    kind("command in the background", "rule: magic-usage", Head, &["«!sleep 100 &»", "«!aws s3 sync s3://a s3://b &»"], &["magic-usage"]),
    kind("operator at the start of a line", "rule: not-a-command", Head, &["«!=1»", "«%= 2»"], &["not-a-command"]),
    kind("time of what the session has", "rule: local-name", Head, &["«%time df.count()»", "«%timeit orders_of_today.count()»"], &["local-name"]),
    kind("no id to reconnect to", "%reconnect: reconnect-empty", Line, &["«%reconnect»"], &["missing-argument"]),
    kind("id to reconnect to in quotes", "%reconnect: quoted-id", Head, &["%reconnect «\"0f1e2d3c-aaaa-bbbb-cccc-000000000000\"»"], &["quoted-id"]),
    kind("id of a session set", "%session_id: argument-ignored", Head, &["%session_id «orders-1»", "«%session_id my-own»"], &["argument-ignored"]),
];
