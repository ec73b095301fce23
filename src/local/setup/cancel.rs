//! A wish that something ends, from whoever started it.

use tokio::sync::watch;

/// Ends what holds the [`Cancel`] that belongs to it. Dropping it ends nothing.
#[derive(Debug)]
pub struct Canceller(watch::Sender<bool>);

/// Tells whether it shall end.
#[derive(Debug, Clone)]
pub struct Cancel(watch::Receiver<bool>);

/// Returns both ends.
pub fn cancellable() -> (Canceller, Cancel) {
    let (sender, receiver) = watch::channel(false);
    (Canceller(sender), Cancel(receiver))
}

impl Canceller {
    /// Asks for the end.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}

impl Cancel {
    /// Returns whether the end was asked for.
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the end is asked for; for ever, if nobody can ask any more.
    pub async fn cancelled(&mut self) {
        if self.0.wait_for(|cancelled| *cancelled).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
