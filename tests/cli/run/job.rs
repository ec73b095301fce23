//! Arguments behind `--`, and scripts that are run as jobs.

use serde_json::json;

use super::notebook;
use super::program::{Home, glue};
use crate::service::Faults;

/// Shows the arguments, without the one that the kernel itself adds.
const SHOW: &str = "import sys\nfound = sorted(zip(sys.argv[1::2], sys.argv[2::2]))\n\
                    print([pair for pair in found if pair[0] != '--enable-glue-datacatalog'])";

/// The kernel is named, since nothing in these scripts is of Glue.
fn job<'a>(script: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
    [&[script, "--kernel", "glue_pyspark", "--"], arguments].concat()
}

#[test]
fn a_script_is_run_as_a_job() {
    let script = "import os, sys\n\
                  print(os.path.basename(sys.argv[0]), os.path.basename(__file__), __name__)\n\
                  def main():\n    print('main')\n    return 'nobody sees this'\n\
                  if __name__ == '__main__':\n    main()\n";
    let home = Home::new(&[("sub/job.py", script), ("show.py", SHOW)]);
    let ran = home.local(&job("sub/job.py", &["--day", "1", "--where=a=b"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "job.py job.py __main__\nmain\n"), "{ran:?}");
    let ran = home.local(&job("show.py", &["--quiet", "--day", "2026-01-02"]));
    assert_eq!(ran.stdout, "[('--JOB_NAME', 'show'), ('--day', '2026-01-02'), ('--quiet', '')]\n", "{ran:?}");
    let ran = home.local(&job("show.py", &["--JOB_NAME", "mine"]));
    assert_eq!(ran.stdout, "[('--JOB_NAME', 'mine')]\n", "{ran:?}");
    let ran = home.local(&["show.py", "--kernel", "glue_pyspark"]);
    assert_eq!(ran.stdout, "[('--JOB_NAME', 'show')]\n", "{ran:?}");
}

#[test]
fn a_job_may_end_itself() {
    let after = "print('before')\nraise_it()\nprint('never')\n";
    let of = |end: &str| format!("import sys\ndef raise_it():\n    {end}\n{after}");
    let (good, none, bad, text) =
        (of("sys.exit(0)"), of("sys.exit()"), of("sys.exit(3)"), of("sys.exit('no rows today')"));
    let home = Home::new(&[("good.py", &good), ("none.py", &none), ("bad.py", &bad), ("text.py", &text)]);
    for (script, code, says) in
        [("good.py", 0, ""), ("none.py", 0, ""), ("bad.py", 1, "SystemExit: 3"), ("text.py", 1, "no rows today")]
    {
        let ran = home.local(&job(script, &[]));
        assert_eq!(ran.code, Some(code), "{script}: {ran:?}");
        assert!(ran.stdout.starts_with("before\n") && ran.stdout.contains(says), "{script}: {ran:?}");
        assert!(!ran.stdout.contains("never\n"), "{script}: {ran:?}");
        assert_eq!(ran.stdout == "before\n", code == 0, "{script}: {ran:?}");
    }
}

#[test]
fn the_command_line_wins_over_the_document() {
    let cells = ["%%configure\n{\"--day\": \"1\", \"--keep\": \"k\"}", SHOW];
    let home = Home::new(&[("a.ipynb", &notebook(&cells))]);
    let shown = |arguments: &[&str]| {
        let ran = home.local(&[&["a.ipynb"], arguments].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.stdout.lines().last().unwrap().to_owned()
    };
    for (arguments, says) in [(&[][..], "('--day', '1'), "), (&["--", "--day", "2", "--more", "m"], "('--day', '2'), ")]
    {
        let line = shown(arguments);
        assert!(line.contains(says) && line.contains("('--keep', 'k')"), "{line}");
        assert_eq!(line.contains("('--more', 'm')"), !arguments.is_empty(), "{line}");
        assert!(!line.contains("JOB_NAME"), "a notebook is no job: {line}");
    }
}

#[test]
fn what_is_no_argument_starts_nothing() {
    let home = Home::new(&[("job.py", "print('ran')")]);
    for (arguments, says) in [
        (&["day"][..], "`day` behind `--` has no name; write arguments of the job as `--NAME VALUE`"),
        (&["--a", "1", "--a", "2"], "the argument `--a` of the job is given twice"),
    ] {
        let ran = home.local(&job("job.py", arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.stderr.contains(says), "{ran:?}");
    }
}

#[test]
fn on_aws_they_are_arguments_of_the_session() {
    let glue = glue(Faults::none());
    let home = Home::on(&glue, &[("a.ipynb", &notebook(&["%%configure\n{\"--x\": \"1\", \"--y\": \"1\"}", SHOW]))]);
    let ran = home.run(&["run", "a.ipynb", "--", "--x", "2"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let sent = glue.creations().remove(0);
    let sent = &sent["DefaultArguments"];
    assert_eq!((&sent["--x"], &sent["--y"]), (&json!("2"), &json!("1")), "{sent}");
}
