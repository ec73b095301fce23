//! `runs-locally`: IPython's own magics, and shell commands, run on the machine of the kernel; the session never sees
//! them.

use std::ops::Range;

use crate::facts::{self, EffectSeverity};
use crate::features::diagnostics::{Context, Findings, Fix, Severity};
use crate::model::effects::MagicCall;
use crate::model::setting::tidy_list;
use crate::syntax::split::HeadKind;

/// Magics that show help, wherever they run.
const HELP: &[&str] = &["lsmagic", "magic", "quickref"];

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let calls = &context.cell.effects.calls;
    for call in calls.iter().filter(|call| !call.cell && !HELP.contains(&call.name.as_str())) {
        let Some(effect) = facts::ipython().line_effect(&call.name) else { continue };
        if is_refused(context, call) || sets_up_the_kernel(call) {
            continue;
        }
        let severity = match effect.severity {
            EffectSeverity::Warning => Severity::Warning,
            EffectSeverity::Information => Severity::Information,
            EffectSeverity::Hint => Severity::Hint,
        };
        let instead = effect.fix.as_deref().map(|fix| format!("; instead: {fix}")).unwrap_or_default();
        let message =
            format!("`%{}` runs on your machine and not in the session: {}{instead}", call.name, effect.effect);
        let line = call.name_range.start - 1..call.argument_range.end.max(call.name_range.end);
        let fix = match call.name.as_str() {
            "pip" | "conda" | "mamba" | "micromamba" | "uv" => install(&call.argument, &line),
            "matplotlib" | "autoreload" => {
                let text = context.text();
                let end = text[line.end..].find('\n').map_or(text.len(), |at| line.end + at + 1);
                Some(Fix::replace("Remove the line", line.start..end, "").to_be_confirmed())
            }
            _ => None,
        };
        findings.add_milder(severity, call.name_range.clone(), message, fix.into_iter().collect());
    }
    for line in &context.cell.cell.split.head {
        let HeadKind::Shell(command) = &line.kind else { continue };
        let text = context.text()[command.clone()].trim_end();
        let Some(arguments) = installer(text) else { continue };
        let start = command.start + (text.len() - text.trim_start_matches('!').len());
        let range = start..command.start + text.len();
        let fix = install(arguments, &(line.range.start..command.start + text.len()));
        let message = "this installs on your machine and not in the session; instead: %additional_python_modules";
        findings.add_with(range, message, fix.into_iter().collect());
    }
}

/// Returns whether another rule has said that the magic fails.
fn is_refused(context: &Context<'_>, call: &MagicCall) -> bool {
    let place = call.name_range.start..call.argument_range.end.max(call.name_range.end);
    context.refusals().iter().any(|refusal| place.start <= refusal.range.start && refusal.range.end <= place.end)
}

/// Returns whether the magic only shows variables, or sets one that the kernel itself or the AWS clients read.
fn sets_up_the_kernel(call: &MagicCall) -> bool {
    let argument = call.argument.trim();
    let Some((name, _)) = argument.split_once(['=', ' ']) else {
        return matches!(call.name.as_str(), "env" | "set_env");
    };
    let lower = name.to_lowercase();
    // Names of the kernel's that do not begin as its others do.
    let known =
        matches!(name, "region" | "spark_conf" | "session_id" | "session_id_prefix" | "request_origin" | "userId");
    matches!(call.name.as_str(), "env" | "set_env")
        && (known || lower.starts_with("glue_") || lower.starts_with("aws_"))
}

/// Returns the arguments of a command that installs Python packages: `pip install x` gives `install x`.
fn installer(command: &str) -> Option<&str> {
    let command = command.trim_start_matches('!').trim_start();
    let command = command.strip_prefix("sudo ").unwrap_or(command).trim_start();
    let (program, rest) = command.split_once(' ')?;
    let rest = rest.trim_start();
    let name = program.rsplit('/').next().unwrap_or(program);
    let is_pip =
        |name: &str| name.strip_prefix("pip").is_some_and(|v| v.chars().all(|c| c.is_ascii_digit() || c == '.'));
    let arguments = if is_pip(name) || matches!(name, "conda" | "mamba" | "micromamba") {
        rest
    } else if name.starts_with("python") || name.contains("executable") {
        rest.strip_prefix("-m pip ").or_else(|| rest.strip_prefix("-m pip3 "))?.trim_start()
    } else if name == "uv" {
        rest.strip_prefix("pip ")?.trim_start()
    } else {
        return None;
    };
    arguments.starts_with("install ").then_some(arguments)
}

/// Makes the fix that installs the packages in the session, if nothing but packages is named.
fn install(arguments: &str, line: &Range<usize>) -> Option<Fix> {
    let arguments = arguments.trim().strip_prefix("pip ").unwrap_or(arguments.trim());
    let packages = arguments.strip_prefix("install ")?;
    let mut names = Vec::new();
    for word in packages.split_whitespace() {
        let bare = word.trim_matches(['"', '\'']);
        match bare {
            "-q" | "-qq" | "--quiet" | "-U" | "--upgrade" | "--user" | "-y" | "--yes" | "--force-reinstall"
            | "--no-cache-dir" => {}
            _ if bare.starts_with('-') || bare.is_empty() => return None,
            _ if !bare.starts_with(|c: char| c.is_ascii_alphanumeric()) => return None,
            _ if !bare.chars().all(|c| c.is_ascii_alphanumeric() || "-_.=<>!~[]*+".contains(c)) => return None,
            _ => names.push(bare),
        }
    }
    let list = tidy_list(&names.join(",")).ok().filter(|list| !list.is_empty())?;
    let text = format!("%additional_python_modules {list}");
    Some(Fix::replace(format!("Write `{text}`"), line.clone(), text).to_be_confirmed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installers_are_known() {
        for (command, arguments) in [
            ("pip install x", Some("install x")),
            ("!pip3 install x", Some("install x")),
            ("python3 -m pip install x", Some("install x")),
            ("{sys.executable} -m pip install x", Some("install x")),
            ("/usr/bin/pip3.11 install x", Some("install x")),
            ("uv pip install x", Some("install x")),
            ("conda install -y x", Some("install -y x")),
            ("pip list", None),
            ("aws s3 cp install x", None),
            ("pip", None),
            ("echo pip install x", None),
        ] {
            assert_eq!(installer(command), arguments, "{command}");
        }
    }

    #[test]
    fn packages_become_a_list() {
        let list = |arguments: &str| install(arguments, &(0..1)).map(|fix| fix.edits[0].1.clone());
        assert_eq!(
            list("install -q pandas==2.2 'awswrangler>=3' faker").as_deref(),
            Some("%additional_python_modules pandas==2.2,awswrangler>=3,faker")
        );
        assert_eq!(list("install -r requirements.txt"), None);
        assert_eq!(list("install git+https://example.com/x.git"), None);
        assert_eq!(list("install ."), None);
        assert_eq!(list("install x && ls"), None);
        assert_eq!(list("list"), None);
    }
}
