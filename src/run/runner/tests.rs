//! Runners over a scripted service, on a paused clock.

mod attached;
mod outages;
