//! Mistakes that span cells: settings and the life of a session.

use super::{Kind, kind};
use crate::mutations::plant::Place::{Live, NewValue};

#[rustfmt::skip]
pub(super) static KINDS: &[Kind] = &[
    kind("setting while a session is live", "rule: errors-do-not-stop", Live, &["«%worker_type G.2X»", "«%glue_version 5.0»", "«%idle_timeout 45»"], &["late-setting"]),
    kind("configuration while a session is live", "%%configure: live-session", Live, &["«%%configure\n{\"--enable-auto-scaling\": \"true\"}»"], &["late-setting"]),
    kind("properties while a session is live", "%spark_conf: static-after-start", Live, &["«%spark_conf spark.sql.shuffle.partitions=10»"], &["static-after-start", "late-setting"]),
    kind("properties given twice", "%spark_conf: second-spark-conf", NewValue("spark_conf"), &["«spark.sql.shuffle.partitions=20»\n%spark_conf spark.sql.ansi.enabled=true"], &["replaced-setting"]).unless(&["--conf"]),
];
