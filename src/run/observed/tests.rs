use std::sync::Arc;

use super::failure::wrong;
use super::words::{Said, is_id, read};
use super::*;
use crate::run::explain::Need;
use crate::syntax::{Cell, CellKind};

const ID: &str = "etl-6c7e2f3a-1b2c-4d5e-8f90-123456789abc";

fn model(text: &str) -> CellModel {
    CellModel::new(Arc::new(Cell::whole(CellKind::Code, text)))
}

fn printed(stdout: &str, stderr: &str) -> Shown {
    Shown { stdout: stdout.to_owned(), stderr: stderr.to_owned(), errors: Vec::new() }
}

fn creation(id: &str) -> String {
    format!(
        "Trying to create a Glue session for the kernel.\nSession Type: etl\nIdle Timeout: 60\nSession ID: {id}\n\
         Applying the following default arguments:\n--glue_kernel_version 1.0.9\n\
         Waiting for session {id} to get into ready status...\nSession {id} has been created.\n"
    )
}

fn heard(text: &str, stdout: &str, stderr: &str) -> Vec<Said> {
    let words = read(&model(text), &printed(stdout, stderr), true);
    [words.stdout, words.stderr].concat()
}

fn created(id: &str) -> Vec<Said> {
    vec![Said::Created(id.to_owned()), Said::Ready(id.to_owned())]
}

#[test]
fn a_session_is_known_once_the_kernel_has_said_so_and_not_before() {
    let text = creation(ID);
    assert_eq!(heard("1 + 1", &text, ""), created(ID));
    let banner = format!("Welcome to the Glue Interactive Sessions Kernel\nFor more information…\n\n{text}2\n");
    assert_eq!(heard("1 + 1", &banner, ""), [vec![Said::Started], created(ID)].concat());
    // Nothing is taken from a line that has not come to its end.
    for (at, _) in text.char_indices() {
        let early = read(&model("1 + 1"), &printed(&text[..at], ""), false).stdout;
        assert!(created(ID).starts_with(&early), "{early:?}");
        assert!(text[..at].contains("ready status...\n") || early.is_empty(), "{early:?} of {:?}", &text[..at]);
    }
    // Refused: an id was asked for, and there is no session of it.
    let asked = text.split_once("Waiting").unwrap().0;
    assert_eq!(
        heard("1 + 1", asked, "Exception encountered while creating session: no \n"),
        [Said::NotCreated("no".into())]
    );
}

#[test]
fn what_the_code_of_a_cell_prints_is_no_word_of_the_kernel() {
    let other = creation("somebody-elses");
    for (cell, stdout) in [
        // It has no code, so nothing is created.
        ("%region eu-west-1", other.clone()),
        // It has no such magics.
        ("print(x)", "Current active Session ID: a\nStopping session: a\nSwitched to Session: a.\n".to_owned()),
        ("print(x)", "Session ID: a\nStatus: READY\nThere is no current session.\n".to_owned()),
        ("print(x)", "Session a has been created.\nWaiting for session a to get into ready status...\n".to_owned()),
        // The answer is not what was asked for.
        ("print(x)", creation("a").replace("Session ID: a", "Session ID: b")),
        ("print(x)", creation("a").replace("Session ID: a\n", "")),
        ("print(x)", "hello\nWelcome to the Glue Interactive Sessions Kernel\n".to_owned()),
        ("%reconnect a", "Switched to Session: b.\n".to_owned()),
    ] {
        assert_eq!(heard(cell, &stdout, ""), [], "{cell}: {stdout}");
    }
    // Behind the kernel's own words all is the code's.
    assert_eq!(heard("print(x)", &format!("{}{other}", creation(ID)), ""), created(ID));
    let twice = "Current active Session ID: a\nCurrent active Session ID: b\n";
    assert_eq!(heard("%session_id\nprint(x)", twice, ""), [Said::Has("a".into(), None)]);
    assert_eq!(heard("x", "", "session_id=a has reached TIMEOUT status. \nhello\n"), []);
    assert_eq!(heard("x", "", "Session failed to reach READY instead reaching terminal state FAILED.\n"), []);
}

#[test]
fn ids_that_no_session_has_are_passed_over() {
    for bad in ["", "a b", "a\u{1b}[31m", "é", "`id`", "a\"b", "$(x)", "a;b", &"x".repeat(256)] {
        assert!(!is_id(bad), "{bad}");
        assert_eq!(heard("x", &creation(bad), ""), if bad.contains('\u{1b}') { created("a") } else { vec![] }, "{bad}");
    }
    assert!(is_id(ID) && is_id("my/prefix-#1_2.3") && is_id(&"x".repeat(255)));
}

#[test]
fn magics_have_the_kernel_tell_of_its_session() {
    let status = "Session ID: a\nStatus: READY\nRole: r\nCreatedOn: 2026-01-01\n";
    assert_eq!(heard("%status", status, ""), [Said::Has("a".into(), Some("READY".into()))]);
    assert_eq!(heard("%session_id", "Current active Session ID: a\n", ""), [Said::Has("a".into(), None)]);
    let switch =
        "Trying to switch to Session: a\n\u{1b}[33m\u{1b}[1mNOTE: Switching…\u{1b}[0m\nSwitched to Session: a.\n";
    assert_eq!(heard("%reconnect a", switch, ""), [Said::Switched("a".into())]);
    assert_eq!(heard("%reconnect a", "Session: a is already active.\n", ""), [Said::Has("a".into(), None)]);
    let stopped = "Stopping session: a\nStopped session.\n";
    assert_eq!(heard("%stop_session", stopped, ""), [Said::Over(Some("a".into()), "STOPPED".into())]);
    assert_eq!(heard("%stop_session", "There is no current session.\n", ""), [Said::HasNone]);
    let failed = "Exception encountered while stopping session a: An error occurred \nTraceback…\n";
    assert_eq!(
        heard("%stop_session", stopped, failed),
        [Said::Over(Some("a".into()), "STOPPED".into()), Said::NotStopped("a".into())]
    );
    // One is stopped, another one comes.
    let both = format!("{stopped}{}", creation(ID));
    assert_eq!(
        heard("%stop_session\nx = 1", &both, ""),
        [vec![Said::Over(Some("a".into()), "STOPPED".into())], created(ID)].concat()
    );
}

#[test]
fn sessions_end_by_themselves() {
    let timeout =
        "session_id=a has reached TIMEOUT status. \nPlease re-run the same cell to restart the session. You may\n";
    assert_eq!(heard("x", "", timeout), [Said::Over(Some("a".into()), "TIMEOUT".into())]);
    let begun = creation(ID).split_once("Session etl").unwrap().0.to_owned();
    assert_eq!(
        heard("x", &begun, "Session failed to reach READY instead reaching terminal state FAILED.\n"),
        [Said::Created(ID.into()), Said::Over(None, "FAILED".into())]
    );
}

/// Returns the failure's code, its line and what is marked, and what is wrong elsewhere.
fn found(text: &str, shown: &Shown, failed: bool) -> (Option<(String, usize, String)>, Option<String>) {
    let model = model(text);
    let words = read(&model, shown, true);
    let key = CellKey::Uri("c".to_owned());
    let found = wrong((&key, &model), shown, &words, failed, None);
    let failure = found.failure.map(|failure| {
        let line = text[..failure.range.start].matches('\n').count();
        (failure.name, line, text[failure.range].to_owned())
    });
    (failure, found.elsewhere)
}

fn at(name: &str, line: usize, marked: &str) -> (Option<(String, usize, String)>, Option<String>) {
    (Some((name.to_owned(), line, marked.to_owned())), None)
}

#[test]
fn an_exception_that_the_kernel_prints_without_its_traceback_stands_where_its_text_points() {
    for (cell, stdout, expected) in [
        ("x = 1\ny = nope + x", "NameError: name 'nope' is not defined\n", at("NameError", 1, "nope")),
        ("# nope\ny = nope\nz = nope", "NameError: name 'nope' is not defined\n", at("NameError", 1, "y = nope")),
        ("x = 1\nx.foo()", "AttributeError: 'int' object has no attribute 'foo'\n", at("AttributeError", 1, "foo")),
        ("a = 1\nimport b.c", "ModuleNotFoundError: No module named 'b.c'\n", at("ModuleNotFoundError", 1, "b")),
        ("x = 1\nif x = 2:\n  3", "SyntaxError: invalid syntax (<stdin>, line 2)\n", at("SyntaxError", 1, "if x = 2:")),
        (
            "%status\n1 / 0",
            "Status: READY\nTimeout: 60\nZeroDivisionError: division by zero\n",
            at("ZeroDivisionError", 1, "1 / 0"),
        ),
        ("f()", "Oops: it\ndid not work\n", at("Oops", 0, "f()")),
    ] {
        assert_eq!(found(cell, &printed(stdout, ""), true), expected, "{cell}");
        // A cell that ran well may print whatever it likes.
        assert_eq!(found(cell, &printed(stdout, ""), false), (None, None), "{cell}");
    }
    assert_eq!(found("x", &printed("nothing of use\n", ""), true), (None, None));
    assert_eq!(found("x", &printed("KeyboardInterrupt: \n", ""), true), (None, None));
    let behind = format!("{}ValueError: x\n", creation(ID));
    assert_eq!(found("f()", &printed(&behind, ""), true), at("ValueError", 0, "f()"));
}

#[test]
fn an_exception_with_its_traceback_stands_on_its_line() {
    let error = |traceback: &str| Shown {
        errors: vec![ShownError {
            ename: "ValueError".to_owned(),
            evalue: "x".to_owned(),
            traceback: traceback.split('\n').map(str::to_owned).collect(),
        }],
        ..Shown::default()
    };
    let glue = "Traceback (most recent call last):\n  File \"<stdin>\", line 2, in <module>\nValueError: x";
    assert_eq!(found("%region x\na = 1\nf(a)\nb = 2", &error(glue), false), at("ValueError", 2, "f(a)"));
    let magic = "\u{1b}[0;31mValueError\u{1b}[0m Traceback (most recent call last)\nCell \u{1b}[0;32mIn[1], line 1\u{1b}[0m\n\
                 ----> 1 get_ipython()\u{1b}[38;5;241m.\u{1b}[39mrun_line_magic('idle_timeout', 'sixty')";
    assert_eq!(
        found("%region x\n%idle_timeout sixty\nf()", &error(magic), false),
        at("ValueError", 1, "idle_timeout sixty")
    );
}

#[test]
fn refusals_are_explained_as_those_of_our_own_sessions() {
    let refused = |code: &str, message: &str| {
        let said = format!("An error occurred ({code}) when calling the CreateSession operation: {message}");
        printed(
            creation(ID).split_once("Waiting").unwrap().0,
            &format!(
                "Following exception encountered while creating session: {said} \n\nError message: {message} \n\n\
                 Traceback (most recent call last):\n  File \"k.py\", line 1\nbotocore.errorfactory.X: {said}\n\
                 Exception encountered while creating session: {said} \n"
            ),
        )
    };
    let deny = "User: arn:aws:sts::111122223333:assumed-role/Dev/me is not authorized to perform: glue:CreateSession on \
                resource: arn:aws:glue:eu-west-1:111122223333:session/x with an explicit deny in an identity-based policy";
    let denied = refused("AccessDeniedException", deny);
    assert_eq!(found("x = 1", &denied, false), at("vpc-required", 0, "x = 1"));
    let cell = model("x = 1");
    let key = CellKey::Uri("c".to_owned());
    let failure = wrong((&key, &cell), &denied, &read(&cell, &denied, true), false, None).failure.unwrap();
    assert_eq!(failure.explanation.unwrap().change.unwrap().need, Need::InVpc);
    let role = refused("InvalidInputException", "Role arn:aws:iam::1:role/No does not exist");
    assert_eq!(found("x = 1", &role, false), at("invalid-role", 0, "x = 1"));
    let connection = refused("EntityNotFoundException", "Connection nowhere not found");
    assert_eq!(found("x = 1", &connection, false), at("connection-not-found", 0, "x = 1"));
    // What is wrong elsewhere is no mistake in the cell.
    let (none, elsewhere) =
        found("x", &refused("ResourceNumberLimitExceededException", "Max concurrent sessions reached"), false);
    assert!(none.is_none() && elsewhere.unwrap().contains("What to do"));
    // The kernel swallows it, and says something else in the end.
    let given_up = printed(
        creation(ID).split_once("Waiting").unwrap().0,
        "Exception encountered while creating session: Error while creating session \n",
    );
    let (none, elsewhere) = found("x", &given_up, false);
    assert!(none.is_none() && elsewhere.unwrap().starts_with("The kernel has given up creating the session"));
    let statement =
        "User: arn:aws:iam::1:user/me is not authorized to perform: glue:RunStatement on resource: arn:aws:x";
    let (none, elsewhere) = found("x", &printed("", &format!("{statement}\n")), false);
    assert!(none.is_none() && elsewhere.unwrap().contains("glue:RunStatement"));
    assert_eq!(found("x", &printed("", "a warning\n"), false), (None, None));
}

#[test]
fn who_makes_the_session_is_what_the_cells_that_ran_say() {
    let environment = Environment { profiles_complete: false, ..Environment::default() };
    let mut kernel = OtherKernel::new(Arc::new(environment), Kernel::PySpark);
    let mine = Who { profile: Some("mine".to_owned()), region: Some("eu-west-1".to_owned()) };
    assert_eq!((kernel.identity(&mine).profile.as_deref(), kernel.is_of_document(Some("mine"))), (Some("mine"), false));
    kernel.ran(0, &model("%region US-EAST-1\n%number_of_workers 3"));
    assert_eq!((kernel.identity(&mine).region.as_deref(), kernel.is_of_document(None)), (Some("us-east-1"), false));
    kernel.ran(1, &model("%profile mine"));
    assert!(!kernel.is_of_document(Some("mine")) && kernel.is_of_document(None));
    kernel.ran(2, &model("%region x.evil.example/"));
    assert!(kernel.is_of_document(Some("mine")));
    kernel.restarted();
    assert!(!kernel.is_of_document(None));
    kernel.ran(0, &model("%%assume_role\n'arn:aws:iam::1:role/Other'"));
    assert!(matches!(kernel.identity(&mine).access, Access::Role { .. }) && kernel.is_of_document(None));
}

proptest::proptest! {
    #[test]
    fn nothing_that_is_shown_ends_in_a_panic(stdout in "\\PC{0,80}(\nSession ID: \\PC{0,10}\n|\n)\\PC*", stderr in "(An error occurred \\(\\PC{0,5}\\) when calling the \\PC*|session_id=\\PC*|\\PC*)", failed: bool) {
        for text in ["%status\n%stop_session\n%reconnect é\nx = 'é'", "%%sql\nselect é", ""] {
            let shown = printed(&format!("Trying to create a Glue session for the kernel.\n{stdout}"), &stderr);
            let _ = found(text, &shown, failed);
            let _ = found(text, &printed(&stdout, &stderr), failed);
        }
    }
}
