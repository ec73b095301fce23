//! What a statement prints while it runs.
//!
//! Nobody says that the service tells of it before the end. Where it does, the streams grow from one answer to the next, and
//! only what is new goes on.

use super::events::RunEvent;
use super::output::{Output, StreamName, streams};
use super::types::Statement;

/// The most bytes of a stream that are told while a statement runs. All of it comes at the end.
pub const LIVE_BYTES: usize = 2 * 1024 * 1024;

/// What was told of a statement's streams.
#[derive(Debug, Default)]
pub(super) struct Printed {
    stdout: String,
    stderr: String,
}

impl Printed {
    /// Returns what an answer about the running statement adds, if anything.
    pub(super) fn news(&mut self, statement: &Statement) -> Option<RunEvent> {
        let (stdout, stderr) = streams(statement);
        let (stdout, stderr) = (beginning(&stdout), beginning(stderr));
        let replace = !(grows(&self.stdout, stdout) && grows(&self.stderr, stderr));
        if replace {
            *self = Self::default();
        }
        let mut pieces = Vec::new();
        for (name, told, now) in
            [(StreamName::Stdout, &mut self.stdout, stdout), (StreamName::Stderr, &mut self.stderr, stderr)]
        {
            // An answer that is behind the times adds nothing.
            if let Some(text) = now.strip_prefix(told.as_str()).filter(|text| !text.is_empty()) {
                pieces.push(Output::Stream { name, text: text.to_owned() });
                // A long text is copied once, not with each answer.
                told.push_str(text);
            }
        }
        (replace || !pieces.is_empty()).then_some(RunEvent::Printed { pieces, replace })
    }
}

/// Whether a text is an earlier or later state of one that only grows.
fn grows(told: &str, now: &str) -> bool {
    now.starts_with(told) || told.starts_with(now)
}

fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(LIVE_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{StatementData, StatementId, StatementOutput, StatementState};

    fn running(stdout: &str, stderr: &str) -> Statement {
        let data = StatementData {
            text_plain: Some("said once more".to_owned()),
            mime_type: Some("text/plain".to_owned()),
            result: Some(String::new()),
            std_out: Some(stdout.to_owned()),
            std_err: Some(stderr.to_owned()),
        };
        let output = StatementOutput { data: Some(data), ..StatementOutput::default() };
        let statement = Statement::new(StatementId(1), StatementState::Running);
        Statement { output: Some(output), ..statement }
    }

    fn told(pieces: &[(StreamName, &str)], replace: bool) -> Option<RunEvent> {
        let piece = |(name, text): &(StreamName, &str)| Output::Stream { name: *name, text: (*text).to_owned() };
        Some(RunEvent::Printed { pieces: pieces.iter().map(piece).collect(), replace })
    }

    #[test]
    fn only_what_is_new_is_told() {
        use StreamName::{Stderr, Stdout};
        let mut printed = Printed::default();
        assert_eq!(printed.news(&Statement::new(StatementId(1), StatementState::Running)), None);
        assert_eq!(printed.news(&running("", "")), None);
        assert_eq!(printed.news(&running("a", "")), told(&[(Stdout, "a")], false));
        assert_eq!(printed.news(&running("a", "")), None);
        assert_eq!(printed.news(&running("aß\nb", "x")), told(&[(Stdout, "ß\nb"), (Stderr, "x")], false));
        // Answers of before.
        assert_eq!(printed.news(&running("a", "")), None);
        assert_eq!(printed.news(&Statement::new(StatementId(1), StatementState::Running)), None);
        assert_eq!(printed.news(&running("aß", "xy")), told(&[(Stderr, "y")], false));
        assert_eq!(printed.news(&running("aß\nbc", "xy")), told(&[(Stdout, "c")], false));
    }

    #[test]
    fn what_is_no_longer_so_is_replaced() {
        use StreamName::{Stderr, Stdout};
        let mut printed = Printed::default();
        printed.news(&running("a", "x"));
        assert_eq!(printed.news(&running("b", "xy")), told(&[(Stdout, "b"), (Stderr, "xy")], true));
        assert_eq!(printed.news(&running("bc", "xy")), told(&[(Stdout, "c")], false));
    }

    #[test]
    fn a_text_alone_is_standard_output() {
        let mut statement = running("", "");
        let data = StatementData { text_plain: Some("a".to_owned()), ..StatementData::default() };
        statement.output = Some(StatementOutput { data: Some(data), ..StatementOutput::default() });
        assert_eq!(Printed::default().news(&statement), told(&[(StreamName::Stdout, "a")], false));
        // What lies elsewhere is not there yet.
        let mut elsewhere = running("s3://bucket/out", "");
        elsewhere.output.as_mut().unwrap().data.as_mut().unwrap().mime_type = Some("text/uri-list".to_owned());
        assert_eq!(Printed::default().news(&elsewhere), None);
    }

    #[test]
    fn a_stream_is_told_up_to_its_bound() {
        let mut printed = Printed::default();
        let long = "€".repeat(LIVE_BYTES);
        let Some(RunEvent::Printed { pieces, replace: false }) = printed.news(&running(&long, "")) else { panic!() };
        let [Output::Stream { text, .. }] = &*pieces else { panic!("{}", pieces.len()) };
        assert!(long.starts_with(text.as_str()) && text.len() > LIVE_BYTES - 4 && text.len() <= LIVE_BYTES);
        assert_eq!(printed.news(&running(&format!("{long}more"), "")), None);
    }
}
