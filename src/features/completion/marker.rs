//! The marker that begins a cell of a percent script.

use crate::facts;

use super::{Completion, CompletionKind, Topic};

/// Returns what may follow the sign of a marker at `offset` (bytes) of its line: a percent script says with it that the
/// cell is a query, or no code. Empty unless nothing but the sign stands there.
pub fn markers(line: &str, offset: usize) -> Vec<Completion> {
    let Some(rest) = line.strip_prefix('#') else {
        return Vec::new();
    };
    let Some(rest) = rest.trim_start_matches(' ').strip_prefix("%%") else {
        return Vec::new();
    };
    let sign = line.len() - rest.len();
    if !rest.trim_matches([' ', '\r', '\n']).is_empty()
        || offset < sign
        || offset > line.trim_end_matches(['\r', '\n']).len()
    {
        return Vec::new();
    }
    let item = |label: &str, detail: &str, topic: Option<Topic>, sort: &str| Completion {
        detail: Some(detail.to_owned()),
        topic,
        insert: format!(" {label}"),
        // What is typed begins with the blank that is replaced.
        filter: Some(format!(" {label}")),
        sort: sort.to_owned(),
        ..Completion::new(CompletionKind::Magic, label, sign..offset)
    };
    let sql = facts::magics().cell("sql").map_or("", |spec| spec.short.as_str());
    vec![
        item("language=\"sql\"", &format!("%%sql: {sql}"), Some(Topic::CellMagic { name: "sql".to_owned() }), "0"),
        item("[markdown]", "a cell of text for people", None, "1"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(marked: &str) -> Vec<String> {
        let offset = marked.find('|').unwrap();
        let line = marked.replace('|', "");
        let accept = |completion: Completion| {
            let mut line = line.clone();
            line.replace_range(completion.replace, &completion.insert);
            line
        };
        markers(&line, offset).into_iter().map(accept).collect()
    }

    #[test]
    fn a_bare_marker_says_what_the_cell_is() {
        let both = ["# %% language=\"sql\"", "# %% [markdown]"];
        assert_eq!(accepted("# %%|"), both);
        assert_eq!(accepted("# %% |"), both);
        assert_eq!(accepted("# %%  |\r"), ["# %% language=\"sql\"\r", "# %% [markdown]\r"]);
        assert_eq!(accepted("#%% |"), ["#%% language=\"sql\"", "#%% [markdown]"]);
    }

    #[test]
    fn other_lines_and_places_are_left_alone() {
        for line in ["# %|%", "|# %%", "# %% title |", "x = 1 # %% |", "# % |", "%% |", "# é %% |", "|"] {
            assert_eq!(accepted(line), [""; 0], "{line}");
        }
    }
}
