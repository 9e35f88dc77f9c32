//! Searches with TraceQL.

#[path = "../common/blocks.rs"]
mod blocks;
mod cases;
mod given;
mod limits;
mod results;
mod spread;
