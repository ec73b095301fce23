//! `docs/rules/README.md`.

use glue_ls::features::diagnostics::rules::RULES;

use super::root;

/// What stands above the list of rules.
const RULES_HEAD: &str = "\
# Rules

<!-- The list is written from src/features/diagnostics/rules.rs by `UPDATE_DOCS=1 cargo test --test all rule_list`. -->

A page for each rule: what it finds, why it matters, the same put right. `glue-ls rules` lists them too.

*error*: the kernel or the service refuses it. *warning*: it is silently dropped, or will probably cost or surprise.
*info* and *hint*: advice. [settings.md](../settings.md) tells how to turn rules off and to change how bad they are.

| Rule | Severity | What it finds |
| --- | --- | --- |
";

/// `docs/rules/README.md` lists the rules. `UPDATE_DOCS=1` writes it.
#[test]
fn the_list_of_rules_is_up_to_date() {
    let mut page = RULES_HEAD.to_owned();
    for rule in RULES {
        let summary = rule.summary.replace('|', "\\|");
        page.push_str(&format!("| [{0}]({0}.md) | {1} | {summary} |\n", rule.code, rule.severity.name()));
    }
    let path = root().join("docs/rules/README.md");
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        std::fs::write(path, page).unwrap();
        return;
    }
    let written = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    let update = "write it anew with `UPDATE_DOCS=1 cargo test --test all rule_list`";
    assert!(written == page, "docs/rules/README.md does not list the rules; {update}");
}
