//! Findings, for people.

use super::{Fix, Report, Status};

/// The most characters of a line of a document: editors do not wrap lines of a text.
const WIDTH: usize = 80;
/// What stands in front of the further lines of a finding, as wide as its status.
const INDENT: &str = "        ";

impl Report {
    /// Returns each check on a line, with what to paste below it, and a line of totals; with `colour` for a terminal.
    pub fn text(&self, colour: bool) -> String {
        text(self, colour)
    }

    /// Returns the same without colours, for a document: findings are broken into lines, what is to be pasted is not.
    pub fn document(&self) -> String {
        let text = text(self, false);
        text.lines().flat_map(broken).map(|line| line + "\n").collect()
    }
}

/// Breaks a line at blanks; one that begins with blanks is to be pasted, and stays.
fn broken(line: &str) -> Vec<String> {
    if line.starts_with(' ') {
        return vec![line.to_owned()];
    }
    let (mut lines, mut last, mut width) = (Vec::new(), String::new(), 0);
    for word in line.split_inclusive(' ') {
        let long = word.trim_end().chars().count();
        if width > INDENT.len() && width + long > WIDTH {
            lines.push(last.trim_end().to_owned());
            last = INDENT.to_owned();
            width = INDENT.len();
        }
        last.push_str(word);
        width += word.chars().count();
    }
    lines.push(last.trim_end().to_owned());
    lines
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

    #[test]
    fn a_document_has_no_long_lines_but_those_to_paste() {
        let (long, command) = ("words and ".repeat(30), "paste ".repeat(40).trim_end().to_owned());
        let checks = vec![Check::ok("a", "A", "well"), Check::failed("b", "B", &long).command(&command)];
        let report = Report { checks };
        let text = report.document();
        let (pasted, said): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.contains('$'));
        assert_eq!(pasted, [format!("          $ {command}")]);
        assert!(said.iter().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.starts_with("ok      A: well\nfailed  B: words"), "{text}");
        assert!(said[2].starts_with("        words") || said[2].starts_with("        and"), "{text}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&text), words(&report.text(false)));
    }
}
