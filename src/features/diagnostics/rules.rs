//! The rules, one file each, in the order of their codes.
//!
//! To add a rule: its file here, its row below, its page `docs/rules/CODE.md`, its fixture
//! `tests/fixtures/rules/CODE.txt`. A test holds the four against each other.

use super::{Rule, Severity};

mod argument_version;
mod bad_list_item;
mod bad_session_prefix;
mod both_capacities;
mod cell_magic_without_body;
mod configure_value;
mod creation;
mod credentials;
mod empty_argument;
mod invalid_endpoint;
mod invalid_region;
mod invalid_role;
mod invalid_session_id;
mod late_setting;
mod local_name;
mod magic_below_code;
mod magic_usage;
mod missing_argument;
mod needs_newer_glue;
mod not_a_command;
mod not_a_dictionary;
mod not_a_literal;
mod not_an_integer;
mod number_too_small;
mod planned;
mod profile_hides_endpoint;
mod python_syntax;
mod replaced_setting;
mod sql_not_first;
mod tag_not_text;
mod timeout_below_idle;
mod unknown_configure_key;
mod unknown_glue_version;
mod unknown_magic;
mod unknown_profile;
mod unknown_region;
mod unknown_session_type;
mod unknown_worker_type;
mod worker_session_type;
mod workers_incomplete;
mod written;
mod wrong_magic_form;
mod wrong_partition;
mod wrong_value_type;

macro_rules! rules {
    ($($module:ident $code:literal $severity:ident $summary:literal)*) => {
        /// Every rule.
        pub static RULES: &[Rule] = &[$(Rule {
            code: $code,
            severity: Severity::$severity,
            summary: $summary,
            check: $module::check,
        }),*];
    };
}

rules! {
    argument_version "argument-version" Warning "a job argument that the Glue version of the session does not know"
    bad_list_item "bad-list-item" Error "a comma list that the kernel drops for the sake of one item"
    bad_session_prefix "bad-session-prefix" Error "a session id prefix with characters that no id may have"
    both_capacities "both-capacities" Error "`max_capacity` together with workers"
    cell_magic_without_body "cell-magic-without-body" Error "a cell magic that gets nothing to work on"
    configure_value "configure-value" Error "a value that stops `%%configure` half way through"
    credentials "credentials" Error "`%%assume_role` with credentials that are not complete"
    empty_argument "empty-argument" Warning "a setting magic without a value"
    invalid_endpoint "invalid-endpoint" Error "an endpoint that is not a URL"
    invalid_region "invalid-region" Error "a region with characters that no region has"
    invalid_role "invalid-role" Error "a role that is not an ARN"
    invalid_session_id "invalid-session-id" Error "a session id that is not text"
    late_setting "late-setting" Warning "a setting that comes after the session it is meant for"
    local_name "local-name" Error "a local magic that needs names only the session has"
    magic_below_code "magic-below-code" Error "a magic where the kernel no longer looks for one"
    magic_usage "magic-usage" Error "one of IPython's own magics, used wrongly"
    missing_argument "missing-argument" Error "a magic that fails without a value"
    needs_newer_glue "needs-newer-glue" Error "a worker type that the Glue version of the session does not have"
    not_a_command "not-a-command" Error "a line that looks like a magic or a command and is neither"
    not_a_dictionary "not-a-dictionary" Error "`%%configure` with something else than settings"
    not_a_literal "not-a-literal" Error "a body that is not a Python literal"
    not_an_integer "not-an-integer" Error "a magic that needs a whole number and gets something else"
    number_too_small "number-too-small" Error "a number below the smallest that Glue takes"
    profile_hides_endpoint "profile-hides-endpoint" Warning "an endpoint that is not used because of a profile"
    python_syntax "python-syntax" Error "code that Python cannot parse"
    replaced_setting "replaced-setting" Warning "a value that another one replaces before any session gets it"
    sql_not_first "sql-not-first" Error "`%%sql` below another line"
    tag_not_text "tag-not-text" Error "a tag that is not text"
    timeout_below_idle "timeout-below-idle" Information "an idle timeout longer than the session lives"
    unknown_configure_key "unknown-configure-key" Warning "a key that `%%configure` does not know"
    unknown_glue_version "unknown-glue-version" Error "a Glue version that does not exist"
    unknown_magic "unknown-magic" Error "a magic that does not exist"
    unknown_profile "unknown-profile" Error "a profile that is in no AWS configuration"
    unknown_region "unknown-region" Warning "a region that is not known to have Glue"
    unknown_session_type "unknown-session-type" Error "a session type that the kernel does not know"
    unknown_worker_type "unknown-worker-type" Error "a worker type that does not exist"
    worker_session_type "worker-session-type" Warning "a worker type that is not for this type of session"
    workers_incomplete "workers-incomplete" Hint "a number of workers without their type, or the other way round"
    wrong_magic_form "wrong-magic-form" Error "a cell magic with one percent sign, or a line magic with two"
    wrong_partition "wrong-partition" Error "a role of another AWS partition than the region"
    wrong_value_type "wrong-value-type" Error "a setting of a type that the service does not take"
}

/// Returns the rule with that code.
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}
