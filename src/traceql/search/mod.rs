//! Searches: which spans, in which traces.
//!
//! - [`SearchOptions`]: what is asked besides the query. [`Search`]: what was found.
//! - [`SearchCursor`]: the same a batch of traces at a time.
//! - `run`: chunks, on one or more threads, until enough is found (`enough`). `fetch`: what these need of files
//!   that are far away. `matches`: what is shown of a trace.

mod cursor;
mod enough;
mod fetch;
mod matches;
mod options;
mod result;
mod run;

pub use cursor::SearchCursor;
pub use options::SearchOptions;
pub use result::{Ended, OfWhole, Search, SearchStats, ServiceCount, Spanset, TraceMatch};

use super::Query;
use super::ast::{Literal, Pipeline, Root};
use crate::blocks::Blocks;
use crate::error::{Error, ErrorKind, Result};

impl Query {
    /// Searches `blocks`, which may come from several files and from builders: a trace that lies in
    /// several of them is one.
    ///
    /// Errors: the query makes series, or the time ends before it begins
    /// ([`ErrorKind::InvalidArgument`]); it was stopped by the limits
    /// of `options` ([`ErrorKind::Cancelled`], [`ErrorKind::Budget`]); a block is damaged.
    pub fn search(&self, blocks: &Blocks, options: &SearchOptions) -> Result<Search> {
        let most_recent = options.most_recent || self.hint("most_recent");
        run::search(self.pipeline()?, blocks, options, most_recent)
    }

    /// Searches `blocks` as [`Query::search`] does, and gives what is found batch by batch. Errors:
    /// the query makes series, or the time ends before it begins; those of a search come with its batches.
    pub fn cursor(&self, blocks: &Blocks, options: &SearchOptions) -> Result<SearchCursor> {
        let most_recent = options.most_recent || self.hint("most_recent");
        SearchCursor::new(self.pipeline()?, blocks, options, most_recent)
    }

    /// The pipeline of a search.
    fn pipeline(&self) -> Result<&Pipeline> {
        match &self.ast().root {
            Root::Search(pipeline) => Ok(pipeline),
            Root::Metrics(_) => {
                let message = "the query makes series of spans; it has to be run as such";
                Err(Error::new(ErrorKind::InvalidArgument, message))
            }
        }
    }

    /// Whether the hint `name` is given as true.
    fn hint(&self, name: &str) -> bool {
        let last = self.ast().hints.iter().rfind(|hint| *hint.name == *name);
        last.is_some_and(|hint| hint.value == Literal::Bool(true))
    }
}
