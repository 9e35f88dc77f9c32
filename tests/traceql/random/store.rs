//! Traces in blocks.

use super::Traces;
use crate::blocks::build;
use crate::model::{Stored, message};
use blockpack::Blocks;
use blockpack::block::build::BlockOptions;
use blockpack::bytes::Bytes;
use blockpack::file::reader::{Reader, Verify};
use blockpack::file::source::Memory;
use blockpack::file::writer::Writer;
use std::sync::Arc;

impl Traces {
    /// Stores them as they say.
    pub fn store(&self) -> Stored {
        let options = BlockOptions {
            max_rows: self.max_rows,
            max_attribute_columns: self.max_columns,
            ..BlockOptions::default()
        };
        let piece = |number: usize| number * self.pieces / self.spans.len();
        let lists: Vec<Blocks> = (0..self.pieces)
            .map(|wanted| {
                let message = message(&self.spans, |number| piece(number) == wanted);
                let blocks = build(&[message], &options);
                if self.in_files { in_a_file(&blocks) } else { blocks }
            })
            .collect();
        Stored::of(Blocks::join(&lists))
    }
}

fn in_a_file(blocks: &Blocks) -> Blocks {
    let mut writer = Writer::new(Vec::new(), "memory").unwrap();
    blocks.iter().for_each(|block| writer.append_block(block).unwrap());
    let source = Arc::new(Memory::new(Bytes::copy_from_slice(&writer.finish().unwrap().0)));
    let reader = Arc::new(Reader::open_source(source, Verify::Lazy).unwrap());
    Blocks::of_file(&reader, 0..reader.block_count()).unwrap()
}
