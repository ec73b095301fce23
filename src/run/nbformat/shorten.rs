//! Outputs that are too much are made to fit: their beginnings and ends stay, and a note says what is missing.

use std::borrow::Cow;

use serde_json::Value;

use crate::session::MimeBundle;

use super::{Limit, Piece, size};

/// Makes the pieces fit: exceptions first, at most a quarter; then values, at most half of the rest where streams need
/// the other half; then streams, in equal shares.
pub(super) fn shorten(pieces: &mut Vec<Piece<'_>>, limit: &Limit) {
    let mut room = limit.bytes;
    let share = limit.bytes / 4;
    for piece in pieces.iter_mut() {
        if let Piece::Error { ename, evalue, traceback } = piece {
            let share = share.min(room);
            shorten_text(ename, share / 8, limit);
            shorten_text(evalue, share / 4, limit);
            shorten_entries(traceback, share / 2, limit);
            room = room.saturating_sub(piece.size());
        }
    }

    let streams = |piece: &Piece<'_>| if let Piece::Stream { text, .. } = piece { text.len() } else { 0 };
    let wanted = pieces.iter().map(streams).fold(0, usize::saturating_add);
    let mut for_data = room - wanted.min(room / 2);
    let mut index = 0;
    while index < pieces.len() {
        if let Piece::Data(data) = &mut pieces[index] {
            let (used, note) = shorten_bundle(data, for_data, limit);
            for_data -= used.min(for_data);
            room -= used.min(room);
            let nothing = data.is_empty();
            if let Some(text) = note {
                let note = Piece::Stream { name: "stderr", text: Cow::Owned(text) };
                if nothing {
                    pieces[index] = note;
                } else {
                    index += 1;
                    pieces.insert(index, note);
                }
            }
        }
        index += 1;
    }

    let mut lengths: Vec<usize> = pieces.iter().map(streams).filter(|len| *len > 0).collect();
    lengths.sort_unstable();
    // What short streams leave is divided among the longer ones.
    let mut share = room;
    for (index, len) in lengths.iter().enumerate() {
        share = room / (lengths.len() - index);
        if *len > share {
            break;
        }
        room -= len;
        share = *len;
    }
    for piece in pieces {
        if let Piece::Stream { text, .. } = piece
            // What was just said of a value is no stream of the cell's.
            && !is_note(text)
        {
            shorten_text(text, share, limit);
        }
    }
}

/// Takes out the representations that do not fit, the largest first; returns the bytes of what is kept, and what to
/// say of what is not.
fn shorten_bundle(data: &mut Cow<'_, MimeBundle>, room: usize, limit: &Limit) -> (usize, Option<String>) {
    let mut sizes: Vec<(usize, String)> =
        data.iter().map(|(kind, value)| (kind.len() + size(value), kind.clone())).collect();
    sizes.sort();
    let (mut used, mut left_out) = (0_usize, Vec::new());
    for (size, kind) in sizes {
        if used.saturating_add(size) <= room {
            used += size;
            continue;
        }
        // Text can be cut; half of an image or of a page is nothing.
        if kind == "text/plain"
            && room - used > 1024
            && let Some(Value::String(text)) = data.to_mut().get_mut(&kind)
        {
            let mut short = Cow::Owned(std::mem::take(text));
            shorten_text(&mut short, room - used - kind.len(), limit);
            *text = short.into_owned();
            used = room;
            continue;
        }
        data.to_mut().remove(&kind);
        let kind: String = kind.chars().take(100).collect();
        left_out.push(format!("`{kind}` ({})", bytes(size)));
        if left_out.len() > 20 {
            // A bundle with a great many representations is nobody's value.
            let kept: usize = data.iter().map(|(kind, value)| kind.len() + self::size(value)).sum();
            if kept > room {
                data.to_mut().clear();
            }
            left_out.push("and more".to_owned());
            break;
        }
    }
    let note = (!left_out.is_empty()).then(|| note(&format!("{} left out here", left_out.join(", ")), limit));
    (used, note)
}

const NOTE: &str = "[glue-ls: ";

fn is_note(text: &str) -> bool {
    text.starts_with(NOTE) && text.len() < 4096 && text.ends_with("]\n")
}

fn note(what: &str, limit: &Limit) -> String {
    let most = bytes(limit.bytes);
    let remedy = if limit.remedy.is_empty() { String::new() } else { format!("; {}", limit.remedy) };
    format!("{NOTE}{what}, because a cell shows at most {most}{remedy}]\n")
}

/// Leaves out the middle of a text that has more than `room` bytes: its beginning and its end tell most.
fn shorten_text(text: &mut Cow<'_, str>, room: usize, limit: &Limit) {
    if text.len() <= room {
        return;
    }
    let (head, tail) = ends(text, room);
    let left_out = tail - head;
    let gap = if head == 0 || text[..head].ends_with('\n') { "" } else { "\n" };
    let note = note(&format!("{} left out here", bytes(left_out)), limit);
    let short = format!("{}{gap}{note}{}", &text[..head], &text[tail..]);
    *text = Cow::Owned(short);
}

/// Returns where the beginning that is kept ends and the end begins: at line breaks where there are any nearby.
fn ends(text: &str, room: usize) -> (usize, usize) {
    let mut head = room - room / 4;
    let mut tail = text.len() - room / 4;
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    if let Some(line) = text[..head].rfind('\n')
        && head - line < 4096
    {
        head = line + 1;
    }
    if let Some(line) = text[tail..].find('\n')
        && line < 4096
        && tail + line + 1 < text.len()
    {
        tail += line + 1;
    }
    (head, tail)
}

/// Leaves out the middle of a traceback; its last entries say what went wrong.
fn shorten_entries(entries: &mut Vec<Cow<'_, str>>, room: usize, limit: &Limit) {
    if entries.iter().map(|entry| entry.len() + 1).sum::<usize>() <= room {
        return;
    }
    let total = entries.len();
    for entry in entries.iter_mut() {
        shorten_text(entry, room / 4, limit);
    }
    let fits = |used: &mut usize, entry: &str| {
        *used += entry.len() + 1;
        *used <= room / 2
    };
    let mut used = 0;
    let head = entries.iter().take_while(|entry| fits(&mut used, entry)).count();
    used = 0;
    let tail = entries[head..].iter().rev().take_while(|entry| fits(&mut used, entry)).count();
    let tail = total - tail.max(1).min(total - head);
    if tail > head {
        let what = format!("{} of {total} entries are left out here", tail - head);
        entries.splice(head..tail, [Cow::Owned(note(&what, limit).trim_end().to_owned())]);
    }
}

/// Returns a number of bytes for people.
fn bytes(count: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;
    match count {
        MIB.. => format!("{}.{} MiB", count / MIB, count % MIB * 10 / MIB),
        KIB.. => format!("{} KiB", count / KIB),
        _ => format!("{count} bytes"),
    }
}
