//! The blocks that a merge has open.

use crate::block::{Block, Exporter, Table};
use crate::error::Result;
use crate::file::reader::Reader;
use crate::otlp::{ResourceRef, ScopeRef, encode_resource, encode_scope};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

/// A block of one of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockAt {
    /// Number of the input.
    pub file: u32,
    /// Number of the block in it.
    pub block: u32,
}

/// A resource or scope with what stands beside it, encoded.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    present: bool,
    schema_url: Vec<u8>,
    raw: Vec<u8>,
}

impl Group {
    /// The group as a resource.
    pub fn resource(&self) -> ResourceRef<'_> {
        let Group { present, ref schema_url, ref raw } = *self;
        ResourceRef { present, schema_url, raw, ..ResourceRef::default() }
    }

    /// The group as a scope.
    pub fn scope(&self) -> ScopeRef<'_> {
        let Group { present, ref schema_url, ref raw } = *self;
        ScopeRef { present, schema_url, raw, ..ScopeRef::default() }
    }
}

/// An open block, with its resources and scopes by their rows.
pub struct SourceBlock {
    pub block: Arc<Block>,
    pub resources: Vec<Group>,
    pub scopes: Vec<Group>,
}

impl SourceBlock {
    fn open(input: &Reader, index: u32) -> Result<Self> {
        let block = input.block(index as usize)?;
        let mut exporter = Exporter::new(&block);
        let mut resources = Vec::new();
        for row in 0..block.table_rows(Table::Resource) {
            let group = exporter
                .resource(row, |r| group(r.present, r.schema_url, |out| encode_resource(r, out)))?;
            resources.push(group);
        }
        let mut scopes = Vec::new();
        for row in 0..block.table_rows(Table::Scope) {
            let group = exporter
                .scope(row, |s| group(s.present, s.schema_url, |out| encode_scope(s, out)))?;
            scopes.push(group);
        }
        drop(exporter);
        Ok(SourceBlock { block, resources, scopes })
    }
}

fn group(present: bool, schema_url: &[u8], encode: impl FnOnce(&mut Vec<u8>)) -> Group {
    let mut raw = Vec::new();
    encode(&mut raw);
    Group { present, schema_url: schema_url.to_vec(), raw }
}

/// How many blocks are kept open that the merge has not come to, because a trace had a fragment in
/// them: the next trace may well have one, too.
const AHEAD: usize = 32;

/// The blocks that are open.
pub struct OpenBlocks<'r> {
    inputs: &'r [Reader],
    /// Those the merge is in.
    current: HashMap<BlockAt, Rc<SourceBlock>>,
    /// Those it is not in yet, the least recently opened first.
    ahead: VecDeque<(BlockAt, Rc<SourceBlock>)>,
}

impl<'r> OpenBlocks<'r> {
    pub fn new(inputs: &'r [Reader]) -> Self {
        OpenBlocks { inputs, current: HashMap::new(), ahead: VecDeque::new() }
    }

    /// Opens a block and keeps it open until [`OpenBlocks::leave`].
    pub fn enter(&mut self, at: BlockAt) -> Result<&SourceBlock> {
        let block = match self.ahead.iter().position(|(other, _)| *other == at) {
            Some(place) => self.ahead.remove(place).map(|(_, block)| block),
            None => None,
        };
        let block = match block {
            Some(block) => block,
            None => self.open(at)?,
        };
        Ok(self.current.entry(at).or_insert(block))
    }

    /// Closes a block.
    pub fn leave(&mut self, at: BlockAt) {
        self.current.remove(&at);
    }

    /// A block, which is opened if it is not.
    pub fn get(&mut self, at: BlockAt) -> Result<Rc<SourceBlock>> {
        let ahead = || self.ahead.iter().find(|(other, _)| *other == at).map(|(_, block)| block);
        if let Some(block) = self.current.get(&at).or_else(ahead) {
            return Ok(Rc::clone(block));
        }
        let block = self.open(at)?;
        self.ahead.push_back((at, Rc::clone(&block)));
        if self.ahead.len() > AHEAD {
            self.ahead.pop_front();
        }
        Ok(block)
    }

    fn open(&self, at: BlockAt) -> Result<Rc<SourceBlock>> {
        SourceBlock::open(&self.inputs[at.file as usize], at.block).map(Rc::new)
    }
}
