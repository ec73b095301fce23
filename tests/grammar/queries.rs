//! The queries fit the grammar and hit what they are meant for.

use std::collections::BTreeSet;

use glue_ls::syntax::grammar::{FOLDS, HIGHLIGHTS, INJECTIONS, language};
use tree_sitter::{Query, QueryCursor, StreamingIterator as _};

use super::parse;

const SAMPLE: &str = "\
# Settings
%region  eu-west-1
%%time
%profile?
%%bash??
!ls -l
!!pwd
%%configure -f
{\"a\": 1}
";

struct Hit {
    capture: String,
    text: String,
    language: Option<String>,
}

fn hits(query: &str, text: &str) -> Vec<Hit> {
    let query = Query::new(&language(), query).unwrap();
    let tree = parse(text);
    let mut cursor = QueryCursor::new();
    let mut captures = cursor.captures(&query, tree.root_node(), text.as_bytes());
    let mut hits = Vec::new();
    while let Some((found, index)) = captures.next() {
        let capture = found.captures()[*index];
        let language = query
            .property_settings(found.pattern_index)
            .iter()
            .find(|property| &*property.key == "injection.language")
            .and_then(|property| property.value.as_deref());
        hits.push(Hit {
            capture: query.capture_names()[capture.index as usize].to_owned(),
            text: text[capture.node.byte_range()].to_owned(),
            language: language.map(str::to_owned),
        });
    }
    hits
}

fn shown(query: &str, text: &str) -> Vec<String> {
    hits(query, text).iter().map(|hit| format!("{} {:?}", hit.capture, hit.text)).collect()
}

#[test]
fn highlights_color_every_part_of_the_head() {
    assert_eq!(
        shown(HIGHLIGHTS, SAMPLE),
        [
            r##"comment "# Settings""##,
            r#"punctuation.special "%""#,
            r#"function.macro "region""#,
            r#"string.special " eu-west-1""#,
            r#"punctuation.special "%%""#,
            r#"function.macro "time""#,
            r#"punctuation.special "%""#,
            r#"function.macro "profile""#,
            r#"operator "?""#,
            r#"punctuation.special "%%""#,
            r#"function.macro "bash""#,
            r#"operator "??""#,
            r#"punctuation.special "!""#,
            r#"punctuation.special "!!""#,
            r#"punctuation.special "%%""#,
            r#"keyword.directive "configure""#,
            r#"string.special "-f""#,
        ]
    );
}

#[test]
fn highlights_leave_code_to_its_own_language() {
    assert_eq!(shown(HIGHLIGHTS, "x = 1 # c\n%region a\n!ls\n"), Vec::<String>::new());
}

#[test]
fn bodies_and_code_are_injected() {
    let injected = |text: &str| -> Vec<(String, String)> {
        hits(INJECTIONS, text)
            .into_iter()
            .map(|hit| {
                assert_eq!(hit.capture, "injection.content");
                (hit.language.unwrap(), hit.text)
            })
            .collect()
    };
    let one = |language: &str, text: &str| vec![(language.to_owned(), text.to_owned())];
    assert_eq!(injected("%region a\nx = 1\n%matplot plt\n"), one("python", "x = 1\n%matplot plt\n"));
    assert_eq!(injected("%%sql -o\nselect 1\n"), one("sql", "select 1\n"));
    for name in ["configure", "tags", "assume_role"] {
        assert_eq!(injected(&format!("# c\n%%{name}\n{{}}")), one("python", "{}"));
    }
    assert_eq!(injected("!ls -l  \n!\n"), one("bash", "ls -l"));
    assert_eq!(injected("%region a\n%%time\n# c\n%profile?\n%%sql\n"), []);
}

#[test]
fn code_and_cell_magics_fold() {
    assert_eq!(shown(FOLDS, SAMPLE), [r#"fold "%%configure -f\n{\"a\": 1}\n""#]);
    assert_eq!(shown(FOLDS, "# c\n%region a\nx = 1\ny = 2\n"), [r#"fold "x = 1\ny = 2\n""#]);
    assert_eq!(shown(FOLDS, "# c\n%region a\n!ls\n"), Vec::<String>::new());
}

#[test]
fn injected_python_leaves_no_line_of_the_head_behind() {
    let text = "%region a\n\n# c\nimport sys\nprint(sys.argv)\n";
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).unwrap();
    let cell = parse(text);
    let code = cell.root_node().named_child(2).unwrap();
    parser.set_included_ranges(&[code.range()]).unwrap();
    let python = parser.parse(text, None).unwrap();
    assert!(!python.root_node().has_error(), "{}", python.root_node().to_sexp());
    let kinds: BTreeSet<&str> = (0..2).map(|at| python.root_node().named_child(at).unwrap().kind()).collect();
    assert_eq!(kinds, BTreeSet::from(["expression_statement", "import_statement"]));
}

/// Neovim looks for queries in the plugin's own folder, so they are there once more.
#[test]
fn neovim_has_the_queries_of_the_grammar() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/neovim/queries/glue");
    for (name, query) in [("highlights", HIGHLIGHTS), ("injections", INJECTIONS), ("folds", FOLDS)] {
        let path = folder.join(format!("{name}.scm"));
        let there = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(there.replace("\r\n", "\n") == query.replace("\r\n", "\n"), "{name}.scm is not the grammar's: copy it");
    }
}

fn of_helix(language: &str, name: &str) -> String {
    let path = format!("{}/editors/helix/queries/{language}/{name}.scm", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn helix_has_the_same_queries() {
    assert_eq!(of_helix("glue", "highlights"), HIGHLIGHTS);
    assert_eq!(of_helix("glue", "injections"), INJECTIONS);
}

#[test]
fn helix_knows_the_magics_of_scripts_by_their_names() {
    let query = of_helix("glue-script", "highlights");
    let names = query.split_once("?(").unwrap().1.split_once(')').unwrap().0;
    let known: BTreeSet<&str> = glue_ls::facts::magics().all().iter().map(|magic| magic.name.as_str()).collect();
    assert_eq!(names.split('|').collect::<BTreeSet<_>>(), known);
    let own = query.split("; inherits").next().unwrap();
    Query::new(&tree_sitter_python::LANGUAGE.into(), own).unwrap();
}
