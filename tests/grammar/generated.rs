//! The committed parser is the one that `grammar.js` gives.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const GENERATED: [&str; 3] = ["src/grammar.json", "src/node-types.json", "src/parser.c"];

/// With which version of the tool the files were generated, and what they were like then.
const RECORD: &str = "src/generated.txt";

/// The ABI that Neovim 0.10 and Helix 25.01 load; newer editors take it too.
const ABI: &str = "14";

const HOW_TO: &str = "run `tree-sitter generate --js-runtime native --abi 14` in grammars/tree-sitter-glue";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("grammars/tree-sitter-glue")
}

fn read(file: &str) -> String {
    let path = folder().join(file);
    // A checkout may have changed the line ends.
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).replace("\r\n", "\n")
}

/// 64-bit FNV-1a: enough to notice a change, and short enough to stand here.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Needs no tool: whoever changes the grammar, or what is generated from it, meets this test.
#[test]
fn nothing_changed_since_the_parser_was_generated() {
    let mut now = format!("tree-sitter {}\n", generator_version());
    for file in ["grammar.js"].iter().chain(&GENERATED) {
        writeln!(now, "{:016x}  {file}", fingerprint(&read(file))).unwrap();
    }
    assert!(now == read(RECORD), "{HOW_TO}, then let {RECORD} say (with the version used):\n\n{now}");
}

/// The version of the tool that generated the parser; the parser itself does not tell.
fn generator_version() -> String {
    let record = read(RECORD);
    let first = record.lines().next().unwrap_or_default();
    first.strip_prefix("tree-sitter ").unwrap_or_else(|| panic!("{RECORD} names no version first")).to_owned()
}

fn installed_version() -> Option<String> {
    let output = Command::new("tree-sitter").arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth(1).map(str::to_owned)
}

/// The whole proof, where the tree-sitter CLI that generated the parser is installed.
#[test]
fn generating_again_gives_the_committed_files() {
    let wanted = generator_version();
    let installed = installed_version();
    if installed.as_deref() != Some(wanted.as_str()) {
        // Past the test harness, which shows the output of failing tests only.
        writeln!(
            io::stderr(),
            "SKIPPED: the parser was not generated again; that takes tree-sitter-cli {wanted} on the PATH, there is {}",
            installed.as_deref().unwrap_or("none"),
        )
        .unwrap();
        return;
    }
    let copy = tempfile::tempdir().unwrap();
    for file in ["grammar.js", "tree-sitter.json"] {
        fs::copy(folder().join(file), copy.path().join(file)).unwrap();
    }
    let output = Command::new("tree-sitter")
        .args(["generate", "--js-runtime", "native", "--abi", ABI])
        .current_dir(copy.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let headers = ["src/tree_sitter/alloc.h", "src/tree_sitter/array.h", "src/tree_sitter/parser.h"];
    for file in GENERATED.iter().chain(&headers) {
        let again = fs::read_to_string(copy.path().join(file)).unwrap();
        assert!(again == read(file), "{file} is not what grammar.js gives: {HOW_TO}");
    }
}

/// The scanner knows tokens by number: the two lists must have one order.
#[test]
fn the_scanner_counts_tokens_as_the_grammar_does() {
    let grammar: Value = serde_json::from_str(&read("src/grammar.json")).unwrap();
    let declared: Vec<String> = grammar["externals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| token["name"].as_str().unwrap().trim_start_matches('_').to_uppercase())
        .collect();
    let scanner = read("src/scanner.c");
    let (_, list) = scanner.split_once("enum TokenType {").unwrap();
    let (list, _) = list.split_once('}').unwrap();
    let counted: Vec<&str> = list.split(',').map(str::trim).filter(|token| !token.is_empty()).collect();
    assert_eq!(counted, declared);
}
