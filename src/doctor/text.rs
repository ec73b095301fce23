//! Findings, for people.

use super::{Fix, Report, Status};

impl Report {
    /// Returns each check on a line, with what to paste below it, and a line of totals; with `colour` for a terminal.
    pub fn text(&self, colour: bool) -> String {
        text(self, colour)
    }
}

fn text(report: &Report, colour: bool) -> String {
    let mut text = String::new();
    for check in &report.checks {
        let (on, off) = match (colour, check.status) {
            (false, _) => ("", ""),
            (true, Status::Ok) => ("\u{1b}[32m", "\u{1b}[0m"),
            (true, Status::Warning) => ("\u{1b}[33m", "\u{1b}[0m"),
            (true, Status::Failed) => ("\u{1b}[31m", "\u{1b}[0m"),
        };
        let status = check.status.as_str();
        text.push_str(&format!("{on}{status:<7}{off} {}: {}\n", check.title, check.message));
        for fix in &check.fixes {
            match fix {
                Fix::Command(command) => {
                    text.push_str(&format!("          $ {}\n", command.replace(char::is_control, " ")))
                }
                Fix::Policy(policy) => {
                    let pretty = serde_json::to_string_pretty(policy).unwrap_or_default();
                    text.extend(pretty.lines().map(|line| format!("          {line}\n")));
                }
            }
        }
    }
    let count = |status| report.checks.iter().filter(|check| check.status == status).count();
    let (ok, warnings, failed) = (count(Status::Ok), count(Status::Warning), count(Status::Failed));
    let plural = if warnings == 1 { "" } else { "s" };
    text.push_str(&format!("\n{ok} ok, {warnings} warning{plural}, {failed} failed\n"));
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::Check;

    #[test]
    fn each_finding_is_a_line_with_its_fixes_below() {
        let checks = vec![
            Check::ok("a", "A", "well"),
            Check::failed("b", "B", "no.").command("mend it").fix(Fix::Policy(json!({"Version": "1"}))),
        ];
        let report = Report { checks };
        assert_eq!(
            text(&report, false),
            "ok      A: well\nfailed  B: no.\n          $ mend it\n          {\n            \"Version\": \"1\"\n          \
             }\n\n1 ok, 0 warnings, 1 failed\n"
        );
        assert!(text(&report, true).starts_with("\u{1b}[32mok     \u{1b}[0m A: well\n"));
    }
}
