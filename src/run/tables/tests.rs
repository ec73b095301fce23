use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Draws as Spark does: the widths are those of the widest values, at least three.
fn shown(header: &[String], rows: &[Vec<String>], left: bool) -> String {
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            let values = rows.iter().map(|row| &row[column]).chain([&header[column]]);
            values.map(|value| width_of(value)).max().unwrap_or(0).max(3)
        })
        .collect();
    let border: String = widths.iter().map(|width| format!("+{}", "-".repeat(*width))).collect::<String>() + "+\n";
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).map(|(value, width)| {
            let blanks = " ".repeat(width - width_of(value));
            if left { format!("|{value}{blanks}") } else { format!("|{blanks}{value}") }
        });
        cells.collect::<String>() + "|\n"
    };
    let rows: String = rows.iter().map(|row| line(row)).collect();
    format!("{border}{}{border}{rows}{border}", line(header))
}

fn vertical(header: &[String], rows: &[Vec<String>]) -> String {
    let names = header.iter().map(|name| width_of(name)).max().unwrap_or(0).max(3);
    let values = rows.iter().flatten().map(|value| width_of(value)).max().unwrap_or(0).max(3);
    let mut out = String::new();
    for (number, row) in rows.iter().enumerate() {
        let heading = format!("-RECORD {number}");
        let fill = "-".repeat((names + values + 5).saturating_sub(heading.len()));
        out.push_str(&format!("{heading}{fill}\n"));
        for (name, value) in header.iter().zip(row) {
            let (after_name, after) = (" ".repeat(names - width_of(name)), " ".repeat(values - width_of(value)));
            out.push_str(&format!(" {name}{after_name} | {value}{after} \n"));
        }
    }
    out
}

#[test]
fn a_table_is_found_among_other_text() {
    let text = "before\n+---+-----+\n| id| name|\n+---+-----+\n|  1|alice|\n|  2|  b|b|\n+---+-----+\nonly showing top 2 rows\n\nafter\n";
    let tables = find(text);
    assert_eq!(tables.len(), 1);
    let table = &tables[0];
    assert_eq!((&*table.header, table.note), (&["id", "name"][..], Some("only showing top 2 rows")));
    assert_eq!(table.rows, [["1", "alice"], ["2", "b|b"]]);
    assert_eq!((&text[..table.range.start], &text[table.range.end..]), ("before\n", "\nafter\n"));
    assert_eq!(
        html(text).unwrap(),
        "<pre>before</pre><table><thead><tr><th>id</th><th>name</th></tr></thead><tbody><tr><td>1</td><td>alice</td></tr>\
         <tr><td>2</td><td>b|b</td></tr></tbody></table><p>only showing top 2 rows</p><pre>after</pre>"
    );
}

#[test]
fn an_empty_frame_has_a_head_alone() {
    let tables = find("+---+\n| id|\n+---+\n+---+\n");
    assert_eq!((tables.len(), tables[0].rows.len(), tables[0].header.as_slice()), (1, 0, &["id"][..]));
    // Without columns there is nothing to draw.
    assert_eq!(find("++\n||\n++\n++\n"), []);
    assert_eq!(find("(0 rows)\n"), []);
}

#[test]
fn wide_characters_count_as_spark_counts_them() {
    let text = "+----+---+\n|名前|  n|\n+----+---+\n|東京|  1|\n|  😀|  2|\n|   é|  3|\n+----+---+\n";
    let tables = find(text);
    assert_eq!(tables[0].rows, [["東京", "1"], ["😀", "2"], ["é", "3"]]);
}

#[test]
fn records_become_a_table() {
    let text = "-RECORD 0-------\n id   | 1       \n name | al | ce \n-RECORD 1-------\n id   | 2       \n name | NULL    \nonly showing top 2 rows\n";
    let tables = find(text);
    assert_eq!(tables[0].header, ["id", "name"]);
    assert_eq!(tables[0].rows, [["1", "al | ce"], ["2", "NULL"]]);
    assert_eq!(tables[0].note, Some("only showing top 2 rows"));
}

#[test]
fn what_only_looks_like_a_table_stays_text() {
    for text in [
        // Lines between the rows.
        "+---+\n| a |\n+---+\n| b |\n+---+\n| c |\n+---+\n",
        "+---+\n| a |\n+===+\n| b |\n+---+\n",
        // Cut, or wider in one line.
        "+---+\n| a |\n+---+\n| b |\n",
        "+---+\n| a |\n+---+\n| bb |\n+---+\n",
        "+---+\n| a |\n+---+\nb\n+---+\n",
        " +---+\n | a |\n +---+\n +---+\n",
        "+---+---+\n| a |\n+---+---+\n+---+---+\n",
        // Other tables.
        "a | b\n--|--\n1 | 2\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "+--+\n|id|\n+--+\n+--+\n",
        "-RECORD 0-\nid | 1\n",
        "-RECORD 1-------\n id   | 1       \n name | alice   \n",
        "-RECORD 0-------\n id   | 1       \n name | alice  \n",
        "-RECORD 0-------\n id   | 1       \n-RECORD 1-------\n no   | 1       \n",
        "",
        "+",
        "+\n",
        "----RECORD 0",
    ] {
        assert_eq!(find(text), [], "{text:?}");
        assert_eq!(html(text), None);
    }
}

#[test]
fn nothing_of_a_value_becomes_html() {
    let text = "<script>&'\n+-----------+\n|    <b>'\"&x|\n+-----------+\n|           |\n+-----------+\n";
    let html = html(text).unwrap();
    assert!(html.starts_with("<pre>&lt;script&gt;&amp;&#39;</pre><table>"), "{html}");
    assert!(html.contains("<th>&lt;b&gt;&#39;&quot;&amp;x</th>") && html.contains("<td></td>"), "{html}");
    // Colours are for terminals.
    assert_eq!(super::html(&format!("\u{1b}[1m{text}")), None);
    assert_eq!(super::html(&format!("{}{text}", "x\n".repeat(READ))), None);
}

#[test]
fn streams_of_standard_output_are_looked_at() {
    let table = "+---+\n| id|\n+---+\n+---+\n";
    let outputs = [
        json!({"output_type": "stream", "name": "stderr", "text": table}),
        json!({"output_type": "stream", "name": "stdout", "text": "x"}),
        json!({"output_type": "stream", "name": "stdout", "text": table}),
        json!({"output_type": "display_data", "data": {"text/plain": table}, "metadata": {}}),
        json!({"output_type": "stream", "name": "stdout", "text": [table]}),
        json!(7),
    ];
    let rendered = rendered(&outputs);
    assert_eq!(rendered.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [2]);
}

fn value() -> impl Strategy<Value = String> {
    // No blanks at the ends: which are Spark's own cannot be told.
    prop_oneof![4 => "[a|+é東😀-]{0,6}", 1 => Just("a | b".to_owned()), 1 => Just("NULL".to_owned())]
}

fn frames() -> impl Strategy<Value = (Vec<String>, Vec<Vec<String>>)> {
    (1usize..4, 0usize..5).prop_flat_map(|(columns, rows)| {
        (prop::collection::vec(value(), columns), prop::collection::vec(prop::collection::vec(value(), columns), rows))
    })
}

#[test]
fn headings_without_end_are_looked_at_once_each() {
    // Two million bytes of them: what looks at all lines below each would not end.
    let text = "-RECORD 0\n".repeat(READ / 10);
    assert_eq!(find(&text), []);
    assert_eq!(html(&text), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_spark_draws_is_read((header, rows) in frames(), left in any::<bool>(), text in "[a +|\n]{0,8}") {
        let drawn = shown(&header, &rows, left);
        let whole = format!("{text}\n\n{drawn}\n");
        let tables = find(&whole);
        prop_assert_eq!(tables.len(), 1, "{}", whole);
        prop_assert_eq!(&whole[tables[0].range.clone()], drawn);
        prop_assert_eq!(&tables[0].header, &header);
        prop_assert_eq!(&tables[0].rows, &rows);
    }

    #[test]
    fn what_spark_draws_below_each_other_is_read((_, rows) in frames(), names in prop::collection::vec("[a-z]{1,5}", 3)) {
        let header = names[..rows.first().map_or(0, Vec::len).min(3)].to_vec();
        prop_assume!(!rows.is_empty() && !header.is_empty());
        let drawn = vertical(&header, &rows);
        let tables = find(&drawn);
        // A value may be as wide that the heading is not filled up to it; else all is read.
        prop_assert_eq!(tables.len(), 1, "{}", drawn);
        prop_assert_eq!(&tables[0].header, &header);
        prop_assert_eq!(&tables[0].rows, &rows);
    }

    #[test]
    fn ordinary_text_is_no_table(text in "[a-z+|=. \n-]{0,200}") {
        for table in find(&text) {
            // By chance all the signs of one may be there: then it is one.
            let drawn = &text[table.range];
            prop_assert!(drawn.starts_with('+') && drawn.lines().filter(|line| line.starts_with("+---")).count() >= 3);
        }
    }

    #[test]
    fn any_lines_can_be_looked_at(lines in prop::collection::vec(prop::sample::select(vec![
        "+---+\n", "+----+---+\n", "|  a|\n", "|  東|\n", "| 東|\n", "-RECORD 0------\n", "-RECORD 1------\n", " a   | 1      \n", " abc | 東    \n",
        "only showing top 20 rows\n", "only showing top x rows\n", "+", "\n", "|a b|", "é", "+---+",
    ]), 0..14)) {
        let text = lines.concat();
        let mut at = 0;
        for table in find(&text) {
            prop_assert!(table.range.start >= at && text.get(table.range.clone()).is_some());
            prop_assert!(table.rows.iter().all(|row| row.len() == table.header.len()));
            at = table.range.end;
        }
        let _ = html(&text);
    }
}
