//! Plain data that crosses the boundary: text and byte views, values, fields.

use crate::error::{Failure, bp_error};
use crate::guard::{Call, Zero, entry};
use crate::status::*;
use blockpack_engine::value::{AnyKind, AnyRef, Kind, ValueRef, ValueType};
use std::ffi::{c_char, c_void};
use std::mem::{offset_of, size_of};
use std::ptr;

/// A view of text: UTF-8 as far as the recorded program kept to it, not terminated by a zero.
/// ptr may be NULL only if len is 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_str {
    /// First byte.
    pub ptr: *const c_char,
    /// Length in bytes.
    pub len: usize,
}

/// A view of bytes. ptr may be NULL only if len is 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_bytes {
    /// First byte.
    pub ptr: *const u8,
    /// Length in bytes.
    pub len: usize,
}

/// What a bp_value holds. A reader of values skips kinds that it does not know.
pub type bp_kind = u32;

/// No such field. A zeroed bp_value is absent.
pub const BP_KIND_ABSENT: bp_kind = 0;
/// bits is 0 or 1.
pub const BP_KIND_BOOL: bp_kind = 1;
/// bits is a signed integer in two's complement.
pub const BP_KIND_I64: bp_kind = 2;
/// bits is an unsigned integer.
pub const BP_KIND_U64: bp_kind = 3;
/// bits is an IEEE double.
pub const BP_KIND_F64: bp_kind = 4;
/// bits bytes of text at ptr.
pub const BP_KIND_STR: bp_kind = 5;
/// bits bytes at ptr.
pub const BP_KIND_BYTES: bp_kind = 6;
/// bits is nanoseconds since the Unix epoch.
pub const BP_KIND_TIME_NS: bp_kind = 7;
/// bits is a length of time in nanoseconds.
pub const BP_KIND_DURATION_NS: bp_kind = 8;
/// An array, read with bp_value_items(): bits bytes of encoded OTLP AnyValue at ptr.
pub const BP_KIND_LIST: bp_kind = 9;
/// The field is there, and empty.
pub const BP_KIND_NULL: bp_kind = 10;
/// A trace or span id: bits bytes at ptr.
pub const BP_KIND_ID: bp_kind = 11;
/// bits is an OTLP span kind number, signed: 0 unspecified, 1 internal, 2 server, 3 client,
/// 4 producer, 5 consumer.
pub const BP_KIND_SPAN_KIND: bp_kind = 12;
/// bits is an OTLP status code, signed: 0 unset, 1 ok, 2 error.
pub const BP_KIND_SPAN_STATUS: bp_kind = 13;
/// Named values, read with bp_value_entries(): bits bytes of encoded OTLP AnyValue at ptr.
pub const BP_KIND_MAP: bp_kind = 14;

/// A typed value, 24 bytes without a union, so that it is the same in every language.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_value {
    /// The number, or the length in bytes of what ptr points at.
    pub bits: u64,
    /// Text, bytes or an encoded value; else NULL.
    pub ptr: *const c_void,
    /// One of BP_KIND_...
    pub kind: bp_kind,
    /// Of fields of events and links: which event or link of the span, from 0. Else 0.
    pub item: u32,
}

/// A value and its name.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_field {
    /// The name, as in "span.http.method".
    pub name: bp_str,
    /// The value.
    pub value: bp_value,
}

const _: () = {
    assert!(Kind::Absent as u32 == BP_KIND_ABSENT && Kind::Bool as u32 == BP_KIND_BOOL);
    assert!(Kind::I64 as u32 == BP_KIND_I64 && Kind::U64 as u32 == BP_KIND_U64);
    assert!(Kind::F64 as u32 == BP_KIND_F64 && Kind::Str as u32 == BP_KIND_STR);
    assert!(Kind::Bytes as u32 == BP_KIND_BYTES && Kind::TimeNs as u32 == BP_KIND_TIME_NS);
    assert!(Kind::DurationNs as u32 == BP_KIND_DURATION_NS && Kind::List as u32 == BP_KIND_LIST);
    assert!(Kind::Null as u32 == BP_KIND_NULL && Kind::Id as u32 == BP_KIND_ID);
    assert!(
        Kind::SpanKind as u32 == BP_KIND_SPAN_KIND && Kind::Status as u32 == BP_KIND_SPAN_STATUS
    );
    assert!(Kind::Map as u32 == BP_KIND_MAP);
};

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<bp_value>() == 24 && size_of::<bp_field>() == 40);
    assert!(offset_of!(bp_value, ptr) == 8 && offset_of!(bp_value, kind) == 16);
};

// SAFETY: all zero bytes are a null view and an absent value.
unsafe impl Zero for bp_field {}

impl bp_str {
    /// The empty text.
    pub const EMPTY: bp_str = bp_str { ptr: ptr::null(), len: 0 };

    /// A view of `text`, which must outlive it.
    pub fn view(text: &[u8]) -> Self {
        bp_str { ptr: address(text).cast(), len: text.len() }
    }
}

impl bp_bytes {
    /// A view of `bytes`, which must outlive it.
    pub fn view(bytes: &[u8]) -> Self {
        bp_bytes { ptr: address(bytes), len: bytes.len() }
    }
}

/// Where `bytes` are. Of no bytes that may be an address of nothing, which the garbage collectors of
/// other languages take offence at.
fn address(bytes: &[u8]) -> *const u8 {
    if bytes.is_empty() { c"".as_ptr().cast() } else { bytes.as_ptr() }
}

impl bp_value {
    /// No such field.
    pub const ABSENT: bp_value =
        bp_value { bits: 0, ptr: ptr::null(), kind: BP_KIND_ABSENT, item: 0 };

    /// A text as a value.
    pub fn text(text: bp_str) -> Self {
        bp_value { bits: text.len as u64, ptr: text.ptr.cast(), kind: BP_KIND_STR, item: 0 }
    }

    /// The text of a value of kind `BP_KIND_STR`.
    pub fn as_str(&self) -> bp_str {
        let len = usize::try_from(self.bits).unwrap_or(usize::MAX);
        bp_str { ptr: self.ptr.cast(), len }
    }

    /// A view of `value`, absent if there is none.
    #[inline(always)]
    pub fn maybe(value: Option<ValueRef<'_>>) -> Self {
        match value {
            Some(value) => bp_value::view(value),
            None => bp_value::ABSENT,
        }
    }

    #[inline(always)]
    fn number(kind: bp_kind, bits: u64) -> Self {
        bp_value { bits, kind, ..bp_value::ABSENT }
    }

    #[inline(always)]
    fn bytes(kind: bp_kind, bytes: &[u8]) -> Self {
        let (bits, ptr) = (bytes.len() as u64, bytes.as_ptr().cast());
        bp_value { bits, ptr, kind, item: 0 }
    }

    /// A view of `value`, whose memory must outlive it. In line, for its parts to go straight to
    /// their place.
    #[inline(always)]
    pub fn view(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Empty => bp_value::number(BP_KIND_NULL, 0),
            ValueRef::Str(s) => bp_value::bytes(BP_KIND_STR, s),
            ValueRef::Bytes(b) => bp_value::bytes(BP_KIND_BYTES, b),
            ValueRef::I64(v) => bp_value::number(BP_KIND_I64, v as u64),
            ValueRef::U64(v) => bp_value::number(BP_KIND_U64, v),
            ValueRef::F64(v) => bp_value::number(BP_KIND_F64, v.to_bits()),
            ValueRef::Bool(v) => bp_value::number(BP_KIND_BOOL, u64::from(v)),
            ValueRef::TimeNs(v) => bp_value::number(BP_KIND_TIME_NS, v),
            ValueRef::DurationNs(v) => bp_value::number(BP_KIND_DURATION_NS, v),
            ValueRef::Id(id) => bp_value::bytes(BP_KIND_ID, id),
            ValueRef::SpanKind(k) => bp_value::number(BP_KIND_SPAN_KIND, i64::from(k) as u64),
            ValueRef::Status(s) => bp_value::number(BP_KIND_SPAN_STATUS, i64::from(s) as u64),
            ValueRef::List(any) => bp_value::bytes(BP_KIND_LIST, any.0),
            ValueRef::Nested(any) => match any.kind() {
                Ok(AnyKind::Array(_)) => bp_value::bytes(BP_KIND_LIST, any.0),
                Ok(AnyKind::Map(_)) => bp_value::bytes(BP_KIND_MAP, any.0),
                // Part by part: none of the other kinds then need be in memory first.
                _ => {
                    let bp_value { bits, ptr, kind, item } = bp_value::any(any);
                    bp_value { bits, ptr, kind, item }
                }
            },
        }
    }

    /// A view of one level of an encoded `AnyValue`; what cannot be decoded is given as bytes.
    #[cold]
    fn any(any: AnyRef<'_>) -> Self {
        match any.kind() {
            Ok(AnyKind::Empty) => bp_value::number(BP_KIND_NULL, 0),
            Ok(AnyKind::Str(s)) => bp_value::bytes(BP_KIND_STR, s),
            Ok(AnyKind::Bool(v)) => bp_value::number(BP_KIND_BOOL, u64::from(v)),
            Ok(AnyKind::I64(v)) => bp_value::number(BP_KIND_I64, v as u64),
            Ok(AnyKind::F64(v)) => bp_value::number(BP_KIND_F64, v.to_bits()),
            Ok(AnyKind::Bytes(b)) => bp_value::bytes(BP_KIND_BYTES, b),
            Ok(AnyKind::Array(_)) => bp_value::bytes(BP_KIND_LIST, any.0),
            Ok(AnyKind::Map(_)) => bp_value::bytes(BP_KIND_MAP, any.0),
            Err(_) => bp_value::bytes(BP_KIND_BYTES, any.0),
        }
    }
}

/// The kind of the values of a column. Nested values are maps more often than mixed arrays.
pub fn kind_of(value_type: ValueType) -> bp_kind {
    match value_type {
        ValueType::Empty => BP_KIND_NULL,
        ValueType::Str => BP_KIND_STR,
        ValueType::Bytes => BP_KIND_BYTES,
        ValueType::I64 => BP_KIND_I64,
        ValueType::U64 => BP_KIND_U64,
        ValueType::F64 => BP_KIND_F64,
        ValueType::Bool => BP_KIND_BOOL,
        ValueType::TimeNs => BP_KIND_TIME_NS,
        ValueType::DurationNs => BP_KIND_DURATION_NS,
        ValueType::Id => BP_KIND_ID,
        ValueType::SpanKind => BP_KIND_SPAN_KIND,
        ValueType::Status => BP_KIND_SPAN_STATUS,
        ValueType::StrList | ValueType::I64List | ValueType::F64List | ValueType::BoolList => {
            BP_KIND_LIST
        }
        ValueType::Nested => BP_KIND_MAP,
    }
}

impl<'c> Call<'c> {
    /// The bytes a value points at.
    fn value_bytes(&self, value: &bp_value) -> Result<&'c [u8], Failure> {
        let len = usize::try_from(value.bits).unwrap_or(usize::MAX);
        self.items(value.ptr.cast::<u8>(), len, "value.ptr")
    }

    /// A value of the caller's to compare with, as one of the engine.
    pub fn literal(&self, value: bp_value) -> Result<ValueRef<'c>, Failure> {
        match value.kind {
            BP_KIND_LIST | BP_KIND_MAP => {
                let message = format!("a value of kind {} cannot be compared with", value.kind);
                Err(Failure::new(BP_ERR_TYPE, message))
            }
            _ => self.value(&value),
        }
    }

    /// A value of the caller's as one of the engine.
    fn value(&self, value: &bp_value) -> Result<ValueRef<'c>, Failure> {
        let small = || {
            i32::try_from(value.bits as i64)
                .map_err(|_| Failure::invalid("the value is no 32-bit number"))
        };
        Ok(match value.kind {
            BP_KIND_NULL => ValueRef::Empty,
            BP_KIND_BOOL => ValueRef::Bool(value.bits != 0),
            BP_KIND_I64 => ValueRef::I64(value.bits as i64),
            BP_KIND_U64 => ValueRef::U64(value.bits),
            BP_KIND_F64 => ValueRef::F64(f64::from_bits(value.bits)),
            BP_KIND_STR => ValueRef::Str(self.value_bytes(value)?),
            BP_KIND_BYTES => ValueRef::Bytes(self.value_bytes(value)?),
            BP_KIND_TIME_NS => ValueRef::TimeNs(value.bits),
            BP_KIND_DURATION_NS => ValueRef::DurationNs(value.bits),
            BP_KIND_ID => ValueRef::Id(self.value_bytes(value)?),
            BP_KIND_SPAN_KIND => ValueRef::SpanKind(small()?),
            BP_KIND_SPAN_STATUS => ValueRef::Status(small()?),
            BP_KIND_LIST | BP_KIND_MAP => ValueRef::Nested(AnyRef(self.value_bytes(value)?)),
            kind => {
                let message = format!("a value of kind {kind} is none");
                return Err(Failure::new(BP_ERR_TYPE, message));
            }
        })
    }

    /// A list or map of the caller's, and damage that it may have, as an engine value.
    fn nested(&self, value: *const bp_value, kind: bp_kind) -> Result<AnyRef<'c>, Failure> {
        let value = self.one(value, "value")?;
        if value.kind != kind {
            let message = format!("the value's kind is {}, not {kind}", value.kind);
            return Err(Failure::new(BP_ERR_TYPE, message));
        }
        Ok(AnyRef(self.value_bytes(value)?))
    }
}

/// Spells a value for people: text as it is, ids and bytes in hex, span kinds and statuses by name,
/// lists and maps like JSON, an absent value as nothing. No zero ends it.
///
/// Parameters: out has room for cap bytes and may be NULL if cap is 0; out_len is the length of
/// the whole text, of which the first cap bytes are given.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_TYPE.
/// Cost: linear in the text.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_value_format(
    value: *const bp_value,
    out: *mut c_char,
    cap: usize,
    out_len: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_len], |c, out_len| {
        let mut out = c.out_array(out.cast::<u8>(), cap)?;
        let value = c.one(value, "value")?;
        if value.kind != BP_KIND_ABSENT {
            let text = c.value(value)?.to_string();
            out.put_slice(text.as_bytes());
            out_len.set(text.len());
        }
        Ok(BP_OK)
    })
}

/// Gives the items of a list, from item first on; they may be lists and maps themselves.
/// With cap 0 and out NULL it counts the items from first on instead.
///
/// Parameters: value of kind BP_KIND_LIST, as this library gave it; out has room for cap values.
/// Ownership: nothing is allocated; the items point into the list.
/// Valid until: the value is.
/// Threads: any.
/// Errors: BP_DONE when there is no item first, BP_ERR_NULL_ARGUMENT, BP_ERR_TYPE, BP_ERR_OTLP.
/// Cost: walks the list up to the last item given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_value_items(
    value: *const bp_value,
    first: usize,
    out: *mut bp_value,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut items = c.nested(value, BP_KIND_LIST)?.items().skip(first);
        if cap == 0 && out.is_null() {
            out_count.set(items.try_fold(0, |n, item| item.map(|_| n + 1))?);
            return Ok(BP_OK);
        }
        let mut out = c.out_array(out, cap)?;
        while out.room() > 0
            && let Some(item) = items.next()
        {
            out.put(bp_value::any(item?));
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Gives the named values of a map, from entry first on; they may be lists and maps themselves.
/// With cap 0 and out NULL it counts the entries from first on instead.
///
/// Parameters: value of kind BP_KIND_MAP, as this library gave it; out has room for cap fields.
/// Ownership: nothing is allocated; the entries point into the map.
/// Valid until: the value is.
/// Threads: any.
/// Errors: BP_DONE when there is no entry first, BP_ERR_NULL_ARGUMENT, BP_ERR_TYPE, BP_ERR_OTLP.
/// Cost: walks the map up to the last entry given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_value_entries(
    value: *const bp_value,
    first: usize,
    out: *mut bp_field,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut entries = c.nested(value, BP_KIND_MAP)?.entries().skip(first);
        if cap == 0 && out.is_null() {
            out_count.set(entries.try_fold(0, |n, entry| entry.map(|_| n + 1))?);
            return Ok(BP_OK);
        }
        let mut out = c.out_array(out, cap)?;
        while out.room() > 0
            && let Some(entry) = entries.next()
        {
            let entry = entry?;
            let name = bp_str::view(entry.key);
            let value = bp_value::any(entry.value.unwrap_or(AnyRef(b"")));
            out.put(bp_field { name, value });
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}
