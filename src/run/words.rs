//! Words for people: what keeps a session from being created, how old one is.

use std::fmt::Display;
use std::time::{Duration, SystemTime};

use crate::model::Origin;
use crate::model::refusal::CreationRefusal;
use crate::model::state::CreationFailure;
use crate::session::SessionInfo;

/// Says why no session can be created and which setting to change.
pub(super) fn creation_failure(failure: &CreationFailure) -> String {
    let what = refusal(&failure.refusal);
    match &failure.origin {
        Some(Origin::Environment(name)) => format!("{what} (environment variable {name})"),
        Some(Origin::ConfigFile { profile, key }) => format!("{what} (AWS config file, profile {profile}, {key})"),
        Some(Origin::Cell { .. } | Origin::Default) | None => what,
    }
}

fn refusal(refusal: &CreationRefusal) -> String {
    match refusal {
        CreationRefusal::NoRegion => "the region is set to nothing; set one with %region".to_owned(),
        CreationRefusal::UnknownProfile { value } => {
            format!("there is no profile \"{value}\" in the AWS config files; choose another one with %profile")
        }
        CreationRefusal::BadVariable { name, wanted } => format!("the variable {name} must hold {wanted}"),
        CreationRefusal::NoRole => "the role is set to nothing; set one with %iam_role".to_owned(),
        CreationRefusal::BadRegion { value } => format!("\"{value}\" is no region; set one with %region"),
        CreationRefusal::BadEndpoint { value } => format!("the endpoint \"{value}\" is no URL; mend %endpoint"),
        CreationRefusal::TwoCapacities => {
            "max_capacity cannot be combined with a worker type and a number of workers; leave one of them out"
                .to_owned()
        }
        CreationRefusal::BadSessionType { value } => {
            format!("\"{value}\" is no session type; set etl or streaming with %session_type")
        }
        CreationRefusal::NotANumber { setting, value, .. } => {
            format!("{} must be a number, and is \"{value}\"", setting.name())
        }
        CreationRefusal::NotText { setting, found } => format!("{} must be text, and is {found}", setting.name()),
        CreationRefusal::TooSmall { setting, value, min } => {
            format!("{} must be at least {min}, and is {value}", setting.name())
        }
        CreationRefusal::RoleTooShort { value } => {
            format!("\"{value}\" is no role's ARN; give %iam_role the whole ARN (arn:aws:iam::…:role/…)")
        }
        CreationRefusal::BadTag { key } => format!("the tag \"{key}\" must have text for its key and value"),
        CreationRefusal::BadSessionId => "the session id must be text".to_owned(),
    }
}

/// Says how large a session is: `5 × G.1X`; `None` where nothing is set.
pub(super) fn size(number: Option<impl Display>, worker_type: Option<&str>, capacity: Option<f64>) -> Option<String> {
    match (number, worker_type, capacity) {
        (Some(number), Some(kind), _) => Some(format!("{number} × {kind}")),
        (Some(number), None, _) => Some(format!("{number} workers")),
        (None, Some(kind), _) => Some(kind.to_owned()),
        (None, None, capacity) => capacity.map(|capacity| format!("{capacity} DPU")),
    }
}

/// Says how large a session is, as the service describes it; `None` where it does not say.
pub fn size_text(session: &SessionInfo) -> Option<String> {
    size(session.number_of_workers, session.worker_type.as_deref(), session.max_capacity)
}

/// Describes a session in lines: what each is about, and what it says.
pub fn session_lines(session: &SessionInfo) -> Vec<(&'static str, String)> {
    let minutes = |minutes: i32| format!("{minutes} minutes");
    let lines = [
        ("Session", Some(session.id.to_string())),
        ("Status", Some(session.status.as_str().to_owned())),
        ("Age", session.created_on.map(age_since)),
        ("Role", session.role.clone()),
        ("Type", type_text(session)),
        ("Glue version", session.glue_version.clone()),
        ("Size", size_text(session)),
        ("Idle timeout", session.idle_timeout.map(minutes)),
        ("Connections", Some(session.connections.join(", ")).filter(|list| !list.is_empty())),
        ("DPU-seconds", session.dpu_seconds.map(|seconds| seconds.to_string())),
    ];
    lines.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Says of which type a session is: the command, and how it takes code where that is unusual.
fn type_text(session: &SessionInfo) -> Option<String> {
    match (&session.command_name, session.is_spark_connect()) {
        (command, false) => command.clone(),
        (command, true) => {
            let command = command.as_ref().map(|command| format!("{command}, ")).unwrap_or_default();
            Some(format!("{command}Spark Connect (takes no statements: no cells run in it)"))
        }
    }
}

/// Says how long ago that was.
pub(super) fn age_since(time: SystemTime) -> String {
    // Clocks differ: what is made in the future is made now.
    age(SystemTime::now().duration_since(time).unwrap_or_default())
}

/// Says how long ago something was, in one or two units.
pub fn age(age: Duration) -> String {
    match age.as_secs() {
        seconds if seconds < 60 => format!("{seconds} s"),
        seconds if seconds < 3600 => format!("{} min", seconds / 60),
        seconds if seconds < 48 * 3600 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        let texts = [5, 65, 3 * 3600 + 300, 50 * 3600].map(|seconds| age(Duration::from_secs(seconds)));
        assert_eq!(texts, ["5 s", "1 min", "3 h 5 min", "2 days"]);
    }
}
