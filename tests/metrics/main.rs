//! Series of spans.

#[path = "../common/blocks.rs"]
mod blocks;
mod compare;
mod docs;
mod examples;
mod explain;
mod given;
mod limits;
mod naive;
mod random;
mod shards;
