//! Whether the cells of a document need Spark.

use crate::syntax::split::CellMagicKind;
use crate::syntax::{Cell, CellKind, Tail};

/// What a session of Glue gives a cell without an import. Whether it is taken for that when it only stands somewhere: the
/// others must have something of theirs used.
const GIVEN: &[(&str, bool)] = &[("spark", true), ("glueContext", true), ("sqlContext", true), ("sc", false)];
/// The libraries that need Spark.
const LIBRARIES: &[&str] = &["pyspark", "awsglue"];
/// What gives the name behind it another meaning.
const BINDS: &[&str] = &["as", "for", "def", "class", "import"];

/// Returns whether the cells of a document need Spark, as far as their texts show: an import of a library, `%%sql`, or a
/// name that a session of Glue knows and that no cell gives a meaning of its own. Comments and strings do not count.
pub fn needs_spark<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> bool {
    let mut all = Mentions::default();
    for cell in cells.into_iter().filter(|cell| cell.kind == CellKind::Code) {
        match &cell.split.tail {
            Tail::CellMagic { kind: CellMagicKind::Sql, .. } => return true,
            Tail::Code(range) => all.look(cell.text.get(range.clone()).unwrap_or_default()),
            Tail::CellMagic { .. } | Tail::Nothing => {}
        }
        if all.certain {
            return true;
        }
    }
    all.used.iter().zip(all.bound).any(|(used, bound)| *used && !bound)
}

#[derive(Default)]
struct Mentions {
    certain: bool,
    used: [bool; GIVEN.len()],
    bound: [bool; GIVEN.len()],
}

impl Mentions {
    /// Looks at a text as Python. Total: what is no Python is read as well as can be.
    fn look(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let at = |index: usize| bytes.get(index).copied().unwrap_or(b'\n');
        let (mut index, mut depth) = (0, 0_usize);
        // The character before the present one and the word before it, blanks left out.
        let (mut before, mut word_before) = (b'\n', "");
        while index < bytes.len() {
            let byte = bytes[index];
            if is_word(byte) {
                let begin = index;
                while is_word(at(index)) {
                    index += 1;
                }
                // Bytes of a word are ASCII, or all of a character.
                let word = text.get(begin..index).unwrap_or_default();
                if matches!(at(index), b'"' | b'\'') && word.len() <= 2 {
                    // What is between the braces of such a text is code.
                    let code = word.contains(['f', 'F']);
                    index = if code { index + 1 } else { end_of_string(bytes, index) };
                    (before, word_before) = (b'"', "");
                    continue;
                }
                let next = (index..).map(at).find(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(b'\n');
                let assigned = is_assigned(bytes, index);
                if before != b'.' {
                    self.word(word, word_before, next, assigned, depth == 0);
                }
                (before, word_before) = (b'a', word);
                continue;
            }
            match byte {
                b'#' => {
                    while index < bytes.len() && at(index) != b'\n' {
                        index += 1;
                    }
                    continue;
                }
                b'"' | b'\'' => {
                    index = end_of_string(bytes, index);
                    (before, word_before) = (b'"', "");
                    continue;
                }
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                b' ' | b'\t' | b'\r' => {
                    index += 1;
                    continue;
                }
                _ => {}
            }
            (before, word_before) = (byte, "");
            index += 1;
        }
    }

    /// Takes a word: the one before it, the character behind it, whether that assigns, and whether it stands in no bracket.
    fn word(&mut self, word: &str, word_before: &str, next: u8, assigned: bool, outside: bool) {
        self.certain |= LIBRARIES.contains(&word) && !assigned;
        let Some(which) = GIVEN.iter().position(|(name, _)| *name == word) else { return };
        if BINDS.contains(&word_before) || (assigned && outside) {
            self.bound[which] = true;
        } else if next == b'.' || (GIVEN[which].1 && !assigned) {
            self.used[which] = true;
        }
    }
}

/// Whether what follows is `=` and not `==`.
fn is_assigned(bytes: &[u8], from: usize) -> bool {
    let mut rest = bytes[from..].iter().skip_while(|byte| matches!(byte, b' ' | b'\t'));
    rest.next() == Some(&b'=') && rest.next() != Some(&b'=')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Returns where the string ends that begins there: behind its last quote, or at the end of its line.
fn end_of_string(bytes: &[u8], begin: usize) -> usize {
    let quote = bytes[begin];
    let long = bytes[begin..].starts_with(&[quote; 3]);
    let mut index = begin + if long { 3 } else { 1 };
    while index < bytes.len() {
        match bytes[index] {
            b'\\' => index += 1,
            b'\n' if !long => return index,
            byte if byte == quote && !long => return index + 1,
            byte if byte == quote && bytes[index..].starts_with(&[quote; 3]) => return index + 3,
            _ => {}
        }
        index += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(texts: &[&str]) -> bool {
        let cells: Vec<Cell> = texts.iter().map(|text| Cell::whole(CellKind::Code, *text)).collect();
        needs_spark(&cells)
    }

    #[test]
    fn what_spark_is_needed_for() {
        for text in [
            "import pyspark",
            "from pyspark.sql import functions as F",
            "import sys\nfrom awsglue.transforms import *",
            "df = spark.read.parquet('x')",
            "spark . sql('select 1')",
            "print(f\"{spark.version}\")",
            "load(spark)",
            "rdd = sc.parallelize([1])",
            "frame = glueContext.create_dynamic_frame.from_catalog('a', 'b')",
            "%%sql\nselect 1",
            "%idle_timeout 10\nspark.range(1)",
            "run(spark=spark)",
        ] {
            assert!(needs(&[text]), "{text}");
        }
        assert!(needs(&["x = 1", "spark.range(x)"]));
    }

    #[test]
    fn what_needs_no_spark() {
        for text in [
            "",
            "print(1)",
            "# spark.read",
            "'spark.read' + \"import pyspark\"",
            "'''\nimport pyspark\n'''",
            "my.spark.read()",
            "sparkle = 1\nnospark.x()",
            "sc = plt.scatter(x, y)\nsc.set_label('x')",
            "sc",
            "import fire as spark\nspark.light()",
            "for spark in sparks: spark.fly()",
            "draw(spark=1)",
            "%%configure\n{\"conf\": \"spark.x=1\"}",
            "%connections spark",
            "'it is \\' # spark.x",
            "# a comment\n\"\\",
        ] {
            assert!(!needs(&[text]), "{text}");
        }
        assert!(!needs(&["sc.x()", "sc = 3"]));
        let markdown = Cell::whole(CellKind::Markdown, "import pyspark");
        assert!(!needs_spark([&markdown]));
    }

    #[test]
    fn any_text_gives_an_answer() {
        for text in ["é'spark", "f'", "b\"\\", "'''", "((((", "]]]", "é.spark", "\u{feff}spark.x", "\"\"\"\\"] {
            needs(&[text]);
        }
    }
}
