//! One of a worker's two output pipes: read at all times, cut into the output of statements, bounded.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Duration, Instant, sleep_until, timeout};

use super::{Output, Source};

/// How much is read at a time, in bytes; also the largest piece that is handed on.
const CHUNK: usize = 64 * 1024;
/// How much output that comes while no statement runs is kept for the next one, in bytes.
const LATE_LIMIT: usize = 64 * 1024;
/// How long a pipe that should have come to its end is read on.
const GRACE: Duration = Duration::from_millis(500);

/// What a stream is told.
#[derive(Debug)]
pub(super) enum Order {
    /// A statement begins: hand its output to `sink`, up to `limit` bytes, until `marker` comes.
    Begin { marker: Vec<u8>, limit: usize, sink: mpsc::Sender<Output>, ended: oneshot::Sender<u64> },
    /// The statement, or the worker, has ended: the marker stands in the pipe already or will never come.
    Finish,
    /// Read the pipe to its end and hand over what has come while no statement ran.
    TakeLate(oneshot::Sender<Vec<u8>>),
}

/// Starts reading a pipe. It ends when the sender of orders is dropped, or at the end of the pipe.
pub(super) fn start<R>(pipe: R, source: Source) -> mpsc::UnboundedSender<Order>
where
    R: AsyncRead + Send + Unpin + 'static,
{
    let (sender, orders) = mpsc::unbounded_channel();
    let stream =
        Stream { pipe, source, held: Vec::new(), late: Vec::new(), late_dropped: 0, statement: None, finish: None };
    tokio::spawn(stream.run(orders));
    sender
}

/// The output of the statement that runs.
#[derive(Debug)]
struct Statement {
    marker: Vec<u8>,
    /// How many more bytes are handed on.
    left: usize,
    /// How many bytes were not.
    dropped: u64,
    /// Bytes of a character whose rest has not come yet.
    partial: Vec<u8>,
    /// Nobody reads it any more when it is `None`.
    sink: Option<mpsc::Sender<Output>>,
    ended: oneshot::Sender<u64>,
}

#[derive(Debug)]
struct Stream<R> {
    pipe: R,
    source: Source,
    /// The last bytes read, which may be the beginning of the marker.
    held: Vec<u8>,
    late: Vec<u8>,
    late_dropped: u64,
    statement: Option<Statement>,
    /// Until when to wait for more.
    finish: Option<Instant>,
}

impl<R: AsyncRead + Unpin> Stream<R> {
    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        let mut buffer = vec![0; CHUNK];
        let mut open = true;
        loop {
            let deadline = self.finish;
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(order) => self.obey(order, open).await,
                    None => return,
                },
                read = self.pipe.read(&mut buffer), if open => match read {
                    Ok(0) => open = false,
                    Ok(count) => self.take(&buffer[..count]).await,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => open = false,
                },
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => self.end().await,
            }
            if !open && self.statement.is_some() {
                self.end().await;
            }
        }
    }

    async fn obey(&mut self, order: Order, open: bool) {
        match order {
            Order::Begin { marker, limit, sink, ended } => {
                self.end().await;
                let late = std::mem::take(&mut self.late);
                let dropped = std::mem::take(&mut self.late_dropped);
                let mut statement =
                    Statement { marker, left: limit, dropped, partial: Vec::new(), sink: Some(sink), ended };
                statement.emit(self.source, &late).await;
                self.statement = Some(statement);
            }
            // Reading goes on until nothing has come for a while.
            Order::Finish if open && self.statement.is_some() => self.finish = Some(Instant::now() + GRACE),
            Order::Finish => self.end().await,
            Order::TakeLate(answer) => {
                let mut buffer = vec![0; CHUNK];
                while open && let Ok(Ok(count @ 1..)) = timeout(GRACE, self.pipe.read(&mut buffer)).await {
                    self.keep_late(&buffer[..count]);
                    if self.late_dropped > 0 {
                        break;
                    }
                }
                let _ = answer.send(std::mem::take(&mut self.late));
            }
        }
    }

    /// Handles bytes that were read.
    async fn take(&mut self, bytes: &[u8]) {
        if self.finish.is_some() {
            self.finish = Some(Instant::now() + GRACE);
        }
        let Some(statement) = &mut self.statement else {
            self.keep_late(bytes);
            return;
        };
        self.held.extend_from_slice(bytes);
        let held = std::mem::take(&mut self.held);
        match find(&held, &statement.marker) {
            Found::At(at) => {
                statement.emit(self.source, &held[..at]).await;
                let rest = held[at + statement.marker.len()..].to_vec();
                self.end().await;
                self.keep_late(&rest);
            }
            Found::MayBeginAt(at) => {
                statement.emit(self.source, &held[..at]).await;
                self.held = held[at..].to_vec();
            }
        }
    }

    /// Ends the output of the statement, if one runs.
    async fn end(&mut self) {
        self.finish = None;
        let held = std::mem::take(&mut self.held);
        if let Some(mut statement) = self.statement.take() {
            statement.emit(self.source, &held).await;
            statement.close(self.source).await;
        }
    }

    fn keep_late(&mut self, bytes: &[u8]) {
        let kept = bytes.len().min(LATE_LIMIT - self.late.len());
        self.late.extend_from_slice(&bytes[..kept]);
        self.late_dropped += (bytes.len() - kept) as u64;
    }
}

impl Statement {
    /// Hands on bytes as text, as far as they fit.
    async fn emit(&mut self, source: Source, bytes: &[u8]) {
        let kept = bytes.len().min(self.left);
        self.left -= kept;
        self.dropped += (bytes.len() - kept) as u64;
        if kept > 0 {
            self.partial.extend_from_slice(&bytes[..kept]);
            let text = decode(&mut self.partial);
            self.send(source, text).await;
        }
    }

    /// Hands on what is left, and a note if something was cut.
    async fn close(mut self, source: Source) {
        let mut text = String::from_utf8_lossy(&self.partial).into_owned();
        if self.dropped > 0 {
            text.push_str(&format!(
                "\n[glue-ls: the output is cut here, {} more were printed; write large output to a file]\n",
                size(self.dropped)
            ));
        }
        self.send(source, text).await;
        let _ = self.ended.send(self.dropped);
    }

    async fn send(&mut self, source: Source, text: String) {
        if text.is_empty() {
            return;
        }
        if let Some(sink) = &self.sink
            && sink.send(Output { source, text }).await.is_err()
        {
            self.sink = None;
        }
    }
}

/// Where a marker stands.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// All of it.
    At(usize),
    /// Perhaps its beginning, up to the end of the bytes; their length if not even that.
    MayBeginAt(usize),
}

fn find(bytes: &[u8], marker: &[u8]) -> Found {
    let mut from = 0;
    while let Some(step) = marker.first().and_then(|first| bytes[from..].iter().position(|byte| byte == first)) {
        let at = from + step;
        let rest = &bytes[at..];
        if rest.starts_with(marker) {
            return Found::At(at);
        }
        if marker.starts_with(rest) {
            return Found::MayBeginAt(at);
        }
        from = at + 1;
    }
    Found::MayBeginAt(bytes.len())
}

/// Takes the text from the front of `bytes` and leaves the bytes of a character that is not complete yet. What is not
/// UTF-8 becomes U+FFFD.
fn decode(bytes: &mut Vec<u8>) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut left = 0;
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        text.push_str(chunk.valid());
        let invalid = chunk.invalid();
        if chunks.peek().is_none() && is_beginning(invalid) {
            left = invalid.len();
        } else if !invalid.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    bytes.drain(..bytes.len() - left);
    text
}

/// Returns whether bytes at the end of a text are the beginning of a character, and not wrong in themselves.
fn is_beginning(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
}

/// Returns a number of bytes as a person would say it.
fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..MIB => format!("{} KiB", bytes / 1024),
        _ => format!("{:.1} MiB", bytes as f64 / MIB as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_found_wherever_the_reads_cut_it() {
        let bytes = b"\x1e\x1e<<text\x1e<<end";
        let marker = b"\x1e<<end";
        assert_eq!(find(bytes, marker), Found::At(8));
        for cut in 9..bytes.len() {
            assert_eq!(find(&bytes[..cut], marker), Found::MayBeginAt(8), "cut at {cut}");
        }
        assert_eq!(find(b"\x1e<<text", marker), Found::MayBeginAt(7));
        assert_eq!(find(b"", marker), Found::MayBeginAt(0));
    }

    #[test]
    fn characters_survive_being_cut_and_wrong_bytes_are_replaced() {
        let text = "añ€😀\u{1e}";
        for cut in 0..=text.len() {
            let mut bytes = text.as_bytes()[..cut].to_vec();
            let mut out = decode(&mut bytes);
            bytes.extend_from_slice(&text.as_bytes()[cut..]);
            out.push_str(&decode(&mut bytes));
            assert_eq!((out.as_str(), bytes.len()), (text, 0), "cut at {cut}");
        }
        let mut bytes = b"\xff\xfea\xc3".to_vec();
        assert_eq!(decode(&mut bytes), "\u{fffd}\u{fffd}a");
        assert_eq!(bytes, b"\xc3");
    }

    #[tokio::test]
    async fn output_is_bounded_and_late_output_comes_with_the_next_statement() {
        let (mut input, pipe) = tokio::io::duplex(64);
        let orders = start(pipe, Source::Stderr);
        let (sink, mut outputs) = mpsc::channel(64);
        let (ended, dropped) = oneshot::channel();
        orders.send(Order::Begin { marker: b"\x1eA".to_vec(), limit: 4, sink, ended }).unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut input, b"abcdefg\x1eAlate").await.unwrap();
        assert_eq!(dropped.await.unwrap(), 3);
        let mut text = String::new();
        while let Some(output) = outputs.recv().await {
            assert_eq!(output.source, Source::Stderr);
            text.push_str(&output.text);
        }
        assert!(text.starts_with("abcd\n[glue-ls: the output is cut here, 3 bytes more"), "{text}");

        drop(input);
        let (sink, mut outputs) = mpsc::channel(64);
        let (ended, dropped) = oneshot::channel();
        orders.send(Order::Begin { marker: b"\x1eB".to_vec(), limit: 100, sink, ended }).unwrap();
        assert_eq!(dropped.await.unwrap(), 0);
        assert_eq!(outputs.recv().await.unwrap().text, "late");
    }
}
