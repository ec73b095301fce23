//! Notebooks with the outputs: `--output` and `--in-place`.

use std::fs;

use serde_json::{Value, json};

use super::notebook;
use super::program::{Home, old_notebook, python, wait_until};

fn outputs(notebook: &Value, cell: usize) -> &Value {
    &notebook["cells"][cell]["outputs"]
}

fn stream(text: &str) -> Value {
    json!([{ "output_type": "stream", "name": "stdout", "text": [text] }])
}

/// Returns a stream's text however it is divided.
fn text(output: &Value) -> String {
    match &output["text"] {
        Value::String(text) => text.clone(),
        lines => lines.as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect(),
    }
}

#[test]
fn another_notebook_gets_the_outputs() {
    let source = old_notebook(&["print('new')", "6 * 7"]);
    let home = Home::new(&[("a.ipynb", &source), ("old.ipynb", "whatever was there, and longer than what comes")]);
    for name in ["new.ipynb", "old.ipynb"] {
        let ran = home.local(&["a.ipynb", "--output", name]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "new\n42\n"));
        assert_eq!(home.read("a.ipynb"), source, "the document itself stays as it is");
        let done = home.notebook(name);
        assert_eq!(text(&outputs(&done, 0)[0]), "new\n");
        assert_eq!(outputs(&done, 1)[0]["data"]["text/plain"], json!(["42"]));
        assert_eq!(done["cells"][1]["execution_count"], 2);
        assert_eq!(done["metadata"], home.notebook("a.ipynb")["metadata"]);
    }
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let is_hidden = |name: &std::ffi::OsString| name.to_string_lossy().starts_with('.') && name != ".cache";
    assert!(!left.iter().any(is_hidden), "{left:?}");
}

#[test]
fn a_script_becomes_a_notebook() {
    let home = Home::new(&[("a.py", "# %% [markdown]\n# Text.\n# %%\n# %glue_version 4.0\n# %%\nprint('é𝕏')\n")]);
    let ran = home.local(&["a.py", "--output", "a.ipynb"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let done = home.notebook("a.ipynb");
    let kinds: Vec<&Value> = done["cells"].as_array().unwrap().iter().map(|cell| &cell["cell_type"]).collect();
    assert_eq!(kinds, ["markdown", "code", "code"]);
    assert_eq!(text(&outputs(&done, 2)[0]), "é𝕏\n");
    assert_eq!((&done["nbformat"], &done["metadata"]["kernelspec"]["name"]), (&json!(4), &json!("glue_pyspark")));
    // And it runs as a notebook.
    assert_eq!(home.local(&["a.ipynb"]).stdout, "glue_version = 4.0\né𝕏\n");
}

#[test]
fn in_place_only_outputs_change() {
    // Odd spaces, an unknown member, no newline at the end, numbers as they were written.
    let source = "{ \"cells\":[\n {\"cell_type\": \"markdown\",\n   \"metadata\": {\"a\": 1.50}, \"source\": [\"hi\"]},\n\
                  {\"cell_type\": \"code\", \"execution_count\": null, \"metadata\": {}, \"outputs\": [],\n  \"source\": [\"print(1)\\n\", \"2\"]}\n\
                  ], \"metadata\": {\"kernelspec\": {\"name\": \"glue_pyspark\"}, \"x\": 1e2}, \"nbformat\": 4, \"nbformat_minor\": 5 }";
    let home = Home::new(&[("a.ipynb", source), ("a.py", "# %%\n# %glue_version 4.0\n# %%\n1\n")]);
    let ran = home.local(&["a.ipynb", "--in-place"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let now = home.read("a.ipynb");
    let (before, after) = (source.find("null").unwrap(), source.find(",\n  \"source\": [\"print").unwrap());
    assert_eq!(now[..before], source[..before]);
    assert!(now.ends_with(&source[after..]), "{now}");
    let done = home.notebook("a.ipynb");
    assert_eq!((text(&outputs(&done, 1)[0]).as_str(), &done["cells"][1]["execution_count"]), ("1\n", &json!(1)));
    // Once more, the same comes of it.
    home.local(&["a.ipynb", "--in-place"]);
    assert_eq!(home.read("a.ipynb"), now);

    let ran = home.local(&["a.py", "--in-place"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "nothing was run");
    assert!(ran.stderr.contains("script") && ran.stderr.contains("--output"), "{}", ran.stderr);
}

#[test]
fn a_cell_that_fails_leaves_what_came_before_it_and_spares_the_rest() {
    let home = Home::new(&[("a.ipynb", &old_notebook(&["print('fine')", "print('half')\n1/0", "print('never')"]))]);
    let ran = home.local(&["a.ipynb", "--in-place"]);
    assert_eq!(ran.code, Some(1));
    let done = home.notebook("a.ipynb");
    assert_eq!(text(&outputs(&done, 0)[0]), "fine\n");
    assert_eq!(
        (text(&outputs(&done, 1)[0]).as_str(), &outputs(&done, 1)[1]["ename"]),
        ("half\n", &json!("ZeroDivisionError"))
    );
    // It was not run: its outputs are still those of its code.
    assert_eq!((outputs(&done, 2), &done["cells"][2]["execution_count"]), (&stream("of an earlier run\n"), &json!(7)));
}

#[test]
fn places_that_cannot_be_written_are_refused_before_anything_runs() {
    let home = Home::new(&[("a.ipynb", &notebook(&["open('ran', 'w')"])), ("folder/x", "")]);
    let mut places = vec![("missing/out.ipynb", "the folder missing does not exist"), ("folder", "is a folder")];
    fs::create_dir(home.file("readonly")).unwrap();
    let mut permissions = fs::metadata(home.file("readonly")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(home.file("readonly"), permissions).unwrap();
    // Nothing is forbidden to an administrator, and Windows has other rules.
    let forbidden = fs::write(home.file("readonly/probe"), "").is_err();
    if forbidden {
        places.push(("readonly/out.ipynb", "nothing can be written to readonly"));
    }
    for (place, said) in places {
        let ran = home.local(&["a.ipynb", "--output", place]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{place}");
        assert!(ran.stderr.contains(said), "{place}: {}", ran.stderr);
        assert!(!home.file("ran").exists());
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_one_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let home = Home::new(&[("real/a.ipynb", &notebook(&["print('linked')"]))]);
    fs::set_permissions(home.file("real/a.ipynb"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real/a.ipynb", home.file("link.ipynb")).unwrap();
    let ran = home.local(&["link.ipynb", "--in-place"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(fs::symlink_metadata(home.file("link.ipynb")).unwrap().is_symlink());
    assert_eq!(text(&outputs(&home.notebook("real/a.ipynb"), 0)[0]), "linked\n");
    assert_eq!(fs::metadata(home.file("real/a.ipynb")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn what_was_written_meanwhile_is_not_lost() {
    let cell = "print('ran')\nimport os, time\nopen('begun', 'w').close()\nwhile not os.path.exists('go'):\n    time.sleep(0.01)";
    let home = Home::new(&[("a.ipynb", &notebook(&[cell]))]);
    let running = home.start(&["run", "--local", "--python", python(), "a.ipynb", "--in-place"]);
    wait_until("the cell runs", || home.file("begun").exists());
    let edited = home.read("a.ipynb").replace("'ran'", "'edited'");
    fs::write(home.file("a.ipynb"), &edited).unwrap();
    fs::write(home.file("go"), "").unwrap();
    let ran = running.end();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(home.read("a.ipynb"), edited);
    assert!(
        ran.stderr.contains("was changed while it ran") && ran.stderr.contains("a.outputs.ipynb"),
        "{}",
        ran.stderr
    );
    assert_eq!(text(&outputs(&home.notebook("a.outputs.ipynb"), 0)[0]), "ran\n");
}
