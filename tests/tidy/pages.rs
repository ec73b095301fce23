//! Links between pages.

use std::path::Path;

use super::{files_with, read, root};

/// Returns the targets of a page's links and images, without those in code.
fn links(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in page.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            continue;
        }
        // Between backticks stands code.
        let prose: String = line.split('`').step_by(2).collect();
        for rest in prose.split("](").skip(1) {
            let target = rest.split(')').next().unwrap().split_whitespace().next().unwrap_or_default();
            found.push(target.to_owned());
        }
    }
    found
}

/// Returns the anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = |c: char| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || matches!(c, '-' | '_') => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    heading.trim_start_matches('#').trim().chars().filter_map(kept).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut seen = 0;
    for file in files_with(".", &["md"]) {
        for link in links(&read(&file)) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            let (path, heading) = link.split_once('#').unwrap_or((&link, ""));
            let target = match path {
                "" => Path::new(&file).to_path_buf(),
                path => Path::new(&file).parent().unwrap().join(path),
            };
            assert!(root().join(&target).exists(), "{file}: {link} does not exist");
            if !heading.is_empty() && target.extension().is_some_and(|extension| extension == "md") {
                let page = read(&target);
                let there = page.lines().any(|line| line.starts_with('#') && anchor(line) == heading);
                assert!(there, "{file}: {} has no heading for #{heading}", target.display());
            }
        }
    }
    assert!(seen > 30, "only {seen} links were found");
}

#[test]
fn links_are_told_from_code() {
    let page = "a [b](c.md#d) `x[0](y)`\n```\n[e](f)\n```\n![g](h.png \"i\")\n";
    assert_eq!(links(page), ["c.md#d", "h.png"]);
    assert_eq!(anchor("## `a_b` and C!"), "a_b-and-c");
}
