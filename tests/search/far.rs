//! Searches of files that are not in memory.

use crate::blocks::{build, recording};
use crate::given::ids;
use blockpack::block::build::BlockOptions;
use blockpack::bytes::Bytes;
use blockpack::file::reader::{Reader, Verify};
use blockpack::file::source::{Coalesce, Coalesced, Counted, Memory, ReadRange, Source};
use blockpack::file::writer::Writer;
use blockpack::traceql::{Query, SearchOptions};
use blockpack::{Blocks, Result};
use std::sync::Arc;

/// A source that is never mapped.
struct Remote(Memory);

impl Source for Remote {
    fn name(&self) -> &str {
        "bucket/object"
    }
    fn len(&self) -> u64 {
        self.0.len()
    }
    fn read(&self, ranges: &mut [ReadRange<'_>]) -> Result<()> {
        self.0.read(ranges)
    }
}

#[test]
fn a_search_of_a_far_file_fetches_columns_of_many_blocks_at_once() {
    let options = BlockOptions { max_rows: 200, ..BlockOptions::default() };
    let near = build(&recording(), &options);
    assert!(near.len() >= 10);
    let mut writer = Writer::new(Vec::new(), "memory").unwrap();
    near.iter().for_each(|block| writer.append_block(block).unwrap());
    let file = Bytes::copy_from_slice(&writer.finish().unwrap().0);
    for (query, limit, most) in [
        ("{ status = error }", 0, 4),
        ("{ name != \"\" && duration > 1ms && kind = client }", 0, 8),
        ("{ .http.method = \"GET\" } | count() > 2", 0, 6),
        ("{ kind = server } >> { status = error }", 0, 8),
    ] {
        let remote = Remote(Memory::new(file.clone()));
        let source = Arc::new(Counted::new(remote));
        let coalesced = Coalesced::new(source.clone(), Coalesce::default());
        let reader = Arc::new(Reader::open_source(Arc::new(coalesced), Verify::Lazy).unwrap());
        let far = Blocks::of_file(&reader, 0..reader.block_count()).unwrap();
        let query = Query::compile(query).unwrap();
        let options = SearchOptions { limit, ..SearchOptions::default() };
        let found = query.search(&far, &options).unwrap();
        let stats = source.stats();
        assert!(stats.round_trips <= most, "{query}: {stats:?}");
        let expected = query.search(&near, &options).unwrap();
        assert_eq!(ids(&far, &found.spans), ids(&near, &expected.spans));
    }
}
