//! Positions, ranges and edits over ropes.
//!
//! Everything above works with byte offsets; this layer alone knows how an editor counts. It imports
//! nothing of ours.

pub mod position;

pub use position::{Position, PositionEncoding, Range, apply_change, offset_at, position_at, range_at};
