//! What cells print is shown while they run.

use super::notebook;
use super::program::{Home, Running, python, wait_until};
use super::terminal::{screen, terminal};

const RUN: [&str; 4] = ["run", "--local", "--python", "PYTHON"];

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    RUN.iter()
        .map(|argument| if *argument == "PYTHON" { python() } else { *argument })
        .chain(more.iter().copied())
        .collect()
}

/// Python that waits until a file is there, which a test makes.
fn wait_for(home: &Home, name: &str) -> String {
    format!(
        "import os, time\nwhile not os.path.exists({:?}): time.sleep(0.01)\n",
        home.file(name).display().to_string()
    )
}

fn go_on(home: &Home, name: &str) {
    std::fs::write(home.file(name), "").unwrap();
}

/// A notebook whose cell prints, waits and prints again.
fn home(code: impl FnOnce(&Home) -> String) -> Home {
    let files: [(&str, &str); 0] = [];
    let home = Home::new(&files);
    let cell = code(&home);
    std::fs::write(home.file("a.ipynb"), notebook(&[&cell, "print('next')"])).unwrap();
    home
}

#[test]
fn lines_come_at_once_and_a_file_has_them_in_order() {
    let home = home(|home| {
        format!(
            "import sys\nprint('one')\nprint('half', end='')\n{}print('warned', file=sys.stderr)\n{}print(' two')\n\
             print('0%\\r50%', end='')\n{}print('\\r100%')\n'value'",
            wait_for(home, "warn"),
            wait_for(home, "go"),
            wait_for(home, "on")
        )
    });
    let running = home.start(&arguments(&["a.ipynb", "--output", "out.ipynb"]));
    running.hear_stdout("one\n");
    go_on(&home, "warn");
    running.hear_stdout("one\nwarned\n");
    go_on(&home, "go");
    running.hear_stdout("one\nwarned\nhalf two\n");
    go_on(&home, "on");
    let ran = running.end();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "one\nwarned\nhalf two\n100%\n'value'\nnext\n"), "{ran:?}");
    let kept = home.notebook("out.ipynb")["cells"][0]["outputs"].clone();
    let text = |index: usize| match &kept[index]["text"] {
        serde_json::Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap()).collect::<String>(),
        text => text.as_str().unwrap().to_owned(),
    };
    assert_eq!((text(0), text(1)), ("one\nhalf two\n0%\r50%\r100%\n".to_owned(), "warned\n".to_owned()), "{kept}");
    assert_eq!(
        (&kept[1]["name"], &kept[2]["output_type"], kept.as_array().unwrap().len()),
        (&"stderr".into(), &"display_data".into(), 3)
    );
}

#[test]
fn an_error_comes_behind_what_was_printed() {
    let home = home(|home| format!("print('one')\nprint('half', end='')\n{}1/0", wait_for(home, "go")));
    let running = home.start(&arguments(&["a.ipynb", "--in-place"]));
    running.hear_stdout("one\n");
    go_on(&home, "go");
    let ran = running.end();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.starts_with("one\nhalf\n") && ran.stdout.matches("half").count() == 1, "{ran:?}");
    assert!(ran.stdout.contains("ZeroDivisionError"), "{ran:?}");
    let kept = home.notebook("a.ipynb")["cells"][0]["outputs"].clone();
    assert_eq!((&kept[0]["name"], &kept[1]["output_type"]), (&"stdout".into(), &"error".into()), "{kept}");
}

#[test]
fn much_is_printed_once() {
    let home =
        home(|home| format!("print('begin')\n{}for i in range(500_000): print(i)\nprint('end')", wait_for(home, "go")));
    let running = home.start(&arguments(&["a.ipynb"]));
    running.hear_stdout("begin\n");
    go_on(&home, "go");
    let ran = running.end();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!((ran.code, lines.len()), (Some(0), 500_003));
    assert_eq!((lines[0], lines[500_001], lines[500_002]), ("begin", "end", "next"));
    assert!(lines[1..=500_000].iter().enumerate().all(|(index, line)| line.parse() == Ok(index)));
}

#[test]
fn a_progress_bar_is_in_the_progress_line() {
    let home = home(|home| format!("print('one')\nprint('\\r50%', end='')\n{}print('\\r100%')", wait_for(home, "go")));
    let running = Running::of(terminal(&home, &arguments(&["a.ipynb"])));
    running.hear_stdout("[1/2] cell 0: running, ");
    wait_until("the bar is shown", || running.stdout().contains(" s: 50%"));
    go_on(&home, "go");
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (shown, _) = screen(&ran.stdout);
    assert!(shown.contains("── cell 0\none\n100%\n") && !shown.contains("50%"), "{shown}");
}
