//! An account that answers by a script.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt;
use serde_json::{Value as Json, json};

use super::probe::{Asked, Failure, List, Probe};
use super::report::{Check, Report};
use super::{Machine, Request, examine};
use crate::aws::{Caller, Decision, RoleDetails, Simulation, Verdict};
use crate::model::account::{Connection, Subnet, Trouble, TroubleKind};

pub(super) const ACCOUNT: &str = "123456789012";
pub(super) const STUDIO: &str = "arn:aws:sts::123456789012:assumed-role/StudioRole/SageMaker";
pub(super) const STUDIO_ROLE: &str = "arn:aws:iam::123456789012:role/service-role/StudioRole";
pub(super) const USER: &str = "arn:aws:iam::123456789012:user/me";
pub(super) const GLUE_ROLE: &str = "arn:aws:iam::123456789012:role/GlueRole";

/// What simulations answer.
#[derive(Debug, Clone)]
pub(super) enum Simulated {
    /// It is not allowed.
    Refused,
    /// All is allowed but these, each with its decision and with keys that are missing.
    Except(BTreeMap<String, (Decision, Vec<String>)>),
}

/// The account.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) region: Result<String, Failure>,
    pub(super) caller: Result<Caller, Failure>,
    /// Calls that are denied, by the permission that they take.
    pub(super) denied: BTreeSet<String>,
    /// What every list answers in place of an answer.
    pub(super) broken: Option<TroubleKind>,
    pub(super) connections: Vec<Connection>,
    pub(super) subnets: Result<Vec<Subnet>, Failure>,
    /// Roles by name.
    pub(super) roles: BTreeMap<String, RoleDetails>,
    pub(super) attached: Vec<String>,
    pub(super) documents: Option<Vec<(String, Json)>>,
    pub(super) simulated: Simulated,
    /// What was simulated.
    pub(super) questions: Mutex<Vec<Simulation>>,
}

pub(super) fn failure(kind: TroubleKind, message: &str) -> Failure {
    let trouble = Trouble {
        kind,
        message: message.to_owned(),
        remedy: "mend it".to_owned(),
        retryable: false,
        requires_reauth: false,
    };
    Failure { absent: false, trouble }
}

pub(super) fn trust(services: &[&str]) -> Json {
    super::trust_policy::of_services(services)
}

impl Script {
    /// An account that lacks nothing, seen by this caller.
    pub(super) fn good(arn: &str) -> Script {
        let both = ["glue.amazonaws.com", "sagemaker.amazonaws.com"];
        let role = |arn: &str, services: &[&str]| RoleDetails {
            name: arn.rsplit('/').next().unwrap_or_default().to_owned(),
            arn: arn.to_owned(),
            description: None,
            trust: trust(services),
            boundary: None,
        };
        let caller = Caller { account: ACCOUNT.to_owned(), arn: arn.to_owned(), user_id: "AROA1:SageMaker".to_owned() };
        Script {
            region: Ok("eu-west-1".to_owned()),
            caller: Ok(caller),
            denied: BTreeSet::new(),
            broken: None,
            connections: Vec::new(),
            subnets: Ok(Vec::new()),
            roles: BTreeMap::from([
                ("StudioRole".to_owned(), role(STUDIO_ROLE, &both)),
                ("GlueRole".to_owned(), role(GLUE_ROLE, &both[..1])),
            ]),
            attached: vec!["arn:aws:iam::aws:policy/service-role/AwsGlueSessionUserRestrictedServiceRole".to_owned()],
            documents: None,
            simulated: Simulated::Except(BTreeMap::new()),
            questions: Mutex::default(),
        }
    }

    /// With an action that nothing allows.
    pub(super) fn without(self, action: &str) -> Script {
        self.deciding(action, Decision::NotAllowed, &[])
    }

    pub(super) fn deciding(mut self, action: &str, decision: Decision, missing: &[&str]) -> Script {
        if let Simulated::Except(all) = &mut self.simulated {
            let missing = missing.iter().map(|key| (*key).to_owned()).collect();
            all.insert(action.to_owned(), (decision, missing));
        }
        self
    }

    pub(super) fn denying(mut self, actions: &[&str]) -> Script {
        self.denied.extend(actions.iter().map(|action| (*action).to_owned()));
        self
    }

    fn call<T>(&self, action: &str, answer: T) -> Result<T, Failure> {
        if let Some(kind) = &self.broken {
            return Err(failure(kind.clone(), "nobody answers"));
        }
        if self.denied.contains(action) {
            return Err(failure(TroubleKind::Denied(Some(action.to_owned())), &format!("{action} is not allowed")));
        }
        Ok(answer)
    }

    /// Examines it from a computer that has nothing.
    pub(super) async fn examine(&self, request: Request) -> Report {
        self.examine_from(request, Machine::default()).await
    }

    pub(super) async fn examine_from(&self, mut request: Request, machine: Machine) -> Report {
        request.python = PathBuf::from("glue-ls-no-such-program");
        examine(self, request, machine, &|_| {}).await
    }
}

/// The check with that id.
#[track_caller]
pub(super) fn check<'a>(report: &'a Report, id: &str) -> &'a Check {
    let mut found = report.checks.iter().filter(|check| check.id == id);
    let check = found.next().unwrap_or_else(|| panic!("there is no {id} in {report:#?}"));
    assert!(found.next().is_none(), "{id} is there twice");
    check
}

/// The texts of the policies and the commands of a check.
pub(super) fn pasted(check: &Check) -> (Vec<String>, Vec<Json>) {
    let (mut commands, mut policies) = (Vec::new(), Vec::new());
    for fix in &check.fixes {
        match fix {
            super::Fix::Command(command) => commands.push(command.clone()),
            super::Fix::Policy(policy) => policies.push(policy.clone()),
        }
    }
    (commands, policies)
}

impl Probe for Script {
    fn region(&self) -> Asked<'_, String> {
        std::future::ready(self.region.clone()).boxed()
    }

    fn caller(&self) -> Asked<'_, Caller> {
        std::future::ready(self.caller.clone()).boxed()
    }

    fn list(&self, list: List) -> Asked<'_, ()> {
        std::future::ready(self.call(list.action(), ())).boxed()
    }

    fn connections(&self) -> Asked<'_, Vec<Connection>> {
        std::future::ready(self.call("glue:GetConnections", self.connections.clone())).boxed()
    }

    fn subnets(&self, ids: Vec<String>) -> Asked<'_, Vec<Subnet>> {
        let mut found = self.subnets.clone();
        if let Ok(found) = &mut found {
            found.retain(|subnet| ids.contains(&subnet.id));
        }
        std::future::ready(found).boxed()
    }

    fn role(&self, name: String) -> Asked<'_, RoleDetails> {
        let found = self.call("iam:GetRole", ()).and_then(|()| {
            let absent = Failure { absent: true, ..failure(TroubleKind::Other, "there is none") };
            self.roles.get(&name).cloned().ok_or(absent)
        });
        std::future::ready(found).boxed()
    }

    fn role_policies(&self, _: String) -> Asked<'_, Vec<String>> {
        std::future::ready(self.call("iam:ListAttachedRolePolicies", self.attached.clone())).boxed()
    }

    fn documents(&self, _: String) -> Asked<'_, Vec<(String, Json)>> {
        let denied = || failure(TroubleKind::Denied(None), "not allowed");
        std::future::ready(self.documents.clone().ok_or_else(denied)).boxed()
    }

    fn simulate(&self, question: Simulation) -> Asked<'_, Vec<Verdict>> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner).push(question.clone());
        let answer = match &self.simulated {
            Simulated::Refused => {
                let action = "iam:SimulatePrincipalPolicy".to_owned();
                Err(failure(TroubleKind::Denied(Some(action)), "simulation is not allowed"))
            }
            Simulated::Except(exceptions) => Ok(question
                .actions
                .iter()
                .map(|action| {
                    let (decision, missing) =
                        exceptions.get(action).cloned().unwrap_or((Decision::Allowed, Vec::new()));
                    Verdict { action: action.clone(), decision, missing }
                })
                .collect()),
        };
        std::future::ready(answer).boxed()
    }
}

/// A policy that allows these actions on all.
pub(super) fn allowing(actions: &[&str]) -> Json {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
}
