//! What an examination has found.

use serde_json::{Value as Json, json};

/// Number of the format of [`Report::json`].
const SCHEMA: u32 = 1;

/// The most characters of a message. Texts of services are bounded too, but several of them may meet.
const LONGEST: usize = 4_000;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It is as it should be.
    Ok,
    /// It may be a hindrance, or it could not be found out.
    Warning,
    /// Something will not work.
    Failed,
}

impl Status {
    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Failed => "failed",
        }
    }
}

/// Something to paste.
#[derive(Debug, Clone, PartialEq)]
pub enum Fix {
    /// A command for a shell.
    Command(String),
    /// A policy of IAM, as a whole.
    Policy(Json),
}

/// What one check has found.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Its stable name, in kebab case.
    pub id: &'static str,
    /// What it is about, in a few words.
    pub title: String,
    /// How it ended.
    pub status: Status,
    /// What was found, and what to do, in sentences.
    pub message: String,
    /// What to paste to mend it, in order.
    pub fixes: Vec<Fix>,
}

impl Check {
    fn new(id: &'static str, title: &str, status: Status, message: impl Into<String>) -> Check {
        let message: String = message.into();
        // What a service or a file has said may hold anything, and the text goes to a terminal.
        let tidy = |c: char| if c.is_control() { ' ' } else { c };
        let message = message.chars().take(LONGEST).map(tidy).collect();
        Check { id, title: title.to_owned(), status, message, fixes: Vec::new() }
    }

    /// Makes a check that found all well.
    pub fn ok(id: &'static str, title: &str, message: impl Into<String>) -> Check {
        Check::new(id, title, Status::Ok, message)
    }

    /// Makes a check that found something that may be a hindrance.
    pub fn warning(id: &'static str, title: &str, message: impl Into<String>) -> Check {
        Check::new(id, title, Status::Warning, message)
    }

    /// Makes a check that could not find out; `why` is a sentence.
    pub fn unknown(id: &'static str, title: &str, why: &str) -> Check {
        Check::new(id, title, Status::Warning, format!("unknown: {why}"))
    }

    /// Makes a check that found what will not work.
    pub fn failed(id: &'static str, title: &str, message: impl Into<String>) -> Check {
        Check::new(id, title, Status::Failed, message)
    }

    /// Returns whether it found anything that may be a hindrance, or could not be found out.
    pub(super) fn is_alarm(&self) -> bool {
        self.status != Status::Ok
    }

    /// Returns it with one more thing to paste.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Check {
        self.fixes.push(fix);
        self
    }

    /// Returns it with more to paste.
    #[must_use]
    pub fn fixes(mut self, fixes: impl IntoIterator<Item = Fix>) -> Check {
        self.fixes.extend(fixes);
        self
    }

    /// Returns it with a command to paste.
    #[must_use]
    pub fn command(self, command: impl Into<String>) -> Check {
        self.fix(Fix::Command(command.into()))
    }
}

/// All that was found, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// The checks.
    pub checks: Vec<Check>,
}

impl Report {
    /// Returns the worst end of a check.
    pub fn worst(&self) -> Status {
        self.checks.iter().map(|check| check.status).max().unwrap_or(Status::Ok)
    }

    /// Returns it as JSON, in the format that `docs/doctor.md` tells.
    pub fn json(&self) -> Json {
        let fix = |fix: &Fix| match fix {
            Fix::Command(command) => json!({ "command": command }),
            Fix::Policy(policy) => json!({ "policy": policy }),
        };
        let checks = self.checks.iter().map(|check| {
            json!({
                "id": check.id,
                "title": check.title,
                "status": check.status.as_str(),
                "message": check.message,
                "fixes": check.fixes.iter().map(fix).collect::<Vec<_>>(),
            })
        });
        json!({ "schema": SCHEMA, "checks": checks.collect::<Vec<_>>() })
    }
}

/// Returns a text as one word of a POSIX shell.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quoted("arn:aws:iam::1:role/a"), "arn:aws:iam::1:role/a");
        assert_eq!(quoted("{\"a\": 1}"), "'{\"a\": 1}'");
        assert_eq!(quoted("it's; rm"), r"'it'\''s; rm'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn a_report_is_as_bad_as_its_worst_check() {
        let mut report = Report::default();
        assert_eq!(report.worst(), Status::Ok);
        report.checks.push(Check::unknown("b", "B", "nobody said\u{1b}[2J"));
        assert_eq!(report.worst(), Status::Warning);
        report.checks.push(Check::failed("c", "C", "no").command("do it").fix(Fix::Policy(json!({}))));
        assert_eq!(report.worst(), Status::Failed);
        assert_eq!(
            report.json(),
            json!({"schema": 1, "checks": [
                {"id": "b", "title": "B", "status": "warning", "message": "unknown: nobody said [2J", "fixes": []},
                {"id": "c", "title": "C", "status": "failed", "message": "no",
                 "fixes": [{"command": "do it"}, {"policy": {}}]},
            ]})
        );
    }
}
