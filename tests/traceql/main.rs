//! TraceQL: what is a query and what is none.

mod docs;
mod grammar;
mod messages;
mod parse_cases;
mod parse_random;
mod trees;
