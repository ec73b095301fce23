//! The magics that ask for something, and the lines that are for another machine.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::aws::Identity;
use crate::facts::{self, Category, MagicForm, MagicSpec};
use crate::model::actions::{Action, action};
use crate::model::effects::{ChangeKind, Effects};
use crate::run::pages::Pages;
use crate::run::sessions::{self, MOST_SESSIONS};
use crate::run::words::{age_since, creation_failure, session_lines, size, size_text};
use crate::session::{Phase, StreamName};

use super::actor::Actor;
use super::live::Live;
use super::lock;

/// Magics of IPython whose effect the code below them needs: passing over them would be a lie.
const NEEDED: &[&str] = &["pip", "conda", "mamba", "uv", "micromamba", "run", "load", "system", "sx", "sc"];

impl Actor {
    /// Answers the magics that ask for something; returns whether one of them was refused.
    pub(super) async fn answer_questions(&mut self, effects: &Effects) -> bool {
        let mut refused = false;
        for call in effects.calls.iter().filter(|call| !call.cell) {
            if action(&call.name) != Some(Action::Show) {
                continue;
            }
            let answer = match &*call.name {
                "session_id" => match &self.session {
                    Some(live) => Ok(live.handle.view().id.to_string()),
                    None => Ok("There is no session.".to_owned()),
                },
                "status" => self.status_text().await,
                "list_sessions" => self.sessions_text().await,
                "help" => Ok(help_text()),
                name => Err(format!("%{name} is answered by the official kernel only.")),
            };
            match answer {
                Ok(text) => self.say(StreamName::Stdout, &text),
                Err(why) => {
                    refused = true;
                    self.say(StreamName::Stderr, &why);
                }
            }
        }
        refused
    }

    /// Tells of the session, as the service sees it now, and of what the next one would have.
    async fn status_text(&mut self) -> Result<String, String> {
        let Some(live) = &self.session else {
            return Ok(format!("There is no session. {}", self.next_session()));
        };
        let (handle, api, id) = (live.handle.clone(), Arc::clone(&live.api), live.handle.view().id);
        let region = live.region().map(str::to_owned);
        let asked = self.wait(async move { handle.status().await }).await;
        let info = asked.map_err(|error| error.to_string())?;
        let asked = async move { (api.get_tags(&id).await, Pages::of(&*api, &id, region.as_deref()).await) };
        let (tags, pages) = self.wait(asked).await;
        let report = lock(&self.report).clone();
        let mut lines = session_lines(&info);
        match tags {
            Ok(tags) if tags.is_empty() => {}
            Ok(tags) => {
                let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
                lines.push(("Tags", tags.join(", ")));
            }
            Err(error) => lines.push(("Tags", format!("not shown: {error}"))),
        }
        if let Some(cost) = report.meter.map(|meter| meter.so_far(info.dpu_seconds)).filter(|cost| cost.usd > 0.0) {
            lines.push(("Cost so far", cost.to_string()));
        }
        // What a cell shows is kept in the notebook.
        lines.extend(pages.public_lines(&info.id));
        if let Some(message) = &info.error_message {
            lines.push(("Message", message.clone()));
        }
        let mut text = String::new();
        for (name, value) in lines {
            let _ = writeln!(text, "{name}: {value}");
        }
        if let Some(drift) = self.drift() {
            let _ = writeln!(text, "Drift: {drift}");
        }
        if self.differs() {
            let _ = writeln!(text, "The settings have changed since it was started. {}", self.next_session());
        }
        Ok(text.trim_end().to_owned())
    }

    /// Says what the next session would have.
    fn next_session(&self) -> String {
        let mut state = self.state.clone();
        state.set_live(false);
        match state.create() {
            Err(failure) => format!("The next one cannot be started: {}.", creation_failure(&failure)),
            Ok(request) => {
                let mut parts = Vec::new();
                let (number, kind) = (request.number_of_workers.as_deref(), request.worker_type.as_deref());
                parts.extend(size(number, kind, request.max_capacity));
                parts.extend(request.glue_version.map(|version| format!("Glue {version}")));
                parts.push(request.command);
                format!("The next one would have: {}.", parts.join(", "))
            }
        }
    }

    /// Lists the sessions of account and region, as whom the next session would be created.
    async fn sessions_text(&mut self) -> Result<String, String> {
        let api = match &self.session {
            Some(live) => Arc::clone(&live.api),
            None => {
                let identity: Identity = self.machine.pin(self.identity()).await?;
                self.machine.api(identity)
            }
        };
        let own = self.session.as_ref().map(|live| live.handle.view().id);
        let found = self.wait(async move { sessions::all(&*api, &[]).await }).await;
        let (sessions, more) = found.map_err(|error| error.to_string())?;
        if sessions.is_empty() {
            return Ok("There are no sessions here.".to_owned());
        }
        let mut rows = vec![["Session", "Status", "Age", "Size", "Glue"].map(str::to_owned)];
        for session in &sessions {
            let mine = if own.as_ref() == Some(&session.id) { " (this one)" } else { "" };
            rows.push([
                format!("{}{mine}", session.id),
                session.status.as_str().to_owned(),
                session.created_on.map(age_since).unwrap_or_default(),
                size_text(session).unwrap_or_default(),
                session.glue_version.clone().unwrap_or_default(),
            ]);
        }
        let mut text = table(&rows);
        if more {
            let _ = write!(text, "\nThere are more than these {MOST_SESSIONS}.");
        }
        Ok(text)
    }

    /// Adds the tags that a cell gives to the session that runs; returns whether that was refused.
    pub(super) async fn tag(&mut self, effects: &Effects) -> bool {
        let tags: Vec<(String, String)> = effects
            .changes
            .iter()
            .filter_map(|change| match &change.kind {
                ChangeKind::Tag(key, value) => Some((key.as_str()?.to_owned(), value.as_str()?.to_owned())),
                _ => None,
            })
            .collect();
        let ready = |live: &&Live| matches!(live.handle.view().phase, Phase::Ready);
        let Some(live) = self.session.as_ref().filter(ready).filter(|_| !tags.is_empty()) else { return false };
        let (api, id) = (Arc::clone(&live.api), live.handle.view().id);
        match self.wait(async move { api.tag_resource(&id, &tags).await }).await {
            Ok(()) => {
                // What the session has is no difference to the next one any more.
                let now = self.state.clone().create().map(|request| request.tags);
                if let (Ok(tags), Some(request)) = (now, self.session.as_mut().and_then(|live| live.request.as_mut())) {
                    request.tags = tags;
                }
                self.say(StreamName::Stdout, "The tags are on the session that runs, and on those to come.");
                false
            }
            Err(error) => {
                let text =
                    format!("The session that runs does not get the tags: {error}. Those to come will have them.");
                self.say(StreamName::Stderr, &text);
                true
            }
        }
    }

    /// Says which lines are not run here; returns whether the code needs one of them.
    pub(super) fn pass_over(&self, effects: &Effects) -> bool {
        let mut needed = false;
        for command in &effects.shell {
            needed = true;
            let text =
                format!("Not run: `!{command}`. glue-ls runs no shell commands on this machine; {}", instead(command));
            self.say(StreamName::Stderr, &text);
        }
        let local = |name: &str| action(name).is_none() && facts::ipython().has_line(name);
        for call in effects.calls.iter().filter(|call| !call.cell && local(&call.name)) {
            needed |= NEEDED.contains(&&*call.name);
            let known = facts::ipython().line_effect(&call.name);
            let fix = known.and_then(|known| known.fix.as_deref());
            let fix = fix.map(|fix| format!(" Instead: {fix}.")).unwrap_or_default();
            let text = format!("Not run: %{}. It is a magic of IPython for the machine of the kernel.{fix}", call.name);
            self.say(StreamName::Stderr, &text);
        }
        needed
    }
}

/// What to do in place of a shell command.
fn instead(command: &str) -> &'static str {
    let mut words = command.split_whitespace().skip_while(|word| *word == "sudo");
    let first = words.next().unwrap_or_default();
    let installs = matches!(first, "pip" | "pip3" | "conda" | "uv" | "mamba")
        || (first.starts_with("python") && words.next() == Some("-m") && words.next() == Some("pip"));
    if installs {
        return "packages for the session come with %additional_python_modules";
    }
    match first {
        "aws" => "run it in a terminal, or use boto3 in a cell",
        _ => "run it in a terminal; in the session, `subprocess` runs commands on its driver",
    }
}

/// Rows in columns, two blanks apart; the first row is their heading.
fn table(rows: &[[String; 5]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; 5] = std::array::from_fn(width);
    let line = |row: &[String; 5]| {
        let cells = row.iter().zip(widths).map(|(text, width)| format!("{text:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The magics with what they do, in groups.
fn help_text() -> String {
    let groups = [
        (Category::Session, "Identity and lifetime of a session"),
        (Category::Info, "Looking at sessions and ending them"),
        (Category::SessionType, "Type of session"),
        (Category::Config, "Size, role and packages"),
        (Category::Spark, "Connections, libraries, properties"),
        (Category::Action, "Working with the session"),
    ];
    let mut text = String::new();
    for (category, title) in groups {
        let of_group = || facts::magics().supported().filter(move |magic| magic.category == category);
        let width = of_group().map(|magic| magic.label().chars().count()).max().unwrap_or_default();
        let _ = writeln!(text, "{title}");
        for form in [MagicForm::Line, MagicForm::Cell] {
            for magic in of_group().filter(|magic| magic.form == form) {
                let _ = writeln!(text, "  {:width$}  {}", MagicSpec::label(magic), magic.short);
            }
        }
        text.push('\n');
    }
    text.push_str("More is shown where the pointer rests on a magic, and in docs/magics.md of glue-ls.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_magic_that_works() {
        let text = help_text();
        for magic in facts::magics().supported() {
            assert!(text.contains(&format!("  {} ", magic.label())), "{}", magic.label());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_page_of_the_list_is_read() {
        use crate::session::scripted::Scripted;
        use crate::session::{GlueApi, SessionId, SessionSpec};

        for (count, listed, more) in [(0, 0, false), (100, 100, false), (250, 250, false), (1001, 1000, true)] {
            let service = Scripted::new();
            for number in 0..count {
                let spec = SessionSpec::new(SessionId::new(format!("s-{number:04}")), "glueetl");
                GlueApi::create_session(&service, &spec).await.unwrap();
            }
            let (sessions, others) = sessions::all(&service, &[]).await.unwrap();
            assert_eq!((sessions.len(), others), (listed, more), "{count}");
            let ids: std::collections::BTreeSet<_> = sessions.iter().map(|session| session.id.clone()).collect();
            assert_eq!(ids.len(), listed, "none twice");
        }
    }

    #[test]
    fn columns_are_aligned() {
        let row = |cells: [&str; 5]| cells.map(str::to_owned);
        let rows = [row(["Session", "Status", "", "", ""]), row(["größe", "READY", "1 h", "", "4.0"])];
        assert_eq!(table(&rows), "Session  Status\ngröße    READY   1 h    4.0");
    }

    #[test]
    fn advice_is_about_the_command() {
        assert!(instead("pip install x").contains("%additional_python_modules"));
        assert!(instead("python3 -m pip install x").contains("%additional_python_modules"));
        assert!(instead("ls").contains("subprocess"));
        assert!(instead("").contains("terminal"));
    }
}
