//! Ignore comments: `# glue-ls: ignore[code, code]` on the line above, `-- glue-ls: …` in SQL.
//!
//! They stand above and never behind: what follows a magic on its line is part of its value.

use super::Problem;

/// Returns whether the line above the problem asks to leave it out.
pub(super) fn is_ignored(text: &str, problem: &Problem) -> bool {
    let line_start = text[..problem.range.start.min(text.len())].rfind('\n').map_or(0, |at| at + 1);
    let above = text[..line_start].strip_suffix('\n').unwrap_or_default();
    let above = above.strip_suffix('\r').unwrap_or(above).rsplit('\n').next().unwrap_or_default();
    let above = above.trim_start();
    let Some(comment) = above.strip_prefix('#').or_else(|| above.strip_prefix("--")) else { return false };
    let Some(rest) = comment.trim_start().strip_prefix("glue-ls:") else { return false };
    let Some(rest) = rest.trim_start().strip_prefix("ignore") else { return false };
    match rest.trim_start().strip_prefix('[') {
        Some(codes) => codes.split(']').next().unwrap_or_default().split(',').any(|code| code.trim() == problem.code),
        None => rest.trim().is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Severity;

    fn ignored(text: &str) -> bool {
        let start = text.find('!').unwrap();
        let problem = Problem {
            code: "a-rule",
            severity: Severity::Error,
            message: String::new(),
            range: start..start + 1,
            fixes: Vec::new(),
        };
        is_ignored(text, &problem)
    }

    #[test]
    fn only_the_line_above_counts() {
        assert!(ignored("# glue-ls: ignore[a-rule]\n!"));
        assert!(ignored("x\n  #glue-ls: ignore[b, a-rule]\r\n  !"));
        assert!(ignored("-- glue-ls: ignore\n!"));
        assert!(!ignored("# glue-ls: ignore[b]\n!"));
        assert!(!ignored("# glue-ls: ignore\n\n!"));
        assert!(!ignored("! # glue-ls: ignore"));
        assert!(!ignored("!"));
    }
}
