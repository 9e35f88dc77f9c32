//! From traces to their spans, however many a trace has.

use crate::blocks;
use crate::cases::Rng;
use blockpack::block::build::BlockOptions;
use blockpack::block::{Field, Layout, Table};
use blockpack::otlp::{ResourceRef, ScopeRef, SpanRef, TracesEncoder};
use blockpack::rowset::RowSet;
use blockpack::scan::{ColumnScanner, ScanContext};

const SPANS: usize = 4000;

/// A message with traces of up to `most` spans.
fn message(rng: &mut Rng, most: usize) -> Vec<u8> {
    let mut encoder = TracesEncoder::default();
    encoder.resource(&ResourceRef::default());
    encoder.scope(&ScopeRef::default());
    let (mut trace, mut left) = (0u128, 0);
    for number in 1..=SPANS as u64 {
        if left == 0 {
            (trace, left) = (trace + 1, most - rng.below(most.div_ceil(2)));
        }
        left -= 1;
        let (trace_id, span_id) = (trace.to_be_bytes(), number.to_be_bytes());
        let ids = SpanRef { trace_id: &trace_id, span_id: &span_id, ..SpanRef::default() };
        encoder.span(&SpanRef { start_ns: number, end_ns: number, ..ids });
    }
    encoder.finish()
}

#[test]
fn spans_of_traces_are_found_however_many_a_trace_has() {
    let (mut rng, context) = (Rng(5), ScanContext::new());
    let cases =
        [(1, Layout::Dense), (2, Layout::Optional), (8, Layout::Optional), (900, Layout::Sparse)];
    for (most, layout) in cases {
        let blocks = blocks::build(&[message(&mut rng, most)], &BlockOptions::default());
        for block in &blocks {
            let starts = block.field_columns(Field::TraceStart).next().unwrap();
            assert_eq!(block.column_info(starts).entry.layout, layout as u8, "{most}");
            for one_in in [1, 2, 50, usize::MAX] {
                let traces = (0..block.trace_count()).filter(|_| rng.one_in(one_in));
                let set = RowSet::from_ids(block.trace_count(), traces);
                let found = ColumnScanner::new(block, &context).spans_of(Table::Trace, set.clone());
                let is_wanted = |row: &u32| set.contains(block.trace_of(*row).unwrap());
                let wanted: Vec<u32> = (0..block.rows()).filter(is_wanted).collect();
                assert_eq!(found.unwrap().to_ids(), wanted, "{most} {one_in}");
            }
        }
    }
}
