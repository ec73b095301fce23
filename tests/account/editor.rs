//! What editors show of an account, over the real binary's stdio.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use glue_ls::local::service::LocalConfig;
use serde_json::{Value, json};

use crate::cli::run::program::{Home, python};
use crate::e2e::client::{Client, PATIENCE};
use crate::lsp::editor::{Editor, cell_uri, kernel, pulling, pushing};
use crate::lsp::run::story::Story;
use crate::service::{FakeGlue, Faults};
use crate::support::contents::{Contents, SECRET};
use crate::support::moto::{Moto, ask};
use crate::support::profiles::{Profiles, home_at};
use crate::support::proxy::Proxy;

mod completion;
mod costs;
mod identity;
mod kept;
mod names;
mod problems;
mod shared;
mod stranger;
mod troubles;

/// The region of most of it.
const REGION: &str = "eu-west-1";

/// An account with something in every list. Its connections begin with `prefix`.
fn shop(prefix: &str) -> Contents {
    let session = json!({
        "Id": format!("{prefix}-live"), "NumberOfWorkers": 5, "WorkerType": "G.1X", "GlueVersion": "5.0",
        "Tags": {"team": "etl"}, "Status": "READY", "AgeSeconds": 7200,
    });
    let (orders, events, faraway) =
        (format!("{prefix}-orders"), format!("{prefix}-events"), format!("{prefix}-faraway"));
    Contents::new()
        .jdbc(REGION, &orders, "subnet-0000000a", "eu-west-1b")
        .jdbc(REGION, &events, "subnet-0000000b", "eu-west-1a")
        .jdbc("us-east-1", &faraway, "subnet-0000000c", "us-east-1a")
        .subnet(REGION, "subnet-0000000a", "vpc-0000000a", "eu-west-1b")
        .subnet(REGION, "subnet-0000000b", "vpc-0000000b", "eu-west-1a")
        .security_configuration(REGION, &format!("{prefix}-sealed"))
        .role(&format!("{prefix}-GlueEtl"), "glue.amazonaws.com")
        .role(&format!("{prefix}-Lambda"), "lambda.amazonaws.com")
        .session(REGION, session)
        .bucket(&format!("{prefix}-{{account}}"), &[("code/a.py", "1"), ("code/b.jar", "1"), ("code/deep/c.zip", "1")])
        .database(REGION, &format!("{prefix}_db"), &[("t", &[("id", "bigint")])])
}

/// Accounts at moto, AWS as the program sees it, and a user's home.
struct World {
    // Dropped first: whatever asks is gone when moto looks back.
    home: Home,
    proxy: Proxy,
    /// Where sessions are.
    glue: FakeGlue,
    moto: Moto,
}

impl World {
    /// With a home whose user has no credentials; `None` if there is no moto.
    fn new<const N: usize>(contents: [Contents; N]) -> Option<World> {
        let moto = Moto::with(contents)?;
        let proxy = Proxy::before(&moto, Faults::none());
        let home = home_at(&proxy.url);
        let mut config = LocalConfig::new(python(), std::env::temp_dir());
        // Whose sessions they are their ARNs tell.
        if let Some(last) = moto.accounts.last() {
            config.account.clone_from(&last.id);
        }
        Some(World { home, proxy, glue: FakeGlue::with(Faults::none(), config), moto })
    }

    /// With the keys of the first account in the environment.
    fn with_keys<const N: usize>(contents: [Contents; N]) -> Option<World> {
        let mut world = World::new(contents)?;
        let account = &world.moto.accounts[0];
        for (name, value) in
            [("AWS_ACCESS_KEY_ID", &*account.key), ("AWS_SECRET_ACCESS_KEY", &*account.secret), ("AWS_REGION", REGION)]
        {
            world.home = world.home.with(name, value);
        }
        Some(world)
    }

    /// With the profile `mine` for the first account, which `AWS_PROFILE` names, and `theirs` for the second.
    fn with_profiles(contents: [Contents; 2]) -> Option<World> {
        let mut world = World::new(contents)?;
        let [mine, theirs] = &world.moto.accounts[..] else { panic!("two accounts") };
        Profiles::new().keys("mine", mine).keys("theirs", theirs).write(&world.home);
        world.home = world.home.with("AWS_PROFILE", "mine");
        Some(world)
    }

    /// Has cells run somewhere: moto runs no statements.
    fn running(self) -> World {
        self.proxy.sessions_at(&self.glue.url);
        self
    }

    fn start(&self) -> Start<'_> {
        Start::new(self)
    }

    /// Assumes a role as the user of an account; returns key, secret and token.
    #[track_caller]
    fn assumed(&self, number: usize, arn: &str) -> (String, String, String) {
        let scope = format!("{}/20261122/{REGION}/sts/aws4_request", self.moto.accounts[number].key);
        let signature = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        let headers = [("Authorization", &*signature), ("Content-Type", "application/x-www-form-urlencoded")];
        let form = format!("Action=AssumeRole&Version=2011-06-15&RoleSessionName=ana&RoleArn={arn}");
        let (status, answer) = ask(&self.proxy.url, "POST", "/", &headers, &form);
        assert_eq!(status, 200, "{answer}");
        let of = |name: &str| {
            let rest = answer.split_once(&format!("<{name}>")).unwrap().1;
            rest.split_once('<').unwrap().0.to_owned()
        };
        (of("AccessKeyId"), of("SecretAccessKey"), of("SessionToken"))
    }

    /// The keys that requests for an operation were signed with, those of roles as `role`.
    fn signers(&self, operation: &str) -> BTreeSet<String> {
        let name = |(key, _): (String, String)| {
            let number = self.moto.accounts.iter().position(|account| account.key == key);
            number.map_or_else(|| if key.starts_with("ASIA") { "role".to_owned() } else { key }, |n| n.to_string())
        };
        self.proxy.signers(operation).into_iter().map(name).collect()
    }

    /// Looks at texts for what nobody may see.
    #[track_caller]
    fn is_harmless(&self, what: &str, text: &str) {
        let given = self.proxy.given();
        let secrets = self.moto.accounts.iter().map(|account| &account.secret).chain(&given);
        for secret in secrets.map(String::as_str).chain([SECRET]) {
            if let Some(at) = text.find(secret) {
                let from = text.floor_char_boundary(at.saturating_sub(200));
                let to = text.floor_char_boundary((at + 200).min(text.len()));
                panic!("a secret is in {what}: {}", &text[from..to]);
            }
        }
    }

    /// Looks at all files that the program has left.
    #[track_caller]
    fn files_are_harmless(&self) {
        for folder in [".cache", ".config", ".local", "state"] {
            for (path, text) in files_below(&self.home.file(folder)) {
                self.is_harmless(&path, &text);
            }
        }
    }

    /// The files of what is known of accounts.
    fn kept(&self) -> Vec<(String, String)> {
        files_below(&self.home.file(".cache"))
    }
}

/// All files below a folder, and what is in them.
fn files_below(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if path.is_file() {
            found.push((path.display().to_string(), String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()));
        }
    }
    found
}

/// How an editor is started.
struct Start<'w> {
    world: &'w World,
    capabilities: Value,
    options: Value,
    root: Option<String>,
}

impl<'w> Start<'w> {
    /// A client that shows runs itself, pulls diagnostics and asks for documentation when it shows it, in a workspace
    /// that is trusted.
    fn new(world: &'w World) -> Self {
        let mut capabilities = pulling();
        capabilities["experimental"] = json!({ "glueLs": true });
        capabilities["textDocument"]["completion"]["completionItem"]["resolveSupport"] =
            json!({ "properties": ["documentation"] });
        let options = json!({ "trusted": true, "local": { "python": python() } });
        Start { world, capabilities, options, root: None }
    }

    /// A client that waits for diagnostics.
    fn pushing(mut self) -> Self {
        let experimental = self.capabilities["experimental"].take();
        self.capabilities = pushing();
        self.capabilities["experimental"] = experimental;
        self
    }

    /// A client that announces nothing of ours.
    fn plain(mut self) -> Self {
        self.capabilities.as_object_mut().unwrap().remove("experimental");
        self
    }

    fn option(mut self, name: &str, value: Value) -> Self {
        self.options[name] = value;
        self
    }

    /// A client that has a folder open.
    fn root(mut self, folder: &Path) -> Self {
        self.root = Some(format!("file://{}", folder.display()));
        self
    }

    fn begin(self) -> Seat<'w> {
        let mut command = self.world.home.command([]);
        command.env("GLUE_LS_LOG", "trace");
        let mut client = Client::start(command);
        client.keep_all();
        client.ignore("workspace/diagnostic/refresh");
        client.ignore("glue-ls/sessionState");
        let params =
            json!({ "capabilities": self.capabilities, "initializationOptions": self.options, "rootUri": self.root });
        Seat { editor: Editor::with_client(client, params), world: self.world }
    }
}

/// An editor at work.
struct Seat<'w> {
    editor: Editor,
    world: &'w World,
}

impl Seat<'_> {
    /// Opens the notebook with these cells.
    fn open(&mut self, cells: &[(&str, &str)]) {
        self.editor.open_notebook(kernel("glue_pyspark"), cells);
    }

    /// Asks for completions behind a text that stands in a document once.
    #[track_caller]
    fn complete(&mut self, uri: &str, text: &str, behind: &str) -> Value {
        let (line, character) = place_behind(text, behind);
        self.editor.ask("textDocument/completion", uri, line, character)
    }

    /// Asks for completions again and again until they are what is wanted.
    #[track_caller]
    fn complete_until(&mut self, uri: &str, text: &str, behind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let list = self.complete(uri, text, behind);
            if wanted(&list) {
                return list;
            }
            assert!(Instant::now() < deadline, "behind {behind:?}: {list}\n{}", self.editor.client.evidence());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks for completions until nothing is on its way; returns their labels.
    #[track_caller]
    fn names(&mut self, uri: &str, text: &str, behind: &str) -> Vec<String> {
        labels(&self.complete_until(uri, text, behind, |list| list["isIncomplete"] == false))
    }

    /// The same behind all of a cell.
    #[track_caller]
    fn names_in(&mut self, cell: &str, text: &str) -> Vec<String> {
        self.names(&cell_uri(cell), text, text)
    }

    /// Waits until the item of that label says something; returns all that it says.
    #[track_caller]
    fn documentation(&mut self, cell: &str, text: &str, label: &str, wanted: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let list = self.complete_until(&cell_uri(cell), text, text, |list| labels(list).iter().any(|l| l == label));
            let item = item(&list, label);
            assert!(item.get("documentation").is_none_or(Value::is_null), "{item}");
            let resolved = self.editor.client.call("completionItem/resolve", item);
            let said = resolved["documentation"]["value"].as_str().unwrap_or_default().to_owned();
            if said.contains(wanted) {
                return said;
            }
            assert!(Instant::now() < deadline, "{label}: {wanted} is missing in {said}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Pulls the diagnostics of a cell until one of them begins so, each time after the server has asked for it.
    #[track_caller]
    fn problem(&mut self, cell: &str, begins: &str) -> Value {
        loop {
            let found = self.problems(cell);
            if let Some(found) = found.into_iter().find(|item| of_code(item, begins)) {
                return found;
            }
            self.editor.refreshed();
        }
    }

    /// Pulls the diagnostics of a cell once.
    #[track_caller]
    fn problems(&mut self, cell: &str) -> Vec<Value> {
        self.editor.pull_items(&cell_uri(cell)).as_array().unwrap().clone()
    }

    /// Asks what can be done on a line of a document.
    #[track_caller]
    fn actions(&mut self, uri: &str, line: u32) -> Vec<Value> {
        let at = json!({ "line": line, "character": 0 });
        let range = json!({ "start": at, "end": { "line": line, "character": 80 } });
        let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] } });
        self.editor.client.call("textDocument/codeAction", params).as_array().unwrap().clone()
    }

    /// Does what an item or action says, to the letter; returns the answer.
    #[track_caller]
    fn act(&mut self, command: &Value) -> Value {
        let params = json!({ "command": command["command"], "arguments": command["arguments"] });
        self.editor.client.call("workspace/executeCommand", params)
    }

    /// Runs a cell of the notebook to its end.
    #[track_caller]
    fn run(&mut self, cell: &str) -> Story {
        let answer = self.editor.client.call_command("glue-ls.runCell", json!({ "cell": cell_uri(cell) }));
        let run = answer["runId"].as_u64().unwrap_or_else(|| panic!("the run does not begin: {answer}"));
        Story::collect(&mut self.editor.client, run, 1)
    }

    /// Waits for the next word about what keeps names from being known.
    #[track_caller]
    fn troubles(&mut self) -> Vec<Value> {
        self.editor.client.notification("glue-ls/accountState")["troubles"].as_array().unwrap().clone()
    }

    /// Ends the server, and looks at all that it has said and left.
    #[track_caller]
    fn end(self) {
        let (said, log) = self.editor.client.end();
        assert!(!said.is_empty() && !log.contains("panicked"), "{log}");
        self.world.is_harmless("a message", &said);
        self.world.is_harmless("the log", &log);
        self.world.files_are_harmless();
    }
}

/// Whether a diagnostic has a code that begins so.
fn of_code(item: &Value, begins: &str) -> bool {
    item["code"].as_str().is_some_and(|code| code.starts_with(begins))
}

/// The labels of a list of completions.
fn labels(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
}

/// The item of that label.
#[track_caller]
fn item(list: &Value, label: &str) -> Value {
    let found = list["items"].as_array().unwrap().iter().find(|item| item["label"] == label);
    found.unwrap_or_else(|| panic!("{label} is missing: {list}")).clone()
}

/// Line and character (in UTF-16) behind a text that stands in another one once.
#[track_caller]
fn place_behind(text: &str, behind: &str) -> (u32, u32) {
    assert_eq!(text.matches(behind).count(), 1, "{behind:?} in {text:?}");
    let before = &text[..text.find(behind).unwrap() + behind.len()];
    let line = before.rsplit('\n').next().unwrap();
    (before.matches('\n').count() as u32, line.encode_utf16().count() as u32)
}
