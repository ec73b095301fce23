//! Files that cannot be checked: a message that names the file and says what to do, exit code 2, and the others are
//! checked all the same.

use std::path::Path;

use super::{bad, folder, notebook, run};

/// What the message about each bad file says, or nothing where the file is fine to check.
const SAYS: &[(&str, Option<&str>)] = &[
    ("not_json.ipynb", Some("not valid JSON")),
    ("truncated.ipynb", Some("ends in the middle")),
    ("old.ipynb", Some("jupyter nbconvert")),
    ("source_number.ipynb", Some("`source` is a number")),
    ("cells_number.ipynb", Some("no list `cells`")),
    ("cell_number.ipynb", Some("a cell must be an object")),
    ("list.ipynb", Some("with which a notebook begins")),
    ("other.ipynb", Some("no Jupyter notebook")),
    ("empty.ipynb", Some("is empty")),
    ("empty.py", None),
    ("blank.ipynb", Some("is empty")),
    ("deep.ipynb", None),
    ("deep.py", None),
    ("deep_code.py", None),
    ("deep_json.ipynb", Some("ends in the middle")),
    ("binary.ipynb", Some("is a binary file")),
    ("binary.py", Some("is a binary file")),
    ("latin1.py", Some("is not UTF-8 text")),
    ("utf16.ipynb", Some("is UTF-16 text; save it as UTF-8")),
];

#[test]
fn each_is_named_with_what_to_do() {
    let folder = folder(&[("sound.ipynb", &notebook(&["%workertype G.1X"]))]);
    let texts = bad::texts();
    assert_eq!(texts.len(), SAYS.len());
    for (name, bytes) in texts {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let says = SAYS.iter().find(|(known, _)| *known == name).unwrap().1;
        for command in [&["check", name, "sound.ipynb"][..], &["check", "sound.ipynb", name], &["plan", name]] {
            let ran = run(folder.path(), command);
            match says {
                Some(says) => {
                    assert_eq!(ran.code, Some(2), "{command:?}: {ran:?}");
                    assert!(ran.stderr.contains(name) && ran.stderr.contains(says), "{command:?}: {}", ran.stderr);
                    assert_eq!(ran.stderr.lines().count(), 1, "one file, one message: {}", ran.stderr);
                }
                None => {
                    let fine = if command[0] == "check" { Some(1) } else { Some(0) };
                    assert_eq!(ran.code, fine, "{command:?}: {ran:?}");
                }
            }
            if command[0] == "check" {
                assert!(
                    ran.stdout.contains("sound.ipynb:1:"),
                    "the other file is checked: {command:?}: {}",
                    ran.stdout
                );
                let checked = if says.is_some() { "in 1 file" } else { "in 2 files" };
                assert!(ran.stdout.contains(checked), "what was not checked is not counted: {}", ran.stdout);
            }
        }
    }
}

#[test]
fn a_deep_body_is_a_mistake_in_its_cell() {
    let folder = folder(&[]);
    for (name, bytes) in bad::texts() {
        if matches!(name, "deep.ipynb" | "deep.py" | "deep_code.py") {
            std::fs::write(folder.path().join(name), bytes).unwrap();
            let ran = run(folder.path(), &["check", name]);
            let code = if name == "deep_code.py" { "python-syntax" } else { "not-a-literal" };
            assert!(ran.stdout.contains(code), "{name}: {}", ran.stdout);
        }
    }
}

#[test]
fn what_is_not_there_or_may_not_be_read_is_named() {
    let folder =
        folder(&[("sound.ipynb", &notebook(&["%workertype G.1X"])), ("locked.py", "x = 1\n"), ("inner/a.py", "")]);
    let missing = run(folder.path(), &["check", "missing.ipynb", "sound.ipynb"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("missing.ipynb does not exist; check the path"), "{}", missing.stderr);
    assert!(missing.stdout.contains("sound.ipynb:1:"), "{}", missing.stdout);

    let planned = run(folder.path(), &["plan", "inner"]);
    assert_eq!(planned.code, Some(2));
    assert!(planned.stderr.contains("inner is a folder; name a file"), "{}", planned.stderr);
    let planned = run(folder.path(), &["plan", "missing.ipynb"]);
    assert_eq!(planned.code, Some(2));
    assert!(planned.stderr.contains("missing.ipynb does not exist"), "{}", planned.stderr);

    if !lock(&folder.path().join("locked.py")) {
        eprintln!("SKIPPED: this user may read everything, so nothing can be locked");
        return;
    }
    let locked = run(folder.path(), &["check", "locked.py", "sound.ipynb"]);
    assert_eq!(locked.code, Some(2));
    assert!(locked.stderr.contains("locked.py may not be read; check its permissions"), "{}", locked.stderr);
    assert!(locked.stdout.contains("sound.ipynb:1:"), "{}", locked.stdout);
    // A folder that may not be looked into costs itself alone.
    lock(&folder.path().join("inner"));
    let walked = run(folder.path(), &["check", "."]);
    unlock(&folder.path().join("inner"));
    assert_eq!(walked.code, Some(2));
    assert!(walked.stderr.contains("inner"), "{}", walked.stderr);
    assert!(walked.stdout.contains("sound.ipynb:1:"), "{}", walked.stdout);
}

/// Takes away all permissions; returns whether that keeps this user out.
#[cfg(unix)]
fn lock(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o0)).unwrap();
    std::fs::File::open(path).is_err()
}

#[cfg(unix)]
fn unlock(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
}

#[cfg(not(unix))]
fn lock(_: &Path) -> bool {
    false
}

#[cfg(not(unix))]
fn unlock(_: &Path) {}

/// A link that leads nowhere, which a folder may well hold.
#[cfg(unix)]
#[test]
fn a_dangling_link_in_a_folder_is_passed_over() {
    let folder = folder(&[("sound.ipynb", &notebook(&["%workertype G.1X"]))]);
    std::os::unix::fs::symlink("nowhere", folder.path().join("link.ipynb")).unwrap();
    let ran = run(folder.path(), &["check", "."]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    assert!(ran.stdout.contains("sound.ipynb:1:"), "{}", ran.stdout);
}

#[test]
fn a_notebook_of_100_megabytes_is_checked() {
    let folder = folder(&[("huge.ipynb", &bad::huge_notebook())]);
    let ran = run(folder.path(), &["check", "huge.ipynb"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    assert!(ran.stdout.contains("huge.ipynb:1:"), "{}", &ran.stdout[..ran.stdout.len().min(2000)]);
    assert!(ran.stdout.contains("unknown-magic"));
}
