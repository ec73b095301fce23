use super::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/GlueRun";

fn request(connections: &[&str]) -> CreateSession {
    CreateSession {
        role: Some(ROLE.to_owned()),
        worker_type: Some("G.8X".to_owned()),
        glue_version: Some("4.0".to_owned()),
        connections: connections.iter().map(|name| (*name).to_owned()).collect(),
        ..CreateSession::default()
    }
}

/// What a refusal of CreateSession with this code means.
fn created(code: &str, message: &str, connections: &[&str]) -> Option<Explanation> {
    let error = ApiError::from_code(Operation::CreateSession, Some(code), Some(400), message, None);
    of_error(&error, Some(&request(connections)))
}

fn not_authorized(action: &str, resource: &str, why: &str) -> String {
    format!(
        "User: arn:aws:sts::111122223333:assumed-role/ana/x is not authorized to perform: {action} on resource: {resource} {why}"
    )
}

#[test]
fn a_missing_permission_comes_with_the_statement_to_paste() {
    let session = "arn:aws:glue:eu-west-1:111122223333:session/3f";
    let message = not_authorized(
        "glue:CreateSession",
        session,
        "because no identity-based policy allows the glue:CreateSession action",
    );
    let explanation = created("AccessDeniedException", &message, &[]).unwrap();
    assert_eq!(explanation.code, "access-denied");
    assert_eq!(explanation.what, "The permission glue:CreateSession is missing (start a session).");
    assert_eq!(
        explanation.remedy,
        "have this statement added in a policy of arn:aws:sts::111122223333:assumed-role/ana/x"
    );
    let statement: Json = serde_json::from_str(explanation.statement.as_deref().unwrap()).unwrap();
    assert_eq!(
        statement,
        json!({"Effect": "Allow", "Action": ["glue:CreateSession"], "Resource": "arn:aws:glue:eu-west-1:111122223333:session/*"})
    );

    let message =
        not_authorized("iam:PassRole", ROLE, "because no identity-based policy allows the iam:PassRole action");
    let explanation = created("AccessDeniedException", &message, &[]).unwrap();
    assert_eq!((explanation.code, explanation.change.unwrap().magic), ("pass-role", "iam_role"));
    assert!(explanation.what.contains(ROLE), "{}", explanation.what);
    let statement: Json = serde_json::from_str(explanation.statement.as_deref().unwrap()).unwrap();
    assert_eq!(statement["Resource"], ROLE);
    assert_eq!(statement["Condition"]["StringEquals"]["iam:PassedToService"], "glue.amazonaws.com");
    assert_eq!(explanation.lines().len(), 2 + explanation.statement.unwrap().lines().count());
}

#[test]
fn the_policy_that_the_text_names_is_where_to_look() {
    for (policy, says) in [
        ("because no permissions boundary allows the glue:RunStatement action", "in a policy of arn"),
        (
            "because no permissions boundary policy allows the glue:RunStatement action",
            "in the permissions boundary of arn",
        ),
        (
            "because no service control policy allows the glue:RunStatement action",
            "in a service control policy of the organization",
        ),
        ("because no VPC endpoint policy allows the glue:RunStatement action", "in the policy of the VPC endpoint"),
        ("because no session policy allows the glue:RunStatement action", "in the policy that the session of arn"),
        ("", "in a policy of arn"),
    ] {
        let kind = ApiErrorKind::AccessDenied { action: Some("glue:RunStatement".to_owned()) };
        let explanation =
            of_call(Operation::RunStatement, &kind, &not_authorized("glue:RunStatement", "*", policy), None).unwrap();
        assert!(explanation.remedy.contains(says), "{}", explanation.remedy);
        let statement: Json = serde_json::from_str(explanation.statement.as_deref().unwrap()).unwrap();
        assert_eq!(statement["Action"], json!(["glue:RunStatement", "glue:GetStatement", "glue:GetSession"]));
    }
    // Whom nobody names.
    let kind = ApiErrorKind::AccessDenied { action: Some("glue:StopSession".to_owned()) };
    let explanation = of_call(Operation::StopSession, &kind, "", None).unwrap();
    assert!(explanation.remedy.ends_with("your own identity"), "{}", explanation.remedy);
    assert_eq!(of_call(Operation::StopSession, &ApiErrorKind::AccessDenied { action: None }, "no", None), None);
}

#[test]
fn an_explicit_deny_without_a_connection_is_the_rule_about_networks() {
    let session = "arn:aws:glue:eu-west-1:111122223333:session/3f";
    let message = not_authorized("glue:CreateSession", session, "with an explicit deny in an identity-based policy");
    let explanation = created("AccessDeniedException", &message, &[]).unwrap();
    assert_eq!(explanation.code, "vpc-required");
    assert_eq!(explanation.change, Some(Change { magic: "connections", need: Need::InVpc }));
    assert!(explanation.what.contains("`glue:VpcIds`") && explanation.remedy.contains("add `%connections`"));
    assert_eq!(explanation.statement, None, "no statement can allow it");
    let explanation = created("AccessDeniedException", &message, &["session_vpc"]).unwrap();
    assert_eq!(explanation.code, "vpc-forbidden");
    assert!(explanation.what.contains("session_vpc"), "{}", explanation.what);
    let message = not_authorized("glue:TagResource", session, "with an explicit deny in a service control policy");
    let explanation = created("AccessDeniedException", &message, &[]).unwrap();
    assert_eq!((explanation.code, explanation.change), ("explicit-deny", None));
    assert!(explanation.what.contains("in a service control policy of the organization forbids glue:TagResource"));
}

#[test]
fn what_the_service_does_not_accept_is_explained() {
    for (code, message, expected, magic) in [
        (
            "InvalidInputException",
            "Service is unable to assume role arn:aws:iam::111122223333:role/GlueRun. Please verify role's TrustPolicy",
            "role-not-assumable",
            Some("iam_role"),
        ),
        (
            "InvalidInputException",
            "Role arn:aws:iam::111122223333:role/GlueRun should be given assume role permissions for Glue Service.",
            "role-not-assumable",
            Some("iam_role"),
        ),
        (
            "AccessDeniedException",
            "Cross-account pass role is not allowed.",
            "role-of-another-account",
            Some("iam_role"),
        ),
        ("EntityNotFoundException", "Connection session_vpc not found", "connection-not-found", Some("connections")),
        (
            "ResourceNumberLimitExceededException",
            "Exceeded maximum concurrent compute capacity for your account: 10 Please contact AWS Support",
            "capacity-reached",
            Some("number_of_workers"),
        ),
        ("ResourceNumberLimitExceededException", "Max number of concurrent sessions reached", "sessions-reached", None),
        ("ResourceNumberLimitExceededException", "", "limit-reached", None),
        ("ThrottlingException", "Rate exceeded", "too-many-calls", None),
        (
            "InvalidInputException",
            "Worker type G.8X is not supported in this region",
            "worker-type-unavailable",
            Some("worker_type"),
        ),
        (
            "InvalidInputException",
            "The specified subnet does not have enough free addresses to satisfy the request.",
            "no-addresses",
            Some("number_of_workers"),
        ),
        (
            "InvalidInputException",
            "At least one security group must open all ingress ports.",
            "security-group-closed",
            Some("connections"),
        ),
        (
            "InvalidInputException",
            "VPC S3 endpoint validation failed for SubnetId: subnet-1. VPC: vpc-1. Reason: Could not find S3 endpoint or NAT gateway for subnetId: subnet-1",
            "no-way-to-s3",
            Some("connections"),
        ),
        (
            "AccessDeniedException",
            "User: u is not authorized to perform: kms:CreateGrant on resource: arn:aws:kms:eu-west-1:1:key/k",
            "kms",
            None,
        ),
        (
            "ValidationException",
            "1 validation error detected: Value 'G.9X' at 'workerType' failed to satisfy constraint: Member must satisfy enum value set",
            "worker-type-unavailable",
            Some("worker_type"),
        ),
        (
            "ValidationException",
            "1 validation error detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1",
            "bad-value",
            None,
        ),
    ] {
        let explanation = created(code, message, &["session_vpc"]).unwrap_or_else(|| panic!("{message}"));
        assert_eq!(explanation.code, expected, "{message}");
        assert_eq!(explanation.change.map(|change| change.magic), magic, "{message}");
        for line in explanation.lines() {
            assert!(
                !line.contains("[[") && !line.contains("{r") && !line.contains("{c") && !line.ends_with(".."),
                "{line}"
            );
        }
    }
    let explanation =
        created("EntityNotFoundException", "Connection session_vpc not found", &["session_vpc", "b"]).unwrap();
    assert_eq!(explanation.what, "There is no connection session_vpc in this account and region.");
    assert!(explanation.remedy.contains("(session_vpc, b)"));
    for (code, message) in
        [("InvalidInputException", "Something new"), ("InternalServiceException", "Cross"), ("Unknown", "")]
    {
        assert_eq!(created(code, message, &[]), None, "{message}");
    }
    let kind = ApiErrorKind::NotFound;
    assert_eq!(of_call(Operation::GetSession, &kind, "Connection x not found", None), None, "of another call");
}

#[test]
fn sessions_that_fail_say_why() {
    let of = |message: &str| {
        of_end(&EndReason::Failed(Some(message.to_owned())), Some(&request(&["vpc"])))
            .map(|explanation| explanation.code)
    };
    assert_eq!(
        of("Number of IP addresses on subnet is 2 which is less than the number of workers"),
        Some("no-addresses")
    );
    assert_eq!(
        of("Service is unable to assume provided role. Please verify role's TrustPolicy"),
        Some("role-not-assumable")
    );
    assert_eq!(of("ERROR: No matching distribution found for panda==9"), Some("module-install-failed"));
    assert_eq!(of("something else"), None);
    assert_eq!(of_end(&EndReason::Stopped, None), None);
}
