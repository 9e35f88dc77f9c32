//! From nodes to the rows of a block.

use super::atom::Atom;
use super::items::ItemNode;
use super::numbers::NumberTest;
use super::{Filter, Node, NodeKind, needs_trace};
use crate::block::{Block, Column, Table};
use crate::blocks::Blocks;
use crate::error::Result;
use crate::name::Name;
use crate::rowset::RowSet;
use crate::scan::{ColumnScanner, Condition, Predicate, ScanCounters};
use crate::traceql::eval::{Program, Span};
use crate::traceql::exec::{Counters, RunContext, Wholes};
use crate::traceql::keys::for_each_batch;
use std::time::Instant;

/// Rows looked at between two looks at the clock and at whether to stop.
const STRIDE: u32 = 1024;

/// A block that a filter is answered for.
#[derive(Clone, Copy)]
pub struct BlockRows<'a> {
    /// The blocks of the chunk.
    pub blocks: &'a Blocks,
    /// The block.
    pub block: &'a Block,
    /// Its number among them.
    pub number: usize,
    /// What is known of traces that do not lie in one block.
    pub wholes: Option<&'a Wholes>,
    /// What the run shares.
    pub run: &'a RunContext<'a>,
}

impl Filter {
    /// The rows in `within` that pass. `counters` has one for each node.
    pub fn rows(
        &self,
        at: BlockRows<'_>,
        within: &RowSet,
        counters: &[Counters],
    ) -> Result<RowSet> {
        if within.is_empty() {
            return Ok(within.clone());
        }
        at.run.control.check()?;
        let answer = Answer { at, counters, uncounted: ScanCounters::new() };
        let set = answer.node(&self.root, within)?;
        Ok(intersect(set, within))
    }
}

/// Rows in both, without copying where one has all.
fn intersect(set: RowSet, within: &RowSet) -> RowSet {
    if within.is_all() { set } else { set.and(within) }
}

struct Answer<'a> {
    at: BlockRows<'a>,
    counters: &'a [Counters],
    /// For nodes without counters.
    uncounted: ScanCounters,
}

impl Answer<'_> {
    /// The rows of the node. Only those in `within` are asked about; of others there may be any.
    fn node(&self, node: &Node, within: &RowSet) -> Result<RowSet> {
        let start = Instant::now();
        let rows = self.at.block.rows();
        let set = match &node.kind {
            NodeKind::Constant(true) => RowSet::all(rows),
            NodeKind::Constant(false) => RowSet::none(rows),
            NodeKind::Atom(atom) => self.atom(atom, within, self.scans_of(node))?,
            NodeKind::Items(table, items) => {
                let scanner = ColumnScanner::new(self.at.block, self.at.run.scan);
                let scanner = scanner.counted_by(self.scans_of(node));
                match self.at.block.table_rows(*table) {
                    0 => RowSet::none(rows),
                    _ => scanner.spans_of(*table, self.items(&scanner, *table, items)?)?,
                }
            }
            NodeKind::And(nodes) => {
                let mut all = within.clone();
                for node in nodes {
                    if all.is_empty() {
                        break;
                    }
                    let set = self.node(node, &all)?;
                    all = intersect(set, &all);
                }
                all
            }
            NodeKind::Or(nodes) => {
                let mut any = RowSet::none(rows);
                for node in nodes {
                    let set = self.node(node, within)?;
                    any = if any.is_empty() { set } else { any.or(&set) };
                }
                any
            }
            NodeKind::Not(inner) => self.node(inner, within)?.not(),
            NodeKind::Rows { program, numbers, among } => {
                let among = intersect(self.node(among, within)?, within);
                let block = self.at.block;
                let numbers = numbers.as_ref().filter(|_| !among.is_empty());
                match numbers.map_or(Ok(None), |numbers| numbers.in_block(block))? {
                    Some(numbers) => self.compared(&numbers, &among)?,
                    None => self.looked_at(program, &among)?,
                }
            }
        };
        if let Some(counters) = self.counters.get(node.id) {
            let counts = (u64::from(within.count()), u64::from(set.count()));
            counters.add(counts.0, counts.1, start.elapsed());
        }
        Ok(set)
    }

    /// What counts the scans of `node`.
    fn scans_of(&self, node: &Node) -> &ScanCounters {
        self.counters.get(node.id).map_or(&self.uncounted, |counters| &counters.scans)
    }

    fn atom(&self, atom: &Atom, within: &RowSet, counters: &ScanCounters) -> Result<RowSet> {
        let Atom { name, test } = atom;
        let scan = |predicate| {
            let BlockRows { blocks, number, run, .. } = self.at;
            run.scan.scan_block_counted(blocks, number, name, predicate, counters)
        };
        let mut set = scan(&test.wanted)?;
        if let Some(unwanted) = test.unwanted.as_ref().filter(|_| !set.is_empty()) {
            set = set.minus(&scan(unwanted)?);
        }
        if test.absent && !set.is_all() {
            let without = scan(&Predicate::compile(&Condition::IsNull)?)?;
            set = set.or(&without);
        }
        match self.at.wholes {
            Some(wholes) if needs_trace(name) => self.corrected(set, within, wholes, atom),
            _ => Ok(set),
        }
    }

    /// `set`, in which rows of traces that do not lie in this block alone are tested anew; only those in
    /// `within` are.
    fn corrected(
        &self,
        set: RowSet,
        within: &RowSet,
        wholes: &Wholes,
        atom: &Atom,
    ) -> Result<RowSet> {
        let Name::Intrinsic(intrinsic) = atom.name else { return Ok(set) };
        let (mut tested, mut passing) = (Vec::new(), Vec::new());
        // Spans of a trace have the same value mostly, and are side by side.
        let mut last = None;
        for (row, value) in wholes.values(self.at.number, intrinsic) {
            if !within.contains(row) {
                continue;
            }
            let passes = match last {
                Some((same, passes)) if same == value => passes,
                _ => atom.test.holds(value)?,
            };
            last = Some((value, passes));
            tested.push(row);
            if passes {
                passing.push(row);
            }
        }
        let pool = self.at.run.scan.pool();
        let [tested, passing] =
            [tested, passing].map(|rows| RowSet::from_sorted(set.rows(), rows, pool));
        Ok(set.minus(&tested).or(&passing))
    }

    /// Rows of the event or link table.
    fn items(&self, scanner: &ColumnScanner<'_>, table: Table, node: &ItemNode) -> Result<RowSet> {
        Ok(match node {
            ItemNode::Never => RowSet::none(self.at.block.table_rows(table)),
            ItemNode::Test(name, test) => {
                let (_, set) = scanner.scan_table(name, &test.wanted)?;
                match &test.unwanted {
                    Some(unwanted) => set.minus(&scanner.scan_table(name, unwanted)?.1),
                    None => set,
                }
            }
            ItemNode::And(a, b) => {
                let set = self.items(scanner, table, a)?;
                if set.is_empty() { set } else { set.and(&self.items(scanner, table, b)?) }
            }
            ItemNode::Or(a, b) => {
                self.items(scanner, table, a)?.or(&self.items(scanner, table, b)?)
            }
        })
    }

    /// The rows of `among` for which a comparison of columns holds.
    fn compared(&self, numbers: &NumberTest<&Column<'_>>, among: &RowSet) -> Result<RowSet> {
        let mut passing = Vec::new();
        for_each_batch(among, |rows| {
            self.at.run.control.check()?;
            numbers.add_passing(rows, &mut passing);
            Ok(())
        })?;
        Ok(RowSet::from_sorted(among.rows(), passing, self.at.run.scan.pool()))
    }

    /// The rows of `among` for which `program` is true.
    fn looked_at(&self, program: &Program, among: &RowSet) -> Result<RowSet> {
        let BlockRows { block, number, wholes, run, .. } = self.at;
        let mut passing = Vec::new();
        for (i, row) in (0u32..).zip(among.iter()) {
            if i % STRIDE == STRIDE - 1 {
                run.control.check()?;
            }
            if program.holds(Span::new(block, number, row, wholes)?, run.control)? {
                passing.push(row);
            }
        }
        Ok(RowSet::from_ids(block.rows(), passing))
    }
}
