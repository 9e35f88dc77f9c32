//! `blockpack export`: the spans of a block file as OTLP again, or as Arrow.

use crate::arrow;
use crate::failure::{Failure, Result};
use crate::files;
use crate::output::{Compression, Output, Style, check_is_not_input};
use crate::progress::Progress;
use blockpack::Blocks;
use blockpack::arrow::{Options, Stream};
use blockpack::block::Exporter;
use blockpack::file::reader::Reader;
use blockpack::otlp::{Format, TracesEncoder, traces_to_json};
use blockpack::rowset::{RowSet, SpanSet};
use blockpack::wire::WriteExt;
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Write the spans of a block file as OTLP again, all as they were sent
///
/// Spans come in the order of the file, grouped below their resource and scope; which request a span
/// came in is not kept. As Arrow they are a table, with a column for each field.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// File to read
    #[arg(value_name = "FILE.bpk")]
    file: PathBuf,
    /// File to write, or - for standard output
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Format to write [default: by the ending of OUT, else pb]
    #[arg(short, long, value_enum)]
    format: Option<FormatArg>,
    /// Compress the output [default: by the ending of OUT]
    #[arg(short, long, value_enum)]
    compress: Option<Compression>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// One protobuf TracesData message
    Pb,
    /// Protobuf messages, each after its length as a varint
    Pbd,
    /// OTLP/JSON, one object a line
    Jsonl,
    /// Arrow IPC stream
    Arrow,
}

impl FormatArg {
    fn of_path(path: &Path) -> FormatArg {
        let plain = match Compression::of_path(path) {
            Some(_) => Path::new(path.file_stem().unwrap_or_default()),
            None => path,
        };
        match Format::of_path(path) {
            Some(Format::Delimited) => FormatArg::Pbd,
            Some(Format::Json) => FormatArg::Jsonl,
            _ if plain.extension().is_some_and(|ending| ending == "arrows") => FormatArg::Arrow,
            _ => FormatArg::Pb,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  blockpack export traces.bpk -o traces.pb
  blockpack export traces.bpk -o traces.jsonl.zst
  blockpack export traces.bpk -o - -f jsonl | head -1 | jq .
  blockpack export traces.bpk -o traces.arrows";

/// Spans of one message where the format has several.
const MESSAGE_ROWS: u32 = 1_024;

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let reader = Arc::new(files::open_blocks(&args.file)?);
    let format = args.format.unwrap_or_else(|| FormatArg::of_path(&args.output));
    check_is_not_input(&args.output, &args.file)?;
    let style = Style { compression: args.compress, text: format == FormatArg::Jsonl };
    let mut output = Output::open(&args.output, style)?;
    let mut progress = Progress::new(reader.rows(), "spans");
    if args.output == Path::new("-") {
        progress = progress.beside_stdout();
    }
    match format {
        FormatArg::Arrow => write_arrow(&reader, &mut output, &mut progress)?,
        _ => write_otlp(&reader, format, &mut output, &mut progress)?,
    }
    output.finish()?;
    progress.finish();
    Ok(())
}

/// All spans as OTLP.
fn write_otlp(
    reader: &Reader,
    format: FormatArg,
    output: &mut Output,
    progress: &mut Progress,
) -> Result<()> {
    let mut framed = Vec::new();
    for index in 0..reader.block_count() {
        let block = reader.block(index)?;
        let mut exporter = Exporter::new(&block);
        let mut encoder = TracesEncoder::new();
        for start in (0..block.rows()).step_by(MESSAGE_ROWS as usize) {
            let rows = start..block.rows().min(start + MESSAGE_ROWS);
            let count = rows.len() as u64;
            exporter.write(rows, &mut encoder)?;
            write_message(&encoder.finish(), format, &mut framed, output)?;
            progress.advance(count);
        }
    }
    Ok(())
}

/// All spans as Arrow, with all columns.
fn write_arrow(reader: &Arc<Reader>, output: &mut Output, progress: &mut Progress) -> Result<()> {
    let blocks = Blocks::of_file(reader, 0..reader.block_count())?;
    let spans = SpanSet::new(blocks.iter().map(|block| RowSet::all(block.rows())).collect());
    let mut stream = Stream::new(&blocks, spans, &Options::default())?;
    arrow::write(&mut stream, output, |rows| progress.advance(rows))
}

/// One message in its frame. Messages without a frame, one behind the other, are one message: a
/// repeated field is the same in one message or in several that are joined.
fn write_message(
    message: &[u8],
    format: FormatArg,
    framed: &mut Vec<u8>,
    output: &mut Output,
) -> Result<()> {
    framed.clear();
    match format {
        FormatArg::Pbd => framed.put_varint(message.len() as u64),
        FormatArg::Jsonl => {
            traces_to_json(message, framed).map_err(Failure::from)?;
            framed.push(b'\n');
            return output.write(framed);
        }
        _ => return output.write(message),
    }
    output.write(framed)?;
    output.write(message)
}
