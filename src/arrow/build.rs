//! Arrays built value by value.

use super::array::Array;
use super::names::Names;
use super::schema::DataType;
use crate::bytes::{AlignedBuf, Bytes};
use crate::error::{Error, ErrorKind, Result};
use crate::otlp::any_to_json;
use crate::value::{AnyRef, ValueRef};

/// Bits, lowest first.
#[derive(Default)]
pub(super) struct Bitmap {
    bytes: AlignedBuf,
    len: usize,
    ones: usize,
}

impl Bitmap {
    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(8) {
            self.bytes.extend_from_slice(&[0]);
        }
        if bit && let Some(last) = self.bytes.last_mut() {
            *last |= 1 << (self.len % 8);
            self.ones += 1;
        }
        self.len += 1;
    }

    /// The array of these buffers, whose validity this is.
    pub fn finish(self, buffers: impl IntoIterator<Item = Bytes>) -> Array {
        let mut array = Array::full(self.len, buffers);
        array.null_count = self.len - self.ones;
        match array.null_count {
            0 => array,
            _ => array.with_validity(self.bytes.into()),
        }
    }
}

/// Byte strings one after another, or the ends of lists.
pub(super) struct Ends(AlignedBuf);

impl Ends {
    pub fn new() -> Self {
        Ends(AlignedBuf::from(&0u32.to_le_bytes()[..]))
    }

    /// Ends an entry; an error of kind [`ErrorKind::Limit`] where Arrow's offsets end.
    pub fn push(&mut self, end: usize) -> Result<()> {
        let end = i32::try_from(end).map_err(|_| too_large())?;
        self.0.extend_from_slice(&end.to_le_bytes());
        Ok(())
    }

    pub fn finish(self) -> Bytes {
        self.0.into()
    }
}

/// Said by a batch that must be tried again with fewer rows.
#[cold]
pub(super) fn too_large() -> Error {
    let message = "a column of an Arrow batch would be larger than 2 GiB; ask for smaller batches";
    Error::new(ErrorKind::Limit, message)
}

/// Builds an array of one type. A value of another type becomes null.
pub(super) struct Builder {
    validity: Bitmap,
    values: Values,
}

enum Values {
    Bits(Bitmap),
    /// 8 bytes each.
    Words(AlignedBuf),
    /// This many bytes each.
    Fixed(usize, AlignedBuf),
    Strings(Form, Ends, AlignedBuf),
    Named(Codes),
    List(Ends, Box<Builder>),
}

/// What is done to byte strings.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Bytes,
    Json,
}

/// Codes of numbers that have names, and the numbers that have a code.
struct Codes {
    names: Names,
    codes: AlignedBuf,
    numbers: Vec<i32>,
}

impl Builder {
    pub fn new(data_type: &DataType) -> Self {
        let strings = |form| Values::Strings(form, Ends::new(), AlignedBuf::new());
        let values = match data_type {
            DataType::Bool => Values::Bits(Bitmap::default()),
            DataType::I64 | DataType::U64 | DataType::F64 | DataType::Timestamp => {
                Values::Words(AlignedBuf::new())
            }
            DataType::Fixed(len) => Values::Fixed(*len, AlignedBuf::new()),
            // Codes come from dictionaries, not from here: see `shared`.
            DataType::Text | DataType::Codes(_) => strings(Form::Text),
            DataType::Binary => strings(Form::Bytes),
            DataType::Json => strings(Form::Json),
            DataType::Named(names) => Values::Named(Codes::new(*names)),
            DataType::List(item) => Values::List(Ends::new(), Box::new(Builder::new(item))),
        };
        Builder { validity: Bitmap::default(), values }
    }

    /// Appends a value, or null. An error of kind [`ErrorKind::Limit`] means that there are too
    /// many bytes for one array.
    pub fn push(&mut self, value: Option<ValueRef<'_>>) -> Result<()> {
        let valid = match value {
            Some(value) => self.values.push(value)?,
            None => false,
        };
        if !valid {
            self.values.push_null()?;
        }
        self.validity.push(valid);
        Ok(())
    }

    pub fn finish(self) -> Array {
        match self.values {
            Values::Bits(bits) => self.validity.finish([bits.bytes.into()]),
            Values::Words(bytes) | Values::Fixed(_, bytes) => self.validity.finish([bytes.into()]),
            Values::Strings(_, ends, bytes) => self.validity.finish([ends.finish(), bytes.into()]),
            Values::Named(codes) => {
                let names = codes.numbers.iter().map(|&number| codes.names.name(number));
                let names = names_array(names);
                self.validity.finish([codes.codes.into()]).with_dictionary(names)
            }
            Values::List(ends, items) => {
                let mut array = self.validity.finish([ends.finish()]);
                array.children.push(items.finish());
                array
            }
        }
    }
}

impl Values {
    /// Appends a value; whether it is of the right type.
    fn push(&mut self, value: ValueRef<'_>) -> Result<bool> {
        match (self, value) {
            (Values::Bits(bits), ValueRef::Bool(value)) => bits.push(value),
            (Values::Words(words), value) => match word(value) {
                Some(word) => words.extend_from_slice(&word.to_le_bytes()),
                None => return Ok(false),
            },
            (Values::Fixed(len, bytes), ValueRef::Id(id)) if id.len() == *len => {
                bytes.extend_from_slice(id);
            }
            (Values::Strings(form, ends, bytes), value) => {
                if !form.append(value, bytes)? {
                    return Ok(false);
                }
                ends.push(bytes.len())?;
            }
            (Values::Named(codes), ValueRef::SpanKind(n) | ValueRef::Status(n)) => codes.push(n)?,
            (Values::List(ends, items), ValueRef::List(list)) => {
                for item in list.items() {
                    items.push(Some(ValueRef::of_any(item?)?))?;
                }
                ends.push(items.validity.len)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn push_null(&mut self) -> Result<()> {
        match self {
            Values::Bits(bits) => bits.push(false),
            Values::Words(words) => words.extend_from_slice(&[0; 8]),
            Values::Fixed(len, bytes) => bytes.resize(bytes.len() + *len),
            Values::Strings(_, ends, bytes) => ends.push(bytes.len())?,
            Values::Named(codes) => codes.codes.extend_from_slice(&[0]),
            Values::List(ends, items) => ends.push(items.validity.len)?,
        }
        Ok(())
    }
}

/// The 64 bits of a number; times and durations are signed in Arrow.
fn word(value: ValueRef<'_>) -> Option<u64> {
    match value {
        ValueRef::I64(number) => Some(number as u64),
        ValueRef::U64(number) => Some(number),
        ValueRef::F64(number) => Some(number.to_bits()),
        ValueRef::TimeNs(ns) | ValueRef::DurationNs(ns) => Some(ns.min(i64::MAX as u64)),
        _ => None,
    }
}

impl Form {
    /// Appends the bytes of a value; whether it is of the right type.
    fn append(self, value: ValueRef<'_>, out: &mut AlignedBuf) -> Result<bool> {
        match (self, value) {
            (Form::Text, ValueRef::Str(text)) => {
                out.extend_from_slice(String::from_utf8_lossy(text).as_bytes());
            }
            (Form::Bytes, ValueRef::Bytes(bytes) | ValueRef::Id(bytes)) => {
                out.extend_from_slice(bytes);
            }
            (Form::Json, ValueRef::Nested(AnyRef(any))) => {
                let mut json = Vec::new();
                any_to_json(AnyRef(any), &mut json)?;
                out.extend_from_slice(&json);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Codes {
    fn new(names: Names) -> Self {
        let numbers = (0..i32::from(names.count())).collect();
        Codes { names, codes: AlignedBuf::new(), numbers }
    }

    fn push(&mut self, number: i32) -> Result<()> {
        let known = self.numbers.iter().position(|&n| n == number);
        let code = known.unwrap_or_else(|| {
            self.numbers.push(number);
            self.numbers.len() - 1
        });
        let code = u8::try_from(code).map_err(|_| {
            let message = "an Arrow batch has more than 256 kinds of spans or status codes";
            Error::new(ErrorKind::Limit, message)
        })?;
        self.codes.extend_from_slice(&[code]);
        Ok(())
    }
}

/// An array of a few names.
pub(super) fn names_array(names: impl Iterator<Item = impl AsRef<str>>) -> Array {
    let mut builder = Builder::new(&DataType::Text);
    for name in names {
        // Names are short and at most a few hundred: they stay below the limit.
        let _ = builder.push(Some(ValueRef::Str(name.as_ref().as_bytes())));
    }
    builder.finish()
}
