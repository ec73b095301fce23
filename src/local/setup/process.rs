//! Runs a program to its end, and reads what it says, line by line.

use std::collections::VecDeque;
use std::io;
use std::process::Command;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::sync::mpsc;

use super::cancel::Cancel;
use crate::platform::{self, Exit};

/// How many of the last lines are kept.
const KEPT_LINES: usize = 60;
/// The longest line that is kept, in bytes.
const LONGEST_LINE: u64 = 16 * 1024;

/// How a program ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// By itself.
    Itself {
        /// Whether its exit code was 0.
        well: bool,
        /// The last lines that it wrote, from both streams.
        said: Vec<String>,
    },
    /// It was cancelled; it and all that it started are gone.
    Cancelled,
}

/// Runs a program at the head of its own group. Each line it writes goes to `each` as it comes.
///
/// # Errors
///
/// It could not be started.
pub(super) async fn run(command: Command, cancel: &mut Cancel, mut each: impl FnMut(&str)) -> io::Result<Ended> {
    if cancel.is_cancelled() {
        return Ok(Ended::Cancelled);
    }
    // A download of half a gigabyte is of no use to anybody once we are gone.
    let mut launched = platform::launch(platform::ending_with_us(command)).await?;
    // Where its end is that of the program it is kept; elsewhere the program sees at once that it has nothing to read.
    let _connection = cfg!(unix).then_some((launched.control_writer, launched.control_reader));
    let (lines, mut coming) = mpsc::channel(64);
    let readers = [tokio::spawn(read(launched.stdout, lines.clone())), tokio::spawn(read(launched.stderr, lines))];
    let mut said = VecDeque::new();
    let exit = loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => {
                launched.group.kill();
                // What it was writing to is removed next.
                let _ = launched.exited.await;
                readers.iter().for_each(tokio::task::JoinHandle::abort);
                return Ok(Ended::Cancelled);
            }
            line = coming.recv() => match line {
                Some(line) => {
                    each(&line);
                    said.push_back(line);
                    if said.len() > KEPT_LINES {
                        said.pop_front();
                    }
                }
                None => break tokio::select! {
                    exit = &mut launched.exited => exit.unwrap_or(Exit::Unknown),
                    () = cancel.cancelled() => {
                        launched.group.kill();
                        return Ok(Ended::Cancelled);
                    }
                },
            },
        }
    };
    Ok(Ended::Itself { well: exit == Exit::Code(0), said: said.into() })
}

async fn read(from: impl AsyncRead + Unpin, lines: mpsc::Sender<String>) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A longer line comes in pieces.
        match (&mut from).take(LONGEST_LINE).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let text = String::from_utf8_lossy(&line);
                if lines.send(text.trim_end().to_owned()).await.is_err() {
                    return;
                }
            }
        }
    }
}
