use serde_json::json;

use super::*;
use crate::doctor::testing::*;
use crate::doctor::{Request, Status};

async fn of(script: &Script, arn: &str) -> crate::doctor::Report {
    let role = Chosen { value: arn.to_owned(), from: "cell 0".to_owned() };
    script.examine(Request { role: Some(role), ..Request::default() }).await
}

#[tokio::test]
async fn a_role_that_is_not_there_can_be_created() {
    let script = Script::good(USER);
    let report = of(&script, "arn:aws:iam::123456789012:role/team/New").await;
    let found = check(&report, "runtime-role");
    assert_eq!(found.status, Status::Failed);
    let (commands, policies) = pasted(found);
    assert!(
        commands[0].starts_with("aws iam create-role --role-name New --assume-role-policy-document '{"),
        "{commands:?}"
    );
    assert!(commands[1].ends_with("--policy-arn arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"));
    assert_eq!(policies[0]["Statement"][0]["Principal"]["Service"], "glue.amazonaws.com");
}

#[tokio::test]
async fn a_role_of_another_account_or_none_at_all() {
    let script = Script::good(USER);
    let report = of(&script, "arn:aws:iam::999999999999:role/GlueRole").await;
    let found = check(&report, "runtime-role");
    assert!(found.status == Status::Failed && found.message.contains("%%assume_role"), "{found:?}");
    let report = of(&script, "GlueRole").await;
    assert!(check(&report, "runtime-role").message.contains("no ARN"));
    let report = of(&script, "arn:aws:iam::123456789012:role/\u{1b}[2J; rm").await;
    assert!(check(&report, "runtime-role").message.contains("no ARN"), "nothing of it gets into a command");
}

#[tokio::test]
async fn passing_a_role_is_granted_for_glue_only() {
    let script = Script::good(USER).without("iam:PassRole");
    let report = of(&script, GLUE_ROLE).await;
    let found = check(&report, "permission-pass-role");
    assert_eq!(found.status, Status::Failed);
    let (commands, policies) = pasted(found);
    assert!(commands[0].contains("put-user-policy --user-name me --policy-name glue-ls-pass-role"));
    assert_eq!(
        policies[0]["Statement"],
        json!([{"Sid": "GlueLsPassRole", "Effect": "Allow", "Action": "iam:PassRole", "Resource": GLUE_ROLE,
            "Condition": {"StringLike": {"iam:PassedToService": "glue.amazonaws.com"}}}])
    );
}

#[tokio::test]
async fn policies_of_a_role_that_is_not_ones_own() {
    let with = async |attached: &[&str]| {
        let mut script = Script::good(USER);
        script.attached = attached.iter().map(|policy| (*policy).to_owned()).collect();
        check(&of(&script, GLUE_ROLE).await, "runtime-role-policies").clone()
    };
    let service = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole";
    let restricted = "arn:aws:iam::aws:policy/service-role/AwsGlueSessionUserRestrictedServiceRole";
    assert_eq!(with(&[service]).await.status, Status::Ok);
    assert_eq!(with(&[restricted]).await.status, Status::Ok);
    assert_eq!(with(&["arn:aws:iam::aws:policy/AdministratorAccess"]).await.status, Status::Ok);
    assert_eq!(with(&["ours"]).await.status, Status::Warning, "it may allow as much");
    let none = with(&[]).await;
    assert_eq!(none.status, Status::Failed);
    assert!(pasted(&none).0[0].ends_with(service));
    let both = with(&[restricted, service]).await;
    assert_eq!(both.status, Status::Warning);
    assert_eq!(
        pasted(&both).0,
        [format!("aws iam detach-role-policy --role-name GlueRole --policy-arn {service}")],
        "{both:?}"
    );
}

#[tokio::test]
async fn trust_that_is_conditional_forbidden_or_unreadable() {
    let with = async |trust: Json| {
        let mut script = Script::good(USER);
        script.roles.get_mut("GlueRole").unwrap().trust = trust;
        check(&of(&script, GLUE_ROLE).await, "runtime-role-trust").clone()
    };
    let mut conditional = trust(&["glue.amazonaws.com"]);
    conditional["Statement"][0]["Condition"] = json!({"StringEquals": {"aws:SourceAccount": "1"}});
    let found = with(conditional).await;
    assert!(found.status == Status::Warning && found.message.contains("aws:SourceAccount"), "{found:?}");
    let mut denied = trust(&["glue.amazonaws.com"]);
    denied["Statement"][0]["Effect"] = json!("Deny");
    let found = with(denied).await;
    assert!(found.status == Status::Failed && found.fixes.is_empty(), "{found:?}");
    assert!(with(json!("no policy")).await.message.starts_with("unknown"));
}
