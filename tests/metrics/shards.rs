//! Parts of a list of blocks count together what the whole does.

use crate::given::{Span, Val, blocks, metrics, span};
use blockpack::Blocks;
use blockpack::block::build::BlockOptions;
use blockpack::traceql::MetricsOptions;
use std::collections::BTreeMap;

/// Traces of four spans, some of which lie in several blocks.
fn spread() -> Blocks {
    let spans: Vec<Span> = (0..40u8)
        .flat_map(|trace| (0..4u8).map(move |number| (trace, number)))
        .map(|(trace, number)| Span {
            name: ["page", "query", "render"][usize::from(trace + number) % 3],
            duration: 1 << number,
            attributes: vec![("n", Val::Int(i64::from(trace % 7) + 2))],
            ..span(trace, number, 1000 * u64::from(trace) + u64::from(number))
        })
        .collect();
    let piece = |span: &Span| match span.trace % 4 {
        0 => usize::from(span.trace + span.number) % 6,
        _ => usize::from(span.trace) / 7,
    };
    let options = BlockOptions { max_rows: 12, ..BlockOptions::default() };
    let lists: Vec<Blocks> = (0..6)
        .map(|wanted| {
            let spans: Vec<Span> = spans.iter().filter(|s| piece(s) == wanted).cloned().collect();
            blocks(&spans, &options)
        })
        .collect();
    Blocks::join(&lists)
}

#[test]
fn shards_count_together_what_the_whole_does() {
    let blocks = spread();
    let count = blocks.len();
    assert!(count > 10);
    for query in [
        "{} | count_over_time()",
        "{ name = \"page\" } | rate() by (span.n)",
        "{ name = \"page\" } >> { name = \"query\" } | count_over_time() by (name)",
        "{ traceDuration > 3ns } | by(name) | count() > 1 | sum_over_time(span.n) by (rootName)",
        "{} | histogram_over_time(span.n)",
        "{} | compare({ name = \"page\" })",
    ] {
        let whole = metrics(&blocks, query, &MetricsOptions::default());
        let mut sums: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let (mut spans, mut outside) = (0, 0);
        let shards = [0..1, 1..count / 2, count / 2..count / 2 + 3, count / 2 + 3..usize::MAX];
        for shard in shards.clone() {
            let options = MetricsOptions { blocks: Some(shard), ..MetricsOptions::default() };
            let part = metrics(&blocks, query, &options);
            assert_eq!((&part.times, part.stats.chunks), (&whole.times, whole.stats.chunks));
            spans += part.spans;
            assert_eq!(part.stats.outside.time, 0, "{query}");
            outside += part.stats.outside.blocks;
            for series in &part.series {
                let sum = sums.entry(series.to_string()).or_insert(vec![0.0; part.times.len()]);
                for (sum, value) in sum.iter_mut().zip(&series.values) {
                    *sum += value.unwrap_or(0.0);
                }
            }
        }
        let expected: BTreeMap<String, Vec<f64>> = (whole.series.iter())
            .map(|s| (s.to_string(), s.values.iter().map(|v| v.unwrap_or(0.0)).collect()))
            .collect();
        assert!(whole.spans > 0 && !expected.is_empty(), "{query}");
        assert_eq!((spans, sums), (whole.spans, expected), "{query}");
        // A chunk is outside of all shards but the one that it begins in.
        assert_eq!(outside, (shards.len() - 1) * whole.stats.chunks, "{query}");
    }
}
