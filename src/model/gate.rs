//! Which documents are Glue's.
//!
//! A wrong yes costs a user false alarms in a notebook of another kernel, a wrong no costs all of the
//! tool: see each rule below.

use std::ops::Range;

use crate::facts::nearest::edits_within;
use crate::facts::{self, MagicForm};
use crate::syntax::split::{HeadKind, Tail};
use crate::syntax::{Cell, CellKind, Form, Notebook};

/// The kernel that runs a document's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kernel {
    /// `glue_pyspark`
    #[default]
    PySpark,
    /// `glue_spark`: Scala.
    Spark,
}

impl Kernel {
    /// Returns the kernel of that name, as `--kernel` takes it.
    pub fn from_name(name: &str) -> Option<Kernel> {
        match name {
            "glue_pyspark" | "glue_python_kernel" => Some(Kernel::PySpark),
            "glue_spark" | "glue_scala_kernel" => Some(Kernel::Spark),
            // SageMaker's names carry the address of an image in front.
            _ if name.contains("sm_glue_is-glue_spark") => Some(Kernel::Spark),
            _ if name.contains("sm_glue_is-glue_") => Some(Kernel::PySpark),
            _ => None,
        }
    }

    /// Returns the kernel's own name.
    pub fn name(self) -> &'static str {
        match self {
            Kernel::PySpark => "glue_pyspark",
            Kernel::Spark => "glue_spark",
        }
    }
}

/// What glue-ls does with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gate {
    /// All of it: cells are run by that kernel.
    Glue(Kernel),
    /// The Glue API in its code, nothing about magics or sessions.
    ApiOnly,
    /// Nothing.
    None,
}

impl Gate {
    /// Returns the kernel if the document's cells are run by one.
    pub fn kernel(self) -> Option<Kernel> {
        match self {
            Gate::Glue(kernel) => Some(kernel),
            Gate::ApiOnly | Gate::None => None,
        }
    }
}

/// Decides what to do with a document. `forced` is the user's own word (`--kernel`).
pub fn gate(notebook: &Notebook, forced: Option<Kernel>) -> Gate {
    if let Some(kernel) = forced {
        return Gate::Glue(kernel);
    }
    let api = || if imports_awsglue(notebook) { Gate::ApiOnly } else { Gate::None };
    match notebook.form {
        Form::Script | Form::Virtual => api(),
        Form::Percent => {
            if let Some(kernel) = named_kernel(notebook) {
                return Gate::Glue(kernel);
            }
            if foreign_kernel(notebook) {
                return api();
            }
            if has_glue_magic(notebook) || imports_awsglue(notebook) {
                return Gate::Glue(Kernel::PySpark);
            }
            Gate::None
        }
        Form::Cells | Form::Json => {
            if let Some(kernel) = named_kernel(notebook) {
                return Gate::Glue(kernel);
            }
            if !foreign_kernel(notebook) && has_glue_magic(notebook) {
                return Gate::Glue(Kernel::PySpark);
            }
            api()
        }
    }
}

/// Decides anew after some cells of a document took the place of others, while `before` was decided and what the document
/// says about its kernel stayed. Looks at no other cells unless they may decide.
pub fn gate_after<'a>(
    before: Gate,
    old: impl Iterator<Item = &'a Cell>,
    notebook: &Notebook,
    changed: Range<usize>,
    forced: Option<Kernel>,
) -> Gate {
    if forced.is_some() || named_kernel(notebook).is_some() {
        return gate(notebook, forced);
    }
    let tells = |(magic, import): (bool, bool), cell: &Cell| {
        (magic || names_glue_magic(cell), import || has_awsglue_import(cell))
    };
    let new = notebook.cells[changed].iter().map(|placed| &*placed.cell);
    let same = old.fold((false, false), tells) == new.fold((false, false), tells);
    if same { before } else { gate(notebook, forced) }
}

fn named_kernel(notebook: &Notebook) -> Option<Kernel> {
    let by_name = notebook.meta.kernel_name.as_deref().and_then(Kernel::from_name);
    // The PySpark kernel's language is unmistakable; the Scala kernel's is that of many.
    let by_language = notebook.meta.language.as_deref().is_some_and(|l| l.eq_ignore_ascii_case("Python_Glue_Session"));
    by_name.or(by_language.then_some(Kernel::PySpark))
}

/// Returns whether the document names a kernel that is neither Glue's nor a plain Python.
fn foreign_kernel(notebook: &Notebook) -> bool {
    let Some(name) = notebook.meta.kernel_name.as_deref() else { return false };
    let plain = name.is_empty()
        || name.strip_prefix("python").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
        || name.starts_with("conda-")
        || name.starts_with("venv")
        || name.starts_with(".venv");
    !plain
}

/// Returns whether a magic occurs that no other kernel has.
fn has_glue_magic(notebook: &Notebook) -> bool {
    notebook.cells.iter().any(|placed| names_glue_magic(&placed.cell))
}

fn names_glue_magic(cell: &Cell) -> bool {
    if cell.kind != CellKind::Code {
        return false;
    }
    let text = &*cell.text;
    let in_head = cell.split.head.iter().any(|line| match &line.kind {
        HeadKind::Magic(magic) => {
            let form = if magic.is_cell() { MagicForm::Cell } else { MagicForm::Line };
            is_glue_only(&text[magic.name.clone()], form)
        }
        _ => false,
    });
    let in_tail = match &cell.split.tail {
        Tail::CellMagic { magic, .. } => is_glue_only(&text[magic.name.clone()], MagicForm::Cell),
        _ => false,
    };
    in_head || in_tail
}

/// Returns whether a magic of that name is Glue's alone, or a single edit away from such a one.
///
/// `%%sql` and `%%configure` are sparkmagic's too, `%profile` and `%help` nobody's in particular.
fn is_glue_only(name: &str, form: MagicForm) -> bool {
    const SHARED: &[&str] = &["sql", "configure", "help", "status", "profile", "timeout", "tags", "matplot", "plotly"];
    let table = facts::magics();
    let known = match form {
        MagicForm::Line => table.line(name),
        MagicForm::Cell => table.cell(name),
    };
    if known.is_some() {
        return !SHARED.contains(&name) && !facts::ipython().has_line(name);
    }
    // A typo in a name of two words is still Glue's; shorter ones are anybody's.
    name.contains('_') && table.closest(name, form).is_some_and(|near| !SHARED.contains(&near.name.as_str()))
}

fn imports_awsglue(notebook: &Notebook) -> bool {
    notebook.cells.iter().any(|placed| has_awsglue_import(&placed.cell))
}

fn has_awsglue_import(cell: &Cell) -> bool {
    cell.kind == CellKind::Code
        && cell.text.contains("awsglue")
        && cell.text.lines().any(|line| {
            let line = line.trim_start();
            ["from awsglue", "import awsglue"].iter().any(|start| {
                line.strip_prefix(start).is_some_and(|rest| rest.starts_with(['.', ' ', '\t']) || rest.is_empty())
            })
        })
}

/// Returns whether a comment `# %name` or `# %%name` is to be taken for a magic: one that the Glue kernel
/// or IPython has, one that is reported as removed, never there or another product's, or a single edit from a Glue one.
pub fn is_magic_name(name: &str) -> bool {
    let table = facts::magics();
    let builtin = facts::ipython();
    let known = table.line(name).is_some() || table.cell(name).is_some();
    if known || builtin.has_line(name) || builtin.has_cell(name) {
        return true;
    }
    if table.foreign.iter().any(|magic| magic.label.trim_start_matches('%') == name && name.len() > 2) {
        return true;
    }
    // Short words are a single edit from too much.
    name.len() > 3 && table.supported().any(|magic| edits_within(name, &magic.name, 1).is_some())
}
