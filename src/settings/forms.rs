//! Forms that texts in settings have.

/// A form that a text has.
#[derive(Debug)]
pub struct Form {
    /// What it is, with its article: `an account's number, 12 digits`.
    pub wanted: &'static str,
    /// An expression that fits all texts of this form, and not many others, for the schema; empty for any text.
    pub pattern: &'static str,
    /// A text of this form.
    pub example: &'static str,
    /// Returns whether a text has this form.
    pub fits: fn(&str) -> bool,
}

/// Returns whether a text is `name type`, the name of a column and its type as Hive writes it.
pub(super) fn is_column(text: &str) -> bool {
    let Some((name, kind)) = text.trim().split_once(char::is_whitespace) else { return false };
    let plain = |c: char| !c.is_control() && !matches!(c, ',' | ':' | '<' | '>' | '(' | ')');
    name.chars().all(plain) && is_type(kind.trim())
}

/// How deep types may be in each other.
const DEEPEST: usize = 32;

fn is_type(text: &str) -> bool {
    matches!(end_of_type(text, DEEPEST), Some(rest) if rest.trim_start().is_empty())
}

/// Returns what follows a type; `None` where none stands.
fn end_of_type(text: &str, deep: usize) -> Option<&str> {
    let deep = deep.checked_sub(1)?;
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = (text[..end].to_ascii_lowercase(), text[end..].trim_start());
    match name.as_str() {
        "array" => close(end_of_type(rest.strip_prefix('<')?, deep)?),
        "map" => close(end_of_type(end_of_type(rest.strip_prefix('<')?, deep)?.trim_start().strip_prefix(',')?, deep)?),
        "struct" => {
            let mut rest = rest.strip_prefix('<')?;
            loop {
                let (field, kind) = rest.split_once(':')?;
                if field.trim().is_empty() || field.contains(['<', '>', ',', '(']) {
                    return None;
                }
                rest = end_of_type(kind, deep)?.trim_start();
                match rest.strip_prefix(',') {
                    Some(more) => rest = more,
                    None => return close(rest),
                }
            }
        }
        _ => {
            let base = |name: &str| name.split(['(', '<']).next().map(str::to_owned);
            let named = |known: &str| base(known).as_deref() == Some(&name) && !known.contains('<');
            let mut types = crate::facts::catalog_types().column_types.iter();
            let known = types.find(|kind| named(&kind.name) || kind.aliases.iter().any(|alias| named(alias)))?;
            let arguments = known.name.split_once('(').map_or(0, |(_, inner)| inner.split(',').count());
            match rest.strip_prefix('(') {
                Some(inner) => {
                    let (inside, after) = inner.split_once(')')?;
                    let numbers: Vec<&str> = inside.split(',').map(str::trim).collect();
                    let good = |number: &&str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
                    (numbers.len() <= arguments && numbers.iter().all(good)).then_some(after)
                }
                // A decimal has a default; the lengths of texts have none.
                None if arguments == 1 => None,
                None => Some(rest),
            }
        }
    }
}

fn close(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('>')
}

/// Splits an address in S3 into its bucket and what its keys begin with, without slashes at the ends; `None` where it is
/// none. Names are taken as buckets had them once, with capitals: examples have such names, to be replaced.
pub(super) fn address(text: &str) -> Option<(&str, &str)> {
    let rest = ["s3://", "s3a://", "s3n://"].iter().find_map(|scheme| text.strip_prefix(scheme))?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let prefix = prefix.trim_matches('/');
    let plain = !prefix.chars().any(char::is_control) && !prefix.split('/').any(|part| matches!(part, "." | ".."));
    let bucket_good = (1..=255).contains(&bucket.len()) && bucket.chars().all(named);
    (bucket_good && plain && !(prefix.contains("//"))).then_some((bucket, prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_a_name_and_a_type_of_hive() {
        for good in [
            "id bigint",
            "  name   STRING ",
            "price decimal(10,2)",
            "price decimal",
            "code char(3)",
            "tags array<string>",
            "m map<string,array<int>>",
            "s struct<a:int,b:struct<c: date>>",
            "größe double",
        ] {
            assert!(is_column(good), "{good}");
        }
        for bad in [
            "id",
            "",
            "id bigin",
            "id array<",
            "id array<int",
            "id array<int>>",
            "id decimal(a)",
            "id int(3)",
            "id varchar",
            "id struct<a>",
            "id struct<:int>",
            "a,b int",
            "id decimal(1,2,3)",
            "id map<int>",
        ] {
            assert!(!is_column(bad), "{bad}");
        }
        assert!(!is_column(&format!("x {}", "array<".repeat(100_000))));
    }

    #[test]
    fn addresses_name_a_bucket() {
        assert_eq!(address("s3://lake/raw/"), Some(("lake", "raw")));
        assert_eq!(address("s3a://lake"), Some(("lake", "")));
        assert_eq!(address("s3://TARGET_BUCKET/x"), Some(("TARGET_BUCKET", "x")));
        for bad in
            ["lake", "s3:lake", "s3://", "s3:///x", "s3://la ke/x", "s3://lake/../x", "s3://lake/a//b", "https://x"]
        {
            assert_eq!(address(bad), None, "{bad}");
        }
    }
}
