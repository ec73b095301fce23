//! `unknown-security-config`: a security configuration that the account does not have, so Glue refuses it.

use super::in_account::{advice, asked, region_of, seen, shown};
use super::magic_line::around;
use super::placeholder::is_open;
use super::written::replace_value;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::Setting;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for asked in asked(context, Setting::SecurityConfig) {
        let Some(name) = &asked.session.request.security_configuration else { continue };
        if name.is_empty() || is_open(name) || around(context, &asked.range, name).is_some() {
            continue;
        }
        let known = context.model.accounts.security_configurations(&asked.claim);
        if !known.is_reliable() || known.find(name).is_some() {
            continue;
        }
        let region = region_of(context, &asked.claim).map(|region| format!(" in `{region}`")).unwrap_or_default();
        let advice = advice(name, known.items.iter().map(|configuration| configuration.name.as_str()));
        let write = |name: &String| replace_value(context.text(), &asked.range, name);
        let fixes = advice.names.iter().map(write).map(Fix::to_be_confirmed).collect();
        let message =
            format!("Glue finds no security configuration {}{region}{}{}", shown(name), advice.text, seen(&known));
        findings.add_with(asked.range.clone(), message, fixes);
    }
}
