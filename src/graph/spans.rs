//! What analyses read of spans: the columns of every block, found once.

use super::graphs::TraceGraphs;
use crate::block::{Block, Column, Field, Table};
use crate::blocks::SpanAt;
use crate::error::Result;
use crate::value::ValueRef;
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::ops::Range;

/// OTLP number of the status "error".
const ERROR: u64 = 2;

/// The columns that analyses read, of the blocks that have spans in some [`TraceGraphs`]. Reading
/// them cannot fail; of a span that does not exist every number is 0 and every text empty.
pub struct SpanColumns<'a> {
    blocks: Vec<Option<BlockColumns<'a>>>,
    services: Vec<&'a [u8]>,
}

struct BlockColumns<'a> {
    start: &'a Column<'a>,
    duration: &'a Column<'a>,
    kind: &'a Column<'a>,
    status: &'a Column<'a>,
    name: &'a Column<'a>,
    id: &'a Column<'a>,
    odd_id: Option<&'a Column<'a>>,
    resource: &'a Column<'a>,
    /// Number of the service of each resource.
    services: Vec<u32>,
}

impl TraceGraphs {
    /// The columns that analyses of these graphs read.
    pub fn columns(&self) -> Result<SpanColumns<'_>> {
        self.columns_of(0..self.len())
    }

    /// The columns that analyses of some of these graphs read; of other spans they know nothing.
    pub fn columns_of(&self, graphs: Range<usize>) -> Result<SpanColumns<'_>> {
        let mut columns = SpanColumns {
            blocks: self.blocks().iter().map(|_| None).collect(),
            services: vec![b""],
        };
        let mut numbers: HashMap<_, _, RandomState> = HashMap::from_iter([(&b""[..], 0)]);
        for at in self.used_blocks(graphs) {
            let read = columns.read(self.blocks().get(at)?, &mut numbers)?;
            columns.blocks[at] = Some(read);
        }
        Ok(columns)
    }
}

impl<'a> SpanColumns<'a> {
    fn read(
        &mut self,
        block: &'a Block,
        numbers: &mut HashMap<&'a [u8], u32, RandomState>,
    ) -> Result<BlockColumns<'a>> {
        let mut services = Vec::new();
        for resource in 0..block.table_rows(Table::Resource) {
            let name = match block.attribute_value(Table::Resource, resource, b"service.name")? {
                Some(ValueRef::Str(name)) => name,
                _ => b"",
            };
            services.push(*numbers.entry(name).or_insert_with(|| {
                self.services.push(name);
                self.services.len() as u32 - 1
            }));
        }
        Ok(BlockColumns {
            services,
            start: block.required(Field::SpanStart)?,
            duration: block.required(Field::SpanDuration)?,
            kind: block.required(Field::SpanKind)?,
            status: block.required(Field::SpanStatus)?,
            name: block.required(Field::SpanName)?,
            id: block.required(Field::SpanId)?,
            odd_id: block.field(Field::OddSpanId)?,
            resource: block.required(Field::SpanResource)?,
        })
    }

    fn integer(
        &self,
        span: SpanAt,
        column: impl Fn(&BlockColumns<'a>) -> &'a Column<'a>,
    ) -> Option<u64> {
        column(self.blocks.get(span.block as usize)?.as_ref()?).integer(span.row)
    }

    fn bytes(
        &self,
        span: SpanAt,
        column: impl Fn(&BlockColumns<'a>) -> &'a Column<'a>,
    ) -> Option<&'a [u8]> {
        column(self.blocks.get(span.block as usize)?.as_ref()?).bytes(span.row)
    }

    /// Start, in nanoseconds since the epoch.
    #[inline]
    pub fn start_ns(&self, span: SpanAt) -> u64 {
        self.integer(span, |c| c.start).unwrap_or(0)
    }

    /// End, in nanoseconds since the epoch; the start where a span ends before it starts.
    #[inline]
    pub fn end_ns(&self, span: SpanAt) -> u64 {
        self.start_ns(span).saturating_add(self.duration_ns(span))
    }

    /// Duration, in nanoseconds; 0 where a span ends before it starts.
    #[inline]
    pub fn duration_ns(&self, span: SpanAt) -> u64 {
        self.integer(span, |c| c.duration).unwrap_or(0)
    }

    /// OTLP number of the span kind.
    #[inline]
    pub fn kind(&self, span: SpanAt) -> i32 {
        self.integer(span, |c| c.kind).unwrap_or(0) as i32
    }

    /// Whether the status is "error".
    #[inline]
    pub fn is_error(&self, span: SpanAt) -> bool {
        self.integer(span, |c| c.status) == Some(ERROR)
    }

    /// Name (bytes that should be UTF-8).
    #[inline]
    pub fn name(&self, span: SpanAt) -> &'a [u8] {
        self.bytes(span, |c| c.name).unwrap_or_default()
    }

    /// Span id: 8 bytes in valid OTLP.
    #[inline]
    pub fn id(&self, span: SpanAt) -> &'a [u8] {
        let columns = self.blocks.get(span.block as usize).and_then(Option::as_ref);
        match columns.and_then(|columns| columns.odd_id?.bytes(span.row)) {
            Some(odd) => odd,
            None => self.bytes(span, |c| c.id).unwrap_or_default(),
        }
    }

    /// Number of the span's service: its place in [`SpanColumns::services`].
    #[inline]
    pub fn service(&self, span: SpanAt) -> usize {
        let block = self.blocks.get(span.block as usize).and_then(Option::as_ref);
        let service = block.and_then(|columns| {
            let resource = usize::try_from(columns.resource.integer(span.row)?).ok()?;
            columns.services.get(resource)
        });
        service.map_or(0, |&service| service as usize)
    }

    /// Name of a service (bytes that should be UTF-8): the resource attribute `service.name`, empty
    /// if there is none or it is no text.
    #[inline]
    pub fn service_name(&self, service: usize) -> &'a [u8] {
        self.services.get(service).copied().unwrap_or_default()
    }

    /// Names of all services of these blocks; the first is the empty one.
    pub fn services(&self) -> &[&'a [u8]] {
        &self.services
    }
}
