//! Reads what Java says of an exception: causes, messages, the stack.

use super::pattern;
use crate::run::traceback::last_said;

/// An exception of Java, one of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause<'a> {
    /// Its class, with its package.
    pub class: &'a str,
    /// Its message, of several lines where it has them; may be empty.
    pub message: &'a str,
}

/// The most causes of a chain that are looked at.
const MOST: usize = 64;

impl<'a> Cause<'a> {
    /// Returns its class without the package.
    pub fn name(&self) -> &'a str {
        self.class.rsplit(['.', '$']).next().unwrap_or(self.class)
    }

    /// Returns what it says in the end: of a failed job why its last task failed, of a Python function on a worker what
    /// that raised. As one line.
    pub fn said(&self) -> &'a str {
        if let Some(raised) = last_said(self.message) {
            return raised.trim();
        }
        let task =
            pattern::find("most recent failure: Lost task {task:w} in stage {stage:w} (TID {id}: {why}", self.message);
        let line = match task.as_deref().and_then(<[_]>::last) {
            Some((_, why)) => why,
            None => first_line(self.message),
        };
        line.trim()
    }
}

/// Returns the exceptions that a text tells of, the outermost first.
pub fn causes(text: &str) -> Vec<Cause<'_>> {
    let mut causes = Vec::new();
    let mut open: Option<(&str, usize, usize)> = None;
    let mut end = 0;
    let mut before = "";
    let mut lines = text.split_inclusive('\n');
    let mut at = 0;
    loop {
        let line = lines.next();
        let plain = line.unwrap_or_default().trim_end_matches(['\n', '\r']);
        let header = line.and_then(|_| header(plain, before));
        let ends = line.is_none() || header.is_some() || is_frame(plain) || is_heading(plain);
        if ends && let Some((class, start, _)) = open.take() {
            causes.push(Cause { class, message: text[start..end.max(start)].trim() });
        }
        let Some(line) = line else { break };
        if let Some((class, message)) = header {
            if causes.len() >= MOST {
                // The last of a long chain tells most.
                causes.remove(MOST / 2);
            }
            open = Some((class, at + (plain.len() - message.len()), at));
        }
        at += line.len();
        end = at;
        before = plain;
    }
    causes
}

/// Reads the line that tells of an exception: its class, and the beginning of its message.
fn header<'a>(line: &'a str, before: &str) -> Option<(&'a str, &'a str)> {
    // py4j: behind a colon, below the call. Spark Connect: in parentheses. A captured stack: below its heading.
    let rest = if let Some(rest) = line.trim_start().strip_prefix("Caused by: ") {
        rest
    } else if before.contains("An error occurred while calling ") {
        line.strip_prefix(": ")?
    } else if before.trim() == "JVM stacktrace:" {
        line
    } else {
        let (class, message) = line.strip_prefix('(')?.split_once(") ")?;
        return is_class(class).then_some((class, message));
    };
    let (class, message) = match rest.split_once(": ") {
        Some((class, message)) => (class, message),
        None => (rest.trim_end().trim_end_matches(':'), ""),
    };
    is_class(class).then_some((class, message))
}

fn is_class(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '$');
    text.contains('.')
        && text.len() < 300
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(word)
}

/// Returns whether a line is one of Java's stack: `at package.Class.method(File.java:1)`, `... 12 more`.
pub fn is_frame(line: &str) -> bool {
    // It is indented: a sentence that begins with "at" is not.
    if !line.starts_with([' ', '\t']) {
        return false;
    }
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("... ") {
        let mut words = rest.split(' ');
        let count = words.next().is_some_and(|count| !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()));
        return count && matches!(words.next(), Some("more" | "elided")) && words.next().is_none();
    }
    let Some((name, place)) = line.strip_prefix("at ").and_then(|rest| rest.split_once('(')) else { return false };
    let named = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '$' | '/' | '<' | '>' | '@' | '-');
    let Some(place) = place.strip_suffix(')') else { return false };
    let source = |place: &str| {
        let name = place.split_once(':').map_or(place, |(name, _)| name);
        matches!(name, "Unknown Source" | "Native Method") || name.ends_with(".java") || name.ends_with(".scala")
    };
    !name.is_empty() && name.contains('.') && name.chars().all(named) && source(place)
}

/// Returns whether a line stands above a stack.
pub(super) fn is_heading(line: &str) -> bool {
    let line = line.trim();
    matches!(line, "Driver stacktrace:" | "JVM stacktrace:") || line.starts_with("Suppressed: ")
}

/// Returns the first line of a text that says anything.
pub(super) fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: &str = "An error occurred while calling o68.showString.\n\
        : org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 1.0 failed 4 times, most recent \
        failure: Lost task 0.3 in stage 1.0 (TID 7) (172.31.5.6 executor 1): java.lang.ArithmeticException: / by zero\n\
        \tat org.apache.spark.sql.catalyst.Gen$1.next(Unknown Source)\n\tat java.base/java.lang.Thread.run(Thread.java:829)\n\n\
        Driver stacktrace:\n\tat org.apache.spark.scheduler.DAG.$anonfun$abort$2(DAG.scala:2863)\n\
        Caused by: java.lang.ArithmeticException: / by zero\n\tat x.Y.z(Y.java:1)\n\t... 1 more\n";

    #[test]
    fn a_chain_is_read_from_the_outside() {
        let causes = causes(FAILED);
        let names: Vec<(&str, &str)> = causes.iter().map(|cause| (cause.name(), cause.said())).collect();
        assert_eq!(
            names,
            [("SparkException", "java.lang.ArithmeticException: / by zero"), ("ArithmeticException", "/ by zero"),]
        );
    }

    #[test]
    fn python_on_a_worker_says_what_it_raised() {
        let text = "An error occurred while calling o1.collect.\n: org.apache.spark.SparkException: Job aborted\n\tat a.B.c(B.scala:2)\n\
            Caused by: org.apache.spark.api.python.PythonException: Traceback (most recent call last):\n  File \"worker.py\", line 6, in main\n    f()\nValueError: no number\n\n\tat a.B.c(B.scala:2)\n";
        let causes = causes(text);
        assert_eq!((causes.len(), causes[1].name(), causes[1].said()), (2, "PythonException", "ValueError: no number"));
    }

    #[test]
    fn other_ways_to_tell_are_read() {
        let read =
            |text| causes(text).iter().map(|cause| format!("{}|{}", cause.class, cause.message)).collect::<Vec<_>>();
        assert_eq!(read("(java.lang.IllegalStateException) bad\nmore"), ["java.lang.IllegalStateException|bad\nmore"]);
        assert_eq!(
            read("x\n\nJVM stacktrace:\norg.apache.spark.Bad: why\n\tat a.B.c(B.java)"),
            ["org.apache.spark.Bad|why"]
        );
        assert_eq!(
            read("Caused by: java.lang.NullPointerException\n\tat a.B.c(B.java:1)"),
            ["java.lang.NullPointerException|"]
        );
        for text in ["", "ValueError: x", "(see above) more", "Caused by: the rain", ": a.b: c", "(1.5) x"] {
            assert_eq!(read(text), [""; 0], "{text:?}");
        }
    }

    #[test]
    fn lines_of_a_stack_are_told_from_text() {
        for line in [
            "\tat a.B.c(B.java:1)",
            "  at a.B.<init>(Unknown Source)",
            "\t... 12 more",
            "  ... 40 elided",
            "\tat java.base/java.lang.Thread.run(Thread.java:829)",
            "\tat sun.x.invoke0(Native Method)",
            "\tat a.B$.$anonfun$c$1(B.scala:1)",
        ] {
            assert!(is_frame(line), "{line}");
        }
        for line in [
            "at a.B.c(B.java:1)",
            "\tat home (today)",
            "  File \"x.java\", line 1",
            "\t... and more",
            "  ... ",
            "\tat <console>:1",
            "  at .f(<console>:23)",
            "\tat noon(x.java:1)",
        ] {
            assert!(!is_frame(line), "{line}");
        }
    }
}
