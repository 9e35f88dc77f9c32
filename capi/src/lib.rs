//! The C ABI of libblockpack: the only place where C types and raw pointers are known.
//!
//! The header `include/blockpack.h` is made from these files, in this order, by
//! `make header`; the rules that hold for all functions are on its first page (`cbindgen.toml`).
//! How a call gets in and out is in `guard`, what handles are in `handle`; the other files are
//! the exports, one family each, in the order of a program's life.

// rustfmt would sort the modules, and their order is the header's.
#![cfg_attr(rustfmt, rustfmt_skip)]
// The exports carry the names and the documentation of the header.
#![allow(non_camel_case_types, clippy::missing_safety_doc)]
// The lint asks for `unsafe` methods of `guard::Call`; the permission is given once, when a call begins.
#![allow(clippy::not_unsafe_ptr_arg_deref)]

pub mod version;
pub mod status;
pub mod error;
pub mod value;
pub mod sink;
pub mod writer;
pub mod builder;
pub mod source;
pub mod reader;
pub mod blocks;
pub mod predicate;
pub mod scan;
pub mod scan_stats;
pub mod scanner;
pub mod row_set;
pub mod span_matches;
pub mod span_set;
pub mod otlp;
pub mod columns;
pub mod lazy_fields;
pub mod matrix;
pub mod memory;
pub mod graphs;
pub mod graph;
pub mod graph_nodes;
pub mod summaries;
pub mod critical_path;
pub mod shape;
pub mod service_graph;
pub mod structural;
pub mod limits;
pub mod query;
pub mod explanation;
pub mod cursor;
pub mod match_set;
pub mod series;
pub mod tags;
pub mod arrow;
pub mod list;
pub mod foreign;
pub mod input;
pub mod handle;
pub mod slots;
pub mod tally;
pub mod guard;
pub mod options;
#[cfg(feature = "test-hooks")]
pub mod hooks;
