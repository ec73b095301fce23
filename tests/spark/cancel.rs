//! Interrupts of what Spark does: they obey, and Spark goes on.

use std::time::Duration;

use glue_ls::local::catalogue::Catalogue;
use glue_ls::local::worker::{End, Limits, WorkerConfig};

use super::config;
use crate::worker::{Session, finish};

const CODES: &[&str] = &[
    "spark.range(10**13).selectExpr('sum(id * id)').collect()",
    "while True: spark.range(10).count()",
    "while True:\n    try: spark.range(10**13).count()\n    except Exception: pass",
    "while True: pass",
    "spark.range(10**10).toPandas()",
    "import time\nspark.range(4).select(udf(lambda x: time.sleep(1000))('id')).collect()",
    "for row in spark.range(10**12).toLocalIterator(): pass",
    "while True: spark.range(2).select('id').schema.json()",
    "import time\ntime.sleep(1000)",
    // Rows that are made without reading anything, and only written, are never asked whether they are still wanted.
    "spark.range(10**11).select(udf(lambda x: x)('id').alias('x')).write.mode('overwrite').parquet('written')",
];

#[tokio::test]
async fn spark_is_usable_after_each_of_many_interrupts() {
    let folder = tempfile::tempdir().unwrap();
    let Some(config) = config(folder.path(), Catalogue::default()) else { return };
    // What does not obey the worker is not helped by a signal to the group.
    let limits = Limits { interrupt_grace: Duration::from_secs(30), ..Limits::default() };
    let session = Session::with(WorkerConfig { limits, ..config }).await;
    // While it waits for Spark to start, which goes on.
    let (outputs, outcome) = session.begin("spark.range(1).count()");
    let outcome = tokio::spawn(finish(outputs, outcome));
    session.worker.interrupt();
    assert_eq!(outcome.await.unwrap().interrupted().name, "KeyboardInterrupt");
    assert_eq!(session.value("from pyspark.sql.functions import udf\nspark.range(3).count()").await, "3");
    for (round, code) in CODES.iter().chain(CODES).enumerate() {
        let (outputs, outcome) = session.begin(code);
        let outcome = tokio::spawn(finish(outputs, outcome));
        // The moment is as good as any: before, within, or between jobs.
        tokio::time::sleep(Duration::from_millis((round as u64 * 7919) % 1500)).await;
        session.worker.interrupt();
        let ran = outcome.await.unwrap();
        assert!(matches!(ran.end, End::Interrupted(_)), "{code}: {ran:?}");
        let sum = session.value(&format!("spark.range({round} + 2).selectExpr('sum(id) s').first().s")).await;
        assert_eq!(sum, ((round + 2) * (round + 1) / 2).to_string(), "after {code}");
    }
    let ran = session
        .run("import signal\nspark.stop()\nspark = spark.builder.getOrCreate()\nsignal.getsignal(2).__name__")
        .await;
    assert_eq!(ran.text(), Some("'on_signal'"), "also of a context that the user made");
}
