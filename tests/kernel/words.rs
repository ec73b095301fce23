//! Which words of the kernel tell of its session: held against what the real one has printed.

use std::sync::Arc;

use glue_ls::model::NotebookModel;
use glue_ls::run::observed::Shown;
use glue_ls::run::observed::words::{Said, read};
use serde_json::Value as Json;

use super::{Record, corpus, fixtures, records, shared};

fn shown(result: &Json) -> Shown {
    let stream = |wanted: &str| {
        let streams = result["streams"].as_array().unwrap().iter().filter(|stream| stream["name"] == wanted);
        streams.map(|stream| format!("{}\n", stream["text"].as_str().unwrap().trim_end_matches('\n'))).collect()
    };
    Shown { stdout: stream("stdout"), stderr: stream("stderr"), errors: Vec::new() }
}

/// Returns how many sessions were learnt; fails with all that is not as the kernel has done it.
fn assert_learnt(records: &[Record]) -> usize {
    let mut wrong = Vec::new();
    let mut learnt = 0;
    for record in records {
        let model = NotebookModel::of(record.notebook.clone(), Some(record.kernel), &Arc::new(record.environment()));
        // Of some cases nobody has kept what was printed.
        for result in record.results.iter().filter(|result| result["streams"].is_array()) {
            let index = usize::try_from(result["index"].as_u64().unwrap()).unwrap();
            let cell = &model.cells[index];
            let shown = shown(result);
            let words = read(cell, &shown, true);
            let created: Vec<&str> = words
                .stdout
                .iter()
                .filter_map(|said| match said {
                    Said::Ready(id) => Some(id.as_str()),
                    _ => None,
                })
                .collect();
            let asked = result["create_session"]["Id"].as_str();
            // Without an answer of the service there is no session.
            let expected: Vec<&str> =
                asked.filter(|_| shown.stdout.contains("has been created.")).into_iter().collect();
            let place = format!("{} cell {index} {:?}", record.name, record.cells[index]);
            if created != expected {
                wrong.push(format!("{place}\n  learnt {created:?}\n  kernel {expected:?}"));
            }
            learnt += created.len();
            let refused =
                result["errors"].as_array().unwrap().iter().any(|error| error["kind"] == "create-session-error");
            let said = words.stderr.iter().any(|said| matches!(said, Said::NotCreated(_)));
            if refused != said {
                wrong.push(format!("{place}\n  refused {said}\n  kernel {refused}"));
            }
            let stops = shown.stdout.lines().filter(|line| line.starts_with("Stopping session: ")).count();
            let over = words.stdout.iter().filter(|said| matches!(said, Said::Over(Some(_), _))).count();
            if stops != over {
                wrong.push(format!("{place}\n  over {over}\n  kernel {stops}"));
            }
            // The same comes of half of the text, as far as it goes, and nothing else.
            let half = Shown {
                stdout: shown.stdout[..shown.stdout.floor_char_boundary(shown.stdout.len() / 2)].into(),
                ..Shown::default()
            };
            let early = read(cell, &half, false).stdout;
            if !words.stdout.starts_with(&early) {
                wrong.push(format!("{place}\n  early {early:?}\n  late {:?}", words.stdout));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    learnt
}

#[test]
fn the_ids_of_sessions_are_learnt_from_the_kernels_words() {
    assert!(assert_learnt(&fixtures()) > 30);
}

#[test]
fn the_ids_of_sessions_are_learnt_in_published_notebooks() {
    let all = corpus();
    if !all.is_empty() {
        assert!(assert_learnt(&all) > 30);
    }
    assert_learnt(&records(&shared().join("oracle-cases")));
}
