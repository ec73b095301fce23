//! From a text to a notebook: in which form it is, and its cells.

use crate::facts;
use crate::syntax::ipynb;
use crate::syntax::split::HeadKind;
use crate::syntax::{Cell, CellKind, Form, Notebook, NotebookMeta, PlacedCell, Tail, percent};

use super::gate::is_magic_name;

/// A text and what was made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// Its cells.
    pub notebook: Notebook,
    /// What is wrong with a notebook's JSON; empty for scripts.
    pub problems: Vec<ipynb::Problem>,
    /// Whether a script is divided by `# %%` markers.
    pub has_markers: bool,
}

/// Decides the form of a text document from its language id and first bytes, never from its name:
/// plugins show percent text under a notebook's name.
///
/// `path` matters for the virtual documents of jupyterlab-lsp alone, which live in a folder of their own.
pub fn form_of(text: &str, language_id: Option<&str>, path: &str) -> Form {
    let json = matches!(language_id, Some("json" | "jsonc" | "ipynb" | "jupyter" | "notebook"));
    let python = matches!(language_id, Some("python" | "python_glue_session" | "scala"));
    if (json || !python) && ipynb::looks_like_notebook(text) {
        return Form::Json;
    }
    let rewritten = ["get_ipython().run_line_magic(", "get_ipython().run_cell_magic("];
    if path.contains("/.virtual_documents/") || text.lines().any(|l| rewritten.iter().any(|call| l.starts_with(call))) {
        return Form::Virtual;
    }
    if percent::has_marker(text) {
        return Form::Percent;
    }
    let cells = percent::parse(text, &is_magic_name);
    let magic = cells.iter().any(|placed| {
        let split = &placed.cell.split;
        let in_head = split.head.iter().any(|line| match &line.kind {
            // A magic of another tool's does not make a notebook of a job's script.
            HeadKind::Magic(magic) => {
                let name = &placed.cell.text[magic.name.clone()];
                is_magic_name(name) && facts::magics().foreign(&format!("%{name}")).is_none()
            }
            _ => false,
        });
        in_head || matches!(split.tail, Tail::CellMagic { .. })
    });
    if magic { Form::Percent } else { Form::Script }
}

/// Makes a notebook of a text in the given form. Total.
pub fn open(text: &str, form: Form) -> Opened {
    let whole = || {
        let cell = Cell::whole(CellKind::Code, text);
        vec![PlacedCell { range: 0..text.len(), cell: cell.into() }]
    };
    let script = |cells: Vec<PlacedCell>, meta: NotebookMeta| Opened {
        notebook: Notebook { form, meta, cells },
        problems: Vec::new(),
        has_markers: form == Form::Percent && percent::has_marker(text),
    };
    match form {
        Form::Json => {
            let parsed = ipynb::parse(text);
            Opened {
                notebook: Notebook { form, meta: parsed.meta, cells: parsed.cells },
                problems: parsed.problems,
                has_markers: false,
            }
        }
        Form::Percent => script(percent::parse(text, &is_magic_name), percent::header_meta(text)),
        Form::Script | Form::Virtual | Form::Cells => script(whole(), NotebookMeta::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_magic_of_another_tool_makes_no_notebook_of_a_script() {
        let form = |text| form_of(text, Some("python"), "/etl.py");
        assert_eq!(form("# %pyspark\n\nimport sys\nfrom awsglue.job import Job\n"), Form::Script);
        assert_eq!(form("# %pyspark\n# %glue_version 5.0\nimport sys\n"), Form::Percent);
        assert_eq!(form("# %region eu-west-1\nimport sys\n"), Form::Percent);
    }
}
