//! `blockpack generate`: realistic OTLP traces, the same for the same seed.

use crate::failure::{Result, say};
use crate::generate::{Dealer, Generator, Part};
use crate::human;
use crate::output::{Compression, Output, Style};
use crate::progress::Progress;
use blockpack::otlp::{Format, traces_to_json};
use blockpack::wire::WriteExt;
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// Make realistic traces of a web shop as OTLP, the same bytes for the same seed
///
/// The shop has 20 services that call each other over HTTP, gRPC and Kafka and use PostgreSQL and
/// Redis; about ten spans a trace, a few hundred at most.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Number of spans
    #[arg(short = 'n', long, default_value_t = 100_000)]
    spans: u64,
    /// Which shop: another seed, other traces
    #[arg(short, long, default_value_t = 1)]
    seed: u64,
    /// Write only every Nth of the spans, from the Ith on: files of all parts have their traces in
    /// common
    #[arg(short, long, value_name = "I/N", value_parser = Part::parse)]
    part: Option<Part>,
    /// How requests are written [default: by the ending of FILE, else pbd]
    #[arg(short, long, value_enum)]
    format: Option<FormatArg>,
    /// Compress the output [default: by the ending of FILE]
    #[arg(short, long, value_enum)]
    compress: Option<Compression>,
    /// File to write, or - for standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// Protobuf requests, each after its length as a varint
    Pbd,
    /// One protobuf TracesData message
    Pb,
    /// JSON, one request a line
    Jsonl,
}

const EXAMPLES: &str = "\
Examples:
  blockpack generate -n 1000000 -o spans.pbd
  blockpack generate -n 1000000 --part 1/2 -o half.pbd
  blockpack generate -n 50000 -s 7 -o spans.jsonl.zst
  blockpack generate -n 1000 -f pb -o - | curl -H 'Content-Type: application/x-protobuf' \\
      --data-binary @- http://localhost:4318/v1/traces";

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let format = args.format.unwrap_or(match Format::of_path(&args.output) {
        Some(Format::Protobuf) => FormatArg::Pb,
        Some(Format::Json) => FormatArg::Jsonl,
        Some(Format::Delimited) | None => FormatArg::Pbd,
    });
    let style = Style { compression: args.compress, text: format == FormatArg::Jsonl };
    let mut output = Output::open(&args.output, style)?;
    let mut progress = Progress::new(args.spans, "spans");
    if args.output == Path::new("-") {
        progress = progress.beside_stdout();
    }
    let mut generator = Generator::new(args.spans, args.seed);
    let mut dealer = args.part.map(Dealer::new);
    let mut requests = 0u64;
    let mut scratch = Vec::new();
    for request in generator.by_ref() {
        let dealt;
        let bytes = match &mut dealer {
            Some(dealer) => {
                dealt = dealer.deal(&request.bytes)?;
                &dealt
            }
            None => &request.bytes,
        };
        scratch.clear();
        match format {
            FormatArg::Pbd => {
                scratch.put_varint(bytes.len() as u64);
                output.write(&scratch)?;
                output.write(bytes)?;
            }
            // Requests one after the other are one TracesData: a repeated field is the same in one
            // message or in several that are joined.
            FormatArg::Pb => output.write(bytes)?,
            FormatArg::Jsonl => {
                traces_to_json(bytes, &mut scratch)?;
                scratch.push(b'\n');
                output.write(&scratch)?;
            }
        }
        requests += 1;
        progress.advance(request.spans.into());
    }
    let (name, bytes) = (output.name().to_owned(), output.written());
    output.finish()?;
    let took = progress.finish();
    say(format_args!(
        "{name}: {} in {} and {}, {} of OTLP, {:.2} s",
        human::counted(dealer.map_or(args.spans, |dealer| dealer.taken), "span"),
        human::counted(generator.traces(), "trace"),
        human::counted(requests, "request"),
        human::bytes(bytes),
        took.as_secs_f64()
    ));
    Ok(())
}
