//! Output that is large, binary, or comes from somewhere else.

use glue_ls::session::Outcome;

use super::{Local, run, value};

#[tokio::test]
async fn two_hundred_megabytes_are_cut_and_it_is_said() {
    let local = Local::new();
    let session = local.session("s").await;
    let ran = run(&session, "line = 'x' * 999_999\nfor _ in range(200): print(line)\n'done'").await;
    assert_eq!(ran.end.outcome, Outcome::Ok, "{:?}", ran.end);
    let stdout = ran.stdout();
    assert!(stdout.len() < 9 * 1024 * 1024, "{}", stdout.len());
    let end = &stdout[stdout.len() - 200..];
    assert!(end.contains("the output is cut here") && end.contains("write large output to a file"), "{end}");
    assert_eq!(ran.shown("text/plain").as_deref(), Some("'done'"));
    assert_eq!(value(&session, "1").await, "1");
}

#[tokio::test]
async fn what_takes_many_bytes_in_an_answer_arrives_as_well() {
    let local = Local::new();
    let session = local.session("s").await;
    // A NUL takes six bytes in JSON, an invalid byte becomes a character of three.
    let code = "import sys\nsys.stdout.write('\\0' * 8_000_000)\nsys.stderr.buffer.write(b'\\xff' * 8_000_000)\nNone";
    let ran = run(&session, code).await;
    assert_eq!(ran.end.outcome, Outcome::Ok, "{:?}", ran.end);
    assert!(ran.stdout().len() > 2_000_000 && ran.stderr().len() > 2_000_000);
    assert!(ran.stdout().contains("the output is cut here") && ran.stderr().contains("the output is cut here"));
    assert_eq!(value(&session, "1").await, "1");
}

#[tokio::test]
async fn binary_output_is_text_with_replacements() {
    let local = Local::new();
    let session = local.session("s").await;
    let ran = run(&session, "import os\n_ = os.write(1, bytes(range(256)))\nNone").await;
    assert_eq!(ran.end.outcome, Outcome::Ok);
    let stdout = ran.stdout();
    assert!(stdout.starts_with("\u{0}\u{1}") && stdout.contains("abc") && stdout.contains('\u{fffd}'), "{stdout:?}");
    assert_eq!(value(&session, "1").await, "1");
}

#[tokio::test]
async fn a_fork_speaks_but_does_not_answer() {
    let local = Local::new();
    let session = local.session("s").await;
    let code = "import os\npid = os.fork()\nif pid == 0:\n    print('child')\nelse:\n    os.waitpid(pid, 0)\n    print('parent')";
    let ran = run(&session, code).await;
    assert_eq!(ran.end.outcome, Outcome::Ok);
    let stdout = ran.stdout();
    assert!(stdout.contains("child") && stdout.contains("parent"), "{stdout:?}");
    assert_eq!(value(&session, "pid > 0").await, "True");
}

#[tokio::test]
async fn html_and_images_come_in_their_own_type() {
    let local = Local::new();
    let session = local.session("s").await;
    // Things that look like a figure of matplotlib and of Plotly.
    let code = "import sys, types\nfor name in ('matplotlib', 'plotly'): sys.modules.setdefault(name, types.ModuleType(name))\n\
                class Image:\n    def savefig(self, file, format): file.write(b'\\x89PNG')\n\
                class Figure:\n    def to_json(self): return '{\"data\": []}'\n    def to_html(self, **_): return '<div>figure</div>'";
    assert_eq!(run(&session, code).await.end.outcome, Outcome::Ok);
    let ran = run(&session, "print('with text')\n%matplot Image()").await;
    assert_eq!(
        (ran.shown("image/png").as_deref(), ran.stdout().as_str()),
        (Some("iVBORw=="), "with text\n"),
        "{ran:?}"
    );
    let ran = run(&session, "%plotly Figure()").await;
    assert_eq!(ran.shown("text/html").as_deref(), Some("<div>figure</div>"), "{ran:?}");
}
