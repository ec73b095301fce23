//! The store with a source that is scripted and a clock that stands still.

mod bounds;
mod failures;
mod fetching;
mod identities;
mod on_disk;
