//! The Python package `awsglue`, and those that scripts of Glue import beside it, for sessions on this machine: part of this
//! binary.

macro_rules! files {
    ($($name:literal)*) => {
        /// The files of the packages: names from the folder that holds them on, with `/`, and texts.
        pub(super) const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("awsglue/", $name)))),*];
    };
}

files! {
    "awsglue/__init__.py"
    "awsglue/_choices.py"
    "awsglue/_columns.py"
    "awsglue/_documents.py"
    "awsglue/_errors.py"
    "awsglue/_files.py"
    "awsglue/_formats.py"
    "awsglue/_functional.py"
    "awsglue/_jdbc.py"
    "awsglue/_kinds.py"
    "awsglue/_local.py"
    "awsglue/_mixed.py"
    "awsglue/_paths.py"
    "awsglue/_records.py"
    "awsglue/_relational.py"
    "awsglue/_reshape.py"
    "awsglue/_sinks.py"
    "awsglue/_sources.py"
    "awsglue/_storage.py"
    "awsglue/_streaming.py"
    "awsglue/_tables.py"
    "awsglue/_text.py"
    "awsglue/context.py"
    "awsglue/data_sink.py"
    "awsglue/data_source.py"
    "awsglue/dataframereader.py"
    "awsglue/dataframewriter.py"
    "awsglue/dynamicframe.py"
    "awsglue/functions.py"
    "awsglue/gluetypes.py"
    "awsglue/job.py"
    "awsglue/readers.py"
    "awsglue/transforms/__init__.py"
    "awsglue/transforms/collection.py"
    "awsglue/transforms/fields.py"
    "awsglue/transforms/nested.py"
    "awsglue/transforms/rows.py"
    "awsglue/transforms/transform.py"
    "awsglue/utils.py"
    "awsglue/writers.py"
    "awsgluedq/__init__.py"
    "awsgluedq/transforms.py"
    "awsglueml/__init__.py"
    "awsglueml/transforms.py"
}
