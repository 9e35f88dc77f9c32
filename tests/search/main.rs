//! Searches with TraceQL.

#[path = "../common/blocks.rs"]
mod blocks;
mod cases;
mod far;
mod given;
mod groups;
mod limits;
mod recent;
mod results;
mod spread;
mod tags;
mod worked;
