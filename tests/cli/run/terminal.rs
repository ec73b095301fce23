//! A run on a terminal: a pseudo-terminal that a small Python program opens.

use std::process::Command;

use super::notebook;
use super::program::{Home, Running, glue, python};
use crate::service::{Fault, Faults};

/// Runs its arguments on a terminal of 40 columns and copies what is shown there.
const PTY: &str = r"
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 40, 0, 0))
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

/// Returns what a terminal shows that was sent this, without its colours. Lines are as long as they are: the
/// program has to see to it that none that shall go away is wrapped.
pub(super) fn screen(sent: &str) -> (String, bool) {
    let (mut lines, mut column, mut wraps, mut cut) = (vec![Vec::new()], 0, true, false);
    let mut rest = sent.chars().peekable();
    while let Some(c) = rest.next() {
        let line: &mut Vec<char> = lines.last_mut().unwrap();
        match c {
            '\r' => column = 0,
            '\n' => lines.push(Vec::new()),
            '\u{1b}' => {
                assert_eq!(rest.next(), Some('['), "{sent:?}");
                let mut sequence = String::new();
                for c in rest.by_ref() {
                    sequence.push(c);
                    if c.is_ascii_alphabetic() {
                        break;
                    }
                }
                match &*sequence {
                    "K" => line.truncate(column),
                    "?7l" => wraps = false,
                    "?7h" => wraps = true,
                    colour if colour.ends_with('m') => {}
                    other => panic!("{other:?} in {sent:?}"),
                }
            }
            c => {
                cut |= !wraps;
                line.resize(line.len().max(column + 1), ' ');
                line[column] = c;
                column += 1;
            }
        }
    }
    assert!(wraps, "the terminal is left as it was");
    let lines: Vec<String> =
        lines.into_iter().map(|line| line.into_iter().collect::<String>().trim_end().to_owned()).collect();
    (lines.join("\n"), cut)
}

/// Returns the program on a terminal, of which its stdout is a copy.
pub(super) fn terminal(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(python());
    let program = home.command(arguments.iter().copied());
    command.args(["-c", PTY]).arg(program.get_program()).args(program.get_args()).current_dir(home.path()).env_clear();
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "xterm");
    command
}

fn on_a_terminal(home: &Home, arguments: &[&str]) -> super::program::Ran {
    Running::of(terminal(home, arguments)).end()
}

#[test]
fn a_terminal_shows_progress_and_no_leftovers_of_it() {
    let name = "x".repeat(60);
    let cell = "import time\ntime.sleep(1)\nprint('shown')";
    let failing = "import time\ntime.sleep(0.6)\nraise ValueError('no')";
    let home = Home::new(&[(&format!("{name}.ipynb"), &notebook(&[cell, "'quick'", failing]))]);
    let ran = on_a_terminal(&home, &["run", "--local", "--python", python(), &format!("{name}.ipynb")]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("\r\u{1b}[K") && ran.stdout.contains("[1/3] cell 0: running, "), "{:?}", ran.stdout);
    assert!(ran.stdout.contains("[3/3] cell 2: running, "), "{:?}", ran.stdout);
    assert!(ran.stdout.contains("\u{1b}[31m"), "an error is red: {:?}", ran.stdout);
    let (shown, cut) = screen(&ran.stdout);
    assert!(cut, "a progress line is never wrapped: {:?}", ran.stdout);
    assert!(!shown.contains("/3]") && !shown.contains("running"), "{shown}");
    let order = ["── cell 0", "shown", "── cell 1", "'quick'", "── cell 2", "ValueError: no", "Cell ", "Total"];
    let mut from = 0;
    for said in order {
        from += shown[from..].find(said).unwrap_or_else(|| panic!("{said} is missing or too early in\n{shown}"));
    }
}

#[test]
fn a_terminal_shows_the_start_of_a_session_in_its_progress_line() {
    // The session is asked for at once, and the answer says for a while that it is being made.
    let glue = glue(Faults::none().first("GetSession", 2, Fault::Delay(std::time::Duration::from_secs(1))));
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["%number_of_workers 2", "'value'"]))]);
    let ran = on_a_terminal(&home, &["run", "a.ipynb"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("[2/2] cell 1: starting the session, "), "{:?}", ran.stdout);
    let (shown, _) = screen(&ran.stdout);
    let id = glue.creations()[0]["Id"].as_str().unwrap().to_owned();
    let order = ["── cell 0", "creating the session", &id, "── cell 1", "value", "Cell ", "Total"];
    let mut from = 0;
    for said in order {
        from += shown[from..].find(said).unwrap_or_else(|| panic!("{said} is missing or too early in\n{shown}"));
    }
    assert!(!shown.contains("starting the session") && !shown.contains("/2]") && !shown.contains(" of 2)"), "{shown}");
}

#[test]
fn a_terminal_that_wants_no_colours_gets_none() {
    let home = Home::new(&[("a.ipynb", &notebook(&["1/0"]))]).with("NO_COLOR", "1");
    let ran = on_a_terminal(&home, &["run", "--local", "--python", python(), "a.ipynb"]);
    assert!(ran.stdout.contains("ZeroDivisionError"), "{ran:?}");
    assert!(
        !ran.stdout.split("\u{1b}[").skip(1).any(|rest| rest
            .split(char::is_alphabetic)
            .next()
            .is_some_and(|code| { rest[code.len()..].starts_with('m') })),
        "{:?}",
        ran.stdout
    );
}

#[test]
fn a_terminal_shows_the_cause_and_the_file_keeps_all() {
    let cell = r"class Py4JJavaError(Exception): pass
stack = '\tat a.b.C.d(C.java:7)\n' * 50
raise Py4JJavaError('An error occurred while calling o9.x.\n: org.apache.spark.SparkException: Job aborted.\n' + stack +
    'Caused by: java.lang.OutOfMemoryError: Java heap space\n' + stack)";
    let home = Home::new(&[("a.ipynb", &notebook(&[cell]))]);
    let run = ["run", "--local", "--python", python(), "a.ipynb", "--output", "out.ipynb"];
    let (shown, _) = screen(&on_a_terminal(&home, &run).stdout);
    for said in [
        "Py4JJavaError: OutOfMemoryError: Java heap space",
        "ran out of memory",
        "What to do: ",
        "101 lines of Java's stack are left out; `--full-errors` shows them",
    ] {
        assert!(shown.contains(said), "{said} is missing in\n{shown}");
    }
    assert!(!shown.contains("C.java:7"), "{shown}");
    let kept = home.notebook("out.ipynb")["cells"][0]["outputs"][0].to_string();
    assert_eq!(kept.matches("C.java:7").count(), 200, "the text, and the traceback: {kept}");
    assert!(!kept.contains("glue-ls:"), "the file has what the session said: {kept}");
    // A log keeps all, below the cause, as does who asks for it.
    let piped = home.run(&run).stdout;
    let (asked, _) = screen(&on_a_terminal(&home, &[&run[..], &["--full-errors"]].concat()).stdout);
    for text in [piped, asked] {
        assert!(text.matches("C.java:7").count() == 100 && text.contains("ran out of memory"), "{text}");
    }
}
