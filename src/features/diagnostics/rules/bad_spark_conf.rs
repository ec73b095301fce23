//! `bad-spark-conf`: the kernel passes on the text as it stands, as the value of `--conf`.

use super::magic_line::{call_at, is_swallowed};
use super::written::before_comment;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::Setting;
use crate::model::effects::ChangeKind;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(Setting::SparkConf, Some(Value::Str(value))) = &change.kind else { continue };
        let Some(call) = call_at(context, &change.range).filter(|call| call.argument == *value) else { continue };
        if before_comment(value).is_some() || is_swallowed(context, &change.range) {
            continue;
        }
        let Some((slip, properties)) = read(value.trim()) else { continue };
        let lead = value.len() - value.trim_start().len();
        let range = call.argument_range.start + lead..call.argument_range.end;
        let message = match slip {
            Slip::Quoted => {
                "the kernel passes on the quotes, and Spark knows no such property; write it without quotes"
            }
            Slip::Leading => "the kernel puts `--conf` in front of the value itself; begin with the property",
            Slip::Joined => "all of this is one property to Spark; put ` --conf ` between properties",
            Slip::Blanks => "the blanks become part of the property's name and value; write `key=value`",
            Slip::NoEquals => "this is no property of Spark: write `key=value`, and ` --conf ` before each further one",
        };
        let fix = properties.map(|properties| {
            let fix =
                Fix::replace("Write properties as the kernel takes them", range.clone(), properties.join(" --conf "));
            if slip == Slip::NoEquals { fix.to_be_confirmed() } else { fix }
        });
        findings.add_with(range, message, fix.into_iter().collect());
    }
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slip {
    Quoted,
    Leading,
    Joined,
    Blanks,
    NoEquals,
}

/// Returns what is wrong first, and the properties that are meant if that is plain; `None` if nothing is.
fn read(value: &str) -> Option<(Slip, Option<Vec<String>>)> {
    let mut slips = Vec::new();
    let mut rest = value;
    if let Some(inner) = unquoted(rest) {
        slips.push(Slip::Quoted);
        rest = inner.trim();
    }
    while let Some(behind) = rest.strip_prefix("--conf").filter(|behind| behind.starts_with([' ', '=', '\t'])) {
        slips.push(Slip::Leading);
        rest = behind.trim_start_matches([' ', '=', '\t']);
    }
    let mut properties = Vec::new();
    let mut plain = true;
    for segment in rest.split(" --conf ") {
        let parts = parted(segment);
        if parts.len() > 1 || segment.trim_end().ends_with([',', ';']) {
            slips.push(Slip::Joined);
        }
        for part in parts {
            let bare = match unquoted(part) {
                Some(inner) => {
                    slips.push(Slip::Quoted);
                    inner.trim()
                }
                None => part,
            };
            match bare.split_once('=') {
                Some((key, text)) if is_key(key.trim()) || !key.contains([' ', '{', ':']) => {
                    if key.ends_with([' ', '\t']) || text.starts_with([' ', '\t']) {
                        slips.push(Slip::Blanks);
                    }
                    properties.push(format!("{}={}", key.trim(), text.trim()));
                }
                _ => {
                    slips.push(Slip::NoEquals);
                    let pair = bare.split_once([' ', ':', '\t']).filter(|(key, _)| is_key(key));
                    match pair.map(|(key, text)| (key, text.trim())).filter(|(_, text)| !text.is_empty()) {
                        Some((key, text)) => properties.push(format!("{key}={text}")),
                        None => plain = false,
                    }
                }
            }
        }
    }
    let worst = slips.iter().find(|slip| **slip == Slip::NoEquals).or(slips.first());
    worst.map(|slip| (*slip, plain.then_some(properties)))
}

/// Returns what is in quotes, if all of it is.
fn unquoted(text: &str) -> Option<&str> {
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote).filter(|inner| !inner.contains(quote));
    inner('"').or_else(|| inner('\''))
}

/// Parts what holds several properties: one begins behind a comma, semicolon or blank where a name of Spark's and `=`
/// follow.
fn parted(segment: &str) -> Vec<&str> {
    let mut starts = vec![0];
    for (at, _) in segment.match_indices("spark.") {
        let before = segment[..at].trim_end_matches(['"', '\'']);
        let name = segment[at..].split('=').next().unwrap_or_default();
        let parts =
            before.ends_with([',', ';', ' ', '\t']) && name.len() < segment[at..].len() && is_key(name.trim_end());
        // A blank around `=` parts no two properties.
        if parts && !before.trim_end().ends_with('=') && !before.trim().is_empty() {
            starts.push(before.len());
        }
    }
    starts.push(segment.len());
    let separators = [',', ';', ' ', '\t'];
    let part = |pair: &[usize]| segment[pair[0]..pair[1]].trim_matches(separators);
    starts.windows(2).map(part).filter(|part| !part.is_empty()).collect()
}

fn is_key(text: &str) -> bool {
    text.starts_with("spark.") && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(value: &str) -> Option<String> {
        read(value).and_then(|(_, properties)| properties).map(|properties| properties.join(" --conf "))
    }

    #[test]
    fn what_the_kernel_takes_is_left_alone() {
        for value in [
            "spark.a=b",
            "spark.a=b --conf spark.c=d",
            "spark.jars.packages=org.x:y:1,org.z:w:2",
            "spark.driver.extraJavaOptions=-Dspark.x=1 -Dy=2",
            "spark.sql.extensions=a.B,c.D --conf spark.e=f",
            "spark.a=${spark.b}",
            "hive.x=y",
            "spark.app.name=my \"own\" name",
        ] {
            assert_eq!(read(value), None, "{value}");
        }
    }

    #[test]
    fn slips_are_put_right() {
        for (value, wanted) in [
            ("\"spark.a=b\"", "spark.a=b"),
            ("'spark.a=b', 'spark.c=d'", "spark.a=b --conf spark.c=d"),
            ("--conf spark.a=b --conf spark.c=d", "spark.a=b --conf spark.c=d"),
            ("--conf=spark.a=b", "spark.a=b"),
            ("spark.a=b,spark.c=d,e", "spark.a=b --conf spark.c=d,e"),
            ("spark.a=b spark.c=d", "spark.a=b --conf spark.c=d"),
            ("spark.a=b, --conf spark.c=d", "spark.a=b --conf spark.c=d"),
            ("spark.a = b", "spark.a=b"),
            ("spark.a b", "spark.a=b"),
            ("spark.a: b", "spark.a=b"),
        ] {
            assert_eq!(meant(value).as_deref(), Some(wanted), "{value}");
            assert_eq!(read(wanted), None, "{wanted}");
        }
        assert_eq!(read("spark.a"), Some((Slip::NoEquals, None)));
        assert_eq!(read("{\"spark.a\": \"b\"}").map(|(_, properties)| properties), Some(None));
    }

    proptest::proptest! {
        #[test]
        fn any_value_is_read(value in "(spark\\.a|=|,|;| |--conf|\"|'|é|:){0,12}") {
            if let Some(wanted) = meant(value.trim()) {
                let _ = read(&wanted);
            }
        }
    }
}
