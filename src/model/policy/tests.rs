use super::*;

fn request() -> CreateSession {
    CreateSession {
        role: Some("arn:aws:iam::123456789012:role/glue-dev".into()),
        command: "glueetl".into(),
        number_of_workers: Some("4".into()),
        worker_type: Some("G.2X".into()),
        glue_version: Some("5.0".into()),
        connections: vec!["db".into()],
        tags: vec![("team".into(), "data".into())],
        ..CreateSession::default()
    }
}

fn members(limits: Limits, request: &CreateSession) -> Vec<&'static str> {
    let circumstances =
        Circumstances { idle_timeout: 60, tags: &BTreeMap::new(), region: Some("eu-west-1"), role_may_come: false };
    let mut policy = Policy::default();
    policy.add(limits);
    breaches(&policy, request, circumstances).iter().map(|breach| breach.member).collect()
}

fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

fn every() -> Limits {
    Limits {
        written_in: "glue-ls.toml".into(),
        worker_types: list(&["G.1X", "G.2X"]),
        glue_versions: list(&["5.*"]),
        roles: list(&["arn:aws:iam::*:role/glue-*"]),
        regions: list(&["eu-*"]),
        max_workers: Some(4),
        max_dpu: Some(8.0),
        max_idle_timeout: Some(60),
        max_timeout: Some(2880),
        required_tags: BTreeMap::from([("team".into(), list(&["data", "web"]))]),
        required_connections: list(&["db"]),
        required_subnets: list(&["subnet-1"]),
        required_security_groups: list(&["sg-1"]),
        required_vpcs: list(&["vpc-1"]),
        ..Limits::default()
    }
}

#[test]
fn what_keeps_to_all_limits_breaks_none() {
    assert_eq!(members(every(), &request()), [""; 0]);
}

#[test]
fn each_limit_is_broken_by_its_own_member() {
    let broken = CreateSession {
        role: Some("arn:aws:iam::123456789012:role/admin".into()),
        command: "glueetl".into(),
        number_of_workers: Some("5".into()),
        worker_type: Some("G.4X".into()),
        glue_version: Some("4.0".into()),
        idle_timeout: Some("61".into()),
        timeout: Some("99999999999999999999999".into()),
        tags: vec![("team".into(), "sales".into())],
        ..CreateSession::default()
    };
    let all = [
        "workerTypes",
        "glueVersions",
        "roles",
        "maxWorkers",
        "maxDpu",
        "maxIdleTimeout",
        "maxTimeout",
        "requiredTags",
        "requiredConnections",
        "requiredSubnets",
        "requiredSecurityGroups",
        "requiredVpcs",
    ];
    assert_eq!(members(every(), &broken), all);
}

#[test]
fn what_is_left_out_counts_as_the_service_takes_it() {
    let bare =
        CreateSession { command: "glueetl".into(), glue_version: Some("5.0".into()), ..CreateSession::default() };
    let limit = |limits: Limits| members(limits, &bare);
    assert_eq!(limit(Limits { max_workers: Some(4), ..Limits::default() }), ["maxWorkers"], "the service takes 5");
    assert_eq!(limit(Limits { max_workers: Some(5), max_dpu: Some(5.0), ..Limits::default() }), [""; 0]);
    assert_eq!(limit(Limits { worker_types: list(&["G.2X"]), ..Limits::default() }), ["workerTypes"]);
    assert_eq!(limit(Limits { max_idle_timeout: Some(59), ..Limits::default() }), ["maxIdleTimeout"], "60 are sent");
    assert_eq!(limit(Limits { max_timeout: Some(480), ..Limits::default() }), ["maxTimeout"]);
    assert_eq!(limit(Limits { roles: list(&["*"]), ..Limits::default() }), ["roles"]);
    assert_eq!(limit(Limits { required_vpcs: list(&["vpc-1"]), ..Limits::default() }), ["requiredVpcs"]);
}

#[test]
fn capacity_counts_as_workers_of_the_default_type() {
    let capacity =
        |dpu| CreateSession { command: "glueetl".into(), max_capacity: Some(dpu), ..CreateSession::default() };
    let limits = || Limits { max_workers: Some(4), max_dpu: Some(4.0), ..Limits::default() };
    assert_eq!(members(limits(), &capacity(4.0)), [""; 0]);
    assert_eq!(members(limits(), &capacity(4.5)), ["maxWorkers", "maxDpu"]);
    assert_eq!(members(limits(), &capacity(f64::NAN)), ["maxWorkers", "maxDpu"]);
    let unknown = CreateSession { worker_type: Some("Z.9".into()), number_of_workers: Some("1".into()), ..request() };
    assert_eq!(members(limits(), &unknown), ["maxDpu"], "nobody knows how large it is");
}

#[test]
fn all_limits_hold_wherever_they_are_written() {
    let limits =
        |name: &str, types: &[&str]| Limits { written_in: name.into(), worker_types: list(types), ..Limits::default() };
    let mut policy = Policy::default();
    policy.add(limits("mine", &["G.1X"]));
    policy.add(limits("mine", &["G.1X"]));
    policy.add(limits("theirs", &["G.2X", "G.1X"]));
    policy.add(limits("nothing", &[]));
    assert_eq!(policy.limits.len(), 2);
    let around = Circumstances { idle_timeout: 60, tags: &BTreeMap::new(), region: None, role_may_come: true };
    let found = breaches(&policy, &request(), around);
    assert_eq!(found.len(), 1, "what one place allows another still forbids: {found:?}");
    assert!(found[0].message.contains("in mine"), "{found:?}");
    policy.add(limits("others", &["G.8X"]));
    let small = CreateSession { worker_type: Some("G.1X".into()), ..request() };
    assert_eq!(breaches(&policy, &small, around).len(), 1, "lists without a common type allow none");
}

#[test]
fn messages_say_why_and_where() {
    let mut policy = Policy::default();
    policy.add(Limits {
        written_in: "glue-ls.toml".into(),
        max_workers: Some(1),
        max_idle_timeout: Some(10),
        reason: Some("Sessions cost money.".into()),
        reasons: BTreeMap::from([("maxWorkers".into(), "the quota is small".into())]),
        contact: Some("https://example.com/glue".into()),
        ..Limits::default()
    });
    let around = Circumstances { idle_timeout: 60, tags: &BTreeMap::new(), region: None, role_may_come: true };
    let messages: Vec<String> = breaches(&policy, &request(), around).into_iter().map(|found| found.message).collect();
    assert_eq!(
        messages,
        [
            "4 workers are too many; the most is 1: the quota is small (`policy.maxWorkers` in glue-ls.toml; see https://example.com/glue)",
            "an idle timeout of 60 minutes (what glue-ls sends where none is set) is too long; the most is 10: Sessions cost money (`policy.maxIdleTimeout` in glue-ls.toml; see https://example.com/glue)",
        ]
    );
}

#[test]
fn stars_stand_for_any_text() {
    for (pattern, text, fits) in [
        ("eu-*", "eu-west-1", true),
        ("eu-*", "us-east-1", false),
        ("arn:aws:iam::*:role/glue-*", "arn:aws:iam::1:role/glue-x", true),
        ("arn:aws:iam::*:role/glue-*", "arn:aws:iam::1:role/other/glue-x", false),
        ("*", "", true),
        ("", "", true),
        ("a*b*c", "axxbyybzzc", true),
        ("a*b*c", "axxbyybzz", false),
        ("größe*", "größe 𝕏", true),
        ("G.1X", "G.1XX", false),
    ] {
        assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
    }
}
