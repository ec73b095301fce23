//! Files that are written whole or not at all.

pub(super) use crate::platform::{folder_of as folder, write_whole as write};
