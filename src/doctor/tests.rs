//! The examination as a whole, and the first notebook in SageMaker Studio.

use serde_json::json;

use super::testing::*;
use super::*;
use crate::aws::Decision;
use crate::model::policy::Limits as PolicyLimits;

fn ids(report: &Report) -> Vec<&'static str> {
    report.checks.iter().map(|check| check.id).collect()
}

/// Checks that AWS answers for, and that did not end well.
fn alarms(report: &Report) -> Vec<&'static str> {
    let here =
        ["kernel", "local-runtime", "local-python", "local-pyspark", "local-java", "folders", "sessions", "trust"];
    let bad = report.checks.iter().filter(|check| check.status != Status::Ok && !here.contains(&check.id));
    bad.map(|check| check.id).collect()
}

#[tokio::test]
async fn a_good_account_gives_no_alarm() {
    let script = Script::good(STUDIO);
    let report = script.examine(Request::default()).await;
    assert_eq!(alarms(&report), [""; 0], "{report:#?}");
    assert!(check(&report, "runtime-role").message.contains("the name of your session"), "{report:#?}");
    assert!(check(&report, "runtime-role-trust").message.contains("sagemaker.amazonaws.com"));
    assert!(!ids(&report).contains(&"permission-pass-role"), "the role's own check says it");

    let mut user = Script::good(USER);
    user.attached = vec!["arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole".to_owned()];
    let role = Chosen { value: GLUE_ROLE.to_owned(), from: "cell 0".to_owned() };
    let report = user.examine(Request { role: Some(role), ..Request::default() }).await;
    assert_eq!(alarms(&report), [""; 0], "{report:#?}");
    assert_eq!(check(&report, "runtime-role-trust").message, "trusts glue.amazonaws.com");
    assert!(ids(&report).contains(&"permission-pass-role"));
}

#[tokio::test]
async fn studio_without_trust_for_one_or_both_services() {
    for (has, lacks) in [
        (vec!["sagemaker.amazonaws.com"], vec!["glue.amazonaws.com"]),
        (vec!["glue.amazonaws.com"], vec!["sagemaker.amazonaws.com"]),
        (vec!["lambda.amazonaws.com"], vec!["glue.amazonaws.com", "sagemaker.amazonaws.com"]),
    ] {
        let mut script = Script::good(STUDIO);
        script.roles.get_mut("StudioRole").unwrap().trust = trust(&has);
        let report = script.examine(Request::default()).await;
        assert_eq!(alarms(&report), ["runtime-role-trust"], "{report:#?}");
        let found = check(&report, "runtime-role-trust");
        assert_eq!(found.status, Status::Failed);
        let (commands, policies) = pasted(found);
        let start = "aws iam update-assume-role-policy --role-name StudioRole --policy-document '";
        let document = commands[0].strip_prefix(start).unwrap().trim_end_matches('\'');
        assert_eq!(serde_json::from_str::<serde_json::Value>(document).unwrap(), policies[0]);
        for service in has.iter().chain(&lacks) {
            assert!(
                trust_policy::trusts(&policies[0], service, ACCOUNT) == Some(trust_policy::Trusts::Yes),
                "{service}"
            );
        }
    }
}

#[tokio::test]
async fn studio_without_the_managed_policy() {
    let mut script = Script::good(STUDIO).without("glue:CreateSession");
    script.attached = vec!["own-role".to_owned()];
    let report = script.examine(Request::default()).await;
    assert_eq!(alarms(&report), ["permission-run", "runtime-role-policies"]);
    let found = check(&report, "runtime-role-policies");
    assert_eq!(found.status, Status::Failed);
    assert_eq!(
        pasted(found).0,
        ["aws iam attach-role-policy --role-name StudioRole --policy-arn \
          arn:aws:iam::aws:policy/service-role/AwsGlueSessionUserRestrictedServiceRole"]
    );

    let mut wide = Script::good(STUDIO);
    wide.attached = vec!["arn:aws:iam::123456789012:policy/ours".to_owned()];
    let report = wide.examine(Request::default()).await;
    assert_eq!(alarms(&report), [""; 0], "another policy may do as well, and does");

    let mut fake = Script::good(STUDIO).without("glue:CreateSession");
    fake.attached = vec!["arn:aws:iam::123456789012:policy/AwsGlueSessionUserRestrictedServiceRole".to_owned()];
    let report = fake.examine(Request::default()).await;
    assert_eq!(check(&report, "runtime-role-policies").status, Status::Failed, "only the name is the same");
}

#[tokio::test]
async fn studio_without_a_part_of_the_inline_policy() {
    for (action, status) in [("iam:PassRole", Status::Failed), ("sts:GetCallerIdentity", Status::Warning)] {
        let report = Script::good(STUDIO).without(action).examine(Request::default()).await;
        assert_eq!(alarms(&report), ["runtime-role-inline"], "{action}");
        let found = check(&report, "runtime-role-inline");
        assert_eq!(found.status, status, "{found:?}");
        assert!(found.message.contains(action), "{}", found.message);
        let (commands, policies) = pasted(found);
        assert!(
            commands[0].starts_with("aws iam put-role-policy --role-name StudioRole --policy-name glue-ls-own-role ")
        );
        assert_eq!(policies[0]["Statement"][0]["Action"], json!(["iam:GetRole", "iam:PassRole"]));
        assert_eq!(policies[0]["Statement"][0]["Resource"], STUDIO_ROLE);
        assert_eq!(policies[0]["Statement"][1]["Action"], "sts:GetCallerIdentity");
    }
    let report = Script::good(STUDIO).denying(&["iam:GetRole"]).examine(Request::default()).await;
    let found = check(&report, "runtime-role-inline");
    assert!(found.status == Status::Failed && found.message.contains("iam:GetRole"), "{found:?}");
    assert_eq!(check(&report, "runtime-role").status, Status::Warning, "what cannot be seen is no failure");
}

#[tokio::test]
async fn where_nothing_is_simulated_the_policies_are_read() {
    let mut script = Script::good(STUDIO);
    script.simulated = Simulated::Refused;
    script.documents = Some(vec![
        ("glue".to_owned(), allowing(&["glue:*", "s3:*", "ec2:*"])),
        ("own".to_owned(), allowing(&["iam:GetRole", "iam:ListRoles", "sts:GetCallerIdentity"])),
    ]);
    let report = script.examine(Request::default()).await;
    assert_eq!(alarms(&report), ["runtime-role-inline"], "{report:#?}");
    assert!(check(&report, "runtime-role-inline").message.contains("missing: iam:PassRole"));
}

#[tokio::test]
async fn what_cannot_be_known_is_unknown_and_said_once() {
    let mut script = Script::good(USER).denying(&["iam:GetRole", "iam:ListAttachedRolePolicies"]);
    script.simulated = Simulated::Refused;
    let role = Chosen { value: GLUE_ROLE.to_owned(), from: "cell 0".to_owned() };
    let report = script.examine(Request { role: Some(role), ..Request::default() }).await;
    let failed: Vec<_> = report.checks.iter().filter(|check| check.status == Status::Failed).map(|c| c.id).collect();
    assert!(failed.iter().all(|id| *id == "local-python" || *id == "folders"), "{failed:?}");
    let unknown = check(&report, "permission-unknown");
    assert!(unknown.message.starts_with("unknown: iam:SimulatePrincipalPolicy is not allowed"), "{unknown:?}");
    assert!(unknown.message.contains("glue:CreateSession") && !unknown.message.contains("glue:ListSessions"));
    assert_eq!(pasted(unknown).1[0]["Statement"][0]["Resource"], USER);
    for id in ["runtime-role", "runtime-role-policies", "permission-pass-role"] {
        assert!(check(&report, id).message.starts_with("unknown: "), "{id}");
    }
    assert_eq!(check(&report, "permission-sessions").status, Status::Ok, "the call itself has shown it");
}

#[tokio::test]
async fn missing_permissions_come_with_one_statement_for_each_set() {
    let script = Script::good(USER).without("glue:RunStatement").without("glue:CancelStatement");
    let report = script.denying(&["glue:GetConnections"]).examine(Request::default()).await;
    let run = check(&report, "permission-run");
    assert_eq!(run.status, Status::Failed);
    let (commands, policies) = pasted(run);
    assert!(
        commands[0].starts_with("aws iam put-user-policy --user-name me --policy-name glue-ls-run "),
        "{commands:?}"
    );
    assert_eq!(
        policies[0],
        json!({"Version": "2012-10-17", "Statement": [{"Sid": "GlueLsRun", "Effect": "Allow",
            "Action": ["glue:RunStatement", "glue:CancelStatement"],
            "Resource": format!("arn:aws:glue:eu-west-1:{ACCOUNT}:session/*")}]})
    );
    let connections = check(&report, "permission-connections");
    assert_eq!(connections.status, Status::Warning, "it is for convenience");
    assert_eq!(
        pasted(connections).1[0]["Statement"][0]["Resource"],
        json!([
            format!("arn:aws:glue:eu-west-1:{ACCOUNT}:catalog"),
            format!("arn:aws:glue:eu-west-1:{ACCOUNT}:connection/*")
        ])
    );
    let no_role = check(&report, "runtime-role");
    assert!(no_role.status == Status::Failed && no_role.message.contains("%iam_role"), "a user has no role");
}

#[tokio::test]
async fn denials_and_conditions_are_told_from_what_is_missing() {
    let script = Script::good(USER)
        .deciding("glue:CreateSession", Decision::Denied, &["glue:VpcIds"])
        .deciding("glue:GetTags", Decision::Denied, &[])
        .deciding("glue:GetTables", Decision::NotAllowed, &["aws:SourceIp"]);
    let report = script.examine(Request::default()).await;
    let run = check(&report, "permission-run");
    assert!(run.status == Status::Warning && run.message.contains("%connections"), "{run:?}");
    assert_eq!(run.fixes, [], "no statement that allows it helps");
    assert!(check(&report, "permission-tags").message.contains("Deny"));
    assert!(check(&report, "permission-unknown").message.contains("glue:GetTables"), "a condition is open");
    assert_eq!(check(&report, "permission-catalog").status, Status::Ok);
}

#[tokio::test]
async fn simulations_are_about_the_role_and_with_what_the_kernel_sends() {
    let script = Script::good(STUDIO);
    script.examine(Request::default()).await;
    let questions = script.questions.lock().unwrap();
    assert!(questions.iter().all(|question| question.principal == STUDIO_ROLE), "{questions:?}");
    let entry = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    for wanted in [entry("iam:PassedToService", "glue.amazonaws.com"), entry("aws:RequestTag/owner", "AROA1:SageMaker")]
    {
        assert!(questions.iter().all(|question| question.context.contains(&wanted)), "{wanted:?}");
    }
    let run = questions.iter().find(|question| question.actions.contains(&"glue:CreateSession".to_owned())).unwrap();
    assert_eq!(run.resources, [format!("arn:aws:glue:eu-west-1:{ACCOUNT}:session/*")]);
    assert!(
        !questions.iter().any(|question| question.actions.contains(&"glue:ListSessions".to_owned())),
        "it was called"
    );
}

#[tokio::test]
async fn without_an_answer_nothing_is_said_to_be_missing() {
    for kind in [TroubleKind::NoCredentials, TroubleKind::Expired, TroubleKind::NoNetwork, TroubleKind::ClockSkew] {
        let mut script = Script::good(USER);
        script.caller = Err(failure(kind.clone(), "it did not work"));
        script.broken = Some(kind.clone());
        let report = script.examine(Request::default()).await;
        assert!(report.checks.iter().any(|check| check.status == Status::Failed), "{kind:?}");
        assert!(check(&report, "permissions").message.starts_with("unknown"), "{kind:?}");
        assert_eq!(check(&report, "region").status, Status::Ok, "{kind:?}");
        let glue = check(&report, "glue").status;
        assert_eq!(glue, if kind == TroubleKind::NoNetwork { Status::Failed } else { Status::Warning }, "{kind:?}");
        check(&report, "local-java");
    }
    let mut script = Script::good(USER);
    script.broken = Some(TroubleKind::WrongRegion);
    let report = script.examine(Request::default()).await;
    assert_eq!(check(&report, "glue").status, Status::Failed, "STS answers, Glue does not");
    let denied = Script::good(USER).denying(&["glue:ListSessions", "glue:GetConnections", "glue:GetDatabases"]);
    let report = denied.denying(&["glue:GetSecurityConfigurations"]).examine(Request::default()).await;
    assert_eq!(check(&report, "glue").status, Status::Ok, "a refusal is an answer");
}

#[tokio::test]
async fn the_policys_network_is_looked_for_among_the_connections() {
    let mut script = Script::good(USER);
    let connection = |name: &str, subnet: &str| crate::model::account::Connection {
        name: name.into(),
        kind: "NETWORK".into(),
        description: None,
        subnet: Some(subnet.into()),
        zone: None,
        security_groups: Vec::new(),
    };
    script.connections = vec![connection("session_vpc", "subnet-1"), connection("other", "subnet-2")];
    let subnet = |id: &str, vpc: &str| crate::model::account::Subnet { id: id.into(), vpc: vpc.into(), zone: None };
    script.subnets = Ok(vec![subnet("subnet-1", "vpc-1"), subnet("subnet-2", "vpc-2")]);
    let policy = |vpc: &str| {
        let limits = PolicyLimits {
            written_in: "glue-ls.toml".into(),
            required_vpcs: vec![vpc.into()],
            ..PolicyLimits::default()
        };
        Request { policy: Arc::new(Policy { limits: vec![limits] }), ..Request::default() }
    };
    let report = script.examine(policy("vpc-1")).await;
    let found = check(&report, "policy-vpc");
    assert!(found.status == Status::Ok && found.message.contains("`session_vpc`"), "{found:?}");
    assert!(!found.message.contains("`other`"));
    assert_eq!(check(&script.examine(policy("vpc-3")).await, "policy-vpc").status, Status::Failed);
    assert!(!ids(&script.examine(Request::default()).await).contains(&"policy-vpc"), "no policy asks");
    script.subnets = Err(failure(TroubleKind::Denied(Some("ec2:DescribeSubnets".into())), "not allowed"));
    let report = script.examine(policy("vpc-1")).await;
    let found = check(&report, "policy-vpc");
    assert!(found.status == Status::Warning && pasted(found).0[0].contains("ec2:DescribeSubnets"), "{found:?}");
    assert_eq!(check(&report, "permission-subnets").status, Status::Warning);
}

#[tokio::test]
async fn the_root_user_is_told_to_be_another() {
    let report = Script::good("arn:aws:iam::123456789012:root").examine(Request::default()).await;
    assert_eq!(check(&report, "root").status, Status::Warning);
    assert_eq!(check(&report, "permission-run").status, Status::Ok);
}
