//! Which process something belongs to, and whether that process still lives.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

use super::system;

/// What tells a process from all others, also after its number was given to another one.
///
/// The tokens are only ever compared for equality, with tokens of the same system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessMark {
    /// Its number.
    pub pid: u32,
    /// When it started, as the system tells it, or something at random where it does not.
    pub started: Option<String>,
    /// The run of the system: another one after each boot.
    pub boot: Option<String>,
    /// The machine's name.
    pub host: Option<String>,
}

/// Whether a process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It does.
    Alive,
    /// It has ended.
    Gone,
    /// It cannot be told: the system would not say, or it is another machine's.
    Unknown,
}

/// What a system tells of a process number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Presence {
    /// A process has it, which started then.
    Running { started: Option<String> },
    /// No process has it, or one that has ended and waits to be reaped.
    Absent,
    /// The system would not say.
    Unknown,
}

/// The machine and its run.
struct Here {
    boot: Option<String>,
    host: Option<String>,
}

static HERE: LazyLock<Here> = LazyLock::new(|| Here { boot: system::boot_id(), host: system::host_name() });

/// Returns the mark of this process. Blocks shortly when it is called for the first time.
pub fn this_process() -> &'static ProcessMark {
    static MARK: LazyLock<ProcessMark> = LazyLock::new(|| {
        let pid = std::process::id();
        let told = system::own_start();
        // Where the system does not tell, this process at least knows itself from one that had its number before.
        let random = || format!("random {:016x}", RandomState::new().build_hasher().finish());
        let started = told.or_else(|| Some(random()));
        ProcessMark { pid, started, boot: HERE.boot.clone(), host: HERE.host.clone() }
    });
    &MARK
}

/// Returns whether the process that a mark was made of lives. May block shortly.
///
/// Never [`Life::Gone`] for a process that lives on this machine and is not hidden in a container.
pub fn life_of(mark: &ProcessMark) -> Life {
    // No need to ask the system about ourselves.
    if mark == this_process() { Life::Alive } else { judge(mark, &HERE, system::presence) }
}

fn judge(mark: &ProcessMark, here: &Here, presence: impl FnOnce(u32, Option<&str>) -> Presence) -> Life {
    let same_host = mark.host.is_some() && mark.host == here.host;
    match (&mark.boot, &here.boot) {
        (Some(then), Some(now)) if then != now => return if same_host { Life::Gone } else { Life::Unknown },
        (Some(_), Some(_)) => {}
        // Nothing but the name tells the machines apart.
        _ if !same_host => return Life::Unknown,
        _ => {}
    }
    // A container of this machine has the same run and another name, and numbers of its own.
    let absent = if same_host { Life::Gone } else { Life::Unknown };
    match presence(mark.pid, mark.started.as_deref()) {
        Presence::Running { started: Some(now) } => match &mark.started {
            Some(then) if *then == now => Life::Alive,
            Some(_) => absent,
            None => Life::Unknown,
        },
        Presence::Running { started: None } => Life::Unknown,
        Presence::Absent => absent,
        Presence::Unknown => Life::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn life(started: &str, boot: &str, host: &str, presence: Presence) -> Life {
        let mark = ProcessMark { pid: 7, started: text(started), boot: text(boot), host: text(host) };
        let asked = |pid, token: Option<&str>| {
            assert_eq!((pid, token.unwrap_or_default()), (7, started));
            presence
        };
        judge(&mark, &Here { boot: text("b1"), host: text("here") }, asked)
    }

    fn running(started: &str) -> Presence {
        Presence::Running { started: text(started) }
    }

    #[test]
    fn a_process_is_told_from_one_that_got_its_number() {
        assert_eq!(life("100", "b1", "here", running("100")), Life::Alive);
        assert_eq!(life("100", "b1", "here", running("101")), Life::Gone);
        assert_eq!(life("100", "b1", "here", Presence::Absent), Life::Gone);
        assert_eq!(life("100", "b1", "here", Presence::Unknown), Life::Unknown);
        assert_eq!(life("", "b1", "here", running("100")), Life::Unknown);
        assert_eq!(life("100", "b1", "here", running("")), Life::Unknown);
    }

    #[test]
    fn a_boot_ends_all_processes_of_its_machine() {
        assert_eq!(life("100", "b0", "here", running("100")), Life::Gone);
        assert_eq!(life("100", "b0", "there", running("100")), Life::Unknown);
        // Without the boot's id the name of the machine decides whether a number means anything.
        assert_eq!(life("100", "", "here", running("100")), Life::Alive);
        assert_eq!(life("100", "", "there", Presence::Absent), Life::Unknown);
        assert_eq!(life("100", "", "", Presence::Absent), Life::Unknown);
    }

    #[test]
    fn a_container_of_this_machine_has_numbers_of_its_own() {
        assert_eq!(life("100", "b1", "there", Presence::Absent), Life::Unknown);
        assert_eq!(life("100", "b1", "there", running("200")), Life::Unknown);
        // The machine was given another name meanwhile.
        assert_eq!(life("100", "b1", "there", running("100")), Life::Alive);
    }

    #[test]
    fn this_process_lives() {
        assert_eq!(life_of(this_process()), Life::Alive);
        assert_eq!(this_process().pid, std::process::id());
        if cfg!(unix) {
            let Presence::Running { started } = system::presence(std::process::id(), None) else { panic!("it runs") };
            assert_eq!(started, this_process().started);
            assert!(started.is_some() && HERE.boot.is_some() && HERE.host.is_some());
            let other = ProcessMark { started: text("long ago"), ..this_process().clone() };
            assert_eq!(life_of(&other), Life::Gone);
        }
    }

    /// A process that was killed is gone, whether or not its parent has asked how it ended.
    #[cfg(unix)]
    #[test]
    fn a_killed_process_is_gone() {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

        let mut child =
            std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().expect("cat is there");
        let Presence::Running { started } = system::presence(child.id(), None) else { panic!("it runs") };
        let mark = ProcessMark { pid: child.id(), started, ..this_process().clone() };
        assert_eq!(life_of(&mark), Life::Alive);
        child.kill().unwrap();
        let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap();
        assert_eq!(life_of(&mark), Life::Gone);
        child.wait().unwrap();
        assert_eq!(life_of(&mark), Life::Gone);
    }
}
