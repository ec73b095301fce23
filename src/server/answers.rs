//! What commands answer, told to users whose editor shows nothing of an answer: in a message, as a file that is opened, and
//! what they can choose from among the code actions of the document.

use serde_json::Value as Json;
use tower_lsp_server::gen_lsp_types as lsp;
use tower_lsp_server::jsonrpc::Result;

use crate::run::age;

use super::commands::open_text;
use super::desk::Desk;

/// Where a choice is found that a message tells of.
pub(super) const OFFERED: &str = "the ways on are among the code actions of the document";

/// Tells the user what a command has come to. Nothing waits for it.
pub(super) fn tell(desk: &Desk, command: &str, answer: &Result<Json>) {
    let (kind, text) = match answer {
        Err(error) => (lsp::MessageType::Error, Some(error.message.to_string())),
        Ok(answer) => {
            desk.offer(actions(answer));
            match blocked(answer) {
                Some(text) => (lsp::MessageType::Warning, Some(text)),
                None => (lsp::MessageType::Info, done(command, answer)),
            }
        }
    };
    let list = answer.as_ref().ok().filter(|_| command == "glue-ls.listSessions").and_then(sessions);
    let desk = desk.clone();
    tokio::spawn(async move {
        if let Some(list) = list
            && let Err(error) = open_text(&desk, "sessions", list).await
        {
            desk.client().show_message(lsp::MessageType::Error, error.message.to_string()).await;
        }
        if let Some(text) = text {
            desk.client().show_message(kind, text).await;
        }
    });
}

/// Returns why a run does not begin, and where the ways on are.
fn blocked(answer: &Json) -> Option<String> {
    let message = answer["message"].as_str().filter(|_| answer["state"] == "blocked")?;
    let ways = answer["actions"].as_array().map_or(0, Vec::len);
    let way = match answer["reason"].as_str() {
        // What can be done without any argument.
        Some("untrusted") if ways > 0 => "; the command glue-ls.trustFolder allows it, as a code action does",
        Some("choose") if ways > 0 => "; choose among the code actions of the document",
        _ if ways > 0 => return Some(format!("{message}; {OFFERED}")),
        _ => "",
    };
    Some(format!("{message}{way}"))
}

/// Returns what an answer offers to do next. Titles of what stands in a list say of which session they speak.
fn actions(answer: &Json) -> Vec<Json> {
    let mut found: Vec<Json> = answer["actions"].as_array().cloned().unwrap_or_default();
    for session in answer["sessions"].as_array().into_iter().flatten() {
        let id = session["sessionId"].as_str().unwrap_or_default();
        for action in session["actions"].as_array().into_iter().flatten() {
            let mut action = action.clone();
            action["title"] = format!("{} {id}", action["title"].as_str().unwrap_or_default()).into();
            found.push(action);
        }
    }
    found
}

/// Returns what there is to say of a command that was done, if it cannot be seen otherwise.
fn done(command: &str, answer: &Json) -> Option<String> {
    let word = |name: &str| answer[name].as_str();
    let folder = word("folder").unwrap_or_default();
    match command {
        "glue-ls.cancel" if answer["cancelled"] == 0 => {
            Some("nothing runs or waits that could be cancelled".to_owned())
        }
        "glue-ls.stopSession" | "glue-ls.sessionStatus" => Some(session(answer)),
        "glue-ls.restartSession" => {
            let again = if actions(answer).is_empty() { String::new() } else { format!("; {OFFERED}") };
            Some(format!("{}{again}", word("message")?))
        }
        "glue-ls.listSessions" => match answer["sessions"].as_array()?.len() {
            0 => Some(format!("there is no session{}", place(answer))),
            1 => Some(format!("there is one session{}{}", place(answer), choice(answer))),
            many => Some(format!("there are {many} sessions{}{}", place(answer), choice(answer))),
        },
        "glue-ls.refreshAccount" => Some("names of the account are fetched again".to_owned()),
        "glue-ls.trustFolder" => Some(format!("cells of documents in {folder} may be run from now on")),
        "glue-ls.loadNames" => {
            let (profile, role) = (word("profile"), word("role"));
            let whom = profile.map(|profile| format!("profile {profile}")).or_else(|| Some(format!("role {}", role?)));
            Some(format!("names are looked up as {} in {folder} from now on", whom?))
        }
        _ => None,
    }
}

fn place(answer: &Json) -> String {
    answer["region"].as_str().map(|region| format!(" in {region}")).unwrap_or_default()
}

fn choice(answer: &Json) -> &'static str {
    if actions(answer).is_empty() { "" } else { "; the code actions of the document stop one, or attach to it" }
}

/// A session's state in a line.
fn session(state: &Json) -> String {
    let mut parts = vec![match (state["sessionId"].as_str(), state["status"].as_str()) {
        (Some(id), Some(status)) => format!("session {id}: {status}"),
        (Some(id), None) => format!("session {id}"),
        (None, _) => "the document has no session".to_owned(),
    }];
    parts.extend(state["workers"].as_str().map(str::to_owned));
    let cost = state["costSoFar"].as_f64().filter(|_| state["engine"] == "aws" && state["sessionId"].is_string());
    parts.extend(cost.map(|cost| format!("${cost:.2} so far")));
    parts.extend(state["message"].as_str().map(str::to_owned));
    match state["survivors"].as_array().map_or(0, Vec::len) {
        0 => {}
        1 => parts.push("one session of an earlier run may still be alive".to_owned()),
        many => parts.push(format!("{many} sessions of earlier runs may still be alive")),
    }
    parts.join(", ")
}

/// The list of sessions as a text, one a line; `None` where there is none.
fn sessions(answer: &Json) -> Option<String> {
    let sessions = answer["sessions"].as_array().filter(|sessions| !sessions.is_empty())?;
    let mut text = format!("Sessions{}\n\n", place(answer));
    for session in sessions {
        let word = |name: &str| session[name].as_str().map(str::to_owned);
        let mut parts = vec![word("sessionId").unwrap_or_default()];
        parts.extend(word("status"));
        parts.extend(session["ageSeconds"].as_u64().map(|seconds| age(std::time::Duration::from_secs(seconds))));
        parts.extend(word("workers"));
        parts.extend(word("glueVersion").map(|version| format!("Glue {version}")));
        parts.extend(session["cost"].as_f64().map(|cost| format!("${cost:.2}")));
        parts.extend(match session["whose"].as_str() {
            Some("here") => Some("of a document here".to_owned()),
            Some("on-record") => Some("of glue-ls".to_owned()),
            _ => None,
        });
        parts.extend(word("document"));
        let tags = session["tags"].as_object().into_iter().flatten();
        parts.extend(tags.filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?))));
        text.push_str(&parts.join("  "));
        text.push('\n');
    }
    if answer["more"] == true {
        text.push_str("\nThere are more.\n");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_state_is_a_line() {
        let none = json!({ "engine": "aws", "sessionId": null, "status": null, "costSoFar": 0.0, "survivors": [1, 2] });
        assert_eq!(session(&none), "the document has no session, 2 sessions of earlier runs may still be alive");
        let one = json!({ "engine": "aws", "sessionId": "a-b", "status": "READY", "workers": "5 × G.1X", "costSoFar": 0.126 });
        assert_eq!(session(&one), "session a-b: READY, 5 × G.1X, $0.13 so far");
        let local = json!({ "engine": "local", "sessionId": "a", "status": "READY", "costSoFar": 0.0 });
        assert_eq!(session(&local), "session a: READY");
    }

    #[test]
    fn a_list_says_of_which_session_each_way_on_speaks() {
        let action =
            json!({ "title": "Stop the session", "command": "glue-ls.stopSession", "arguments": [{ "uri": "u" }] });
        let answer = json!({ "region": "eu-west-1", "more": true, "sessions": [
            { "sessionId": "one", "status": "READY", "ageSeconds": 65, "workers": "2 × G.1X", "glueVersion": "5.0",
              "cost": 0.5, "whose": "other", "tags": { "team": "a" }, "actions": [action] },
        ]});
        assert_eq!(actions(&answer)[0]["title"], "Stop the session one");
        let expected =
            "Sessions in eu-west-1\n\none  READY  1 min  2 × G.1X  Glue 5.0  $0.50  team=a\n\nThere are more.\n";
        assert_eq!(sessions(&answer).unwrap(), expected);
        assert_eq!(sessions(&json!({ "sessions": [] })), None);
        let said = done("glue-ls.listSessions", &answer).unwrap();
        assert!(said.starts_with("there is one session in eu-west-1; "), "{said}");
    }

    #[test]
    fn who_is_blocked_learns_of_the_ways_on() {
        let blocked_by = |reason: &str, actions: Json| {
            blocked(&json!({ "state": "blocked", "reason": reason, "message": "no", "actions": actions })).unwrap()
        };
        assert_eq!(blocked_by("policy", json!([])), "no");
        assert!(blocked_by("choose", json!([1])).contains("code actions"));
        assert!(blocked_by("unapplied-settings", json!([1, 2])).contains("code actions"));
        assert_eq!(blocked(&json!({ "message": "yes" })), None);
    }
}
