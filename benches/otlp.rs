//! Speed of reading and writing OTLP: `cargo bench --bench otlp [-- FILE...]`.
//!
//! Without files: the largest real set if it is there, and the recording in the repository. Every
//! figure is the best of several runs over all records, held in memory.

use blockpack::Result;
use blockpack::otlp::{
    InputOptions, Records, Recycle, ResourceRef, ScopeRef, SpanHead, SpanRef, SpanSink,
    TracesEncoder, decode_traces, json_to_traces, traces_to_json, validate_traces,
};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const RUNS: usize = 5;

/// Takes spans and does `F` with each.
struct Each<F>(F);

impl<F: FnMut(&[u8]) -> Result<()>> SpanSink for Each<F> {
    fn resource(&mut self, _: &ResourceRef<'_>) -> Result<()> {
        Ok(())
    }

    fn scope(&mut self, _: &ScopeRef<'_>) -> Result<()> {
        Ok(())
    }

    fn span(&mut self, raw: &[u8]) -> Result<()> {
        self.0(raw)
    }
}

fn main() -> Result<()> {
    let files: Vec<PathBuf> =
        std::env::args_os().skip(1).filter(|a| a != "--bench").map(PathBuf::from).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let real =
        std::env::var_os("BLOCKPACK_DATA").map_or(root.join("../shared/data"), PathBuf::from);
    let usual = [real.join("nezha-ob-large.pbd.zst"), root.join("tests/data/shop.pbd.zst")];
    let files = if files.is_empty() { usual.to_vec() } else { files };
    for file in files {
        if file.exists() {
            measure(&file)?;
        } else {
            println!("skipped: no {}", file.display());
        }
    }
    Ok(())
}

fn measure(file: &Path) -> Result<()> {
    let mut messages = Vec::new();
    let mut records = Records::open(file, InputOptions::default())?;
    let mut record = Vec::new();
    while records.next(&mut record)? {
        messages.push(record.clone());
    }
    // One behind the other, as a builder keeps them.
    let (mut arena, mut ends) = (Vec::new(), vec![0]);
    for message in &messages {
        let mut sink = Each(|raw: &[u8]| {
            arena.extend_from_slice(raw);
            ends.push(arena.len());
            Ok(())
        });
        decode_traces(message, &mut sink)?;
    }
    let spans: Vec<&[u8]> = ends.windows(2).map(|w| &arena[w[0]..w[1]]).collect();
    let bytes: usize = messages.iter().map(Vec::len).sum();
    println!("{}: {} spans, {} bytes", file.display(), spans.len(), bytes);
    let report = |name: &str, best: Duration| {
        let seconds = best.as_secs_f64();
        let (rate, each) = (bytes as f64 / seconds / 1e6, seconds * 1e9 / spans.len() as f64);
        println!("  {name:<44} {rate:>8.0} MB/s {each:>8.1} ns/span");
    };

    report(
        "SpanHead::decode",
        best(|| {
            spans.iter().try_for_each(|raw| {
                SpanHead::decode(raw).map(|h| {
                    black_box(h);
                })
            })
        })?,
    );
    let mut span = SpanRef::default();
    report(
        "SpanRef::decode, reused",
        best(|| {
            spans.iter().try_for_each(|raw| {
                span.decode(raw)?;
                black_box(&span);
                Ok(())
            })
        })?,
    );
    let mut scratch = SpanRef::default();
    report(
        "decode_traces + SpanRef::decode, recycled",
        best(|| {
            messages.iter().try_for_each(|message| {
                let mut sink = Each(|raw: &[u8]| {
                    let mut span = std::mem::take(&mut scratch).recycle();
                    span.decode(raw)?;
                    black_box(&span);
                    scratch = span.recycle();
                    Ok(())
                });
                decode_traces(message, &mut sink).map(drop)
            })
        })?,
    );
    report(
        "validate_traces",
        best(|| {
            messages.iter().try_for_each(|m| {
                validate_traces(m).map(|d| {
                    black_box(d);
                })
            })
        })?,
    );
    report(
        "decode_traces, spans untouched",
        best(|| {
            messages.iter().try_for_each(|m| {
                decode_traces(
                    m,
                    &mut Each(|raw: &[u8]| {
                        black_box(raw);
                        Ok(())
                    }),
                )
                .map(drop)
            })
        })?,
    );
    report(
        "TracesEncoder from views",
        best(|| {
            let mut encoder = TracesEncoder::new();
            let mut span = SpanRef::default();
            for raw in &spans {
                span.decode(raw)?;
                encoder.span(&span);
            }
            black_box(encoder.finish());
            Ok(())
        })?,
    );
    let mut json = vec![Vec::new(); messages.len()];
    report(
        "traces_to_json",
        best(|| {
            messages.iter().zip(&mut json).try_for_each(|(message, out)| {
                out.clear();
                traces_to_json(message, out)
            })
        })?,
    );
    let mut out = Vec::new();
    report(
        "json_to_traces (protobuf bytes a second)",
        best(|| {
            json.iter().try_for_each(|text| {
                out.clear();
                json_to_traces(text, &mut out)
            })
        })?,
    );
    Ok(())
}

fn best(mut run: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        run()?;
        best = best.min(start.elapsed());
    }
    Ok(best)
}
