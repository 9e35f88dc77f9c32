//! What was found, as an Arrow stream.

use crate::arrow;
use crate::failure::Result;
use crate::output::{Output, Style};
use blockpack::Blocks;
use blockpack::arrow::{Options, Stream};
use blockpack::fields::Columns;
use blockpack::name::Name;
use blockpack::traceql::Search;
use std::path::Path;

/// What every span is given with.
const ALWAYS: [&str; 8] = [
    "trace:id",
    "span:id",
    "span:parent_id",
    "resource.service.name",
    "span:name",
    "span:status",
    "span:start",
    "span:duration",
];

/// Writes all spans that were found to standard output, with the fields that the query mentions.
pub fn write(blocks: &Blocks, search: Search) -> Result<()> {
    let always = ALWAYS.iter().map(|name| Ok(Name::parse(name)?));
    let mut names = always.collect::<Result<Vec<_>>>()?;
    for field in &search.fields {
        if !names.contains(&field.name) {
            names.push(field.name.clone());
        }
    }
    let columns = Columns::new(names);
    let options = Options { columns: Some(&columns), ..Options::default() };
    let mut stream = Stream::new(blocks, search.spans, &options)?;
    let mut output = Output::open(Path::new("-"), Style { compression: None, text: false })?;
    arrow::write(&mut stream, &mut output, |_| ())?;
    output.finish()
}
