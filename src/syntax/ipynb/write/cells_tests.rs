use serde_json::{Value, json};

use super::{CellWrite, write_cells};
use crate::syntax::CellKind;

const NOTEBOOK: &str = "{\n \"cells\": [\n  {\n   \"cell_type\": \"code\",\n   \"execution_count\": 7,\n   \"id\": \"one\",\n   \
    \"metadata\": {\"b\": 1,  \"a\": 2},\n   \"outputs\": [],\n   \"source\": [\n    \"x = '\\u00e9'\\n\",\n    \"y\"\n   ]\n  },\n  \
    {\n   \"cell_type\": \"markdown\",\n   \"id\": \"two\",\n   \"metadata\": {},\n   \"source\": \"# T\"\n  }\n ],\n \
    \"metadata\": {},\n \"nbformat\": 4,\n \"nbformat_minor\": 5\n}";

fn same(from: usize, kind: CellKind) -> CellWrite<'static> {
    CellWrite { from: Some(from), kind, source: None, tags: Vec::new() }
}

fn write(text: &str, cells: &[CellWrite<'_>]) -> String {
    let mut number = 0;
    let mut fresh = || {
        number += 1;
        ["one", "new", "new", "newer"][(number - 1).min(3)].to_owned()
    };
    write_cells(text, cells, &mut fresh).unwrap()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn what_is_not_changed_stays_byte_for_byte() {
    let both = [same(0, CellKind::Code), same(1, CellKind::Markdown)];
    assert_eq!(write(NOTEBOOK, &both), NOTEBOOK);
    let odd = NOTEBOOK.replace("},\n  {", "}  ,\r\n\t{");
    assert_eq!(write(&odd, &both), odd);
    let edited = CellWrite { source: Some("x = 'é'\nz"), ..same(0, CellKind::Code) };
    assert_eq!(write(NOTEBOOK, &[edited, both[1].clone()]), NOTEBOOK.replace("\"y\"", "\"z\""), "escapes stay");
    assert_eq!(
        write(NOTEBOOK, &[both[0].clone(), CellWrite { source: Some("# U"), ..both[1].clone() }]),
        NOTEBOOK.replace("# T", "# U")
    );
}

#[test]
fn cells_are_moved_removed_and_added() {
    let (code, text) = (same(0, CellKind::Code), same(1, CellKind::Markdown));
    let before = parsed(NOTEBOOK);
    let moved = write(NOTEBOOK, &[text.clone(), code.clone()]);
    assert_eq!(parsed(&moved)["cells"], json!([before["cells"][1], before["cells"][0]]));
    assert_eq!(write(&moved, &[same(1, CellKind::Code), same(0, CellKind::Markdown)]), NOTEBOOK);

    let removed = write(NOTEBOOK, std::slice::from_ref(&text));
    assert_eq!(parsed(&removed)["cells"], json!([before["cells"][1]]));
    assert!(removed.starts_with("{\n \"cells\": [\n  {\n   \"cell_type\": \"markdown\""));
    let none = write(NOTEBOOK, &[]);
    assert!(none.starts_with("{\n \"cells\": [],\n \"metadata\""), "{none}");

    let new = CellWrite { from: None, kind: CellKind::Code, source: Some("a\n\"b\""), tags: vec!["t".to_owned()] };
    let added = write(NOTEBOOK, &[code.clone(), new.clone(), text.clone(), new.clone()]);
    let expected = json!({"cell_type": "code", "execution_count": null, "id": "new", "metadata": {"tags": ["t"]},
        "outputs": [], "source": ["a\n", "\"b\""]});
    assert_eq!(parsed(&added)["cells"][1], expected);
    assert_eq!(parsed(&added)["cells"][3]["id"], "newer", "no id is given twice");
    assert!(
        added.contains("  },\n  {\n   \"cell_type\": \"code\",\n   \"execution_count\": null,\n   \"id\": \"new\",\n")
    );
    let at_home = write(&none, std::slice::from_ref(&new));
    assert!(at_home.contains("[\n  {\n   \"cell_type\": \"code\",\n   \"execution_count\": null,\n"), "{at_home}");
    assert!(at_home.contains("\n    \"a\\n\",\n    \"\\\"b\\\"\"\n   ]\n  }\n ],\n"), "{at_home}");
    let old = write(&NOTEBOOK.replace("\"nbformat_minor\": 5", "\"nbformat_minor\": 4"), &[new]);
    assert_eq!(parsed(&old)["cells"][0].get("id"), None, "the format has no ids yet");
}

#[test]
fn a_notebook_on_one_line_stays_on_it() {
    let flat = serde_json::to_string(&parsed(NOTEBOOK)).unwrap();
    let new = CellWrite { from: None, kind: CellKind::Raw, source: Some("a"), tags: Vec::new() };
    let added = write(&flat, &[same(0, CellKind::Code), new, same(1, CellKind::Markdown)]);
    assert!(!added.contains('\n'));
    let new = json!({"cell_type": "raw", "id": "new", "metadata": {}, "source": ["a"]});
    assert_eq!(parsed(&added)["cells"][1], new);
}

#[test]
fn a_cell_of_another_kind_keeps_what_it_can_have() {
    let text = same(0, CellKind::Markdown);
    let changed = parsed(&write(NOTEBOOK, &[text, same(1, CellKind::Code)]));
    let metadata = json!({"b": 1, "a": 2});
    let source = json!(["x = 'é'\n", "y"]);
    assert_eq!(
        changed["cells"][0],
        json!({"cell_type": "markdown", "id": "one", "metadata": metadata, "source": source})
    );
    assert_eq!(
        changed["cells"][1],
        json!({"cell_type": "code", "execution_count": null, "id": "two", "metadata": {}, "outputs": [], "source": ["# T"]})
    );
}
