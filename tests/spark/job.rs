//! A script that is run as a job makes its Spark itself, and brings libraries along.

use std::process::Command;

use glue_ls::local::catalogue::Catalogue;

use super::{config, mount};
use crate::support::spark::spark_python;
use crate::worker::Session;

const JOB: &str = r#"
import sys
from pyspark import SparkConf
from pyspark.context import SparkContext
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
import helper
print("before", SparkContext._active_spark_context)
def use():
    return [row[0] for row in spark.range(2).select(udf(helper.add, "int")("id")).collect()]
conf = SparkConf().set("spark.sql.shuffle.partitions", "3").set("spark.job.own", "x").setMaster("local[1]")
sc = SparkContext(conf=conf)
spark = SparkSession.builder.config("spark.sql.adaptive.enabled", "false").getOrCreate()
own = [sc.getConf().get("spark.job.own"), sc.master]
print(own + [spark.conf.get("spark.sql." + name) for name in ("shuffle.partitions", "adaptive.enabled")])
print(use(), sc is spark.sparkContext, SparkContext.getOrCreate() is sc)
loader = sc._jvm.Thread.currentThread().getContextClassLoader()
print([loader.getResource(name) is not None for name in ("own.txt", "lake.txt", "none.txt")])
sc._jsc.hadoopConfiguration().set("fs.s3.impl", "org.apache.hadoop.fs.s3a.S3AFileSystem")
spark.range(2).write.csv("s3://lake/out")
print(spark.read.csv("s3://lake/out").count())
try:
    SparkContext()
except ValueError as error:
    print(str(error)[:41])
sc.stop()
print(SparkContext("local[1]", "another").parallelize([1, 2]).sum())
sys.exit(0)
"#;

const SAYS: &str = "before None
['x', 'local[*]', '3', 'false']
[42, 43] True True
[True, True, False]
2
Cannot run multiple SparkContexts at once
3
";

#[tokio::test]
async fn a_job_makes_its_spark_itself() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let catalogue = Catalogue { mounts: vec![mount("lake", "", &lake)], ..Catalogue::default() };
    let Some(mut config) = config(folder.path(), catalogue) else { return };
    std::fs::create_dir_all(lake.join("libs")).unwrap();
    let zip = "import sys, zipfile\nfor path, name in zip(sys.argv[1::2], sys.argv[2::2]):\n    \
               zipfile.ZipFile(path, 'w').writestr(name, 'x')";
    let made = Command::new(spark_python().unwrap())
        .current_dir(folder.path())
        .args(["-c", zip, "own.jar", "own.txt", "lake/libs/lake.jar", "lake.txt"])
        .status();
    assert!(made.unwrap().success());
    std::fs::write(lake.join("libs/helper.py"), "def add(x):\n    return x + 42\n").unwrap();
    config.spark.warm = false;
    config.spark.script = Some("/somewhere/job.py".to_owned());
    for (name, value) in
        [("--extra-jars", "own.jar, s3://lake/libs/lake.jar"), ("--extra-py-files", "s3://lake/libs/helper.py")]
    {
        config.argv.extend([name.to_owned(), value.to_owned()]);
    }
    let session = Session::with(config).await;
    let ran = session.run(JOB).await;
    assert_eq!(ran.stdout, SAYS, "{ran:?}");
    assert_eq!(ran.stderr, "", "{ran:?}");
}

#[tokio::test]
async fn libraries_that_are_missing_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for (name, says) in [
        ("none.jar", "--extra-jars names none.jar, but there is no "),
        ("s3://lake/none.jar", "--extra-jars names s3://lake/none.jar, for which there is no folder: add it under"),
    ] {
        let Some(mut config) = config(folder.path(), Catalogue::default()) else { return };
        config.argv.extend(["--extra-jars".to_owned(), name.to_owned()]);
        let session = Session::with(config).await;
        let ran = session.run("spark.range(1)").await;
        assert!(ran.error().value.contains(says), "{ran:?}");
    }
}
