//! `shell-word-comment`: jupytext parts commented magics from comments by looks alone, so that in the notebook which it
//! makes of a script some comments are code.

use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::gate::is_magic_name;
use crate::syntax::Form;
use crate::syntax::percent::{Taken, taken_for_code};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let notebook = &context.model.notebook;
    let scala = notebook.meta.language.as_deref().is_some_and(|language| language.eq_ignore_ascii_case("scala"));
    if notebook.form != Form::Percent || !notebook.meta.is_paired || scala {
        return;
    }
    for (range, taken) in taken_for_code(&context.cell.cell, &is_magic_name) {
        let comment = context.text()[range.clone()].trim_start_matches('#').trim_start();
        let why = match taken {
            Taken::Command => {
                let word = comment.split_whitespace().next().unwrap_or(comment);
                format!("`{word}` begins a command of the shell")
            }
            Taken::Question => "a word with a question mark asks IPython for help".into(),
            Taken::Magic => "a percent sign and a letter begin a magic".into(),
            Taken::Shell => "what follows `!` is a command of the shell".into(),
        };
        findings.add_with(
            range.clone(),
            format!("this comment becomes code in the notebook that jupytext makes of the script: for jupytext, {why}"),
            vec![Fix::replace("Write it with a second `#`, as jupytext does", range.start..range.start, "# ")],
        );
    }
}
