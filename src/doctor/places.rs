//! What glue-ls keeps on this machine: folders, records of sessions, the list of trusted folders.

use std::path::{Path, PathBuf};

use super::machine::Machine;
use super::report::{Check, quoted};
use super::{Request, shown};
use crate::host::trust;
use crate::platform::Life;

const FOLDERS: (&str, &str) = ("folders", "Folders of glue-ls");
const SESSIONS: (&str, &str) = ("sessions", "Sessions on record");
const TRUST: (&str, &str) = ("trust", "Trust in the folder");

/// The most sessions that are listed.
const MOST: usize = 20;

/// Judges all of them. Blocks for as long as the disk needs.
pub(super) fn checks(machine: &Machine, request: &Request) -> Vec<Check> {
    vec![folders(machine), sessions(machine), trusted(request)]
}

fn folders(machine: &Machine) -> Check {
    let mut bad = Vec::new();
    let mut good = Vec::new();
    for (what, folder) in &machine.folders {
        match folder {
            None => bad.push(format!("there is no place for {what}; set HOME")),
            Some(folder) => match writable(folder) {
                Ok(()) => good.push(folder.display().to_string()),
                Err(why) => bad.push(format!("{} ({what}) cannot be written to: {why}", folder.display())),
            },
        }
    }
    if bad.is_empty() {
        return Check::ok(FOLDERS.0, FOLDERS.1, format!("writable: {}", good.join(", ")));
    }
    let message = format!("{}. Without records of sessions no session starts.", bad.join("; "));
    let check = Check::failed(FOLDERS.0, FOLDERS.1, message);
    if machine.home.is_none() { check } else { check.command("export XDG_STATE_HOME=\"$HOME/.local/state\"") }
}

/// Whether a folder can be written to, or be made, by what lies nearest above it. Nothing is left there.
fn writable(folder: &Path) -> std::io::Result<()> {
    let there = folder.ancestors().find(|path| path.symlink_metadata().is_ok()).unwrap_or(folder);
    // A file without a name: it is gone whatever happens.
    tempfile::tempfile_in(there).map(drop)
}

fn sessions(machine: &Machine) -> Check {
    let Some(records) = &machine.records else {
        return Check::unknown(SESSIONS.0, SESSIONS.1, "there is no folder for records of sessions.");
    };
    let (all, unreadable) = records.all();
    if all.is_empty() && unreadable.is_empty() {
        return Check::ok(SESSIONS.0, SESSIONS.1, "none that may be alive");
    }
    let (tended, left): (Vec<_>, Vec<_>) = all.iter().partition(|record| record.owner.life() == Life::Alive);
    let mut said = Vec::new();
    if !tended.is_empty() {
        said.push(format!("{} in use by a glue-ls that runs", tended.len()));
    }
    if !left.is_empty() {
        let names: Vec<String> = left.iter().take(MOST).map(|record| shown(&record.id)).collect();
        let more = if left.len() > MOST { format!(" and {} more", left.len() - MOST) } else { String::new() };
        said.push(format!("nobody looks after {}{more}, which may be alive and cost money", names.join(", ")));
    }
    for bad in unreadable.iter().take(MOST) {
        said.push(format!("{} is no record: {}", bad.path.display(), bad.why));
    }
    let message = said.join("; ");
    if left.is_empty() && unreadable.is_empty() {
        return Check::ok(SESSIONS.0, SESSIONS.1, message);
    }
    let check = Check::warning(SESSIONS.0, SESSIONS.1, message);
    let stops = left.iter().take(MOST).map(|record| format!("glue-ls sessions stop {}", quoted(&record.id)));
    stops.fold(check, Check::command)
}

fn trusted(request: &Request) -> Check {
    let folder: &PathBuf = &request.folder;
    let name = folder.display();
    if trust::is_trusted(folder, &request.trusted_folders) {
        return Check::ok(TRUST.0, TRUST.1, format!("documents in {name} may be run"));
    }
    let message = format!(
        "{name} is not in your list of trusted folders: an editor without a notion of trust asks before cells run there"
    );
    Check::ok(TRUST.0, TRUST.1, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::report::{Fix, Status};
    use crate::run::record::{RecordedIdentity, Records, SessionRecord};

    #[test]
    fn folders_need_not_exist_but_must_be_possible() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        std::fs::write(&file, "").unwrap();
        let with = |folder: Option<PathBuf>| {
            folders(&Machine { folders: vec![("caches", folder)], home: Some("x".into()), ..Machine::default() })
        };
        assert_eq!(with(Some(root.path().join("a/b"))).status, Status::Ok);
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1, "nothing is left");
        let bad = with(Some(file.join("inside")));
        assert!(bad.status == Status::Failed && bad.message.contains("caches"), "{bad:?}");
        assert_eq!(with(None).status, Status::Failed);
    }

    #[test]
    fn sessions_that_nobody_looks_after_can_be_stopped() {
        let root = tempfile::tempdir().unwrap();
        let records = Records::at(root.path());
        let machine = Machine { records: Some(records.clone()), ..Machine::default() };
        assert_eq!(sessions(&machine).status, Status::Ok);
        let identity = RecordedIdentity::default();
        records.begin(&SessionRecord::new("mine", identity.clone())).unwrap();
        assert_eq!(sessions(&machine).status, Status::Ok, "this process looks after it");
        let mut left = SessionRecord::new("left over", identity);
        left.owner.started_at = Some("another process".into());
        records.begin(&left).unwrap();
        let check = sessions(&machine);
        assert_eq!(check.status, Status::Warning, "{check:?}");
        assert_eq!(check.fixes, [Fix::Command("glue-ls sessions stop 'left over'".into())]);
        std::fs::write(root.path().join("x.json"), "{").unwrap();
        assert!(sessions(&machine).message.contains("is no record"));
    }
}
