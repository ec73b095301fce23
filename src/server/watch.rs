//! What happens around the server: its end that nobody announces, and the sleep of the machine.

use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Handle;

use crate::platform;

use super::admission::Ending;
use super::desk::Desk;

/// How often it is looked whether the client's process is there.
const CLIENT: Duration = Duration::from_secs(3);
/// How often it is looked at the clocks.
const CLOCKS: Duration = Duration::from_secs(10);
/// How much longer than planned the time between two looks must be for a sleep.
const SLEEP: Duration = Duration::from_secs(20);

/// Ends the connection when the client's process has ended, or somebody asks this one to end: then there is still time to
/// care for sessions.
pub(super) fn ends(runtime: &Handle, desk: &Desk, ending: &Ending) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = {
            let _context = runtime.enter();
            let hangup = if platform::ignores_hangup() { None } else { signal(SignalKind::hangup()).ok() };
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), hangup)
        };
        if let (Ok(mut terminate), Ok(mut interrupt), mut hangup) = signals {
            let ending = ending.clone();
            runtime.spawn(async move {
                let hung_up = async {
                    match &mut hangup {
                        Some(hangup) => hangup.recv().await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                    _ = hung_up => {}
                }
                ending.client_vanished();
            });
        }
    }
    let (desk, ending) = (desk.clone(), ending.clone());
    runtime.spawn(async move {
        // Numbers of processes mean something only where both see the same ones, and are given to others in time: so only
        // the parent is watched, which the system tells exactly.
        let mut client = desk.client_process().subscribe();
        let client = client.wait_for(Option::is_some).await.ok().and_then(|client| *client);
        if client.is_none() || platform::parent() != client {
            return;
        }
        while platform::parent() == client {
            tokio::time::sleep(CLIENT).await;
        }
        ending.client_vanished();
    });
}

/// Looks at all sessions when the machine has slept: they may have timed out meanwhile, and nothing should be trusted that
/// was known before.
pub(super) fn sleep(runtime: &Handle, desk: &Desk) {
    let desk = desk.clone();
    runtime.spawn(async move {
        desk.runs().on_aws().await;
        let mut clocks = Clocks::now();
        loop {
            tokio::time::sleep(CLOCKS).await;
            let now = Clocks::now();
            if now.slept_since(&clocks) {
                for runner in desk.runs().all() {
                    // What there is to say reaches the client as the session's state.
                    tokio::spawn(async move { runner.look().await });
                }
            }
            clocks = now;
        }
    });
}

/// What the clocks say at a moment.
struct Clocks {
    wall: SystemTime,
    awake: Instant,
}

impl Clocks {
    fn now() -> Clocks {
        Clocks { wall: SystemTime::now(), awake: Instant::now() }
    }

    /// Returns whether the machine has slept since a moment a [`CLOCKS`] ago. On some systems neither clock stops meanwhile,
    /// on others one does.
    fn slept_since(&self, before: &Clocks) -> bool {
        let by_wall = self.wall.duration_since(before.wall).unwrap_or_default();
        let awake = self.awake.saturating_duration_since(before.awake);
        by_wall.max(awake) > CLOCKS + SLEEP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_is_seen_by_either_clock() {
        let before = Clocks::now();
        let after = |wall: u64, awake: u64| Clocks {
            wall: before.wall + Duration::from_secs(wall),
            awake: before.awake + Duration::from_secs(awake),
        };
        assert!(!after(10, 10).slept_since(&before));
        assert!(!after(25, 25).slept_since(&before), "a machine with much to do");
        assert!(after(8 * 3600, 10).slept_since(&before), "the second clock stops");
        assert!(after(8 * 3600, 8 * 3600).slept_since(&before), "none stops");
        let back = Clocks { wall: before.wall - Duration::from_secs(3600), awake: before.awake + CLOCKS };
        assert!(!back.slept_since(&before), "somebody has put the clock back");
    }
}
