//! Looking whether a call without an answer was carried out.

use std::sync::Arc;

use super::actor::{Actor, Heed};
use super::error::{ApiError, ApiErrorKind, Operation};
use super::types::{SessionInfo, Statement, StatementId};

/// Up to where the statements of a session are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Baseline {
    /// It is not known which statements there are.
    Unknown,
    /// There was none.
    Empty,
    /// None with a higher number.
    After(StatementId),
}

impl Baseline {
    /// Takes note of a statement.
    pub(super) fn raise(&mut self, id: StatementId) {
        *self = match *self {
            Self::After(last) => Self::After(last.max(id)),
            Self::Unknown | Self::Empty => Self::After(id),
        };
    }

    fn is_before(self, id: StatementId) -> bool {
        match self {
            Self::Unknown => false,
            Self::Empty => true,
            Self::After(last) => id > last,
        }
    }
}

/// What a look has shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Look<T> {
    /// The call was carried out; this came of it.
    Found(T),
    /// It was not.
    Absent,
    /// That cannot be told.
    Unclear,
}

impl Actor {
    /// Looks for the session that a CreateSession without an answer may have made. Returns `None` when the
    /// actor is to end.
    pub(super) async fn look_for_session(&mut self, error: &ApiError) -> Option<Look<SessionInfo>> {
        let (api, id) = (Arc::clone(&self.api), self.id.clone());
        for delay in self.policy.settle(error).to_vec() {
            self.rest(Heed::Shutdown, delay).await;
            match self.ask(Operation::GetSession, || api.get_session(&id)).await? {
                Ok(info) => return Some(Look::Found(info)),
                Err(error) if error.kind == ApiErrorKind::NotFound => {}
                Err(_) => return Some(Look::Unclear),
            }
        }
        Some(Look::Absent)
    }

    /// Looks for the statement that a RunStatement without an answer may have made. Returns `None` when the
    /// actor is to end.
    pub(super) async fn look_for_statement(&mut self, code: &str, error: &ApiError) -> Option<Look<Statement>> {
        if self.baseline == Baseline::Unknown {
            return Some(Look::Unclear);
        }
        for delay in self.policy.settle(error).to_vec() {
            self.rest(Heed::Shutdown, delay).await;
            match self.list_statements().await? {
                Ok(statements) => match pick(&statements, self.baseline, code) {
                    Look::Absent => {}
                    seen => return Some(seen),
                },
                Err(_) => return Some(Look::Unclear),
            }
        }
        Some(Look::Absent)
    }

    /// Returns all statements of the session. Returns `None` when the actor is to end.
    pub(super) async fn list_statements(&mut self) -> Option<Result<Vec<Statement>, ApiError>> {
        /// More pages than a session can fill: a token that leads in a circle must not keep the actor.
        const PAGES: usize = 10_000;
        let (api, id) = (Arc::clone(&self.api), self.id.clone());
        let mut statements = Vec::new();
        let mut token = None;
        for _ in 0..PAGES {
            let asked = token.clone();
            match self.ask(Operation::ListStatements, || api.list_statements(&id, asked.as_ref())).await? {
                Ok(page) => {
                    statements.extend(page.items);
                    match page.next {
                        Some(next) if Some(&next) != token.as_ref() => token = Some(next),
                        _ => return Some(Ok(statements)),
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
        let text = "the list of statements has no end";
        Some(Err(ApiError::new(Operation::ListStatements, ApiErrorKind::BadAnswer, text)))
    }
}

/// Returns the statement that came of sending `code`, when only those up to `baseline` were there before.
pub(super) fn pick(statements: &[Statement], baseline: Baseline, code: &str) -> Look<Statement> {
    let new = || statements.iter().filter(|statement| baseline.is_before(statement.id));
    if let Some(ours) = matching(statements, baseline, code).into_iter().next() {
        return Look::Found(ours);
    }
    // A statement whose code is not told may be ours. If it is the only one, it is.
    let mut untold = new().filter(|statement| statement.code.as_deref().is_none_or(str::is_empty));
    match (untold.next(), new().count()) {
        (None, _) => Look::Absent,
        (Some(only), 1) => Look::Found(only.clone()),
        _ => Look::Unclear,
    }
}

/// Returns the statements above `baseline` that have this code, oldest first.
pub(super) fn matching(statements: &[Statement], baseline: Baseline, code: &str) -> Vec<Statement> {
    let mut ours: Vec<Statement> = statements
        .iter()
        .filter(|statement| baseline.is_before(statement.id))
        .filter(|statement| statement.code.as_deref().is_some_and(|text| same_code(text, code)))
        .cloned()
        .collect();
    ours.sort_by_key(|statement| statement.id);
    ours
}

/// Whether two texts are the same code: line ends, and blanks at the very end, may have been changed on the way.
fn same_code(left: &str, right: &str) -> bool {
    left == right || left.trim_end().lines().eq(right.trim_end().lines())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::types::StatementState;

    fn statement(id: i64, code: Option<&str>) -> Statement {
        let mut statement = Statement::new(StatementId(id), StatementState::Waiting);
        statement.code = code.map(str::to_owned);
        statement
    }

    fn picked(statements: &[Statement], baseline: Baseline, code: &str) -> Look<i64> {
        match pick(statements, baseline, code) {
            Look::Found(statement) => Look::Found(statement.id.0),
            Look::Absent => Look::Absent,
            Look::Unclear => Look::Unclear,
        }
    }

    #[test]
    fn ours_is_the_oldest_new_one_with_the_code() {
        let list = [statement(7, Some("a")), statement(6, Some("a\r\n")), statement(5, Some("a")), statement(8, None)];
        assert_eq!(picked(&list, Baseline::After(StatementId(5)), "a"), Look::Found(6));
        assert_eq!(picked(&list, Baseline::Empty, "a"), Look::Found(5));
    }

    #[test]
    fn other_code_is_not_ours_and_untold_code_may_be() {
        let five = Baseline::After(StatementId(5));
        assert_eq!(picked(&[statement(5, Some("a")), statement(6, Some("b"))], five, "a"), Look::Absent);
        assert_eq!(picked(&[], Baseline::Empty, "a"), Look::Absent);
        assert_eq!(picked(&[statement(6, None)], five, "a"), Look::Found(6));
        assert_eq!(picked(&[statement(6, None), statement(7, Some("b"))], five, "a"), Look::Unclear);
        assert_eq!(picked(&[statement(6, None)], Baseline::Unknown, "a"), Look::Absent);
    }

    #[test]
    fn code_may_lose_its_last_blanks_but_nothing_else() {
        assert!(same_code("a\nb", "a\r\nb \n\n"));
        assert!(!same_code("a\nb", "a\n b"));
        assert!(!same_code("a", "A"));
    }
}
