//! Python in a cell: its structure by tree-sitter, its syntax errors by ruff's parser.
//!
//! Both see the code part only. tree-sitter takes a magic for an error that swallows the next line, so
//! it is given the code's range and never sees one.

use std::ops::Range;

use ruff_python_ast::PythonVersion;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use tree_sitter::{Node, Parser, Point, Tree};

use super::deep;
use super::literal::too_deep;

/// A syntax error in code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, as the parser says it.
    pub message: String,
    /// Where, in bytes of the text.
    pub range: Range<usize>,
}

/// Returns the first syntax error of the code in `range` of a cell's text, as `version` of Python
/// (major, minor) would report it; later ones are mostly echoes of the first. None for code longer than
/// [`deep::LONGEST`], which is not looked at.
///
/// Lines that only the session understands (`%matplot plt`, `%plotly fig`) are no errors.
pub fn syntax_error(text: &str, range: Range<usize>, version: (u8, u8)) -> Option<SyntaxError> {
    let code = &text[range.clone()];
    if code.len() > deep::LONGEST {
        return None;
    }
    if let Some(at) = too_deep(code) {
        let at = range.start + at;
        return Some(SyntaxError { message: "too many nested brackets".into(), range: at..at + 1 });
    }
    let masked = mask_remote_magics(code);
    let target = PythonVersion::from(version);
    let (message, location) = deep::with_stack(code.len(), || {
        let parsed = parse_unchecked(&masked, ParseOptions::from(Mode::Module).with_target_version(target));
        if let Some(error) = parsed.errors().first() {
            return Some((error.error.to_string(), error.location));
        }
        parsed.unsupported_syntax_errors().first().map(|error| (error.to_string(), error.range))
    })?;
    let mut start = location.start().to_usize().min(masked.len());
    let mut end = location.end().to_usize().clamp(start, masked.len());
    if start == end {
        // An error at a place is shown on the character there, or on the last one before the end.
        match masked[start..].chars().next() {
            Some(c) if c != '\n' && c != '\r' => end += c.len_utf8(),
            _ => start = masked[..start].trim_end().char_indices().next_back().map_or(0, |(at, _)| at),
        }
        end = end.max(start + masked[start..].chars().next().map_or(0, char::len_utf8));
    }
    // What was masked may have wider characters than what stands for it.
    let (start, end) = (code.floor_char_boundary(start), code.ceil_char_boundary(end));
    Some(SyntaxError { message, range: range.start + start..range.start + end })
}

/// Replaces lines that the session takes for itself by as many blanks.
fn mask_remote_magics(code: &str) -> std::borrow::Cow<'_, str> {
    if !code.contains("%matplot") && !code.contains("%plotly") {
        return code.into();
    }
    let mut out = String::with_capacity(code.len());
    for line in code.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        if remote_magic(content).is_some() {
            out.extend(std::iter::repeat_n(' ', content.len()));
            out.push_str(&line[content.len()..]);
        } else {
            out.push_str(line);
        }
    }
    out.into()
}

/// Returns the name of the magic if a line of code is one that the session runs.
pub fn remote_magic(line: &str) -> Option<&'static str> {
    let rest = line.trim_start().strip_prefix('%')?;
    let name = rest.split([' ', '\t']).next().unwrap_or_default();
    ["matplot", "plotly"].into_iter().find(|known| *known == name)
}

/// A class, function or other named part of a cell's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: DefinitionKind,
    /// All of it, in bytes of the cell's text.
    pub range: Range<usize>,
    /// Its name.
    pub name_range: Range<usize>,
    /// What is defined inside it.
    pub children: Vec<Definition>,
}

/// What the code of a cell consists of, as far as editors show it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// What it defines, in order.
    pub definitions: Vec<Definition>,
    /// Runs of imports at the top level, comments between them included, in bytes of the cell's text.
    pub imports: Vec<Range<usize>>,
}

/// What a definition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinitionKind {
    /// `class`
    Class,
    /// `def` inside a class
    Method,
    /// `def`
    Function,
    /// An assignment at the top level.
    Variable,
}

/// Parses the code in `range` of a cell's text. Incremental when `old` is the tree of an earlier text,
/// edited to fit ([`Tree::edit`]).
///
/// `None` only if the grammar does not fit the library, which a test rules out.
pub fn parse(text: &str, range: Range<usize>, old: Option<&Tree>) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
    let ranges = [tree_sitter::Range {
        start_byte: range.start,
        end_byte: range.end,
        start_point: point_at(text, range.start),
        end_point: point_at(text, range.end),
    }];
    parser.set_included_ranges(&ranges).ok()?;
    parser.parse(text, old)
}

/// Returns tree-sitter's row and byte column for an offset.
pub fn point_at(text: &str, offset: usize) -> Point {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let row = before.iter().filter(|&&b| b == b'\n').count();
    let column = before.iter().rev().take_while(|&&b| b != b'\n').count();
    Point { row, column }
}

/// Returns what the code in `range` of a cell's text consists of.
pub fn outline(text: &str, range: Range<usize>) -> Outline {
    let Some(tree) = parse(text, range, None) else { return Outline::default() };
    Outline { definitions: definitions(&tree, text), imports: imports(&tree) }
}

/// Returns the runs of imports at the top level of a parsed cell, in order.
fn imports(tree: &Tree) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut goes_on = false;
    let mut cursor = tree.root_node().walk();
    for node in tree.root_node().named_children(&mut cursor) {
        match (node.kind(), out.last_mut()) {
            ("import_statement" | "import_from_statement" | "future_import_statement", last) => {
                match last.filter(|_| goes_on) {
                    Some(run) => run.end = node.end_byte(),
                    None => out.push(node.byte_range()),
                }
                goes_on = true;
            }
            // A comment between imports belongs to them.
            ("comment", _) => {}
            _ => goes_on = false,
        }
    }
    out
}

/// Returns the definitions of a parsed cell, in order.
fn definitions(tree: &Tree, text: &str) -> Vec<Definition> {
    // Deeper than anyone writes; below it nothing is listed, so that hostile nesting costs no stack.
    const DEPTH: usize = 16;
    let mut out = Vec::new();
    collect(tree.root_node(), text, false, DEPTH, &mut out);
    out
}

fn collect(parent: Node<'_>, text: &str, in_class: bool, depth: usize, out: &mut Vec<Definition>) {
    if depth == 0 {
        return;
    }
    let mut cursor = parent.walk();
    for node in parent.named_children(&mut cursor) {
        let (node, outer) = match node.kind() {
            "decorated_definition" => match node.child_by_field_name("definition") {
                Some(inner) => (inner, node),
                None => continue,
            },
            _ => (node, node),
        };
        match node.kind() {
            "class_definition" | "function_definition" => {
                let class = node.kind() == "class_definition";
                let Some(name) = node.child_by_field_name("name") else { continue };
                let mut children = Vec::new();
                if let Some(body) = node.child_by_field_name("body") {
                    collect(body, text, class, depth - 1, &mut children);
                    children.retain(|child| child.kind != DefinitionKind::Variable);
                }
                let kind = match (class, in_class) {
                    (true, _) => DefinitionKind::Class,
                    (false, true) => DefinitionKind::Method,
                    (false, false) => DefinitionKind::Function,
                };
                out.push(definition(name, kind, outer, text, children));
            }
            "expression_statement" => {
                let Some(assignment) = node.named_child(0).filter(|n| n.kind() == "assignment") else { continue };
                let Some(left) = assignment.child_by_field_name("left").filter(|n| n.kind() == "identifier") else {
                    continue;
                };
                if !out.iter().any(|d| d.name == text[left.byte_range()]) {
                    out.push(definition(left, DefinitionKind::Variable, node, text, Vec::new()));
                }
            }
            _ => {}
        }
    }
}

fn definition(
    name: Node<'_>,
    kind: DefinitionKind,
    all: Node<'_>,
    text: &str,
    children: Vec<Definition>,
) -> Definition {
    Definition {
        name: text[name.byte_range()].to_owned(),
        kind,
        range: all.byte_range(),
        name_range: name.byte_range(),
        children,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> Option<String> {
        syntax_error(text, 0..text.len(), (3, 10)).map(|e| format!("{:?}: {}", &text[e.range], e.message))
    }

    #[test]
    fn errors_stand_where_they_are() {
        assert_eq!(error("x = 1\nprint(x)\n"), None);
        assert!(error("print 'x'").unwrap().contains('\''), "{:?}", error("print 'x'"));
        assert!(error("def f(:\n  pass").is_some());
        assert!(error("f(").is_some());
        let text = "%region x\nx = (";
        let e = syntax_error(text, 10..text.len(), (3, 10)).unwrap();
        assert!(e.range.start >= 10, "{e:?}");
    }

    #[test]
    fn newer_syntax_is_an_error_for_an_older_python() {
        let text = "match x:\n    case 1: pass\n";
        assert!(syntax_error(text, 0..text.len(), (3, 7)).is_some());
        assert!(syntax_error(text, 0..text.len(), (3, 10)).is_none());
    }

    #[test]
    fn magics_of_the_session_are_no_errors() {
        assert_eq!(error("plt.plot(x)\n%matplot plt"), None);
        assert!(error("x = 1\n%glue_version 4.0").is_some());
    }

    #[test]
    fn hostile_nesting_is_an_error_and_no_overflow() {
        assert!(error(&"(".repeat(100_000)).is_some());
        for piece in ["-", "not ", "1+", "a.", "f()", "lambda:", "x if y else ", "a[0]", "await ", "2**", "a:=", "*"] {
            let pieces = piece.repeat(100_000 / piece.len());
            let _ = error(&pieces);
            let _ = error(&format!("x = {pieces}1"));
        }
        let nested = "if x:\n".to_owned() + &(1..99).map(|i| " ".repeat(i) + "if x:\n").collect::<String>();
        assert!(error(&nested).is_some());
    }

    #[test]
    fn lists_definitions_of_the_code_part() {
        let text = "%region x\n@dec\ndef f():\n  y = 1\nclass A:\n  z = 1\n  def m(self): pass\nx = 1\nx = 2\n";
        let tree = parse(text, 10..text.len(), None).unwrap();
        let shown: Vec<String> = definitions(&tree, text)
            .iter()
            .map(|d| {
                format!("{} {:?} {}", d.name, d.kind, d.children.iter().map(|c| c.name.as_str()).collect::<String>())
            })
            .collect();
        assert_eq!(shown, ["f Function ", "A Class m", "x Variable "]);
    }

    #[test]
    fn incremental_parsing_equals_a_fresh_parse() {
        let old = "def f():\n    return 1\n";
        let new = "def fg():\n    return 1\n";
        let mut tree = parse(old, 0..old.len(), None).unwrap();
        tree.edit(&tree_sitter::InputEdit {
            start_byte: 5,
            old_end_byte: 5,
            new_end_byte: 6,
            start_position: point_at(old, 5),
            old_end_position: point_at(old, 5),
            new_end_position: point_at(new, 6),
        });
        let incremental = parse(new, 0..new.len(), Some(&tree)).unwrap();
        let fresh = parse(new, 0..new.len(), None).unwrap();
        assert_eq!(incremental.root_node().to_sexp(), fresh.root_node().to_sexp());
    }
}
