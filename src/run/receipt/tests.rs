use super::*;

fn cell(name: &str, state: CellEnd, seconds: f64, usage: Option<(f64, bool)>) -> CellReceipt {
    let cost = usage.map(|(dpu_seconds, estimate)| Cost { usd: dpu_seconds / 3600.0 * 0.44, estimate });
    let usage = usage.map(|(dpu_seconds, estimate)| Usage { dpu_seconds, estimate });
    CellReceipt { name: name.to_owned(), state, time: Duration::from_secs_f64(seconds), usage, cost }
}

fn receipt() -> Receipt {
    Receipt {
        cells: vec![
            cell("[1]", CellEnd::Ok, 0.44, Some((2.2, false))),
            cell("[2] load orders", CellEnd::Error, 125.0, Some((625.0, true))),
            cell("[3]", CellEnd::NotRun, 0.0, None),
        ],
        session: Some("glue-ls-0b1c".to_owned()),
        end: SessionEnd::Stopped,
        cost: Some(Cost { usd: 0.0767, estimate: true }),
    }
}

/// Returns a text without its colours.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        out.push_str(before);
        rest = after.split_once('m').expect("a colour ends").1;
    }
    out + rest
}

#[test]
fn a_receipt_is_an_aligned_table() {
    let expected = "\
Cell             State          Time  DPU-seconds         Cost
[1]              ok            0.4 s          2.2      $0.0003
[2] load orders  error    2 min 05 s  about 625.0  about $0.08
[3]              not run
Total                     2 min 05 s  about 627.2  about $0.08
Session: glue-ls-0b1c
         stopped
Cost:    about $0.08, the session from start to end
";
    assert_eq!(receipt().text(false), expected);
}

#[test]
fn colours_change_nothing_but_colours() {
    let coloured = receipt().text(true);
    let lines = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(lines(&plain(&coloured)), lines(&receipt().text(false)));
    assert!(coloured.contains("\u{1b}[31merror"), "{coloured:?}");
    for line in coloured.lines() {
        assert_eq!(line.matches("\u{1b}[0m").count() * 2, line.matches('\u{1b}').count(), "{line:?}");
    }
}

#[test]
fn a_local_run_costs_nothing_and_says_so() {
    let cells = vec![cell("[1]", CellEnd::Ok, 1.0, None), cell("[2]", CellEnd::Cancelled, 59.96, None)];
    let local = Receipt { cells, session: Some("local-1".to_owned()), end: SessionEnd::Stopped, cost: None };
    let expected = "\
Cell   State            Time
[1]    ok              1.0 s
[2]    cancelled  1 min 00 s
Total             1 min 00 s
Session: local-1
         stopped
Cost:    local, no cost
";
    assert_eq!(local.text(false), expected);
    assert!(!local.text(true).contains('$'));
}

#[test]
fn a_session_that_lives_on_is_told_with_what_stops_it() {
    let stop = "glue-ls sessions stop glue-ls-0b1c".to_owned();
    let cost = Cost { usd: 2.2, estimate: false };
    let alive = Receipt { end: SessionEnd::Alive { per_hour: Some(cost), stop: stop.clone() }, ..receipt() };
    let expected = "It is still alive and costs $2.20/h. This stops it:\n    glue-ls sessions stop glue-ls-0b1c\n";
    assert!(alive.text(false).contains(expected), "{}", alive.text(false));
    let unclear = Receipt { end: SessionEnd::Unclear { stop: stop.clone() }, ..receipt() };
    assert!(unclear.text(false).contains("may still be alive") && unclear.text(false).contains(&stop));
    let local = Receipt { end: SessionEnd::Alive { per_hour: None, stop }, cost: None, ..receipt() };
    assert!(!local.text(false).contains('$'));
}

#[test]
fn a_run_without_cells_or_session_is_short() {
    let none = Receipt { cells: vec![], session: None, end: SessionEnd::None, cost: Some(Cost::ZERO) };
    assert_eq!(none.text(false), "Session: none was started\nCost:    $0.00\n");
    assert_eq!(none.text(true), none.text(false));
    assert_eq!((none.time(), none.usage()), (Duration::ZERO, None));
}

#[test]
fn lines_fit_and_nothing_steers_the_terminal() {
    let names = ["x".repeat(500), "表".repeat(300), "\u{1b}[2J\r\n\u{202e}evil".to_owned(), "e\u{301}".repeat(90)];
    let huge = f64::from(u32::MAX);
    let cells = names.iter().map(|name| cell(name, CellEnd::Cancelled, huge, Some((1e15, true)))).collect();
    let stop = "glue-ls sessions stop x\u{7}".to_owned();
    let end = SessionEnd::Alive { per_hour: Some(Cost { usd: 1e9, estimate: true }), stop };
    for session in ["s".repeat(255), "表".repeat(255), "a\nb".to_owned()] {
        let receipt = Receipt { cells: Vec::clone(&cells), session: Some(session), end: end.clone(), ..receipt() };
        let text = receipt.text(false);
        for line in text.lines() {
            assert!(width(line) <= WIDTH, "{} columns: {line}", width(line));
        }
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'), "{text:?}");
    }
    let text = Receipt { session: Some("s".repeat(255)), ..receipt() }.text(false);
    let ids: usize = text.matches('s').count() - receipt().text(false).replace("glue-ls-0b1c", "").matches('s').count();
    assert_eq!(ids, 255, "an id is wrapped, not cut: {text}");
}

#[test]
fn usage_is_the_services_where_it_counts() {
    let of = |before, after| Usage::of(before, after, Duration::from_secs(10), 5.0);
    assert_eq!(of(Some(100.0), Some(112.5)), Usage { dpu_seconds: 12.5, estimate: false });
    assert_eq!(of(Some(100.0), Some(100.0)), Usage { dpu_seconds: 0.0, estimate: false });
    for (before, after) in
        [(None, Some(1.0)), (Some(1.0), None), (Some(2.0), Some(1.0)), (Some(f64::NAN), Some(1.0)), (None, None)]
    {
        assert_eq!(of(before, after), Usage { dpu_seconds: 50.0, estimate: true });
    }
    assert_eq!(Usage::of(None, None, Duration::MAX, f64::INFINITY).dpu_seconds, 0.0);
}

#[test]
fn times_are_written_for_people() {
    let text = |seconds| time(Duration::from_secs_f64(seconds));
    assert_eq!(text(0.0), "0.0 s");
    assert_eq!(text(59.9), "59.9 s");
    assert_eq!(text(59.97), "1 min 00 s");
    assert_eq!(text(3599.9), "59 min 59 s");
    assert_eq!(text(3660.0), "1 h 01 min");
}
