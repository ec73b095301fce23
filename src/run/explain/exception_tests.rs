use proptest::prelude::*;

use super::*;

const SEE: &str = "ask for all of them";

fn reduced(ename: &str, evalue: &str, traceback: &str) -> Option<Reduced> {
    let traceback: Vec<String> = traceback.split_inclusive('\n').map(str::to_owned).collect();
    reduce(&Failure { ename, evalue, traceback: &traceback }, Place::Aws, Some(SEE))
}

/// What py4j says of an exception of Java, with a stack.
fn py4j(class: &str, message: &str, causes: &[(&str, &str)]) -> (String, String) {
    let stack = "\tat org.apache.spark.sql.Dataset.$anonfun$show$1(Dataset.scala:740)\n".repeat(40);
    let mut evalue = format!("An error occurred while calling o91.showString.\n: {class}: {message}\n{stack}");
    for (class, message) in causes {
        evalue.push_str(&format!("Caused by: {class}: {message}\n\tat a.b.C.d(C.java:1)\n\t... 30 more\n"));
    }
    let traceback = format!(
        "Traceback (most recent call last):\n  File \"<stdin>\", line 2, in <module>\n    df.show()\n\
         \u{20} File \"/opt/spark/python/lib/pyspark.zip/pyspark/sql/dataframe.py\", line 606, in show\n    print(self._jdf)\n\
         \u{20} File \"/opt/spark/python/lib/py4j-0.10.9.5-src.zip/py4j/java_gateway.py\", line 1321, in __call__\n    return_value = get_return_value(\n\
         \u{20} File \"/opt/spark/python/lib/py4j-0.10.9.5-src.zip/py4j/protocol.py\", line 326, in get_return_value\n    raise Py4JJavaError(\n\
         py4j.protocol.Py4JJavaError: {evalue}"
    );
    (evalue, traceback)
}

#[test]
fn the_stack_of_java_is_folded_below_the_cause() {
    let inner = ("java.lang.ArithmeticException", "/ by zero");
    let (evalue, traceback) = py4j(
        "org.apache.spark.SparkException",
        "Job aborted due to stage failure: Task 0 in stage 1.0 failed 4 times",
        &[inner],
    );
    let reduced = reduced("Py4JJavaError", &evalue, &traceback).unwrap();
    assert_eq!(reduced.message, "Py4JJavaError: ArithmeticException: / by zero");
    assert_eq!(reduced.evalue, "ArithmeticException: / by zero");
    assert_eq!(reduced.explanation, None);
    assert_eq!(
        reduced.traceback,
        [
            "Py4JJavaError: ArithmeticException: / by zero",
            "",
            "Traceback (most recent call last):",
            "  File \"<stdin>\", line 2, in <module>",
            "    df.show()",
            "  [glue-ls: 3 calls inside pyspark and py4j are left out here]",
            "py4j.protocol.Py4JJavaError: An error occurred while calling o91.showString.",
            ": org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 1.0 failed 4 times",
            "[glue-ls: 43 lines of Java's stack are left out; ask for all of them]",
        ]
    );
    assert_eq!(reduced.folded, 43 + 6);
}

#[test]
fn what_is_not_known_stays_as_it_is() {
    let frame = "Traceback (most recent call last):\n  File \"<stdin>\", line 1, in <module>\n";
    for (ename, evalue) in [
        ("ValueError", "bad"),
        ("ValueError", "Path does not exist: s3://b/k"),
        ("KeyError", "'SlowDown'"),
        ("AnalysisException", "something new"),
        ("", ""),
        ("Exception", "No such file; at noon (today)"),
    ] {
        assert_eq!(reduced(ename, evalue, &format!("{frame}{ename}: {evalue}\n")), None, "{ename}: {evalue}");
    }
    let keeps = |place, whole| {
        let (evalue, traceback) = py4j("a.b.C", "why", &[]);
        reduce(&Failure { ename: "Py4JJavaError", evalue: &evalue, traceback: &[traceback] }, place, whole).is_none()
    };
    assert!(keeps(Place::Aws, None) && !keeps(Place::Aws, Some(SEE)));
}

#[test]
fn known_failures_are_explained() {
    for (ename, evalue, code, says) in [
        (
            "AnalysisException",
            "[TABLE_OR_VIEW_NOT_FOUND] The table or view `db`.`sales` cannot be found. Verify the spelling;\n'Project [*]\n",
            "table-not-found",
            "There is no table or view db.sales where",
        ),
        (
            "AnalysisException",
            "Table or view not found: sales; line 1 pos 14;\n'Project [*]\n+- 'UnresolvedRelation [sales]",
            "table-not-found",
            "view sales where",
        ),
        (
            "AnalysisException",
            "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column or function parameter with name `nam` cannot be resolved. Did you mean one of the following? [`name`, `id`].;",
            "column-not-found",
            "no column nam. Did you mean one of name, id?",
        ),
        (
            "AnalysisException",
            "cannot resolve 'nam' given input columns: [id, name]; line 1",
            "column-not-found",
            "Did you mean one of id, name?",
        ),
        ("AnalysisException", "Path does not exist: s3://b/k", "path-not-found", "nothing at s3://b/k."),
        (
            "AnalysisException",
            "[PATH_ALREADY_EXISTS] Path s3://b/k already exists. Set mode as \"overwrite\".",
            "path-exists",
            "at s3://b/k already.",
        ),
        (
            "AnalysisException",
            "[TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create table or view `a`.`t` because it already exists.\nChoose",
            "table-exists",
            "a.t already.",
        ),
        (
            "AnalysisException",
            "[REQUIRES_SINGLE_PART_NAMESPACE] spark_catalog requires a single-part namespace, but got `glue`.`db`.",
            "catalog-not-found",
            "for the name glue.db.",
        ),
        (
            "NumberFormatException",
            "[CAST_INVALID_INPUT] The value 'a' of the type \"STRING\" cannot be cast to \"INT\" because it is malformed.",
            "cast-failed",
            "The value 'a' cannot be made \"INT\".",
        ),
        ("ArithmeticException", "[DIVIDE_BY_ZERO] Division by zero. Use", "divided-by-zero", "divides by zero"),
        (
            "PySparkTypeError",
            "[CANNOT_MERGE_TYPE] Can not merge type `LongType` and `StringType`.",
            "types-differ",
            "LongType and StringType.",
        ),
        (
            "AnalysisException",
            "[PATH_NOT_FOUND] Path does not exist: s3://b/k.",
            "path-not-found",
            "nothing at s3://b/k.",
        ),
        (
            "ParseException",
            "\n[PARSE_SYNTAX_ERROR] Syntax error at or near 'FORM'.(line 1, pos 9)",
            "sql-syntax",
            "at FORM.",
        ),
        (
            "AnalysisException",
            "org.apache.hadoop.hive.ql.metadata.HiveException: MetaException(message:Insufficient Lake Formation permission(s) on sales (Service: AWSGlue; Status Code: 400; Error Code: AccessDeniedException",
            "lake-formation",
            "on sales",
        ),
        (
            "ClientError",
            "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: s3:ListBucket on resource: \"arn:aws:s3:::data-lake\" because no identity-based policy allows it",
            "s3-denied",
            "to the bucket data-lake (arn:aws:s3:::data-lake): s3:ListBucket is not allowed.",
        ),
        (
            "ClientError",
            "An error occurred (403) when calling the HeadObject operation: Forbidden",
            "s3-denied",
            "S3 denies access: s3:GetObject is not allowed.",
        ),
        (
            "ClientError",
            "An error occurred (AccessDenied) when calling the AssumeRole operation: User: u is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/x",
            "action-denied",
            "may not do sts:AssumeRole on arn:aws:iam::1:role/x.",
        ),
        (
            "ClientError",
            "An error occurred (EntityNotFoundException) when calling the GetTable operation: Entity Not Found",
            "catalog-entity-not-found",
            "Entity Not Found",
        ),
        (
            "ModuleNotFoundError",
            "No module named 'great_expectations'",
            "module-not-found",
            "%additional_python_modules",
        ),
        (
            "awsglue.utils.GlueArgumentError",
            "the following arguments are required: --JOB_NAME",
            "argument-missing",
            "--JOB_NAME",
        ),
        (
            "PicklingError",
            "Could not serialize object: RuntimeError: It appears that you are attempting to reference SparkContext",
            "not-serializable",
            "inside the function",
        ),
        ("OSError", "[Errno 28] No space left on device", "disk-full", "disk"),
        ("MemoryError", "", "driver-memory", "%worker_type"),
        (
            "IllegalArgumentException",
            "Cannot find catalog plugin class for catalog 'glue_catalog': org.apache.iceberg.spark.SparkCatalog",
            "lake-format-missing",
            "--datalake-formats",
        ),
    ] {
        let reduced = reduced(ename, evalue, "").unwrap_or_else(|| panic!("{evalue}"));
        let explanation = reduced.explanation.as_ref().unwrap();
        assert_eq!(explanation.code, code, "{evalue}");
        assert!(explanation.sentence().contains(says), "{says} is missing in {}", explanation.sentence());
        let class = ename.rsplit('.').next().unwrap();
        assert!(reduced.traceback[0].contains(class), "{:?}", reduced.traceback);
        assert_eq!(reduced.evalue, evalue, "what is not folded keeps its text");
    }
}

#[test]
fn causes_deep_in_java_are_explained() {
    for (message, causes, code, says) in [
        (
            "Job aborted.",
            &[(
                "com.amazon.ws.emr.hadoop.fs.shaded.com.amazonaws.services.s3.model.AmazonS3Exception",
                "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: X)",
            )][..],
            "s3-denied",
            "S3 denies access",
        ),
        (
            "x",
            &[(
                "java.nio.file.AccessDeniedException",
                "s3://lake/raw/a.csv: getFileStatus on s3://lake/raw/a.csv: Forbidden (Service: Amazon S3; Status Code: 403; Error Code: 403 Forbidden)",
            )],
            "s3-denied",
            "to the bucket lake (s3://lake/raw/a.csv)",
        ),
        (
            "x",
            &[("java.lang.ClassNotFoundException", "com.mysql.cj.jdbc.Driver")],
            "class-not-found",
            "com.mysql.cj.jdbc.Driver",
        ),
        ("x", &[("java.lang.ClassNotFoundException", "delta.DefaultSource")], "lake-format-missing", "(delta)"),
        (
            "x",
            &[
                ("com.mysql.cj.exceptions.CJCommunicationsException", "Communications link failure"),
                ("java.net.ConnectException", "Connection timed out (Connection timed out)"),
            ],
            "database-unreachable",
            "%connections",
        ),
        ("x", &[("java.lang.OutOfMemoryError", "Java heap space")], "memory-limit", "(Java heap space)"),
        ("x", &[("java.io.IOException", "No space left on device")], "disk-full", "disk"),
        ("x", &[("java.io.NotSerializableException", "x.Y"), ("java.lang.Exception", "z")], "not-serializable", ""),
        (
            "Job aborted due to stage failure: Task 1 in stage 2.0 failed 4 times, most recent failure: Lost task 1.3 in stage 2.0 (TID 9) (10.0.0.1 executor 2): ExecutorLostFailure (executor 2 exited caused by one of the running tasks) Reason: Container killed by YARN for exceeding memory limits.",
            &[],
            "memory-limit",
            "ran out of memory",
        ),
        (
            "x",
            &[(
                "org.apache.spark.SparkException",
                "Kryo serialization failed: Buffer overflow. Available: 0, required: 1",
            )],
            "kryo-buffer",
            "kryoserializer",
        ),
        (
            "x",
            &[("org.apache.iceberg.exceptions.CommitFailedException", "Cannot commit")],
            "concurrent-change",
            "same time",
        ),
    ] {
        let message = if code == "not-serializable" { "Task not serializable" } else { message };
        let (evalue, traceback) = py4j("org.apache.spark.SparkException", message, causes);
        let reduced = reduced("Py4JJavaError", &evalue, &traceback).unwrap();
        let explanation = reduced.explanation.as_ref().unwrap_or_else(|| panic!("{causes:?}"));
        assert_eq!(explanation.code, code, "{causes:?}");
        assert!(explanation.sentence().contains(says), "{says} is missing in {}", explanation.sentence());
        assert!(reduced.traceback[1] == explanation.what && reduced.traceback.len() < 16, "{:#?}", reduced.traceback);
    }
}

#[test]
fn python_of_a_worker_and_spark_connect_are_read() {
    let (evalue, traceback) = py4j(
        "org.apache.spark.SparkException",
        "Job aborted",
        &[(
            "org.apache.spark.api.python.PythonException",
            "Traceback (most recent call last):\n  File \"worker.py\", line 6, in main\n    f()\nValueError: no number\n",
        )],
    );
    let java = reduced("Py4JJavaError", &evalue, &traceback).unwrap();
    assert_eq!(java.message, "Py4JJavaError: PythonException: ValueError: no number");
    let evalue = "(java.lang.IllegalStateException) bad state\n\nJVM stacktrace:\njava.lang.IllegalStateException\n\tat a.B.c(B.java:1)\n\tat a.B.c(B.java:2)\n\tat a.B.c(B.java:3)\n";
    let connect = reduced("SparkConnectGrpcException", evalue, evalue).unwrap();
    assert_eq!((connect.evalue.as_str(), connect.folded), ("IllegalStateException: bad state", 3));
}

#[test]
fn calls_of_every_part_of_a_traceback_are_seen() {
    let (_, one) = py4j("a.b.C", "why", &[]);
    let text = format!("{one}\nDuring handling of the above exception, another exception occurred:\n\n{one}");
    let (evalue, _) = py4j("a.b.C", "why", &[]);
    let reduced = reduced("Py4JJavaError", &evalue, &text).unwrap();
    let count = |what: &str| reduced.traceback.iter().filter(|line| line.contains(what)).count();
    assert_eq!(
        (count("<stdin>"), count("lines of Java's stack"), count("calls inside"), count("During handling")),
        (2, 2, 2, 1)
    );
    assert_eq!(reduced.traceback.len() - 2 + reduced.folded - 4, text.lines().count());
}

#[test]
fn what_only_aws_has_is_not_said_of_this_machine() {
    let failure = Failure { ename: "ModuleNotFoundError", evalue: "No module named 'x'", traceback: &[] };
    assert!(reduce(&failure, Place::Local, None).is_none() && reduce(&failure, Place::Aws, None).is_some());
    let evalue = "[DATA_SOURCE_NOT_FOUND] Failed to find the data source: delta. Please find";
    let code = |place| {
        let failure = Failure { ename: "Py4JJavaError", evalue, traceback: &[] };
        reduce(&failure, place, None).unwrap().explanation.unwrap().code
    };
    assert_eq!((code(Place::Aws), code(Place::Local)), ("lake-format-missing", "format-not-here"));
}

#[test]
fn the_cause_of_a_failed_write_or_read_is_found_below_javas_stack() {
    for (causes, code, says) in [
        (
            [
                ("org.apache.spark.SparkException", "Job aborted."),
                (
                    "org.apache.hadoop.fs.ParentNotDirectoryException",
                    "Parent path is not a directory: file:/data/t.csv",
                ),
            ],
            "file-in-the-way",
            "below file:/data/t.csv, which is a file",
        ),
        (
            [
                ("org.apache.spark.SparkException", "[CANNOT_READ_FILE_FOOTER] Could not"),
                ("java.lang.RuntimeException", "s3://b/x.parquet is not a Parquet file (length is too low: 10)"),
            ],
            "not-parquet",
            "s3://b/x.parquet is no Parquet file.",
        ),
        (
            [
                ("org.apache.spark.SparkException", "[MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed"),
                (
                    "org.apache.spark.SparkRuntimeException",
                    "[CANNOT_PARSE_JSON_FIELD] Cannot parse the field name `id` and the value `x` of the JSON",
                ),
            ],
            "malformed-record",
            "its field id is x.",
        ),
    ] {
        let (evalue, traceback) = py4j(causes[0].0, causes[0].1, &causes[1..]);
        for place in [Place::Aws, Place::Local] {
            let failure =
                Failure { ename: "Py4JJavaError", evalue: &evalue, traceback: std::slice::from_ref(&traceback) };
            let explanation = reduce(&failure, place, Some(SEE)).unwrap().explanation.unwrap();
            assert_eq!(explanation.code, code);
            assert!(explanation.what.contains(says), "{}", explanation.what);
        }
    }
}

#[test]
fn sentences_of_the_table_are_filled() {
    let derived = ["bucket", "location", "action"];
    for row in &facts::errors().cell {
        check(&row.code, &row.patterns, [&row.what, &row.remedy], &derived);
        assert!(!row.patterns.is_empty() && (row.patterns != [""] || !row.classes.is_empty()), "{}", row.code);
        let magic =
            row.magic.as_deref().is_none_or(|name| facts::magics().all().iter().any(|magic| magic.name == name));
        assert!(magic, "{}", row.code);
    }
    let derived = ["role", "worker_type", "glue_version", "security_configuration", "connections"];
    for row in &facts::errors().service {
        check(&row.code, &row.patterns, [&row.what, &row.remedy], &derived);
        let magic =
            row.magic.as_deref().is_none_or(|name| facts::magics().all().iter().any(|magic| magic.name == name));
        assert!(magic && (!row.patterns.is_empty() || !row.kinds.is_empty()), "{}", row.code);
    }
}

/// Names outside of sections must be found by every pattern, those inside by one of them or from elsewhere.
fn check(code: &str, patterns: &[String], sentences: [&String; 2], derived: &[&str]) {
    let holes = |text: &str| -> Vec<String> {
        let pieces = pattern::pieces(text).into_iter();
        pieces
            .filter_map(|piece| match piece {
                pattern::Piece::Hole { name, .. } => Some(name.to_owned()),
                pattern::Piece::Text(_) => None,
            })
            .collect()
    };
    for pattern in patterns {
        assert!(!pattern.starts_with('{'), "{code}: {pattern}");
    }
    for sentence in sentences {
        let mut outside = sentence.clone();
        while let (Some(start), Some(end)) = (outside.find("[["), outside.find("]]")) {
            for name in holes(&outside[start..end]) {
                let known =
                    patterns.iter().any(|pattern| holes(pattern).contains(&name)) || derived.contains(&name.as_str());
                assert!(known, "{code}: {name}");
            }
            outside.replace_range(start..end + 2, "");
        }
        for name in holes(&outside) {
            assert!(
                patterns.iter().all(|pattern| holes(pattern).contains(&name)),
                "{code}: {name} is not always known"
            );
        }
    }
    assert!(sentences[0].ends_with(['.', '}', ']']) && !sentences[1].ends_with('.'), "{code}");
    let begins = sentences[1].chars().next().is_some_and(|c| c.is_lowercase() || c == '`');
    assert!(begins, "{code}: what to do begins small");
}

fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "Traceback (most recent call last):\n",
        "  File \"<stdin>\", line 1, in <module>\n",
        "  File \"/a/pyspark/b.py\", line 3, in f\n",
        "    x()\n",
        "\tat a.b.C.d(C.java:1)\n",
        "\t... 3 more\n",
        "Caused by: ",
        "java.lang.X: ",
        "java.lang.OutOfMemoryError",
        "\n",
        "An error occurred while calling o1.f.\n: ",
        "JVM stacktrace:\n",
        "Access Denied (Service: Amazon S3; Status Code: 403",
        "s3://",
        "é/k",
        "most recent failure: Lost task 0.3 in stage 1.0 (TID 7) (h): ",
        "During handling of the above exception",
        "\u{1b}[31m",
        "(a.b) ",
        "Path does not exist: ",
        "𝕏",
    ]);
    prop_oneof![4 => fixed.prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_exception_can_be_looked_at(
        ename in prop::sample::select(vec!["Py4JJavaError", "AnalysisException", "E", "", "a.b.MemoryError"]),
        evalue in texts(),
        traceback in prop::collection::vec(texts(), 0..4),
        whole in any::<bool>(),
    ) {
        let failure = Failure { ename, evalue: &evalue, traceback: &traceback };
        if let Some(reduced) = reduce(&failure, Place::Aws, whole.then_some(SEE)) {
            // No line is lost that is not counted.
            let shown: Vec<_> = traceback.iter().map(|entry| if whole { without_colours(entry) } else { entry.into() }).collect();
            let lines = shown.iter().flat_map(|entry| entry.lines()).count();
            let notes = reduced.traceback.iter().filter(|line| line.contains("[glue-ls: ")).count();
            let head = reduced.traceback.len() + reduced.folded - notes - lines;
            prop_assert!((1..=12).contains(&head), "{reduced:#?}");
            prop_assert!(!reduced.message.contains('\n'));
        }
    }
}
