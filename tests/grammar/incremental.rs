//! An edited tree, parsed again, is the tree of the new text.

use proptest::prelude::*;
use proptest::sample::Index;
use tree_sitter::{InputEdit, Node, Point, Tree};

use super::{any_cell, any_piece, parse, parser};

#[derive(Debug, Clone)]
struct Edit {
    start: Index,
    /// How many characters go.
    removed: usize,
    inserted: String,
}

fn any_edit() -> impl Strategy<Value = Edit> {
    (
        any::<Index>(),
        prop_oneof![3 => Just(0usize), 3 => 1..3usize, 1 => 0..40usize],
        prop_oneof![any_piece(), Just(String::new())],
    )
        .prop_map(|(start, removed, inserted)| Edit { start, removed, inserted })
}

/// Applies an edit to the text and to its tree.
fn apply(edit: &Edit, text: &mut String, tree: &mut Tree) {
    let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let first = edit.start.index(boundaries.len());
    let last = (first + edit.removed).min(boundaries.len() - 1);
    replace(boundaries[first]..boundaries[last], &edit.inserted, text, tree);
}

fn replace(range: std::ops::Range<usize>, inserted: &str, text: &mut String, tree: &mut Tree) {
    let start_position = point(text, range.start);
    let old_end_position = point(text, range.end);
    text.replace_range(range.clone(), inserted);
    let new_end_byte = range.start + inserted.len();
    tree.edit(&InputEdit {
        start_byte: range.start,
        old_end_byte: range.end,
        new_end_byte,
        start_position,
        old_end_position,
        new_end_position: point(text, new_end_byte),
    });
}

/// tree-sitter counts rows by `\n` alone.
fn point(text: &str, at: usize) -> Point {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Point::new(before.matches('\n').count(), at - line_start)
}

/// Every node with all that can be said about it.
fn dump(tree: &Tree) -> Vec<String> {
    fn visit(node: Node<'_>, field: Option<&str>, depth: usize, out: &mut Vec<String>) {
        out.push(format!(
            "{:depth$}{} {} {}..{} {}..{} error={} missing={}",
            "",
            field.unwrap_or("-"),
            node.kind(),
            node.start_byte(),
            node.end_byte(),
            node.start_position(),
            node.end_position(),
            node.is_error(),
            node.is_missing(),
        ));
        for index in 0..node.child_count() {
            visit(node.child(index).unwrap(), node.field_name_for_child(index), depth + 1, out);
        }
    }
    let mut out = Vec::new();
    visit(tree.root_node(), None, 0, &mut out);
    out
}

fn check_replace(before: &str, range: std::ops::Range<usize>, inserted: &str) {
    let mut text = before.to_owned();
    let mut tree = parse(&text);
    replace(range, inserted, &mut text, &mut tree);
    let again = parser().parse(&text, Some(&tree)).unwrap();
    assert_eq!(dump(&again), dump(&parse(&text)), "{before:?} became {text:?}");
}

#[test]
fn the_end_of_a_line_decides_what_its_beginning_is() {
    check_replace("%region\n%profile dev", 7..7, "?");
    check_replace("%region?\n%profile dev", 7..8, "");
    check_replace("%region?", 8..8, " ");
    check_replace("%region \t", 9..9, "x");
    check_replace("%region\t \tx", 10..11, "");
    check_replace("%%sq\nselect 1", 4..4, "l");
    check_replace("%%sql\nselect 1", 4..5, "");
}

#[test]
fn a_line_end_grows_and_shrinks() {
    check_replace("%a\r%b", 3..3, "\n");
    check_replace("%a\r\n%b", 3..4, "");
    check_replace("%a\r\n%b", 3..3, "x");
    check_replace("%a\r", 3..3, "\n");
}

#[test]
fn a_byte_order_mark_comes_and_goes() {
    check_replace("%a\n%b", 0..0, "\u{feff}");
    check_replace("\u{feff}%a\n%b", 0..3, "");
    check_replace("\n%a", 0..0, "\u{feff}");
    check_replace("%\n%a", 0..0, "\u{feff}");
    check_replace("\u{feff}%\n%a", 0..3, "");
    check_replace("", 0..0, "\u{feff}");
    check_replace("\u{feff}", 3..3, "%a");
}

#[test]
fn an_error_comes_and_goes() {
    check_replace("%\n%b\nx", 1..1, "a");
    check_replace("%a\n%b\nx", 1..2, "");
    check_replace("%\n%\n%b\nx", 1..2, "");
    check_replace("%a\n%b\n", 4..5, "");
}

#[test]
fn the_head_ends_earlier_and_later() {
    check_replace("%a\n# b\n%c\n%%sql\nx", 3..3, "y = 1\n");
    check_replace("%a\ny = 1\n# b\n%c\n%%sql\nx", 3..9, "");
    check_replace("%a\n# b\n%c", 3..3, " ");
    check_replace("%a\n # b\n%c", 3..4, "");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn parsing_again_after_edits_gives_the_tree_of_the_text(
        text in any_cell(),
        edits in prop::collection::vec(any_edit(), 1..8),
    ) {
        let mut parser = parser();
        let mut text = text;
        let mut tree = parse(&text);
        for edit in &edits {
            apply(edit, &mut text, &mut tree);
            tree = parser.parse(&text, Some(&tree)).unwrap();
            prop_assert_eq!(dump(&tree), dump(&parse(&text)), "{:?}", text);
        }
    }

    #[test]
    fn several_edits_may_come_before_parsing_again(
        text in any_cell(),
        edits in prop::collection::vec(any_edit(), 2..6),
    ) {
        let mut text = text;
        let mut tree = parse(&text);
        for edit in &edits {
            apply(edit, &mut text, &mut tree);
        }
        let again = parser().parse(&text, Some(&tree)).unwrap();
        prop_assert_eq!(dump(&again), dump(&parse(&text)), "{:?}", text);
    }
}
