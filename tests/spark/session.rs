//! What a session finds: names, tables, files; and what it leaves.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use glue_ls::local::catalogue::{Catalogue, Format};
use glue_ls::local::worker::{End, WorkerConfig};

use super::{column, config, database, mount, table};
use crate::worker::{BOUND, Session};

#[tokio::test]
async fn a_session_has_what_a_glue_session_has() {
    let folder = tempfile::tempdir().unwrap();
    // Names that need to be written with care somewhere on the way.
    let data = folder.path().join("data é 'x'");
    let work = folder.path().join("work");
    let days = data.join("days");
    fs::create_dir_all(&work).unwrap();
    for (day, rows) in [("2024-01-01", "id\n1\n2\n"), ("2024-01-02", "id\n3\n")] {
        let day = days.join(format!("day={day}"));
        fs::create_dir_all(&day).unwrap();
        fs::write(day.join("part.csv"), rows).unwrap();
    }
    let orders = data.join("orders.csv");
    fs::write(&orders, "id,amount\n1,2.5\n2,3.5\n").unwrap();
    fs::write(data.join("nested.json"), "{\"a\":1,\"b\":{\"c\":[1,2]}}\n").unwrap();
    let lines = data.join("bucket/lines");
    fs::create_dir_all(&lines).unwrap();
    fs::write(lines.join("a.txt"), "id|s\n1|\"x\n\\N|y\n").unwrap();
    let tables = [
        ("orders", table(&orders, Format::Csv, &[], &[])),
        ("typed", table(&orders, Format::Csv, &[column("id", "bigint"), column("amount", "decimal(10,2)")], &[])),
        ("days", table(&days, Format::Csv, &[column("id", "int")], &[column("day", "string")])),
        ("nested", table(&data.join("nested.json"), Format::Json, &[], &[])),
        ("gone", table(&data.join("gone.csv"), Format::Csv, &[], &[])),
    ];
    let mounts = vec![
        mount("bucket", "", &data.join("bucket")),
        mount("bucket", "in/the x", &data.join("in")),
        mount("part", "some", &data.join("some")),
    ];
    let databases = BTreeMap::from([("sales".to_owned(), database(tables))]);
    let Some(config) = config(&work, Catalogue { databases, mounts, ..Catalogue::default() }) else { return };
    let argv = ["", "--conf", "spark.my.x=1=2 --conf spark.sql.ansi.enabled=true", "--conf", "spark.master=nowhere"];
    let session = Session::with(WorkerConfig { argv: argv.map(str::to_owned).to_vec(), ..config }).await;

    assert_eq!(session.value("1 + 1").await, "2", "while Spark starts");
    let value = session.value("import os\nos.path.dirname(os.environ['GLUE_LS_LOCAL'])").await;
    let private = PathBuf::from(value.trim_matches('\''));
    assert!(private.join("conf").is_dir());

    for (code, expected) in [
        ("[sc for sc in [7]]", "[7]"),
        ("spark.range(3)", "DataFrame[id: bigint]"),
        ("sc.parallelize([1, 2]).map(lambda x: x + 1).collect()", "[2, 3]"),
        (
            "spark.conf.get('spark.my.x'), spark.conf.get('spark.sql.ansi.enabled'), sc.master",
            "('1=2', 'true', 'local[*]')",
        ),
        ("from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate() is spark", "True"),
        ("SparkSession.getActiveSession() is spark", "True"),
        ("from pyspark.context import SparkContext\nSparkContext.getOrCreate() is sc", "True"),
        ("spark.table('sales.orders').dtypes", "[('id', 'int'), ('amount', 'double')]"),
        ("spark.sql('select * from sales.typed').dtypes", "[('id', 'bigint'), ('amount', 'decimal(10,2)')]"),
        (
            "sorted(map(tuple, spark.sql('select * from SALES.days').collect()))",
            "[(1, '2024-01-01'), (2, '2024-01-01'), (3, '2024-01-02')]",
        ),
        ("spark.sql('show partitions sales.days').count()", "2"),
        ("spark.read.table('sales.nested').select('b.c').first()", "Row(c=[1, 2])"),
        ("[t.name for t in spark.catalog.listTables('sales')]", "['days', 'nested', 'orders', 'typed']"),
        ("[d.name for d in spark.catalog.listDatabases()]", "['default', 'sales']"),
        ("spark.sql('use sales')\nspark.sql('select sum(amount) s from orders').first().s", "6.0"),
        ("spark.range(2).write.csv('s3://bucket/out')\nspark.read.csv('s3a://bucket/out').count()", "2"),
        (
            "spark.range(3).write.parquet('s3://bucket/in/the x/t')\nspark.read.parquet('s3n://bucket/in/the x/t').count()",
            "3",
        ),
        (
            "import datetime\nspark.sql(\"select timestamp'2024-01-01 12:00:00' t\").first().t",
            "datetime.datetime(2024, 1, 1, 12, 0)",
        ),
        ("spark.range(3).toPandas()", "   id\n0   0\n1   1\n2   2"),
        // Hive's words for tables of formats that Spark has itself.
        (
            "spark.sql(\"CREATE EXTERNAL TABLE sales.hive (id int, `a b` string COMMENT 'it is') PARTITIONED BY (day string) \"\n\
             \x20   \"STORED AS PARQUET LOCATION 's3://bucket/hive/' TBLPROPERTIES ('a' = 'b')\")\n\
             spark.sql(\"INSERT OVERWRITE TABLE sales.hive PARTITION (day = '1') SELECT 7, 'x'\")\n\
             spark.sql('MSCK REPAIR TABLE sales.hive')\n\
             [tuple(row) for row in spark.sql('SELECT * FROM sales.hive').collect()], spark.sql('SHOW PARTITIONS sales.hive').count()",
            "([(7, 'x', '1')], 1)",
        ),
        (
            "spark.sql(\"CREATE TABLE sales.made STORED AS ORC AS SELECT id, day FROM sales.hive\")\n\
             spark.sql('CREATE TABLE sales.plain AS SELECT 2 AS two')\n\
             spark.table('sales.made').first(), spark.table('sales.plain').first().two",
            "(Row(id=7, day='1'), 2)",
        ),
        (
            "spark.sql(\"CREATE EXTERNAL TABLE sales.lines (id int, s string) ROW FORMAT DELIMITED FIELDS TERMINATED BY '|' \"\n\
             \x20   \"STORED AS TEXTFILE LOCATION 's3://bucket/lines' TBLPROPERTIES ('skip.header.line.count' = '1')\")\n\
             [tuple(row) for row in spark.table('sales.lines').collect()]",
            "[(1, '\"x'), (None, 'y')]",
        ),
    ] {
        let ran = session.run(code).await;
        assert_eq!((ran.text(), ran.stderr.as_str()), (Some(expected), ""), "{code}: {ran:?}");
    }
    assert!(data.join("bucket/out/_SUCCESS").is_file() && data.join("in/t/_SUCCESS").is_file());
    // As the kernel sends `%%sql`.
    let ran = session.run("spark.sql(\"\"\"select id from sales.orders order by id\"\"\").show()").await;
    assert_eq!(ran.stdout, "+---+\n| id|\n+---+\n|  1|\n|  2|\n+---+\n\n");

    for (code, expected) in [
        ("SparkContext()", "Cannot run multiple SparkContexts at once"),
        ("spark.table('sales.gone')", "there is nothing at"),
        ("spark.sql('select gone from sales.orders')", "`gone` cannot be resolved"),
        ("spark.table('sales.nowhere')", "TABLE_OR_VIEW_NOT_FOUND"),
        ("spark.read.csv('s3://other/x')", "The S3 bucket is not mapped to a folder: add it under [local.s3]"),
        ("spark.read.csv('s3://part/else/x')", "s3://part/else/x is not mapped to a folder"),
        ("spark.read.csv('s3://part/some/x')", "PATH_NOT_FOUND"),
        ("spark.range(1).write.csv('s3://part/else/x')", "is not mapped to a folder: add it under [local.s3]"),
        ("glueContext", "This Python has no `awsglue`: run `glue-ls local setup`"),
        ("import awsglue", "This Python has no `awsglue`: run `glue-ls local setup`"),
    ] {
        let ran = session.run(code).await;
        assert!(ran.error().value.contains(expected), "{code}: {ran:?}");
        assert_eq!(ran.stderr, "", "{code}");
    }
    let ran = session.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\n%matplot plt").await;
    let End::Value(shown) = &ran.end else { panic!("{ran:?}") };
    assert!(shown["image/png"].starts_with("iVBOR"), "a PNG");

    // One that the user stops comes back, with its tables.
    session.run("spark.stop()").await;
    let again = "spark = SparkSession.builder.getOrCreate()\nspark.table('sales.orders').count()";
    assert_eq!(session.value(again).await, "2");
    assert_eq!(fs::read_dir(&work).unwrap().count(), 0, "nothing is left in the user's folder");

    let ended = session.worker.ended();
    drop(session);
    tokio::time::timeout(BOUND, ended).await.unwrap();
    super::wait_until(|| !private.exists());
}
