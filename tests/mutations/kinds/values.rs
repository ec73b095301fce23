//! Values of line magics.

use super::{Kind, kind};
use crate::mutations::plant::Place::{NewValue, Value};

const VERSION: super::Place = Value("glue_version", "4.0");
const WORKER: super::Place = Value("worker_type", "G.1X");
const WORKERS: super::Place = Value("number_of_workers", "5");
const IDLE: super::Place = Value("idle_timeout", "60");
const TIMEOUT: super::Place = Value("timeout", "600");
const REGION: super::Place = Value("region", "us-east-1");
const ROLE: super::Place = Value("iam_role", "arn:aws:iam::123456789012:role/GlueSessions");
const CONNECTIONS: super::Place = Value("connections", "orders-db");
const JARS: super::Place = Value("extra_jars", "s3://orders-code/lib.jar");
const FILES: super::Place = Value("extra_py_files", "s3://orders-code/lib.py");
const MODULES: super::Place = Value("additional_python_modules", "pandas==2.2.2");
const PREFIX: super::Place = Value("session_id_prefix", "orders");
const CONF: super::Place = NewValue("spark_conf");

/// Workers come in a type and a number.
const NUMBERED: &[(&str, &str)] = &[("number_of_workers", "5")];
const TYPED: &[(&str, &str)] = &[("worker_type", "G.1X")];

#[rustfmt::skip]
pub(super) static KINDS: &[Kind] = &[
    kind("version that never was", "%glue_version: unknown-version", VERSION, &["4.5", "2.5", "1.3"], &["unknown-glue-version"]),
    kind("version without its minor part", "%glue_version: missing-minor", VERSION, &["3", "4", "5"], &["unknown-glue-version"]),
    kind("version with a letter", "%glue_version: unknown-version", VERSION, &["v4.0", "latest", "Glue4"], &["unknown-glue-version"]),
    kind("version with a comment", "rule: one-per-line", VERSION, &["4.0 # Spark 3.3", "5.0  # newest"], &["unknown-glue-version", "comment-in-value"]),
    kind("version that has ended", "%glue_version: eol-version", VERSION, &["0.9", "1.0", "2.0"], &["end-of-life-version"]).with(&[("worker_type", "G.1X"), ("number_of_workers", "5")]).leading_to(&["argument-version", "needs-newer-glue"]),
    kind("version behind several blanks", "rule: single-blank", VERSION, &["«  4.0»", "«   5.0»"], &["unknown-glue-version", "stray-blank"]),
    kind("version and another magic", "rule: one-per-line", VERSION, &["4.0; %worker_type G.1X", "4.0 %idle_timeout 30"], &["unknown-glue-version", "one-magic-per-line"]),
    kind("version with a tab before it", "rule: one-per-line", VERSION, &["\t4.0"], &["unknown-glue-version", "stray-blank"]),

    kind("worker type that never was", "%worker_type: unknown-type", WORKER, &["G.1XL", "m5.xlarge", "large"], &["unknown-worker-type"]).with(NUMBERED),
    kind("worker type in lower case", "%worker_type: wrong-case", WORKER, &["g.1x", "g.2X", "G.1x"], &["unknown-worker-type"]).with(NUMBERED),
    kind("worker type without its dot", "%worker_type: unknown-type", WORKER, &["G1X", "G2X"], &["unknown-worker-type"]).with(NUMBERED),
    kind("worker type with a comment", "rule: one-per-line", WORKER, &["G.1X # small", "G.2X  # why not"], &["unknown-worker-type", "comment-in-value"]).with(NUMBERED),
    kind("worker type of a size unknown", "%worker_type: unknown-type", WORKER, &["G.3X", "G.32X", "R.16X"], &["unknown-worker-type"]).with(NUMBERED),
    kind("worker type behind several blanks", "rule: single-blank", WORKER, &["«  G.1X»", "«   G.2X»"], &["unknown-worker-type", "stray-blank"]).with(NUMBERED),
    kind("worker type of old days", "%worker_type: unknown-type", WORKER, &["Standard"], &["outdated-worker-type"]).with(NUMBERED),
    kind("worker type before its time", "%worker_type: needs-newer-glue", WORKER, &["R.1X", "G.12X", "R.8X"], &["needs-newer-glue"]).with(&[("glue_version", "3.0"), ("number_of_workers", "5")]),
    kind("worker type without a number", "%worker_type: without-number", NewValue("worker_type"), &["G.1X", "G.2X"], &["workers-incomplete"]).unless(&["number_of_workers"]),

    kind("workers in words", "%number_of_workers: not-an-integer", WORKERS, &["five", "ten"], &["not-an-integer"]).with(TYPED).leading_to(&["workers-incomplete"]),
    kind("workers with a fraction", "%number_of_workers: not-an-integer", WORKERS, &["2.5", "4.0"], &["not-an-integer"]).with(TYPED).leading_to(&["workers-incomplete"]),
    kind("workers with a comment", "rule: one-per-line", WORKERS, &["5 # small", "10 # more"], &["not-an-integer"]).with(TYPED).leading_to(&["workers-incomplete"]),
    kind("fewer than no workers", "%number_of_workers: too-few", WORKERS, &["-2", "-1"], &["number-too-small", "too-few-workers"]).with(TYPED),
    kind("one worker", "%number_of_workers: too-few", WORKERS, &["1", "0"], &["too-few-workers", "number-too-small"]).with(TYPED),
    kind("workers without a type", "%number_of_workers: without-worker-type", NewValue("number_of_workers"), &["5", "10"], &["workers-incomplete"]).unless(&["worker_type"]),

    kind("idle minutes with a unit", "%idle_timeout: not-an-integer", IDLE, &["30m", "60 minutes", "1h"], &["not-an-integer"]),
    kind("idle minutes with a comment", "%idle_timeout: not-an-integer", IDLE, &["60 # minutes", "30  # half an hour"], &["not-an-integer"]),
    kind("idle minutes and a command", "rule: one-per-line", IDLE, &["60 && ls", "60; %status"], &["not-an-integer", "one-magic-per-line"]),
    kind("idle minutes in words", "%idle_timeout: not-an-integer", IDLE, &["sixty", "half an hour"], &["not-an-integer"]),
    kind("idle minutes as an assignment", "%idle_timeout: not-an-integer", IDLE, &["= 60", "=30"], &["not-an-integer"]),
    kind("fewer than no idle minutes", "%idle_timeout: not-an-integer", IDLE, &["-5", "-1"], &["number-too-small"]),
    kind("no idle minutes", "%idle_timeout: zero-timeout", IDLE, &["0"], &["zero-timeout"]),
    kind("idle for a day", "%idle_timeout: long-idle", IDLE, &["1440", "2880"], &["long-idle"]).with(&[("idle_timeout", "30")]),
    kind("no value for the idle minutes", "%idle_timeout: not-an-integer", IDLE, &[""], &["missing-argument", "empty-argument", "not-an-integer"]),

    kind("life of a session with a unit", "%timeout: not-an-integer", TIMEOUT, &["10h", "600 minutes"], &["not-an-integer"]),
    kind("session that ends before it idles", "%timeout: timeout-below-idle", IDLE, &["60", "90"], &["timeout-below-idle"]).with(&[("timeout", "45"), ("idle_timeout", "30")]),

    kind("region misspelt", "%region: unknown-region", REGION, &["us-est-1", "eu-wset-1", "us-east1"], &["unknown-region"]),
    kind("region by its name", "%region: unknown-region", REGION, &["Ireland", "virginia"], &["unknown-region"]),
    kind("region with a comment", "rule: one-per-line", REGION, &["us-east-1 # Virginia", "eu-west-1 # Ireland"], &["invalid-region"]),
    kind("region and another magic", "%region: region-has-semicolon", REGION, &["us-east-1; %idle_timeout 60", "us-east-1;"], &["invalid-region", "one-magic-per-line"]),
    kind("no region", "%region: region-empty", REGION, &[""], &["missing-argument"]),
    kind("region in brackets", "rule: invalid-region", REGION, &["[us-east-1]", "<us-east-1>", "(us-east-1)"], &["invalid-region", "placeholder"]),

    kind("role by its name", "%iam_role: not-an-arn", ROLE, &["GlueServiceRole-for-orders", "AWSGlueServiceRole"], &["invalid-role"]),
    kind("user in place of a role", "%iam_role: user-arn", ROLE, &["arn:aws:iam::123456789012:user/me", "arn:aws:sts::123456789012:assumed-role/Dev/me"], &["invalid-role"]),
    kind("role with a comment", "rule: one-per-line", ROLE, &["arn:aws:iam::123456789012:role/Glue # dev"], &["invalid-role"]),
    kind("no role", "rule: empty-argument", ROLE, &[""], &["empty-argument", "missing-argument", "invalid-role"]),
    kind("role of another partition", "%iam_role: wrong-partition", ROLE, &["arn:aws:iam::123456789012:role/Glue"], &["wrong-partition"]).with(&[("region", "cn-north-1"), ("iam_role", "arn:aws-cn:iam::123456789012:role/Glue")]),
    kind("role not filled in", "%iam_role: not-an-arn", ROLE, &["<the-arn-of-your-glue-role>", "arn:aws:iam::<account>:role/Glue", "arn:aws:iam::123456789012:role/<your-role>"], &["placeholder"]),

    kind("connections parted by blanks", "%connections: blank-in-item", CONNECTIONS, &["orders events", "orders-db events-db, sales"], &["bad-list-item"]),
    kind("connections with a comment", "%connections: blank-in-item", CONNECTIONS, &["orders-db # in the VPC", "orders-db, events  # both"], &["bad-list-item"]),
    kind("connection left out", "%connections: empty-item", CONNECTIONS, &["orders-db,,events", "orders-db, , events"], &["bad-list-item"]),
    kind("connections over two lines", "rule: no-continuation", CONNECTIONS, &["«orders-db, \\»\n# events"], &["no-continuation"]),
    kind("connection not filled in", "%connections: unknown-connection", CONNECTIONS, &["<your-connection>", "${CONNECTION}", "{connection_name}"], &["placeholder"]),
    kind("connections in quotes each", "%connections: quoted-item", CONNECTIONS, &["orders-db, \"events\"", "'orders-db', 'events'"], &["quoted-item"]),

    kind("jars parted by blanks", "%extra_jars: blank-in-item", JARS, &["s3://orders/a.jar s3://orders/b.jar"], &["bad-list-item"]),
    kind("jar left out", "%extra_jars: empty-item", JARS, &["s3://orders/a.jar,,s3://orders/b.jar"], &["bad-list-item"]),
    kind("jars in quotes each", "%extra_jars: quoted-item", JARS, &["\"s3://orders/a.jar\",\"s3://orders/b.jar\""], &["quoted-item"]),
    kind("jar on this machine", "%extra_jars: not-s3", JARS, &["/home/me/lib.jar", "lib/orders.jar"], &["not-on-s3"]),

    kind("files parted by blanks", "%extra_py_files: blank-in-item", FILES, &["s3://orders/a.py s3://orders/b.zip"], &["bad-list-item"]),
    kind("file left out", "%extra_py_files: empty-item", FILES, &[",s3://orders/a.py", "s3://orders/a.py,,s3://orders/b.py"], &["bad-list-item"]),
    kind("files in quotes each", "%extra_py_files: quoted-item", FILES, &["'s3://orders/a.py','s3://orders/b.py'"], &["quoted-item"]),
    kind("bucket not filled in", "%extra_py_files: not-s3", FILES, &["s3://<your-bucket>/lib.py"], &["placeholder"]),
    kind("file on this machine", "%extra_py_files: not-s3", FILES, &["/home/me/lib.py", "lib.zip"], &["not-on-s3"]),
    kind("folder of files", "%extra_py_files: folder", FILES, &["s3://orders-code/lib/"], &["folder-item"]),

    kind("modules parted by blanks", "%additional_python_modules: blank-in-item", MODULES, &["pandas==2.2.2 numpy==1.26.4"], &["bad-list-item"]),
    kind("module with blanks around its version", "%additional_python_modules: blank-in-item", MODULES, &["pandas == 2.2.2", "pandas >= 2.2"], &["bad-list-item"]),
    kind("module left out", "%additional_python_modules: empty-item", MODULES, &["pandas==2.2.2,,numpy==1.26.4"], &["bad-list-item"]),
    kind("modules in quotes each", "%additional_python_modules: quoted-item", MODULES, &["'pandas==2.2.2', 'numpy==1.26.4'"], &["quoted-item"]),
    kind("extras at the end", "%additional_python_modules: bracket-at-end", MODULES, &["pandas==2.2.2,ray[data]", "aiobotocore[boto3]"], &["bracket-at-end"]).leading_to(&["unpinned-module"]),
    kind("module pinned with one sign", "%additional_python_modules: single-equals", MODULES, &["pandas=2.2.2", "numpy==1.26.4,pandas=2.2.2"], &["single-equals"]),
    kind("module without a version", "%additional_python_modules: unpinned", MODULES, &["pandas", "numpy==1.26.4,pandas"], &["unpinned-module"]),

    kind("prefix with blanks", "%session_id_prefix: bad-prefix", PREFIX, &["sales dev", "my session"], &["bad-session-prefix"]),
    kind("prefix of great length", "%session_id_prefix: bad-prefix", PREFIX, &["orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders-orders"], &["session-id-too-long"]),
    kind("prefix with marks", "%session_id_prefix: bad-prefix", PREFIX, &["sales:dev", "größe", "a@b"], &["bad-session-prefix"]),
    kind("prefix with its hyphen", "%session_id_prefix: trailing-hyphen", PREFIX, &["orders-", "sales-dev-"], &["trailing-hyphen"]),

    kind("session type that is gone", "%session_type: ray-removed", Value("session_type", "etl"), &["ray", "glueray"], &["unknown-session-type"]),
    kind("session type that never was", "%session_type: unknown-type", Value("session_type", "etl"), &["batch", "spark", "python"], &["unknown-session-type"]),
    kind("endpoint without its scheme", "%endpoint: not-a-url", NewValue("endpoint"), &["vpce-1.glue.us-east-1.vpce.amazonaws.com", "glue.us-east-1.amazonaws.com"], &["invalid-endpoint"]).unless(&["profile"]),

    kind("profile that does not exist", "%profile: unknown-profile", Value("profile", "analytics"), &["nobody", "no-such-profile"], &["unknown-profile"]),
    kind("profile with a comment", "rule: one-per-line", Value("profile", "analytics"), &["analytics # read only"], &["unknown-profile"]),
    kind("profile and endpoint", "%profile: profile-hides-endpoint", NewValue("endpoint"), &["https://vpce-1.glue.us-east-1.vpce.amazonaws.com"], &["profile-hides-endpoint"]).with(&[("profile", "analytics")]),

    kind("properties with their flag", "%spark_conf: leading-conf", CONF, &["--conf spark.sql.shuffle.partitions=20"], &["bad-spark-conf"]).unless(&["--conf"]),
    kind("properties in quotes", "%spark_conf: quoted", CONF, &["\"spark.sql.shuffle.partitions=20\"", "'spark.sql.ansi.enabled=true'"], &["bad-spark-conf"]).unless(&["--conf"]),
    kind("properties joined by commas", "%spark_conf: comma-joined", CONF, &["spark.sql.shuffle.partitions=20,spark.sql.ansi.enabled=true", "spark.sql.shuffle.partitions=20 spark.sql.ansi.enabled=true"], &["bad-spark-conf"]).unless(&["--conf"]),
];
