//! Bodies of `%%configure`, `%%tags` and `%%assume_role`.

use super::{Kind, Place, kind};
use crate::mutations::plant::Place::{Entry, Settings};

const CONFIGURE: Place = Settings("%%configure\n{\"--TempDir\": \"s3://orders-temp/\"}");
const TAGS: Place = Settings("%%tags\n{\"team\": \"sales\"}");
const ASSUME: Place = Settings("%%assume_role\n\"arn:aws:iam::123456789012:role/Glue\"");

#[rustfmt::skip]
pub(super) static KINDS: &[Kind] = &[
    kind("true of JSON", "%%configure: json-literal", Entry("\"--enable-metrics\": \"true\""), &["\"--enable-metrics\": «true»"], &["not-a-literal"]),
    kind("false of JSON", "%%configure: json-literal", Entry("\"--enable-job-insights\": \"false\""), &["\"--enable-job-insights\": «false»"], &["not-a-literal"]),
    kind("null of JSON", "%%configure: json-literal", Entry("\"security_config\": None"), &["\"security_config\": «null»"], &["not-a-literal"]),
    kind("truth of Python as an argument", "%%configure: bool-argument", Entry("\"--enable-metrics\": \"true\""), &["\"--enable-metrics\": «True»"], &["bool-argument"]),
    kind("value without quotes", "rule: not-a-literal", Entry("\"worker_type\": \"G.1X\", \"number_of_workers\": 5"), &["\"worker_type\": «G.1X», \"number_of_workers\": 5"], &["not-a-literal"]),
    kind("comma left out", "rule: not-a-literal", CONFIGURE, &["%%configure\n{\n  \"glue_version\": «\"4.0\"\n  \"--TempDir\":» \"s3://größe/\"\n}"], &["not-a-literal"]),
    kind("dictionary not closed", "rule: not-a-literal", CONFIGURE, &["%%configure\n«{»\n  \"--TempDir\": \"s3://orders-temp/\"\n", "%%configure\n«{\n  \"glue_version\": \"4.0\",\n  \"tags\": {»\"team\": \"sales\"\n}"], &["not-a-literal"]),
    kind("curly quotes", "rule: not-a-literal", Entry("\"--TempDir\": \"s3://orders-temp/\""), &["«“--TempDir”»: «“s3://orders-temp/”»"], &["not-a-literal"]),
    kind("variable in a configuration", "rule: not-a-literal", Entry("\"--TempDir\": \"s3://orders-temp/\""), &["\"--TempDir\": «\"s3://\" + bucket»", "\"--TempDir\": «bucket»", "\"--TempDir\": «f\"s3://{bucket}/\"»"], &["not-a-literal"]),
    kind("code below the dictionary", "%%configure: code-after-dict", CONFIGURE, &["%%configure\n{\"--TempDir\": \"s3://orders-temp/\"}\n\n«import sys\nprint(1)»"], &["not-a-literal"]),
    kind("dictionary on the line of its magic", "%%configure: body-on-magic-line", CONFIGURE, &["«%%configure {\"--TempDir\": \"s3://orders-temp/\"}»"], &["cell-magic-without-body"]),
    kind("nothing to configure", "rule: cell-magic-without-body", CONFIGURE, &["«%%configure»", "«%%configure -f»"], &["cell-magic-without-body"]),
    kind("commas in place of colons", "rule: not-a-dictionary", CONFIGURE, &["%%configure\n«{\"glue_version\", \"4.0\"}»", "%%configure\n«[\"glue_version\"]»"], &["not-a-dictionary"]),
    kind("version as a number", "%%configure: float-version", Entry("\"glue_version\": \"4.0\""), &["\"glue_version\": «4.0»"], &["wrong-value-type"]),
    kind("connections as a list", "%%configure: list-connections", Entry("\"connections\": \"orders\""), &["\"connections\": «[\"orders\", \"events\"]»"], &["wrong-value-type"]),
    kind("workers in words in a dictionary", "rule: wrong-value-type", Entry("\"number_of_workers\": 5, \"worker_type\": \"G.1X\""), &["\"number_of_workers\": «\"five\"», \"worker_type\": \"G.1X\""], &["wrong-value-type"]),
    kind("region as a number", "rule: configure-value", Entry("\"region\": \"us-east-1\""), &["\"region\": «1»"], &["configure-value"]),
    kind("capacity and workers", "%%configure: both-capacities", Settings(""), &["%%configure\n{«\"max_capacity\": 5, \"worker_type\": \"G.1X\", \"number_of_workers\": 5»}"], &["both-capacities"]).unless(&["worker_type", "number_of_workers", "max_capacity"]),
    kind("capacity beside the number of workers", "%number_of_workers: with-max-capacity", Settings(""), &["%%configure\n{«\"max_capacity\": 5»}"], &["with-max-capacity", "both-capacities"]).with(&[("number_of_workers", "5")]).unless(&["worker_type", "max_capacity"]),
    kind("key misspelt", "rule: unknown-configure-key", Entry("\"worker_type\": \"G.1X\", \"number_of_workers\": 5"), &["«\"wroker_type\"»: \"G.1X\"", "«\"worker_typ\"»: \"G.1X\""], &["unknown-configure-key"]),
    kind("magic's name as a key", "%%configure: unknown-magic-key", Entry("\"--extra-py-files\": \"s3://orders/a.py\""), &["«\"extra_py_files\"»: \"s3://orders/a.py\"", "«\"additional_python_modules\"»: \"pandas==2.2.2\""], &["unknown-configure-key"]),
    kind("properties as a key", "key: spark_conf", Entry(""), &["«\"spark_conf\"»: \"spark.sql.ansi.enabled=true\""], &["unknown-configure-key"]),
    kind("another kernel's keys", "%%configure: sparkmagic-key", Entry(""), &["«\"driverMemory\"»: \"4g\"", "«\"numExecutors\"»: 4", "«\"executorCores\"»: 2"], &["unknown-configure-key"]),
    kind("another kernel's properties", "key: conf", Entry(""), &["«\"conf\"»: {\"spark.sql.ansi.enabled\": \"true\"}"], &["unknown-configure-key"]),
    kind("role under another name", "key: role_arn", Entry(""), &["«\"role_arn\"»: \"arn:aws:iam::123456789012:role/Glue\"", "«\"role\"»: \"arn:aws:iam::123456789012:role/Glue\""], &["unknown-configure-key"]),
    kind("argument with underscores", "%%configure: underscore-argument", Entry(""), &["«\"--enable_auto_scaling_»\": \"true\"", "«\"--enable_metrics\"»: \"true\"", "«\"--extra_files\"»: \"s3://orders/a\""], &["unknown-configure-key"]),
    kind("argument with another dash", "%%configure: unicode-dash", Entry(""), &["«\"–-enable-metrics\"»: \"true\"", "«\"—enable-metrics\"»: \"true\""], &["unknown-configure-key", "unicode-dash"]),
    kind("key given twice", "%%configure: duplicate-key", CONFIGURE, &["%%configure\n{«\"--TempDir\": \"s3://a/\", \"--TempDir\": \"s3://b/\"»}"], &["duplicate-key"]).unless(&["--TempDir"]),
    kind("argument of Glue's own", "key: script_location", Entry(""), &["«\"--JOB_NAME\": \"orders\"»", "«\"--scriptLocation\": \"s3://orders/a.py\"»"], &["argument-not-for-sessions"]),
    kind("argument that is a list", "%%configure: bool-argument", Entry(""), &["«\"--extra-files\": [\"s3://orders/a.txt\"]»"], &["argument-not-text"]),
    kind("argument with a value unknown", "%%configure: bool-argument", Entry(""), &["«\"--enable-auto-scaling\": \"yes\"»", "«\"--job-bookmark-option\": \"enable\"»"], &["bad-argument-value"]),
    kind("Spark's log without a place", "%%configure: unknown-magic-key", Entry(""), &["«\"--enable-spark-ui\": \"true\"»"], &["incomplete-arguments"]).unless(&["-spark-event-logs-path"]),
    kind("properties joined by commas in a dictionary", "%spark_conf: comma-joined", Entry("\"--conf\": \"spark.sql.ansi.enabled=true\""), &["\"--conf\": «\"spark.sql.ansi.enabled=true,spark.sql.shuffle.partitions=20\"»"], &["conf-grammar"]).unless(&["spark_conf"]),
    kind("connections with blanks in a dictionary", "%%configure: list-connections", Entry("\"connections\": \"orders,events\""), &["\"connections\": «\"orders, events\"»"], &["connection-blanks"]),
    kind("id of a session as a number", "rule: invalid-session-id", Entry("\"session_id\": \"orders\""), &["\"session_id\": «20260101»"], &["invalid-session-id"]).unless(&["session_id_prefix"]),
    kind("role's name in a dictionary", "rule: invalid-role", Entry("\"iam_role\": \"arn:aws:iam::123456789012:role/Glue\""), &["\"iam_role\": «\"GlueServiceRole-for-orders\"»"], &["invalid-role"]),

    kind("tag that is a number", "%%tags: non-string-tag", TAGS, &["%%tags\n«{\"team\": \"sales\", \"cost-centre\": 4711}»"], &["tag-not-text"]),
    kind("tags on the line of their magic", "%%tags: body-on-magic-line", TAGS, &["«%%tags {\"team\": \"sales\"}»"], &["cell-magic-without-body"]),
    kind("tags in JSON", "rule: not-a-literal", TAGS, &["%%tags\n{\"team\": \"sales\", \"test\": «true»}"], &["not-a-literal"]),
    kind("tag of the owner", "%%tags: owner-tag", TAGS, &["%%tags\n{«\"owner\": \"me\"», \"team\": \"sales\"}"], &["owner-tag"]),
    kind("tag of AWS", "%%tags: aws-prefix", TAGS, &["%%tags\n{«\"aws:team\"»: \"sales\"}"], &["tag-limits"]),

    kind("role without quotes", "%%assume_role: unquoted-arn", ASSUME, &["%%assume_role\n«arn:aws:iam::123456789012:role/Glue»"], &["not-a-literal"]),
    kind("role on the line of its magic", "%%assume_role: body-on-magic-line", ASSUME, &["«%%assume_role arn:aws:iam::123456789012:role/Glue»", "«%%assume_role \"arn:aws:iam::123456789012:role/Glue\"»"], &["cell-magic-without-body"]),
    kind("role in braces", "%%assume_role: set-literal", ASSUME, &["%%assume_role\n«{\"arn:aws:iam::123456789012:role/Glue\"}»"], &["no-role-assumed"]),
    kind("role's name assumed", "rule: invalid-role", ASSUME, &["%%assume_role\n«\"GlueSessions\"»"], &["invalid-role"]),
    kind("credentials with equals signs", "%%assume_role: equals-in-dict", ASSUME, &["%%assume_role\n«{\"aws_access_key_id\" = \"A\", \"aws_secret_access_key\" = \"B\", \"aws_session_token\" = \"C\"}»"], &["not-a-literal"]),
    kind("credentials not complete", "%%assume_role: missing-credential-key", ASSUME, &["%%assume_role\n«{\"aws_access_key_id\": \"A\", \"aws_secret_access_key\": \"B\"}»"], &["credentials"]).leading_to(&["hardcoded-credentials"]),
    kind("credentials in the notebook", "%%assume_role: hardcoded-credentials", ASSUME, &["%%assume_role\n«{\"aws_access_key_id\": \"ASIAQ3EGR7ZK2M5T8WVN\", \"aws_secret_access_key\": \"q7Hs0PzKf2/LmV8xTnB4cRd+Jy6Wg1EuAo9Ti3Nk\", \"aws_session_token\": \"FwoG\"}»"], &["hardcoded-credentials"]),
];
