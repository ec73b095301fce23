use super::*;

/// Labels of what is offered at `$0`, and the text once the first is taken.
fn offered(text: &str) -> (Vec<String>, String) {
    let at = text.find("$0").unwrap();
    let text = text.replacen("$0", "", 1);
    let found = offers(&text, at);
    let mut taken = text.clone();
    if let Some(first) = found.first() {
        taken.replace_range(first.replace.clone(), &first.insert);
    }
    (found.into_iter().map(|offer| offer.label).collect(), taken)
}

#[test]
fn keys_are_those_of_the_section() {
    let (labels, taken) = offered("$0");
    assert!(labels.contains(&"engine".to_owned()) && labels.contains(&"policy".to_owned()), "{labels:?}");
    assert!(!labels.contains(&"profile".to_owned()) && !labels.contains(&"trusted".to_owned()), "{labels:?}");
    assert_eq!(taken, "engine = ");
    let (labels, taken) = offered("[rules]\n$0");
    assert_eq!(labels, ["select", "ignore", "perFileIgnores", "severity"]);
    assert_eq!(taken, "[rules]\nselect = ");
    assert_eq!(offered("[policy]\nmaxW$0 = 3").1, "[policy]\nworkerTypes = 3", "what stands there is replaced");
    assert_eq!(offered("rules.se$0 = []").0, ["select", "ignore", "perFileIgnores", "severity"]);
    assert!(offered("[rules.severity]\n$0").0.contains(&"unknown-magic".to_owned()));
    assert!(offered("[policy.reasons]\n$0").0.contains(&"maxDpu".to_owned()));
    assert_eq!(offered("[cost.rates]\n$0").0, [""; 0]);
    assert!(offered("[$0]").0.contains(&"rules.severity".to_owned()));
    assert_eq!(offered("[po$0]").1, "[policy]");
}

#[test]
fn values_are_those_of_the_key() {
    assert_eq!(offered("engine = $0").0, ["local", "aws"]);
    assert_eq!(offered("engine = \"a$0\"").1, "engine = \"local\"");
    assert_eq!(offered("engine = \"a$0").1, "engine = \"local\"", "the quote is not closed yet");
    assert_eq!(offered("[codeLens]\nenabled = t$0").1, "[codeLens]\nenabled = true");
    assert_eq!(offered("[rules.severity]\nunknown-magic = $0").0, ["error", "warning", "information", "hint", "off"]);
    for list in ["[rules]\nignore = [\"$0\"]", "[rules]\nignore = [\n  \"unknown-magic\", # ]\n  $0\n]"] {
        assert!(offered(list).0.contains(&"unknown-region".to_owned()), "{list}");
    }
    assert!(offered("[policy]\nworkerTypes = [\"G.1X\", \"$0\"]").0.contains(&"G.2X".to_owned()));
    assert!(offered("[rules.perFileIgnores]\n\"*.py\" = [\"$0\"]").0.contains(&"unknown-region".to_owned()));
    assert_eq!(offered("# engine = $0").0, [""; 0]);
    assert_eq!(offered("engine = \"aws\" # $0").0, [""; 0]);
    assert_eq!(offered("profile = \"$0\"").0, [""; 0]);
}

#[test]
fn hover_explains_settings_rules_and_words() {
    let hovered = |text: &str| {
        let at = text.find("$0").unwrap();
        hover(&text.replacen("$0", "", 1), at).map(|(text, range)| (text.lines().next().unwrap().to_owned(), range))
    };
    assert_eq!(hovered("[policy]\nmax$0Dpu = 3"), Some(("`policy.maxDpu`".into(), 9..15)));
    assert!(hovered("[rules]\nignore = [\"unknown-$0magic\"]").unwrap().0.starts_with("`unknown-magic`: "));
    assert!(hovered("[rules.severity]\nunknown-$0magic = \"off\"").unwrap().0.starts_with("`unknown-magic`: "));
    assert_eq!(hovered("engine = \"a$0ws\"").unwrap().1, 9..14);
    let orders = "[local.databases.shop.ta$0bles.orders]";
    assert_eq!(hovered(orders), Some(("`local.databases`".into(), 1..orders.len() - 3)));
    assert_eq!(hovered("[loc$0al]"), None);
    assert_eq!(hovered("nothing = $03"), None);
}

#[test]
fn mistakes_stand_at_their_place() {
    let text = "engin = \"aws\"\nprofile = \"x\"\n[rules]\nignore = [\"unknown-magik\", 3]\n[policy]\nmaxWorkers = \"ten\"\nmaxDPU = 3\n[python]\nsyntaxErrors = \"onn\"\n";
    let found: Vec<_> = mistakes(text).into_iter().map(|m| (text[m.range].to_owned(), m.message, m.fix)).collect();
    let expected = [
        ("engin", "there is no setting `engin`; did you mean `engine`?", Some("engine")),
        ("profile", "`profile` cannot be set by a project file, only in the settings of your editor", None),
        (
            "\"unknown-magik\"",
            "there is no rule `unknown-magik`; did you mean `unknown-magic`?",
            Some("\"unknown-magic\""),
        ),
        ("3", "each item of `rules.ignore` must be the code of a rule", None),
        ("\"ten\"", "`policy.maxWorkers` must be workers, 1 to 10000", None),
        ("maxDPU", "there is no setting `policy.maxDPU`; did you mean `maxDpu`?", Some("maxDpu")),
        ("\"onn\"", "`python.syntaxErrors` must be \"auto\", \"on\" or \"off\"", Some("\"on\"")),
    ];
    let expected: Vec<_> =
        expected.map(|(at, what, fix)| (at.to_owned(), what.to_owned(), fix.map(str::to_owned))).into();
    assert_eq!(found, expected);
    assert_eq!(mistakes("engine = \"aws\"\n"), []);
    let broken = mistakes("engine = \"aws\"\n[rules\nignore = []\n");
    assert!(!broken.is_empty() && broken[0].range.start >= 14, "{broken:?}");
}

#[test]
fn any_text_is_understood_somehow() {
    for text in [
        "",
        "[",
        "[[",
        "=",
        "a.",
        "\"",
        "x = [\"",
        "größe = '𝕏'\n[ö",
        "a = {b = \"c",
        "\r\n[rules]\r\nignore = [\r\n",
        "=\n=\n",
    ] {
        mistakes(text);
        for at in 0..=text.len() + 1 {
            offers(text, at);
            hover(text, at);
        }
    }
}
