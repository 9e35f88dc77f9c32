//! Trace graphs and structural operators, held against what the ids of OTLP spans say.

mod analyses;
#[path = "../common/blocks.rs"]
mod blocks;
#[path = "../common/mod.rs"]
mod common;
mod forest;
mod graphs;
mod joins;
mod laws;
mod operators;
mod real_data;
