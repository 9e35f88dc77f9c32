//! Scans: from predicates on columns to sets of rows.

pub mod kernels;
