//! What a cell prints comes in pieces, and is shown in whole lines: what of a line counts is only known at its end.

use serde_json::{Value as Json, json};

use crate::run::nbformat;

/// The lines of the standard streams that have no end yet.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// By the names of the streams, the one that was written to last at the end.
    open: Vec<(String, String)>,
}

impl Lines {
    /// Takes outputs; returns what can be shown of them, and of what came before.
    pub(super) fn take(&mut self, outputs: &[Json]) -> Vec<Json> {
        let mut whole = Vec::new();
        for output in outputs {
            let Some((name, text)) = nbformat::stream(output) else {
                whole.extend(self.end());
                whole.push(output.clone());
                continue;
            };
            let at = self.open.iter().position(|(open, _)| open == name);
            let (name, mut line) = at.map_or_else(|| (name.to_owned(), String::new()), |at| self.open.remove(at));
            match text.rfind('\n') {
                Some(end) => {
                    line.push_str(&text[..=end]);
                    whole.push(object(&name, std::mem::take(&mut line)));
                    line.push_str(&text[end + 1..]);
                }
                None => line.push_str(text),
            }
            if !line.is_empty() {
                self.open.push((name, line));
            }
        }
        whole
    }

    /// Returns the lines that have no end, which are to be shown as they are now.
    pub(super) fn end(&mut self) -> Vec<Json> {
        self.open.drain(..).map(|(name, line)| object(&name, line)).collect()
    }

    /// Returns the line that is being written.
    pub(super) fn unfinished(&self) -> Option<&str> {
        self.open.last().map(|(_, line)| line.as_str())
    }
}

fn object(name: &str, text: String) -> Json {
    json!({ "output_type": "stream", "name": name, "text": text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(name: &str, text: &str) -> Json {
        object(name, text.to_owned())
    }

    #[test]
    fn lines_are_shown_when_they_are_whole() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(&[stream("stdout", "10%\r")]), [] as [Json; 0]);
        assert_eq!(lines.take(&[stream("stderr", "warning\nan")]), [stream("stderr", "warning\n")]);
        assert_eq!(lines.unfinished(), Some("an"));
        assert_eq!(lines.take(&[stream("stdout", "20%\r")]), [] as [Json; 0]);
        assert_eq!(lines.unfinished(), Some("10%\r20%\r"));
        assert_eq!(lines.take(&[stream("stdout", "done\na\nb")]), [stream("stdout", "10%\r20%\rdone\na\n")]);
        let value = json!({ "output_type": "display_data", "data": {} });
        let rest = [stream("stderr", "an"), stream("stdout", "b"), value.clone()];
        assert_eq!(lines.take(&[value]), rest);
        assert_eq!((lines.end(), lines.unfinished()), (vec![], None));
    }
}
