//! The private connection to a worker: frames of a length (4 bytes, big endian) and a JSON object in UTF-8.
//!
//! Nothing that the worker sends is trusted: frames are bounded, memory grows with what has arrived and not with what
//! was announced, invalid UTF-8 is replaced and messages of an unknown kind are stepped over.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

/// The largest frame in either direction, in bytes. The Python side has the same bound.
pub(super) const FRAME_LIMIT: usize = 64 * 1024 * 1024;

/// A message to the worker.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Outgoing<'a> {
    /// Run a statement, then write the marker to both output pipes, then answer `done`.
    Run { id: u64, code: &'a str, marker: &'a str },
    /// Interrupt a statement if it still runs.
    Interrupt { id: u64 },
}

/// A message from the worker.
#[derive(Debug)]
pub(super) enum Incoming {
    /// The worker is ready.
    Hello(Hello),
    /// A statement has ended.
    Done(Done),
}

/// What a worker says of itself when it is ready.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Hello {
    #[serde(default)]
    pub(super) protocol: u64,
    #[serde(default)]
    pub(super) python: String,
    #[serde(default)]
    pub(super) executable: String,
}

/// How a statement ended.
#[derive(Debug, Deserialize)]
pub(super) struct Done {
    pub(super) id: u64,
    pub(super) status: Status,
    #[serde(default)]
    pub(super) data: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) ename: String,
    #[serde(default)]
    pub(super) evalue: String,
    #[serde(default)]
    pub(super) traceback: Vec<String>,
    #[serde(default)]
    pub(super) interrupted: bool,
}

/// Whether a statement raised an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Ok,
    Error,
}

/// Returns a message as a frame.
///
/// # Errors
///
/// The message is larger than [`FRAME_LIMIT`].
pub(super) fn encode(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message)?;
    let size = u32::try_from(frame.len() - 4).ok().filter(|size| *size as usize <= FRAME_LIMIT);
    let size = size.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the message is too large"))?;
    frame[..4].copy_from_slice(&size.to_be_bytes());
    Ok(frame)
}

/// Reads messages until one that is known; `None` at the end of the connection.
///
/// # Errors
///
/// The connection failed, a frame is larger than [`FRAME_LIMIT`] or one of a known kind is wrong (`InvalidData`).
pub(super) async fn read<R: AsyncRead + Unpin>(reader: &mut R) -> io::Result<Option<Incoming>> {
    loop {
        let mut head = [0; 4];
        match reader.read_exact(&mut head).await {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let size = u32::from_be_bytes(head) as usize;
        if size > FRAME_LIMIT {
            let reason = format!("it announced a message of {size} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        let mut body = Vec::new();
        if (&mut *reader).take(size as u64).read_to_end(&mut body).await? < size {
            return Ok(None);
        }
        match decode(&body)? {
            Some(message) => return Ok(Some(message)),
            None => tracing::debug!(size, "stepped over a message of the Python worker"),
        }
    }
}

/// Decodes a frame's body; `None` for what is not JSON or of an unknown kind.
///
/// # Errors
///
/// It is of a known kind and lacks what that kind must have: whoever waits for it would wait for ever.
fn decode(body: &[u8]) -> io::Result<Option<Incoming>> {
    let Ok(value) = serde_json::from_str::<Value>(&String::from_utf8_lossy(body)) else { return Ok(None) };
    let message = match value.get("type").and_then(Value::as_str) {
        Some("hello") => serde_json::from_value(value).map(Incoming::Hello),
        Some("done") => serde_json::from_value(value).map(Incoming::Done),
        _ => return Ok(None),
    };
    message.map(Some).map_err(|error| {
        io::Error::new(io::ErrorKind::InvalidData, format!("one of its messages is not well formed ({error})"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(body: &[u8]) -> Vec<u8> {
        let mut frame = (body.len() as u32).to_be_bytes().to_vec();
        frame.extend_from_slice(body);
        frame
    }

    #[tokio::test]
    async fn steps_over_what_it_does_not_know() {
        let mut bytes = framed(b"not json");
        bytes.extend(framed(br#"{"type":"news","id":1}"#));
        bytes.extend(framed(br#"[1,2]"#));
        bytes.extend(framed(b"{\"type\":\"done\",\"id\":7,\"status\":\"error\",\"evalue\":\"\xff\"}"));
        let mut reader = bytes.as_slice();
        let Some(Incoming::Done(done)) = read(&mut reader).await.unwrap() else { panic!("no answer") };
        assert_eq!((done.id, done.status, done.evalue.as_str()), (7, Status::Error, "\u{fffd}"));
        assert!(read(&mut reader).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn refuses_a_frame_that_is_too_large_and_ends_at_a_cut_one() {
        let mut huge: &[u8] = &[0xff, 0xff, 0xff, 0xff, b'{'];
        assert_eq!(read(&mut huge).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        let mut wrong = framed(br#"{"type":"done","id":-1,"status":"ok"}"#);
        assert_eq!(read(&mut wrong.as_slice()).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        wrong.truncate(10);
        assert!(read(&mut wrong.as_slice()).await.unwrap().is_none());
        let mut cut: &[u8] = &[0, 0, 1, 0, b'{'];
        assert!(read(&mut cut).await.unwrap().is_none());
    }
}
