//! A first notebook in SageMaker Studio: the execution role lacks something, the doctor says what, what it prints is
//! pasted, and the notebook runs as its magics say.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::{Value, json};

use crate::cli::notebook;
use crate::cli::run::program::{Home, Ran};
use crate::e2e::client::Client;
use crate::lsp::editor::{Editor, cell_uri, kernel, pulling};
use crate::service::{Fault, Faults};
use crate::support::contents::{Contents, policy, trust};
use crate::support::moto::Moto;
use crate::support::profiles::{Profiles, home_at};
use crate::support::proxy::Proxy;

const RESTRICTED: &str = "arn:aws:iam::aws:policy/service-role/AwsGlueSessionUserRestrictedServiceRole";
const GLUE: &str = "glue.amazonaws.com";
const SAGEMAKER: &str = "sagemaker.amazonaws.com";
const USER: &str = "arn:aws:iam::{account}:user/ana";
const AWS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/moto/aws.py");

/// The execution role, in pieces.
#[derive(Debug, Clone)]
struct Studio {
    managed: bool,
    actions: Vec<&'static str>,
    services: Vec<&'static str>,
    /// Whether the role may ask IAM about itself.
    simulates: bool,
}

impl Studio {
    /// As the walkthrough has it, and with what the doctor would like to ask.
    fn whole() -> Studio {
        let actions = vec!["iam:GetRole", "iam:PassRole", "sts:GetCallerIdentity"];
        Studio { managed: true, actions, services: vec![GLUE, SAGEMAKER], simulates: true }
    }

    fn without(mut self, piece: &str) -> Studio {
        self.managed &= piece != RESTRICTED;
        self.actions.retain(|action| *action != piece);
        self.services.retain(|service| *service != piece);
        self
    }

    /// An account with that role, and another one that has the managed policy as well.
    fn contents(&self) -> Contents {
        let mut actions = self.actions.clone();
        if self.simulates {
            actions.extend(["iam:SimulatePrincipalPolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]);
        }
        let mut role = json!({
            "name": "ExecutionRole", "path": "/service-role/",
            // The user stands for SageMaker, who hands out the role's keys.
            "trust": trust(&[self.services.as_slice(), &[USER]].concat()),
            "policies": { "own": policy("Allow", &actions) },
        });
        if self.managed {
            role["managed"] = json!([RESTRICTED]);
        }
        let other = json!({ "name": "Other", "trust": trust(&[GLUE]), "managed": [RESTRICTED] });
        Contents::new().role_with(role).role_with(other)
    }
}

/// A notebook's home in Studio.
fn home(moto: &Moto, url: &str) -> Home {
    let home = home_at(url)
        .with("AWS_PROFILE", "studio")
        .with("AWS_REGION", "eu-west-1")
        .with("SAGEMAKER_APP_TYPE", "JupyterLab");
    let arn = format!("arn:aws:iam::{}:role/service-role/ExecutionRole", moto.accounts[0].id);
    Profiles::new().keys("hands-out", &moto.accounts[0]).role("studio", &arn, "hands-out").write(&home);
    home
}

/// What the doctor finds.
struct Findings {
    checks: Vec<Value>,
    code: Option<i32>,
}

impl Findings {
    #[track_caller]
    fn of(home: &Home) -> Findings {
        let ran = home.run(&["doctor", "--format", "json"]);
        assert_eq!(ran.stderr, "");
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        Findings { checks: report["checks"].as_array().unwrap().clone(), code: ran.code }
    }

    #[track_caller]
    fn check(&self, id: &str) -> &Value {
        self.checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no {id}: {:#?}", self.checks))
    }

    fn failed(&self) -> Vec<&str> {
        let failed = self.checks.iter().filter(|check| check["status"] == "failed");
        failed.map(|check| check["id"].as_str().unwrap()).collect()
    }
}

/// What a finding prints to be pasted: commands and policies.
fn pasted(check: &Value) -> (Vec<String>, Vec<Value>) {
    let fixes = check["fixes"].as_array().unwrap();
    let commands = fixes.iter().filter_map(|fix| fix["command"].as_str().map(str::to_owned));
    (
        commands.collect(),
        fixes.iter().filter(|fix| fix["policy"].is_object()).map(|fix| fix["policy"].clone()).collect(),
    )
}

/// Pastes commands into a shell of somebody who may do everything in the account.
#[track_caller]
fn paste(home: &Home, moto: &Moto, check: &Value) {
    let python = std::env::var("GLUE_LS_MOTO_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let programs = home.file("programs");
    std::fs::create_dir_all(&programs).unwrap();
    let aws = programs.join("aws");
    std::fs::write(&aws, format!("#!/bin/sh\nexec '{python}' -B '{AWS}' \"$@\"\n")).unwrap();
    std::fs::set_permissions(&aws, std::fs::Permissions::from_mode(0o700)).unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let (commands, _) = pasted(check);
    assert!(!commands.is_empty(), "{check}");
    for command in commands {
        let shell = Command::new("sh")
            .args(["-e", "-c", &command])
            .env_clear()
            .env("PATH", &path)
            .env("AWS_ENDPOINT_URL", &moto.url)
            .env("AWS_ACCESS_KEY_ID", &moto.accounts[0].key)
            .env("AWS_SECRET_ACCESS_KEY", &moto.accounts[0].secret)
            .output()
            .unwrap();
        assert!(shell.status.success(), "{command}: {}", String::from_utf8_lossy(&shell.stderr));
    }
}

#[test]
fn a_role_that_has_it_all_is_in_order() {
    let Some(moto) = Moto::with([Studio::whole().contents().only(&["*"])]) else { return };
    let found = Findings::of(&home(&moto, &moto.url));
    assert_eq!((found.code, found.failed()), (Some(0), vec![]));
    for id in ["credentials", "region", "glue", "runtime-role", "runtime-role-trust", "runtime-role-policies"] {
        assert_eq!(found.check(id)["status"], "ok", "{}", found.check(id));
    }
    assert_eq!(found.check("runtime-role-inline")["status"], "ok");
    let role = found.check("runtime-role")["message"].as_str().unwrap();
    assert!(role.contains("a notebook of SageMaker, by the variable SAGEMAKER_APP_TYPE"), "{role}");
}

/// Takes one piece away, looks at what is found, and mends it as it is printed; `whole` is the policy that mends it.
#[track_caller]
fn mended(piece: &str, id: &str, (status, said): (&str, &str), whole: Option<&dyn Fn(&str) -> Value>) {
    let Some(moto) = Moto::with([Studio::whole().without(piece).contents().only(&["*"])]) else { return };
    let home = home(&moto, &moto.url);
    let found = Findings::of(&home);
    let check = found.check(id);
    assert_eq!(check["status"], status, "{check}");
    assert!(check["message"].as_str().unwrap().contains(said), "{check}");
    assert_eq!(found.code, Some(i32::from(status == "failed")));
    let (commands, policies) = pasted(check);
    assert_eq!(policies, whole.iter().map(|whole| whole(&moto.accounts[0].id)).collect::<Vec<_>>());
    if let Some(policy) = policies.first() {
        assert_eq!(commands.len(), 1);
        assert!(commands[0].ends_with(&format!("policy-document '{policy}'")), "{commands:?} {policy}");
    }
    let text = home.run(&["doctor"]).stdout;
    assert!(commands.iter().all(|command| text.contains(command.as_str())), "{commands:?}: {text}");
    paste(&home, &moto, check);
    let after = Findings::of(&home);
    assert_eq!(after.check(id)["status"], "ok", "{piece}: {}", after.check(id));
    assert_eq!((after.code, after.failed()), (Some(0), vec![]));
}

#[test]
fn the_managed_policy_is_missing() {
    mended(
        RESTRICTED,
        "runtime-role-policies",
        ("failed", "AwsGlueSessionUserRestrictedServiceRole is not attached"),
        None,
    );
}

/// The policy that the execution role has in itself.
fn own(resource: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "GlueLsOwnRole", "Effect": "Allow", "Action": ["iam:GetRole", "iam:PassRole"], "Resource": resource },
        { "Sid": "GlueLsCaller", "Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*" },
    ]})
}

fn execution_role(account: &str) -> Value {
    json!(format!("arn:aws:iam::{account}:role/service-role/ExecutionRole"))
}

#[test]
fn passing_itself_is_not_allowed() {
    let whole = |account: &str| own(&execution_role(account));
    mended("iam:PassRole", "runtime-role-inline", ("failed", "missing: iam:PassRole"), Some(&whole));
}

#[test]
fn looking_at_itself_is_not_allowed() {
    // Its path is told by nobody; more than roles of that name is not given away.
    let whole = |account: &str| {
        let role = |path: &str| format!("arn:aws:iam::{account}:role/{path}ExecutionRole");
        own(&json!([role(""), role("*/")]))
    };
    mended("iam:GetRole", "runtime-role-inline", ("failed", "missing: iam:GetRole"), Some(&whole));
}

#[test]
fn asking_who_it_is_stands_in_no_policy() {
    let whole = |account: &str| own(&execution_role(account));
    let said = ("warning", "no policy names sts:GetCallerIdentity");
    mended("sts:GetCallerIdentity", "runtime-role-inline", said, Some(&whole));
}

/// The trust policy with what was missing at its end.
fn trusting(account: &str, first: &str, added: &str) -> Value {
    let user = USER.replace("{account}", account);
    trust(&[first, &user, added])
}

#[test]
fn glue_is_not_trusted() {
    let whole = |account: &str| trusting(account, SAGEMAKER, GLUE);
    let said = ("failed", "does not trust glue.amazonaws.com: no session starts with it");
    mended(GLUE, "runtime-role-trust", said, Some(&whole));
}

#[test]
fn sagemaker_is_not_trusted() {
    let whole = |account: &str| trusting(account, GLUE, SAGEMAKER);
    mended(SAGEMAKER, "runtime-role-trust", ("failed", "does not trust sagemaker.amazonaws.com"), Some(&whole));
}

#[test]
fn where_iam_does_not_answer_it_says_so_and_how_it_would() {
    let studio = Studio { simulates: false, ..Studio::whole().without("iam:PassRole") };
    let Some(moto) = Moto::with([studio.contents().only(&["*"])]) else { return };
    let home = home(&moto, &moto.url);
    let found = Findings::of(&home);
    assert_eq!((found.code, found.failed()), (Some(0), vec![]), "what is not known is no failure");
    for id in ["permission-unknown", "runtime-role-policies", "runtime-role-inline"] {
        let check = found.check(id);
        assert_eq!(check["status"], "warning", "{check}");
        assert!(check["message"].as_str().unwrap().starts_with("unknown: "), "{check}");
        assert!(!pasted(check).0.is_empty(), "{check}");
    }
    assert_eq!(found.check("runtime-role-trust")["status"], "ok");
    paste(&home, &moto, found.check("permission-unknown"));
    let found = Findings::of(&home);
    assert_eq!(found.failed(), ["runtime-role-inline"], "now it can be told");
    paste(&home, &moto, found.check("runtime-role-inline"));
    assert_eq!(Findings::of(&home).check("runtime-role-inline")["status"], "ok");
}

const CELLS: [&str; 2] = ["%iam_policy AmazonSageMaker\n%number_of_workers 10\n%idle_timeout 10", "1 + 1"];

#[test]
fn the_notebook_is_corrected_completed_and_explained() {
    let home = Home::new(&[]);
    let params = json!({ "capabilities": pulling(), "initializationOptions": { "engine": "aws", "account": { "enabled": false } } });
    let mut editor = Editor::with_client(Client::start(home.command([])), params);
    editor.open_notebook(
        kernel("glue_pyspark"),
        &[("a", CELLS[0]), ("b", CELLS[1]), ("c", "%num"), ("d", "%idle_timeout ")],
    );
    let problems = editor.pull_items(&cell_uri("a"));
    let unknown =
        problems.as_array().unwrap().iter().find(|problem| problem["code"] == "unknown-magic").unwrap().clone();
    assert_eq!(unknown["severity"], 1, "{unknown}");
    assert!(unknown["message"].as_str().unwrap().contains("use %iam_role"), "{unknown}");
    assert!(editor.labels(&cell_uri("c"), 0, 4).contains(&"%number_of_workers".to_owned()));
    assert!(!editor.labels(&cell_uri("c"), 0, 1).contains(&"%iam_policy".to_owned()));
    assert!(editor.labels(&cell_uri("a"), 1, 20).contains(&"10".to_owned()), "%number_of_workers 1|0");
    assert!(editor.labels(&cell_uri("a"), 2, 15).contains(&"10".to_owned()), "%idle_timeout 1|0");
    for (line, said) in [(0, &["%iam_role"][..]), (1, &["Default 5", "10"]), (2, &["2880", "10"])] {
        let hover = editor.ask("textDocument/hover", &cell_uri("a"), line, 3);
        let text = hover["contents"]["value"].as_str().unwrap_or_default();
        assert!(said.iter().all(|said| text.contains(said)), "{line}: {text}");
    }
}

#[test]
fn what_the_magics_say_reaches_the_session() {
    let Some(moto) = Moto::with([Studio::whole().contents()]) else { return };
    // Moto runs no statements.
    let proxy = Proxy::before(&moto, Faults::none().always("RunStatement", Fault::Denied));
    let home = home(&moto, &proxy.url);
    let cells = [CELLS[0].split_once('\n').unwrap().1, CELLS[1]];
    std::fs::write(home.file("first.ipynb"), notebook(&cells)).unwrap();
    let plan: Value = serde_json::from_str(&home.run(&["plan", "first.ipynb", "--format", "json"]).stdout).unwrap();
    assert_eq!(plan["create_session"]["NumberOfWorkers"], 10, "{plan}");
    assert_eq!(plan["create_session"]["IdleTimeout"], 10, "{plan}");
    assert_eq!(plan["create_session"]["Role"], Value::Null, "only the account knows it: {plan}");
    let ran: Ran = home.run(&["run", "first.ipynb"]);
    assert!(ran.code != Some(0) && ran.stdout.contains("glue:RunStatement"), "{ran:?}");
    assert_eq!(proxy.handled("CreateSession"), 1);
    let rows = home.run(&["sessions", "list", "--all", "--format", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&rows.stdout).unwrap();
    let shown = home.run(&["sessions", "show", rows[0]["id"].as_str().unwrap(), "--format", "json"]);
    let session: Value = serde_json::from_str(&shown.stdout).unwrap();
    let account = &moto.accounts[0].id;
    assert_eq!(session["role"], execution_role(account), "the role is the notebook's own: {session}");
    assert_eq!((&session["numberOfWorkers"], &session["idleTimeout"]), (&json!(10), &json!(10)), "{session}");
    assert_eq!(
        proxy.signers("CreateSession").iter().map(|(_, region)| region.as_str()).collect::<Vec<_>>(),
        ["eu-west-1"]
    );
}
