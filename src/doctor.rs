//! What keeps sessions from running, and how it is mended: of the account, of the runtime role, of this machine.
//!
//! Everything is only looked at. Each answer is a [`Check`] with what to paste; what cannot be found out is said to be
//! unknown. The questions to AWS go through [`Probe`], those to the computer through [`Machine`].

mod document;
mod identity;
mod kernel;
mod local;
mod machine;
mod network;
mod permissions;
mod places;
mod policy;
mod principal;
mod probe;
mod report;
mod role;
mod text;
mod trust_policy;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

pub use self::document::{Subject, region_outside, role_outside};
pub use self::machine::Machine;
pub use self::probe::{Asked, Failure, List, Probe};
pub use self::report::{Check, Fix, Report, Status, quoted};

use self::permissions::{Oracle, Place};
use self::principal::Principal;
use self::probe::AwsProbe;
use crate::aws::{Access, Aws, AwsConfig, Caller, Identity, Limits};
use crate::model::account::TroubleKind;
use crate::model::policy::Policy;

/// The most characters of a name that are shown.
const LONGEST_NAME: usize = 300;

/// A value that somebody has chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The value.
    pub value: String,
    /// Where it is chosen, for people: `--region`, `the variable glue_role_arn`.
    pub from: String,
}

/// What is looked at.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The profile; without one, the usual places count.
    pub profile: Option<Chosen>,
    /// The region; without one, the usual places count.
    pub region: Option<Chosen>,
    /// The ARN of a role that is assumed first.
    pub assume: Option<String>,
    /// The runtime role, where one is set.
    pub role: Option<Chosen>,
    /// What the document says of itself and what was not used, as a sentence, with the command that does use it.
    pub unused: Option<(String, Option<String>)>,
    /// What sessions may be.
    pub policy: Arc<Policy>,
    /// The interpreter of cells on this machine: a path, or a name that is looked up.
    pub python: PathBuf,
    /// Whether the user has named it. Otherwise it is that of the local runtime, or else the system's.
    pub chose_python: bool,
    /// Whether the local runtime is made when it is needed.
    pub makes_runtime: bool,
    /// The folder of the document.
    pub folder: PathBuf,
    /// The folders that the user's settings trust.
    pub trusted_folders: Vec<PathBuf>,
}

/// Told what is being done, while it is done.
pub type Progress<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// Examines the user's own account and this computer.
pub async fn examine_user(request: Request, progress: Progress<'_>) -> Report {
    let identity = Identity {
        profile: request.profile.as_ref().map(|chosen| chosen.value.clone()),
        region: request.region.as_ref().map(|chosen| chosen.value.clone()),
        endpoint: None,
        access: request.assume.clone().map_or(Access::Own, |arn| Access::Role { arn }),
    };
    // Somebody waits for it.
    let seconds = Duration::from_secs;
    let limits = Limits {
        read: seconds(10),
        attempt: seconds(12),
        call: seconds(20),
        credentials: seconds(20),
        ..Limits::default()
    };
    let aws = Aws::new(AwsConfig { limits, ..AwsConfig::default() });
    let probe = AwsProbe { client: aws.client(&identity) };
    let machine = tokio::task::spawn_blocking(Machine::of_user).await.unwrap_or_default();
    examine(&probe, request, machine, progress).await
}

/// Examines what the probe and the machine say.
pub async fn examine(probe: &dyn Probe, request: Request, machine: Machine, progress: Progress<'_>) -> Report {
    let (request, machine) = (Arc::new(request), Arc::new(machine));
    let own = (Arc::clone(&request), Arc::clone(&machine));
    // Disks may be slow, and are not to hold up the rest.
    let here = tokio::task::spawn_blocking(move || (kernel::check(&own.1), places::checks(&own.1, &own.0)));
    let (mut checks, local, here) =
        tokio::join!(account(probe, &request, &machine, progress), local::checks(&machine, &request), here);
    if let Ok((kernel, places)) = here {
        checks.push(kernel);
        checks.extend(local);
        checks.extend(places);
    }
    Report { checks }
}

/// Judges what AWS says.
async fn account(probe: &dyn Probe, request: &Request, machine: &Machine, progress: Progress<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some((message, command)) = &request.unused {
        let check = Check::warning("document-identity", "Identity of the document", message.clone());
        checks.push(command.iter().fold(check, |check, command| check.command(command.clone())));
    }
    progress("asking AWS who you are");
    let (region, caller) = tokio::join!(probe.region(), probe.caller());
    checks.extend(identity::credentials(&caller, &identity::source(request, machine)));
    checks.push(identity::region(&region, request, machine));
    checks.extend(identity::endpoint(request, machine));
    let (region, caller) = match (region, caller) {
        (Ok(region), Ok(caller)) => (region, caller),
        (region, caller) => {
            let no_answer = |failure: &Failure| matches!(failure.trouble.kind, TroubleKind::NoNetwork);
            let glue = match (region, caller) {
                // Where only STS cannot be reached, Glue may.
                (Ok(region), Err(failure)) if no_answer(&failure) => {
                    glue(&[probe.list(List::Sessions).await.map_err(Some)], &region)
                }
                _ => Check::unknown("glue", "AWS Glue", "it was not asked: see above."),
            };
            checks.push(glue);
            checks.push(Check::unknown("permissions", "Permissions and roles", "they were not asked for: see above."));
            return checks;
        }
    };
    let principal = Principal::of(&caller);
    let own_role = async {
        match &principal {
            Principal::Role(name) => Some(probe.role(name.clone()).await),
            _ => None,
        }
    };
    progress("asking AWS for lists and roles");
    let lists = join_all(List::ALL.iter().map(async |list| (*list, probe.list(*list).await)));
    let (lists, connections, own_role) = tokio::join!(lists, probe.connections(), own_role);

    let of_glue = lists.iter().filter(|(list, _)| list.is_of_glue()).map(|(_, answer)| answer.clone().map_err(Some));
    let mut answers: Vec<Result<(), Option<Failure>>> = of_glue.collect();
    answers.push(connections.as_ref().map(drop).map_err(|failure| Some(failure.clone())));
    checks.push(glue(&answers, &region));

    let arn = match (&principal, &own_role) {
        (Principal::Role(_), Some(Ok(role))) => Some(role.arn.clone()),
        (Principal::User(_), _) => Some(caller.arn.clone()),
        _ => None,
    };
    let mut oracle = Oracle::new(probe, &caller, arn);
    oracle.note_lists(&lists);
    oracle.note("glue:GetConnections", &connections);
    if let Some(own_role) = &own_role {
        oracle.note("iam:GetRole", own_role);
    }
    let networks = network::checks(probe, &request.policy, &connections, &mut oracle).await;
    progress("asking AWS for permissions");
    let place = Place { partition: caller.partition().to_owned(), region, account: caller.account.clone() };
    let subject = role::subject(request.role.as_ref(), &caller);
    let of_role = async {
        match &subject {
            Ok(subject) => {
                let sagemaker = sagemaker(machine, &caller);
                role::checks(probe, subject, own_role.as_ref(), &oracle, &place, sagemaker.as_deref()).await
            }
            Err(check) => vec![check.clone()],
        }
    };
    let (permissions, of_role) = tokio::join!(permissions::checks(&oracle, &place), of_role);
    if principal == Principal::Root {
        let message = "you call as the root user of the account, who may do anything: use a role in its place.";
        checks.push(Check::warning("root", "Root user", message));
    }
    checks.extend(permissions);
    checks.extend(of_role);
    checks.extend(networks);
    checks
}

/// Judges whether Glue answers, whatever it says.
fn glue(answers: &[Result<(), Option<Failure>>], region: &str) -> Check {
    let (id, title) = ("glue", "AWS Glue");
    let answered = |answer: &Result<(), Option<Failure>>| match answer {
        Ok(()) => true,
        Err(failure) => failure.as_ref().is_some_and(Failure::is_denied),
    };
    if answers.iter().any(answered) {
        return Check::ok(id, title, format!("answers in {}", shown(region)));
    }
    let failure = answers.iter().find_map(|answer| answer.as_ref().err().and_then(Option::as_ref));
    let Some(failure) = failure else { return Check::unknown(id, title, "it was not asked.") };
    let message = format!("no good answer in {}: {}.", shown(region), failure.sentence());
    match failure.trouble.kind {
        TroubleKind::Throttled => Check::unknown(id, title, &message),
        _ => Check::failed(id, title, message),
    }
}

/// By what it shows that this is a notebook of SageMaker; the name of the caller's session is a sign too.
fn sagemaker(machine: &Machine, caller: &Caller) -> Option<String> {
    let session = caller.role_name().and_then(|_| caller.arn.rsplit('/').next());
    machine.sagemaker.clone().or_else(|| (session == Some("SageMaker")).then(|| "the name of your session".to_owned()))
}

/// A name for people: in backticks, without control characters, and not longer than fits into a message.
fn shown(text: &str) -> String {
    let short: String = text.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    let cut = if text.chars().nth(LONGEST_NAME).is_some() { "…" } else { "" };
    format!("`{short}{cut}`")
}
