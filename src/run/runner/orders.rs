//! What is ordered of a runner from the outside, taken while it waits for whatever it does.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::run::event::{CellReport, CellState, Event};

use super::actor::Actor;
use super::{Job, Order, Preferences, Which, lock};

impl Actor {
    /// Does what is ordered, at once.
    pub(super) fn take(&mut self, order: Order) {
        match order {
            Order::Run(jobs) => {
                for job in jobs {
                    let key = job.cell.as_ref().map(|cell| cell.key.clone());
                    self.tell(Event::Cell(CellReport::waiting(key, job.batch, CellState::Queued)));
                    self.queue.push_back(job);
                }
            }
            Order::Configure(preferences) => {
                let Preferences { fallback, idle_timeout, tags, idle_reminder, rates, allowed, engine } = *preferences;
                self.options.fallback = fallback;
                self.options.idle_timeout = idle_timeout;
                self.options.tags = tags;
                self.options.idle_reminder = idle_reminder;
                self.options.rates = rates;
                self.options.allowed = allowed;
                self.machine.prefer(&engine);
            }
            Order::Cancel(which) => {
                self.cancel_waiting(&which, "cancelled");
                let hit = self.current.as_ref().is_some_and(|current| match &which {
                    Which::All => true,
                    Which::Batch(batch) => current.batch == *batch,
                    Which::Cell(key) => current.key.as_ref() == Some(key),
                });
                if hit {
                    self.cancel_current();
                    // What is asked for from now on is asked for in the knowledge of this.
                    let stops = self
                        .current
                        .as_mut()
                        .is_some_and(|current| std::mem::replace(&mut current.stop_on_error, false));
                    if let Some(batch) = self.current.as_ref().map(|current| current.batch).filter(|_| stops) {
                        self.cancel_waiting(&Which::Batch(batch), "not run, because an earlier cell was cancelled");
                    }
                }
            }
            Order::Says(sessions) => {
                self.says = sessions;
                self.notice_drift();
            }
            Order::NeedsSpark(needs) => self.needs_spark = needs,
            Order::KeepSpare => self.keep_spare(),
            Order::Ran(cells) => {
                let mut ledger = lock(&self.ledger);
                cells.into_iter().for_each(|cell| ledger.ran(cell));
            }
            Order::Observes(cells, session) => self.observe(cells, session.map(|session| *session)),
            Order::List(answer) => self.list_sessions(answer),
            Order::Foresee(foreseen) => {
                let breaches = self.foresee(&foreseen);
                foreseen.answer.send(breaches).ok();
            }
            Order::Stop(answer) => {
                self.cancel_waiting(&Which::All, "cancelled, because the session is stopped");
                match &self.session {
                    None if self.inherited.is_some() => self.stop_inherited(answer),
                    None => {
                        // The session that is about to be made is meant.
                        if let Some(current) = self.current.as_mut().filter(|current| current.preparing.is_some()) {
                            current.give_up();
                        }
                        drop(answer.send(Ok(lock(&self.report).clone())));
                    }
                    Some(live) => {
                        if let Some(current) = &mut self.current {
                            current.give_up();
                        }
                        live.stop(answer, Arc::clone(&self.ledger));
                    }
                }
            }
            Order::Status(answer) => match &self.session {
                None if self.inherited.is_some() => self.ask_inherited(answer),
                None => drop(answer.send(lock(&self.report).clone())),
                Some(live) => live.ask(answer),
            },
            Order::Pages(answer) => {
                // Without a session there is no answer.
                if let Some(live) = &self.session {
                    live.find_pages(answer);
                }
            }
            Order::Close(answer) => {
                self.closing.push(answer);
                self.cancel_waiting(&Which::All, "cancelled, because glue-ls ends");
                self.cancel_current();
                self.hurry_stop();
            }
            Order::Leave(answer) => {
                self.leaving.push(answer);
                self.cancel_waiting(&Which::All, "cancelled, because glue-ls ends");
                if !self.let_go() {
                    self.cancel_current();
                    self.hurry_stop();
                }
            }
        }
    }

    /// Cancels the cell that is being run.
    pub(super) fn cancel_current(&mut self) {
        let Some(current) = &mut self.current else { return };
        current.cancel();
        if let (Some(run), Some(live)) = (current.run, &self.session) {
            live.handle.cancel(run);
        }
    }

    /// Cancels what waits.
    pub(super) fn cancel_waiting(&mut self, which: &Which, why: &str) {
        let hit = |job: &Job| match which {
            Which::All => true,
            Which::Batch(batch) => job.batch == *batch,
            Which::Cell(key) => job.cell.as_ref().is_some_and(|cell| cell.key == *key),
        };
        let (cancelled, kept) = self.queue.drain(..).partition::<VecDeque<Job>, _>(hit);
        self.queue = kept;
        for job in cancelled {
            lock(&self.ledger).done(job.serial);
            let report = CellReport::waiting(job.cell.map(|cell| cell.key), job.batch, CellState::Cancelled);
            self.tell(Event::Cell(CellReport { message: Some(why.to_owned()), ..report }));
        }
    }
}
