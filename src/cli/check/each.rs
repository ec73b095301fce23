//! Work on several threads, results in order.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

/// How many results for each thread may wait for one before them.
const AHEAD: usize = 8;

/// What the threads share.
struct Turns {
    /// The next piece of work.
    next: usize,
    /// How many results were taken.
    taken: usize,
}

/// Calls `work` for 0 to `count`, on as many threads as the machine has processors, and `take` for each result, in
/// order, on this one. However long one piece of work takes, few results wait for it.
pub(super) fn in_order<T: Send>(count: usize, work: &(dyn Fn(usize) -> T + Sync), take: &mut dyn FnMut(T)) {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(count);
    if threads < 2 {
        (0..count).for_each(|index| take(work(index)));
        return;
    }
    let turns = Mutex::new(Turns { next: 0, taken: 0 });
    let moved = Condvar::new();
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let (turns, moved, sender) = (&turns, &moved, sender.clone());
            scope.spawn(move || {
                while let Some(index) = claim(turns, moved, count, threads * AHEAD) {
                    if sender.send((index, work(index))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut due = 0;
        // Ends when all threads have ended, also where one of them panicked.
        for (index, result) in receiver {
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&due) {
                take(result);
                due += 1;
            }
            locked(&turns).taken = due;
            moved.notify_all();
        }
    });
}

/// Waits until a piece of work may begin, and takes it.
fn claim(turns: &Mutex<Turns>, moved: &Condvar, count: usize, ahead: usize) -> Option<usize> {
    let wait = |turns: &mut Turns| turns.next < count && turns.next >= turns.taken + ahead;
    let mut turns = moved.wait_while(locked(turns), wait).unwrap_or_else(PoisonError::into_inner);
    (turns.next < count).then(|| {
        turns.next += 1;
        turns.next - 1
    })
}

fn locked(turns: &Mutex<Turns>) -> MutexGuard<'_, Turns> {
    turns.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_all() {
        for count in [0, 1, 2, 1000] {
            let mut taken = Vec::new();
            in_order(count, &|index| index * 2, &mut |result| taken.push(result));
            assert_eq!(taken, (0..count).map(|index| index * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn few_results_wait_for_a_slow_one() {
        // The first piece ends only once no other may begin.
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(10_000);
        if threads < 2 {
            return;
        }
        let begun = (Mutex::new(0), Condvar::new());
        let most = threads * AHEAD;
        let mut count = 0;
        in_order(
            10_000,
            &|index| {
                let mut guard = begun.0.lock().unwrap();
                if index == 0 {
                    let guard = begun.1.wait_while(guard, |begun| *begun + 1 < most).unwrap();
                    assert_eq!(*guard + 1, most);
                } else {
                    *guard += 1;
                    begun.1.notify_all();
                }
            },
            &mut |()| count += 1,
        );
        assert_eq!(count, 10_000);
    }
}
