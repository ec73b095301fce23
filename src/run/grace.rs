//! The end of a server, and what is left to do for its sessions then.
//!
//! A server that ends hands its sessions to another process of the same program, which waits until their grace is over
//! and stops those that no window has taken over. Until then it sleeps, and asks nobody but the folder of records. It
//! holds no keys: what it needs to stop a session is what the record says, and the environment of the server. If it is
//! killed, the records are there, and their owner is gone: the next start finds survivors.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::Child;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::platform::{self, Life};

use super::record::{Grace, Owner, RecordState, Records};
use super::runner::{Shared, Who};
use super::sessions;

/// The argument with which the program waits for the end of graces.
pub const ARGUMENT: &str = "__grace";

/// What the process says once the sessions are in its hands.
const TAKEN: &str = "taken";
/// How long a server waits for that.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most bytes of a handover.
const LARGEST: u64 = 1024 * 1024;
/// How often it is looked whether sessions were taken over.
const LOOK: Duration = Duration::from_secs(5);
/// How long it is tried to stop a session, in time that the machine is awake.
const PERSISTENCE: Duration = Duration::from_mins(30);
/// The first and the longest time between two tries.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

/// What one process hands to another.
#[derive(Debug, Serialize, Deserialize)]
struct Handover<'a> {
    folder: PathBuf,
    from: Owner,
    sessions: Cow<'a, [Charge]>,
}

/// A session that is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Its id.
    pub id: String,
    /// How many seconds it has until it is stopped; 0: at once.
    pub seconds: u64,
}

/// Hands sessions of this process to a process that outlives it. Blocks until they are in its hands.
///
/// # Errors
///
/// It could not be started, or did not take them. They stay on record as sessions of this process.
pub fn hand_over(records: &Records, sessions: &[Charge]) -> io::Result<()> {
    let folder = std::path::absolute(records.folder())?;
    let handover = serde_json::to_vec(&Handover { folder, from: Owner::this_process(), sessions: sessions.into() })?;
    let mut child = platform::start_detached(ARGUMENT)?;
    let told = tell(&mut child, &handover);
    if told.is_err() {
        // It has not taken them, and shall not do so when others may have.
        let _ = child.kill();
        let _ = child.wait();
    }
    told
}

/// Takes back what a process that could not be told everything has taken of this one's sessions, and ends their graces:
/// of a handover that failed nobody else looks after them. Returns the sessions that are to be stopped by this process.
pub fn take_back(records: &Records, sessions: &[Charge]) -> Vec<String> {
    let me = Owner::this_process();
    let is_ours = |id: &String| {
        let record = records.get(id)?.filter(|record| !record.keep);
        let Some(record) = record else { return Ok(false) };
        if record.owner == me {
            return Ok(record.grace.is_none() || records.end_grace(id)?.is_some());
        }
        // Whoever lives looks after it.
        let taken = record.grace.is_some() && record.owner.life() == Life::Gone;
        Ok(taken && records.adopt(id, &record.owner, Grace::of(0))? && records.end_grace(id)?.is_some())
    };
    let ids = sessions.iter().map(|charge| charge.id.clone());
    ids.filter(|id| {
        is_ours(id).unwrap_or_else(|error: io::Error| {
            tracing::warn!("the record of {id} cannot be changed: {error}");
            false
        })
    })
    .collect()
}

fn tell(child: &mut Child, handover: &[u8]) -> io::Result<()> {
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::Error::other("the process has no standard streams"));
    };
    stdin.write_all(handover)?;
    drop(stdin);
    let (sender, heard) = mpsc::channel();
    thread::Builder::new().name("handover".to_owned()).spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(stdout).take(1024).read_line(&mut line);
        // Nobody listens any more after the time.
        let _ = sender.send(read.map(|_| line));
    })?;
    match heard.recv_timeout(PATIENCE) {
        Ok(Ok(line)) if line.trim() == TAKEN => Ok(()),
        Ok(Ok(_)) => Err(io::Error::other("the process did not take the sessions")),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the process does not answer")),
    }
}

/// Takes what a server hands over on `input`, says so on `output`, and looks after it to the end.
///
/// # Errors
///
/// What was handed over cannot be read, or the runtime cannot be started.
pub fn keep(input: impl Read, output: impl FnOnce(&str)) -> io::Result<()> {
    let mut text = Vec::new();
    input.take(LARGEST).read_to_end(&mut text)?;
    let Handover { folder, from, sessions } = serde_json::from_slice(&text)?;
    drop(text);
    let records = Arc::new(Records::at(folder));
    let mut taken = Vec::new();
    for Charge { id, seconds } in sessions.into_owned() {
        match records.adopt(&id, &from, Grace::of(seconds)) {
            Ok(true) => taken.push(Waiting { id, end: End::after(Duration::from_secs(seconds)) }),
            // It is over, or somebody else's.
            Ok(false) => {}
            Err(error) => tracing::warn!("the session {id} is not taken: {error}"),
        }
    }
    output(&format!("{TAKEN}\n"));
    if taken.is_empty() {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(look_after(&records, taken));
    Ok(())
}

/// A session in its grace.
struct Waiting {
    id: String,
    end: End,
}

/// When a grace is over: by the clock on the wall, which goes on while the machine sleeps, or by the time that the machine
/// was awake, in case somebody puts back the clock on the wall.
#[derive(Debug, Clone, Copy)]
struct End {
    wall: Option<SystemTime>,
    awake: Instant,
}

impl End {
    fn after(grace: Duration) -> End {
        End { wall: SystemTime::now().checked_add(grace), awake: Instant::now() + grace }
    }

    /// Returns how long to wait; nothing if it is over.
    fn left(&self, wall: SystemTime, awake: Instant) -> Option<Duration> {
        let by_wall = self.wall.and_then(|end| end.duration_since(wall).ok())?;
        let left = by_wall.min(self.awake.saturating_duration_since(awake));
        (!left.is_zero()).then_some(left)
    }
}

/// Waits for the ends of graces, and stops what nobody has taken.
async fn look_after(records: &Arc<Records>, mut waiting: Vec<Waiting>) {
    let mut stopping = JoinSet::new();
    let mut shared = None;
    let mut ended = ended();
    let mut hurry = false;
    while !waiting.is_empty() {
        let (wall, awake) = (SystemTime::now(), Instant::now());
        let mut pause = LOOK;
        for Waiting { id, end } in std::mem::take(&mut waiting) {
            // What cannot be read now may be read later.
            if !records.is_in_grace(&id).unwrap_or(true) {
                continue;
            }
            match end.left(wall, awake).filter(|_| !hurry) {
                Some(left) => {
                    pause = pause.min(left);
                    waiting.push(Waiting { id, end });
                }
                None => {
                    let shared = shared.get_or_insert_with(Shared::of_user).clone();
                    stopping.spawn(stop(shared, Arc::clone(records), id));
                }
            }
        }
        if waiting.is_empty() {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = &mut ended => hurry = true,
            Some(_) = stopping.join_next() => {}
        }
    }
    while stopping.join_next().await.is_some() {}
}

/// Waits for the request to end. Whoever asks, as a system does that goes down, ends the wait for windows as well.
fn ended() -> futures_util::future::BoxFuture<'static, ()> {
    Box::pin(async {
        #[cfg(unix)]
        if let Ok(mut signal) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            signal.recv().await;
            return;
        }
        std::future::pending::<()>().await;
    })
}

/// Stops a session whose grace is over, if nobody was quicker.
async fn stop(shared: Shared, records: Arc<Records>, id: String) {
    let begun = tokio::time::Instant::now();
    let (mut pause, longest) = WAITS;
    let mut ours = false;
    loop {
        match records.end_grace(&id) {
            Ok(Some(_)) => ours = true,
            Ok(None) if !ours => return,
            // Somebody else has stopped it.
            Ok(None) if matches!(records.get(&id), Ok(None)) => return,
            Ok(None) => {}
            Err(error) => tracing::warn!("the record of {id} cannot be changed: {error}"),
        }
        if ours {
            match sessions::stop(&shared, &records, &id, Who::default()).await {
                Ok(()) => return,
                Err(why) => tracing::warn!("the session {id} is not stopped: {why}"),
            }
        }
        if begun.elapsed() >= PERSISTENCE {
            // It stays on record, and its owner will be gone.
            if let Err(error) = records.set_state(&id, RecordState::Unclear) {
                tracing::warn!("the record of {id} cannot be changed: {error}");
            }
            return;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::record::{RecordedIdentity, SessionRecord};

    #[test]
    fn a_grace_ends_by_either_clock() {
        let (wall, awake) = (SystemTime::now(), Instant::now());
        let minutes = Duration::from_mins;
        let end = End { wall: Some(wall + minutes(10)), awake: awake + minutes(10) };
        assert_eq!(end.left(wall, awake), Some(minutes(10)));
        assert_eq!(end.left(wall + minutes(4), awake + minutes(4)), Some(minutes(6)));
        // A night of sleep, during which only one of them goes on.
        assert_eq!(end.left(wall + minutes(480), awake + minutes(1)), None);
        // Somebody puts the clock back, by a day: the wait is no longer for that.
        assert_eq!(end.left(wall - minutes(1440), awake + minutes(9)), Some(minutes(1)));
        assert_eq!(end.left(wall - minutes(1440), awake + minutes(10)), None);
        // A time that no calendar has.
        assert_eq!(End { wall: None, awake }.left(wall, awake), None);
    }

    #[test]
    fn what_was_taken_by_a_process_that_is_gone_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::at(folder.path());
        let me = Owner::this_process();
        let gone = Owner { started_at: Some("long ago".into()), ..me.clone() };
        let session = |id: &str| SessionRecord {
            state: RecordState::Created,
            ..SessionRecord::new(id, RecordedIdentity::default())
        };
        let grace = Some(Grace::of(600));
        for record in [
            session("not taken"),
            SessionRecord { grace, owner: gone.clone(), ..session("taken") },
            SessionRecord { keep: true, owner: gone.clone(), ..session("kept") },
            // Somebody else's survivor, which was never handed over.
            SessionRecord { owner: gone, ..session("other") },
        ] {
            records.begin(&record).unwrap();
        }
        let charge = |id: &str| Charge { id: id.to_owned(), seconds: 600 };
        let charges = ["not taken", "taken", "kept", "other", "over"].map(charge);
        assert_eq!(take_back(&records, &charges), ["not taken", "taken"]);
        let taken = records.get("taken").unwrap().unwrap();
        assert_eq!((taken.owner, taken.grace, taken.state), (me, None, RecordState::Stopping));
        assert_eq!(records.waiting("/home/me/a.ipynb"), [], "nobody gets it meanwhile");
    }

    #[test]
    fn what_is_no_handover_is_refused() {
        for text in ["", "{}", "[]", "{\"folder\": 1}", "nonsense"] {
            assert!(keep(text.as_bytes(), |_| unreachable!()).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = vec![Charge { id: "nobody knows it".into(), seconds: 600 }];
        let handover =
            Handover { folder: folder.path().join("none"), from: Owner::this_process(), sessions: sessions.into() };
        let mut said = String::new();
        keep(&*serde_json::to_vec(&handover).unwrap(), |text| said.push_str(text)).unwrap();
        assert_eq!(said, "taken\n");
    }
}
