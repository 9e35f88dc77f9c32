//! TraceQL: what is a query and what is none, and what queries find.

#[path = "../common/blocks.rs"]
mod blocks;
#[path = "../common/random.rs"]
mod common;
mod differential;
mod docs;
mod given;
mod grammar;
mod laws;
mod messages;
mod model;
mod naive;
mod naive_cases;
mod numbers;
mod parse_cases;
mod parse_random;
mod random;
mod rules;
mod survival;
mod trees;
