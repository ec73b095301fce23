//! Real notebooks, at every place of every cell.

use std::path::Path;
use std::sync::Arc;

use glue_ls::features::Prices;
use glue_ls::features::completion::completions;
use glue_ls::features::hover::hover;
use glue_ls::features::inlays::{InlayOptions, inlays};
use glue_ls::features::signature::signature;
use glue_ls::model::{Environment, Kernel, NotebookModel};
use glue_ls::syntax::{Form, Notebook, Tail, ipynb};

use crate::lsp::corpus_folder;

fn notebooks(folder: &Path) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(folder.join("notebooks")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|name| name == "ipynb")).collect();
    files.sort();
    files
}

#[test]
fn nothing_is_offered_in_code_and_ranges_are_the_lines() {
    let Some(folder) = corpus_folder() else { return };
    let files = notebooks(&folder);
    assert!(!files.is_empty(), "there are no notebooks in {}", folder.display());
    let prices = Prices::default();
    let mut magics = 0;
    for file in files {
        let parsed = ipynb::parse(&std::fs::read_to_string(&file).unwrap());
        let notebook = Notebook { form: Form::Json, meta: parsed.meta, cells: parsed.cells };
        let model = NotebookModel::of(notebook, Some(Kernel::PySpark), &Arc::new(Environment::default()));
        for (index, known) in model.cells.iter().enumerate() {
            let text = &*known.cell.text;
            let code = match &known.cell.split.tail {
                Tail::Code(code) => code.start + 1..text.len() + 1,
                _ => 0..0,
            };
            // Code is long: every seventh place of it will do.
            let tried =
                |offset: &usize| text.is_char_boundary(*offset) && (!code.contains(offset) || offset.is_multiple_of(7));
            for offset in (0..=text.len()).filter(tried) {
                let place = || format!("{} cell {index} at {offset}", file.display());
                let list = completions(&model, index, offset, &prices).items;
                let signature = signature(&model, index, offset);
                if code.contains(&offset) {
                    assert!(list.is_empty() && signature.is_none(), "{}", place());
                }
                magics += usize::from(signature.is_some());
                for item in list {
                    let holds = (item.replace.start..=item.replace.end).contains(&offset);
                    assert!(holds && !text[item.replace.clone()].contains(['\n', '\r']), "{item:?} {}", place());
                }
                if let Some(hover) = hover(&model, index, offset, &prices) {
                    assert!(!text[hover.range.clone()].is_empty(), "{hover:?} {}", place());
                }
            }
        }
        let options = InlayOptions { values: true, cost: true, idle_timeout: Some(60), billed: true, prices: &prices };
        for inlay in inlays(&model, 0..model.cells.len(), &options) {
            assert!(model.cells[inlay.cell].cell.text.is_char_boundary(inlay.offset), "{inlay:?} {}", file.display());
        }
    }
    assert!(magics > 100, "{magics}");
}
