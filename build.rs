//! Compiles the generated parser and the scanner of the Glue cell grammar.

use std::path::Path;

fn main() {
    let source = Path::new("grammars/tree-sitter-glue/src");
    let files = ["parser.c", "scanner.c"].map(|name| source.join(name));

    let mut build = cc::Build::new();
    build.std("c11").include(source).files(&files);
    if build.get_compiler().is_like_msvc() {
        build.flag("-utf-8");
    }
    build.compile("tree-sitter-glue");

    println!("cargo:rerun-if-changed=build.rs");
    for file in files {
        println!("cargo:rerun-if-changed={}", file.display());
    }
    println!("cargo:rerun-if-changed={}", source.join("tree_sitter").display());
}
