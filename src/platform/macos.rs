//! What macOS tells of processes: by its own small programs, as no safe interface offers it.

use std::process::{Command, Stdio};

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::alive::Presence;

/// Returns what tells this run of the system from others.
pub(super) fn boot_id() -> Option<String> {
    said("/usr/sbin/sysctl", &["-n", "kern.bootsessionuuid"])
}

/// Returns the machine's name.
pub(super) fn host_name() -> Option<String> {
    said("/usr/sbin/sysctl", &["-n", "kern.hostname"])
}

/// Returns when this process started.
pub(super) fn own_start() -> Option<String> {
    match presence(std::process::id(), None) {
        Presence::Running { started } => started,
        Presence::Absent | Presence::Unknown => None,
    }
}

/// Returns whether this process ignores SIGHUP, or whether that cannot be told: nothing safe tells it here.
pub(super) fn ignores_hangup() -> bool {
    true
}

/// Returns whether a process has a number, and when it started: day and time, to the second.
pub(super) fn presence(pid: u32, _started: Option<&str>) -> Presence {
    let Some(id) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Presence::Absent };
    match test_kill_process(id) {
        Err(Errno::SRCH) => Presence::Absent,
        // It exists, even if it is another user's.
        Ok(()) | Err(Errno::PERM) => match said("/bin/ps", &["-o", "stat=", "-o", "lstart=", "-p", &pid.to_string()]) {
            Some(line) => of_line(&line),
            None => Presence::Running { started: None },
        },
        Err(_) => Presence::Unknown,
    }
}

/// Reads the state and the start of a process.
fn of_line(line: &str) -> Presence {
    let (state, started) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    if state.starts_with('Z') {
        return Presence::Absent;
    }
    let started = started.split_whitespace().collect::<Vec<_>>().join(" ");
    Presence::Running { started: (!started.is_empty()).then_some(started) }
}

/// Returns what a program prints, if it succeeds and prints anything.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    // The time is written in the same way whoever asks.
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C").env("TZ", "UTC0").stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_state_and_start() {
        let started = Some("Sun Nov 22 08:12:51 2026".to_owned());
        assert_eq!(of_line("Ss+  Sun Nov 22 08:12:51 2026"), Presence::Running { started });
        assert_eq!(of_line("Z    Sun Nov 22 08:12:51 2026"), Presence::Absent);
        assert_eq!(of_line("S"), Presence::Running { started: None });
    }
}
