//! Work that a handler leaves for after its answer: what it causes must not be told before the answer is.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

type Work = Box<dyn FnOnce() + Send>;

tokio::task_local! {
    static LEFT: Arc<Mutex<Vec<Work>>>;
}

/// Does some work when the answer of the request that is being handled is on its way to the client; at once where no
/// request is being handled.
///
/// The work is done whatever becomes of the request. It must not block.
pub(in crate::server) fn after_answer(work: impl FnOnce() + Send + 'static) {
    let mut work: Option<Work> = Some(Box::new(work));
    let _ = LEFT.try_with(|left| {
        left.lock().unwrap_or_else(PoisonError::into_inner).extend(work.take());
    });
    if let Some(work) = work {
        work();
    }
}

/// What one handler leaves to be done. Done when this is dropped.
#[derive(Default)]
pub(super) struct Afterwards(Arc<Mutex<Vec<Work>>>);

impl Afterwards {
    /// Returns the handler, with what it leaves coming here.
    pub(super) fn of<F: Future>(&self, handler: F) -> impl Future<Output = F::Output> + use<F> {
        LEFT.scope(Arc::clone(&self.0), handler)
    }
}

impl Drop for Afterwards {
    fn drop(&mut self) {
        let left = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        left.into_iter().for_each(|work| work());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn work_is_done_after_the_handler_and_once() {
        let done = Arc::new(AtomicBool::new(false));
        let (inside, afterwards) = (Arc::clone(&done), Afterwards::default());
        afterwards
            .of(async move {
                let seen = Arc::clone(&inside);
                after_answer(move || assert!(!seen.swap(true, Ordering::SeqCst)));
                tokio::task::yield_now().await;
                assert!(!inside.load(Ordering::SeqCst), "the answer is not made yet");
            })
            .await;
        assert!(!done.load(Ordering::SeqCst), "the answer is not on its way yet");
        drop(afterwards);
        assert!(done.load(Ordering::SeqCst));
    }

    #[test]
    fn without_a_request_work_is_done_at_once() {
        let done = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&done);
        after_answer(move || seen.store(true, Ordering::SeqCst));
        assert!(done.load(Ordering::SeqCst));
    }
}
