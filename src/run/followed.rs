//! Statements that nobody here has started, and that are followed to their end: which cells they are, and who wants them
//! cancelled.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::session::StatementId;

use super::Which;
use super::event::CellKey;

/// The statements that were running when a document came to its session.
#[derive(Debug, Default)]
pub(super) struct Followed {
    all: Vec<One>,
    /// Whether the document has started them, in a process that has ended.
    own: bool,
    news: Arc<Notify>,
}

#[derive(Debug)]
struct One {
    statement: StatementId,
    /// The cells that show it.
    cells: Vec<CellKey>,
    wish: Wish,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    None,
    /// It is to be cancelled.
    Cancel,
    /// Who follows it knows that.
    Known,
}

impl Followed {
    /// Begins with the statements of a session; those of the one before are forgotten. What is wanted of them is told to
    /// whom this returns.
    pub(super) fn begin(&mut self, statements: impl Iterator<Item = StatementId>, own: bool) -> Arc<Notify> {
        let one = |statement| One { statement, cells: Vec::new(), wish: Wish::None };
        *self = Followed { all: statements.map(one).collect(), own, news: Arc::default() };
        Arc::clone(&self.news)
    }

    /// Whether none is followed.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Takes note of cells that show statements.
    pub(super) fn shown_by(&mut self, statements: Vec<(i64, CellKey)>) {
        for (number, cell) in statements {
            if let Some(one) = self.all.iter_mut().find(|one| one.statement.0 == number)
                && !one.cells.contains(&cell)
            {
                one.cells.push(cell);
            }
        }
    }

    /// Has statements cancelled; returns how many. Of a session that others use too, only those that cells of the document
    /// show.
    pub(super) fn cancel(&mut self, which: &Which) -> usize {
        let own = self.own;
        let hit = |one: &One| match which {
            Which::All => own || !one.cells.is_empty(),
            Which::Cell(key) => one.cells.contains(key),
            // No request has brought them.
            Which::Batch(_) => false,
        };
        let mut count = 0;
        for one in self.all.iter_mut().filter(|one| hit(one)) {
            // Who asks again means it: the first time may have failed.
            one.wish = Wish::Cancel;
            count += 1;
        }
        if count > 0 {
            self.news.notify_one();
        }
        count
    }

    /// Returns which are to be cancelled, each once.
    pub(super) fn wanted(&mut self, news: &Arc<Notify>) -> Vec<StatementId> {
        let wanted = self.all.iter_mut().filter(|one| one.wish == Wish::Cancel && Arc::ptr_eq(&self.news, news));
        let take = |one: &mut One| {
            one.wish = Wish::Known;
            one.statement
        };
        wanted.map(take).collect()
    }

    /// Takes note that a statement is followed no more; with `None`, none of them.
    pub(super) fn done(&mut self, news: &Arc<Notify>, statement: Option<StatementId>) {
        if Arc::ptr_eq(&self.news, news) {
            self.all.retain(|one| statement.is_some_and(|statement| one.statement != statement));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::BatchId;

    #[test]
    fn what_the_document_shows_is_cancelled_and_nothing_of_others() {
        let (mut followed, cell) = (Followed::default(), CellKey::Ordinal);
        let news = followed.begin([3, 4, 5].map(StatementId).into_iter(), false);
        followed.shown_by(vec![(3, cell(0)), (3, cell(2)), (4, cell(1)), (9, cell(7))]);
        assert_eq!(followed.cancel(&Which::Cell(cell(7))) + followed.cancel(&Which::Batch(BatchId(1))), 0);
        assert_eq!(followed.wanted(&news), []);
        assert_eq!(followed.cancel(&Which::Cell(cell(2))), 1);
        assert_eq!((followed.wanted(&news), followed.wanted(&news)), (vec![StatementId(3)], vec![]));
        assert_eq!(followed.cancel(&Which::All), 2, "nobody here knows the third");
        followed.done(&news, Some(StatementId(3)));
        assert_eq!(followed.wanted(&news), [StatementId(4)]);
        followed.done(&news, None);
        assert!(followed.is_empty());
    }

    #[test]
    fn in_a_session_of_its_own_all_is_the_documents() {
        let mut followed = Followed::default();
        let before = followed.begin([7].map(StatementId).into_iter(), false);
        let news = followed.begin([7, 8].map(StatementId).into_iter(), true);
        assert_eq!(followed.cancel(&Which::All), 2);
        // Who followed the session of before has no say.
        followed.done(&before, None);
        assert_eq!(followed.wanted(&before), []);
        assert_eq!(followed.wanted(&news), [7, 8].map(StatementId));
    }
}
