//! Any bytes are OTLP or an error; what is OTLP becomes blocks that verify, and comes back from them as it was.

#![no_main]

use blockpack::block::Exporter;
use blockpack::block::build::{BlockOptions, SpanBuffer, build_block};
use blockpack::otlp::{Canonical, InputOptions, Records, TracesEncoder};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut records) = Records::new(bytes, InputOptions::default()) else { return };
    let (mut message, mut sent, mut buffer) = (Vec::new(), Canonical::new(), SpanBuffer::default());
    while let Ok(true) = records.next(&mut message) {
        if blockpack::otlp::decode_traces(&message, &mut buffer).is_ok() {
            sent.add(&message).expect("what was decoded once is decoded again");
        }
    }
    let options = BlockOptions::default();
    let mut got = Canonical::new();
    for plan in buffer.plan_blocks(&options) {
        let block = build_block(&buffer, &plan, &options).and_then(|built| built.open());
        let block = block.expect("a block of decoded spans");
        block.verify().expect("what is built verifies");
        let mut out = TracesEncoder::new();
        Exporter::new(&block).write(0..block.rows(), &mut out).expect("a block that verifies");
        got.add(&out.finish()).expect("valid OTLP");
    }
    assert!(sent.finish() == got.finish(), "spans came back changed");
});
