//! Runners: over a scripted service, on a paused clock, and before there is one.

mod attached;
mod outages;
mod preparing;
