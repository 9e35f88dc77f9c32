//! Blocks with right checksums and wrong content: told by `verify`, and harmless without it.

#[path = "common/blocks.rs"]
mod blocks;
#[path = "common/random.rs"]
#[allow(dead_code, reason = "not every strategy is needed here")]
mod random;

use blockpack::block::build::{BlockOptions, Profile};
use blockpack::block::format::{BlockHeader, ColumnEntry, SectionEntry};
use blockpack::block::{Block, BlockBytes, Encoding, Exporter, Table};
use blockpack::blocks::SpanAt;
use blockpack::bytes::Bytes;
use blockpack::fields::{Columns, Matrix};
use blockpack::name::{Intrinsic, Name};
use blockpack::otlp::{Canonical, InputOptions, Records, TracesEncoder};
use blockpack::{Blocks, ErrorKind, Result};
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// A block whose content can be changed; its checksums are made anew.
#[derive(Clone)]
struct Forged {
    header: BlockHeader,
    sections: Vec<SectionEntry>,
    columns: Vec<ColumnEntry>,
    names: Vec<u8>,
    data: Vec<u8>,
}

const HEADER: usize = size_of::<BlockHeader>();

impl Forged {
    fn new(block: &Block) -> Self {
        let bytes = block.bytes().to_bytes().unwrap();
        let header: BlockHeader = bytemuck::pod_read_unaligned(&bytes[..HEADER]);
        let sections_end = HEADER + header.section_count as usize * size_of::<SectionEntry>();
        let columns_end = sections_end + header.column_count as usize * size_of::<ColumnEntry>();
        let names_end = columns_end + header.names_len as usize;
        Forged {
            header,
            sections: bytemuck::pod_collect_to_vec(&bytes[HEADER..sections_end]),
            columns: bytemuck::pod_collect_to_vec(&bytes[sections_end..columns_end]),
            names: bytes[columns_end..names_end].to_vec(),
            data: bytes[names_end..].to_vec(),
        }
    }

    fn data_start(&self) -> usize {
        HEADER + size_of_val(&self.sections[..]) + size_of_val(&self.columns[..]) + self.names.len()
    }

    /// The bytes of a section; nothing if its entry was forged to point elsewhere.
    fn section(&mut self, number: u32) -> &mut [u8] {
        let entry = self.sections[number as usize];
        let start = (entry.offset as usize * 64).wrapping_sub(self.data_start());
        let end = start.wrapping_add(entry.stored_len as usize);
        self.data.get_mut(start..end).unwrap_or_default()
    }

    fn column(&mut self, name: &str) -> &mut ColumnEntry {
        let names = &self.names;
        let name_of = |c: &ColumnEntry| &names[c.name_offset as usize..][..c.name_len as usize];
        self.columns.iter_mut().find(|c| name_of(c) == name.as_bytes()).unwrap()
    }

    /// Gives value `to` of an integer column what value `from` is. Whether that changed it.
    fn copy_value(&mut self, name: &str, from: usize, to: usize) -> bool {
        let entry = *self.column(name);
        let mut parts = vec![(entry.values, usize::from(entry.width))];
        if entry.encoding == Encoding::SplitIntegers as u8 {
            parts = vec![(entry.values, 4), (entry.ends, usize::from(entry.width))];
        }
        let mut changed = false;
        for (section, width) in parts.into_iter().filter(|(_, width)| *width > 0) {
            let bytes = self.section(section);
            changed |= bytes[from * width..][..width] != bytes[to * width..][..width];
            bytes.copy_within(from * width..(from + 1) * width, to * width);
        }
        changed
    }

    fn open(mut self) -> Result<Block> {
        for number in 0..self.sections.len() as u32 {
            let hash = xxh3_64(self.section(number));
            self.sections[number as usize].hash = hash;
        }
        let parts = [
            bytemuck::cast_slice(&self.sections),
            bytemuck::cast_slice(&self.columns),
            &self.names[..],
        ];
        let directory: Vec<u8> = parts.concat();
        self.header.directory_hash = xxh3_64(&directory);
        self.header.header_hash = xxh3_64(&bytemuck::bytes_of(&self.header)[..120]);
        let bytes = [bytemuck::bytes_of(&self.header), &directory, &self.data].concat();
        Block::open(BlockBytes::Whole(Bytes::copy_from_slice(&bytes)))
    }

    fn damage(self) -> String {
        let error = self.open().and_then(|block| block.verify()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        error.message().to_owned()
    }
}

/// The smaller recording, which has something of everything.
fn recording() -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/shop-small.jsonl");
    let mut records = Records::open(&path, InputOptions::default()).unwrap();
    let (mut all, mut message) = (Vec::new(), Vec::new());
    while records.next(&mut message).unwrap() {
        all.push(message.clone());
    }
    all
}

/// A block of it, with a few residual values.
fn sample() -> Forged {
    let options = BlockOptions { max_attribute_columns: 60, ..BlockOptions::default() };
    let blocks = blocks::build(&recording(), &options);
    let block = blocks.get(0).unwrap();
    block.verify().unwrap();
    for table in blockpack::block::Table::ALL {
        assert!(block.table_rows(table) > 1, "{table:?}: {}", block.table_rows(table));
    }
    Forged::new(block)
}

fn export(block: &Block) -> Result<Vec<u8>> {
    let mut out = TracesEncoder::new();
    Exporter::new(block).write(0..block.rows(), &mut out)?;
    Ok(out.finish())
}

/// Reads all intrinsics of all spans at once, and tells of how many spans it has them.
fn read_at_once(block: Block) -> Result<usize> {
    let rows = block.rows();
    let blocks = Blocks::new([Arc::new(block)]);
    let columns = Columns::new(Intrinsic::ALL.iter().map(|&i| Name::Intrinsic(i)));
    let mut matrix = Matrix::new();
    matrix.fill(&blocks, (0..rows).map(|row| SpanAt { block: 0, row }), &columns)?;
    Ok(matrix.rows())
}

#[test]
fn blocks_with_fewer_bytes_than_ids_take_are_refused() {
    let sample = sample();
    let (span, trace) = (0, Table::Trace as usize);
    for (table, rows) in [(span, u32::MAX), (span, 1 << 20), (trace, u32::MAX), (span, 0)] {
        let mut forged = sample.clone();
        forged.header.table_rows[table] = rows;
        let error = forged.open().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.message().contains("spans in"), "{error}");
    }
}

#[test]
fn blocks_whose_traces_and_marks_of_first_spans_differ_in_number_are_refused() {
    for more in [-1, 1] {
        let mut block = sample();
        let marks = &mut block.column("span:first_of_trace").present;
        *marks = marks.wrapping_add_signed(more);
        let error = block.open().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.message().contains("first spans of traces"), "{error}");
    }
}

#[test]
fn a_column_that_is_missing_is_told_beside_one_of_a_later_version() {
    let mut block = sample();
    block.column("span:name").encoding = 129;
    // Another name: the first letter of the next one belongs to it.
    block.column("span:scope").name_len += 1;
    let message = block.damage();
    assert!(message.contains("span:scope") && message.contains("all must have one"), "{message}");
}

#[test]
fn every_wrong_number_of_trees_and_traces_is_told() {
    let sample = sample();
    let names = [
        "span:parent_delta",
        "span:subtree_len",
        "trace:first_row",
        "trace:start",
        "trace:end",
        "trace:rooted_rows",
    ];
    for name in names {
        let values = sample.clone().column(name).present as usize;
        let mut tried = 0;
        for (from, to) in (0..values).map(|i| ((i * 7 + 1) % values, i)) {
            let mut forged = sample.clone();
            if forged.copy_value(name, from, to) {
                let message = forged.damage();
                tried += 1;
                assert!(message.contains("span:") || message.contains("trace:"), "{message}");
            }
        }
        assert!(tried > values / 4, "{name}: {tried} of {values}");
    }
}

#[test]
fn spans_of_traces_that_begin_elsewhere_than_their_marks_are_read_to_the_end() {
    let mut forged = sample();
    let rows = forged.header.table_rows[0] as usize;
    forged.column("trace:first_row").base += 1;
    assert_eq!(read_at_once(forged.open().unwrap()).unwrap(), rows);
    // Whatever else it says, there is an end.
    let sample = sample();
    let traces = sample.clone().column("trace:first_row").present as usize;
    for (from, to) in (1..traces).flat_map(|i| [(i, i - 1), (i - 1, i), (i, 0)]) {
        let mut forged = sample.clone();
        forged.copy_value("trace:first_row", from, to);
        match read_at_once(forged.open().unwrap()) {
            Ok(read) => assert_eq!(read, rows),
            Err(e) => assert_eq!(e.kind(), ErrorKind::Corrupt),
        }
    }
}

/// What is done to a block, and words of the message that must follow.
type Forgery = (fn(&mut Forged), &'static str);

#[test]
fn what_contradicts_itself_is_told_with_the_column() {
    let forgeries: &[Forgery] = &[
        (|f| f.header.min_start += 1, "starts at another time"),
        (|f| f.header.max_end += 1, "ends at another time"),
        (|f| f.column("span:start").min -= 1, "span:start: block is damaged: its smallest"),
        (|f| f.column("span:duration").max += 1, "span:duration"),
        (|f| f.column("span:name").distinct += 1, "span:name"),
        (|f| f.column("span:resource").base += 100, "span:resource"),
        (|f| f.column("span:start").base = u64::MAX - 5, "span:start"),
        (|f| f.column("span:id").present -= 1, "span:id"),
        (|f| f.column("event:owner").base += 1 << 20, "event:owner"),
        (|f| f.column("residual:owner").base += 1 << 20, "residual:owner"),
        (|f| swap_ends(f, "event:owner"), "event:owner"),
        (|f| swap_ends(f, "link:owner"), "link:owner"),
        (
            // Another shape for the last span: columns and shapes no longer agree.
            |f| {
                let last = f.column("span:shape").present as usize - 1;
                assert!((0..last).any(|from| f.copy_value("span:shape", from, last)));
            },
            "shape",
        ),
        (
            |f| {
                let items = f.header.shape_items;
                f.section(items)[..4].copy_from_slice(&7_000_000u32.to_le_bytes());
            },
            "column 7000000",
        ),
        (
            |f| {
                let ends = f.header.shape_ends;
                f.section(ends)[0] = 1;
            },
            "ends of shapes",
        ),
    ];
    let sample = sample();
    for (forge, words) in forgeries {
        let mut forged = sample.clone();
        forge(&mut forged);
        let message = forged.damage();
        assert!(message.contains(words), "{words:?} is not in {message:?}");
    }
}

/// The last row gets the first owner, so that the order is broken.
fn swap_ends(f: &mut Forged, name: &str) {
    let last = f.column(name).present as usize - 1;
    assert!(f.copy_value(name, 0, last));
    // The largest is now that of the row before: say so, to come to the check of the order.
    let open = f.clone().open().unwrap();
    let column = open.columns().find(|c| c.name == name.as_bytes()).unwrap().index;
    let column = open.column(column).unwrap();
    let max = (0..=last as u32).filter_map(|row| column.integer(row)).max().unwrap();
    f.column(name).max = max;
}

#[test]
fn a_damaged_section_is_told_with_its_column() {
    let blocks = blocks::build(&recording(), &BlockOptions::default());
    let block = blocks.get(0).unwrap();
    let bytes = block.bytes().to_bytes().unwrap();
    let name = block.columns().find(|c| c.name == b"span:name").unwrap();
    let section = block.sections().entries()[name.entry.bytes as usize];
    let mut damaged = bytes.to_vec();
    damaged[section.offset as usize * 64] ^= 1;
    let damaged = Block::open(BlockBytes::Whole(Bytes::copy_from_slice(&damaged))).unwrap();
    let error = damaged.verify().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Checksum);
    assert!(error.message().starts_with("span:name: "), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_the_builder_makes_is_in_order(
        requests in proptest::collection::vec(random::resources(random::Wildness::Any), 1..4),
        max_rows in 1usize..20,
        max_attribute_columns in 0usize..12,
        archive: bool,
        coarse: bool,
    ) {
        let mut requests = requests;
        if coarse {
            let scopes = requests.iter_mut().flatten().flat_map(|r| &mut r.scopes);
            for span in scopes.flat_map(|s| &mut s.spans) {
                span.times = span.times.map(|time| time % 3);
            }
        }
        let messages: Vec<Vec<u8>> = requests.iter().map(|r| random::encode(r)).collect();
        let profile = if archive { Profile::Archive } else { Profile::Hot };
        let options = BlockOptions { max_rows, max_attribute_columns, profile, ..Default::default() };
        for block in &blocks::build(&messages, &options) {
            block.verify().unwrap();
        }
    }

    /// Wrong bytes under right checksums, in the directory or in any section.
    #[test]
    fn what_verifies_can_be_exported_and_nothing_panics(
        edits in proptest::collection::vec((any::<u8>(), any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut forged = sample_once();
        for (part, at, value) in edits {
            let bytes: &mut [u8] = match part {
                0..8 => bytemuck::bytes_of_mut(&mut forged.header),
                8..16 => bytemuck::cast_slice_mut(&mut forged.sections),
                16..64 => bytemuck::cast_slice_mut(&mut forged.columns),
                64..72 => &mut forged.names,
                section => {
                    let number = u32::from(section) * 31 % forged.sections.len() as u32;
                    forged.section(number)
                }
            };
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
        }
        let Ok(block) = forged.open() else { return Ok(()) };
        let verified = block.verify();
        let exported = export(&block);
        // A column can look like one of a later version.
        let unknown = exported.as_ref().is_err_and(|e| e.kind() == ErrorKind::Unsupported);
        if verified.is_ok() && !unknown {
            let message = exported.unwrap();
            Canonical::new().add(&message).unwrap();
            let again = blocks::build(&[message], &BlockOptions::default());
            prop_assert_eq!(again.rows(), u64::from(block.rows()));
        }
        let rows = block.rows() as usize;
        match read_at_once(block) {
            Ok(read) => prop_assert_eq!(read, rows),
            Err(e) => {
                let unknown = e.kind() == ErrorKind::Unsupported;
                prop_assert!(unknown || verified.is_err(), "{}", e);
            }
        }
    }
}

fn sample_once() -> Forged {
    static SAMPLE: std::sync::OnceLock<Forged> = std::sync::OnceLock::new();
    SAMPLE.get_or_init(sample).clone()
}
