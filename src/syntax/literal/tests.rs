use super::*;

fn shown(text: &str) -> String {
    match parse_literal(text) {
        Ok(node) => node.value.repr(),
        Err(error) => format!("{error} at {:?}", &text[error.range.clone()]),
    }
}

#[test]
fn reads_what_python_reads() {
    for (text, expected) in [
        ("{'a': 1, # one\n \"b\": [True, None,],}", "{'a': 1, 'b': [True, None]}"),
        (" \t('x' 'y', b'z')\n", "('xy', b'z')"),
        ("-1.50", "-1.5"),
        ("1-2j", "(1-2j)"),
        ("0xffffffffffffffffff", "4722366482869645213695"),
        ("set()", "set()"),
        ("{1, 2}", "{1, 2}"),
        ("\n\n{}", "{}"),
        ("1_000", "1000"),
        ("...", "Ellipsis"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn refuses_what_python_refuses_and_says_where() {
    assert_eq!(shown("{'a': true}"), "`true` is a name, not a value at \"true\"");
    assert_eq!(shown("{'a': f'x'}"), "an f-string is not a literal value at \"f'x'\"");
    assert_eq!(shown("{[1]: 2}"), "a list cannot be a key at \"[1]\"");
    assert_eq!(shown("1 + 2"), "an operation is not a literal value at \"1 + 2\"");
    assert_eq!(shown("-'a'"), "this expression is not a literal value at \"'a'\"");
    assert_eq!(shown("# nothing\n"), "there is no value at \"# nothing\\n\"");
    assert!(shown("\n  {}").ends_with("at \"  \""));
    assert!(parse_literal("{'a' = 1}").is_err());
    assert!(parse_literal("{} {}").is_err());
    assert!(parse_literal(" \u{feff}{}").is_err());
    assert!(parse_literal("{\u{a0}}").is_err());
    assert!(!parse_literal(&format!("[0x{}]", "f".repeat(4000))).unwrap().value.printable());
}

#[test]
fn deep_and_long_input_is_refused_without_recursion() {
    let sum = format!("{{'a': {}1}}", "1+".repeat(100_000));
    assert_eq!(parse_literal(&sum).unwrap_err().reason, Reason::NotLiteral("an operation"));
    let deep = "[".repeat(100_000);
    assert_eq!(parse_literal(&deep).unwrap_err().reason, Reason::TooDeep);
    let fine = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert!(parse_literal(&fine).is_ok());
    assert!(parse_literal(&"-".repeat(200_000)).is_err());
    assert_eq!(parse_literal(&"9".repeat(4301)).unwrap_err().reason, Reason::TooLong);
}

#[test]
fn the_last_of_equal_keys_wins_at_the_firsts_place() {
    let node = parse_literal("{'a': 1, 'b': 2, 'a': 3, 1: 4, True: 5}").unwrap();
    let entries: Vec<String> =
        node.entries().unwrap().iter().map(|(k, v)| format!("{}={}", k.value.repr(), v.value.repr())).collect();
    assert_eq!(entries, ["'a'=3", "'b'=2", "1=5"]);
}
