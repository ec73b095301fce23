use glue_ls::features::signature::signature;

use super::Fixture;

/// Returns the label with the active parameter in angle brackets.
fn shown(written: &str) -> Option<String> {
    let fixture = Fixture::new(written);
    let signature = signature(&fixture.model, fixture.cell, fixture.offset)?;
    assert!(!signature.documentation.is_empty());
    let active = signature.parameters[signature.active].clone();
    let (before, rest) = signature.label.split_at(active.start);
    let (active, behind) = rest.split_at(active.end - active.start);
    Some(format!("{before}<{active}>{behind}"))
}

fn check(written: &str, expected: &str) {
    assert_eq!(shown(written).as_deref(), Some(expected), "{written}");
}

#[test]
fn an_argument_is_a_parameter() {
    check("%idle_timeout $0", "%idle_timeout <MINUTES>");
    check("%worker_type G.$02X", "%worker_type <TYPE>");
    check("x = 1\n# %%\n# first\n%glue_version $0", "%glue_version <X.Y>");
    check("%session_type $0", "%session_type <etl|streaming>");
}

#[test]
fn items_of_a_list_follow_the_first() {
    check("%connections $0", "%connections <NAME>[, NAME…]");
    check("%connections a$0, b", "%connections <NAME>[, NAME…]");
    check("%connections a,$0", "%connections NAME<[, NAME…]>");
    check("%connections a, b, c$0", "%connections NAME<[, NAME…]>");
    check("%extra_jars $0", "%extra_jars <s3://…>[, s3://…]");
}

#[test]
fn properties_have_keys_and_values() {
    check("%spark_conf $0", "%spark_conf <key>=value [--conf key=value …]");
    check("%spark_conf spark.a$0", "%spark_conf <key>=value [--conf key=value …]");
    check("%spark_conf spark.a=$0", "%spark_conf key=<value> [--conf key=value …]");
    check("%spark_conf spark.a=1 $0", "%spark_conf key=value <[--conf key=value …]>");
    check("%spark_conf spark.a=1 --conf spark.b=$0", "%spark_conf key=value <[--conf key=value …]>");
}

#[test]
fn every_magic_with_an_argument_has_a_signature() {
    for spec in glue_ls::facts::magics().supported() {
        let (form, name) = (spec.form, &spec.name);
        let takes = form == glue_ls::facts::MagicForm::Line && spec.argument.kind != glue_ls::facts::ArgumentKind::None;
        let found = shown(&format!("{form}{name} $0"));
        assert_eq!(found.is_some(), takes, "{form}{name}: {found:?}");
        if let Some(found) = found {
            assert!(found.starts_with(&format!("{form}{name} <")) && !found.contains("<>"), "{found}");
        }
    }
}

#[test]
fn elsewhere_there_is_none() {
    for written in [
        "$0",
        "%$0",
        "%region$0",
        "%status $0",
        "%no_such $0",
        "%pip install $0",
        "%%configure $0",
        "%%configure\n{$0}",
        "f(1, $0)",
        "x = 10 % 3, $0",
        "# %region $0",
        "!ls $0",
        "import os\n%region $0",
        "#- kernel: pysparkkernel\n%region $0",
        "# %% [markdown]\n%region $0",
    ] {
        assert_eq!(shown(written), None, "{written}");
    }
}
