//! Hints for those who found nothing.

use crate::failure::Result;
use crate::human;
use crate::table::{fit, printable};
use blockpack::Blocks;
use blockpack::fields::LazyFields;
use blockpack::name::Name;
use blockpack::scan::{Condition, Predicate, ScanContext};

/// Longest value that is shown whole.
const WIDTH: usize = 40;

/// What a column has, for those who expected something else of it.
pub fn what_is_there(blocks: &Blocks, name: &Name) -> Result<String> {
    let any = Predicate::compile(&Condition::IsNotNull)?;
    let spans = ScanContext::new().scan_blocks(blocks, name, &any)?;
    let Some((block, row)) = spans.iter().next() else {
        return Ok(format!("no span has {name}; blockpack tags lists the names there are"));
    };
    let fields = LazyFields::new(blocks, block, row)?;
    let Some(value) = fields.get_name(name)? else { return Ok(format!("{name} is there")) };
    let text = fit(&printable(&human::value(value)), WIDTH);
    let (count, kind) = (human::count(spans.count()), value.value_type().name());
    let have = if spans.count() == 1 { "span has" } else { "spans have" };
    Ok(format!("{count} {have} {name}, the first of type {kind}: {text}"))
}

/// When the spans of `blocks` ran, for those who asked about another time.
pub fn times(blocks: &Blocks) -> Option<String> {
    let start = blocks.iter().map(|block| block.min_start_ns()).min()?;
    let end = blocks.iter().map(|block| block.max_end_ns()).max()?;
    Some(format!("the spans are from {} to {}", human::time(start), human::time(end)))
}
