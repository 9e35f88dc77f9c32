//! From OTLP/JSON to protobuf.
//!
//! One pass over the text, straight into protobuf bytes: the tables of [`super::schema`] say what a
//! key means, and serde_json does the parsing. Nothing is kept but the path to where it stands.

use super::encode::frame;
use super::schema::{ANY_VALUE, Field, Kind, Message, TRACES_DATA};
use crate::error::{Error, ErrorKind, Result};
use crate::value::{MAX_DEPTH, parse_hex};
use crate::wire::WriteExt;
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_core::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use std::fmt;

/// Appends one OTLP/JSON `TracesData` (or `ExportTraceServiceRequest`) object as protobuf.
///
/// Read are: names in lowerCamelCase or snake_case, ids in hex, enums as numbers or names, integers
/// as numbers or strings, doubles also as `"NaN"`, `"Infinity"` and `"-Infinity"`, bytes in base64
/// (standard or URL-safe, padded or not). A `null` is a field that is not there, and
/// unknown keys are ignored, as the specification says. Escaped lone surrogates, which
/// programs with UTF-16 strings write when they cut text, are kept in their three-byte form.
///
/// Errors name the path of the field and give the byte position in `json`; `out` then holds part
/// of a message.
pub fn json_to_traces(json: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let mut state = State::default();
    let mut de = serde_json::Deserializer::from_slice(json);
    // The depth is bounded by the tables, and where these recur (in values) by MAX_DEPTH.
    de.disable_recursion_limit();
    let object = MessageSeed { message: &TRACES_DATA, state: &mut state, out };
    match object.deserialize(&mut de).and_then(|_| de.end()) {
        Ok(()) => Ok(()),
        Err(e) => Err(state.explain(json, &e)),
    }
}

/// Where the parser stands.
#[derive(Default)]
struct State {
    path: Vec<Step>,
    /// How many values are open around the present one.
    depth: usize,
    too_deep: bool,
}

enum Step {
    Field(&'static str),
    Index(usize),
}

impl State {
    #[cold]
    fn explain(&self, json: &[u8], error: &serde_json::Error) -> Error {
        let kind = if self.too_deep { ErrorKind::Depth } else { ErrorKind::Otlp };
        let lines = json.split_inclusive(|&b| b == b'\n').take(error.line().saturating_sub(1));
        let line_start: usize = lines.map(<[u8]>::len).sum();
        let path = if self.path.is_empty() { String::new() } else { format!("{self}: ") };
        Error::new(kind, format!("OTLP JSON: {path}{error}"))
            .at((line_start + error.column()) as u64)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.path.iter().enumerate() {
            match step {
                Step::Field(name) if i == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Appends the body of a message. Gives false for `null`.
struct MessageSeed<'s> {
    message: &'static Message,
    state: &'s mut State,
    out: &'s mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for MessageSeed<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, de: D) -> std::result::Result<bool, D::Error> {
        de.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MessageSeed<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> std::result::Result<bool, E> {
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<bool, A::Error> {
        let MessageSeed { message, state, out } = self;
        let is_value = std::ptr::eq(message, &ANY_VALUE);
        if is_value && state.depth > MAX_DEPTH {
            state.too_deep = true;
            let problem = format_args!("a value is nested deeper than {MAX_DEPTH} levels");
            return Err(A::Error::custom(problem));
        }
        state.depth += usize::from(is_value);
        while let Some(field) = map.next_key_seed(KeySeed { message })? {
            let Some(field) = field else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            state.path.push(Step::Field(field.name));
            let explicit = message.oneof;
            map.next_value_seed(FieldSeed { field, explicit, state, out })?;
            state.path.pop();
        }
        state.depth -= usize::from(is_value);
        Ok(true)
    }
}

/// Finds the field that a key names.
struct KeySeed {
    message: &'static Message,
}

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Option<&'static Field>;

    fn deserialize<D: Deserializer<'de>>(
        self,
        de: D,
    ) -> std::result::Result<Self::Value, D::Error> {
        de.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Option<&'static Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> std::result::Result<Self::Value, E> {
        Ok(self.message.in_json(key))
    }
}

/// Appends a field: tag and value.
struct FieldSeed<'s> {
    field: &'static Field,
    /// Whether a default value counts.
    explicit: bool,
    state: &'s mut State,
    out: &'s mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for FieldSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, de: D) -> std::result::Result<(), D::Error> {
        match self.field.kind {
            // As an option of bytes, so that null is seen and lone surrogates are no errors.
            Kind::Text => de.deserialize_option(self),
            Kind::One(message) => self.message(message, |seed| seed.deserialize(de)),
            _ => de.deserialize_any(self),
        }
    }
}

impl FieldSeed<'_> {
    /// Appends a message that `parse` reads, unless it is `null`.
    fn message<E>(
        self,
        message: &'static Message,
        parse: impl FnOnce(MessageSeed<'_>) -> std::result::Result<bool, E>,
    ) -> std::result::Result<(), E> {
        let start = self.out.len();
        if parse(MessageSeed { message, state: self.state, out: self.out })? {
            frame(self.out, self.field.number, start);
        }
        Ok(())
    }

    fn bytes(self, value: &[u8]) {
        if self.explicit || !value.is_empty() {
            self.out.put_bytes_field(self.field.number, value);
        }
    }

    fn varint(self, value: u64) {
        if self.explicit || value != 0 {
            self.out.put_varint_field(self.field.number, value);
        }
    }

    /// Appends an integer of any of the integer kinds; `None` if it is out of range.
    fn integer(self, value: i128) -> Option<()> {
        match self.field.kind {
            Kind::I64 => self.varint(i64::try_from(value).ok()? as u64),
            Kind::U32 => self.varint(u32::try_from(value).ok()?.into()),
            Kind::Enum(_) => self.varint(i64::from(i32::try_from(value).ok()?) as u64),
            Kind::Fixed32 => match u32::try_from(value).ok()? {
                0 => {}
                value => self.out.put_fixed32_field(self.field.number, value),
            },
            Kind::Fixed64 => match u64::try_from(value).ok()? {
                0 => {}
                value => self.out.put_fixed64_field(self.field.number, value),
            },
            Kind::Double => self.double(value as f64),
            _ => return None,
        }
        Some(())
    }

    /// Appends a double. (Only an `AnyValue` holds one, so that a zero counts.)
    fn double(self, value: f64) {
        self.out.put_fixed64_field(self.field.number, value.to_bits());
    }

    /// Appends what a string says; `None` if it is not as expected.
    fn string(self, value: &str) -> Option<()> {
        match self.field.kind {
            Kind::Id => self.bytes(&parse_hex(value)?),
            Kind::Blob => self.bytes(&parse_base64(value)?),
            Kind::Double => self.double(value.parse().ok()?),
            Kind::Enum(names) => match names.iter().position(|&name| name == value) {
                Some(number) => self.varint(number as u64),
                None => self.integer(value.parse().ok()?)?,
            },
            _ => self.integer(value.parse().ok()?)?,
        }
        Some(())
    }
}

impl<'de> Visitor<'de> for FieldSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        expect(self.field.kind, f)
    }

    fn visit_unit<E>(self) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_none<E>(self) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, de: D) -> std::result::Result<(), D::Error> {
        de.deserialize_bytes(self)
    }

    fn visit_bytes<E>(self, value: &[u8]) -> std::result::Result<(), E> {
        self.bytes(value);
        Ok(())
    }

    fn visit_bool<E: serde_core::de::Error>(self, value: bool) -> std::result::Result<(), E> {
        match self.field.kind {
            Kind::Bool => self.varint(value.into()),
            kind => return Err(E::invalid_type(Unexpected::Bool(value), &Expected(kind))),
        }
        Ok(())
    }

    fn visit_u64<E: serde_core::de::Error>(self, value: u64) -> std::result::Result<(), E> {
        let kind = self.field.kind;
        let unexpected = Unexpected::Unsigned(value);
        self.integer(value.into()).ok_or_else(|| E::invalid_value(unexpected, &Expected(kind)))
    }

    fn visit_i64<E: serde_core::de::Error>(self, value: i64) -> std::result::Result<(), E> {
        let kind = self.field.kind;
        let unexpected = Unexpected::Signed(value);
        self.integer(value.into()).ok_or_else(|| E::invalid_value(unexpected, &Expected(kind)))
    }

    fn visit_f64<E: serde_core::de::Error>(self, value: f64) -> std::result::Result<(), E> {
        let kind = self.field.kind;
        let done = match kind {
            Kind::Double => {
                self.double(value);
                Some(())
            }
            // Some writers print integers as 5.0 or 1e9.
            _ if value.fract() == 0.0 && value.abs() <= EXACT => self.integer(value as i128),
            _ => None,
        };
        done.ok_or_else(|| E::invalid_value(Unexpected::Float(value), &Expected(kind)))
    }

    fn visit_str<E: serde_core::de::Error>(self, value: &str) -> std::result::Result<(), E> {
        let kind = self.field.kind;
        self.string(value).ok_or_else(|| E::invalid_value(Unexpected::Str(value), &Expected(kind)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<(), A::Error> {
        let FieldSeed { field, explicit, state, out } = self;
        let Kind::Many(message) = field.kind else {
            return Err(A::Error::invalid_type(Unexpected::Seq, &Expected(field.kind)));
        };
        for index in 0.. {
            state.path.push(Step::Index(index));
            let item = FieldSeed { field, explicit, state, out };
            if seq.next_element_seed(ItemSeed { message, item })?.is_none() {
                break;
            }
            state.path.pop();
        }
        state.path.pop();
        Ok(())
    }
}

/// Integers up to here are exact as doubles.
const EXACT: f64 = (1u64 << f64::MANTISSA_DIGITS) as f64;

/// Appends one of several messages.
struct ItemSeed<'s> {
    message: &'static Message,
    item: FieldSeed<'s>,
}

impl<'de> DeserializeSeed<'de> for ItemSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, de: D) -> std::result::Result<(), D::Error> {
        self.item.message(self.message, |seed| seed.deserialize(de))
    }
}

struct Expected(Kind);

impl serde_core::de::Expected for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        expect(self.0, f)
    }
}

fn expect(kind: Kind, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(match kind {
        Kind::Text => "text",
        Kind::Id => "an id in hexadecimal",
        Kind::Blob => "bytes in base64",
        Kind::Bool => "true or false",
        Kind::I64 => "a signed 64-bit integer, as a number or a string",
        Kind::U32 | Kind::Fixed32 => "an unsigned 32-bit integer",
        Kind::Fixed64 => "an unsigned 64-bit integer, as a number or a string",
        Kind::Double => "a number, \"NaN\", \"Infinity\" or \"-Infinity\"",
        Kind::Enum(_) => "a number or name of this enum",
        Kind::One(_) => "an object",
        Kind::Many(_) => "an array of objects",
    })
}

fn parse_base64(text: &str) -> Option<Vec<u8>> {
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config).decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::{traces_to_json, validate_traces};

    /// The JSON that comes back from the protobuf made of this JSON.
    fn back(json: &str) -> String {
        let (mut traces, mut text) = (Vec::new(), Vec::new());
        json_to_traces(json.as_bytes(), &mut traces).unwrap();
        traces_to_json(&traces, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    /// A request with one span.
    fn span(fields: &str) -> String {
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{fields}}}]}}]}}]}}"#)
    }

    /// A request with one value.
    fn value(json: &str) -> String {
        span(&format!(r#""attributes":[{{"key":"k","value":{json}}}]"#))
    }

    fn refused(json: &str) -> Error {
        json_to_traces(json.as_bytes(), &mut Vec::new()).unwrap_err()
    }

    #[test]
    fn plain_otlp_json_comes_back_as_it_was() {
        let full = concat!(
            r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":"#,
            r#"{"stringValue":"shöp \"1\"\n"}}],"droppedAttributesCount":1},"scopeSpans":[{"#,
            r#""scope":{"name":"lib","version":"1.0","attributes":[{"key":"x","value":{}}]},"#,
            r#""spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"a1b2c3d4e5f60718","#,
            r#""traceState":"a=b","parentSpanId":"ffffffffffffffff","name":"GET","kind":2,"#,
            r#""startTimeUnixNano":"18446744073709551615","endTimeUnixNano":"1","#,
            r#""attributes":[{"key":"n","value":{"intValue":"-9223372036854775808"}},"#,
            r#"{"key":"d","value":{"doubleValue":0.1}},{"key":"z","value":{"doubleValue":-0.0}},"#,
            r#"{"key":"f","value":{"boolValue":false}},{"key":"b","value":{"bytesValue":"AP8="}},"#,
            r#"{"key":"nan","value":{"doubleValue":"NaN"}},"#,
            r#"{"key":"inf","value":{"doubleValue":"-Infinity"}},"#,
            r#"{"key":"a","value":{"arrayValue":{"values":[{"intValue":"0"},{},"#,
            r#"{"stringValue":""}]}}},{"key":"m","value":{"kvlistValue":{"values":["#,
            r#"{"key":"k","value":{"arrayValue":{}}},{"key":"none"}]}}}],"#,
            r#""droppedAttributesCount":2,"events":[{"timeUnixNano":"5","name":"e","#,
            r#""attributes":[{"key":"k","value":{"boolValue":true}}],"#,
            r#""droppedAttributesCount":4294967295}],"droppedEventsCount":3,"#,
            r#""links":[{"traceId":"00","spanId":"01","traceState":"s","flags":257}],"#,
            r#""droppedLinksCount":4,"status":{"message":"boom","code":2},"flags":769},"#,
            r#"{"status":{}}],"schemaUrl":"s"}],"schemaUrl":"r"},{"resource":{}}]}"#,
        );
        assert_eq!(back(full), full);
    }

    #[test]
    fn what_is_written_otherwise_means_the_same() {
        let same = |one: &str, other: &str| assert_eq!(back(&span(one)), span(other), "{one}");
        same(r#""trace_id":"AB","span_id":"CD""#, r#""traceId":"ab","spanId":"cd""#);
        same(r#""start_time_unix_nano":"7""#, r#""startTimeUnixNano":"7""#);
        same(
            r#""startTimeUnixNano":11651379494838206464"#,
            r#""startTimeUnixNano":"11651379494838206464""#,
        );
        same(r#""startTimeUnixNano":1e9"#, r#""startTimeUnixNano":"1000000000""#);
        same(r#""kind":"SPAN_KIND_CONSUMER""#, r#""kind":5"#);
        same(r#""kind":-7"#, r#""kind":-7"#);
        same(r#""status":{"code":"STATUS_CODE_ERROR"}"#, r#""status":{"code":2}"#);
        same(r#""flags":"257""#, r#""flags":257"#);
        same(r#""name":null,"kind":null,"attributes":null,"status":null,"traceId":null"#, "");
        same(r#""name":"","kind":0,"attributes":[],"traceId":"","flags":0"#, "");
        same(r#""links":[null,{},null]"#, r#""links":[{}]"#);
        same(r#""future":{"deep":[[[{"x":[1,2.5,"s",null,true]}]]]},"name":"n""#, r#""name":"n""#);
        same(r#""name":"a","name":"b""#, r#""name":"b""#);
        same(r#""name":"cut \ud83d""#, "\"name\":\"cut \u{fffd}\u{fffd}\u{fffd}\"");
        same(r#""name":"\ud83d\ude00""#, "\"name\":\"\u{1f600}\"");

        let same = |one: &str, other: &str| assert_eq!(back(&value(one)), value(other), "{one}");
        same(r#"{"int_value":5}"#, r#"{"intValue":"5"}"#);
        same(r#"{"intValue":-5.0}"#, r#"{"intValue":"-5"}"#);
        same(r#"{"doubleValue":3}"#, r#"{"doubleValue":3.0}"#);
        same(r#"{"doubleValue":"Infinity"}"#, r#"{"doubleValue":"Infinity"}"#);
        same(r#"{"doubleValue":"1e-7"}"#, r#"{"doubleValue":1e-7}"#);
        same(r#"{"bytesValue":"-_8"}"#, r#"{"bytesValue":"+/8="}"#);
        same(r#"{"stringValue":null}"#, "{}");
        same(r#"{"stringValue":"a","intValue":"1"}"#, r#"{"intValue":"1"}"#);
        assert_eq!(back("{}"), "{}");
        assert_eq!(back("null"), "{}");
    }

    #[test]
    fn errors_name_the_path_and_the_place() {
        let path = "resourceSpans[0].scopeSpans[0].spans[0]";
        let cases = [
            (r#""traceId":"xyz""#, ".traceId", "an id in hexadecimal"),
            (r#""traceId":"abc""#, ".traceId", "an id in hexadecimal"),
            (r#""traceId":5"#, ".traceId", "an id in hexadecimal"),
            (r#""name":["a"]"#, ".name", "text"),
            (r#""kind":"SERVER""#, ".kind", "a number or name of this enum"),
            (r#""kind":2147483648"#, ".kind", "a number or name of this enum"),
            (r#""endTimeUnixNano":"-1""#, ".endTimeUnixNano", "an unsigned 64-bit integer"),
            (r#""endTimeUnixNano":1.5"#, ".endTimeUnixNano", "an unsigned 64-bit integer"),
            (r#""endTimeUnixNano":18446744073709551616"#, ".endTimeUnixNano", "an unsigned 64"),
            (r#""flags":true"#, ".flags", "an unsigned 32-bit integer"),
            (r#""status":[]"#, ".status", "an object"),
            (r#""events":{}"#, ".events", "an array of objects"),
            (r#""events":[{},{"name":"x"},7]"#, ".events[2]", "an object"),
            (r#""links":[{"spanId":"0g"}]"#, ".links[0].spanId", "an id in hexadecimal"),
        ];
        for (fields, part, expected) in cases {
            let json = span(fields);
            let error = refused(&json);
            let message = error.message();
            assert_eq!(error.kind(), ErrorKind::Otlp);
            assert!(message.starts_with(&format!("OTLP JSON: {path}{part}: ")), "{message}");
            assert!(message.contains(expected), "{message}");
            let position = error.position().unwrap() as usize;
            assert!(position > 50 && position <= json.len(), "{message}");
        }
        for (any, part) in [
            (r#"{"intValue":"9223372036854775808"}"#, ".intValue"),
            (r#"{"bytesValue":"!"}"#, ".bytesValue"),
            (r#"{"boolValue":"true"}"#, ".boolValue"),
            (
                r#"{"arrayValue":{"values":[{},{"doubleValue":"x"}]}}"#,
                ".arrayValue.values[1].doubleValue",
            ),
        ] {
            let error = refused(&value(any));
            let path = format!("{path}.attributes[0].value{part}: ");
            assert!(error.message().contains(&path), "{}", error.message());
        }
    }

    #[test]
    fn positions_count_bytes_over_all_lines() {
        let json = "{\n\"resourceSpans\": [\n  {\"resource\": 5}]}";
        let error = refused(json);
        assert_eq!(error.position(), json.find('5').map(|at| at as u64 + 1));
        assert!(error.message().contains("resourceSpans[0].resource: "), "{}", error.message());
    }

    #[test]
    fn every_cut_of_a_text_is_an_error() {
        let json =
            span(r#""traceId":"ab","attributes":[{"key":"\u0041","value":{"intValue":"1"}}]"#);
        for cut in 0..json.len() {
            assert_eq!(refused(&json[..cut]).kind(), ErrorKind::Otlp, "{}", &json[..cut]);
        }
        refused(&format!("{json}{json}"));
        refused("[]");
        refused("\u{0}");
    }

    #[test]
    fn values_may_be_nested_as_deep_as_in_protobuf_and_no_deeper() {
        let nested = |levels: usize| {
            let open = r#"{"kvlistValue":{"values":[{"value":"#.repeat(levels);
            value(&format!("{open}{{}}{}", "}]}}".repeat(levels)))
        };
        let mut traces = Vec::new();
        json_to_traces(nested(MAX_DEPTH).as_bytes(), &mut traces).unwrap();
        validate_traces(&traces).unwrap();
        assert_eq!(refused(&nested(MAX_DEPTH + 1)).kind(), ErrorKind::Depth);
        assert_eq!(refused(&nested(100_000)).kind(), ErrorKind::Depth);
        // Unknown keys are skipped without recursion.
        let brackets = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(back(&span(&format!(r#""future":{brackets}"#))), span(""));
    }
}
