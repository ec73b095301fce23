//! Settings about running cells.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::{Engine, Settings, Source, get};

/// The longest idle timeout that the service takes, in minutes: seven days.
const LONGEST_IDLE: u64 = 7 * 24 * 60;

/// Takes over what `value` sets; returns a message for each value that was passed over.
///
/// What could run a program or spend money as somebody else is the user's alone: a project file cannot set it. Trust is
/// taken from the start only, which no folder has a part in.
pub(super) fn merge(settings: &mut Settings, value: &Json, source: Source) -> Vec<String> {
    let mut complaints = Vec::new();
    match text(value, &["engine"]) {
        None => {}
        Some(Ok("local")) => settings.engine = Engine::Local,
        Some(Ok("aws")) => settings.engine = Engine::Aws,
        Some(_) => complaints.push("`engine` must be \"local\" or \"aws\"".to_owned()),
    }
    for name in ["profile", "region", "local.python"] {
        let path: Vec<&str> = name.split('.').collect();
        let given = match text(value, &path) {
            None => continue,
            Some(Err(())) => {
                complaints.push(format!("`{name}` must be text"));
                continue;
            }
            Some(Ok(given)) => Some(given.to_owned()).filter(|given| !given.trim().is_empty()),
        };
        if source == Source::Project && name != "region" {
            complaints.push(format!("`{name}` cannot be set by a project file, only in the settings of your editor"));
            continue;
        }
        match name {
            "profile" => settings.profile = given,
            "region" => settings.region = given,
            _ => settings.local_python = given.map(|given| home(Path::new(&given))),
        }
    }
    if let Some(minutes) = get(value, &["session", "defaultIdleTimeout"]) {
        match minutes.as_u64().filter(|minutes| (1..=LONGEST_IDLE).contains(minutes)).map(u32::try_from) {
            Some(Ok(minutes)) => settings.idle_timeout = minutes,
            _ => complaints.push(format!("`session.defaultIdleTimeout` must be minutes, 1 to {LONGEST_IDLE}")),
        }
    }
    if let Some(rates) = get(value, &["cost", "rates"]) {
        match rates.as_object() {
            Some(rates) => {
                for (region, rate) in rates {
                    match rate.as_f64().filter(|rate| rate.is_finite() && *rate >= 0.0) {
                        Some(rate) => drop(settings.rates.insert(region.clone(), rate)),
                        None => complaints.push(format!("`cost.rates.{region}` must be US dollars for a DPU-hour")),
                    }
                }
            }
            None => complaints.push("`cost.rates` must be a table of regions".to_owned()),
        }
    }
    let flags = [
        (["codeLens", "enabled"], &mut settings.code_lens),
        (["inlayHints", "results"], &mut settings.result_hints),
        (["inlayHints", "idleTimeout"], &mut settings.idle_hints),
    ];
    for (path, flag) in flags {
        match get(value, &path).map(Json::as_bool) {
            None => {}
            Some(Some(given)) => *flag = given,
            Some(None) => complaints.push(format!("`{}` must be true or false", path.join("."))),
        }
    }
    if source == Source::Start {
        trust(settings, value, &mut complaints);
    }
    complaints
}

fn trust(settings: &mut Settings, value: &Json, complaints: &mut Vec<String>) {
    match get(value, &["trusted"]).map(Json::as_bool) {
        None => {}
        Some(Some(given)) => settings.trusted = Some(given),
        Some(None) => complaints.push("`trusted` must be true or false".to_owned()),
    }
    match get(value, &["trustedFolders"]).map(Json::as_array) {
        None => {}
        Some(Some(folders)) if folders.iter().all(Json::is_string) => {
            settings.trusted_folders =
                folders.iter().filter_map(Json::as_str).map(|folder| home(Path::new(folder))).collect();
        }
        Some(_) => complaints.push("`trustedFolders` must be a list of folders".to_owned()),
    }
}

/// The text at a path; an error where something else is there.
fn text<'a>(value: &'a Json, path: &[&str]) -> Option<Result<&'a str, ()>> {
    get(value, path).map(|value| value.as_str().ok_or(()))
}

/// Puts the home folder in the place of a leading `~`.
fn home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_user_chooses_and_a_project_does_not() {
        let ours = json!({
            "engine": "aws", "profile": "mine", "local": {"python": "/opt/python"},
            "session": {"defaultIdleTimeout": 30}, "cost": {"rates": {"us-east-1": 0.5}},
            "trusted": true, "trustedFolders": ["/work"],
        });
        let mut settings = Settings::default();
        assert!(settings.merge(&ours, Source::Start).is_empty());
        assert_eq!((settings.engine, settings.idle_timeout), (Engine::Aws, 30));
        assert_eq!((settings.trusted, settings.rates["us-east-1"]), (Some(true), 0.5));

        let theirs = json!({"profile": "admin", "local.python": "./evil", "engine": "local", "trusted": true, "region": "eu-west-1"});
        let mut settings = Settings::default();
        let complaints = settings.merge(&theirs, Source::Project);
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert_eq!((settings.profile, settings.local_python, settings.trusted), (None, None, None));
        assert_eq!(settings.region.as_deref(), Some("eu-west-1"));
        let mut settings = Settings::default();
        settings.merge(&json!({"trusted": true, "trustedFolders": ["/"]}), Source::Client);
        assert_eq!((settings.trusted, settings.trusted_folders.len()), (None, 0), "a folder's settings trust nothing");
    }

    #[test]
    fn wrong_values_are_passed_over_with_a_word() {
        let wrong = json!({
            "engine": "glue", "profile": 3, "session.defaultIdleTimeout": 0, "cost": {"rates": {"x": -1}},
            "codeLens": {"enabled": "yes"}, "trusted": 1, "trustedFolders": "/",
        });
        let mut settings = Settings::default();
        assert_eq!(settings.merge(&wrong, Source::Start).len(), 7);
        assert_eq!(settings, Settings::default());
    }
}
