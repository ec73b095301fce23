//! Runs as work-done progress, for clients that show no runs themselves.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tower_lsp_server::Client;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::run::{BatchId, CellReport, CellState};
use crate::server::desk::Desk;

use super::name;

/// How often the time is told while a session starts, where nothing else is: a client may have no clock for it.
const CLOCK: Duration = Duration::from_secs(10);

/// A run, as work-done progress. A task of its own speaks with the client: creating the progress waits for an answer, and
/// nothing else may.
pub(super) struct Progress {
    values: mpsc::UnboundedSender<Told>,
}

/// What is told of a run.
#[derive(Debug)]
enum Told {
    /// Its cells are somewhere.
    At(String),
    /// A session is being started for it.
    Starting(String),
    /// It has ended; the second is said behind it.
    End(String, Option<String>),
}

impl Progress {
    pub(super) fn begin(desk: &Desk, batch: BatchId) -> Progress {
        let (values, queued) = mpsc::unbounded_channel();
        let client = desk.client().clone();
        tokio::spawn(async move {
            let (token, mut queued) = (token(batch), queued);
            // A client that never answers is told the end by what is said behind it.
            let mut begun = None;
            let created = tokio::select! {
                created = client.create_work_done_progress(token.clone()) => created.is_ok(),
                () = until_end(&mut queued, &mut begun) => false,
            };
            if !created {
                until_end(&mut queued, &mut begun).await;
                say(&client, begun).await;
                return;
            }
            let teller = client.clone();
            let send = move |value| -> BoxFuture<'static, ()> {
                let (client, params) = (teller.clone(), lsp::ProgressParams { token: token.clone(), value });
                Box::pin(async move { client.send_notification::<lsp::ProgressNotification>(params).await })
            };
            let end = relay(begun, queued, send).await;
            say(&client, end).await;
        });
        Progress { values }
    }

    /// Tells how a cell is; behind the end of the last one, `then` is said.
    pub(super) fn report(&self, report: &CellReport, last: bool, then: Option<String>) {
        let cell = report.cell.as_ref().map_or("session".to_owned(), name);
        let what = match report.state {
            CellState::StartingSession => "starting the session".to_owned(),
            state => state.as_str().to_owned(),
        };
        let message = match &report.message {
            Some(message) => format!("{cell}: {what} ({message})"),
            None => format!("{cell}: {what}"),
        };
        let told = match report.state {
            _ if last => Told::End(message, then),
            CellState::StartingSession => Told::Starting(message),
            _ => Told::At(message),
        };
        self.values.send(told).ok();
    }
}

/// Waits for the end of a run, and keeps the newest of what is told of it.
async fn until_end(queued: &mut mpsc::UnboundedReceiver<Told>, newest: &mut Option<Told>) {
    while !matches!(newest, Some(Told::End(..))) {
        let Some(told) = queued.recv().await else { return };
        *newest = Some(told);
    }
}

/// Says what is to be said behind the end of a run.
async fn say(client: &Client, end: Option<Told>) {
    if let Some(Told::End(_, Some(text))) = end {
        client.show_message(lsp::MessageType::Info, text).await;
    }
}

/// Tells a client what comes, from `first` on, and while a session starts how long that has taken, until the run ends.
/// Returns the end.
async fn relay(
    first: Option<Told>,
    mut queued: mpsc::UnboundedReceiver<Told>,
    send: impl Fn(Json) -> BoxFuture<'static, ()>,
) -> Option<Told> {
    let report = |message: String| json!({ "kind": "report", "cancellable": true, "message": message });
    send(json!({ "kind": "begin", "title": "Running", "cancellable": true })).await;
    // What a session that starts is told with, and since when it does.
    let mut starting: Option<(String, Instant)> = None;
    let mut first = first;
    loop {
        let next = match &starting {
            _ if first.is_some() => first.take(),
            Some((message, since)) => match timeout(CLOCK, queued.recv()).await {
                Ok(next) => next,
                Err(_) => {
                    send(report(format!("{message}, {} s", since.elapsed().as_secs()))).await;
                    continue;
                }
            },
            None => queued.recv().await,
        };
        let mut told = next?;
        // What came in the meantime is newer; nothing comes behind the end.
        while let Ok(newer) = queued.try_recv() {
            told = newer;
        }
        let value = match told {
            Told::At(message) => {
                starting = None;
                report(message)
            }
            Told::Starting(message) => {
                let since = starting.take().map_or_else(Instant::now, |(_, since)| since);
                starting = Some((message.clone(), since));
                report(message)
            }
            Told::End(message, then) => {
                send(json!({ "kind": "end", "message": message })).await;
                return Some(Told::End(message, then));
            }
        };
        send(value).await;
    }
}

const TOKEN: &str = "glue-ls/run/";

fn token(batch: BatchId) -> lsp::ProgressToken {
    lsp::ProgressToken::String(format!("{TOKEN}{}", batch.0))
}

/// Returns the run that a progress token stands for.
pub(in crate::server) fn batch_of(token: &lsp::ProgressToken) -> Option<BatchId> {
    match token {
        lsp::ProgressToken::String(token) => token.strip_prefix(TOKEN)?.parse().ok().map(BatchId),
        lsp::ProgressToken::Int(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_progress_token_leads_back_to_its_run() {
        assert_eq!(batch_of(&token(BatchId(12))), Some(BatchId(12)));
        assert_eq!(batch_of(&lsp::ProgressToken::Int(12)), None);
        assert_eq!(batch_of(&lsp::ProgressToken::String("other/12".into())), None);
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_session_starts_the_time_is_told_now_and_then_and_at_no_other_time() {
        let (values, queued) = mpsc::unbounded_channel();
        let (sent, mut told) = mpsc::unbounded_channel();
        let send = move |value: Json| -> BoxFuture<'static, ()> {
            drop(sent.send(value));
            Box::pin(std::future::ready(()))
        };
        let relay = tokio::spawn(relay(None, queued, send));
        let begun = Instant::now();
        let text = |value: Option<Json>| value.unwrap()["message"].as_str().map(str::to_owned);
        assert_eq!(told.recv().await.unwrap()["kind"], "begin");
        values.send(Told::Starting("Cell 0: starting".to_owned())).unwrap();
        assert_eq!(text(told.recv().await).unwrap(), "Cell 0: starting");
        assert_eq!(text(told.recv().await).unwrap(), "Cell 0: starting, 10 s");
        assert_eq!(text(told.recv().await).unwrap(), "Cell 0: starting, 20 s");
        assert_eq!(begun.elapsed().as_secs(), 20);
        // More is known of the same start: its time goes on.
        values.send(Told::Starting("Cell 0: starting (still)".to_owned())).unwrap();
        assert_eq!(text(told.recv().await).unwrap(), "Cell 0: starting (still)");
        assert_eq!(text(told.recv().await).unwrap(), "Cell 0: starting (still), 30 s");
        values.send(Told::At("Cell 0: running".to_owned())).unwrap();
        assert_eq!(text(told.recv().await).unwrap(), "Cell 0: running");
        let quiet = timeout(Duration::from_secs(3600), told.recv()).await;
        assert!(quiet.is_err(), "{quiet:?}");
        values.send(Told::End("Cell 0: ok".to_owned(), None)).unwrap();
        assert_eq!(told.recv().await.unwrap(), json!({ "kind": "end", "message": "Cell 0: ok" }));
        relay.await.unwrap();
    }
}
