//! Checking messages in depth, when they come in.
//!
//! One walk over the bytes without filling any view. What passes here can be decoded later without
//! errors, down to the innermost attribute value.

use super::number::{event, link, resource, scope, span};
use crate::error::{Error, Result};
use crate::value::KeyValueRef;
use crate::wire::{BYTES, Reader, rebase};
use std::fmt::Display;

/// Checks an encoded `Span` with its attributes, events, links and status: every part is
/// well-formed and no value is nested deeper than [`crate::value::MAX_DEPTH`].
///
/// Errors name the part and give the byte position in `raw`.
pub fn validate_span(raw: &[u8]) -> Result<()> {
    let (mut attributes, mut events, mut links) = (0, 0, 0);
    let mut r = Reader::new(raw);
    while let Some((number, wire_type)) = r.tag()? {
        match (number, wire_type) {
            (span::ATTRIBUTES, BYTES) => attribute(raw, r.bytes()?, &mut attributes)?,
            (span::EVENTS, BYTES) => {
                let message = r.bytes()?;
                holder(message, event::ATTRIBUTES)
                    .map_err(|e| located(e, raw, message, format_args!("events[{events}]")))?;
                events += 1;
            }
            (span::LINKS, BYTES) => {
                let message = r.bytes()?;
                holder(message, link::ATTRIBUTES)
                    .map_err(|e| located(e, raw, message, format_args!("links[{links}]")))?;
                links += 1;
            }
            (span::STATUS, BYTES) => {
                let message = r.bytes()?;
                fields(message).map_err(|e| located(e, raw, message, "status"))?;
            }
            _ => r.skip(wire_type)?,
        }
    }
    Ok(())
}

/// Checks an encoded `Resource` like [`validate_span`].
pub fn validate_resource(raw: &[u8]) -> Result<()> {
    holder(raw, resource::ATTRIBUTES)
}

/// Checks an encoded `InstrumentationScope` like [`validate_span`].
pub fn validate_scope(raw: &[u8]) -> Result<()> {
    holder(raw, scope::ATTRIBUTES)
}

/// Checks a message whose only messages inside are attributes, in field `attributes`.
fn holder(raw: &[u8], attributes: u32) -> Result<()> {
    let mut index = 0;
    let mut r = Reader::new(raw);
    while let Some((number, wire_type)) = r.tag()? {
        match wire_type {
            BYTES if number == attributes => attribute(raw, r.bytes()?, &mut index)?,
            _ => r.skip(wire_type)?,
        }
    }
    Ok(())
}

/// Checks a message without messages inside.
fn fields(raw: &[u8]) -> Result<()> {
    let mut r = Reader::new(raw);
    while let Some((_, wire_type)) = r.tag()? {
        r.skip(wire_type)?;
    }
    Ok(())
}

/// Checks the `KeyValue` in `message`, which is attribute `index` of `outer`.
#[inline]
fn attribute(outer: &[u8], message: &[u8], index: &mut usize) -> Result<()> {
    let check = || match KeyValueRef::decode(message)?.value {
        Some(value) => value.validate().map_err(|e| rebase(e, message, value.0)),
        None => Ok(()),
    };
    check().map_err(|e| located(e, outer, message, format_args!("attributes[{index}]")))?;
    *index += 1;
    Ok(())
}

/// Puts an `error` found in `inner` in terms of `outer`, naming the part.
#[cold]
pub(super) fn located(error: Error, outer: &[u8], inner: &[u8], part: impl Display) -> Error {
    rebase(error, outer, inner).context(part)
}
