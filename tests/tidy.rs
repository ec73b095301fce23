//! What holds for the repository as a whole: layers, sources, and pages that list what the code has.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

use std::path::{Path, PathBuf};

mod extension;
mod layers;
mod pages;
mod protocol;
mod rule_list;
mod rules;
mod settings;
mod sources;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Reads a file by its path from the repository's root.
fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the paths, from the root and with `/`, of all files under a folder that git would keep.
fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let kept = |entry: &ignore::DirEntry| entry.file_name() != ".git";
    for entry in ignore::WalkBuilder::new(root().join(folder)).hidden(false).filter_entry(kept).build() {
        let entry = entry.unwrap();
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            let path = entry.path().strip_prefix(root()).unwrap();
            found.push(path.to_str().unwrap().replace('\\', "/"));
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} has no files");
    found
}

/// Returns the paths of the files under a folder that end in one of the extensions.
fn files_with(folder: &str, extensions: &[&str]) -> Vec<String> {
    let mut found = files(folder);
    found.retain(|path| path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension)));
    found
}

/// Returns the file names of a folder without their extension.
fn stems(folder: &str, extension: &str) -> Vec<String> {
    let stem = |path: &String| Path::new(path).file_stem().unwrap().to_str().unwrap().to_owned();
    let mut stems: Vec<String> = files_with(folder, &[extension]).iter().map(stem).collect();
    // `a-b.md` stands before `a.md`, and `a-b` behind `a`.
    stems.sort();
    stems
}

/// Returns a Rust source without its line comments. Comments behind code stay: none of the texts that are
/// looked for occurs in one.
fn code(path: &str) -> String {
    let text = read(path);
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// Returns every text between the two others, in order.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start).skip(1).filter_map(|rest| rest.split_once(end)).map(|(inner, _)| inner).collect()
}

/// Returns the part of a Markdown page below a heading of the second level, up to the next such heading.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let start = format!("\n## {heading}\n");
    let rest = page.split_once(&start).unwrap_or_else(|| panic!("there is no heading `{heading}`")).1;
    rest.split("\n## ").next().unwrap()
}
