//! Roles.

use serde_json::Value;

use super::{Page, told};
use crate::aws::client::{AwsClient, Services};
use crate::aws::errors::CallFailure;
use crate::aws::trust;
use crate::aws::watch::Watch;
use crate::model::account::Role;

/// The most items that IAM puts in a page.
const PAGE: i32 = 1_000;

/// The most pages of an answer that is wanted whole.
const MOST_PAGES: usize = 20;

/// A role, looked at closely.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleDetails {
    /// Its name, without its path.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// What its owner says of it.
    pub description: Option<String>,
    /// Its trust policy; `null` if it cannot be read. [`trusts`](crate::aws::trusts) tells what it means.
    pub trust: Value,
    /// The ARN of the policy that limits what it may ever do.
    pub boundary: Option<String>,
}

impl AwsClient {
    /// Lists roles by ListRoles.
    ///
    /// # Errors
    /// When the call cannot be made, is refused or not understood.
    pub async fn roles(&self, next: Option<String>) -> Result<Page<Role>, CallFailure> {
        const CALL: &str = "ListRoles";
        let services = self.services(CALL).await?;
        let watch = Watch::default();
        let request = services.iam.list_roles().max_items(PAGE).set_marker(next.clone());
        let request = request.customize().interceptor(watch.clone());
        let answer = services.settled(CALL, &watch, Box::pin(request.send()).await)?;
        let role = |role: aws_sdk_iam::types::Role| {
            let trust = role.assume_role_policy_document().and_then(trust::policy);
            Some(Role {
                trusts_glue: trust.and_then(|policy| trust::trusts(&policy, trust::GLUE)),
                name: told(Some(role.role_name))?,
                arn: told(Some(role.arn))?,
                description: told(role.description),
            })
        };
        let items = answer.roles.into_iter().filter_map(role).collect();
        Page::new(CALL, next.as_deref(), items, answer.marker.filter(|_| answer.is_truncated))
            .map_err(|failure| services.failed(failure))
    }

    /// Looks at a role, by its name without its path, by GetRole.
    ///
    /// # Errors
    /// When the call cannot be made, is refused or not understood; [`NotFound`](crate::session::ApiErrorKind::NotFound) when there is
    /// no such role.
    pub async fn role(&self, name: &str) -> Result<RoleDetails, CallFailure> {
        const CALL: &str = "GetRole";
        let services = self.services(CALL).await?;
        let watch = Watch::default();
        let request = services.iam.get_role().role_name(name).customize().interceptor(watch.clone());
        let answer = services.settled(CALL, &watch, Box::pin(request.send()).await)?;
        let Some(role) = answer.role else {
            return Err(services.failed(CallFailure::bad(CALL, "it does not describe the role")));
        };
        Ok(RoleDetails {
            trust: role.assume_role_policy_document().and_then(trust::policy).unwrap_or_default(),
            boundary: role.permissions_boundary.and_then(|boundary| told(boundary.permissions_boundary_arn)),
            name: role.role_name,
            arn: role.arn,
            description: told(role.description),
        })
    }

    /// Lists the policies of a role: the ARNs of those attached to it, then the names of its own, by
    /// ListAttachedRolePolicies and ListRolePolicies.
    ///
    /// # Errors
    /// When a call cannot be made, is refused or not understood.
    pub async fn role_policies(&self, name: &str) -> Result<Vec<String>, CallFailure> {
        let services = self.services("ListAttachedRolePolicies").await?;
        let mut policies = attached(&services, name).await?;
        policies.extend(inline(&services, name).await?);
        Ok(policies)
    }
}

async fn attached(services: &Services, role: &str) -> Result<Vec<String>, CallFailure> {
    const CALL: &str = "ListAttachedRolePolicies";
    let mut found = Vec::new();
    let mut next: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let watch = Watch::default();
        let request = services.iam.list_attached_role_policies().role_name(role).max_items(PAGE);
        let request = request.set_marker(next.clone()).customize().interceptor(watch.clone());
        let answer = services.settled(CALL, &watch, Box::pin(request.send()).await)?;
        let policies = answer.attached_policies.unwrap_or_default();
        found.extend(policies.into_iter().filter_map(|policy| told(policy.policy_arn)));
        next = following(services, CALL, next, answer.is_truncated, answer.marker)?;
        if next.is_none() {
            break;
        }
    }
    Ok(found)
}

async fn inline(services: &Services, role: &str) -> Result<Vec<String>, CallFailure> {
    const CALL: &str = "ListRolePolicies";
    let mut found = Vec::new();
    let mut next: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let watch = Watch::default();
        let request = services.iam.list_role_policies().role_name(role).max_items(PAGE);
        let request = request.set_marker(next.clone()).customize().interceptor(watch.clone());
        let answer = services.settled(CALL, &watch, Box::pin(request.send()).await)?;
        found.extend(answer.policy_names);
        next = following(services, CALL, next, answer.is_truncated, answer.marker)?;
        if next.is_none() {
            break;
        }
    }
    Ok(found)
}

/// Where the answer goes on.
fn following(
    services: &Services,
    call: &'static str,
    asked: Option<String>,
    more: bool,
    marker: Option<String>,
) -> Result<Option<String>, CallFailure> {
    let page = Page::<()>::new(call, asked.as_deref(), Vec::new(), marker.filter(|_| more));
    page.map(|page| page.next).map_err(|failure| services.failed(failure))
}
