//! The runtime for Spark of `glue-ls local`: that of all sessions on this machine, made before anybody is served.

use std::net::TcpListener;
use std::path::Path;

use rustix::process::Signal;
use serde_json::json;

use super::program::Program;
use crate::cli::run::program::{Home, Ran};
use crate::cli::run::runtime::{cache, offline, says};

fn end(program: Program) -> Ran {
    program.running.signal(Signal::TERM);
    let ran = program.running.end();
    assert_eq!((ran.code, &ran.stdout), (Some(0), &program.printed), "{ran:?}");
    ran
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_made_is_said_and_plain_python_is_served() {
    let home = offline(&[]);
    let program = Program::of(&home, &[]);
    assert_eq!(program.shows("one", "6 * 7").await, "42");
    let ran = end(program);
    says(&ran.stderr, &["making a virtual environment", "there is no Spark: the package index cannot be reached"]);
    says(&ran.stderr, &["Sessions run plain Python without it."]);
    assert!(!home.file("cache/glue-ls/local/runtime.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_made_that_nobody_wants() {
    let never = offline(&[("glue-ls.toml", "local.setup = 'never'\n")]);
    for (home, arguments) in [(never, &[][..]), (offline(&[]), &["--no-setup"])] {
        let program = Program::of(&home, arguments);
        assert_eq!(program.shows("one", "6 * 7").await, "42");
        let ran = end(program);
        says(&ran.stderr, &["there is no Spark: `glue-ls local setup` makes the runtime."]);
        assert!(!home.file("cache/glue-ls/local/lock").exists(), "no set-up was begun");
    }
    // Who names a Python knows what it has.
    let home = offline(&[]);
    let ran = end(Program::start(&home, &[]));
    assert!(!ran.stderr.contains("Spark") && !home.file("cache/glue-ls/local/lock").exists(), "{ran:?}");
}

#[test]
fn an_interrupt_cancels_the_set_up_and_nothing_is_served() {
    // It takes what is asked, and answers nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let index = format!("http://{}/simple", silent.local_addr().unwrap());
    let home = offline(&[]).with("PIP_INDEX_URL", &index).with("PIP_DEFAULT_TIMEOUT", "600");
    let running = home.start(&["local"]);
    // pip has asked.
    let asked = silent.accept().unwrap();
    running.signal(Signal::INT);
    let ran = running.end();
    drop(asked);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    says(&ran.stderr, &["the set-up of the local runtime was cancelled; `glue-ls local setup` goes on with it"]);
    let left = std::fs::read_dir(home.file("cache/glue-ls/local")).unwrap();
    let left: Vec<String> = left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|name| !name.starts_with("runtime")), "{left:?}");
}

const PROJECT: &str =
    "[local.databases.shop.tables.orders]\npath = 'orders.csv'\ncolumns = ['id bigint', 'name string']\n";

#[tokio::test(flavor = "multi_thread")]
async fn sessions_have_the_runtime_and_what_the_project_knows() {
    let Some(cache) = cache() else { return };
    let home = Home::new(&[("glue-ls.toml", PROJECT), ("orders.csv", "id,name\n1,a\n2,b\n")]);
    let home = home.with("XDG_CACHE_HOME", &cache);
    let program = Program::of(&home, &[]);
    let asked = program.call("GetTable", json!({"DatabaseName": "shop", "Name": "orders"})).await;
    assert_eq!(asked["Table"]["StorageDescriptor"]["Columns"][0], json!({"Name": "id", "Type": "bigint"}));
    let code = "import sys\nfrom awsglue.context import GlueContext\nfrom pyspark.context import SparkContext\n\
                glue = GlueContext(SparkContext.getOrCreate())\n\
                orders = glue.create_dynamic_frame.from_catalog(database='shop', table_name='orders')\n\
                (sys.executable, orders.count(), spark.sql('select sum(id) from shop.orders').collect()[0][0])";
    let shown = program.shows("one", code).await;
    assert!(shown.ends_with(", 2, 3)") && shown.contains(Path::new(&cache).to_str().unwrap()), "{shown}");
    let ran = end(program);
    assert!(!ran.stderr.contains("Spark"), "{ran:?}");
}
