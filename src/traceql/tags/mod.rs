//! What can be asked about: the names of fields, and the values they have.
//!
//! - [`tag_names`]: from the directories of blocks alone.
//! - [`tag_values`]: from dictionaries where there are any; with a filter, those of the spans that
//!   it finds.

mod names;
mod values;

pub use names::{TagName, tag_names};
pub use values::{TagOptions, TagValues, tag_values};
