//! How much is said about published notebooks, nearly all of which work.

use std::collections::BTreeMap;

use glue_ls::features::Severity;

use super::corpus;

/// The most warnings of the median notebook.
const MEDIAN: usize = 3;
/// The most warnings of any.
const MOST: usize = 15;
/// Notebooks that may have more, each with its reason.
const MAY_HAVE_MORE: &[(&str, &str)] = &[];

#[test]
fn published_notebooks_draw_few_warnings() {
    let records = corpus();
    if records.is_empty() {
        return;
    }
    let mut counts = Vec::new();
    let mut codes: BTreeMap<(Severity, &str), [usize; 2]> = BTreeMap::new();
    for record in &records {
        let mut warnings = 0;
        let mut seen = Vec::new();
        for problem in record.problems().into_iter().flatten() {
            warnings += usize::from(problem.severity == Severity::Warning);
            let entry = codes.entry((problem.severity, problem.code)).or_default();
            entry[0] += 1;
            entry[1] += usize::from(!seen.contains(&problem.code));
            seen.push(problem.code);
        }
        counts.push((warnings, record.name.as_str()));
    }
    counts.sort_unstable();
    let at = |percent: usize| counts[(counts.len() - 1) * percent / 100].0;
    let median = counts[counts.len() / 2].0;
    eprintln!(
        "warnings in {} notebooks: median {median}, 75 % {}, 90 % {}, most {}",
        counts.len(),
        at(75),
        at(90),
        at(100)
    );
    for ((severity, code), [problems, notebooks]) in &codes {
        eprintln!("{:>12} {code}: {problems} in {notebooks} notebooks", severity.name());
    }
    assert!(median <= MEDIAN, "the median notebook has {median} warnings");
    for (warnings, name) in &counts {
        let excused = MAY_HAVE_MORE.iter().any(|(known, _)| known == name);
        assert!(excused || *warnings <= MOST, "{name} has {warnings} warnings");
        assert!(!excused || *warnings > MOST, "{name} is no exception any longer");
    }
}
