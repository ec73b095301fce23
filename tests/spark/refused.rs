//! What keeps Spark from starting is said, with what to do; Python goes on.

use std::os::unix::fs::PermissionsExt;

use glue_ls::local::catalogue::Catalogue;
use glue_ls::local::spark::SparkSetup;
use glue_ls::local::worker::WorkerConfig;

use super::config;
use crate::support::spark::spark_python;
use crate::worker::Session;

#[tokio::test]
async fn a_python_without_spark_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    // An interpreter without what is installed beside it.
    let python = folder.path().join("python");
    let found = crate::worker::python();
    std::fs::write(&python, format!("#!/bin/sh\nexec {found} -S \"$@\"\n")).unwrap();
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut config = WorkerConfig {
        spark: SparkSetup { warm: true, ..SparkSetup::default() },
        ..WorkerConfig::new(python, folder.path())
    };
    config.env.insert("PYTHONPATH".into(), None);
    let session = Session::with(config).await;
    assert_eq!(session.value("1 + 1").await, "2");
    for code in [
        "spark.sql('select 1')",
        "sc",
        "import pyspark",
        "from pyspark.sql import Row",
        "from awsglue.context import GlueContext",
    ] {
        let ran = session.run(code).await;
        let value = &ran.error().value;
        assert!(value.contains("has no Spark: run `glue-ls local setup`, then restart the session"), "{code}: {ran:?}");
    }
    let ran = session.run("spark2").await;
    assert_eq!(ran.error().value, "name 'spark2' is not defined");
}

#[tokio::test]
async fn what_is_wrong_with_java_is_said() {
    let Some(python) = spark_python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::fs::write(bin.join("java"), "#!/bin/sh\necho no heart >&2\nexit 3\n").unwrap();
    std::fs::set_permissions(bin.join("java"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let broken = SparkSetup { java_home: Some(folder.path().to_owned()), ..SparkSetup::default() };
    let large = SparkSetup { memory: Some("12 parrots".to_owned()), ..SparkSetup::default() };
    for (spark, expected, printed) in [
        (broken, "ended while it started (exit code 3); what it printed says why. Spark needs Java", "no heart\n"),
        (large, "`12 parrots` is no size of memory for Java", ""),
    ] {
        let session = Session::with(WorkerConfig { spark, ..WorkerConfig::new(&python, folder.path()) }).await;
        let ran = session.run("spark.range(1)").await;
        assert!(ran.error().value.contains(expected), "{ran:?}");
        assert_eq!(ran.stderr, printed);
        // What only imports may do without.
        assert_eq!(session.value("from pyspark.sql.types import LongType\nLongType()").await, "LongType()");
    }
}

#[tokio::test]
async fn an_archive_that_does_not_fit_is_passed_over_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut config) = config(folder.path(), Catalogue::default()) else { return };
    let archive = folder.path().join("classes.jsa");
    std::fs::write(&archive, [7; 100_000]).unwrap();
    config.spark.class_archive = Some(archive);
    config.spark.memory = Some("700m".to_owned());
    config.spark.warm = false;
    let session = Session::with(config).await;
    let ran = session.run("spark.range(2).count()").await;
    assert_eq!((ran.text(), ran.stdout.as_str(), ran.stderr.as_str()), (Some("2"), "", ""));
    // Its end is told as well.
    let ran = session.run("sc._jvm.System.exit(4)").await;
    assert!(ran.error().value.contains("Spark's Java process has ended (exit code 4)"), "{ran:?}");
}
