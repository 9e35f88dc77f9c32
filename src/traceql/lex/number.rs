//! Whole numbers, doubles and durations.

use super::Lexer;
use crate::traceql::ast::Literal;
use crate::traceql::fault::{Fault, Result};

/// What a duration is made of besides digits and dots.
const UNIT_LETTERS: &str = "nsumhµdwy";

/// Calendar units in the order in which they must come, in nanoseconds.
const CALENDAR: [(&str, i64); 7] = [
    ("y", 365 * 24 * HOUR),
    ("w", 7 * 24 * HOUR),
    ("d", 24 * HOUR),
    ("h", HOUR),
    ("m", MINUTE),
    ("s", SECOND),
    ("ms", MILLI),
];

/// Units that take fractions, in any order.
const CLOCK: [(&str, i64); 7] = [
    ("ns", 1),
    ("us", 1000),
    ("µs", 1000),
    ("ms", MILLI),
    ("s", SECOND),
    ("m", MINUTE),
    ("h", HOUR),
];

const MILLI: i64 = 1_000_000;
const SECOND: i64 = 1000 * MILLI;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

impl Lexer<'_> {
    /// A number, or a duration if all that is glued to it makes one.
    pub(super) fn number(&mut self) -> Result<Literal> {
        let start = self.at;
        let is_float = self.digits_dot_exponent()?;
        let number = &self.text[start..self.at];
        if let Some(nanoseconds) = self.duration(start) {
            return Ok(Literal::Duration(nanoseconds));
        }
        if self.peek() == Some('_') {
            return Err(Fault::parse(self.at, "digits cannot be grouped with `_`"));
        }
        match is_float {
            true => match number.parse() {
                Ok(value) if f64::is_finite(value) => Ok(Literal::Float(value)),
                _ => Err(Fault::parse(start, format!("`{number}` is too large for a double"))),
            },
            false => number.parse().map(Literal::Int).map_err(|_| too_large(start, number)),
        }
    }

    /// Reads digits with a dot and an exponent; whether there was one of these.
    fn digits_dot_exponent(&mut self) -> Result<bool> {
        let start = self.at;
        let digits = |lexer: &mut Self| lexer.take_while(|c| c.is_ascii_digit());
        let whole = digits(self);
        if whole == "0" && self.peek().is_some_and(|c| "xXbBoO".contains(c)) {
            return Err(Fault::parse(start, "numbers are decimal"));
        }
        let mut is_float = self.peek() == Some('.');
        if is_float {
            self.at += 1;
            digits(self);
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            is_float = true;
            self.at += 1;
            if matches!(self.peek(), Some('+' | '-')) {
                self.at += 1;
            }
            if digits(self).is_empty() {
                return Err(Fault::parse(self.at, "expected the digits of the exponent"));
            }
        }
        // A leading zero once made numbers octal; those who wrote 08 are told, not guessed at.
        if !is_float && whole.starts_with('0') && whole.contains(['8', '9']) {
            return Err(Fault::parse(start, format!("`{whole}` begins with a zero; leave it out")));
        }
        Ok(is_float)
    }

    /// The nanoseconds of the duration that starts at `start`, if all that is glued together there
    /// is one. Stays where it is if not.
    fn duration(&mut self, start: usize) -> Option<i64> {
        let after_number = self.at;
        let is_part = |c: char| c.is_ascii_digit() || c == '.' || UNIT_LETTERS.contains(c);
        if self.take_while(is_part).is_empty() {
            return None;
        }
        let written = &self.text[start..self.at];
        let nanoseconds = calendar(written).or_else(|| clock(written));
        if nanoseconds.is_none() {
            self.at = after_number;
        }
        nanoseconds
    }
}

/// Whole numbers with units in falling order, each at most once.
fn calendar(mut written: &str) -> Option<i64> {
    let mut units = CALENDAR.iter();
    let mut sum = 0i64;
    while !written.is_empty() {
        let (number, unit, rest) = part(written)?;
        let (_, nanoseconds) = units.find(|(name, _)| *name == unit)?;
        let number: i64 = number.parse().ok()?;
        sum = sum.checked_add(number.checked_mul(*nanoseconds)?)?;
        written = rest;
    }
    Some(sum)
}

/// Numbers with fractions and clock units, in any order and as often as one likes.
fn clock(mut written: &str) -> Option<i64> {
    let mut sum = 0i64;
    while !written.is_empty() {
        let (number, unit, rest) = part(written)?;
        let (_, nanoseconds) = CLOCK.iter().find(|(name, _)| *name == unit)?;
        sum = sum.checked_add(scaled(number, *nanoseconds)?)?;
        written = rest;
    }
    Some(sum)
}

/// The first number, its unit, and what comes after it.
fn part(written: &str) -> Option<(&str, &str, &str)> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let unit = written.find(|c| !is_number(c))?;
    let end = written[unit..].find(is_number).map_or(written.len(), |length| unit + length);
    let (number, rest) = written.split_at(unit);
    Some((number, &rest[..end - unit], &written[end..]))
}

/// A decimal number times a unit, in whole nanoseconds; what is less than one is cut off.
fn scaled(number: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // 18 digits are more than the nanoseconds of an hour can tell apart.
    let fraction = &fraction[..fraction.len().min(18)];
    let numerator: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let part = numerator * i128::from(unit) / 10i128.pow(fraction.len() as u32);
    whole.checked_mul(unit)?.checked_add(i64::try_from(part).ok()?)
}

#[cold]
fn too_large(at: usize, number: &str) -> Fault {
    let message = format!(
        "`{number}` is too large for 64 bits; the largest number is `maxInt`, the smallest `minInt`"
    );
    Fault::parse(at, message)
}
