//! What is in the account, a page at a time, in the words of [`model::account`](crate::model::account).
//!
//! Each call asks for the largest page that the service gives. Nothing is asked for that is not kept.

use super::errors::CallFailure;

mod catalog;
mod glue;
mod iam;
mod places;

pub use iam::RoleDetails;

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What is in it, in the service's order.
    pub items: Vec<T>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The page that was asked for with `asked`, after which the service goes on at `next`.
    fn new(
        call: &'static str,
        asked: Option<&str>,
        items: Vec<T>,
        next: Option<String>,
    ) -> Result<Page<T>, CallFailure> {
        let next = next.filter(|next| !next.is_empty());
        // A list that goes on where it already was would never end.
        if next.is_some() && next.as_deref() == asked {
            return Err(CallFailure::bad(call, "the list goes on at its own beginning"));
        }
        Ok(Page { items, next })
    }
}

/// A text that says something.
fn told(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
