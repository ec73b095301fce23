//! What IAM says of permissions: by simulation, and by the policies themselves.

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use serde_json::Value;

use super::client::AwsClient;
use super::errors::CallFailure;
use super::trust;
use super::watch::Watch;

/// The most policies of a role that are read, and the most answers of a simulation. IAM's own limits are lower.
const MOST: usize = 100;

/// A question to IAM: may a principal do this?
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Simulation {
    /// The ARN of a user or role.
    pub principal: String,
    /// The actions (`glue:CreateSession`).
    pub actions: Vec<String>,
    /// The ARNs of what they are done to; without any, `*`.
    pub resources: Vec<String>,
    /// What conditions may ask for: keys and values.
    pub context: Vec<(String, String)>,
}

/// What IAM answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allowed,
    /// Nothing allows it.
    NotAllowed,
    /// A policy forbids it.
    Denied,
}

/// The answer for one action on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The action.
    pub action: String,
    /// What is decided.
    pub decision: Decision,
    /// Keys of conditions that would have been needed to decide.
    pub missing: Vec<String>,
}

/// Sends a request and reads what comes of it.
macro_rules! send {
    ($services:expr, $call:expr, $request:expr) => {{
        let watch = Watch::default();
        let sent = Box::pin($request.customize().interceptor(watch.clone()).send()).await;
        $services.settled($call, &watch, sent)
    }};
}

impl AwsClient {
    /// Asks IAM what a principal may do, with the values that conditions look at. Conditions of an organisation count
    /// as far as IAM knows them; policies of resources do not count.
    ///
    /// # Errors
    /// When the simulation itself is not allowed, or IAM cannot be asked.
    pub async fn simulate(&self, question: &Simulation) -> Result<Vec<Verdict>, CallFailure> {
        const CALL: &str = "SimulatePrincipalPolicy";
        let services = self.services(CALL).await?;
        let mut verdicts = Vec::new();
        let mut marker = None;
        loop {
            let mut request = services
                .iam
                .simulate_principal_policy()
                .policy_source_arn(&question.principal)
                .set_action_names(Some(question.actions.clone()))
                .set_marker(marker.take());
            if !question.resources.is_empty() {
                request = request.set_resource_arns(Some(question.resources.clone()));
            }
            for (key, value) in &question.context {
                let list = key.eq_ignore_ascii_case("aws:TagKeys");
                let kind = if list { ContextKeyTypeEnum::StringList } else { ContextKeyTypeEnum::String };
                let entry = ContextEntry::builder()
                    .context_key_name(key)
                    .context_key_values(value)
                    .context_key_type(kind)
                    .build();
                request = request.context_entries(entry);
            }
            let answer = send!(services, CALL, request)?;
            verdicts.extend(answer.evaluation_results.unwrap_or_default().into_iter().map(|result| Verdict {
                action: result.eval_action_name,
                decision: match result.eval_decision {
                    PolicyEvaluationDecisionType::Allowed => Decision::Allowed,
                    PolicyEvaluationDecisionType::ExplicitDeny => Decision::Denied,
                    _ => Decision::NotAllowed,
                },
                missing: result.missing_context_values.unwrap_or_default(),
            }));
            match answer.marker.filter(|_| answer.is_truncated && verdicts.len() < MOST) {
                Some(next) => marker = Some(next),
                None => return Ok(verdicts),
            }
        }
    }

    /// Returns the policies of a role, those that are attached and those in it, by name or ARN.
    ///
    /// # Errors
    /// When one of the five calls that this takes is not allowed, or a policy cannot be read.
    pub async fn role_policy_documents(&self, role: &str) -> Result<Vec<(String, Value)>, CallFailure> {
        let services = self.services("ListAttachedRolePolicies").await?;
        let mut found = Vec::new();
        let attached =
            send!(services, "ListAttachedRolePolicies", services.iam.list_attached_role_policies().role_name(role))?;
        let arns = attached.attached_policies.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn);
        for arn in arns.take(MOST) {
            let policy = send!(services, "GetPolicy", services.iam.get_policy().policy_arn(&arn))?;
            let version = policy.policy.and_then(|policy| policy.default_version_id).unwrap_or_default();
            let request = services.iam.get_policy_version().policy_arn(&arn).version_id(version);
            let version = send!(services, "GetPolicyVersion", request)?;
            let text = version.policy_version.and_then(|version| version.document).unwrap_or_default();
            found.push((arn, document("GetPolicyVersion", &text)?));
        }
        let names = send!(services, "ListRolePolicies", services.iam.list_role_policies().role_name(role))?;
        for name in names.policy_names.into_iter().take(MOST) {
            let request = services.iam.get_role_policy().role_name(role).policy_name(&name);
            let policy = send!(services, "GetRolePolicy", request)?;
            found.push((name, document("GetRolePolicy", &policy.policy_document)?));
        }
        Ok(found)
    }
}

/// Reads a policy as IAM sends it.
fn document(call: &'static str, text: &str) -> Result<Value, CallFailure> {
    trust::policy(text).ok_or_else(|| CallFailure::bad(call, "a policy in it cannot be read"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::testing::{Scripted, xml, xml_refused};
    use crate::session::ApiErrorKind;

    fn question() -> Simulation {
        Simulation {
            principal: "arn:aws:iam::1:role/r".into(),
            actions: vec!["glue:CreateSession".into(), "iam:PassRole".into()],
            resources: vec!["*".into()],
            context: vec![("iam:PassedToService".into(), "glue.amazonaws.com".into())],
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_simulation_carries_its_context_and_is_read_to_its_end() {
        let member = |action: &str, decision: &str, more: &str| {
            format!(
                "<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>{more}</member>"
            )
        };
        let first = member("glue:CreateSession", "allowed", "");
        let missing = "<MissingContextValues><member>glue:VpcIds</member></MissingContextValues>";
        let second = member("iam:PassRole", "implicitDeny", missing) + &member("a:b", "explicitDeny", "");
        let page = |results: &str, rest: &str| {
            xml("SimulatePrincipalPolicy", &format!("<EvaluationResults>{results}</EvaluationResults>{rest}"))
        };
        let service = Scripted::new([
            page(&first, "<IsTruncated>true</IsTruncated><Marker>m</Marker>"),
            page(&second, "<IsTruncated>false</IsTruncated>"),
        ]);
        let verdicts = service.client().simulate(&question()).await.unwrap();
        let decisions: Vec<_> = verdicts.iter().map(|verdict| verdict.decision).collect();
        assert_eq!(decisions, [Decision::Allowed, Decision::NotAllowed, Decision::Denied]);
        assert_eq!(verdicts[1].missing, ["glue:VpcIds"]);
        let sent = service.sent();
        assert!(sent[0].body.contains("ContextKeyName=iam%3APassedToService"), "{}", sent[0].body);
        assert!(sent[1].body.contains("Marker=m"), "{}", sent[1].body);

        let refused = Scripted::new([xml_refused(403, "AccessDenied", "no")]);
        let failure = refused.client().simulate(&question()).await.unwrap_err();
        assert_eq!(failure.kind, ApiErrorKind::AccessDenied { action: None });
    }

    #[tokio::test(start_paused = true)]
    async fn policies_of_a_role_are_read_decoded() {
        let text = "%7B%22Statement%22%3A%5B%5D%7D";
        let policy = "<AttachedPolicies><member><PolicyName>p</PolicyName><PolicyArn>arn:p</PolicyArn></member>\
                      </AttachedPolicies><IsTruncated>false</IsTruncated>";
        let names = "<PolicyNames><member>own</member></PolicyNames><IsTruncated>false</IsTruncated>";
        let inline =
            format!("<RoleName>r</RoleName><PolicyName>own</PolicyName><PolicyDocument>{text}</PolicyDocument>");
        let service = Scripted::new([
            xml("ListAttachedRolePolicies", policy),
            xml("GetPolicy", "<Policy><DefaultVersionId>v3</DefaultVersionId></Policy>"),
            xml("GetPolicyVersion", &format!("<PolicyVersion><Document>{text}</Document></PolicyVersion>")),
            xml("ListRolePolicies", names),
            xml("GetRolePolicy", &inline),
        ]);
        let found = service.client().role_policy_documents("r").await.unwrap();
        let empty = json!({"Statement": []});
        assert_eq!(found, [("arn:p".to_owned(), empty.clone()), ("own".to_owned(), empty)]);
        assert!(service.sent()[2].body.contains("VersionId=v3"));
    }

    #[test]
    fn what_is_no_policy_is_said_to_be_none() {
        for bad in ["", "%", "%4", "%zz", "%ff", "%7B", "é%", "[]"] {
            assert!(document("GetPolicy", bad).is_err(), "{bad}");
        }
        assert_eq!(document("GetPolicy", "{\"a\":\"100%\"}").unwrap(), json!({"a": "100%"}));
    }
}
