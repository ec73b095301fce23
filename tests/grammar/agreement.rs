//! The tree cuts a cell where the kernel does.

use std::ops::Range;

use glue_ls::syntax::split::{HeadKind, Tail, split_cell};
use proptest::prelude::*;
use tree_sitter::Node;

use super::kernel_rule::{self, Kind, Words};
use super::{any_cell, parse};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The children of the tree's root as the parts of a cell.
fn tree_partition(text: &str) -> Vec<(Kind, Range<usize>)> {
    let tree = parse(text);
    let root = tree.root_node();
    assert_eq!(root.kind(), "cell", "{text:?} is no cell");
    let mut cursor = root.walk();
    root.named_children(&mut cursor).map(|node| (kind(node, text), node.byte_range())).collect()
}

fn kind(node: Node<'_>, text: &str) -> Kind {
    match node.kind() {
        "comment" => Kind::Comment,
        "line_magic" | "help" => Kind::Magic,
        "shell_command" => Kind::Shell,
        "cell_magic" => Kind::CellMagic,
        "code" => Kind::Code,
        // The only errors there are: a line of the head that is no command.
        "ERROR" if text[node.start_byte()..].starts_with('%') => Kind::Magic,
        "ERROR" if text[node.start_byte()..].starts_with('!') => Kind::Shell,
        other => panic!("a cell has no {other}"),
    }
}

/// What `split_cell` says, as the parts of a cell.
fn split_partition(text: &str) -> Vec<(Kind, Range<usize>)> {
    let split = split_cell(text);
    let head = split.head.into_iter().filter_map(|line| {
        let kind = match line.kind {
            HeadKind::Blank => return None,
            HeadKind::Comment => Kind::Comment,
            HeadKind::Magic(_) => Kind::Magic,
            HeadKind::Shell(_) => Kind::Shell,
        };
        Some((kind, line.range))
    });
    let tail = match split.tail {
        Tail::Nothing => None,
        Tail::Code(code) => Some((Kind::Code, code)),
        Tail::CellMagic { line, body, .. } => Some((Kind::CellMagic, line.start..body.end)),
    };
    head.chain(tail).collect()
}

/// What the kernel's rule says, without a byte order mark at the very beginning: tree-sitter gives it to no node.
fn expected_partition(partition: impl Fn(&str) -> Vec<(Kind, Range<usize>)>, text: &str) -> Vec<(Kind, Range<usize>)> {
    let skipped = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
    let mut parts = partition(text);
    for (_, range) in &mut parts {
        range.start = range.start.max(skipped);
    }
    parts.retain(|(_, range)| !range.is_empty());
    parts
}

/// The words of every magic in the tree, in order.
fn tree_words<'a>(text: &'a str, root: Node<'_>) -> Vec<Words<'a>> {
    let field = |node: Node<'_>, name| node.child_by_field_name(name).map(|child| &text[child.byte_range()]);
    let mut cursor = root.walk();
    root.named_children(&mut cursor)
        .filter_map(|node| match node.kind() {
            "line_magic" | "cell_magic" => {
                Some(Words::Magic { name: field(node, "name").unwrap(), argument: field(node, "argument") })
            }
            "help" => Some(Words::Help { name: field(node, "name").unwrap() }),
            "ERROR" if text[node.start_byte()..].starts_with('%') => Some(Words::Wrong),
            _ => None,
        })
        .collect()
}

fn expected_words(text: &str) -> Vec<Words<'_>> {
    kernel_rule::partition(text)
        .into_iter()
        .filter(|(kind, _)| matches!(kind, Kind::Magic | Kind::CellMagic))
        .map(|(kind, range)| {
            // A cell magic is more than its line.
            let line = kernel_rule::split_lines(&text[range.clone()]).swap_remove(0);
            kernel_rule::words(&text[range.start..][line], kind == Kind::CellMagic)
        })
        .collect()
}

/// The body of the cell magic, if the cell has one.
fn tree_body(text: &str) -> Option<String> {
    let tree = parse(text);
    let mut cursor = tree.walk();
    let body = tree.root_node().named_children(&mut cursor).find_map(|node| node.child_by_field_name("body"))?;
    Some(text[body.byte_range()].to_owned())
}

fn check(text: &str) {
    assert_eq!(tree_partition(text), expected_partition(kernel_rule::partition, text), "{text:?}");
    assert_eq!(tree_words(text, parse(text).root_node()), expected_words(text), "{text:?}");
    assert_eq!(tree_body(text).as_deref(), kernel_rule::body(text), "{text:?}");
}

#[test]
fn every_line_end_of_python_ends_a_line_of_the_head() {
    for end in super::LINE_ENDS {
        check(&format!("%region x{end}# c{end}{end}!ls{end}%%sql -x{end}select{end}1{end}"));
        check(&format!("%a?{end}%{end}x = 1{end}%b"));
        check(&format!("%region \u{a0}{end}"));
    }
    let parts = tree_partition("%a\r\n%b\r%c\u{85}%d\u{2028}\u{2029}%e\u{b}x");
    assert_eq!(parts.len(), 6, "{parts:?}");
}

#[test]
fn a_byte_order_mark_makes_the_first_line_code() {
    assert_eq!(tree_partition("\u{feff}%region x\n%b"), [(Kind::Code, 3..15)]);
    assert_eq!(tree_partition("\u{feff}\n%b"), [(Kind::Code, 3..6)]);
    assert_eq!(tree_partition("\u{feff}"), []);
    assert_eq!(tree_partition("\n\u{feff}%region x"), [(Kind::Code, 1..13)]);
    assert_eq!(tree_partition("%\n\n%b"), [(Kind::Magic, 0..1), (Kind::Magic, 3..5)]);
}

#[test]
fn a_nul_is_a_character_like_any_other() {
    check("%a\0b c\0\n\0");
    check("%\0\n!\0\n#\0\n%%sql\0\n\0");
    check("\0");
    check("%a?\0");
}

#[test]
fn names_in_the_middle_of_which_the_text_ends() {
    for name in ["%%configure", "%%sql", "%%tags", "%%assume_role", "%a.b[-1]??", "!!ls"] {
        for end in 0..=name.len() {
            check(&name[..end]);
            check(&format!("{}\nx", &name[..end]));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_tree_has_the_parts_that_the_kernel_sees(text in any_cell()) {
        prop_assert_eq!(tree_partition(&text), expected_partition(kernel_rule::partition, &text));
    }

    #[test]
    fn split_cell_has_the_same_parts(text in any_cell()) {
        prop_assert_eq!(split_partition(&text), kernel_rule::partition(&text));
        prop_assert_eq!(tree_partition(&text), expected_partition(split_partition, &text));
    }

    #[test]
    fn magics_have_the_words_that_the_kernel_sees(text in any_cell()) {
        prop_assert_eq!(tree_words(&text, parse(&text).root_node()), expected_words(&text));
    }

    #[test]
    fn cell_magics_have_the_body_that_the_kernel_sees(text in any_cell()) {
        let body = tree_body(&text);
        prop_assert_eq!(body.as_deref(), kernel_rule::body(&text));
    }

    #[test]
    fn only_a_line_that_is_no_command_is_an_error(text in any_cell()) {
        let wrong_shell = |part: &(Kind, Range<usize>)| part.0 == Kind::Shell && text[part.1.start..].starts_with("!=");
        let wrong = expected_words(&text).contains(&Words::Wrong)
            || kernel_rule::partition(&text).iter().any(wrong_shell);
        prop_assert_eq!(parse(&text).root_node().has_error(), wrong);
    }

    #[test]
    fn any_text_is_a_cell(text in any::<String>()) {
        prop_assert_eq!(tree_partition(&text), expected_partition(kernel_rule::partition, &text));
    }
}
