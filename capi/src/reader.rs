//! Open files.

use crate::blocks::{BlockList, bp_blocks};
use crate::error::{Failure, bp_error};
use crate::foreign::bp_drop_fn;
use crate::guard::{entry, fact, free};
use crate::handle::{BP_HANDLE_READER, Handle, bp_handle_kind};
use crate::options::Growing;
use crate::source::bp_source_vtable;
use crate::status::*;
use crate::value::{bp_bytes, bp_str};
use blockpack_engine::Blocks;
use blockpack_engine::file::reader::{Access, OpenOptions, Reader, Verify};
use blockpack_engine::file::source::{Coalesce, Coalesced, Memory};
use std::ffi::c_void;
use std::sync::Arc;

/// An open file. Shared by threads.
pub struct bp_reader {
    _opaque: [u8; 0],
}

impl Handle for bp_reader {
    const KIND: bp_handle_kind = BP_HANDLE_READER;
    const NAME: &'static str = "bp_reader";
    type Body = Arc<Reader>;
}

/// Read through a memory mapping: the fastest. The file must not be cut short while it is open;
/// files that this library publishes never are, since a new one replaces the old as a whole.
pub const BP_ACCESS_MAP: u32 = 0;
/// Read with pread(): what is used is copied to the heap.
pub const BP_ACCESS_PREAD: u32 = 1;
/// Compare checksums when something is used for the first time.
pub const BP_VERIFY_LAZY: u32 = 0;
/// Compare all checksums when the file is opened, which reads all of it.
pub const BP_VERIFY_FULL: u32 = 1;

/// How a file is opened. Zero is the default of every member.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_open_options {
    /// sizeof(bp_open_options).
    pub struct_size: usize,
    /// BP_ACCESS_..., of files opened by path.
    pub access: u32,
    /// BP_VERIFY_...
    pub verify: u32,
    /// Of sources: ranges at most this many bytes apart are read as one; 512 KiB if 0.
    pub coalesce_gap: u64,
    /// Of sources: no range is longer than this; 16 MiB if 0.
    pub coalesce_max: u64,
    /// 1: when nobody holds a block of a mapped file any more, its pages go back to the system at
    /// once. 0: they stay until the system needs them, and count as memory of the process.
    pub discard_unheld: u32,
    /// Zero.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, a size first, all integers.
unsafe impl Growing for bp_open_options {
    const NAME: &'static str = "bp_open_options";
    const MIN: usize = 32;
}

impl bp_open_options {
    fn engine(&self) -> Result<OpenOptions, Failure> {
        let access = match self.access {
            BP_ACCESS_MAP => Access::Mapped,
            BP_ACCESS_PREAD => Access::Pread,
            other => return Err(Failure::invalid(format!("there is no access {other}"))),
        };
        let verify = match self.verify {
            BP_VERIFY_LAZY => Verify::Lazy,
            BP_VERIFY_FULL => Verify::Full,
            other => return Err(Failure::invalid(format!("there is no verify {other}"))),
        };
        let discard_unheld = match self.discard_unheld {
            0 | 1 => self.discard_unheld == 1,
            other => {
                return Err(Failure::invalid(format!("discard_unheld is {other}, not 0 or 1")));
            }
        };
        Ok(OpenOptions { access, verify, discard_unheld })
    }

    fn coalesce(&self) -> Coalesce {
        let default = Coalesce::default();
        let or = |value: u64, default: u64| if value == 0 { default } else { value };
        Coalesce {
            gap: or(self.coalesce_gap, default.gap),
            max: or(self.coalesce_max, default.max),
        }
    }
}

/// What a file holds.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_file_info {
    /// sizeof(bp_file_info).
    pub struct_size: usize,
    /// Blocks.
    pub blocks: u64,
    /// Spans.
    pub spans: u64,
    /// Traces; one that lies in several blocks counts in each.
    pub traces: u64,
    /// Length of the file.
    pub bytes: u64,
    /// Earliest start of a span; 0 if there are none.
    pub min_start_ns: u64,
    /// Latest end of a span; 0 if there are none.
    pub max_end_ns: u64,
    /// Version of the file format.
    pub format_major: u32,
    /// Version of the file format; a reader of the same major version reads every minor one.
    pub format_minor: u32,
    /// Names this file and no other.
    pub uuid: [u8; 16],
}

// SAFETY: `repr(C)`, a size first, all integers.
unsafe impl Growing for bp_file_info {
    const NAME: &'static str = "bp_file_info";
    const MIN: usize = 80;
}

/// Opens the file at path.
///
/// Parameters: options may be NULL.
/// Ownership: the caller frees the reader.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_IO, BP_ERR_NOT_BLOCKPACK,
/// BP_ERR_FORMAT_VERSION, BP_ERR_SHORT_READ, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: reads the end of the file: its list of blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_reader_open(
    path: bp_str,
    options: *const bp_open_options,
    out: *mut *mut bp_reader,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let options = c.options(options)?.engine()?;
        out.give(Arc::new(Reader::open(c.path(path, "path")?, &options)?));
        Ok(BP_OK)
    })
}

/// Opens a file that is in memory.
///
/// Parameters: options may be NULL. Without drop the bytes are copied; otherwise they are used in
/// place if their alignment is 8 or better (64 is best), else copied too.
/// Ownership: the caller frees the reader. With drop, the bytes must stay as they are until
/// drop(ctx) is called: once, on any thread, when the last handle that uses them ends. If this
/// call fails drop is not called.
/// Threads: any.
/// Errors: as bp_reader_open().
/// Cost: reads the end of the file; linear in its length if it is copied.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_reader_open_memory(
    bytes: bp_bytes,
    drop: bp_drop_fn,
    ctx: *mut c_void,
    options: *const bp_open_options,
    out: *mut *mut bp_reader,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let verify = c.options(options)?.engine()?.verify;
        let (bytes, ending) = c.lend(bytes, drop, ctx)?;
        let reader = Reader::open_source(Arc::new(Memory::new(bytes)), verify)?;
        ending.accept();
        out.give(Arc::new(reader));
        Ok(BP_OK)
    })
}

/// Opens a file that the caller reads for the library, as from object storage. What is used is
/// fetched once and kept on the heap for as long as its block is held. Nearby ranges are joined
/// before the source is asked.
///
/// Parameters: options may be NULL.
/// Ownership: the caller frees the reader. vtable is copied; ctx must stay good until drop(ctx) is
/// called: once, on any thread, when the last handle that uses the source ends. If this call fails
/// drop is not called.
/// Threads: any; the source's functions are called on the threads that use reader and blocks.
/// Errors: as bp_reader_open(), and BP_ERR_CALLBACK: bp_error_callback_code() has the number that
/// the source returned.
/// Cost: one read at the end of the file, of 64 KiB, and another if it has very many blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_reader_open_source(
    vtable: *const bp_source_vtable,
    ctx: *mut c_void,
    options: *const bp_open_options,
    out: *mut *mut bp_reader,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let options = c.options(options)?;
        let verify = options.engine()?.verify;
        let (source, ending) = c.source(vtable, ctx)?;
        let source = Coalesced::new(source, options.coalesce());
        let reader = Reader::open_source(Arc::new(source), verify)?;
        ending.accept();
        out.give(Arc::new(reader));
        Ok(BP_OK)
    })
}

/// Tells what the file holds.
///
/// Parameters: out.struct_size is set by the caller.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: linear in the number of blocks; nothing is read.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_reader_info(
    reader: *const bp_reader,
    out: *mut bp_file_info,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let out = c.growing_out(out)?;
        out.set(&info(&*c.shared(reader)?));
        Ok(BP_OK)
    })
}

fn info(reader: &Reader) -> bp_file_info {
    let blocks = reader.block_entries();
    let header = reader.header();
    bp_file_info {
        struct_size: 0,
        blocks: blocks.len() as u64,
        spans: reader.rows(),
        traces: blocks.iter().map(|b| u64::from(b.traces)).sum(),
        bytes: reader.file_len(),
        min_start_ns: blocks.iter().map(|b| b.min_start).min().unwrap_or(0),
        max_end_ns: blocks.iter().map(|b| b.max_end).max().unwrap_or(0),
        format_major: u32::from(header.major),
        format_minor: u32::from(header.minor),
        uuid: header.uuid,
    }
}

/// Tells what the file is called: its path, "memory" or "source".
///
/// Valid until: free of reader.
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_reader_name(reader: *const bp_reader) -> bp_str {
    fact!(bp_str::EMPTY, |c| Ok(bp_str::view(c.shared(reader)?.name().as_bytes())))
}

/// Names the program that wrote the file, and its version.
///
/// Valid until: free of reader.
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_reader_writer(reader: *const bp_reader) -> bp_str {
    fact!(bp_str::EMPTY, |c| Ok(bp_str::view(c.shared(reader)?.writer().as_bytes())))
}

/// Counts the blocks of the file.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_reader_block_count(reader: *const bp_reader) -> usize {
    fact!(0, |c| Ok(c.shared(reader)?.block_count()))
}

/// Gives blocks of the file as a list: count of them from block first on. The same block is shared
/// by all lists that have it. Scans of the list ask the indexes of the file, and fetch what they need
/// of a source for many blocks at once.
///
/// Parameters: count may be SIZE_MAX for all from first on.
/// Ownership: the caller frees the list; it stays good when the reader is freed.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_IO, BP_ERR_SHORT_READ,
/// BP_ERR_CALLBACK, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: reads the directories of the blocks that nobody holds; of a source in one call, with the
/// file's index of columns.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_reader_blocks(
    reader: *const bp_reader,
    first: usize,
    count: usize,
    out: *mut *mut bp_blocks,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let reader = c.shared(reader)?;
        let have = reader.block_count();
        let end = if count == usize::MAX { have } else { first.saturating_add(count) };
        if first > have || end > have {
            let message = format!("blocks {first} to {end} were asked for, there are {have}");
            return Err(Failure::invalid(message));
        }
        out.give(BlockList::new(Blocks::of_file(&reader, first..end)?));
        Ok(BP_OK)
    })
}

/// Reads the whole file and compares every checksum, and checks every column.
///
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_IO, BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT,
/// BP_ERR_CHECKSUM: the first damage that is found.
/// Cost: reads the whole file.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_reader_verify(
    reader: *const bp_reader,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        c.shared(reader)?.verify()?;
        Ok(BP_OK)
    })
}

/// Frees a reader. NULL is allowed. Lists of its blocks stay good.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_reader_free(reader: *mut bp_reader) {
    free!(reader)
}
