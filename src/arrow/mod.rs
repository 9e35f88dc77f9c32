//! Spans as Arrow: batches of columns, as Arrow lays them out in memory.
//!
//! A [`Stream`] gives spans of a list of blocks batch by batch; its [`Schema`] is fixed when it is
//! made, from the directories of the blocks alone. Nothing here knows C: an [`Array`] is lengths
//! and [`Bytes`](crate::bytes::Bytes), which keep what they lie in alive, and `capi` hands them on.
//!
//! # How fields become columns
//!
//! | values | Arrow type |
//! |---|---|
//! | text | `utf8`; a dictionary with codes of 8, 16 or 32 bits where every block has one |
//! | bytes | `binary` |
//! | integers | `int64`; counts and flags `uint64` |
//! | doubles, booleans | `float64`, `bool` |
//! | times | `timestamp[ns]` without a time zone, in UTC |
//! | durations | `int64` nanoseconds |
//! | ids | `fixed_size_binary` of 16 or 8; `binary` if a block has ids of another length |
//! | kind, status | dictionary of their names; a number without a name is its digits |
//! | arrays of scalars of one type | `list` |
//! | other arrays, key-value lists | OTLP/JSON as `utf8` |
//! | events, links | `list` of `struct`, attributes as JSON |
//!
//! A field is found as [`crate::fields`] says. One that has values of several types is a column a
//! type, named like `span.x:int`; a span has a value in one of them. What a span does not have, and
//! what it has without a value, is null. Text that is not UTF-8 gets U+FFFD in the bad places;
//! times and durations beyond 2^63 - 1 nanoseconds are that.
//!
//! Where a batch is a whole block, columns that lie in the block as Arrow wants them are not copied:
//! codes and dictionaries, text, doubles, booleans, ids, presence. Such arrays keep the block's
//! memory.

mod array;
mod batch;
mod build;
mod items;
mod json;
mod names;
mod needs;
mod plan;
mod schema;
mod shared;
mod stream;
mod view;

pub use array::Array;
pub use schema::Schema;
pub use stream::{Options, Stream};
