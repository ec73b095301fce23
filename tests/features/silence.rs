use super::{check_completion, check_silent};

#[test]
fn a_percent_sign_in_code_is_an_operator() {
    check_silent("x = 10 %$0 3");
    check_silent("x = (10\n%$0 3)");
    check_silent("x = 10\n%$0");
    check_silent("import os\n%glue_ver$0");
}

#[test]
fn strings_are_left_alone() {
    check_silent("print('%glue_$0version')");
    check_silent("x = f'{y:%$0}'");
    check_silent("x = '''\n%$0\n'''");
    check_silent("x = {'glue_version': '5.$0'}");
}

#[test]
fn comments_are_left_alone() {
    check_silent("# %glue_ver$0sion 5.0");
    check_silent("x = 1 # %$0");
    check_silent("  # %worker_type $0");
}

#[test]
fn cells_of_text_are_left_alone() {
    check_silent("# %% [markdown]\n%glue_ver$0sion 5.0");
    check_silent("# %% [raw]\n%$0");
}

#[test]
fn other_kernels_are_left_alone() {
    check_silent("#- kernel: pysparkkernel\n%glue_ver$0sion 5.0");
    check_silent("#- kernel: pysparkkernel\n%%configure\n{'$0'}");
    check_silent("#- kernel: python3\n%$0matplotlib inline");
    check_silent("#- kernel: scala\nimport awsglue\n# %%\n%$0");
}

#[test]
fn magics_without_a_list_offer_nothing() {
    for magic in ["%connections ", "%extra_jars ", "%profile ", "%security_config ", "%status ", "%pip install "] {
        check_silent(&format!("{magic}$0"));
    }
    check_silent("%no_such_magic $0");
    check_silent("%worker_type - .$0");
    check_silent("%additional_python_modules pandas-$0");
}

#[test]
fn dots_and_hyphens_elsewhere_offer_nothing() {
    check_silent("df.$0");
    check_silent("!ls -$0");
    check_silent("%%bash -$0");
    check_silent("%%sql\nselect a.$0 from t");
    check_completion("%%tags\n{'a.$0': 'b'}", &[]);
    check_silent("%%configure\n{'tags': {'a-$0': 'b'}}");
    check_silent("%%configure\n{'a': 1} # worker-$0");
    check_silent("%%configure\n{'profile': 'a.$0'}");
    check_silent("%%configure\n{'--conf': 'spark.a=x -$0'}");
}

#[test]
fn before_a_magic_and_around_it_there_is_nothing() {
    check_silent("$0");
    check_silent("%region eu-west-1\n$0");
    check_silent("%%%$0");
    check_silent("%glue_version \"5.0\" $0");
    check_silent("!echo %$0");
}
