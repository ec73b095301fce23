//! What Linux tells of processes, in `/proc`.

use std::fs::File;
use std::io::{ErrorKind, Read};

use super::alive::Presence;

/// Returns what tells this run of the system from others.
pub(super) fn boot_id() -> Option<String> {
    line("/proc/sys/kernel/random/boot_id")
}

/// Returns the machine's name.
pub(super) fn host_name() -> Option<String> {
    line("/proc/sys/kernel/hostname")
}

/// Returns when this process started.
pub(super) fn own_start() -> Option<String> {
    match presence(std::process::id(), None) {
        Presence::Running { started } => started,
        Presence::Absent | Presence::Unknown => None,
    }
}

/// Returns whether this process ignores SIGHUP, or whether that cannot be told.
pub(super) fn ignores_hangup() -> bool {
    let status = read("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // The lowest bit is signal 1.
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_none_or(|mask| mask & 1 != 0)
}

/// Returns whether a process has a number, and when it started: in ticks since the boot.
pub(super) fn presence(pid: u32, _started: Option<&str>) -> Presence {
    match read(&format!("/proc/{pid}/stat")) {
        Ok(stat) => of_stat(&stat),
        Err(error) if error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(NO_SUCH_PROCESS) => {
            // Without `/proc` nothing would be found at all.
            if std::fs::exists("/proc/self/stat").unwrap_or(false) { Presence::Absent } else { Presence::Unknown }
        }
        Err(_) => Presence::Unknown,
    }
}

/// What reading says of a process that ended after its file was opened: `ESRCH`.
const NO_SUCH_PROCESS: i32 = 3;

/// Reads the line of `/proc/PID/stat`: number, name in brackets, state, and from there on numbers.
fn of_stat(stat: &str) -> Presence {
    // The name may hold anything, brackets too, so what counts begins behind the last one.
    let Some((_, rest)) = stat.rsplit_once(')') else { return Presence::Unknown };
    let mut fields = rest.split_ascii_whitespace();
    match fields.next() {
        Some("Z" | "X" | "x") => Presence::Absent,
        // The state is the third field, the start the twenty-second.
        Some(_) => Presence::Running { started: fields.nth(18).map(str::to_owned) },
        None => Presence::Unknown,
    }
}

fn line(path: &str) -> Option<String> {
    read(path).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn read(path: &str) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(4096).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_pose_as_a_start() {
        let numbers = (4..60).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        let started = |state: &str| of_stat(&format!("7 (a) Z 1 2 (b c) {state} {numbers}\n"));
        assert_eq!(started("S"), Presence::Running { started: Some("22".to_owned()) });
        assert_eq!(started("Z"), Presence::Absent);
        assert_eq!(of_stat("7 (a) S 1 2"), Presence::Running { started: None });
        assert_eq!(of_stat(""), Presence::Unknown);
        assert_eq!(of_stat("7 (a)"), Presence::Unknown);
    }

    #[test]
    fn numbers_that_no_process_has_are_absent() {
        assert_eq!(presence(u32::MAX, None), Presence::Absent);
    }
}
