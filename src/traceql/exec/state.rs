//! What stages hand on.

use super::chunk::Chunk;
use crate::error::Result;
use crate::rowset::SpanSet;
use crate::traceql::eval::Value;
use std::sync::Arc;

/// Spans of a chunk, and how they fall into spansets. At first the spans of each trace are one.
#[derive(Clone, Debug)]
pub struct State {
    /// The spans that are left.
    pub spans: SpanSet,
    /// The spansets, once they are no longer just the traces.
    pub groups: Option<Groups>,
}

/// Spansets that are parts of traces, or have attributes.
#[derive(Clone, Debug)]
pub struct Groups {
    /// The spanset of each span, in the order of the spans.
    pub of: Vec<u32>,
    /// What is known of each.
    pub table: GroupTable,
}

/// Spansets by number.
#[derive(Clone, Debug, Default)]
pub struct GroupTable {
    /// The trace of each ([`Chunk::traces_of`]).
    pub traces: Vec<u32>,
    /// What is known of all.
    pub attributes: Vec<GroupAttribute>,
    /// Whether a trace can have several.
    pub split: bool,
}

/// An attribute of spansets.
#[derive(Clone, Debug)]
pub struct GroupAttribute {
    /// What it is called.
    pub text: Arc<str>,
    /// The values that there are.
    pub values: Arc<[Value]>,
    /// The place of each spanset's among them.
    pub of: Vec<u32>,
}

impl GroupAttribute {
    /// The value of a spanset.
    pub fn value(&self, number: u32) -> Option<&Value> {
        self.values.get(*self.of.get(number as usize)? as usize)
    }
}

impl State {
    /// All of these spans, a spanset a trace.
    pub fn new(spans: SpanSet) -> State {
        State { spans, groups: None }
    }

    /// The state with only the spans that are in `spans`, which must be among its own.
    pub fn reduced_to(&self, spans: SpanSet) -> State {
        let groups = self.groups.as_ref().map(|groups| Groups {
            of: self.groups_of(groups, &spans),
            table: groups.table.clone(),
        });
        State { spans, groups }
    }

    /// The spanset of each of `spans`, which must be among the state's.
    pub fn numbers(&self, chunk: &Chunk<'_>, spans: &SpanSet) -> Result<Vec<u32>> {
        match &self.groups {
            None => chunk.traces_of(spans),
            Some(groups) => Ok(self.groups_of(groups, spans)),
        }
    }

    /// One more than the largest number of a spanset.
    pub fn number_count(&self, chunk: &Chunk<'_>) -> usize {
        match &self.groups {
            None => chunk.trace_count(),
            Some(groups) => groups.table.traces.len(),
        }
    }

    /// The groups of those of the state's spans that are in `spans`.
    fn groups_of(&self, groups: &Groups, spans: &SpanSet) -> Vec<u32> {
        let mut of = Vec::with_capacity(usize::try_from(spans.count()).unwrap_or(0));
        let mut numbers = groups.of.iter().copied();
        for (own, kept) in self.spans.blocks().iter().zip(spans.blocks()) {
            let numbers = numbers.by_ref().take(own.count() as usize);
            if own.count() == kept.count() {
                of.extend(numbers);
            } else {
                of.extend(
                    own.iter().zip(numbers).filter(|(r, _)| kept.contains(*r)).map(|(_, n)| n),
                );
            }
        }
        of
    }

    /// The spansets; those of a state that has none yet are the traces that have a span in it.
    pub fn into_groups(self, chunk: &Chunk<'_>) -> Result<(SpanSet, Groups)> {
        if let Some(groups) = self.groups {
            return Ok((self.spans, groups));
        }
        let mut of = chunk.traces_of(&self.spans)?;
        let traces = renumber(&mut of, chunk.trace_count());
        let table = GroupTable { traces, ..GroupTable::default() };
        Ok((self.spans, Groups { of, table }))
    }

    /// Bytes of memory that the state holds.
    pub fn heap_bytes(&self) -> usize {
        let groups = self.groups.as_ref().map_or(0, |groups| {
            let table = &groups.table;
            let attributes = table.attributes.iter();
            let attributes = attributes.map(|a| 4 * a.of.capacity() + size_of_val(&*a.values));
            let numbers = groups.of.capacity() + table.traces.capacity();
            4 * numbers + attributes.sum::<usize>()
        });
        self.spans.heap_bytes() + groups
    }
}

/// Numbers things anew, from 0 on in the order in which they first appear; gives the old number of
/// each. Old numbers are less than `count`.
pub fn renumber(numbers: &mut [u32], count: usize) -> Vec<u32> {
    let mut new = vec![u32::MAX; count];
    let mut old = Vec::new();
    for number in numbers {
        let Some(place) = new.get_mut(*number as usize) else { continue };
        if *place == u32::MAX {
            *place = old.len() as u32;
            old.push(*number);
        }
        *number = *place;
    }
    old
}

impl GroupTable {
    /// The table of the groups with these numbers, in this order.
    pub fn choose(&self, numbers: &[u32]) -> GroupTable {
        fn choose(from: &[u32], numbers: &[u32]) -> Vec<u32> {
            numbers.iter().filter_map(|&n| from.get(n as usize).copied()).collect()
        }
        let attribute = |attribute: &GroupAttribute| {
            let GroupAttribute { text, values, of } = attribute;
            GroupAttribute { text: text.clone(), values: values.clone(), of: choose(of, numbers) }
        };
        GroupTable {
            traces: choose(&self.traces, numbers),
            attributes: self.attributes.iter().map(attribute).collect(),
            split: self.split,
        }
    }
}
