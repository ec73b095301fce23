//! Tokens of Spark SQL, the body of `%%sql`.

use std::ops::Range;

use super::{TokenKind, Tokens};
use crate::features::scan::Scan;

/// Words with a meaning of their own, in upper case and in order.
const KEYWORDS: &[&str] = &[
    "ADD",
    "AFTER",
    "ALL",
    "ALTER",
    "ANALYZE",
    "AND",
    "ANTI",
    "ANY",
    "AS",
    "ASC",
    "BETWEEN",
    "BUCKETS",
    "BY",
    "CACHE",
    "CASCADE",
    "CASE",
    "CAST",
    "CLUSTER",
    "CLUSTERED",
    "COLUMN",
    "COLUMNS",
    "COMMENT",
    "COMPUTE",
    "CREATE",
    "CROSS",
    "CUBE",
    "CURRENT",
    "DATABASE",
    "DATABASES",
    "DELETE",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "DISTRIBUTE",
    "DROP",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "EXTENDED",
    "EXTERNAL",
    "FALSE",
    "FETCH",
    "FIELDS",
    "FILTER",
    "FIRST",
    "FOLLOWING",
    "FOR",
    "FORMAT",
    "FORMATTED",
    "FROM",
    "FULL",
    "FUNCTION",
    "FUNCTIONS",
    "GLOBAL",
    "GROUP",
    "GROUPING",
    "HAVING",
    "IF",
    "IGNORE",
    "ILIKE",
    "IN",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LAST",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LOAD",
    "LOCATION",
    "MATCHED",
    "MERGE",
    "MINUS",
    "MSCK",
    "NATURAL",
    "NOT",
    "NULL",
    "NULLS",
    "OF",
    "OFFSET",
    "ON",
    "OPTIMIZE",
    "OPTIONS",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "OVERWRITE",
    "PARTITION",
    "PARTITIONED",
    "PARTITIONS",
    "PERCENT",
    "PIVOT",
    "PRECEDING",
    "PURGE",
    "QUALIFY",
    "RANGE",
    "RECOVER",
    "REFRESH",
    "RENAME",
    "REPAIR",
    "REPLACE",
    "RESTRICT",
    "RIGHT",
    "RLIKE",
    "ROLLUP",
    "ROW",
    "ROWS",
    "SCHEMA",
    "SCHEMAS",
    "SELECT",
    "SEMI",
    "SERDE",
    "SET",
    "SETS",
    "SHOW",
    "SORT",
    "SORTED",
    "STATISTICS",
    "STORED",
    "SYSTEM",
    "TABLE",
    "TABLES",
    "TABLESAMPLE",
    "TBLPROPERTIES",
    "TEMP",
    "TEMPORARY",
    "TERMINATED",
    "THEN",
    "TIMESTAMP_ASOF",
    "TO",
    "TRUE",
    "TRUNCATE",
    "UNBOUNDED",
    "UNCACHE",
    "UNION",
    "UNIQUE",
    "UNPIVOT",
    "UNSET",
    "UPDATE",
    "USE",
    "USING",
    "VACUUM",
    "VALUES",
    "VERSION",
    "VIEW",
    "VIEWS",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

/// Types, in upper case and in order.
const TYPES: &[&str] = &[
    "ARRAY",
    "BIGINT",
    "BINARY",
    "BOOLEAN",
    "BYTE",
    "CHAR",
    "DATE",
    "DEC",
    "DECIMAL",
    "DOUBLE",
    "FLOAT",
    "INT",
    "INTEGER",
    "LONG",
    "MAP",
    "NUMERIC",
    "REAL",
    "SHORT",
    "SMALLINT",
    "STRING",
    "STRUCT",
    "TIMESTAMP",
    "TIMESTAMP_LTZ",
    "TIMESTAMP_NTZ",
    "TINYINT",
    "VARCHAR",
    "VARIANT",
    "VOID",
];

/// The longest word of both lists, in bytes: longer ones are not looked up.
const LONGEST: usize = 16;

/// A piece of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features) struct SqlToken {
    /// Where, in bytes of the whole text; it may span lines.
    pub(in crate::features) range: Range<usize>,
    /// What it is; `None` for a plain name and for brackets, commas and dots.
    pub(in crate::features) kind: Option<TokenKind>,
}

/// Adds the tokens of a query.
pub(super) fn tokens(tokens: &mut Tokens<'_>, body: Range<usize>) {
    for token in lex(tokens.text, body) {
        if let Some(kind) = token.kind {
            tokens.add(token.range, kind);
        }
    }
}

/// Takes a query apart, blanks left out. Total and linear; strings and comments that nothing closes go on to the end.
pub(in crate::features) fn lex(text: &str, body: Range<usize>) -> Vec<SqlToken> {
    let mut scan = Scan::new(text, body);
    let mut out = Vec::new();
    while let Some(c) = scan.peek() {
        let start = scan.at();
        if c.is_whitespace() {
            scan.bump();
            continue;
        }
        let kind = token(&mut scan, c, text);
        out.push(SqlToken { range: start..scan.at(), kind });
    }
    out
}

/// Takes one token, whose first character is `c`.
fn token(scan: &mut Scan<'_>, c: char, text: &str) -> Option<TokenKind> {
    let rest = scan.rest();
    if rest.starts_with("--") {
        line_comment(scan);
        return Some(TokenKind::Comment);
    }
    if rest.starts_with("/*") {
        block_comment(scan);
        return Some(TokenKind::Comment);
    }
    match c {
        '\'' | '"' => {
            scan.bump();
            scan.eat_string(&rest[..1], true);
            Some(TokenKind::String)
        }
        '`' => {
            scan.bump();
            scan.eat_through("`");
            Some(TokenKind::Variable)
        }
        '$' if rest.starts_with("${") => {
            scan.eat_through("}");
            Some(TokenKind::Parameter)
        }
        ':' if rest[1..].starts_with(|next: char| next.is_alphabetic()) => {
            scan.bump();
            scan.eat_while(is_word);
            Some(TokenKind::Parameter)
        }
        '?' => {
            scan.bump();
            Some(TokenKind::Parameter)
        }
        '0'..='9' => {
            let start = scan.at();
            scan.eat_number();
            // A name may begin with a digit: `2020_orders`.
            let name = text[start..scan.at()].contains('_');
            (!name).then_some(TokenKind::Number)
        }
        '.' if rest[1..].starts_with(|next: char| next.is_ascii_digit()) && !after_name(text, scan.at()) => {
            scan.eat_number();
            Some(TokenKind::Number)
        }
        '=' | '<' | '>' | '!' | '+' | '-' | '*' | '/' | '%' | '|' | '&' | '^' | '~' => {
            scan.bump();
            let stop = |rest: &str| rest.starts_with("--") || rest.starts_with("/*");
            while !stop(scan.rest()) && matches!(scan.peek(), Some('=' | '<' | '>' | '|')) {
                scan.bump();
            }
            Some(TokenKind::Operator)
        }
        _ if is_word(c) => {
            let word = scan.eat_while(is_word);
            self::word(&text[word.clone()], after_dot(text, word.start), scan.rest())
        }
        _ => {
            scan.bump();
            None
        }
    }
}

/// Returns what a word is; `rest` is what follows it.
fn word(word: &str, qualified: bool, rest: &str) -> Option<TokenKind> {
    let call = rest.trim_start_matches([' ', '\t']).starts_with('(');
    if !qualified && word.len() <= LONGEST && word.is_ascii() {
        let upper = word.to_ascii_uppercase();
        let listed = |list: &[&str]| list.binary_search(&upper.as_str()).is_ok();
        // `left(…)`, `replace(…)` and the like are functions, `in (…)` and `values (…)` are not.
        let function = call && rest.starts_with('(') && is_function_too(&upper);
        if listed(KEYWORDS) && !function {
            return Some(TokenKind::Keyword);
        }
        if listed(TYPES) && !(rest.starts_with('(') && is_constructor(&upper)) {
            return Some(TokenKind::Type);
        }
    }
    call.then_some(TokenKind::Function)
}

fn is_function_too(upper: &str) -> bool {
    matches!(
        upper,
        "ANY"
            | "CAST"
            | "FIRST"
            | "GROUPING"
            | "IF"
            | "ILIKE"
            | "LAST"
            | "LEFT"
            | "LIKE"
            | "REPLACE"
            | "RIGHT"
            | "RLIKE"
            | "PERCENT"
            | "VERSION"
            | "WINDOW"
    )
}

/// Returns whether a type's name in front of a bracket makes or casts a value.
fn is_constructor(upper: &str) -> bool {
    !matches!(upper, "CHAR" | "DEC" | "DECIMAL" | "NUMERIC" | "VARCHAR")
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn after_dot(text: &str, at: usize) -> bool {
    text[..at].ends_with('.')
}

fn after_name(text: &str, at: usize) -> bool {
    text[..at].ends_with(|c: char| is_word(c) || c == '`')
}

/// A comment to the line's end; a backslash there lets it go on.
fn line_comment(scan: &mut Scan<'_>) {
    loop {
        let line = scan.at();
        let rest = scan.rest();
        scan.eat_line();
        let continued = rest[..scan.at() - line].ends_with('\\') && scan.rest().starts_with('\n');
        if !continued {
            return;
        }
        scan.bump();
    }
}

/// A comment in brackets; they nest.
fn block_comment(scan: &mut Scan<'_>) {
    let mut depth = 0_usize;
    while !scan.rest().is_empty() {
        if scan.eat("/*") {
            depth += 1;
        } else if scan.eat("*/") {
            depth -= 1;
            if depth == 0 {
                return;
            }
        } else {
            scan.bump();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let of = |token: &SqlToken| match token.kind {
            Some(kind) => format!("{}:{}", &text[token.range.clone()], kind.name()),
            None => text[token.range.clone()].to_owned(),
        };
        lex(text, 0..text.len()).iter().map(of).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_lists_can_be_searched() {
        for list in [KEYWORDS, TYPES] {
            assert!(list.is_sorted(), "{list:?}");
            assert!(list.iter().all(|word| word.len() <= LONGEST), "{list:?}");
        }
    }

    #[test]
    fn a_query_is_taken_apart() {
        assert_eq!(
            shown("select t.`a b`, count(*) from db.t where x >= 1.5e-3 -- why"),
            "select:keyword t . `a b`:variable , count:function ( *:operator ) from:keyword db . t where:keyword x \
             >=:operator 1.5e-3:number -- why:comment"
        );
        assert_eq!(
            shown("cast(a as decimal(10, 2))"),
            "cast:function ( a as:keyword decimal:type ( 10:number , 2:number ) )"
        );
        assert_eq!(shown("left(a, 2) left join"), "left:function ( a , 2:number ) left:keyword join:keyword");
        assert_eq!(
            shown("date('2020-01-01') in ('x')"),
            "date:function ( '2020-01-01':string ) in:keyword ( 'x':string )"
        );
        assert_eq!(
            shown("${db}.t :p ? 2020_orders t.select"),
            "${db}:parameter . t :p:parameter ?:parameter 2020_orders t . select"
        );
    }

    #[test]
    fn comments_and_strings_end_where_spark_ends_them() {
        assert_eq!(
            shown("/* a /* b */ c */ 'it\\'s' \"two\" 'open"),
            "/* a /* b */ c */:comment 'it\\'s':string \"two\":string 'open:string"
        );
        assert_eq!(shown("a--b\\\nc\nd"), "a --b\\\nc:comment d");
        assert_eq!(shown("a-/*c*/-1"), "a -:operator /*c*/:comment -:operator 1:number");
        assert_eq!(shown("/* open"), "/* open:comment");
    }
}
