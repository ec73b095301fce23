//! The rules, one file each, in the order of their codes.
//!
//! To add a rule: its file here, its row below, its page `docs/rules/CODE.md`, its fixture
//! `tests/fixtures/rules/CODE.txt`. A test holds the four against each other.

use super::{Rule, Severity};

mod argument_ignored;
mod argument_limits;
mod argument_not_for_sessions;
mod argument_not_text;
mod argument_version;
mod bad_argument_value;
mod bad_list_item;
mod bad_session_prefix;
mod bad_spark_conf;
mod bool_argument;
mod both_capacities;
mod bracket_at_end;
mod cell_magic_without_body;
mod code_too_long;
mod comment_in_value;
mod conf_grammar;
mod configure_value;
mod connection_blanks;
pub(in crate::features) mod connections_written;
mod creation;
mod credentials;
mod dictionary;
mod duplicate_key;
mod empty_argument;
mod end_of_life_version;
mod folder_item;
mod hardcoded_credentials;
mod ignored_magic_text;
pub(in crate::features) mod in_account;
mod incomplete_arguments;
mod invalid_endpoint;
mod invalid_region;
mod invalid_role;
mod invalid_session_id;
mod late_setting;
mod list_items;
mod local_name;
mod long_idle;
mod magic_below_code;
mod magic_line;
mod magic_usage;
mod missing_argument;
mod needs_newer_glue;
mod no_continuation;
mod no_role_assumed;
mod not_a_command;
mod not_a_dictionary;
mod not_a_literal;
mod not_an_integer;
mod not_on_s3;
mod number_too_small;
mod one_magic_per_line;
mod other_account;
mod outdated_worker_type;
mod owner_tag;
mod placeholder;
mod planned;
mod policy;
mod policy_network;
mod profile_hides_endpoint;
mod python_syntax;
mod quoted_id;
mod quoted_item;
mod replaced_setting;
mod role_in_account;
mod runs_locally;
mod session_id_too_long;
mod session_not_ready;
mod shell_word_comment;
mod single_equals;
mod sql_backslash;
mod sql_not_first;
mod sql_quotes;
mod sql_statements;
mod sql_text;
mod sql_variable;
mod stray_blank;
mod tag_limits;
mod tag_not_text;
mod timeout_below_idle;
mod too_few_workers;
mod trailing_hyphen;
mod unicode_dash;
mod unknown_configure_key;
mod unknown_connection;
mod unknown_glue_version;
mod unknown_magic;
mod unknown_profile;
mod unknown_region;
mod unknown_role;
mod unknown_security_config;
mod unknown_session_type;
mod unknown_worker_type;
mod unpinned_module;
mod untrusted_role;
mod unused_ignore;
mod worker_session_type;
mod workers_incomplete;
mod written;
mod wrong_magic_form;
mod wrong_partition;
mod wrong_value_type;
mod zero_timeout;

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
    argument_ignored "argument-ignored" Information "an argument behind a magic that takes none"
    argument_limits "argument-limits" Error "a job argument that the service does not take"
    argument_not_for_sessions "argument-not-for-sessions" Warning "a job argument that is not for sessions"
    argument_not_text "argument-not-text" Warning "a job argument that is not text"
    argument_version "argument-version" Warning "a job argument that the Glue version of the session does not know"
    bad_argument_value "bad-argument-value" Warning "a value that a job argument does not take"
    bad_list_item "bad-list-item" Error "a comma list that the kernel drops for the sake of one item"
    bad_session_prefix "bad-session-prefix" Error "a session id prefix with characters that no id may have"
    bad_spark_conf "bad-spark-conf" Warning "Spark properties that are not written as the kernel passes them on"
    bool_argument "bool-argument" Warning "`True` or `False` for a job argument"
    both_capacities "both-capacities" Error "`max_capacity` together with workers"
    bracket_at_end "bracket-at-end" Warning "a module whose bracket the kernel takes for the list's"
    cell_magic_without_body "cell-magic-without-body" Error "a cell magic that gets nothing to work on"
    code_too_long "code-too-long" Error "more code than the service takes at once"
    comment_in_value "comment-in-value" Warning "a comment behind a value, which becomes part of it"
    conf_grammar "conf-grammar" Warning "a value of `--conf` that Spark reads otherwise"
    configure_value "configure-value" Error "a value that stops `%%configure` half way through"
    connection_blanks "connection-blanks" Warning "blanks that become part of the names of connections"
    credentials "credentials" Error "`%%assume_role` with credentials that are not complete"
    duplicate_key "duplicate-key" Warning "a key that is set twice"
    empty_argument "empty-argument" Warning "a setting magic without a value"
    end_of_life_version "end-of-life-version" Error "a Glue version whose life has ended"
    folder_item "folder-item" Warning "a folder where Glue takes files"
    hardcoded_credentials "hardcoded-credentials" Warning "a secret key in the notebook"
    ignored_magic_text "ignored-magic-text" Warning "text behind a cell magic that the kernel drops"
    incomplete_arguments "incomplete-arguments" Warning "a job argument that does nothing without another"
    invalid_endpoint "invalid-endpoint" Error "an endpoint that is not a URL"
    invalid_region "invalid-region" Error "a region with characters that no region has"
    invalid_role "invalid-role" Error "a role that is not an ARN"
    invalid_session_id "invalid-session-id" Error "a session id that is not text"
    late_setting "late-setting" Warning "a setting that comes after the session it is meant for"
    local_name "local-name" Error "a local magic that needs names only the session has"
    long_idle "long-idle" Hint "a session that may be billed for long while it does nothing"
    magic_below_code "magic-below-code" Error "a magic where the kernel no longer looks for one"
    magic_usage "magic-usage" Error "one of IPython's own magics, used wrongly"
    missing_argument "missing-argument" Error "a magic that fails without a value"
    needs_newer_glue "needs-newer-glue" Error "a worker type that the Glue version of the session does not have"
    no_continuation "no-continuation" Error "a magic's line that ends in a backslash"
    no_role_assumed "no-role-assumed" Warning "`%%assume_role` with something that the kernel ignores"
    not_a_command "not-a-command" Error "a line that looks like a magic or a command and is neither"
    not_a_dictionary "not-a-dictionary" Error "`%%configure` with something else than settings"
    not_a_literal "not-a-literal" Error "a body that is not a Python literal"
    not_an_integer "not-an-integer" Error "a magic that needs a whole number and gets something else"
    not_on_s3 "not-on-s3" Warning "a file or jar that is not on S3"
    number_too_small "number-too-small" Error "a number below the smallest that Glue takes"
    one_magic_per_line "one-magic-per-line" Error "several magics on one line"
    other_account "other-account" Warning "a role of another account than the session's"
    outdated_worker_type "outdated-worker-type" Warning "a worker type that others have replaced"
    owner_tag "owner-tag" Warning "a tag that the kernel overwrites"
    placeholder "placeholder" Warning "text that stands for a value of the author's own"
    policy "policy" Error "a session that the policy does not allow"
    policy_network "policy-network" Warning "connections outside of the network that the policy requires"
    profile_hides_endpoint "profile-hides-endpoint" Warning "an endpoint that is not used because of a profile"
    python_syntax "python-syntax" Error "code that Python cannot parse"
    quoted_id "quoted-id" Warning "quotes that become part of a session's id"
    quoted_item "quoted-item" Warning "quotes that become part of a list's item"
    replaced_setting "replaced-setting" Warning "a value that another one replaces before any session gets it"
    runs_locally "runs-locally" Warning "a magic or command that the session never sees"
    session_id_too_long "session-id-too-long" Error "a session id, or its prefix, with too many characters"
    session_not_ready "session-not-ready" Warning "a session that `%reconnect` cannot attach to"
    shell_word_comment "shell-word-comment" Hint "a comment that is code in the notebook that jupytext makes"
    single_equals "single-equals" Error "a module's version behind `=` in place of `==`"
    sql_backslash "sql-backslash" Warning "a backslash that does not reach Spark"
    sql_not_first "sql-not-first" Error "`%%sql` below another line"
    sql_quotes "sql-quotes" Error "quotes that end the query too early"
    sql_statements "sql-statements" Error "several statements in one `%%sql`"
    sql_variable "sql-variable" Warning "a variable that `%%sql` does not fill in"
    stray_blank "stray-blank" Warning "a blank in front of a value, which becomes part of it"
    tag_limits "tag-limits" Error "tags that the service does not take"
    tag_not_text "tag-not-text" Error "a tag that is not text"
    timeout_below_idle "timeout-below-idle" Information "an idle timeout longer than the session lives"
    too_few_workers "too-few-workers" Error "fewer workers than a session needs"
    trailing_hyphen "trailing-hyphen" Hint "a session id prefix that ends in a hyphen"
    unicode_dash "unicode-dash" Error "a job argument with a dash that is no hyphen"
    unknown_configure_key "unknown-configure-key" Warning "a key that `%%configure` does not know"
    unknown_connection "unknown-connection" Warning "a connection that the account does not have in the session's region"
    unknown_glue_version "unknown-glue-version" Error "a Glue version that does not exist"
    unknown_magic "unknown-magic" Error "a magic that does not exist"
    unknown_profile "unknown-profile" Error "a profile that is in no AWS configuration"
    unknown_region "unknown-region" Warning "a region that is not known to have Glue"
    unknown_role "unknown-role" Warning "a role that its account does not have"
    unknown_security_config "unknown-security-config" Warning "a security configuration that the account does not have"
    unknown_session_type "unknown-session-type" Error "a session type that the kernel does not know"
    unknown_worker_type "unknown-worker-type" Error "a worker type that does not exist"
    unpinned_module "unpinned-module" Hint "a module without a version"
    untrusted_role "untrusted-role" Warning "a role that Glue cannot assume"
    unused_ignore "unused-ignore" Hint "an ignore comment without effect"
    worker_session_type "worker-session-type" Warning "a worker type that is not for this type of session"
    workers_incomplete "workers-incomplete" Hint "a number of workers without their type, or the other way round"
    wrong_magic_form "wrong-magic-form" Error "a cell magic with one percent sign, or a line magic with two"
    wrong_partition "wrong-partition" Error "a role of another AWS partition than the region"
    wrong_value_type "wrong-value-type" Error "a setting of a type that the service does not take"
    zero_timeout "zero-timeout" Warning "a timeout of 0, which is never sent"
}

/// Returns the rule with that code.
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}
