//! IPython's own line magics, as far as they matter to the kernel or can only fail.

use std::ops::Range;

use crate::model::actions::action;
use crate::model::effects::{ChangeKind, Effects};
use crate::model::expand::expand;
use crate::model::local_python::{self, Problem};
use crate::model::numbers::int_from_text;
use crate::model::refusal::RefusalKind;
use crate::syntax::local_line::is_python_space;

/// Adds what one of IPython's own line magics does that matters to the kernel: variables of its
/// environment, magics and Python that run in the kernel's own process, uses that can only fail.
pub(in crate::model) fn line(effects: &mut Effects, text: &str, name: Range<usize>, argument: Range<usize>) {
    let word = &text[name.clone()];
    let usage = |reason: String| RefusalKind::Usage { name: word.to_owned(), reason };
    // What these run is not filled in beforehand.
    if let Some(options) = runs_code(word) {
        let start = argument.start + options_len(&text[argument.clone()], options);
        code(effects, text, name, start..argument.end);
        return;
    }
    let expanded = expand(&text[argument.clone()]);
    if matches!(word, "env" | "set_env") {
        match variable(word, &expanded) {
            Ok(None) => {}
            Ok(Some((variable, value))) => effects.change(ChangeKind::Variable(variable, value), argument),
            Err(reason) => effects.refuse(usage(reason.to_owned()), if argument.is_empty() { name } else { argument }),
        }
    } else if let Some(reason) = misuse(word, &expanded) {
        effects.refuse(usage(reason), if argument.is_empty() { name } else { argument });
    }
}

/// Returns the options that take a value of a magic that runs its argument as code.
fn runs_code(name: &str) -> Option<&'static str> {
    match name {
        "time" => Some(""),
        "timeit" => Some("nrpv"),
        "prun" => Some("DlsT"),
        _ => None,
    }
}

/// Returns the bytes that options take at the start of an argument: `-n1 -r 3 `.
fn options_len(argument: &str, with_value: &str) -> usize {
    let mut rest = argument.trim_start_matches(' ');
    while let Some(option) =
        rest.strip_prefix('-').filter(|option| option.starts_with(|c: char| c.is_ascii_alphabetic()))
    {
        let word = option.split(' ').next().unwrap_or_default();
        rest = option[word.len()..].trim_start_matches(' ');
        if word.len() == 1 && with_value.contains(word) {
            let value = rest.split(' ').next().unwrap_or_default();
            rest = rest[value.len()..].trim_start_matches(' ');
        }
    }
    argument.len() - rest.len()
}

/// Adds what code does that a magic runs in the kernel's own process.
fn code(effects: &mut Effects, text: &str, name: Range<usize>, code: Range<usize>) {
    if text[code.clone()].starts_with(['%', '!']) {
        effects.escaped_line(text, code, false);
        return;
    }
    let word = text[name.clone()].to_owned();
    match local_python::problem(&text[code.clone()]) {
        None => {}
        Some(Problem::Missing(missing)) => effects.refuse(RefusalKind::LocalName { name: word, missing }, code),
        Some(Problem::Syntax) => {
            let reason = "what stands behind it is not Python".to_owned();
            effects.refuse(RefusalKind::Usage { name: word, reason }, code);
        }
    }
}

/// Returns the variable that `%env` or `%set_env` sets and its value, if it sets one; why it fails.
fn variable(word: &str, argument: &str) -> Result<Option<(String, String)>, &'static str> {
    let needs_both = "it needs a name and a value: `%set_env NAME=value`";
    if argument.trim_matches(is_python_space).is_empty() {
        return if word == "env" { Ok(None) } else { Err(needs_both) };
    }
    let separator = if argument.contains('=') { '=' } else { ' ' };
    match argument.split_once(separator) {
        // Whether a variable that is only read exists is this machine's business.
        None if word == "env" => Ok(None),
        None => Err(needs_both),
        Some((name, value)) => {
            let name = name.trim_matches(is_python_space);
            if name.contains(is_python_space) {
                return Err("a variable's name must not contain a blank");
            }
            Ok(Some((name.to_owned(), value.trim_matches(is_python_space).to_owned())))
        }
    }
}

/// Returns why a magic can only fail with this argument.
fn misuse(name: &str, argument: &str) -> Option<String> {
    let needed = match name {
        "bookmark" => "the bookmark's name",
        "colors" => "a theme's name",
        "load_ext" | "reload_ext" => "a module's name",
        "load" | "loadpy" | "less" | "more" | "notebook" | "run" | "save" => "a file's name",
        _ => "",
    };
    let argument = argument.trim_matches(is_python_space);
    if !needed.is_empty() {
        return argument.is_empty().then(|| format!("it needs {needed}"));
    }
    let words = argument.split(is_python_space).filter(|word| !word.is_empty());
    match name {
        "alias" => (words.count() == 1).then(|| "it needs a name and a command".to_owned()),
        "macro" => (words.count() == 1).then(|| "it needs a name and the numbers of inputs".to_owned()),
        "autosave" => int_from_text(argument).is_none().then(|| "it needs a whole number of seconds".to_owned()),
        "precision" => {
            let fine = argument.is_empty() || argument.contains('%') || int_from_text(argument).is_some();
            (!fine).then(|| "it needs a whole number or a format such as `%.2f`".to_owned())
        }
        "config" => {
            let fine = argument.contains('=')
                || argument.is_empty()
                || argument.starts_with(|c: char| c.is_alphabetic() || c == '_');
            (!fine).then(|| "it needs `Class.trait = value`".to_owned())
        }
        "alias_magic" => aliased(words),
        _ => None,
    }
}

fn aliased<'a>(words: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut names = Vec::new();
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        match word {
            "-p" | "--params" => {
                // Values in quotes may hold blanks.
                let quote = words
                    .next()
                    .and_then(|value| value.chars().next().filter(|c| matches!(c, '"' | '\'')).map(|c| (c, value)));
                if let Some((quote, first)) = quote
                    && !(first.len() > 1 && first.ends_with(quote))
                {
                    words.by_ref().find(|word| word.ends_with(quote));
                }
            }
            option if option.starts_with('-') => {}
            name => names.push(name.trim_start_matches(['%', '!', '?'])),
        }
    }
    let [_, target] = names[..] else { return Some("it needs a new name and a magic's name".to_owned()) };
    let table = crate::facts::ipython();
    let exists = action(target).is_some()
        || crate::syntax::CellMagicKind::ALL.iter().any(|kind| kind.name() == target)
        || table.has_line(target)
        || table.has_cell(target);
    (!exists).then(|| format!("there is no magic `{target}`"))
}
