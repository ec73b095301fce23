//! Where a script is read otherwise than jupytext reads it, on purpose. This is the only list: `oracle.py` makes jupytext
//! read as is done here by these differences alone, and `docs/percent-scripts.md` tells people of them.

use glue_ls::syntax::{CellKind, percent};

use super::{contents, joined, oracle};

/// A difference.
struct Difference {
    /// Its name, in `oracle.py` too.
    name: &'static str,
    /// Why it is there; the page has these words.
    reason: &'static str,
    /// A script that shows it.
    script: &'static str,
    /// The cells that are read here, and those that jupytext reads: the first letter of a cell's kind, and its text.
    ours: &'static [&'static str],
    jupytext: &'static [&'static str],
}

const DIFFERENCES: [Difference; 9] = [
    Difference {
        name: "unknown-magics",
        reason: "a comment may begin with a percent sign, and a comment lost is a statement sent",
        script: "# %%\n# %d rows\n# x = %d\n",
        ours: &["c # %d rows\n# x = %d"],
        jupytext: &["c %d rows\nx = %d"],
    },
    Difference {
        name: "words",
        reason: "a comment may begin with the word of a command, or be a question",
        script: "# %%\n# copy the data\n# why?\n",
        ours: &["c # copy the data\n# why?"],
        jupytext: &["c copy the data\nwhy?"],
    },
    Difference {
        name: "interpreters",
        reason: "a line such as `#!/bin/sh` names an interpreter; jupytext writes a blank behind the `#`",
        script: "# %%\n#!/bin/sh\n",
        ours: &["c #!/bin/sh"],
        jupytext: &["c !/bin/sh"],
    },
    Difference {
        name: "preamble",
        reason: "comments above the first marker are about the file, and nothing that could be run",
        script: "# About this file\n\n# %%\nx = 1\n",
        ours: &["c x = 1"],
        jupytext: &["c # About this file", "c x = 1"],
    },
    Difference {
        name: "fences",
        reason: "a fence that was left open would swallow cells, and each edit would concern the whole document",
        script: "# %% [markdown]\n# ```python\n\n# %%\nx = 1\n\n# %% [markdown]\n# ```\n",
        ours: &["m ```python", "c x = 1", "m ```"],
        jupytext: &["m ```python\n\n%%\nx = 1\n\n%% [markdown]\n```"],
    },
    Difference {
        name: "header",
        reason: "what a header says beside `jupyter:` is about the file, and nothing that could be run",
        script: "# ---\n# title: A report\n# jupyter:\n#   kernelspec: {display_name: Glue, name: glue_pyspark, language: python}\n# ---\n\n# %%\nx = 1\n",
        ours: &["c x = 1"],
        jupytext: &["r ---\ntitle: A report\n---", "c x = 1"],
    },
    Difference {
        name: "languages",
        reason: "which magics are languages may stand in a configuration file of jupytext's",
        script: "# %% language=\"configure\"\n# {}\n",
        ours: &["c %%configure\n{}"],
        jupytext: &["c {}"],
    },
    Difference {
        name: "mixed",
        reason: "a magic that is typed without a comment sign must not make comments of all the others",
        script: "# %%\n# %glue_version 4.0\n%region eu-west-1\n",
        ours: &["c %glue_version 4.0\n%region eu-west-1"],
        jupytext: &["c # %glue_version 4.0\n%region eu-west-1"],
    },
    Difference {
        name: "no-markers",
        reason: "a script without markers is a job script, or one cell",
        script: "x = 1\n\ny = 2\n",
        ours: &["c x = 1\n\ny = 2\n"],
        jupytext: &["c x = 1", "c y = 2"],
    },
];

fn shown(cells: &[super::Content]) -> Vec<String> {
    let kind = |kind: CellKind| match kind {
        CellKind::Code => 'c',
        CellKind::Markdown => 'm',
        CellKind::Raw => 'r',
    };
    cells.iter().map(|(k, text)| format!("{} {text}", kind(*k))).collect()
}

const KNOWN: [&str; 3] = ["glue_version", "region", "configure"];

#[test]
fn each_difference_is_one() {
    for difference in &DIFFERENCES {
        let ours = contents(&percent::parse(difference.script, &|name| KNOWN.contains(&name)));
        assert_eq!(shown(&joined(ours)), difference.ours, "{}", difference.name);
        assert_ne!(difference.ours, difference.jupytext, "{}", difference.name);
    }
    if oracle::is_there() {
        let known = KNOWN.map(str::to_owned).to_vec();
        let reads = oracle::guesses(DIFFERENCES.iter().map(|difference| (difference.script, known.clone())));
        for (difference, read) in DIFFERENCES.iter().zip(reads) {
            assert_eq!(shown(&read.unwrap().cells), difference.jupytext, "{}", difference.name);
        }
    }
}

#[test]
fn the_page_tells_of_each_difference() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/percent-scripts.md")).unwrap();
    let page: Vec<&str> = page.split_whitespace().collect();
    let page = page.join(" ");
    for Difference { name, reason, .. } in &DIFFERENCES {
        assert!(page.contains(reason), "{name}: {reason}");
    }
}
