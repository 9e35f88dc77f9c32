//! Arrow's IPC stream format: the same batches as in memory, in a file or through a pipe.
//!
//! A stream is messages: the schema, then for each batch its dictionaries, which replace those before,
//! and the batch. A message is metadata (a flatbuffer) and a body (the buffers, one after another).

mod flat;

use crate::failure::{Failure, Result};
use crate::output::Output;
use blockpack::arrow::{Array, Schema, Stream};
use flat::{Flat, Place, Slot};

/// Numbers of Arrow's schemas of messages (`Schema.fbs`, `Message.fbs`).
mod number {
    pub const METADATA_V5: i64 = 4;
    pub const SCHEMA: i64 = 1;
    pub const DICTIONARY_BATCH: i64 = 2;
    pub const RECORD_BATCH: i64 = 3;
    pub const INT: i64 = 2;
    pub const FLOATING_POINT: i64 = 3;
    pub const BINARY: i64 = 4;
    pub const UTF8: i64 = 5;
    pub const BOOL: i64 = 6;
    pub const TIMESTAMP: i64 = 10;
    pub const LIST: i64 = 12;
    pub const STRUCT: i64 = 13;
    pub const FIXED_SIZE_BINARY: i64 = 15;
    pub const DOUBLE: i64 = 2;
    pub const NANOSECOND: i64 = 3;
}

/// Bodies are laid out in steps of this, as Arrow recommends.
const ALIGN: usize = 64;
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Writes all of `stream`; calls `advance` with the rows of each batch.
pub fn write(stream: &mut Stream, output: &mut Output, mut advance: impl FnMut(u64)) -> Result<()> {
    let schema = stream.schema().clone();
    message(number::SCHEMA, |flat| schema_table(flat, &schema), &Body::default(), output)?;
    while let Some(batch) = stream.next_batch()? {
        dictionaries(&schema, &batch, &mut 0, output)?;
        let mut body = Body::default();
        batch.children.iter().for_each(|column| body.add(column));
        let rows = batch.len as i64;
        message(number::RECORD_BATCH, |flat| batch_table(flat, rows, &body), &body, output)?;
        advance(batch.len as u64);
    }
    output.write(&CONTINUATION)?;
    output.write(&[0; 4])
}

/// Writes the dictionaries of a batch; they are numbered in the order of the fields.
fn dictionaries(schema: &Schema, array: &Array, next: &mut i64, out: &mut Output) -> Result<()> {
    if let Some(dictionary) = &array.dictionary {
        let mut body = Body::default();
        body.add(dictionary);
        let table = |flat: &mut Flat| {
            let data = batch_table(flat, dictionary.len as i64, &body);
            flat.table(&[Slot::Number(*next, 8), Slot::At(data)])
        };
        message(number::DICTIONARY_BATCH, table, &body, out)?;
    }
    *next += i64::from(schema.dictionary.is_some());
    let children = schema.children.iter().zip(&array.children);
    children.into_iter().try_for_each(|(schema, array)| dictionaries(schema, array, next, out))
}

/// The buffers of arrays, in Arrow's order: an array, then its children.
#[derive(Default)]
struct Body<'a> {
    /// Length and count of nulls of each array.
    nodes: Vec<(i64, i64)>,
    /// Place and length of each buffer.
    places: Vec<(i64, i64)>,
    buffers: Vec<&'a [u8]>,
    len: usize,
}

impl<'a> Body<'a> {
    fn add(&mut self, array: &'a Array) {
        self.nodes.push((array.len as i64, array.null_count as i64));
        for buffer in &array.buffers {
            let bytes = buffer.as_deref().unwrap_or_default();
            self.places.push((self.len as i64, bytes.len() as i64));
            self.buffers.push(bytes);
            self.len += bytes.len().next_multiple_of(ALIGN);
        }
        array.children.iter().for_each(|child| self.add(child));
    }
}

/// Writes a message whose header `table` builds.
fn message(
    kind: i64,
    table: impl FnOnce(&mut Flat) -> Place,
    body: &Body<'_>,
    output: &mut Output,
) -> Result<()> {
    let mut flat = Flat::default();
    let header = table(&mut flat);
    let root = flat.table(&[
        Slot::Number(number::METADATA_V5, 2),
        Slot::Number(kind, 1),
        Slot::At(header),
        Slot::Number(body.len as i64, 8),
    ]);
    let metadata = flat.finish(root);
    let len = i32::try_from(metadata.len())
        .map_err(|_| Failure::Run("there are too many columns for an Arrow stream".into()))?;
    output.write(&CONTINUATION)?;
    output.write(&len.to_le_bytes())?;
    output.write(&metadata)?;
    for bytes in &body.buffers {
        output.write(bytes)?;
        output.write(&[0; ALIGN][..bytes.len().next_multiple_of(ALIGN) - bytes.len()])?;
    }
    Ok(())
}

fn batch_table(flat: &mut Flat, rows: i64, body: &Body<'_>) -> Place {
    let (buffers, nodes) = (flat.pairs(&body.places), flat.pairs(&body.nodes));
    flat.table(&[Slot::Number(rows, 8), Slot::At(nodes), Slot::At(buffers)])
}

fn schema_table(flat: &mut Flat, schema: &Schema) -> Place {
    let fields = fields(flat, &schema.children, &mut 0);
    flat.table(&[Slot::Default, Slot::At(fields)])
}

fn fields(flat: &mut Flat, schemas: &[Schema], next: &mut i64) -> Place {
    let fields: Vec<Place> = schemas.iter().map(|schema| field(flat, schema, next)).collect();
    flat.references(&fields)
}

fn field(flat: &mut Flat, schema: &Schema, next: &mut i64) -> Place {
    let name = flat.text(&schema.name);
    let mut dictionary = Slot::Default;
    if schema.dictionary.is_some() {
        let (_, codes) = data_type(flat, &schema.format);
        dictionary = Slot::At(flat.table(&[Slot::Number(*next, 8), Slot::At(codes)]));
        *next += 1;
    }
    let values = schema.dictionary.as_deref().unwrap_or(schema);
    let (kind, data_type) = data_type(flat, &values.format);
    let children = fields(flat, &schema.children, next);
    flat.table(&[
        Slot::At(name),
        Slot::Number(schema.nullable.into(), 1),
        Slot::Number(kind, 1),
        Slot::At(data_type),
        dictionary,
        Slot::At(children),
    ])
}

/// The number and the table of a type of the C data interface, of those that streams have.
fn data_type(flat: &mut Flat, format: &str) -> (i64, Place) {
    let mut int = |bits, signed: bool| {
        (number::INT, flat.table(&[Slot::Number(bits, 4), Slot::Number(signed.into(), 1)]))
    };
    match format {
        "C" => int(8, false),
        "S" => int(16, false),
        "I" => int(32, false),
        "L" => int(64, false),
        "l" => int(64, true),
        "g" => (number::FLOATING_POINT, flat.table(&[Slot::Number(number::DOUBLE, 2)])),
        "tsn:" => (number::TIMESTAMP, flat.table(&[Slot::Number(number::NANOSECOND, 2)])),
        "b" => (number::BOOL, flat.table(&[])),
        "u" => (number::UTF8, flat.table(&[])),
        "+l" => (number::LIST, flat.table(&[])),
        "+s" => (number::STRUCT, flat.table(&[])),
        _ => match format.strip_prefix("w:").and_then(|len| len.parse().ok()) {
            Some(len) => (number::FIXED_SIZE_BINARY, flat.table(&[Slot::Number(len, 4)])),
            None => (number::BINARY, flat.table(&[])),
        },
    }
}
