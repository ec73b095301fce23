use glue_ls::features::Prices;
use glue_ls::features::inlays::{Inlay, InlayKind, InlayOptions, inlays};

use super::Fixture;

fn all(written: &str, billed: bool, prices: &Prices) -> (Fixture, Vec<Inlay>) {
    let fixture = Fixture::new(written);
    let options = InlayOptions { values: true, cost: true, idle_timeout: billed.then_some(60), billed, prices };
    let list = inlays(&fixture.model, 0..fixture.model.cells.len(), &options);
    (fixture, list)
}

/// Returns the lines that have inlays of a kind, with them.
fn shown(written: &str, kind: InlayKind, billed: bool) -> Vec<String> {
    let (fixture, list) = all(written, billed, &Prices::default());
    let list = list.into_iter().filter(|inlay| inlay.kind == kind);
    list.map(|inlay| {
        let text = &fixture.model.cells[inlay.cell].cell.text;
        assert!(!inlay.tooltip.is_empty());
        let before = &text[..inlay.offset];
        let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
        assert!(
            text[inlay.offset..].lines().next().unwrap_or("").trim().is_empty(),
            "not at the end of a line: {inlay:?}"
        );
        format!("{line} {{{}}}", inlay.label)
    })
    .collect()
}

const NONE: [&str; 0] = [];

#[test]
fn a_value_that_the_kernel_changes_is_shown() {
    let values = |written: &str| shown(written, InlayKind::Value, true);
    assert_eq!(values("%region US-EAST-1"), ["%region US-EAST-1 {= us-east-1}"]);
    assert_eq!(values("%glue_version  4.0"), ["%glue_version  4.0 {= ' 4.0'}"]);
    assert_eq!(values("%idle_timeout 1_0  "), ["%idle_timeout 1_0 {= 10}"]);
    for plain in
        ["%region eu-west-1", "%worker_type 'G.1X'", "%connections [a, b]", "%spark_conf a=1 --conf b=2", "%etl"]
    {
        assert_eq!(values(plain), NONE, "{plain}");
    }
}

#[test]
fn an_unset_value_comes_from_elsewhere() {
    let written = "#- env: glue_worker_type=G.4X\n%worker_type G.1X\n%worker_type\nx = 1";
    assert_eq!(
        shown(written, InlayKind::Value, true),
        ["%worker_type {= G.4X (environment variable glue_worker_type)}"]
    );
}

#[test]
fn of_two_settings_the_last_one_counts() {
    let values = |written: &str| shown(written, InlayKind::Value, true);
    assert_eq!(
        values("%worker_type G.1X\n# %%\n%%configure\n{'worker_type': 'G.2X'}\n# %%\nx = 1"),
        ["%worker_type G.1X {→ G.2X (line 2 of cell 1)}"]
    );
    assert_eq!(
        values("%idle_timeout 10\n%idle_timeout 20\n%idle_timeout 30"),
        ["%idle_timeout 10 {→ 30 (line 3 of this cell)}", "%idle_timeout 20 {→ 30 (line 3 of this cell)}"]
    );
    // What holds when a session begins has been of use.
    assert_eq!(values("%worker_type G.1X\n# %%\nx = 1\n# %%\n%worker_type G.2X\n%stop_session\n# %%\ny = 1"), NONE);
    assert_eq!(values("%worker_type G.1X\n# %%\n%worker_type G.1X\nx = 1"), NONE);
}

#[test]
fn the_price_stands_behind_the_line_that_decides_it() {
    let cost = |written: &str| shown(written, InlayKind::Cost, true);
    let above = "%region us-east-1\n%worker_type G.2X\n";
    assert_eq!(
        cost(&format!("{above}%number_of_workers 10\n# %%\nx = 1")),
        ["%number_of_workers 10 {20 DPU, $8.80/h}"]
    );
    assert_eq!(cost(&format!("{above}# %%\nx = 1\n# %%\ny = 2")), ["%worker_type G.2X {10 DPU, $4.40/h}"]);
    assert_eq!(
        cost("%%configure\n{\n  'number_of_workers': 2, 'worker_type': 'G.4X'\n}\n# %%\n%region us-east-1\nx = 1"),
        ["  'number_of_workers': 2, 'worker_type': 'G.4X' {8 DPU, $3.52/h}"]
    );
    assert_eq!(cost("%region us-east-1\n# %%\n# load\nx = 1\ny = 2"), ["x = 1 {5 DPU, $2.20/h}"]);
    assert_eq!(cost("x = 1"), ["x = 1 {5 DPU, about $2.20/h}"], "no Region is known");
    assert_eq!(
        cost("%%configure\n{'enable-auto-scaling': 'true'}\n# %%\n%region us-east-1\nx = 1"),
        ["x = 1 {at most 5 DPU, $2.20/h}"]
    );
}

#[test]
fn settings_alone_tell_what_will_be() {
    let cost = |written: &str| shown(written, InlayKind::Cost, true);
    assert_eq!(
        cost("%region us-east-1\n%number_of_workers 2\n# %% [markdown]\ntext"),
        ["%number_of_workers 2 {2 DPU, $0.88/h}"]
    );
    assert_eq!(cost("%region us-east-1"), NONE);
}

#[test]
fn two_sessions_have_two_prices() {
    let written = "%region us-east-1\n%number_of_workers 2\nx = 1\n# %%\n%stop_session\n%number_of_workers 3\ny = 1";
    assert_eq!(
        shown(written, InlayKind::Cost, true),
        ["%number_of_workers 2 {2 DPU, $0.88/h}", "%number_of_workers 3 {3 DPU, $1.32/h}"]
    );
}

#[test]
fn on_this_machine_it_costs_nothing() {
    let written = "%region us-east-1\n%number_of_workers 2\nx = 1";
    assert_eq!(shown(written, InlayKind::Cost, false), ["%number_of_workers 2 {2 DPU, $0.88/h on AWS}"]);
    assert_eq!(shown("x = 1", InlayKind::Cost, false), NONE);
}

#[test]
fn the_idle_timeout_that_is_sent_is_shown_where_nothing_sets_it() {
    let idle = |written: &str| shown(written, InlayKind::IdleTimeout, true);
    assert_eq!(idle("%region eu-west-1\nx = 1"), ["x = 1 {· ends at 60 min idle}"]);
    assert_eq!(idle("%idle_timeout 10\nx = 1"), NONE);
    assert_eq!(idle("#- env: glue_idle_timeout=10\nx = 1"), NONE);
}

#[test]
fn prices_of_the_user_count() {
    let mut prices = Prices { region: Some("eu-west-1".to_owned()), ..Prices::default() };
    prices.rates.insert("eu-west-1".to_owned(), 1.0);
    let (_, list) = all("x = 1", true, &prices);
    assert_eq!(list[0].label, "5 DPU, $5.00/h");
    assert!(list[0].tooltip.contains("as set by `cost.rates`"), "{list:?}");
}

#[test]
fn documents_of_others_have_none() {
    assert_eq!(all("#- kernel: python3\nx = 1", true, &Prices::default()).1, []);
}
