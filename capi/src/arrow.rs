//! Spans as Arrow, through Arrow's C data and stream interfaces.
//!
//! The structs are Arrow's own; blockpack.h declares them under Arrow's guards (cbindgen.toml), so
//! that it lives with any other header that does. An exported struct owns what it points at, through
//! its private data; its release callback gives that back. A consumer may move a child out of its
//! parent, which marks it released there: so every struct owns itself alone.

use crate::blocks::bp_blocks;
use crate::columns::bp_columns;
use crate::error::{Failure, bp_error};
use crate::guard::{self, Call, Zero, entry};
use crate::handle::BP_HANDLE_ARROW;
use crate::options::Growing;
use crate::row_set::bp_row_set;
use crate::span_set::bp_span_set;
use crate::status::*;
use crate::tally::Counted;
use blockpack_engine::arrow::{Array, Options, Schema, Stream};
use blockpack_engine::bytes::Bytes;
use blockpack_engine::rowset::{RowSet, SpanSet};
use blockpack_engine::{Blocks, Error, ErrorKind};
use std::ffi::{CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// Adds a column "event" to chosen columns: a list of structs.
pub const BP_ARROW_EVENTS: u32 = 1;
/// Adds a column "link" to chosen columns: a list of structs.
pub const BP_ARROW_LINKS: u32 = 2;

/// What an Arrow stream has. Zero is the default of every member.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_arrow_options {
    /// sizeof(bp_arrow_options).
    pub struct_size: usize,
    /// The fields that become columns, in this order; NULL stands for all that the blocks have a
    /// column for, with events and links. Read during the call and not kept.
    pub columns: *const bp_columns,
    /// Rows of a batch, at most; if 0 a batch is all that is asked for of a block.
    pub batch_rows: u32,
    /// BP_ARROW_EVENTS, BP_ARROW_LINKS, both or 0.
    pub flags: u32,
}

// SAFETY: `repr(C)`, a size first, integers and a pointer.
unsafe impl Growing for bp_arrow_options {
    const NAME: &'static str = "bp_arrow_options";
    const MIN: usize = 24;
}

/// Description of an array. Arrow's; cbindgen leaves these three to the header's text.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ArrowSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut ArrowSchema,
    dictionary: *mut ArrowSchema,
    release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    private_data: *mut c_void,
}

/// An array.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ArrowArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut ArrowArray,
    dictionary: *mut ArrowArray,
    release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    private_data: *mut c_void,
}

/// A stream of arrays.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ArrowArrayStream {
    get_schema: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowSchema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowArray) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut ArrowArrayStream) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut ArrowArrayStream)>,
    private_data: *mut c_void,
}

// SAFETY: null pointers and no callback; for Arrow that is a released stream.
unsafe impl Zero for ArrowArrayStream {}

const NULLABLE: i64 = 2;
const EIO: c_int = 5;
const EINVAL: c_int = 22;

// --- schemas --------------------------------------------------------------------------------------

/// What an exported schema owns.
struct SchemaParts {
    format: CString,
    name: CString,
    children: Vec<*mut ArrowSchema>,
    dictionary: *mut ArrowSchema,
    _counted: Counted,
}

/// A text without zeros, which C's ends with one.
fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

impl ArrowSchema {
    fn new(schema: &Schema) -> Self {
        let boxed = |child: &Schema| Box::into_raw(Box::new(ArrowSchema::new(child)));
        let mut parts = Box::new(SchemaParts {
            format: c_text(&schema.format),
            name: c_text(&schema.name),
            children: schema.children.iter().map(boxed).collect(),
            dictionary: schema.dictionary.as_deref().map_or(ptr::null_mut(), boxed),
            _counted: Counted::new(BP_HANDLE_ARROW),
        });
        ArrowSchema {
            format: parts.format.as_ptr(),
            name: parts.name.as_ptr(),
            metadata: ptr::null(),
            flags: if schema.nullable { NULLABLE } else { 0 },
            n_children: parts.children.len() as i64,
            children: parts.children.as_mut_ptr(),
            dictionary: parts.dictionary,
            release: Some(release_schema),
            private_data: Box::into_raw(parts).cast(),
        }
    }
}

/// The release callback of schemas.
///
/// # Safety
/// `schema` was exported here and not released, as Arrow says.
unsafe extern "C" fn release_schema(schema: *mut ArrowSchema) {
    // SAFETY: the contract; private data of schemas is made by `ArrowSchema::new` alone.
    let parts = unsafe { Box::from_raw((*schema).private_data.cast::<SchemaParts>()) };
    // SAFETY: the contract.
    unsafe { (*schema).release = None };
    for child in parts.children.iter().copied().chain([parts.dictionary]) {
        if child.is_null() {
            continue;
        }
        // SAFETY: the struct was boxed by `ArrowSchema::new`; who moved it out left no callback.
        if let Some(release) = unsafe { (*child).release } {
            // SAFETY: it was not released, since the callback is there.
            unsafe { release(child) };
        }
        // SAFETY: as above; this is the last use of it.
        drop(unsafe { Box::from_raw(child) });
    }
}

// --- arrays ---------------------------------------------------------------------------------------

/// What an exported array owns.
struct ArrayParts {
    /// Keep the memory behind the pointers.
    _buffers: Vec<Option<Bytes>>,
    pointers: Vec<*const c_void>,
    children: Vec<*mut ArrowArray>,
    dictionary: *mut ArrowArray,
    _counted: Counted,
}

impl ArrowArray {
    /// What stands for the end of a stream.
    const RELEASED: ArrowArray = ArrowArray {
        length: 0,
        null_count: 0,
        offset: 0,
        n_buffers: 0,
        n_children: 0,
        buffers: ptr::null_mut(),
        children: ptr::null_mut(),
        dictionary: ptr::null_mut(),
        release: None,
        private_data: ptr::null_mut(),
    };

    fn new(array: Array) -> Self {
        let boxed = |child: Array| Box::into_raw(Box::new(ArrowArray::new(child)));
        let pointer = |buffer: &Option<Bytes>| match buffer {
            Some(bytes) => bytes.as_ptr().cast(),
            None => ptr::null(),
        };
        let mut parts = Box::new(ArrayParts {
            pointers: array.buffers.iter().map(pointer).collect(),
            _buffers: array.buffers,
            children: array.children.into_iter().map(boxed).collect(),
            dictionary: array.dictionary.map_or(ptr::null_mut(), |d| boxed(*d)),
            _counted: Counted::new(BP_HANDLE_ARROW),
        });
        ArrowArray {
            length: array.len as i64,
            null_count: array.null_count as i64,
            offset: 0,
            n_buffers: parts.pointers.len() as i64,
            n_children: parts.children.len() as i64,
            buffers: parts.pointers.as_mut_ptr(),
            children: parts.children.as_mut_ptr(),
            dictionary: parts.dictionary,
            release: Some(release_array),
            private_data: Box::into_raw(parts).cast(),
        }
    }
}

/// The release callback of arrays.
///
/// # Safety
/// `array` was exported here and not released, as Arrow says.
unsafe extern "C" fn release_array(array: *mut ArrowArray) {
    // SAFETY: the contract; private data of arrays is made by `ArrowArray::new` alone.
    let parts = unsafe { Box::from_raw((*array).private_data.cast::<ArrayParts>()) };
    // SAFETY: the contract.
    unsafe { (*array).release = None };
    for child in parts.children.iter().copied().chain([parts.dictionary]) {
        if child.is_null() {
            continue;
        }
        // SAFETY: the struct was boxed by `ArrowArray::new`; who moved it out left no callback.
        if let Some(release) = unsafe { (*child).release } {
            // SAFETY: it was not released, since the callback is there.
            unsafe { release(child) };
        }
        // SAFETY: as above; this is the last use of it.
        drop(unsafe { Box::from_raw(child) });
    }
}

// --- streams --------------------------------------------------------------------------------------

/// What an exported stream owns.
struct StreamParts {
    stream: Stream,
    last_error: Option<CString>,
    /// A panic happened: nothing more is answered.
    broken: bool,
    _counted: Counted,
}

impl ArrowArrayStream {
    fn new(stream: Stream) -> Self {
        let counted = Counted::new(BP_HANDLE_ARROW);
        let parts = StreamParts { stream, last_error: None, broken: false, _counted: counted };
        ArrowArrayStream {
            get_schema: Some(get_schema),
            get_next: Some(get_next),
            get_last_error: Some(get_last_error),
            release: Some(release_stream),
            private_data: Box::into_raw(Box::new(parts)).cast(),
        }
    }
}

/// The parts of a stream.
///
/// # Safety
/// `stream` is NULL, or was exported here and not released, and for `'s` no other call uses it.
unsafe fn parts<'s>(stream: *mut ArrowArrayStream) -> Option<&'s mut StreamParts> {
    // SAFETY: the contract; private data of streams is made by `ArrowArrayStream::new` alone.
    unsafe { stream.as_ref()?.private_data.cast::<StreamParts>().as_mut() }
}

impl StreamParts {
    /// Runs a callback's body: its answer in `out`, or an error number.
    ///
    /// # Safety
    /// `out` is NULL or good for writing.
    unsafe fn answer<T>(
        &mut self,
        out: *mut T,
        body: impl FnOnce(&mut Stream) -> Result<T, Error>,
    ) -> c_int {
        let answer = match (out.is_null(), self.broken) {
            (true, _) => Err(Error::new(ErrorKind::InvalidArgument, "an output is NULL")),
            (_, true) => return EIO,
            _ => self.run(body),
        };
        match answer {
            Ok(answer) => {
                // SAFETY: not NULL, and the contract.
                unsafe { out.write(answer) };
                0
            }
            Err(e) => {
                self.last_error = Some(c_text(e.message()));
                let io =
                    matches!(e.kind(), ErrorKind::Io | ErrorKind::ShortRead | ErrorKind::Callback);
                if io { EIO } else { EINVAL }
            }
        }
    }

    /// Runs `body`; a panic becomes an error and breaks the stream.
    fn run<T>(&mut self, body: impl FnOnce(&mut Stream) -> Result<T, Error>) -> Result<T, Error> {
        let stream = &mut self.stream;
        catch_unwind(AssertUnwindSafe(|| body(stream))).unwrap_or_else(|payload| {
            self.broken = true;
            let text = guard::panic_text(&*payload);
            let message = format!("a bug in libblockpack was caught: {text}");
            Err(Error::new(ErrorKind::Io, message))
        })
    }
}

/// # Safety
/// As Arrow says.
unsafe extern "C" fn get_schema(stream: *mut ArrowArrayStream, out: *mut ArrowSchema) -> c_int {
    // SAFETY: the contract.
    match unsafe { parts(stream) } {
        // SAFETY: the contract.
        Some(parts) => unsafe { parts.answer(out, |s| Ok(ArrowSchema::new(s.schema()))) },
        None => EINVAL,
    }
}

/// # Safety
/// As Arrow says.
unsafe extern "C" fn get_next(stream: *mut ArrowArrayStream, out: *mut ArrowArray) -> c_int {
    let next = |stream: &mut Stream| {
        let batch = stream.next_batch()?;
        Ok(batch.map_or(ArrowArray::RELEASED, ArrowArray::new))
    };
    // SAFETY: the contract.
    match unsafe { parts(stream) } {
        // SAFETY: the contract.
        Some(parts) => unsafe { parts.answer(out, next) },
        None => EINVAL,
    }
}

/// # Safety
/// As Arrow says.
unsafe extern "C" fn get_last_error(stream: *mut ArrowArrayStream) -> *const c_char {
    // SAFETY: the contract.
    let error = unsafe { parts(stream) }.and_then(|parts| parts.last_error.as_ref());
    error.map_or(ptr::null(), |text| text.as_ptr())
}

/// # Safety
/// As Arrow says.
unsafe extern "C" fn release_stream(stream: *mut ArrowArrayStream) {
    // SAFETY: the contract; private data of streams is made by `ArrowArrayStream::new` alone.
    drop(unsafe { Box::from_raw((*stream).private_data.cast::<StreamParts>()) });
    // SAFETY: the contract.
    unsafe { (*stream).release = None };
}

// --- exports --------------------------------------------------------------------------------------

/// The stream of `spans` of `blocks` that the caller's options ask for.
fn stream(
    call: &Call<'_>,
    blocks: &Blocks,
    spans: SpanSet,
    options: *const bp_arrow_options,
) -> Result<ArrowArrayStream, Failure> {
    let options = call.options(options)?;
    if options.flags & !(BP_ARROW_EVENTS | BP_ARROW_LINKS) != 0 {
        let message = format!("bp_arrow_options.flags {:#x} has unknown bits", options.flags);
        return Err(Failure::invalid(message));
    }
    let names = match options.columns.is_null() {
        true => None,
        false => Some(call.shared(options.columns)?),
    };
    let options = Options {
        columns: names.as_ref().map(|names| &**names.columns()),
        events: options.flags & BP_ARROW_EVENTS != 0,
        links: options.flags & BP_ARROW_LINKS != 0,
        batch_rows: options.batch_rows,
    };
    Ok(ArrowArrayStream::new(Stream::new(blocks, spans, &options)?))
}

/// Gives the spans of a set as an Arrow stream: pyarrow, DuckDB, Polars and others read it in place.
///
/// What fields become which Arrow types is in docs/arrow.md. A field that has values of several types
/// becomes a column a type, as in "span.x:int". The schema follows from the directories of all
/// blocks of the list, so it is the same for every set over them. Where a batch is a whole block,
/// columns whose layout is Arrow's are not copied.
///
/// Parameters: options may be NULL. out is a struct of the caller's that is not in use; what is in it
/// is overwritten.
/// Ownership: the caller calls out->release, or hands the stream to who does. The stream holds the
/// blocks, and arrays hold what they share with them; neither needs the set.
/// Threads: any; the stream is used by one at a time; arrays are released by any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, and what reading the
/// residual table of a block can give, as BP_ERR_CORRUPT; then out->release is NULL. Errors of the
/// stream are error numbers of the system, with a message in get_last_error().
/// Cost: linear in the columns of all blocks; values are read batch by batch.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_arrow_export_span_set(
    set: *const bp_span_set,
    options: *const bp_arrow_options,
    out: *mut ArrowArrayStream,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let set = c.shared(set)?;
        out.set(stream(c, set.list()?, set.set().clone(), options)?);
        Ok(BP_OK)
    })
}

/// Gives all spans of a list of blocks as an Arrow stream; see bp_arrow_export_span_set().
///
/// Parameters, ownership: as there.
/// Threads: any; the stream is used by one at a time; arrays are released by any.
/// Errors: as there.
/// Cost: as there.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_arrow_export_blocks(
    blocks: *const bp_blocks,
    options: *const bp_arrow_options,
    out: *mut ArrowArrayStream,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let blocks = c.shared(blocks)?;
        let blocks = blocks.get()?;
        let all = blocks.iter().map(|block| RowSet::all(block.rows()));
        out.set(stream(c, blocks, SpanSet::new(all.collect()), options)?);
        Ok(BP_OK)
    })
}

/// Gives the spans of a set of rows as an Arrow stream; see bp_arrow_export_span_set(). The schema is
/// that of the list that the set's block is in.
///
/// Parameters, ownership: as there.
/// Threads: any; the stream is used by one at a time; arrays are released by any.
/// Errors: as there.
/// Cost: as there.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_arrow_export_row_set(
    set: *const bp_row_set,
    options: *const bp_arrow_options,
    out: *mut ArrowArrayStream,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let rows = c.shared(set)?;
        let blocks = rows.place().list()?;
        let mut sets: Vec<_> = blocks.iter().map(|block| RowSet::none(block.rows())).collect();
        sets[rows.place().block()] = RowSet::clone(rows.set());
        out.set(stream(c, blocks, SpanSet::new(sets), options)?);
        Ok(BP_OK)
    })
}
