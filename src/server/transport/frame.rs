//! Cuts a byte stream into the bodies of messages.
//!
//! The stream is the base protocol of LSP: header lines, a blank line, as many bytes as `Content-Length`
//! says. Whatever else arrives is stepped over: after a bad header the cutter looks for the next place
//! where a header can begin. That is reliable, because a JSON string cannot hold a raw line break, so
//! `Content-Length: 12` followed by a line break never occurs inside a well-formed body.

use std::io::{self, Read};

/// The header that a frame cannot do without, as it is searched for (compared without case).
const NEEDLE: &[u8] = b"content-length:";
/// The longest header block, in bytes. Real ones have one or two lines.
const LONGEST_HEADER: usize = 16 * 1024;
/// How many bytes are asked of the input at a time while headers are read.
const CHUNK: usize = 64 * 1024;
/// The longest run of digits that is read as a length; more is absurd in any case.
const LONGEST_NUMBER: usize = 24;

/// What came next on the stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The body of one frame, not yet looked at.
    Body(Vec<u8>),
    /// Bytes that are no frame; they are stepped over by the next call. Reported once for each stretch.
    Skipped(BadHeader),
    /// The stream is over. Bytes of an unfinished frame are dropped.
    End,
}

/// Why bytes were not taken for a frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadHeader {
    /// A line that is not `Name: value`.
    #[error("expected header lines such as `Content-Length: 123`, found something else")]
    Malformed,
    /// A header block without a length.
    #[error("a message came without `Content-Length`")]
    NoLength,
    /// The length is not a number of bytes.
    #[error("`Content-Length` is not a whole number of bytes: `{0}`")]
    NotANumber(String),
    /// The length is a number, and too large.
    #[error("`Content-Length` is {announced}, the largest message taken is {largest} bytes")]
    TooLarge {
        /// What the header says.
        announced: String,
        /// The limit, in bytes.
        largest: usize,
    },
}

/// How far the bytes at the front of the buffer are a header block.
enum Header {
    /// A whole block: the frame's body starts `start` bytes in and is `length` bytes long.
    Whole {
        start: usize,
        length: usize,
    },
    /// Nothing wrong so far, and not yet at its end.
    Unfinished,
    Bad(BadHeader),
}

/// Cuts frames from `input`.
pub(crate) struct FrameReader<R> {
    input: R,
    largest: usize,
    /// Bytes read and not yet used: `buffer[start..]`.
    buffer: Vec<u8>,
    start: usize,
    /// Whether the bytes at the front belong to something that was reported as skipped.
    lost: bool,
}

impl<R: Read> FrameReader<R> {
    /// Returns a cutter that takes bodies of at most `largest` bytes.
    pub(crate) fn new(input: R, largest: usize) -> Self {
        Self { input, largest, buffer: Vec::new(), start: 0, lost: false }
    }

    /// Returns what comes next, waiting for as many bytes as that needs.
    ///
    /// # Errors
    ///
    /// The input's own error; the stream cannot be read further then.
    pub(crate) fn next(&mut self) -> io::Result<Cut> {
        loop {
            if self.lost {
                if !self.find_header()? {
                    return Ok(Cut::End);
                }
            } else if !self.skip_blank_lines()? {
                return Ok(Cut::End);
            }
            match self.read_header()? {
                None => return Ok(Cut::End),
                Some(Ok((start, length))) => {
                    self.start += start;
                    self.lost = false;
                    return Ok(self.read_body(length)?.map_or(Cut::End, Cut::Body));
                }
                Some(Err(bad)) => {
                    // One byte further, so that the search does not find the same bad header again.
                    self.start += 1;
                    if !std::mem::replace(&mut self.lost, true) {
                        return Ok(Cut::Skipped(bad));
                    }
                }
            }
        }
    }

    /// Says that `body`, the last one returned, was not what its header promised: too short or too long.
    ///
    /// If the beginning of another frame stands in it, that is put back; what comes before the next header is
    /// stepped over without a second report.
    pub(crate) fn distrust(&mut self, body: &[u8]) {
        if let Some(next) = find_header(body) {
            self.buffer.splice(..self.start, body[next..].iter().copied());
            self.start = 0;
        }
        self.lost = true;
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Reads more; false at the end of the input.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let filled = self.buffer.len();
        self.buffer.resize(filled + CHUNK, 0);
        loop {
            match self.input.read(&mut self.buffer[filled..]) {
                Ok(read) => {
                    self.buffer.truncate(filled + read);
                    return Ok(read > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.buffer.truncate(filled);
                    return Err(error);
                }
            }
        }
    }

    fn skip_blank_lines(&mut self) -> io::Result<bool> {
        loop {
            let blank = self.rest().iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            self.start += blank;
            if !self.rest().is_empty() {
                return Ok(true);
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    /// Moves to the next place where a header can begin; false at the end of the input.
    fn find_header(&mut self) -> io::Result<bool> {
        loop {
            if let Some(found) = find_header(self.rest()) {
                self.start += found;
                return Ok(true);
            }
            self.start = self.buffer.len();
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    fn read_header(&mut self) -> io::Result<Option<Result<(usize, usize), BadHeader>>> {
        loop {
            // The limit holds however much of the stream happens to be read already.
            let block = &self.rest()[..self.rest().len().min(LONGEST_HEADER)];
            match parse_header(block, self.largest) {
                Header::Whole { start, length } => return Ok(Some(Ok((start, length)))),
                Header::Bad(bad) => return Ok(Some(Err(bad))),
                Header::Unfinished if block.len() == LONGEST_HEADER => {
                    return Ok(Some(Err(BadHeader::Malformed)));
                }
                Header::Unfinished => {
                    if !self.fill()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Reads a body. Memory is taken as bytes arrive, never because a header announces them.
    fn read_body(&mut self, length: usize) -> io::Result<Option<Vec<u8>>> {
        let buffered = length.min(self.rest().len());
        let mut body = self.rest()[..buffered].to_vec();
        self.start += buffered;
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        }
        let missing = length - buffered;
        if missing > 0 {
            let read = self.input.by_ref().take(missing as u64).read_to_end(&mut body)?;
            if read < missing {
                return Ok(None);
            }
        }
        Ok(Some(body))
    }
}

/// Returns where in `bytes` a header may begin: a whole `Content-Length` line, or one that `bytes` ends in.
fn find_header(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(step) = bytes[from..].iter().position(|byte| matches!(byte, b'c' | b'C')) {
        from += step;
        if may_be_length_line(&bytes[from..]) {
            return Some(from);
        }
        from += 1;
    }
    None
}

/// Whether `bytes` begins with a `Content-Length` line, or is the beginning of one.
fn may_be_length_line(bytes: &[u8]) -> bool {
    let name = bytes.len().min(NEEDLE.len());
    if !bytes[..name].eq_ignore_ascii_case(&NEEDLE[..name]) {
        return false;
    }
    let rest = &bytes[name..];
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let digits = rest[blanks..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let after = &rest[blanks + digits..];
    let blanks = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match &after[blanks..] {
        [] => true,
        [b'\r'] | [b'\r', b'\n', ..] | [b'\n', ..] => digits > 0,
        _ => false,
    }
}

fn parse_header(bytes: &[u8], largest: usize) -> Header {
    let mut at = 0;
    let mut length = None;
    while let Some(end) = bytes[at..].iter().position(|&byte| byte == b'\n') {
        let line = &bytes[at..at + end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        at += end + 1;
        if line.is_empty() {
            return match length {
                Some(length) => Header::Whole { start: at, length },
                None => Header::Bad(BadHeader::NoLength),
            };
        }
        let Some((name, value)) = split_line(line) else {
            return Header::Bad(BadHeader::Malformed);
        };
        if name.eq_ignore_ascii_case(b"content-length") {
            match parse_length(value, largest) {
                Ok(bytes) => length = Some(bytes),
                Err(bad) => return Header::Bad(bad),
            }
        }
    }
    // An unfinished line is judged as soon as it cannot become a header, not when its end arrives:
    // the end may never come.
    let line = &bytes[at..];
    let name = line.iter().take_while(|&&byte| is_name_byte(byte)).count();
    match line.get(name) {
        None | Some(b'\r') if name == line.len() || name == 0 => Header::Unfinished,
        Some(b':' | b' ' | b'\t') if name > 0 => Header::Unfinished,
        _ => Header::Bad(BadHeader::Malformed),
    }
}

fn split_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    let well_formed = !name.is_empty() && name.iter().copied().all(is_name_byte);
    well_formed.then(|| (name, line[colon + 1..].trim_ascii()))
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

fn parse_length(value: &[u8], largest: usize) -> Result<usize, BadHeader> {
    let shown = || String::from_utf8_lossy(&value[..value.len().min(LONGEST_NUMBER)]).into_owned();
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(BadHeader::NotANumber(shown()));
    }
    std::str::from_utf8(value)
        .ok()
        .and_then(|digits| digits.parse::<usize>().ok())
        .filter(|&length| length <= largest)
        .ok_or_else(|| BadHeader::TooLarge { announced: shown(), largest })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An input that gives one byte at a time, as a slow pipe may.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn cuts(input: impl Read) -> Vec<Result<String, BadHeader>> {
        let mut reader = FrameReader::new(input, 100);
        let mut all = Vec::new();
        loop {
            match reader.next().unwrap() {
                Cut::Body(body) => all.push(Ok(String::from_utf8(body).unwrap())),
                Cut::Skipped(bad) => all.push(Err(bad)),
                Cut::End => return all,
            }
        }
    }

    /// Checks the frames of `stream`, however it is chopped.
    #[track_caller]
    fn check(stream: &str, expected: &[Result<&str, BadHeader>]) {
        let expected: Vec<_> =
            expected.iter().map(|cut| cut.as_ref().map(ToString::to_string).map_err(Clone::clone)).collect();
        assert_eq!(cuts(stream.as_bytes()), expected, "in one piece");
        assert_eq!(cuts(Trickle(stream.as_bytes())), expected, "byte by byte");
    }

    #[test]
    fn headers_are_read_whatever_their_case_order_and_number() {
        check(
            "Content-Length: 2\r\n\r\n{}content-length:3\r\n\r\n[1]\
             Content-Type: application/vscode-jsonrpc\r\nX-Any: a:b\r\nCONTENT-LENGTH : 4 \r\n\r\nnull",
            &[Ok("{}"), Ok("[1]"), Ok("null")],
        );
    }

    #[test]
    fn bare_line_feeds_and_blank_lines_are_tolerated() {
        check("\r\n\nContent-Length: 2\n\n{}\r\n\r\n\nContent-Length: 2\r\n\r\n[]", &[Ok("{}"), Ok("[]")]);
    }

    #[test]
    fn garbage_is_reported_once_and_the_next_frame_is_found() {
        check(
            "GET / HTTP/1.1\r\nHost: x\r\n\r\nwhat? Content-Length: no\r\n\r\nContent-Length: 2\r\n\r\n{}",
            &[Err(BadHeader::Malformed), Ok("{}")],
        );
    }

    #[test]
    fn a_block_without_length_is_skipped_with_its_body() {
        check("Content-Type: x\r\n\r\n{\"id\":1}Content-Length: 2\r\n\r\n{}", &[Err(BadHeader::NoLength), Ok("{}")]);
    }

    #[test]
    fn absurd_lengths_are_skipped() {
        for length in ["1000000000000000000", "101", "99999999999999999999999999", "-5", "+5", "ten", "0x10", ""] {
            let stream = format!("Content-Length: {length}\r\n\r\n{{\"a\":1}}Content-Length: 2\r\n\r\n{{}}");
            let found = cuts(stream.as_bytes());
            assert!(
                matches!(
                    &found[..],
                    [Err(BadHeader::TooLarge { .. } | BadHeader::NotANumber(_)), Ok(body)] if body == "{}"
                ),
                "{length}: {found:?}",
            );
            assert_eq!(cuts(Trickle(stream.as_bytes())), found);
        }
    }

    #[test]
    fn a_missing_blank_line_loses_one_message_only() {
        check("Content-Length: 7\r\n{\"a\":1}Content-Length: 2\r\n\r\n{}", &[Err(BadHeader::Malformed), Ok("{}")]);
    }

    #[test]
    fn an_endless_header_is_given_up() {
        let stream = format!("X: {}\r\nContent-Length: 2\r\n\r\n{{}}", "x".repeat(LONGEST_HEADER * 2));
        check(&stream, &[Err(BadHeader::Malformed), Ok("{}")]);
    }

    #[test]
    fn an_unfinished_frame_ends_with_the_stream() {
        check("Content-Length: 2\r\n\r\n{}Content-Length: 5\r\n\r\n{\"a", &[Ok("{}")]);
        check("Content-Length: 2\r\n\r\n{}Content-Le", &[Ok("{}")]);
    }

    #[test]
    fn text_inside_a_string_is_no_header() {
        assert_eq!(find_header(br#"{"text":"Content-Length: 5\r\n"}"#), None);
        assert_eq!(find_header(b"{\"a\":1Content-Length: 5\r\n\r\n"), Some(6));
        assert_eq!(find_header(b"{\"a\":1Content-Len"), Some(6));
    }

    #[test]
    fn a_wrong_length_costs_one_message_only() {
        for length in [1, 3, 8, 12, 20] {
            let stream = format!("Content-Length: {length}\r\n\r\n{{\"a\":1}}Content-Length: 2\r\n\r\n[]");
            let mut reader = FrameReader::new(stream.as_bytes(), 100);
            let Cut::Body(body) = reader.next().unwrap() else { panic!("{length}") };
            reader.distrust(&body);
            assert_eq!(reader.next().unwrap(), Cut::Body(b"[]".to_vec()), "{length}");
            assert_eq!(reader.next().unwrap(), Cut::End);
        }
    }
}
