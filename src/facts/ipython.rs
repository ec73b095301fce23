//! IPython's own magics inside the Glue kernel.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// The magics IPython registers in the kernel's process, and what becomes of them there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IpythonMagics {
    /// Number of the format of the file.
    pub schema: u32,
    /// Versions the lists were taken from.
    pub source: String,
    line: BTreeSet<String>,
    cell: BTreeSet<String>,
    /// Labels that are another name for a magic.
    pub magic_aliases: BTreeMap<String, String>,
    /// Line magics that run the shell command of the same name.
    pub shell_aliases: BTreeSet<String>,
    /// Magics whose argument is not searched for `{expression}` and `$name`.
    pub no_variable_expansion: NamesByForm,
    /// Magics that exist after `%load_ext`, with the extension that brings them.
    pub extensions: BTreeMap<String, String>,
    /// What the kernel does with these magics, in a sentence.
    pub rule: String,
    line_effects: Vec<BuiltinEffect>,
    /// Why cell magics do not work.
    pub cell_magics: CellMagics,
    /// What `!command` does.
    pub shell_escape: Syntax,
    /// What `name?` does.
    pub help_suffix: Syntax,
}

impl IpythonMagics {
    /// Returns whether IPython has the line magic `name` (without `%`) in the kernel.
    pub fn has_line(&self, name: &str) -> bool {
        self.line.contains(name)
    }

    /// Returns whether IPython has the cell magic `name` (without `%%`) in the kernel.
    ///
    /// None of them works there, see [`IpythonMagics::cell_magics`].
    pub fn has_cell(&self, name: &str) -> bool {
        self.cell.contains(name)
    }

    /// Returns the names of all line magics, in alphabetical order.
    pub fn line_names(&self) -> impl Iterator<Item = &str> {
        self.line.iter().map(String::as_str)
    }

    /// Returns the names of all cell magics, in alphabetical order.
    pub fn cell_names(&self) -> impl Iterator<Item = &str> {
        self.cell.iter().map(String::as_str)
    }

    /// Returns what the line magic `name` really does in a Glue notebook, if that is worth a word.
    pub fn line_effect(&self, name: &str) -> Option<&BuiltinEffect> {
        self.line_effects.iter().find(|effect| effect.name == name)
    }

    /// Returns all line magics whose effect is worth a word.
    pub fn line_effects(&self) -> &[BuiltinEffect] {
        &self.line_effects
    }

    /// Returns what to do instead of the cell magic `name`.
    pub fn cell_fix(&self, name: &str) -> Option<&str> {
        self.cell_magics.fixes.get(name).map(String::as_str)
    }
}

/// What a magic that runs on the user's machine does there.
#[derive(Debug, Deserialize)]
#[serde(from = "EffectRow")]
pub struct BuiltinEffect {
    /// Name without percent sign.
    pub name: String,
    /// As written in a cell, with its percent sign.
    pub label: String,
    /// What it does.
    pub effect: String,
    /// How likely it is not what was wanted.
    pub severity: EffectSeverity,
    /// What to use instead.
    pub fix: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EffectRow {
    name: String,
    effect: String,
    severity: EffectSeverity,
    fix: Option<String>,
}

impl From<EffectRow> for BuiltinEffect {
    fn from(row: EffectRow) -> Self {
        let EffectRow { name, effect, severity, fix } = row;
        Self { label: format!("%{name}"), name, effect, severity, fix }
    }
}

/// How likely a local magic is not what was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EffectSeverity {
    /// It does nothing useful here.
    Warning,
    /// It acts on the wrong machine.
    Information,
    /// It is local, as one would expect.
    Hint,
}

/// Names of line and cell magics.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamesByForm {
    /// Line magics.
    pub line: BTreeSet<String>,
    /// Cell magics.
    pub cell: BTreeSet<String>,
}

/// What becomes of IPython's cell magics.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellMagics {
    /// The rule, which holds for all of them.
    pub rule: String,
    /// What to do instead, by name.
    pub fixes: BTreeMap<String, String>,
}

/// A piece of IPython syntax that is not a magic.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Syntax {
    /// As written in a cell.
    pub label: String,
    /// What it does in a Glue notebook.
    pub effect: String,
    /// What to do instead.
    pub fix: Option<String>,
}
