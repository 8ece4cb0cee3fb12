//! Reading shapes that hold shapes. What is read may have been written by anybody, so it is only followed as deep as
//! facts go.
use std::cell::Cell;

use serde::de::{Deserialize, Deserializer, Error};

/// Deeper than any expression that is looked at: each may hold what another one stands for.
const MAX_DEPTH: u32 = 4_000;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Reads what a shape holds.
pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let depth = DEPTH.get();
    if depth == MAX_DEPTH {
        return Err(D::Error::custom("nested too deeply"));
    }
    DEPTH.set(depth + 1);
    let read = T::deserialize(deserializer);
    DEPTH.set(depth);
    read
}
