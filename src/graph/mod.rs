//! How the spans of a trace hang together.
//!
//! - [`Trees`]: the trees of all traces in a list of blocks, and the structural operators over
//!   them: which spans are children, parents, descendants, ancestors or siblings of others.
//! - [`TraceGraphs`]: the same as plain arrays, trace by trace. On top of them: what a list of
//!   traces shows ([`TraceSummary`]), where a trace's time went ([`Segment`]), which services call
//!   which ([`ServiceGraph`]), how deep and wide traces are ([`TreeShape`]).
//! - [`Forest`]: the walks that both stand on.
//!
//! A block stores its spans in pre-order, so that relating all spans of a trace is a walk over two
//! small columns. Spans are looked up by id only where these columns cannot know: in traces that
//! lie in several blocks, and where parents form a ring. The rules that make trees of damaged
//! traces are those blocks are built by, see [`crate::block::build::order`].

mod arrays;
mod bitmaps;
mod bits;
mod columns;
mod critical;
mod damage;
mod graphs;
mod groups;
mod join;
mod join_memory;
mod relate;
mod services;
mod shape;
mod spans;
mod spread;
mod summary;
mod walk;

pub use critical::Segment;
pub use graphs::{Children, NO_PARENT, TraceGraph, TraceGraphs};
pub use join_memory::{join_pool_stats, trim_join_pool};
pub use relate::{Form, StructuralOp, StructuralOptions, Trees};
pub use services::{ServiceEdge, ServiceGraph};
pub use shape::TreeShape;
pub use spans::SpanColumns;
pub use spread::{Joins, SpreadTrace, connected_blocks};
pub use summary::{ServiceSpans, TraceSummary};
pub use walk::{Forest, Relation, Scratch, Steps};
