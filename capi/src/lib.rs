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

pub mod version;
pub mod status;
pub mod error;
pub mod value;
pub mod builder;
pub mod blocks;
pub mod foreign;
pub mod handle;
pub mod guard;
pub mod options;
#[cfg(feature = "test-hooks")]
pub mod hooks;
