//! What the caller may do, feature by feature.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::Value as Json;
use tokio::sync::OnceCell;

use super::policy::{self, Act, Permit, permit};
use super::principal::Principal;
use super::probe::{Failure, List, Probe};
use super::report::{Check, Status};
use crate::aws::{Caller, Decision, Simulation};
use crate::facts;

/// Something that the product does, by the features of the table of permissions.
struct Need {
    id: &'static str,
    title: &'static str,
    features: &'static [&'static str],
    /// How a missing permission is to be taken.
    without: Status,
}

const fn need(id: &'static str, title: &'static str, features: &'static [&'static str], without: Status) -> Need {
    Need { id, title, features, without }
}

/// What is asked, in order. Who passes which role is asked beside it.
const NEEDS: &[Need] = &[
    need(
        "permission-run",
        "Permission to run cells",
        &["create-session", "tag-on-create", "run-code", "cancel", "stop"],
        Status::Failed,
    ),
    need("permission-sessions", "Permission to list sessions", &["list-sessions"], Status::Warning),
    need("permission-tags", "Permission to see tags", &["status-tags"], Status::Warning),
    need("permission-connections", "Permission to complete connections", &["complete-connections"], Status::Warning),
    need("permission-subnets", "Permission to see networks of connections", &["complete-subnets"], Status::Warning),
    need(
        "permission-security-configurations",
        "Permission to complete security configurations",
        &["complete-security-config"],
        Status::Warning,
    ),
    need("permission-catalog", "Permission to complete databases and tables", &["complete-catalog"], Status::Warning),
    need("permission-roles", "Permission to complete roles", &["complete-roles"], Status::Warning),
    need("permission-s3", "Permission to complete S3 paths", &["complete-s3"], Status::Warning),
];

/// Where the caller works.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) partition: String,
    pub(super) region: String,
    pub(super) account: String,
}

impl Place {
    /// The ARNs that an action is to be allowed on.
    fn resources(&self, action: &str) -> Vec<String> {
        let Place { partition, region, account } = self;
        let of_glue = |names: &[&str]| {
            names.iter().map(|name| format!("arn:{partition}:glue:{region}:{account}:{name}")).collect()
        };
        match action {
            "glue:GetConnections" => of_glue(&["catalog", "connection/*"]),
            "glue:GetDatabases" | "glue:GetTables" => of_glue(&["catalog", "database/*", "table/*/*"]),
            "glue:CreateSession"
            | "glue:GetSession"
            | "glue:StopSession"
            | "glue:RunStatement"
            | "glue:GetStatement"
            | "glue:CancelStatement"
            | "glue:TagResource"
            | "glue:GetTags" => of_glue(&["session/*"]),
            _ => vec!["*".to_owned()],
        }
    }
}

/// Answers whether the caller may do something, by the best of what can be asked: the call itself, a simulation, the
/// policies.
pub(super) struct Oracle<'a> {
    probe: &'a dyn Probe,
    principal: Principal,
    /// The ARN that a simulation is about.
    arn: Option<String>,
    context: Vec<(String, String)>,
    /// What calls have shown.
    called: BTreeMap<String, bool>,
    documents: OnceCell<Result<Vec<(String, Json)>, Failure>>,
    /// Why the simulation did not answer.
    obstacle: OnceCell<Failure>,
}

impl<'a> Oracle<'a> {
    pub(super) fn new(probe: &'a dyn Probe, caller: &Caller, arn: Option<String>) -> Self {
        let owner = caller.owner();
        let entry = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let context = vec![
            entry("iam:PassedToService", "glue.amazonaws.com"),
            entry("aws:RequestTag/owner", &owner),
            entry("aws:ResourceTag/owner", &owner),
            entry("aws:TagKeys", "owner"),
            entry("aws:userid", &caller.user_id),
        ];
        Self {
            probe,
            principal: Principal::of(caller),
            arn,
            context,
            called: BTreeMap::new(),
            documents: OnceCell::new(),
            obstacle: OnceCell::new(),
        }
    }

    pub(super) fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Takes note of what a call has shown.
    pub(super) fn note<T>(&mut self, action: &str, answer: &Result<T, Failure>) {
        match answer {
            Ok(_) => drop(self.called.insert(action.to_owned(), true)),
            Err(failure) if failure.is_denied() => drop(self.called.insert(action.to_owned(), false)),
            Err(_) => {}
        }
    }

    /// Takes note of what lists have shown.
    pub(super) fn note_lists(&mut self, lists: &[(List, Result<(), Failure>)]) {
        for (list, answer) in lists {
            self.note(list.action(), answer);
        }
    }

    /// Tells of each action whether the caller may do it to all of the resources.
    pub(super) async fn ask(&self, actions: &[String], resources: &[String]) -> Vec<(String, Permit)> {
        let seen = |action: &String| self.called.get(action).map(|may| if *may { Permit::Yes } else { Permit::No });
        let open: Vec<String> = actions.iter().filter(|action| seen(action).is_none()).cloned().collect();
        let found = if open.is_empty() { BTreeMap::new() } else { self.find_out(&open, resources).await };
        let answer = |action: &String| seen(action).or_else(|| found.get(action).cloned()).unwrap_or(Permit::Unknown);
        actions.iter().map(|action| (action.clone(), answer(action))).collect()
    }

    async fn find_out(&self, actions: &[String], resources: &[String]) -> BTreeMap<String, Permit> {
        if self.principal == Principal::Root {
            return actions.iter().map(|action| (action.clone(), Permit::Yes)).collect();
        }
        let mut found = BTreeMap::new();
        if let Some(arn) = &self.arn {
            let question = Simulation {
                principal: arn.clone(),
                actions: actions.to_vec(),
                resources: resources.to_vec(),
                context: self.context.clone(),
            };
            match self.probe.simulate(question).await {
                Ok(verdicts) => {
                    for verdict in verdicts {
                        let one = match verdict.decision {
                            Decision::Allowed => Permit::Yes,
                            Decision::Denied => Permit::Denied(verdict.missing),
                            Decision::NotAllowed if verdict.missing.is_empty() => Permit::No,
                            Decision::NotAllowed => Permit::Unknown,
                        };
                        let action = actions.iter().find(|action| action.eq_ignore_ascii_case(&verdict.action));
                        if let Some(action) = action {
                            add(&mut found, action, one);
                        }
                    }
                    return found;
                }
                Err(failure) => drop(self.obstacle.set(failure)),
            }
        }
        let Principal::Role(role) = &self.principal else { return found };
        let documents = self.documents.get_or_init(|| self.probe.documents(role.clone())).await;
        if let Ok(documents) = documents {
            for action in actions {
                for resource in resources {
                    let act = Act { action, resource, context: &self.context };
                    add(&mut found, action, permit(documents.iter().map(|(_, document)| document), act));
                }
            }
        }
        found
    }

    /// Why the simulation did not answer, as a clause.
    fn obstacle(&self) -> String {
        match (self.obstacle.get(), &self.arn) {
            (Some(failure), _) if failure.is_denied() => "iam:SimulatePrincipalPolicy is not allowed".to_owned(),
            (Some(failure), _) => format!("IAM did not answer ({})", failure.trouble.message),
            (None, None) => "the ARN of your role is not known without iam:GetRole".to_owned(),
            (None, Some(_)) => "IAM did not say".to_owned(),
        }
    }
}

/// Of several answers about one action the worst counts.
fn add(found: &mut BTreeMap<String, Permit>, action: &str, one: Permit) {
    let weight = |permit: &Permit| match permit {
        Permit::Yes => 0,
        Permit::Unknown => 1,
        Permit::No => 2,
        Permit::Denied(_) => 3,
    };
    match found.get_mut(action) {
        Some(known) if weight(known) >= weight(&one) => {}
        Some(known) => *known = one,
        None => drop(found.insert(action.to_owned(), one)),
    }
}

/// An action, what it is done to, and the answer.
type Answered = (String, Vec<String>, Permit);

/// Judges every feature. What could not be found out is said once, for all of them.
pub(super) async fn checks(oracle: &Oracle<'_>, place: &Place) -> Vec<Check> {
    let answers = join_all(NEEDS.iter().map(|need| answers(oracle, place, need))).await;
    let mut checks = Vec::new();
    let mut unknown: Vec<String> = Vec::new();
    for (need, answers) in NEEDS.iter().zip(answers) {
        let open: Vec<&str> = of(&answers, |permit| *permit == Permit::Unknown);
        unknown.extend(open.iter().map(|action| format!("{action} ({})", need.title)));
        let known = answers.iter().any(|(_, _, permit)| *permit != Permit::Unknown);
        if known {
            checks.push(judge(oracle, need, &answers));
        }
    }
    if !unknown.is_empty() {
        let message =
            format!("{}; whether these are allowed cannot be told: {}.", oracle.obstacle(), unknown.join(", "));
        let actions = vec!["iam:SimulatePrincipalPolicy".to_owned(), "iam:GetRole".to_owned()];
        let resources = vec![oracle.arn.clone().unwrap_or_else(|| "*".to_owned())];
        let statement = policy::allow("GlueLsDoctor", &actions, &resources);
        let fixes = oracle.principal.grant("glue-ls-doctor", policy::policy(vec![statement]));
        checks
            .push(Check::unknown("permission-unknown", "Permissions that cannot be asked for", &message).fixes(fixes));
    }
    checks
}

async fn answers(oracle: &Oracle<'_>, place: &Place, need: &Need) -> Vec<Answered> {
    // By resources: one question for each set of them.
    let mut groups: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for action in need.features.iter().filter_map(|name| facts::iam().feature(name)).flat_map(|row| &row.actions) {
        let resources = place.resources(action);
        match groups.iter_mut().find(|(known, _)| *known == resources) {
            Some((_, actions)) if actions.contains(action) => {}
            Some((_, actions)) => actions.push(action.clone()),
            None => groups.push((resources, vec![action.clone()])),
        }
    }
    let asked = groups.into_iter().map(async |(resources, actions)| {
        let answers = oracle.ask(&actions, &resources).await;
        answers.into_iter().map(move |(action, permit)| (action, resources.clone(), permit)).collect::<Vec<_>>()
    });
    join_all(asked).await.concat()
}

fn of(answers: &[Answered], test: impl Fn(&Permit) -> bool) -> Vec<&str> {
    answers.iter().filter(|(_, _, permit)| test(permit)).map(|(action, _, _)| action.as_str()).collect()
}

fn judge(oracle: &Oracle<'_>, need: &Need, answers: &[Answered]) -> Check {
    let missing = of(answers, |permit| *permit == Permit::No);
    let denied = of(answers, |permit| matches!(permit, Permit::Denied(_)));
    let allowed = of(answers, |permit| *permit == Permit::Yes);
    if missing.is_empty() && denied.is_empty() {
        return Check::ok(need.id, need.title, allowed.join(", "));
    }
    let mut said = Vec::new();
    let mut status = need.without;
    if !missing.is_empty() {
        said.push(format!("missing: {}.{}", missing.join(", "), oracle.principal.advice()));
    }
    if !denied.is_empty() {
        let (text, about_network) = denial(answers);
        said.push(format!("forbidden by a policy: {}. {text}", denied.join(", ")));
        if about_network && missing.is_empty() {
            status = Status::Warning;
        }
    }
    let check = Check::warning(need.id, need.title, said.join(" "));
    let check = Check { status, ..check };
    if missing.is_empty() {
        return check;
    }
    let mut statements = Vec::new();
    let mut sets: Vec<(&[String], Vec<String>)> = Vec::new();
    for (action, resources, _) in answers.iter().filter(|(_, _, permit)| *permit == Permit::No) {
        match sets.iter_mut().find(|(known, _)| *known == resources.as_slice()) {
            Some((_, actions)) => actions.push(action.clone()),
            None => sets.push((resources, vec![action.clone()])),
        }
    }
    let name = need.id.trim_start_matches("permission-");
    for (index, (resources, actions)) in sets.iter().enumerate() {
        let number = if index == 0 { String::new() } else { (index + 1).to_string() };
        statements.push(policy::allow(&format!("{}{number}", sid(name)), actions, resources));
    }
    check.fixes(oracle.principal.grant(&format!("glue-ls-{name}"), policy::policy(statements)))
}

/// What a denial depends on, as a sentence, and whether it is about the network of a session.
fn denial(answers: &[Answered]) -> (&'static str, bool) {
    let keys = answers.iter().filter_map(|(_, _, permit)| match permit {
        Permit::Denied(keys) => Some(keys),
        _ => None,
    });
    let of_network = ["glue:VpcIds", "glue:SubnetIds", "glue:SecurityGroupIds"];
    if keys.flatten().any(|key| of_network.iter().any(|known| known.eq_ignore_ascii_case(key))) {
        let text = "The rule is about the network: a session needs %connections with a connection in an allowed one.";
        return (text, true);
    }
    (
        "No statement that allows it helps: find the statement with `\"Effect\": \"Deny\"`, or ask for an exception.",
        false,
    )
}

/// `security-configurations` as an id of a statement, which takes letters and digits only.
fn sid(name: &str) -> String {
    let upper = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    std::iter::once("GlueLs".to_owned()).chain(name.split('-').map(upper)).collect()
}
