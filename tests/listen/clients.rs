//! Clients that nobody here wrote, against the program: boto3, and the AWS CLI.
//!
//! `GLUE_LS_MOTO_PYTHON` names a Python that has boto3, `GLUE_LS_AWSCLI` the CLI's program.
#![cfg(unix)]

use std::process::Command;

use rustix::process::Signal;
use serde_json::Value;

use super::program::Program;
use crate::cli::run::program::{Home, Ran, Running};
use crate::support::moto;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/listen");

/// Runs a client with what the program has printed, and nothing else of this machine's.
fn run(home: &Home, program: &Program, command: Command) -> Ran {
    as_whom(home, program, command, &[])
}

/// The same, with other keys.
fn as_whom(home: &Home, program: &Program, mut command: Command, keys: &[(&str, &str)]) -> Ran {
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("HOME", home.path()).env("PATH", path).envs(&program.environment).env("AWS_PAGER", "");
    command.env("AWS_EC2_METADATA_DISABLED", "true").current_dir(home.path());
    command.envs(keys.iter().copied());
    Running::of(command).end()
}

fn end(program: Program) {
    program.running.signal(Signal::TERM);
    let ran = program.running.end();
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

/// Runs a script, which must call these operations.
fn boto3(home: &Home, script: &str, wanted: &[&str]) {
    let Some(python) = moto::python() else { return };
    let program = Program::start(home, &[]);
    let mut command = Command::new(python);
    command.args(["-B", &format!("{SCRIPTS}/{script}")]);
    let ran = run(home, &program, command);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    let said: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(said["wrong"], serde_json::json!([]), "{said:#}");
    assert!(said["answers"].as_u64().unwrap() > 60, "{said:#}");
    let called: Vec<&str> = said["operations"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for wanted in wanted {
        assert!(called.contains(wanted), "{wanted} was not called: {called:?}");
    }
    end(program);
}

#[test]
fn boto3_calls_every_operation_of_sessions_and_finds_the_answers_as_they_are_described() {
    let wanted = [
        "CancelStatement",
        "CreateSession",
        "DeleteSession",
        "GetCallerIdentity",
        "GetDashboardUrl",
        "GetRole",
        "GetSession",
        "GetStatement",
        "GetTags",
        "ListSessions",
        "ListStatements",
        "RunStatement",
        "StopSession",
        "TagResource",
        "UntagResource",
    ];
    boto3(&Home::new(&[]), "clients.py", &wanted);
}

#[test]
fn boto3_calls_every_operation_of_the_account_and_finds_the_answers_as_they_are_described() {
    let wanted = [
        "AssumeRole",
        "DescribeSubnets",
        "GetConnection",
        "GetConnections",
        "GetDatabase",
        "GetDatabases",
        "GetRole",
        "GetSecurityConfiguration",
        "GetSecurityConfigurations",
        "GetTable",
        "GetTables",
        "ListRoles",
    ];
    boto3(&Home::new(&[("glue-ls.toml", PROJECT)]), "catalogue.py", &wanted);
}

/// An account, and a second one.
const PROJECT: &str = include_str!("catalogue.toml");

/// Returns the AWS CLI. Without it, returns nothing and says so loudly; with `CI=true` it has to be there.
fn awscli() -> Option<String> {
    let program = std::env::var("GLUE_LS_AWSCLI").unwrap_or_else(|_| "aws".to_owned());
    if Command::new(&program).arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Some(program);
    }
    let ci = std::env::var("CI").is_ok_and(|value| !matches!(value.to_lowercase().as_str(), "" | "0" | "false"));
    assert!(!ci, "{program} is no AWS CLI");
    eprintln!("SKIPPED: {program} is no AWS CLI; GLUE_LS_AWSCLI names one (awscli on PyPI)");
    None
}

#[test]
fn the_aws_cli_runs_a_statement() {
    let Some(awscli) = awscli() else { return };
    let home = Home::new(&[]);
    let program = Program::start(&home, &[]);
    let aws = |arguments: &[&str]| {
        let mut command = Command::new(&awscli);
        command.args(arguments).args(["--output", "json"]);
        run(&home, &program, command)
    };
    let ok = |arguments: &[&str]| -> Value {
        let ran = aws(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        serde_json::from_str(&ran.stdout).unwrap_or_default()
    };
    let until = |arguments: &[&str], pointer: &str, wanted: &str| {
        // Each try is a process of its own, which takes its time.
        (0..100)
            .map(|_| ok(arguments))
            .find(|answer| answer.pointer(pointer).and_then(Value::as_str) == Some(wanted))
            .unwrap()
    };
    let arn = ok(&["sts", "get-caller-identity"])["Arn"].as_str().unwrap().to_owned();
    assert!(arn.contains(":assumed-role/GlueLocal/"), "{arn}");
    let role = ok(&["iam", "get-role", "--role-name", "GlueLocal"])["Role"]["Arn"].as_str().unwrap().to_owned();
    let create =
        ["glue", "create-session", "--id", "cli", "--role", &role, "--command", "Name=glueetl,PythonVersion=3"];
    ok(&[&create[..], &["--idle-timeout", "7", "--tags", "team=data"]].concat());
    let ready = until(&["glue", "get-session", "--id", "cli"], "/Session/Status", "READY");
    assert_eq!(ready["Session"]["IdleTimeout"], 7);
    ok(&["glue", "run-statement", "--session-id", "cli", "--code", "print('hello'); 6 * 7"]);
    let statement = ["glue", "get-statement", "--session-id", "cli", "--id", "0"];
    let done = until(&statement, "/Statement/State", "AVAILABLE");
    assert_eq!(done["Statement"]["Output"]["Data"]["TextPlain"], "hello\n42");
    assert_eq!(ok(&["glue", "list-sessions", "--tags", "team=data"])["Ids"][0], "cli");
    let refused = aws(&["glue", "delete-session", "--id", "cli"]);
    assert!(refused.stderr.contains("(IllegalSessionStateException)") && refused.code != Some(0), "{refused:?}");
    ok(&["glue", "stop-session", "--id", "cli"]);
    until(&["glue", "get-session", "--id", "cli"], "/Session/Status", "STOPPED");
    ok(&["glue", "delete-session", "--id", "cli"]);
    let gone = aws(&["glue", "get-session", "--id", "cli"]);
    assert!(
        gone.stderr.contains("(EntityNotFoundException)") && gone.stderr.contains("There is no session cli"),
        "{gone:?}"
    );
    end(program);
}

#[test]
fn the_aws_cli_calls_every_operation_of_the_account() {
    let Some(awscli) = awscli() else { return };
    let home = Home::new(&[("glue-ls.toml", PROJECT)]);
    let program = Program::start(&home, &[]);
    let call = |keys: &[(&str, &str)], line: &str| {
        let mut command = Command::new(&awscli);
        command.args(line.split(' ')).args(["--output", "json"]);
        as_whom(&home, &program, command, keys)
    };
    let ok = |keys: &[(&str, &str)], line: &str| -> Value {
        let ran = call(keys, line);
        assert_eq!(ran.code, Some(0), "{line}: {ran:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let assumed = "sts assume-role --role-session-name cli --role-arn arn:aws:iam::";
    let of_role = |role: &str| {
        let answer = ok(&[], &format!("{assumed}{role}"));
        ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(|name| text(&answer["Credentials"][name]))
    };
    let [id, secret, token] = of_role("222222222222:role/GlueSessionCreationRole");
    let theirs = [("AWS_ACCESS_KEY_ID", &*id), ("AWS_SECRET_ACCESS_KEY", &*secret), ("AWS_SESSION_TOKEN", &*token)];
    for (keys, line, pointer, wanted) in [
        (&[][..], "sts get-caller-identity", "/Account", "111111111111"),
        (&theirs[..], "sts get-caller-identity", "/Account", "222222222222"),
        (&[], "glue get-databases", "/DatabaseList/1/Name", "shop"),
        (&[], "glue get-database --name shop", "/Database/Description", "What <is> sold & when"),
        (&[], "glue get-tables --database-name shop --max-items 1", "/TableList/0/Name", "events"),
        (&theirs, "glue get-table --database-name shop --name orders", "/Table/CatalogId", "111111111111"),
        (&[], "glue get-connections", "/ConnectionList/1/Name", "store"),
        (&theirs, "glue get-connection --name session_vpc", "/Connection/ConnectionType", "NETWORK"),
        (&[], "glue get-security-configurations", "/SecurityConfigurations/0/Name", "open"),
        (&[], "glue get-security-configuration --name open", "/SecurityConfiguration/Name", "open"),
        (&[], "iam list-roles", "/Roles/1/RoleName", "GlueLocal"),
        (&theirs, "iam get-role --role-name Worker", "/Role/Arn", "arn:aws:iam::222222222222:role/Worker"),
        (&theirs, "ec2 describe-subnets", "/Subnets/0/VpcId", "vpc-d"),
    ] {
        let answer = ok(keys, line);
        assert_eq!(answer.pointer(pointer).and_then(Value::as_str), Some(wanted), "{line}: {answer:#}");
    }
    let [_, _, other] = of_role("111111111111:role/Analyst");
    let mixed = [theirs[0], theirs[1], ("AWS_SESSION_TOKEN", &other)];
    for (keys, line, said) in [
        (&[][..], format!("{assumed}222222222222:role/Worker"), "(AccessDenied)"),
        (&[], "glue get-connection --name session_vpc".to_owned(), "(EntityNotFoundException)"),
        (&[], "glue get-jobs".to_owned(), "(UnknownOperationException)"),
        (&mixed, "glue list-sessions".to_owned(), "(UnrecognizedClientException)"),
    ] {
        let ran = call(keys, &line);
        assert!(ran.code != Some(0) && ran.stderr.contains(said), "{line}: {ran:?}");
    }
    end(program);
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
