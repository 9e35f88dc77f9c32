//! Intrinsics that no single column holds: worked out for all rows of their table, then tested
//! like a column. What belongs to a trace is what the block knows of it.

use super::column::{Probe, all_if};
use super::kernels::words_for;
use super::predicate::{Numbers, Test, ValueTest};
use super::pruned::Decided;
use super::spread::fill_range;
use crate::block::{Block, Column, Field, Integers, Packed, Presence, Table, Values};
use crate::error::Result;
use crate::name::{Intrinsic, Name, Scope};
use crate::rowset::{RowSet, Words};
use crate::value::{ValueRef, ValueType};

/// The smallest value of numbers that say where a span is in its tree: that of a root's parent.
const LEAST_TREE_NUMBER: i64 = -1;

/// The attribute of resources that names a service.
const SERVICE: &[u8] = b"service.name";

/// The table of an intrinsic that is worked out; `None` of those that a column holds.
pub fn derived_table(intrinsic: Intrinsic) -> Option<Table> {
    use Intrinsic::*;
    match intrinsic {
        SpanId | SpanParentId | SpanEnd | SpanChildCount | NestedSetLeft | NestedSetRight
        | NestedSetParent => Some(Table::Span),
        TraceId | TraceDuration | TraceRootName | TraceRootService => Some(Table::Trace),
        EventTime | EventTimeSinceStart => Some(Table::Event),
        LinkTraceId | LinkSpanId => Some(Table::Link),
        _ => None,
    }
}

impl Probe<'_> {
    /// The rows that pass `test`, and their table; `None` of intrinsics that a column holds.
    pub fn derived(
        &mut self,
        block: &Block,
        intrinsic: Intrinsic,
        test: &Test,
    ) -> Result<Option<(Table, RowSet)>> {
        use Intrinsic::*;
        let Some(table) = derived_table(intrinsic) else { return Ok(None) };
        let rows = block.table_rows(table);
        let set = match (intrinsic, test) {
            _ if rows == 0 => RowSet::none(0),
            (SpanParentId, Test::Null) => self.with_parent(block)?.not(),
            (SpanParentId, Test::NotNull) => self.with_parent(block)?,
            (_, Test::Null) => RowSet::none(rows),
            (_, Test::NotNull) => RowSet::all(rows),
            (SpanId, Test::Value(test)) => {
                self.ids(block, Field::SpanId, Field::OddSpanId, test)?
            }
            (TraceId, Test::Value(test)) => {
                self.ids(block, Field::TraceId, Field::OddTraceId, test)?
            }
            (LinkTraceId, Test::Value(test)) => {
                self.ids(block, Field::LinkTraceId, Field::OddLinkTraceId, test)?
            }
            (LinkSpanId, Test::Value(test)) => {
                self.ids(block, Field::LinkSpanId, Field::OddLinkSpanId, test)?
            }
            (SpanParentId, Test::Value(test)) => self.parent_ids(block, test)?,
            (TraceRootName, Test::Value(test)) => {
                let name = Name::Intrinsic(SpanName);
                self.root_texts(block, &name, test, |probe| {
                    Ok(probe.table_rows(block, &name, &Test::NotNull)?.1)
                })?
            }
            (TraceRootService, Test::Value(test)) => {
                let name = Name::attribute(Scope::Resource, SERVICE);
                self.root_texts(block, &name, test, |probe| {
                    let texts = probe.texts(block, Table::Resource, SERVICE)?;
                    probe.spans_of(block, Table::Resource, texts)
                })?
            }
            (_, Test::Value(test)) => match &test.numbers {
                None => RowSet::none(rows),
                Some(numbers) if intrinsic == SpanEnd && !self.may_end(block, numbers) => {
                    self.touched.asked(Decided::Bounds);
                    self.rows_of(Presence::Dense { rows }, all_if(test.negated))
                }
                Some(numbers) => {
                    let least = match intrinsic {
                        SpanChildCount | NestedSetLeft | NestedSetRight | NestedSetParent => {
                            Some(LEAST_TREE_NUMBER)
                        }
                        _ => None,
                    };
                    let values = match intrinsic {
                        SpanEnd => self.ends(block)?,
                        TraceDuration => self.trace_durations(block)?,
                        EventTime => self.event_times(block, false)?,
                        EventTimeSinceStart => self.event_times(block, true)?,
                        _ => self.tree_numbers(block, intrinsic)?,
                    };
                    self.numbers(rows, &values, least, numbers, test.negated)
                }
            },
        };
        Ok(Some((table, set)))
    }

    /// The rows whose number is in `numbers`; `values` are differences to `least`, if there is one.
    fn numbers(
        &mut self,
        rows: u32,
        values: &[u64],
        least: Option<i64>,
        numbers: &Numbers,
        negate: bool,
    ) -> RowSet {
        let (base, largest) = match least {
            Some(least) => (least as u64, i64::MAX as u64),
            None => (0, u64::MAX),
        };
        let integers = Integers { base, offsets: Packed::U64(values) };
        let found =
            self.integers(integers, None, least.is_some(), (base, largest), numbers, negate);
        self.rows_of(Presence::Dense { rows }, found)
    }

    // --- ids ------------------------------------------------------------------------------------

    /// The rows whose id passes; those of an unusual length are in the column `odd`, and have
    /// zeros in the other.
    fn ids(&mut self, block: &Block, field: Field, odd: Field, test: &ValueTest) -> Result<RowSet> {
        let usual = match block.field(field)? {
            Some(column) => self.rows(column, test)?,
            None => RowSet::none(block.table_rows(field.table())),
        };
        let Some(odd) = block.field(odd)? else { return Ok(usual) };
        let usual = usual.minus(&self.present(odd));
        Ok(usual.or(&self.odd_ids(odd, test)))
    }

    /// The rows whose id in a column of ids of unusual lengths passes.
    fn odd_ids(&mut self, odd: &Column<'_>, test: &ValueTest) -> RowSet {
        self.touched.asked(Decided::Values);
        let rows = odd.presence.rows();
        let mut passing = Vec::new();
        odd.presence.for_each(|row| {
            let found = odd.bytes(row).and_then(|id| test.has_id(id));
            if found.is_some_and(|found| found != test.negated) {
                passing.push(row);
            }
        });
        RowSet::from_sorted(rows, passing, self.pool)
    }

    /// The spans that name a parent.
    fn with_parent(&mut self, block: &Block) -> Result<RowSet> {
        let mut all = RowSet::none(block.rows());
        if let Some(deltas) = block.field(Field::ParentDelta)? {
            let test = ValueTest { numbers: Some(Numbers::positive()), ..ValueTest::default() };
            all = self.rows(deltas, &test)?;
        }
        for field in [Field::ParentId, Field::OddParentId] {
            if let Some(ids) = block.field(field)? {
                all = all.or(&self.present(ids));
            }
        }
        Ok(all)
    }

    /// The spans whose parent's id passes: the children of spans that have it, and those that name
    /// it without a parent in the block.
    fn parent_ids(&mut self, block: &Block, test: &ValueTest) -> Result<RowSet> {
        if test.ids.is_none() {
            return Ok(RowSet::none(block.rows()));
        }
        let equal = ValueTest { ids: test.ids.clone(), ..ValueTest::default() };
        let parents = self.ids(block, Field::SpanId, Field::OddSpanId, &equal)?;
        let mut found = self.children(block, &parents)?;
        if let Some(ids) = block.field(Field::ParentId)? {
            found = found.or(&self.rows(ids, &equal)?);
        }
        if let Some(ids) = block.field(Field::OddParentId)? {
            found = found.or(&self.odd_ids(ids, &equal));
        }
        if test.negated { Ok(self.with_parent(block)?.minus(&found)) } else { Ok(found) }
    }

    /// The children of `parents`. They follow their parent, each with its descendants behind it.
    fn children(&mut self, block: &Block, parents: &RowSet) -> Result<RowSet> {
        let mut out = self.pool.zeroed(words_for(block.rows() as usize));
        if !parents.is_empty() {
            let subtrees = block.required(Field::SubtreeLen)?;
            let descendants = |row| subtrees.integer(row).unwrap_or(0);
            for parent in parents.iter() {
                let mut child = u64::from(parent) + 1;
                let end = child.saturating_add(descendants(parent)).min(block.rows().into());
                while child < end {
                    fill_range(&mut out, child as u32, child as u32 + 1);
                    child = (child + 1).saturating_add(descendants(child as u32));
                }
            }
        }
        Ok(RowSet::from_bits(block.rows(), out))
    }

    // --- texts of roots -------------------------------------------------------------------------

    /// The traces whose root's `name` passes; it is an empty text where there is no root, or where
    /// the root is not among the spans that `have` a text of that name.
    fn root_texts(
        &mut self,
        block: &Block,
        name: &Name,
        test: &ValueTest,
        have: impl FnOnce(&mut Self) -> Result<RowSet>,
    ) -> Result<RowSet> {
        let (table, pass) = self.table_rows(block, name, &Test::Value(Box::new(test.clone())))?;
        let pass = self.spans_of(block, table, pass)?;
        let empty_passes = test.matches(ValueRef::Str(b""))?;
        if pass.is_empty() && !empty_passes {
            return Ok(RowSet::none(block.trace_count()));
        }
        let have = have(self)?;
        self.touched.asked(Decided::Values);
        let mut have = self.beginning_in(block, &have)?;
        let rooted = self.all(block, Field::TraceRooted)?;
        for (have, rooted) in have.iter_mut().zip(rooted.chunks(64)) {
            let bits = rooted.iter().enumerate();
            *have &= bits.fold(0, |bits, (at, &rooted)| bits | u64::from(rooted != 0) << at);
        }
        let mut traces = self.beginning_in(block, &pass)?;
        for (traces, have) in traces.iter_mut().zip(have.iter()) {
            *traces = *traces & have | if empty_passes { !have } else { 0 };
        }
        Ok(RowSet::from_bits(block.trace_count(), traces))
    }

    /// The rows of `table` whose attribute `key` is a text.
    fn texts(&mut self, block: &Block, table: Table, key: &[u8]) -> Result<RowSet> {
        let mut texts = RowSet::none(block.table_rows(table));
        for column in block.attribute(table, key) {
            let column = block.column(column)?;
            if column.value_type == ValueType::Str {
                texts = texts.or(&self.present(column));
            }
        }
        let mut others = Vec::new();
        for row in self.residuals(block, table, key, None)?.iter() {
            if let Some(ValueRef::Str(_)) = block.attribute_value(table, row, key)? {
                others.push(row);
            }
        }
        Ok(texts.or(&RowSet::from_sorted(texts.rows(), others, self.pool)))
    }

    // --- numbers --------------------------------------------------------------------------------

    /// The integers of a fixed column, one per row of its table; 0 where there is none.
    fn all(&mut self, block: &Block, field: Field) -> Result<Words> {
        let rows = block.table_rows(field.table()) as usize;
        let mut out = self.pool.zeroed(rows);
        let Some(column) = block.field(field)? else { return Ok(out) };
        self.touched.bytes += rows as u64 * u64::from(column.entry.width);
        self.touched.asked(Decided::Values);
        match (column.presence, column.values) {
            (Presence::Dense { .. }, Values::Integers(integers)) => unpack(integers, &mut out),
            _ => column.presence.for_each(|row| {
                if let (Some(out), Some(value)) = (out.get_mut(row as usize), column.integer(row)) {
                    *out = value;
                }
            }),
        }
        Ok(out)
    }

    /// Whether a span of the block can end at one of `numbers`. Ends that are stored may be before
    /// the start of their span.
    fn may_end(&self, block: &Block, numbers: &Numbers) -> bool {
        let stored = !block.field_columns(Field::SpanEnd).is_empty();
        let earliest = if stored { 0 } else { block.min_start_ns() };
        !self.prunes || numbers.meets(earliest, block.max_end_ns())
    }

    fn ends(&mut self, block: &Block) -> Result<Words> {
        let mut ends = self.all(block, Field::SpanStart)?;
        let durations = self.all(block, Field::SpanDuration)?;
        ends.iter_mut().zip(durations.iter()).for_each(|(end, d)| *end = end.saturating_add(*d));
        if let Some(early) = block.field(Field::SpanEnd)? {
            early.presence.for_each(|row| {
                if let (Some(end), Some(sent)) = (ends.get_mut(row as usize), early.integer(row)) {
                    *end = sent;
                }
            });
        }
        Ok(ends)
    }

    fn trace_durations(&mut self, block: &Block) -> Result<Words> {
        let mut durations = self.all(block, Field::TraceEndTime)?;
        let starts = self.all(block, Field::TraceStartTime)?;
        durations
            .iter_mut()
            .zip(starts.iter())
            .for_each(|(d, start)| *d = d.saturating_sub(*start));
        Ok(durations)
    }

    /// Times of events; since the start of their span, if the flag says so.
    fn event_times(&mut self, block: &Block, since_start: bool) -> Result<Words> {
        let mut times = self.all(block, Field::EventTime)?;
        let owners = self.all(block, Field::EventOwner)?;
        let starts = block.required(Field::SpanStart)?;
        for (time, &owner) in times.iter_mut().zip(owners.iter()) {
            let owner = u32::try_from(owner).unwrap_or(u32::MAX);
            let start = starts.integer(owner).unwrap_or(0);
            *time = time.wrapping_add(start);
            if since_start {
                *time = time.saturating_sub(start);
            }
        }
        Ok(times)
    }

    /// Where spans are in the trees of their traces, less [`LEAST_TREE_NUMBER`].
    fn tree_numbers(&mut self, block: &Block, intrinsic: Intrinsic) -> Result<Words> {
        let subtrees = self.all(block, Field::SubtreeLen)?;
        let deltas = self.all(block, Field::ParentDelta)?;
        let parent = |row: usize| match deltas[row] {
            0 => None,
            delta => row.checked_sub(usize::try_from(delta).ok()?),
        };
        let rows = block.rows() as usize;
        let mut out = self.pool.zeroed(rows);
        if intrinsic == Intrinsic::SpanChildCount {
            (0..rows).filter_map(parent).for_each(|parent| out[parent] += 1);
        } else {
            self.nested_sets(block, &parent, &subtrees, intrinsic, &mut out)?;
        }
        let shift = LEAST_TREE_NUMBER as u64;
        out.iter_mut().for_each(|number| *number = number.wrapping_sub(shift));
        Ok(out)
    }

    /// Numbers of spans on entry and on leaving, when the trees that begin at a root are walked.
    /// The first is 1; of the rows before a span in its trace all were entered, and all but its
    /// ancestors were left. Where an id is crowded, all numbers are 0.
    fn nested_sets(
        &mut self,
        block: &Block,
        parent: &impl Fn(usize) -> Option<usize>,
        subtrees: &[u64],
        intrinsic: Intrinsic,
        out: &mut [u64],
    ) -> Result<()> {
        let first_rows = self.all(block, Field::TraceFirstRow)?;
        let rooted = self.all(block, Field::TraceRooted)?;
        let crowded = block.crowded_traces()?;
        let mut depths = self.pool.zeroed(out.len());
        for (trace, (&first, &rooted)) in (0..).zip(first_rows.iter().zip(rooted.iter())) {
            if crowded.binary_search(&trace).is_ok() {
                continue;
            }
            let first = first.min(out.len() as u64) as usize;
            let end = first.saturating_add(usize::try_from(rooted).unwrap_or(usize::MAX));
            let left = |row: usize, depths: &[u64]| {
                (2 * row.saturating_sub(first) as u64 + 1).saturating_sub(depths[row])
            };
            for row in first..end.min(out.len()) {
                let above = parent(row);
                depths[row] = above.map_or(0, |above| depths[above] + 1);
                out[row] = match (intrinsic, above) {
                    (Intrinsic::NestedSetParent, None) => LEAST_TREE_NUMBER as u64,
                    (Intrinsic::NestedSetParent, Some(above)) => left(above, &depths),
                    (Intrinsic::NestedSetRight, _) => {
                        let len = subtrees[row].min(out.len() as u64);
                        left(row, &depths) + 2 * len + 1
                    }
                    _ => left(row, &depths),
                };
            }
        }
        Ok(())
    }
}

/// Writes all integers to `out`, which is as long.
fn unpack(integers: Integers<'_>, out: &mut [u64]) {
    fn add<T: Copy + Into<u64>>(base: u64, offsets: &[T], out: &mut [u64]) {
        let offsets = offsets.iter().map(|&offset| offset.into());
        out.iter_mut().zip(offsets).for_each(|(out, offset)| *out = base.wrapping_add(offset));
    }
    let base = integers.base;
    match integers.offsets {
        Packed::Zero(_) => out.fill(base),
        Packed::U8(offsets) => add(base, offsets, out),
        Packed::U16(offsets) => add(base, offsets, out),
        Packed::U32(offsets) => add(base, offsets, out),
        Packed::U64(offsets) => add(base, offsets, out),
        Packed::Split8(tops, lows) => {
            let offsets = tops.iter().zip(lows).map(|(&t, &l)| u64::from(t) << 8 | u64::from(l));
            out.iter_mut().zip(offsets).for_each(|(out, o)| *out = base.wrapping_add(o));
        }
        Packed::Split16(tops, lows) => {
            let offsets = tops.iter().zip(lows).map(|(&t, &l)| u64::from(t) << 16 | u64::from(l));
            out.iter_mut().zip(offsets).for_each(|(out, o)| *out = base.wrapping_add(o));
        }
    }
}
