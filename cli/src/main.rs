//! The `blockpack` command: write, look into and query block files.

fn main() {}
