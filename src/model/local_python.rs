//! Python that a line magic runs in the kernel's own process, where nothing of the session exists.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprContext, Stmt};
use ruff_python_parser::parse_module;

use crate::syntax::deep;

/// Functions that are in every Python process.
pub(super) const FUNCTIONS: &[&str] = &[
    "__import__",
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "breakpoint",
    "callable",
    "chr",
    "compile",
    "delattr",
    "dir",
    "divmod",
    "eval",
    "exec",
    "format",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "hex",
    "id",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "locals",
    "max",
    "min",
    "next",
    "oct",
    "ord",
    "pow",
    "print",
    "repr",
    "round",
    "setattr",
    "sorted",
    "sum",
    "vars",
];

/// Types that are in every Python process.
pub(super) const TYPES: &[&str] = &[
    "bool",
    "bytearray",
    "bytes",
    "classmethod",
    "complex",
    "dict",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "int",
    "list",
    "map",
    "memoryview",
    "object",
    "property",
    "range",
    "reversed",
    "set",
    "slice",
    "staticmethod",
    "str",
    "super",
    "tuple",
    "type",
    "zip",
];

/// What else is in the kernel's process without any import, as far as people use it.
const OTHERS: &[&str] = &[
    "NotImplemented",
    "StopIteration",
    "__name__",
    "__builtins__",
    "In",
    "Out",
    "get_ipython",
    "help",
    "input",
    "open",
    "exit",
    "quit",
    "display",
    "_",
    "__",
    "___",
];

/// Why code does not run in the kernel's own process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// It is no Python.
    Syntax,
    /// It uses this name, and nothing in it or around it defines it.
    Missing(String),
}

/// Returns why the code does not run in the kernel's own process, as far as that can be seen.
pub(super) fn problem(code: &str) -> Option<Problem> {
    if code.len() > deep::LONGEST {
        return None;
    }
    deep::with_stack(code.len(), || {
        let Ok(module) = parse_module(code) else {
            // Magics, shell commands and questions are fine there, also behind a `=`.
            return (!code.contains(['%', '!', '?'])).then_some(Problem::Syntax);
        };
        let mut names = Names::default();
        for statement in &module.syntax().body {
            names.visit_stmt(statement);
        }
        let missing = names.used.into_iter().find(|name| !names.bound.contains(name) && !is_present(name));
        missing.map(Problem::Missing)
    })
}

fn is_present(name: &str) -> bool {
    let lists = [FUNCTIONS, TYPES, OTHERS];
    lists.iter().any(|list| list.contains(&name))
        || ["Error", "Exception", "Warning"].iter().any(|end| name.ends_with(end))
}

#[derive(Default)]
struct Names {
    used: Vec<String>,
    bound: Vec<String>,
}

impl<'a> Visitor<'a> for Names {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    self.bound.push(name.split('.').next().unwrap_or(name).to_owned());
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    self.bound.push(alias.asname.as_ref().unwrap_or(&alias.name).to_string());
                }
            }
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) => match name.ctx {
                ExprContext::Load => self.used.push(name.id.to_string()),
                _ => self.bound.push(name.id.to_string()),
            },
            // Parameters are bound inside; nothing is said of a body that may use them.
            Expr::Lambda(_) => {}
            _ => walk_expr(self, expression),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_only_the_session_has() {
        let missing = |name: &str| Some(Problem::Missing(name.into()));
        assert_eq!(problem("spark.sql('x')"), missing("spark"));
        assert_eq!(problem("1 + 1"), None);
        assert_eq!(problem("sum([x for x in range(3)])"), None);
        assert_eq!(problem("import time; time.sleep(1)"), None);
        assert_eq!(problem("-n 1 foo()"), Some(Problem::Syntax));
        assert_eq!(problem("x = !ls"), None);
        assert_eq!(problem("{'a': true}"), missing("true"));
    }
}
