//! Settings from outside the notebook: environment variables and the AWS config files.
//!
//! Reading them is the front ends' business; this module only knows the kernel's names and order.

use std::collections::BTreeMap;

use crate::syntax::literal::Value;

use super::setting::{Given, Origin, Setting, tidy_list};

/// What the kernel would find outside the notebook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
    /// Profiles of the AWS config and credentials files, keys as written.
    pub profiles: BTreeMap<String, BTreeMap<String, String>>,
    /// Whether there are no profiles but these: one that is not here then keeps sessions from starting.
    /// Otherwise the document may run on another machine, where it exists.
    pub profiles_complete: bool,
}

impl Environment {
    /// Returns the setting's environment value, as the kernel's `SystemEnvConfigRetriever` finds it.
    pub fn from_variables(&self, setting: Setting) -> Option<Given> {
        let mut names = setting.outside_names();
        if setting == Setting::Region {
            names.insert(1, "AWS_REGION".into());
        }
        let (name, text) = self.first(&names, setting, |name| self.variables.get(name))?;
        let value = convert(setting, text)?;
        Some(Given { value: Value::Str(value), origin: Origin::Environment(name) })
    }

    /// Returns the setting's value in the profile's section of the config files, as the kernel's
    /// `AWSFileConfigRetriever` finds it. `profile` is the one set by a magic; without one, `default`
    /// is used if there is such a section.
    pub fn from_config_file(&self, setting: Setting, profile: Option<&str>) -> Option<Given> {
        let profile = profile.unwrap_or("default");
        let section = self.profiles.get(profile)?;
        let (key, text) = self.first(&setting.outside_names(), setting, |name| section.get(name))?;
        let value = convert(setting, text)?;
        Some(Given { value: Value::Str(value), origin: Origin::ConfigFile { profile: profile.to_owned(), key } })
    }

    /// Returns tags from the variable `glue_tags`, a JSON object. `None` if absent or no object.
    pub fn tags_from_variables(&self) -> Option<Vec<(String, serde_json::Value)>> {
        json_object(self.variables.get("glue_tags")?)
    }

    /// Returns whether the variable `glue_tags` is set to something else than a JSON object: no session
    /// starts then.
    pub fn has_bad_tags(&self) -> bool {
        self.variables.get("glue_tags").is_some_and(|text| json_object(text).is_none())
    }

    /// Returns whether the profile keeps clients from being made.
    pub fn lacks_profile(&self, name: &str) -> bool {
        self.profiles_complete && !self.profiles.contains_key(name)
    }

    /// Returns tags from the profile's key `glue_tags`, a JSON object. `None` if absent or no object.
    pub fn tags_from_config_file(&self, profile: Option<&str>) -> Option<Vec<(String, serde_json::Value)>> {
        json_object(self.profiles.get(profile.unwrap_or("default"))?.get("glue_tags")?)
    }

    fn first<'a>(
        &self,
        names: &[String],
        setting: Setting,
        get: impl Fn(&str) -> Option<&'a String>,
    ) -> Option<(String, &'a str)> {
        names.iter().find_map(|name| {
            let text = get(name)?;
            // The older of the two names for the session type counts only if it says something.
            let skip = setting == Setting::SessionType && text.is_empty() && name == "glue_job_type";
            (!skip).then(|| (name.clone(), text.as_str()))
        })
    }
}

fn convert(setting: Setting, text: &str) -> Option<String> {
    if !setting.is_list() {
        return Some(text.to_owned());
    }
    if text.is_empty() { None } else { tidy_list(text).ok() }
}

fn json_object(text: &str) -> Option<Vec<(String, serde_json::Value)>> {
    match serde_json::from_str(text) {
        Ok(serde_json::Value::Object(map)) => Some(map.into_iter().collect()),
        _ => None,
    }
}

/// Reads the text of an AWS config file (`credentials` false: sections are `[default]` and
/// `[profile name]`) or credentials file (sections are the profiles' names) into `profiles`.
///
/// Total: lines that are neither section nor `key = value` are passed over, as are nested values.
pub fn read_profiles(text: &str, credentials: bool, profiles: &mut BTreeMap<String, BTreeMap<String, String>>) {
    let mut current: Option<String> = None;
    for line in text.lines() {
        if line.starts_with([' ', '\t']) || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(section) = line.strip_prefix('[') {
            let name = section.split(']').next().unwrap_or_default().trim();
            current = match name.strip_prefix("profile") {
                Some(rest) if !credentials && rest.starts_with([' ', '\t']) => {
                    Some(rest.trim().trim_matches(['"', '\'']).to_owned())
                }
                _ if credentials || name == "default" => Some(name.to_owned()),
                _ => None,
            };
            if let Some(name) = &current {
                profiles.entry(name.clone()).or_default();
            }
            continue;
        }
        if let Some(profile) = &current
            && let Some((key, value)) = line.split_once('=')
        {
            // Keys are lower-cased by the parser botocore uses.
            profiles.entry(profile.clone()).or_default().insert(key.trim().to_lowercase(), value.trim().to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Environment {
        Environment {
            variables: pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            ..Environment::default()
        }
    }

    #[test]
    fn the_regions_names_are_tried_in_the_kernels_order() {
        let all = variables(&[("region", "a"), ("AWS_REGION", "b"), ("glue_region", "c")]);
        let found = all.from_variables(Setting::Region).unwrap();
        assert_eq!((found.value, found.origin), (Value::Str("a".into()), Origin::Environment("region".into())));
        let two = variables(&[("AWS_REGION", "b"), ("glue_region", "c")]);
        assert_eq!(two.from_variables(Setting::Region).unwrap().value, Value::Str("b".into()));
    }

    #[test]
    fn lists_from_outside_are_tidied_or_dropped() {
        let environment = variables(&[("glue_connections", "[a, b]"), ("glue_extra_jars", "a,,b")]);
        assert_eq!(environment.from_variables(Setting::Connections).unwrap().value, Value::Str("a,b".into()));
        assert_eq!(environment.from_variables(Setting::ExtraJars), None);
    }

    #[test]
    fn profiles_are_read_from_both_files() {
        let mut profiles = BTreeMap::new();
        read_profiles(
            "# c\n[default]\nregion = eu-west-1\n[profile dev]\nGlue_Role_ARN=arn\ns3 =\n  x = y\n[sso-session s]\na = b\n",
            false,
            &mut profiles,
        );
        read_profiles("[other]\naws_access_key_id = A\n", true, &mut profiles);
        assert_eq!(profiles.keys().collect::<Vec<_>>(), ["default", "dev", "other"]);
        let environment = Environment { profiles, ..Environment::default() };
        let role = environment.from_config_file(Setting::IamRole, Some("dev")).unwrap();
        assert_eq!(role.value, Value::Str("arn".into()));
        assert_eq!(environment.from_config_file(Setting::Region, None).unwrap().value, Value::Str("eu-west-1".into()));
    }
}
