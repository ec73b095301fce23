//! HTML reduced to text: enough for the tables that data frames print.

/// The widest column that is filled up with blanks, in characters.
const WIDEST: usize = 60;

/// Returns what HTML says, tables as columns. Of very long HTML the first `most` bytes are read.
pub(super) fn text(html: &str, most: usize) -> String {
    let mut end = html.len().min(most);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let mut reader = Reader::default();
    let mut rest = &html[..end];
    while let Some(at) = rest.find('<') {
        reader.words(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        // A bracket that begins no tag is a character.
        if !rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
            reader.words("<");
            rest = &rest[1..];
            continue;
        }
        let (tag, after) = rest[1..].split_once('>').unwrap_or((&rest[1..], ""));
        rest = after;
        let closing = tag.starts_with('/');
        let name: String =
            tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).take(16).collect();
        let name = name.to_ascii_lowercase();
        if !closing && matches!(name.as_str(), "script" | "style" | "head" | "title") {
            rest = behind(rest, &name);
            continue;
        }
        reader.tag(&name, closing);
    }
    reader.words(rest);
    reader.finish()
}

/// Returns what stands behind the closing tag of an element; nothing if it has none.
fn behind<'a>(html: &'a str, name: &str) -> &'a str {
    let mut rest = html;
    while let Some((_, after)) = rest.split_once("</") {
        rest = after;
        if rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            return rest.split_once('>').map_or("", |(_, after)| after);
        }
    }
    ""
}

#[derive(Default)]
struct Reader {
    out: String,
    /// The rows of the table that is open, if one is.
    table: Option<Vec<Vec<String>>>,
    depth: usize,
}

impl Reader {
    /// Adds text: white space counts as one blank.
    fn words(&mut self, text: &str) {
        let decoded = decoded(text);
        let out = match &mut self.table {
            // Between the cells of a table there is nothing.
            Some(rows) => match rows.last_mut().and_then(|row| row.last_mut()) {
                Some(cell) => cell,
                None => return,
            },
            None => &mut self.out,
        };
        if decoded.starts_with(char::is_whitespace) && !out.is_empty() && !out.ends_with([' ', '\n']) {
            out.push(' ');
        }
        let mut words = decoded.split_whitespace().peekable();
        let any = words.peek().is_some();
        while let Some(word) = words.next() {
            out.push_str(word);
            if words.peek().is_some() {
                out.push(' ');
            }
        }
        if any && decoded.ends_with(char::is_whitespace) {
            out.push(' ');
        }
    }

    fn tag(&mut self, name: &str, closing: bool) {
        match (name, closing) {
            ("table", false) => {
                self.depth += 1;
                if self.table.is_none() {
                    self.table = Some(Vec::new());
                }
            }
            ("table", true) => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.end_table();
                }
            }
            ("tr", false) => {
                if let Some(rows) = &mut self.table {
                    rows.push(Vec::new());
                }
            }
            ("td" | "th", false) => {
                if let Some(rows) = &mut self.table {
                    if rows.is_empty() {
                        rows.push(Vec::new());
                    }
                    if let Some(row) = rows.last_mut() {
                        row.push(String::new());
                    }
                }
            }
            ("br" | "p" | "div" | "li" | "ul" | "ol" | "pre" | "hr" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6", _) => {
                match &mut self.table {
                    Some(_) => self.words(" "),
                    None => self.end_line(),
                }
            }
            _ => {}
        }
    }

    fn end_line(&mut self) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn end_table(&mut self) {
        let Some(rows) = self.table.take() else { return };
        self.end_line();
        let mut widths: Vec<usize> = Vec::new();
        for row in &rows {
            for (column, cell) in row.iter().enumerate() {
                let width = cell.trim().chars().count().min(WIDEST);
                match widths.get_mut(column) {
                    Some(widest) => *widest = width.max(*widest),
                    None => widths.push(width),
                }
            }
        }
        for row in rows.iter().filter(|row| !row.is_empty()) {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let cell = cell.trim();
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count()) + 2));
            }
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }

    fn finish(mut self) -> String {
        self.end_table();
        self.out.truncate(self.out.trim_end().len());
        self.out
    }
}

/// Returns a text with the few entities that matter as characters.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        // A name is short; looking further each time would take forever on a text of ampersands.
        let name = rest.bytes().take(12).position(|byte| byte == b';').map(|end| &rest[1..end]);
        match name.and_then(entity) {
            Some(c) => {
                out.push(c);
                rest = &rest[name.map_or(1, |name| name.len() + 2)..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}
