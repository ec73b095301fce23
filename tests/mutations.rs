//! Mistakes planted in notebooks that work: each is found at its place, and nothing else is.
//!
//! A kind of mistake (`mutations/kinds`) says where it fits and what then stands there. It is planted in published
//! notebooks that the kernel ran without an error, where they are at hand, and in ones made up here, at places that
//! numbers choose which look random and are always the same.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test reports by panicking, and says on stderr what it leaves out"
)]

use std::collections::{BTreeMap, BTreeSet};

use glue_ls::facts;
use glue_ls::features::diagnostics::rules::find;
use glue_ls::features::{Problem, Severity};

mod document;
mod kinds;
mod plant;
mod random;

use document::{Document, made, published};
use kinds::{Kind, all};
use plant::{Planted, plant};
use random::Random;

/// In how many notebooks of those made up here a mistake is planted.
const TIMES: usize = 6;
/// In how many of the published ones, which are larger.
const TIMES_PUBLISHED: usize = 4;

/// Kinds that no rule finds yet. The test below fails for one that a rule finds: it is to be taken off the list.
const PENDING: &[&str] = &[];

fn is_pending(kind: &Kind) -> bool {
    PENDING.contains(&kind.name)
}

/// What a mistake made of the problems.
struct Found {
    /// Problems that are new and touch the planted text.
    here: Vec<Problem>,
    /// Problems that are new elsewhere: the cell and the problem.
    elsewhere: Vec<(usize, Problem)>,
}

/// Compares the problems before and after by code, message and the text they cover.
fn compare(planted: &Planted) -> Found {
    let keys = |document: &Document| {
        let problems = document.problems().into_iter().enumerate();
        let keyed = problems.flat_map(|(cell, problems)| {
            let text = document.cells[cell].1.clone();
            let key = move |p: Problem| ((p.code, p.message.clone(), text[p.range.clone()].to_owned()), (cell, p));
            problems.into_iter().map(key)
        });
        keyed.collect::<Vec<_>>()
    };
    let mut before: BTreeMap<_, usize> = BTreeMap::new();
    keys(&planted.before).into_iter().for_each(|(key, _)| *before.entry(key).or_default() += 1);
    let touches = |cell: usize, problem: &Problem| {
        cell == planted.cell && problem.range.start < planted.range.end && planted.range.start < problem.range.end
    };
    let mut after = keys(&planted.after);
    // Of several that are alike, the one at the planted place is the new one.
    after.sort_by_key(|(_, (cell, problem))| touches(*cell, problem));
    let mut found = Found { here: Vec::new(), elsewhere: Vec::new() };
    for (key, (cell, problem)) in after {
        match before.get_mut(&key).filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None if touches(cell, &problem) => found.here.push(problem),
            None => found.elsewhere.push((cell, problem)),
        }
    }
    found
}

/// Plants a kind of mistake in some of the notebooks; returns what came of it.
fn planted(kind: &Kind, documents: &[Document], times: usize) -> Vec<Planted> {
    let mut random = Random::new(kind.name, 1);
    let order = random.shuffled((0..documents.len()).collect());
    let fits = order
        .into_iter()
        .filter_map(|index| plant(&documents[index], kind.needs, kind.without, kind.place, kind.wrong, &mut random));
    fits.take(times).collect()
}

fn show(planted: &Planted) -> String {
    let text = &planted.after.cells[planted.cell].1;
    let (range, name) = (planted.range.clone(), &planted.after.name);
    let (start, end) = (&text[..range.start], &text[range.end..]);
    format!("{name}, cell {}:\n{start}«{}»{end}", planted.cell, &text[range.clone()])
}

/// What is wrong with what was found; empty if it is as the kind says.
fn judge(kind: &Kind, planted: &Planted) -> Vec<String> {
    let found = compare(planted);
    let mut wrong = Vec::new();
    if !found.here.iter().any(|problem| kind.codes.contains(&problem.code)) {
        wrong.push(format!("none of {:?} is there", kind.codes));
    }
    let expected = |code: &str| kind.codes.contains(&code) || kind.also.contains(&code);
    for problem in found.here.iter().filter(|problem| !expected(problem.code)) {
        wrong.push(format!("not expected there: {}: {}", problem.code, problem.message));
    }
    for (cell, problem) in found.elsewhere.iter().filter(|(_, problem)| !kind.also.contains(&problem.code)) {
        let text = &planted.after.cells[*cell].1[problem.range.clone()];
        wrong.push(format!("elsewhere, cell {cell} at {text:?}: {}: {}", problem.code, problem.message));
    }
    wrong
}

fn assert_found(documents: &[Document], each_must_fit: bool) {
    let mut wrong = Vec::new();
    let (mut kinds, mut times) = (0, 0);
    for kind in all().filter(|kind| !is_pending(kind)) {
        let planted = planted(kind, documents, if each_must_fit { TIMES } else { TIMES_PUBLISHED });
        assert!(!each_must_fit || planted.len() == TIMES, "{} fits into {} notebooks", kind.name, planted.len());
        kinds += usize::from(!planted.is_empty());
        times += planted.len();
        for planted in &planted {
            let complaints = judge(kind, planted);
            if !complaints.is_empty() {
                wrong.push(format!("{} in {}\n  {}", kind.name, show(planted), complaints.join("\n  ")));
            }
        }
    }
    eprintln!("{kinds} kinds of mistakes, planted {times} times");
    assert!(kinds >= 40, "only {kinds} kinds fit anywhere");
    assert!(wrong.is_empty(), "{} mistakes are not found as they should be:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn mistakes_planted_in_made_up_notebooks_are_found_and_nothing_else() {
    assert_found(&(0..80).map(made).collect::<Vec<_>>(), true);
}

#[test]
fn mistakes_planted_in_published_notebooks_are_found_and_nothing_else() {
    let documents = published();
    if !documents.is_empty() {
        assert_found(&documents, false);
    }
}

#[test]
fn made_up_notebooks_work_and_are_quiet() {
    for seed in 0..60 {
        let document = made(seed);
        for (problems, (_, text)) in document.problems().iter().zip(&document.cells) {
            let loud = |problem: &&Problem| matches!(problem.severity, Severity::Error | Severity::Warning);
            assert_eq!(problems.iter().find(loud), None, "{}:\n{text}", document.name);
        }
    }
}

#[test]
fn no_rule_finds_a_mistake_that_is_said_to_be_pending() {
    let documents: Vec<Document> = (0..80).map(made).collect();
    let mut wrong = Vec::new();
    for kind in all().filter(|kind| is_pending(kind)) {
        for planted in planted(kind, &documents, TIMES) {
            let found = compare(&planted);
            if let Some(problem) = found.here.first() {
                let known = if kind.codes.contains(&problem.code) { "" } else { " (a code its row does not expect)" };
                wrong.push(format!("{}: {}{known}: {}", kind.name, problem.code, problem.message));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "take these off PENDING:\n{}", wrong.join("\n"));
    for name in PENDING {
        assert!(all().any(|kind| kind.name == *name), "PENDING: there is no kind {name}");
    }
}

#[test]
fn kinds_come_from_the_tables_and_expect_rules_that_exist() {
    let magics = facts::magics();
    let mut names = BTreeSet::new();
    for kind in all() {
        assert!(names.insert(kind.name), "{} occurs twice", kind.name);
        let (label, code) = kind.from.split_once(": ").unwrap();
        let known = match label {
            "rule" => magics.cell_rules.iter().any(|rule| rule.id == code) || find(code).is_some(),
            "foreign" => magics.foreign(code).is_some(),
            "key" => facts::configure().misused(code).or_else(|| facts::configure().misused_with_dict(code)).is_some(),
            _ => {
                let rows = magics.all().iter().filter(|magic| magic.label() == label);
                rows.flat_map(|magic| &magic.mistakes).any(|mistake| mistake.code == code)
            }
        };
        assert!(known, "{}: the tables have no {}", kind.name, kind.from);
        let exist = kind.codes.iter().any(|code| find(code).is_some());
        assert!(is_pending(kind) || exist, "{}: none of the rules {:?} exists", kind.name, kind.codes);
    }
    let pending = all().filter(|kind| is_pending(kind)).count();
    eprintln!("{} kinds, {pending} of them pending", names.len());
    assert!(names.len() - pending >= 60, "{} kinds are found", names.len() - pending);
}
