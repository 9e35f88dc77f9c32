//! Pipelines, run over blocks a chunk at a time.
//!
//! - [`Chunk`]: blocks in which every trace is whole; [`Layout`]: how a list of blocks falls into
//!   chunks; [`Outside`]: those that a question is not about. [`Wholes`]: what traces that lie in
//!   several blocks are as a whole.
//! - [`Plan`]: a compiled pipeline. [`State`]: what stages hand on: spans, and how they are grouped.
//! - `stages`, `spansets`, `group`, `aggregate`: what stages do.
//! - [`RunContext`], [`Control`]: what a run shares, and what stops it.

mod aggregate;
mod budget;
mod chunk;
mod control;
mod group;
mod layout;
mod outside;
mod plan;
mod spansets;
mod stages;
mod state;
mod wholes;

pub use budget::Budget;
pub use chunk::Chunk;
pub use control::{Charge, Control, Counted, Counters, DEFAULT_MEMORY, Limits, RunContext};
pub use layout::{Layout, QueryContext};
pub use outside::Outside;
pub use plan::{Plan, PlanSpansets, PlanStage, StageKind};
pub use state::State;
pub use wholes::Wholes;
