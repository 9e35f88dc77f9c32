//! What scans of lists do before they look at blocks of a file: ask the file's indexes which of
//! them can have a match, and fetch what is far away, of many blocks at once.

use super::column::Probe;
use super::context::ScanContext;
use super::derived::derived_table;
use super::predicate::{Predicate, StringTest, Test, ValueTest};
use crate::block::{Block, Encoding, Field, Sought, Table};
use crate::blocks::{Blocks, FileBlocks};
use crate::error::{ErrorKind, Result};
use crate::file::BlockSet;
use crate::file::column_index::ColumnName;
use crate::name::{Intrinsic, Name};
use crate::value::ValueType;
use std::ops::Range;
use std::sync::Arc;

/// Blocks whose columns are fetched at once: what a stream that stops early has fetched for
/// nothing, at most.
const FETCHED_AT_ONCE: usize = 32;

/// A scan of a list of blocks, on its way through the list.
pub struct Plan<'a> {
    context: &'a ScanContext,
    blocks: &'a Blocks,
    name: &'a Name,
    predicate: &'a Predicate,
    /// Blocks before this one are prepared.
    ready: usize,
    /// Of each file of the list, the blocks (by their number in the file) that can have a match,
    /// once its index was asked.
    answers: Vec<Option<BlockSet>>,
}

impl<'a> Plan<'a> {
    pub fn new(
        context: &'a ScanContext,
        blocks: &'a Blocks,
        name: &'a Name,
        predicate: &'a Predicate,
    ) -> Self {
        let files = if context.prunes() { blocks.files() } else { &[] };
        let ready = if files.is_empty() { blocks.len() } else { 0 };
        let answers = files.iter().map(|_| None).collect();
        Plan { context, blocks, name, predicate, ready, answers }
    }

    /// Prepares block `place` of the list, and those behind it, if that was not done; says whether
    /// it can have a match.
    ///
    /// Errors: what the source of a file reports. Damage is left for the scan to find.
    pub fn prepare(&mut self, place: usize) -> Result<bool> {
        if place >= self.ready {
            self.prepare_from(place, place + FETCHED_AT_ONCE)?;
        }
        Ok(self.can_match(place))
    }

    /// As [`Plan::prepare`], of this block alone.
    pub fn prepare_one(&mut self, place: usize) -> Result<bool> {
        self.prepare_from(place, place + 1)?;
        Ok(self.can_match(place))
    }

    fn can_match(&self, place: usize) -> bool {
        let parts = self.blocks.files().iter().zip(&self.answers);
        let mut answers = parts.filter(|(part, _)| part.places.contains(&place));
        answers.all(|(part, answer)| {
            answer.as_ref().is_none_or(|can| can.contains(part.number(place)))
        })
    }

    fn prepare_from(&mut self, place: usize, end: usize) -> Result<()> {
        let blocks = self.blocks;
        let files = blocks.files().iter().take(self.answers.len()).enumerate();
        let mut files = files.filter(|(_, part)| part.places.end > place);
        let Some((number, part)) = files.next() else {
            self.ready = blocks.len();
            return Ok(());
        };
        if place < part.places.start {
            self.ready = part.places.start;
            return Ok(());
        }
        let window = place..end.min(part.places.end);
        self.ready = window.end;
        self.prepare_window(number, part, window).or_else(|e| match e.kind() {
            ErrorKind::Corrupt | ErrorKind::Checksum | ErrorKind::Unsupported => Ok(()),
            _ => Err(e),
        })
    }

    fn prepare_window(
        &mut self,
        number: usize,
        part: &FileBlocks,
        window: Range<usize>,
    ) -> Result<()> {
        let mut far = self.far(part, &window);
        if self.answers[number].is_none()
            && (!far.is_empty() || part.file.is_mapped() && self.is_read_whole(&window))
            && let Some(names) = column_names(self.name)
            && let Some(sought) = self.sought()
        {
            self.answers[number] = Some(part.file.blocks_that_may(&names, &sought)?);
        }
        if let Some(can) = &self.answers[number] {
            far.retain(|(number, _)| can.contains(*number));
        }
        match far.is_empty() {
            true => Ok(()),
            false => part.file.prefetch(&far, |block| self.needs(block)),
        }
    }

    fn needs(&self, block: &Block) -> Vec<u32> {
        Probe::new(self.context).needs(block, self.name, self.predicate.test())
    }

    /// The blocks of which something has to be fetched, with their numbers in the file.
    fn far(&self, part: &FileBlocks, window: &Range<usize>) -> Vec<(usize, Arc<Block>)> {
        if part.file.is_mapped() {
            return Vec::new();
        }
        let blocks = self.blocks.iter().enumerate().take(window.end).skip(window.start);
        let lacking = blocks.filter(|(_, block)| {
            let mut sections =
                self.needs(block).into_iter().flat_map(|c| block.column_info(c).sections());
            sections.any(|section| block.sections().missing(section).is_some())
        });
        lacking.map(|(place, block)| (part.number(place), block.clone())).collect()
    }

    /// Whether a scan reads every text, as of a column without a dictionary: then a filter is less
    /// to read. One block speaks for the others.
    fn is_read_whole(&self, window: &Range<usize>) -> bool {
        let Ok(block) = self.blocks.get(window.start) else { return false };
        let arena = |column| {
            let encoding = block.column_info(column).entry.encoding;
            Encoding::from_number(encoding) == Some(Encoding::Arena)
        };
        block.resolve(self.name).iter().any(|candidate| candidate.columns.clone().any(arena))
    }

    /// What filters can deny; `None` if they can deny nothing.
    fn sought(&self) -> Option<Vec<(ValueType, Sought<'a>)>> {
        match self.predicate.test() {
            Test::Value(test) if !test.negated => sought(test, self.name),
            _ => None,
        }
    }
}

/// What a test seeks in columns of each type of `name`; `None` unless it is single texts, bytes or
/// ids, which filters know.
fn sought<'a>(test: &'a ValueTest, name: &Name) -> Option<Vec<(ValueType, Sought<'a>)>> {
    if odd_ids(name).is_some() {
        // In the column for other lengths, ids may begin with zeros.
        let ids = test.padded_ids.iter().map(|id| (ValueType::Id, Sought::Equal(id)));
        return Some(ids.chain([(ValueType::Bytes, Sought::Any)]).collect());
    }
    let one_of = |strings: &'a Option<StringTest>| match strings {
        Some(StringTest::OneOf(values)) => Some(&values[..]),
        Some(_) => None,
        None => Some(&[][..]),
    };
    let (texts, bytes) = (one_of(&test.text)?, one_of(&test.bytes)?);
    let texts = texts.iter().map(|text| (ValueType::Str, Sought::Equal(text)));
    let bytes = bytes.iter().map(|bytes| (ValueType::Bytes, Sought::Equal(bytes)));
    let mut list: Vec<_> = texts.chain(bytes).collect();
    if list.is_empty() {
        return None;
    }
    let others = ValueType::ALL.into_iter().filter(|of| match of {
        ValueType::Str | ValueType::Bytes => false,
        _ => test.applies_to(*of),
    });
    list.extend(others.map(|of| (of, Sought::Any)));
    Some(list)
}

/// The columns that hold the values of a name; `None` of names whose values are worked out.
fn column_names(name: &Name) -> Option<Vec<ColumnName<'_>>> {
    let fixed = |field: Field| ColumnName {
        table: field.table(),
        attribute: false,
        key: field.key().as_bytes(),
    };
    Some(match (name, odd_ids(name)) {
        (Name::Attribute { scope, key }, _) => {
            let tables = Table::of_scope(*scope).iter();
            tables.map(|&table| ColumnName { table, attribute: true, key }).collect()
        }
        (Name::Intrinsic(intrinsic), Some(odd)) => {
            vec![fixed(Field::of_intrinsic(*intrinsic)?), fixed(odd)]
        }
        (Name::Intrinsic(intrinsic), None) if derived_table(*intrinsic).is_some() => return None,
        (Name::Intrinsic(intrinsic), None) => vec![fixed(Field::of_intrinsic(*intrinsic)?)],
    })
}

/// Of ids that have filters, the column of those with an unusual length.
fn odd_ids(name: &Name) -> Option<Field> {
    match name {
        Name::Intrinsic(Intrinsic::LinkTraceId) => Some(Field::OddLinkTraceId),
        Name::Intrinsic(Intrinsic::LinkSpanId) => Some(Field::OddLinkSpanId),
        _ => None,
    }
}
