//! OTLP protobuf out of plain values: the few messages that a generated span needs.
//!
//! Field numbers are those of `opentelemetry/proto/{trace,common,resource}/v1`
//! (<https://github.com/open-telemetry/opentelemetry-proto>).

use blockpack::wire::WriteExt;
use std::fmt::{Arguments, Write};

/// Field of `AnyValue` for each kind of value.
mod any {
    pub const STRING: u32 = 1;
    pub const BOOL: u32 = 2;
    pub const INT: u32 = 3;
    pub const DOUBLE: u32 = 4;
    pub const ARRAY: u32 = 5;
    pub const KVLIST: u32 = 6;
    pub const BYTES: u32 = 7;
}

/// Appends attributes to a message.
pub struct Attributes<'a> {
    message: &'a mut Vec<u8>,
    field: u32,
}

impl<'a> Attributes<'a> {
    /// Attributes of `message`, whose attribute field has this number.
    pub fn new(message: &'a mut Vec<u8>, field: u32) -> Self {
        Attributes { message, field }
    }

    /// One `KeyValue`; `value` appends the fields of its `AnyValue`.
    #[inline]
    fn put(&mut self, key: &str, value: impl FnOnce(&mut Vec<u8>)) {
        self.message.put_message_field(self.field, |kv| {
            kv.put_bytes_field(1, key.as_bytes());
            kv.put_message_field(2, value);
        });
    }

    pub fn str(&mut self, key: &str, value: &str) {
        self.put(key, |v| v.put_bytes_field(any::STRING, value.as_bytes()));
    }

    /// Text made by `format_args!`.
    pub fn text(&mut self, key: &str, value: Arguments<'_>) {
        self.put(key, |v| put_text(v, any::STRING, value));
    }

    pub fn int(&mut self, key: &str, value: u64) {
        self.put(key, |v| v.put_varint_field(any::INT, value));
    }

    pub fn double(&mut self, key: &str, value: f64) {
        self.put(key, |v| v.put_fixed64_field(any::DOUBLE, value.to_bits()));
    }

    pub fn bool(&mut self, key: &str, value: bool) {
        self.put(key, |v| v.put_varint_field(any::BOOL, value.into()));
    }

    pub fn bytes(&mut self, key: &str, value: &[u8]) {
        self.put(key, |v| v.put_bytes_field(any::BYTES, value));
    }

    /// An array; `element` appends one `AnyValue` body for each item.
    fn array<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        element: impl Fn(&mut Vec<u8>, T),
    ) {
        self.put(key, |v| {
            v.put_message_field(any::ARRAY, |array| {
                for item in items {
                    array.put_message_field(1, |value| element(value, item));
                }
            });
        });
    }

    pub fn strs<'s>(&mut self, key: &str, values: impl IntoIterator<Item = &'s str>) {
        self.array(key, values, |v, s| v.put_bytes_field(any::STRING, s.as_bytes()));
    }

    pub fn ints(&mut self, key: &str, values: impl IntoIterator<Item = u64>) {
        self.array(key, values, |v, i| v.put_varint_field(any::INT, i));
    }

    pub fn doubles(&mut self, key: &str, values: impl IntoIterator<Item = f64>) {
        self.array(key, values, |v, d| v.put_fixed64_field(any::DOUBLE, d.to_bits()));
    }

    pub fn bools(&mut self, key: &str, values: impl IntoIterator<Item = bool>) {
        self.array(key, values, |v, b| v.put_varint_field(any::BOOL, b.into()));
    }

    /// A key-value list, filled by `fill`.
    pub fn kvlist(&mut self, key: &str, fill: impl FnOnce(&mut Attributes<'_>)) {
        self.put(key, |v| {
            v.put_message_field(any::KVLIST, |list| fill(&mut Attributes::new(list, 1)));
        });
    }
}

/// A text field made by `format_args!`, without a string in between.
pub fn put_text(message: &mut Vec<u8>, field: u32, text: Arguments<'_>) {
    struct Utf8<'a>(&'a mut Vec<u8>);
    impl Write for Utf8<'_> {
        fn write_str(&mut self, s: &str) -> std::fmt::Result {
            self.0.extend_from_slice(s.as_bytes());
            Ok(())
        }
    }
    message.put_message_field(field, |body| {
        // Writing into memory cannot fail.
        let _ = Utf8(body).write_fmt(text);
    });
}
