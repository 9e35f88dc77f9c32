//! Writing files.

use crate::builder::block_options;
use crate::error::{Failure, bp_error};
use crate::guard::{entry, fact, free};
use crate::handle::{BP_HANDLE_WRITER, Handle, bp_handle_kind};
use crate::input;
use crate::options::Growing;
use crate::sink::{CallerSink, bp_sink_vtable};
use crate::status::*;
use crate::value::{bp_bytes, bp_str};
use blockpack_engine::Error;
use blockpack_engine::block::build::BuiltBlock;
use blockpack_engine::file::writer::{FileWriter, Summary, WriteOptions, Writer};
use blockpack_engine::ingest::{BlockSink, Ingest, IngestOptions};
use std::ffi::c_void;

/// Writes OTLP into a file. The file is there, whole, when bp_writer_finish() succeeds, and not
/// before; a writer that is freed without leaves nothing behind.
///
/// For one thread at a time.
pub struct bp_writer {
    _opaque: [u8; 0],
}

/// What a `bp_writer` holds; none when it is finished.
pub struct Writing(Option<Ingest<Target>>);

impl Handle for bp_writer {
    const KIND: bp_handle_kind = BP_HANDLE_WRITER;
    const NAME: &'static str = "bp_writer";
    type Body = Writing;
}

/// Where blocks go.
enum Target {
    File(FileWriter),
    Sink(Writer<CallerSink>),
}

impl BlockSink for Target {
    fn append(&mut self, block: BuiltBlock) -> Result<(), Error> {
        match self {
            Target::File(file) => BlockSink::append(file, block),
            Target::Sink(writer) => BlockSink::append(writer, block),
        }
    }

    fn finish(self) -> Result<Summary, Error> {
        match self {
            Target::File(file) => file.finish(),
            Target::Sink(writer) => {
                let (sink, summary) = writer.finish()?;
                sink.finish().map_err(|e| Error::io("finishing the sink", e))?;
                Ok(summary)
            }
        }
    }
}

impl Writing {
    fn ingest(&mut self) -> Result<&mut Ingest<Target>, Failure> {
        self.0.as_mut().ok_or_else(finished)
    }
}

#[cold]
fn finished() -> Failure {
    Failure::new(BP_ERR_STATE, "the writer was finished; open a new one for another file")
}

/// How a file is written. Zero is the default of every member.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_write_options {
    /// sizeof(bp_write_options).
    pub struct_size: usize,
    /// As in bp_block_options.
    pub max_block_bytes: u64,
    /// Encoded spans to collect before blocks are made of them; 96 MiB if 0. More keeps more traces
    /// in one block each; about three times this is in use.
    pub buffer_bytes: u64,
    /// As in bp_block_options.
    pub max_block_spans: u32,
    /// As in bp_block_options.
    pub max_attribute_columns: u32,
    /// BP_PROFILE_...
    pub profile: u32,
    /// Threads that build blocks; 0 or 1 for none but the caller's.
    pub threads: u32,
    /// 1 to replace a file that has the path already. Readers that have it open keep the old one.
    pub overwrite: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, a size first, all integers.
unsafe impl Growing for bp_write_options {
    const NAME: &'static str = "bp_write_options";
    const MIN: usize = 48;
}

/// More threads than this are surely a mistake.
const MAX_THREADS: u32 = 1024;

impl bp_write_options {
    fn engine(&self) -> Result<IngestOptions, Failure> {
        if self.threads > MAX_THREADS {
            return Err(Failure::invalid(format!("{} threads are too many", self.threads)));
        }
        let overwrite = match self.overwrite {
            0 | 1 => self.overwrite == 1,
            other => return Err(Failure::invalid(format!("overwrite is {other}, not 0 or 1"))),
        };
        let default = IngestOptions::default();
        Ok(IngestOptions {
            block: block_options(
                self.max_block_spans,
                self.max_block_bytes,
                self.max_attribute_columns,
                self.profile,
            )?,
            threads: self.threads.max(1) as usize,
            buffer_bytes: match self.buffer_bytes {
                0 => default.buffer_bytes,
                bytes => usize::try_from(bytes).unwrap_or(usize::MAX),
            },
            file: WriteOptions { overwrite },
        })
    }
}

/// What was written.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_write_report {
    /// sizeof(bp_write_report).
    pub struct_size: usize,
    /// Blocks.
    pub blocks: u64,
    /// Spans.
    pub spans: u64,
    /// Traces; one that lies in several blocks counts once.
    pub traces: u64,
    /// Length of the file.
    pub bytes: u64,
    /// Names this file and no other.
    pub uuid: [u8; 16],
}

// SAFETY: `repr(C)`, a size first, all integers.
unsafe impl Growing for bp_write_report {
    const NAME: &'static str = "bp_write_report";
    const MIN: usize = 56;
}

/// Starts a file that bp_writer_finish() will publish as path.
///
/// Parameters: options may be NULL.
/// Ownership: the caller frees the writer.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_IO: among others if the folder is
/// missing, or if path exists and is not to be overwritten.
/// Cost: makes a file beside path; nothing is collected yet.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_writer_open(
    path: bp_str,
    options: *const bp_write_options,
    out: *mut *mut bp_writer,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let options = c.options(options)?.engine()?;
        let file = FileWriter::create(c.path(path, "path")?, &options.file)?;
        out.give(Writing(Some(Ingest::new(Target::File(file), options))));
        Ok(BP_OK)
    })
}

/// Starts a file that the caller writes for the library, from front to back.
///
/// Parameters: options may be NULL.
/// Ownership: the caller frees the writer. vtable is copied; ctx must stay good until drop(ctx) is
/// called: once, when the writer is finished or freed. If this call fails drop is not called.
/// Threads: any; the sink's functions are called on the threads that use the writer.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_CALLBACK:
/// bp_error_callback_code() has the number that the sink returned.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_writer_new(
    vtable: *const bp_sink_vtable,
    ctx: *mut c_void,
    options: *const bp_write_options,
    out: *mut *mut bp_writer,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let options = c.options(options)?.engine()?;
        let (sink, ending) = c.sink(vtable, ctx)?;
        let writer = Writer::new(sink, "sink")?;
        ending.accept();
        out.give(Writing(Some(Ingest::new(Target::Sink(writer), options))));
        Ok(BP_OK)
    })
}

/// Adds the spans of one OTLP message in protobuf: TracesData or ExportTraceServiceRequest.
/// All of them, or none if the call fails with BP_ERR_OTLP, BP_ERR_DEPTH or an argument error;
/// after any other error the file cannot be completed.
///
/// Ownership: the message is copied.
/// Threads: one at a time.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_STATE, BP_ERR_OTLP with the position, BP_ERR_DEPTH,
/// BP_ERR_LIMIT, BP_ERR_IO, BP_ERR_CALLBACK.
/// Cost: linear in the message; whenever enough is collected, blocks are built and written.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_writer_add_otlp(
    writer: *mut bp_writer,
    message: bp_bytes,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut writer = c.exclusive(writer)?;
        writer.ingest()?.add(c.bytes(message, "message")?)?;
        Ok(BP_OK)
    })
}

/// Adds the spans of an input in any encoding, as bp_builder_add_input() does.
///
/// Ownership: the input is copied.
/// Threads: one at a time.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_STATE, BP_ERR_OTLP with the position, BP_ERR_UNSUPPORTED,
/// BP_ERR_DEPTH, BP_ERR_LIMIT, BP_ERR_IO, BP_ERR_CALLBACK. The records in front of one that fails
/// are added.
/// Cost: linear in the input; whenever enough is collected, blocks are built and written.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_writer_add_input(
    writer: *mut bp_writer,
    input: bp_bytes,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut writer = c.exclusive(writer)?;
        let ingest = writer.ingest()?;
        input::add_bytes(c.bytes(input, "input")?, |message| ingest.add(message))?;
        Ok(BP_OK)
    })
}

/// Adds the spans of a file in any encoding, as bp_builder_add_input() does. The file is read piece
/// by piece.
///
/// Threads: one at a time.
/// Errors: as bp_writer_add_input(), and BP_ERR_IO if path cannot be read.
/// Cost: linear in the file; whenever enough is collected, blocks are built and written.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_writer_add_file(
    writer: *mut bp_writer,
    path: bp_str,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut writer = c.exclusive(writer)?;
        let ingest = writer.ingest()?;
        input::add_file(c.path(path, "path")?, |message| ingest.add(message))?;
        Ok(BP_OK)
    })
}

/// Counts the spans that were added so far; 0 when the writer is finished.
///
/// Threads: one at a time.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_writer_span_count(writer: *const bp_writer) -> u64 {
    fact!(0, |c| Ok(c.shared(writer)?.0.as_ref().map_or(0, |ingest| ingest.received().spans)))
}

/// Builds the last blocks, completes the file and publishes it under its path, all or nothing.
/// Whether it succeeds or fails, the writer is finished: it can only be freed.
///
/// Parameters: out may be NULL; its struct_size is set by the caller.
/// Threads: one at a time.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_STATE, BP_ERR_IO, BP_ERR_CALLBACK, BP_ERR_LIMIT.
/// Cost: builds and writes what is left, and brings the file to the disk.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_writer_finish(
    writer: *mut bp_writer,
    out: *mut bp_write_report,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let out = if out.is_null() { None } else { Some(c.growing_out(out)?) };
        let mut writer = c.exclusive(writer)?;
        let summary = writer.0.take().ok_or_else(finished)?.finish()?;
        if let Some(out) = out {
            out.set(&bp_write_report {
                struct_size: 0,
                blocks: summary.blocks,
                spans: summary.spans,
                traces: summary.traces,
                bytes: summary.bytes,
                uuid: summary.uuid,
            });
        }
        Ok(BP_OK)
    })
}

/// Frees a writer; one that is not finished leaves no file. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_writer_free(writer: *mut bp_writer) {
    free!(writer)
}
