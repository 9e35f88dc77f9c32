//! Messages taken apart by their table, field by field, in the one form that counts.

use super::schema::{Field, Kind, Message};
use crate::error::Result;
use crate::wire::{BYTES, FIXED32, FIXED64, Reader};
use std::borrow::Cow;

/// A message's fields as they count: sorted by number; of singular fields at most one, merged if it
/// is a message; default values left out where presence makes no difference.
pub struct Fields<'a> {
    pub known: Vec<(&'static Field, Value<'a>)>,
    /// The fields that the table does not know, encoded, in their order.
    pub unknown: Vec<u8>,
}

/// The value of a field on the wire.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A varint or fixed value.
    Number(u64),
    /// A length-delimited value.
    Bytes(Cow<'a, [u8]>),
}

impl<'a> Fields<'a> {
    /// Takes `raw` apart, one level deep.
    pub fn parse(message: &Message, raw: &'a [u8]) -> Result<Self> {
        let mut fields = Fields { known: Vec::new(), unknown: Vec::new() };
        let mut r = Reader::new(raw);
        let mut before = raw;
        while let Some((number, wire_type)) = r.tag()? {
            match message.on_wire(number, wire_type) {
                Some(field) => fields.add(message, field, read(field.kind, &mut r)?),
                None => {
                    r.skip(wire_type)?;
                    let field = &before[..before.len() - r.rest().len()];
                    fields.unknown.extend_from_slice(field);
                }
            }
            before = r.rest();
        }
        if !message.oneof {
            fields.known.retain(|(field, value)| !is_default(field.kind, value));
        }
        fields.known.sort_by_key(|(field, _)| field.number);
        Ok(fields)
    }

    fn add(&mut self, message: &Message, field: &'static Field, value: Value<'a>) {
        if message.oneof {
            self.known.clear();
        }
        let known = self.known.iter_mut().find(|(f, _)| f.number == field.number);
        match (field.kind, known, value) {
            (Kind::One(_), Some((_, Value::Bytes(old))), Value::Bytes(new)) => {
                old.to_mut().extend_from_slice(&new);
            }
            (Kind::Many(_), _, value) | (_, None, value) => self.known.push((field, value)),
            (_, Some(known), value) => known.1 = value,
        }
    }
}

/// Reads a value, with the bits that its kind ignores cleared.
fn read<'a>(kind: Kind, r: &mut Reader<'a>) -> Result<Value<'a>> {
    let number = match kind.wire_type() {
        BYTES => return Ok(Value::Bytes(Cow::Borrowed(r.bytes()?))),
        FIXED64 => r.fixed64()?,
        FIXED32 => r.fixed32()?.into(),
        _ => r.varint()?,
    };
    Ok(Value::Number(match kind {
        Kind::Bool => (number != 0).into(),
        Kind::U32 => u64::from(number as u32),
        Kind::Enum(_) => i64::from(number as i32) as u64,
        _ => number,
    }))
}

fn is_default(kind: Kind, value: &Value<'_>) -> bool {
    match (kind, value) {
        (Kind::One(_) | Kind::Many(_), _) => false,
        (_, Value::Number(number)) => *number == 0,
        (_, Value::Bytes(bytes)) => bytes.is_empty(),
    }
}
