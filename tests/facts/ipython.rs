//! IPython's own magics.

use glue_ls::facts::{self, MagicSpec};

#[test]
fn ipythons_magics_are_not_glues() {
    let (ipython, magics) = (facts::ipython(), facts::magics());
    assert!(ipython.has_line("pip") && ipython.has_line("store") && !ipython.has_line("region"));
    assert!(ipython.has_cell("bash") && ipython.has_cell("!") && !ipython.has_cell("sql"));
    for name in ipython.line_names() {
        assert!(magics.line(name).is_none(), "%{name}");
    }
    for name in ipython.cell_names() {
        assert!(magics.cell(name).is_none(), "%%{name}");
    }
    for effect in ipython.line_effects() {
        let known = ipython.has_line(&effect.name) || ipython.extensions.contains_key(&effect.name);
        assert!(known, "{}", effect.label);
        // What a magic is replaced by must itself exist.
        if let Some(name) = effect.fix.as_ref().and_then(|fix| fix.strip_prefix('%')) {
            let name = name.split_whitespace().next().unwrap();
            assert!(magics.line(name).is_some_and(MagicSpec::works), "{name}");
        }
    }
    assert!(ipython.cell_magics.fixes.keys().all(|name| ipython.has_cell(name)));
    assert!(ipython.shell_aliases.iter().all(|name| ipython.has_line(name)));
    let literal = &ipython.no_variable_expansion;
    assert!(literal.line.iter().all(|name| ipython.has_line(name)));
    assert!(literal.cell.iter().all(|name| ipython.has_cell(name)));
}
