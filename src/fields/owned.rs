//! A copy of a span's fields that needs no block.

use super::DERIVED;
use super::iter::{FieldId, FieldRef};
use super::lazy::LazyFields;
use crate::error::Result;
use crate::name::{Intrinsic, Name, NameRef, Scope};
use crate::value::{AnyRef, ValueRef};
use std::ops::Range;

/// The fields that were visible of a span, copied. Answers as [`LazyFields`] did.
#[derive(Clone, Debug, Default)]
pub struct OwnedFields {
    /// Names and values, one after another.
    bytes: Vec<u8>,
    fields: Vec<OwnedField>,
    /// How many of the fields iteration gives.
    listed: usize,
}

#[derive(Clone, Debug)]
struct OwnedField {
    id: FieldId,
    item: u32,
    name: Range<usize>,
    /// The value with nothing where it refers to bytes, and those bytes.
    value: ValueRef<'static>,
    bytes: Range<usize>,
    /// Whether a name without a scope finds it: not where the span has the key as well, visible or
    /// not.
    unscoped: bool,
}

impl OwnedFields {
    pub(super) fn copy(fields: &LazyFields) -> Result<Self> {
        let mut copy = OwnedFields::default();
        for field in fields.iter()? {
            let field = field?;
            let unscoped = match field.id {
                FieldId::Attribute(Scope::Span) => true,
                FieldId::Attribute(Scope::Resource) => {
                    fields.span()?.attribute(Scope::Span, field.key())?.is_none()
                }
                _ => false,
            };
            copy.push(field, unscoped);
        }
        copy.listed = copy.fields.len();
        for &intrinsic in DERIVED {
            if copy.intrinsic(intrinsic).is_some() {
                continue;
            }
            if let Some(value) = fields.get_name(&Name::Intrinsic(intrinsic))? {
                let (name, id) = (intrinsic.name().as_bytes(), FieldId::Intrinsic(intrinsic));
                copy.push(FieldRef { name, id, item: 0, value }, false);
            }
        }
        Ok(copy)
    }

    fn push(&mut self, field: FieldRef<'_>, unscoped: bool) {
        let FieldRef { id, item, .. } = field;
        let (value, bytes) = split(field.value);
        let (name, bytes) = (self.keep(field.name), self.keep(bytes));
        self.fields.push(OwnedField { id, item, name, value, bytes, unscoped });
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    fn field(&self, field: &OwnedField) -> FieldRef<'_> {
        let bytes = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        FieldRef {
            name: bytes(&field.name),
            id: field.id,
            item: field.item,
            value: join(field.value, bytes(&field.bytes)),
        }
    }

    /// Number of fields that iteration gives.
    pub fn len(&self) -> usize {
        self.listed
    }

    /// Whether iteration gives none.
    pub fn is_empty(&self) -> bool {
        self.listed == 0
    }

    /// The fields, in the order of [`LazyFields::iter`].
    pub fn iter(&self) -> impl ExactSizeIterator<Item = FieldRef<'_>> + Clone {
        self.fields[..self.listed].iter().map(|field| self.field(field))
    }

    /// The field with this name in any accepted spelling.
    pub fn get(&self, name: &str) -> Result<Option<ValueRef<'_>>> {
        self.get_bytes(name.as_bytes())
    }

    /// As [`OwnedFields::get`], for bytes that should be UTF-8.
    pub fn get_bytes(&self, name: &[u8]) -> Result<Option<ValueRef<'_>>> {
        NameRef::with(name, |name| Ok(self.get_ref(name)))
    }

    /// As [`OwnedFields::get`], by a name that was read before.
    pub fn get_name(&self, name: &Name) -> Option<ValueRef<'_>> {
        self.get_ref(name.into())
    }

    fn get_ref(&self, name: NameRef<'_>) -> Option<ValueRef<'_>> {
        match name {
            NameRef::Intrinsic(intrinsic) => self.intrinsic(intrinsic),
            NameRef::Attribute { scope: Scope::Any, key } => {
                self.attribute(key, |field| field.unscoped)
            }
            NameRef::Attribute { scope, key } => {
                self.attribute(key, |field| field.id == FieldId::Attribute(scope))
            }
        }
    }

    fn intrinsic(&self, intrinsic: Intrinsic) -> Option<ValueRef<'_>> {
        let id = FieldId::Intrinsic(intrinsic);
        self.fields.iter().find(|f| f.id == id).map(|f| self.field(f).value)
    }

    /// The first attribute `key` of those that `is` holds for.
    fn attribute(&self, key: &[u8], is: impl Fn(&OwnedField) -> bool) -> Option<ValueRef<'_>> {
        let mut fields = self.fields.iter().filter(|f| is(f)).map(|f| self.field(f));
        fields.find(|field| field.key() == key).map(|field| field.value)
    }
}

/// A value without the bytes it refers to, and those bytes.
fn split(value: ValueRef<'_>) -> (ValueRef<'static>, &[u8]) {
    match value {
        ValueRef::Empty => (ValueRef::Empty, b""),
        ValueRef::Str(bytes) => (ValueRef::Str(b""), bytes),
        ValueRef::Bytes(bytes) => (ValueRef::Bytes(b""), bytes),
        ValueRef::I64(v) => (ValueRef::I64(v), b""),
        ValueRef::U64(v) => (ValueRef::U64(v), b""),
        ValueRef::F64(v) => (ValueRef::F64(v), b""),
        ValueRef::Bool(v) => (ValueRef::Bool(v), b""),
        ValueRef::TimeNs(v) => (ValueRef::TimeNs(v), b""),
        ValueRef::DurationNs(v) => (ValueRef::DurationNs(v), b""),
        ValueRef::Id(bytes) => (ValueRef::Id(b""), bytes),
        ValueRef::SpanKind(v) => (ValueRef::SpanKind(v), b""),
        ValueRef::Status(v) => (ValueRef::Status(v), b""),
        ValueRef::List(any) => (ValueRef::List(AnyRef(b"")), any.0),
        ValueRef::Nested(any) => (ValueRef::Nested(AnyRef(b"")), any.0),
    }
}

/// Undoes [`split`].
fn join<'a>(value: ValueRef<'static>, bytes: &'a [u8]) -> ValueRef<'a> {
    match value {
        ValueRef::Str(_) => ValueRef::Str(bytes),
        ValueRef::Bytes(_) => ValueRef::Bytes(bytes),
        ValueRef::Id(_) => ValueRef::Id(bytes),
        ValueRef::List(_) => ValueRef::List(AnyRef(bytes)),
        ValueRef::Nested(_) => ValueRef::Nested(AnyRef(bytes)),
        other => other,
    }
}
