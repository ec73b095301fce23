//! Room on the stack for Python that is nested without brackets.
//!
//! Brackets are bounded by [`super::literal::too_deep`]; `----1`, `a.b.c`, `1+1+1` and `not not x` nest
//! as well, one level for as little as a byte. The parser grows the stack while it reads, but the tree
//! it leaves is dropped and visited by plain recursion. So everything that has such a tree in hand runs
//! where a level for each byte of the text would fit.

/// Longer texts are not parsed, in bytes. The service takes statements of 68,000 characters and job
/// arguments of 260 KB in all.
pub const LONGEST: usize = 512 << 10;

/// Stack for a level of nesting, in bytes: what dropping a tree was seen to need, twice over.
const LEVEL: usize = if cfg!(debug_assertions) { 1024 } else { 512 };

/// Stack that is there in any case, in bytes.
const BASE: usize = 128 << 10;

/// Runs `f`, which parses a text of `len` bytes (at most [`LONGEST`]) and drops what it gets, with
/// enough stack.
pub fn with_stack<T>(len: usize, f: impl FnOnce() -> T) -> T {
    let needed = BASE + len.min(LONGEST) * LEVEL;
    stacker::maybe_grow(needed, needed + BASE, f)
}
