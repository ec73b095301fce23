use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

fn records() -> (TempDir, Records) {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::at(folder.path().join("glue-ls").join("sessions"));
    (folder, records)
}

fn identity() -> RecordedIdentity {
    RecordedIdentity { region: Some("eu-west-1".into()), account: Some("123456789012".into()), ..Default::default() }
}

/// A record of a process that has ended.
fn left_behind(id: &str, created_at: u64) -> SessionRecord {
    let owner = Owner { started_at: Some("long ago".into()), ..Owner::this_process() };
    SessionRecord { created_at, owner, ..SessionRecord::new(id, identity()) }
}

fn ids(records: &[SessionRecord]) -> Vec<&str> {
    records.iter().map(|record| record.id.as_str()).collect()
}

/// Returns the names in a folder that do not begin with a dot.
fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with('.')).collect()
}

#[test]
fn a_record_lives_as_long_as_its_session() {
    let (_folder, records) = records();
    assert_eq!(records.all(), (vec![], vec![]));
    assert_eq!(records.get("a").unwrap(), None);
    records.forget("a").unwrap();
    assert!(!records.attach("a").unwrap());
    assert!(!records.folder().exists(), "looking creates nothing");

    let record = SessionRecord {
        document: Some("/home/me/étude.ipynb".into()),
        worker_type: Some("G.1X".into()),
        number_of_workers: Some(2),
        glue_version: Some("5.0".into()),
        ..SessionRecord::new("a", identity())
    };
    assert!(record.created_at > 1_700_000_000);
    records.begin(&record).unwrap();
    assert_eq!(records.get("a").unwrap(), Some(record.clone()));
    records.set_state("a", RecordState::Created).unwrap();
    records.set_keep("a", true).unwrap();
    let changed = SessionRecord { state: RecordState::Created, keep: true, ..record };
    assert_eq!(records.all(), (vec![changed], vec![]));
    records.forget("a").unwrap();
    records.forget("a").unwrap();
    assert_eq!(records.all(), (vec![], vec![]));
    let error = records.set_state("a", RecordState::Stopping).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[test]
fn the_file_is_what_is_documented() {
    let (_folder, records) = records();
    let mut record = SessionRecord::new("a", identity());
    record.identity.role_arn = Some("arn:aws:iam::1:role/R".into());
    records.begin(&record).unwrap();
    let text = fs::read_to_string(records.folder().join("a.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let owner = Owner::this_process();
    let expected = serde_json::json!({
        "schema": 1, "id": "a", "engine": "aws", "createdAt": record.created_at, "state": "creating", "keep": false,
        "owner": {"pid": owner.pid, "startedAt": owner.started_at, "bootId": owner.boot_id, "host": owner.host},
        "identity": {"region": "eu-west-1", "roleArn": "arn:aws:iam::1:role/R", "account": "123456789012"},
    });
    assert_eq!(json, expected);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_them() {
    use std::os::unix::fs::PermissionsExt;

    let (_folder, records) = records();
    records.begin(&SessionRecord::new("a", identity())).unwrap();
    records.set_state("a", RecordState::Created).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(records.folder()), 0o700);
    assert_eq!(mode(records.folder().parent().unwrap()), 0o700);
    assert_eq!(mode(&records.folder().join("a.json")), 0o600);
}

#[test]
fn passwords_in_urls_stay_out() {
    let (_folder, records) = records();
    let mut record = SessionRecord::new("a", identity());
    record.identity.endpoint = Some("https://me:secret@[::1]:4566/base?token=secret#secret".into());
    record.document = Some("vscode-remote://me:secret@host/x.py?secret".into());
    records.begin(&record).unwrap();
    let written = records.get("a").unwrap().unwrap();
    assert_eq!(written.identity.endpoint.as_deref(), Some("https://[::1]:4566/base"));
    assert_eq!(written.document.as_deref(), Some("vscode-remote://host/x.py"));
    // A path is no URL, whatever is in it; and it is bounded.
    record.document = Some(format!("/home/a#b?c@d/{}", "é".repeat(70_000)));
    records.begin(&record).unwrap();
    let document = records.get("a").unwrap().unwrap().document.unwrap();
    assert!(document.starts_with("/home/a#b?c@d/é") && document.chars().count() == 4096);
    assert_eq!(bare("me:secret@host:1?x"), "host:1");
    assert_eq!(bare("https://a@b@host"), "https://host");
    assert_eq!(bare(""), "");
}

#[test]
fn survivors_are_those_whose_owner_is_gone() {
    let (_folder, records) = records();
    records.begin(&left_behind("young", 30)).unwrap();
    records.begin(&left_behind("old", 10)).unwrap();
    records.begin(&SessionRecord { keep: true, ..left_behind("kept", 20) }).unwrap();
    records.begin(&SessionRecord::new("mine", identity())).unwrap();
    records.begin(&SessionRecord { keep: true, ..SessionRecord::new("mine-kept", identity()) }).unwrap();
    assert_eq!(ids(&records.survivors()), ["old", "kept", "young"]);
    assert_eq!(records.all().0.len(), 5);
}

#[test]
fn a_survivor_is_attached_to_once() {
    let (_folder, records) = records();
    records.begin(&SessionRecord { state: RecordState::Unclear, ..left_behind("a", 10) }).unwrap();
    records.begin(&SessionRecord::new("mine", identity())).unwrap();
    let attached = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| records.attach("a").unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|attached| *attached).count()
    });
    assert_eq!(attached, 1);
    let record = records.get("a").unwrap().unwrap();
    assert_eq!((&record.owner, record.keep), (&Owner::this_process(), true));
    assert_eq!((record.state, record.created_at), (RecordState::Unclear, 10));
    assert_eq!(records.survivors(), []);
    assert!(!records.attach("mine").unwrap());
}

#[test]
fn any_id_has_a_file_in_the_folder() {
    let (folder, records) = records();
    let long = "é".repeat(255);
    let names_of = ["../../escape", "/etc/x", "A", "a", "con", "..", "a\0b", "C:\\x", "line\nbreak", "x.json", &long];
    for id in names_of {
        records.begin(&SessionRecord::new(id, identity())).unwrap();
    }
    assert_eq!(names(records.folder()).len(), names_of.len());
    assert_eq!(names(folder.path()), ["glue-ls"]);
    let mut found: Vec<String> = records.all().0.into_iter().map(|record| record.id).collect();
    let mut expected = names_of.map(str::to_owned).to_vec();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    for id in names_of {
        records.forget(id).unwrap();
    }
    assert_eq!(names(records.folder()), [""; 0]);
    for bad in [String::new(), "x".repeat(256)] {
        let error = records.begin(&SessionRecord::new(&bad, identity())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(records.get(&bad).is_err() && records.forget(&bad).is_err() && records.attach(&bad).is_err());
    }
}

#[test]
fn a_session_of_another_is_not_overwritten() {
    let (_folder, records) = records();
    records.begin(&left_behind("a", 10)).unwrap();
    // The same session, created once more after a crash.
    records.begin(&SessionRecord::new("a", identity())).unwrap();
    assert_eq!(records.get("a").unwrap().unwrap().owner, Owner::this_process());
    // Another one, which happens to have the same id.
    let elsewhere = RecordedIdentity { region: Some("us-east-1".into()), ..identity() };
    let error = records.begin(&SessionRecord::new("a", elsewhere)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    assert!(error.to_string().contains("eu-west-1"), "{error}");
    // Another process, which lives.
    let other = Owner { pid: 1, started_at: None, ..Owner::this_process() };
    let error = records.begin(&SessionRecord { owner: other, ..SessionRecord::new("a", identity()) }).unwrap_err();
    assert!(error.to_string().contains("another glue-ls"), "{error}");
    assert_eq!(records.get("a").unwrap().unwrap().owner, Owner::this_process());
}

#[test]
fn what_is_no_record_is_told_and_left_alone() {
    let (_folder, records) = records();
    records.begin(&SessionRecord::new("good", identity())).unwrap();
    let good = fs::read_to_string(records.folder().join("good.json")).unwrap();
    let deep = "[".repeat(60_000);
    let huge = format!("{}{good}", " ".repeat(70_000));
    let bad: &[(&str, Vec<u8>, &str)] = &[
        ("empty.json", vec![], "empty"),
        ("half.json", good.as_bytes()[..good.len() / 2].to_vec(), "ends too early"),
        ("zeros.json", vec![0; 500], "not JSON"),
        ("bytes.json", vec![0xff, 0xfe, b'{'], "not JSON"),
        ("deep.json", deep.into_bytes(), "not JSON"),
        ("huge.json", huge.into_bytes(), "larger than"),
        ("list.json", b"[1, 2]".to_vec(), "which format"),
        ("future.json", good.replace("\"schema\": 1", "\"schema\": 2").into_bytes(), "format 2"),
        ("large.json", good.replace("\"schema\": 1", "\"schema\": 4294967297").into_bytes(), "format 4294967297"),
        ("engine.json", good.replace("\"aws\"", "\"other\"").into_bytes(), "wrong kind"),
        ("no-id.json", good.replace("\"good\"", "\"\"").into_bytes(), "id is empty"),
        ("copy.json", good.clone().into_bytes(), "good.json"),
        ("notes.txt", b"buy milk".to_vec(), "not JSON"),
    ];
    for (name, bytes, _) in bad {
        fs::write(records.folder().join(name), bytes).unwrap();
    }
    fs::create_dir(records.folder().join("folder.json")).unwrap();
    let (all, unreadable) = records.all();
    assert_eq!(ids(&all), ["good"]);
    assert_eq!(unreadable.len(), bad.len() + 1, "{unreadable:?}");
    for (name, bytes, why) in bad {
        let path = records.folder().join(name);
        let told = unreadable.iter().find(|told| told.path == path).unwrap();
        assert!(told.why.contains(why), "{told:?}");
        let id = name.split('.').next().unwrap();
        if name.ends_with(".json") {
            assert!(records.get(id).is_err() && records.attach(id).is_err() && records.forget(id).is_err(), "{name}");
            assert!(records.set_state(id, RecordState::Created).is_err(), "{name}");
            assert!(records.begin(&SessionRecord::new(id, identity())).is_err(), "{name}");
        }
        assert_eq!(fs::read(path).unwrap(), *bytes);
    }
    assert!(records.forget("folder").is_err());
    assert!(records.folder().join("folder.json").is_dir());
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_not_followed_or_waited_for() {
    let (folder, records) = records();
    records.begin(&SessionRecord::new("a", identity())).unwrap();
    let outside = folder.path().join("outside.json");
    fs::rename(records.folder().join("a.json"), &outside).unwrap();
    std::os::unix::fs::symlink(&outside, records.folder().join("a.json")).unwrap();
    let pipe = records.folder().join("pipe.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (all, unreadable) = records.all();
    assert_eq!((all, unreadable.len()), (vec![], 2));
    assert!(records.get("a").is_err() && records.get("pipe").is_err());
    assert!(records.begin(&SessionRecord::new("a", identity())).is_err());
    assert!(outside.exists());
}

#[test]
fn what_was_being_written_is_swept_away() {
    let (_folder, records) = records();
    records.begin(&SessionRecord::new("a", identity())).unwrap();
    let left = records.folder().join(".0123.new");
    fs::write(&left, "{").unwrap();
    assert_eq!(ids(&records.all().0), ["a"]);
    records.begin(&SessionRecord::new("b", identity())).unwrap();
    assert!(!left.exists());
}

#[test]
fn a_place_that_cannot_be_written_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let records = Records::at(&file);
    let error = records.begin(&SessionRecord::new("a", identity())).unwrap_err();
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
    assert_eq!(records.all().1.len(), 1);
    let mut large = SessionRecord::new("a", identity());
    large.identity.profile = Some("x".repeat(70_000));
    let records = Records::at(folder.path().join("other"));
    assert_eq!(records.begin(&large).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    assert_eq!(names(records.folder()), [""; 0]);
}
