//! Notebooks to plant mistakes in: published ones that the kernel ran, and ones made up here.

use std::collections::BTreeMap;
use std::sync::Arc;

use glue_ls::features::{Analysis, Problem, RuleConfig};
use glue_ls::model::{Environment, Kernel, NotebookModel};
use glue_ls::syntax::{Cell, CellKind, Form, Notebook, NotebookMeta, PlacedCell};

use super::random::Random;
use crate::kernel::corpus;

/// A profile that exists wherever mistakes are planted.
pub(super) const PROFILE: &str = "analytics";

/// A notebook as its cells' kinds and texts.
#[derive(Clone)]
pub(super) struct Document {
    pub(super) name: String,
    pub(super) kernel: Kernel,
    pub(super) environment: Arc<Environment>,
    pub(super) cells: Vec<(CellKind, String)>,
}

impl Document {
    pub(super) fn model(&self) -> NotebookModel {
        let cells = self
            .cells
            .iter()
            .map(|(kind, text)| PlacedCell { range: 0..text.len(), cell: Arc::new(Cell::whole(*kind, text.as_str())) });
        let notebook = Notebook { form: Form::Cells, meta: NotebookMeta::default(), cells: cells.collect() };
        NotebookModel::of(notebook, Some(self.kernel), &self.environment)
    }

    /// The problems of all cells.
    pub(super) fn problems(&self) -> Vec<Vec<Problem>> {
        let config = RuleConfig { syntax_errors: true, ..RuleConfig::default() };
        let analysis = Analysis::new(self.model(), Arc::new(config));
        (0..self.cells.len()).map(|cell| analysis.problems(cell).to_vec()).collect()
    }
}

fn environment(mut environment: Environment) -> Arc<Environment> {
    let role = ("glue_role_arn".to_owned(), "arn:aws:iam::123456789012:role/GlueSessions".to_owned());
    environment.variables.extend([role, ("region".to_owned(), "us-east-1".to_owned())]);
    environment.profiles.insert(PROFILE.to_owned(), BTreeMap::new());
    environment.profiles_complete = true;
    Arc::new(environment)
}

/// The notebooks of the corpus that the kernel ran without an error; none, loudly, where it is not at hand.
pub(super) fn published() -> Vec<Document> {
    let all = corpus().into_iter().filter(|record| record.ran()).map(|record| Document {
        kernel: record.kernel,
        environment: environment(record.environment()),
        cells: record.notebook.cells.iter().map(|c| (c.cell.kind, c.cell.text.to_string())).collect(),
        name: record.name,
    });
    all.collect()
}

const IMPORTS: &[&str] = &[
    "import sys\nfrom awsglue.context import GlueContext\nfrom pyspark.context import SparkContext\n\n\
     glueContext = GlueContext(SparkContext.getOrCreate())\nspark = glueContext.spark_session",
    "from pyspark.sql import functions as F\nfrom pyspark.sql.types import StringType\n\nprint(spark.version)",
    "import time\nimport boto3\n\ns3 = boto3.client(\"s3\")",
];

const CODE: &[&str] = &[
    "orders = spark.table(\"sales.orders\")\norders.printSchema()",
    "# Zahlungen über 100 €, größte zuerst 🚀\nlarge = orders.where(F.col(\"amount\") > 100)\nlarge.orderBy(\"amount\").show(5)",
    "def clean(text):\n    \"\"\"Drops blanks.\"\"\"\n    return text.strip() % ()\n\nclean(\"a\")",
    "share = 100 * paid.count() % total\nprint(f\"{share} %\")",
    "frame = glueContext.create_dynamic_frame.from_catalog(\n    database=\"sales\",\n    table_name=\"orders\",\n)\nframe.count()",
    "for day in (\"2024-01-01\", \"2024-01-02\"):\n    orders.where(F.col(\"day\") == day).show()",
    "text = \"\"\"\n%region is no magic here\n\"\"\"\nlen(text)",
];

const SQL: &[&str] = &[
    "%%sql\nSELECT region, sum(amount) AS amount\nFROM sales.orders\nGROUP BY region",
    "%%sql\n-- größte Bestellungen\nSELECT * FROM sales.orders ORDER BY amount DESC LIMIT 10",
    "%%sql\nSHOW DATABASES",
];

const CONFIGURE: &[&str] = &[
    "%%configure\n{\n    \"--enable-auto-scaling\": \"true\",\n    \"--TempDir\": \"s3://orders-temp/größe/\"\n}",
    "%%configure\n{\"--enable-observability-metrics\": \"true\"}",
    "# Iceberg needs these.\n%%configure\n{\n  \"--datalake-formats\": \"iceberg\",\n  \"--conf\": \"spark.sql.shuffle.partitions=20\"\n}",
];

/// Makes a notebook that works: settings, imports, code, SQL.
pub(super) fn made(seed: u64) -> Document {
    let mut random = Random::new("notebook", seed);
    let mut cells = vec![(CellKind::Markdown, "# Orders 🧾\n\n%region in text is no magic".to_owned())];
    let mut settings = vec!["%idle_timeout 30".to_owned()];
    let mut maybe = |random: &mut Random, percent: usize, lines: &[&str]| {
        if random.chance(percent) {
            settings.extend(lines.iter().map(|line| (*line).to_owned()));
        }
    };
    let version = *random.pick(&["%glue_version 4.0", "%glue_version 5.0"]);
    maybe(&mut random, 80, &[version]);
    maybe(&mut random, 60, &["%worker_type G.1X", "%number_of_workers 5"]);
    maybe(&mut random, 40, &["%region eu-west-1"]);
    maybe(&mut random, 30, &["%additional_python_modules pandas==2.2.2,pyarrow==15.0.0"]);
    maybe(&mut random, 30, &["%connections orders-db, events"]);
    maybe(&mut random, 30, &["%extra_jars s3://orders-code/lib.jar"]);
    maybe(&mut random, 30, &["# Größe der Sitzung: 🧾", ""]);
    maybe(&mut random, 20, &["%session_id_prefix orders"]);
    maybe(&mut random, 20, &["%iam_role arn:aws:iam::123456789012:role/GlueSessions"]);
    maybe(&mut random, 15, &["%profile analytics"]);
    let settings = random.shuffled(settings);
    // In one cell, in two, or above the first code.
    match random.below(3) {
        0 => cells.push((CellKind::Code, settings.join("\n"))),
        1 => {
            let (first, second) = settings.split_at(settings.len() / 2);
            cells.extend([first, second].iter().filter(|l| !l.is_empty()).map(|l| (CellKind::Code, l.join("\n"))));
        }
        _ => cells.push((CellKind::Code, format!("{}\n\nprint(\"a session\")", settings.join("\n")))),
    }
    if random.chance(60) {
        let at = 1 + random.below(cells.len());
        // Whatever follows the first code would come too late.
        let code = cells.iter().position(|(_, text)| text.contains("print("));
        cells.insert(at.min(code.unwrap_or(at)), (CellKind::Code, (*random.pick(CONFIGURE)).to_owned()));
    }
    cells.push((CellKind::Code, (*random.pick(IMPORTS)).to_owned()));
    for _ in 0..3 + random.below(5) {
        let text = match random.below(10) {
            0..6 => (*random.pick(CODE)).to_owned(),
            6..8 => (*random.pick(SQL)).to_owned(),
            8 => "!pip list".to_owned(),
            _ => "%status".to_owned(),
        };
        cells.push((CellKind::Code, text));
        if random.chance(20) {
            cells.push((CellKind::Markdown, "## The next step\n\n%%sql".to_owned()));
        }
    }
    if random.chance(30) {
        cells.push((CellKind::Code, "%stop_session".to_owned()));
    }
    if random.chance(25) {
        cells.iter_mut().for_each(|(_, text)| *text = text.replace('\n', "\r\n"));
    }
    Document {
        name: format!("made {seed}"),
        kernel: Kernel::PySpark,
        environment: environment(Environment::default()),
        cells,
    }
}
