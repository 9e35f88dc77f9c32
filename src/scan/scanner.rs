//! A predicate on a name, over one block.

use super::column::{Probe, Touched};
use super::context::{ScanContext, ScanCounters};
use super::predicate::{Predicate, Test, ValueTest};
use super::pruned::Decided;
use crate::block::{Block, Bounds, Candidate, Field, Table};
use crate::error::Result;
use crate::name::{Name, Scope};
use crate::rowset::RowSet;
use crate::value::AnyRef;

/// Scans one block. Cheap to make; shared between threads.
///
/// ```text
/// predicate   values that match     rows of the column      rows of the span table
///    '='  -->  codes, ranges  -->  presence: bitmap, list --> spans of resources, traces,
///                                  several types: or          owners of events
/// ```
pub struct ColumnScanner<'a> {
    block: &'a Block,
    context: &'a ScanContext,
    counters: Option<&'a ScanCounters>,
}

impl<'a> ColumnScanner<'a> {
    /// A scanner of `block`, with the buffers and statistics of `context`.
    pub fn new(block: &'a Block, context: &'a ScanContext) -> Self {
        ColumnScanner { block, context, counters: None }
    }

    /// The same scanner; what it does is counted by `counters`, too.
    #[must_use]
    pub fn counted_by(self, counters: &'a ScanCounters) -> Self {
        ColumnScanner { counters: Some(counters), ..self }
    }

    /// The block.
    pub fn block(&self) -> &'a Block {
        self.block
    }

    /// The spans for which `name` satisfies `predicate`.
    ///
    /// An event or link satisfies it for the span that owns it; a name without a scope means the
    /// span's attribute if it has the key, else its resource's. Errors: the block is damaged, or
    /// its bytes cannot be had.
    pub fn scan(&self, name: &Name, predicate: &Predicate) -> Result<RowSet> {
        let set = self.scan_uncounted(name, predicate)?;
        self.context.observe(name, predicate, set.rows().into(), set.count().into());
        Ok(set)
    }

    /// As [`ColumnScanner::scan`], without adding to what is observed.
    pub(super) fn scan_uncounted(&self, name: &Name, predicate: &Predicate) -> Result<RowSet> {
        let mut probe = self.probe();
        let (table, set) = probe.asked_rows(self.block, name, predicate.test())?;
        let set = probe.spans_of(self.block, table, set)?;
        self.count(&set, &probe.touched);
        Ok(set)
    }

    /// The spans that satisfy all conditions, each on its own: two on events may be satisfied by
    /// different events of a span. Those expected to match fewest rows come first, and the rest is
    /// left out as soon as no span is left.
    pub fn scan_all(&self, conditions: &[(&Name, &Predicate)]) -> Result<RowSet> {
        let mut all = RowSet::all(self.block.rows());
        for (name, predicate) in self.context.in_order(conditions) {
            if all.is_empty() {
                break;
            }
            let set = self.scan(name, predicate)?;
            all = if all.is_all() { set } else { all.and(&set) };
        }
        Ok(all)
    }

    /// The rows that satisfy `predicate` in the table that `name` belongs to, so that several
    /// conditions on one event can be combined before [`ColumnScanner::spans_of`]. Names without
    /// a scope belong to the span table.
    pub fn scan_table(&self, name: &Name, predicate: &Predicate) -> Result<(Table, RowSet)> {
        let mut probe = self.probe();
        let (table, set) = probe.asked_rows(self.block, name, predicate.test())?;
        self.count(&set, &probe.touched);
        Ok((table, set))
    }

    /// The spans that belong to the rows `set` of `table`: spans of resources, scopes and traces,
    /// owners of events and links.
    pub fn spans_of(&self, table: Table, set: RowSet) -> Result<RowSet> {
        self.probe().spans_of(self.block, table, set)
    }

    fn count(&self, set: &RowSet, touched: &Touched) {
        self.context.count(set, touched);
        if let Some(counters) = self.counters {
            counters.count(set, touched);
        }
    }

    fn probe(&self) -> Probe<'a> {
        Probe::new(self.context)
    }
}

impl Probe<'_> {
    /// As [`Probe::table_rows`]; if it was asked whether there are values, says what told it.
    fn asked_rows(&mut self, block: &Block, name: &Name, test: &Test) -> Result<(Table, RowSet)> {
        let (table, set) = self.table_rows(block, name, test)?;
        let all_have = match test {
            Test::Null => set.is_empty(),
            Test::NotNull => set.is_all(),
            Test::Value(_) => return Ok((table, set)),
        };
        if self.touched.bytes > 0 {
            // Which rows have one is what was asked, and was read.
            self.touched.asked(Decided::Values);
        } else if all_have && set.rows() > 0 {
            self.touched.asked(Decided::Constant);
        }
        Ok((table, set))
    }

    /// The rows that pass `test` in the table that `name` belongs to.
    pub fn table_rows(
        &mut self,
        block: &Block,
        name: &Name,
        test: &Test,
    ) -> Result<(Table, RowSet)> {
        if let Name::Intrinsic(intrinsic) = name
            && let Some(found) = self.derived(block, *intrinsic, test)?
        {
            return Ok(found);
        }
        let candidates = block.resolve(name);
        let key = match name {
            Name::Attribute { key, .. } => Some(&**key),
            Name::Intrinsic(_) => None,
        };
        match &candidates[..] {
            [span, resource] if name.scope() == Scope::Any => {
                Ok((Table::Span, self.unscoped(block, span, resource, key, test)?))
            }
            [one, ..] => Ok((one.table, self.candidate(block, one, key, test)?)),
            [] => Ok((Table::Span, RowSet::none(block.rows()))),
        }
    }

    /// The rows of a candidate's table that pass `test`.
    fn candidate(
        &mut self,
        block: &Block,
        candidate: &Candidate,
        key: Option<&[u8]>,
        test: &Test,
    ) -> Result<RowSet> {
        match test {
            Test::Null => Ok(self.have(block, candidate, key)?.not()),
            Test::NotNull => self.have(block, candidate, key),
            Test::Value(test) => self.pass(block, candidate, key, test),
        }
    }

    /// Spans whose attribute passes, and spans without it whose resource's passes.
    fn unscoped(
        &mut self,
        block: &Block,
        span: &Candidate,
        resource: &Candidate,
        key: Option<&[u8]>,
        test: &Test,
    ) -> Result<RowSet> {
        let of_resource = self.candidate(block, resource, key, test)?;
        let of_resource = self.spans_of(block, Table::Resource, of_resource)?;
        let of_span = self.candidate(block, span, key, test)?;
        if let Test::Null = test {
            return Ok(of_span.and(&of_resource));
        }
        if of_resource.is_empty() {
            return Ok(of_span);
        }
        let hiding = self.have(block, span, key)?;
        let shown = if hiding.is_empty() { of_resource } else { of_resource.minus(&hiding) };
        Ok(join(Some(of_span), shown))
    }

    /// The rows that have a value, of whatever type.
    fn have(&mut self, block: &Block, at: &Candidate, key: Option<&[u8]>) -> Result<RowSet> {
        let mut all = None;
        for column in at.columns.clone() {
            all = Some(join(all, self.present(block.column(column)?)));
        }
        if let Some(key) = key {
            all = Some(join(all, self.residuals(block, at.table, key, None)?));
        }
        Ok(all.unwrap_or_else(|| RowSet::none(block.table_rows(at.table))))
    }

    /// The rows whose value passes.
    fn pass(
        &mut self,
        block: &Block,
        at: &Candidate,
        key: Option<&[u8]>,
        test: &ValueTest,
    ) -> Result<RowSet> {
        let mut all = None;
        for index in at.columns.clone() {
            match self.denied(block, index, test) {
                None => all = Some(join(all, self.rows(block.column(index)?, test)?)),
                Some(reason) => self.touched.asked(reason),
            }
        }
        if let Some(key) = key {
            all = Some(join(all, self.residuals(block, at.table, key, Some(test))?));
        }
        Ok(all.unwrap_or_else(|| RowSet::none(block.table_rows(at.table))))
    }

    /// Whether column `index` can have a value that passes, as far as its type and, when pruning,
    /// its bounds tell; nothing is read.
    pub fn may_match(&self, block: &Block, index: u32, test: &ValueTest) -> bool {
        self.denied(block, index, test).is_none()
    }

    /// What says that column `index` has no value that passes, if its type does or, when pruning,
    /// its bounds.
    fn denied(&self, block: &Block, index: u32, test: &ValueTest) -> Option<Decided> {
        // A type that is not known is for the column to refuse.
        let bounds = Bounds::of(block.column_info(index).entry)?;
        if !test.applies_to(bounds.value_type) {
            return Some(Decided::NoColumn);
        }
        (self.prunes && !test.may_match(&bounds)).then_some(Decided::Bounds)
    }

    /// The rows of `table` whose attribute `key` is in the residual table and passes `test`, if
    /// there is one.
    pub(super) fn residuals(
        &mut self,
        block: &Block,
        table: Table,
        key: &[u8],
        test: Option<&ValueTest>,
    ) -> Result<RowSet> {
        let none = RowSet::none(block.table_rows(table));
        let named = residual_name(table, key);
        let names = block.field_columns(Field::ResidualName);
        let Some(names) = names.into_iter().find(|&names| self.may_match(block, names, &named))
        else {
            return Ok(none);
        };
        let before = self.touched.decided;
        let mut named = self.rows(block.column(names)?, &named)?;
        if named.is_empty() {
            if self.touched.decided < Decided::Values {
                // The table does not have the attribute, as if there were no such table.
                self.touched.decided = before;
            }
            return Ok(none);
        }
        self.touched.asked(Decided::Values);
        if let Some(repeated) = block.field(Field::ResidualRepeated)? {
            named = named.minus(&self.present(repeated));
        }
        let owners = block.required(Field::ResidualOwner)?;
        let values = block.field(Field::ResidualValue)?;
        let mut rows = Vec::new();
        for row in named.iter() {
            let value = values.and_then(|values| values.bytes(row));
            let passes = match (test, value) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(test), Some(value)) => test.matches_encoded(AnyRef(value))?,
            };
            if passes && let Some(owner) = owners.integer(row) {
                rows.push(u32::try_from(owner).unwrap_or(u32::MAX));
            }
        }
        Ok(RowSet::from_ids(none.rows(), rows))
    }
}

/// Whether an attribute in the residual table is the one called `key` of `table`.
pub fn residual_name(table: Table, key: &[u8]) -> ValueTest {
    ValueTest::of_text([table.attribute_prefix().as_bytes(), key].concat())
}

/// The union, without copying where one of the sets is empty.
fn join(all: Option<RowSet>, more: RowSet) -> RowSet {
    match all {
        Some(all) if more.is_empty() => all,
        Some(all) if !all.is_empty() => all.or(&more),
        _ => more,
    }
}
