//! Names of columns and fields: intrinsics (`span:name`), scoped attributes (`span.http.method`,
//! `resource.service.name`) and attributes without a scope (`.http.method`).
//!
//! This is how names are written everywhere but inside a query, whose grammar is stricter. A part
//! of a key in double quotes is taken as it is, with `\"` and `\\` escaped: `span."a \"b\""`.
//! Outside of quotes every byte but `"` stands for itself.

mod intrinsic;

pub use intrinsic::Intrinsic;

use crate::error::{Error, ErrorKind, Result};
use crate::value::text;
use std::fmt;

/// What an attribute is an attribute of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Scope {
    /// Not said: the span if it has the key, else its resource.
    Any,
    /// The span.
    Span,
    /// The resource that the span comes from.
    Resource,
    /// The instrumentation scope that made the span.
    Instrumentation,
    /// The span's events.
    Event,
    /// The span's links.
    Link,
}

impl Scope {
    /// All of them.
    pub const ALL: [Scope; 6] = [
        Scope::Any,
        Scope::Span,
        Scope::Resource,
        Scope::Instrumentation,
        Scope::Event,
        Scope::Link,
    ];

    /// What stands before the key of an attribute.
    pub const fn prefix(self) -> &'static str {
        match self {
            Scope::Any => ".",
            Scope::Span => "span.",
            Scope::Resource => "resource.",
            Scope::Instrumentation => "instrumentation.",
            Scope::Event => "event.",
            Scope::Link => "link.",
        }
    }
}

/// Name of a column or field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// A property that is not an attribute.
    Intrinsic(Intrinsic),
    /// An attribute.
    Attribute {
        /// What it is an attribute of.
        scope: Scope,
        /// The key (bytes that should be UTF-8).
        key: Box<[u8]>,
    },
}

/// A name whose key lies elsewhere. Looking up fields works on this: it allocates nothing, and is
/// handed on in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameRef<'a> {
    Intrinsic(Intrinsic),
    Attribute { scope: Scope, key: &'a [u8] },
}

impl Name {
    /// Reads a name in any accepted spelling.
    ///
    /// What is neither an intrinsic nor begins with a scope is an attribute without a scope. An
    /// error of kind [`ErrorKind::Parse`] with the byte position is given for an empty name or
    /// key, quotes that do not end, and an intrinsic that does not exist (with the one that is
    /// spelled most alike).
    pub fn parse(name: &str) -> Result<Name> {
        Name::parse_bytes(name.as_bytes())
    }

    /// As [`Name::parse`], for bytes that should be UTF-8.
    pub fn parse_bytes(name: &[u8]) -> Result<Name> {
        match NameRef::plain(name) {
            Some(NameRef::Intrinsic(intrinsic)) => Ok(Name::Intrinsic(intrinsic)),
            Some(NameRef::Attribute { scope, key }) => Ok(Name::attribute(scope, key)),
            None => quoted(name),
        }
    }

    /// The attribute `key` of `scope`.
    pub fn attribute(scope: Scope, key: &[u8]) -> Name {
        Name::Attribute { scope, key: key.into() }
    }

    /// The scope; of a property of the trace [`Scope::Any`].
    pub fn scope(&self) -> Scope {
        match self {
            Name::Intrinsic(intrinsic) => intrinsic.scope(),
            Name::Attribute { scope, .. } => *scope,
        }
    }
}

impl<'a> From<&'a Name> for NameRef<'a> {
    fn from(name: &'a Name) -> Self {
        match name {
            Name::Intrinsic(intrinsic) => NameRef::Intrinsic(*intrinsic),
            Name::Attribute { scope, key } => NameRef::Attribute { scope: *scope, key },
        }
    }
}

impl<'a> NameRef<'a> {
    /// Calls `look_up` with a name in any accepted spelling.
    #[inline]
    pub(crate) fn with<T>(name: &[u8], look_up: impl Fn(NameRef<'_>) -> Result<T>) -> Result<T> {
        match NameRef::plain(name) {
            Some(plain) => look_up(plain),
            None => look_up((&Name::parse_bytes(name)?).into()),
        }
    }

    /// A name whose key can be taken as it stands, all of it in quotes or without any, as nearly all
    /// can; `None` of others, and of what is no name.
    #[inline]
    fn plain(name: &'a [u8]) -> Option<Self> {
        let (scope, key) = match scoped(name) {
            Some((scope, key)) => match has_quote(key) {
                false => (scope, key),
                true => return Some(NameRef::Attribute { scope, key: in_quotes(key)? }),
            },
            None => match Intrinsic::from_spelling(name) {
                Some(intrinsic) => return Some(NameRef::Intrinsic(intrinsic)),
                None if memchr::memchr2(b'"', b':', name).is_some() => return None,
                None => (Scope::Any, name),
            },
        };
        (!key.is_empty()).then_some(NameRef::Attribute { scope, key })
    }
}

/// Whether there is a quote in `key`. Keys are short: a search that is made for long texts takes longer
/// to begin than this one takes.
#[inline]
fn has_quote(key: &[u8]) -> bool {
    /// Whether a byte is a quote: a byte of 0 is told by the carry of subtracting 1 (S. E. Anderson,
    /// Bit Twiddling Hacks, "Determine if a word has a zero byte").
    fn among(bytes: &[u8; 8]) -> bool {
        let rest = u64::from_le_bytes(*bytes) ^ u64::from_le_bytes([b'"'; 8]);
        rest.wrapping_sub(u64::from_le_bytes([1; 8])) & !rest & u64::from_le_bytes([0x80; 8]) != 0
    }
    match key.last_chunk() {
        // The last bytes are looked at twice if they do not fill up eight.
        Some(last) => key.as_chunks().0.iter().any(among) || among(last),
        None => key.contains(&b'"'),
    }
}

/// What is in the quotes that are around all of `key`, without others or escapes in it.
fn in_quotes(key: &[u8]) -> Option<&[u8]> {
    let inner = key.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    memchr::memchr2(b'"', b'\\', inner).is_none().then_some(inner)
}

/// The scope whose prefix `name` begins with, and what follows it.
#[inline]
fn scoped(name: &[u8]) -> Option<(Scope, &[u8])> {
    // Patterns are of a length that the compiler knows, so comparing takes no call.
    Some(match name {
        [b'.', key @ ..] => (Scope::Any, key),
        [b's', b'p', b'a', b'n', b'.', key @ ..] => (Scope::Span, key),
        [b'r', b'e', b's', b'o', b'u', b'r', b'c', b'e', b'.', key @ ..] => (Scope::Resource, key),
        [b'e', b'v', b'e', b'n', b't', b'.', key @ ..] => (Scope::Event, key),
        [b'l', b'i', b'n', b'k', b'.', key @ ..] => (Scope::Link, key),
        _ => (Scope::Instrumentation, name.strip_prefix(b"instrumentation.")?),
    })
}

/// A name that is not plain: an attribute whose key has quotes in it, or an error.
#[cold]
fn quoted(name: &[u8]) -> Result<Name> {
    let (scope, start) = match scoped(name) {
        Some((scope, _)) => (scope, scope.prefix().len()),
        None => (Scope::Any, 0),
    };
    if start == 0
        && let Some(colon) = name.iter().position(|&b| b == b':')
    {
        let near = nearest(name);
        let scopes: [&[u8]; 7] =
            [b"span", b"trace", b"resource", b"instrumentation", b"scope", b"event", b"link"];
        if near.is_some() || scopes.contains(&&name[..colon]) {
            return Err(no_intrinsic(name, near));
        }
    }
    let key = &name[start..];
    if key.is_empty() {
        return Err(empty(name));
    }
    Ok(match memchr::memchr(b'"', key) {
        None => Name::attribute(scope, key),
        Some(quote) => Name::attribute(scope, &unquote(name, start, start + quote)?),
    })
}

/// The key that starts at `start`, and whose first quote is at `quote`, without its quotes.
fn unquote(name: &[u8], start: usize, quote: usize) -> Result<Vec<u8>> {
    let mut key = name[start..quote].to_vec();
    let mut open = None;
    let mut rest = name.iter().copied().enumerate().skip(quote);
    while let Some((at, byte)) = rest.next() {
        match (byte, open) {
            (b'"', None) => open = Some(at),
            (b'"', Some(_)) => open = None,
            (b'\\', Some(_)) => match rest.next() {
                Some((_, escaped @ (b'"' | b'\\'))) => key.push(escaped),
                _ => return Err(bad_escape(name, at)),
            },
            _ => key.push(byte),
        }
    }
    match open {
        None => Ok(key),
        Some(at) => Err(open_quote(name, at)),
    }
}

/// The intrinsic spelling most like `name`, if it is like it enough to be what was meant.
fn nearest(name: &[u8]) -> Option<&'static str> {
    const SLIPS: usize = 2;
    let plain = |name: &str| name.to_lowercase().replace('_', "");
    let meant = plain(&text(&name[..name.len().min(64)]));
    let spellings =
        Intrinsic::ALL.iter().flat_map(|i| std::iter::once(i.name()).chain(i.aliases()));
    spellings
        .filter(|spelling| spelling.contains(':'))
        .map(|spelling| (strsim::osa_distance(&plain(spelling), &meant), spelling))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= SLIPS)
        .map(|(_, spelling)| spelling)
}

#[cold]
fn no_intrinsic(name: &[u8], near: Option<&str>) -> Error {
    let name = text(name);
    let hint = match near {
        Some(near) => format!("did you mean `{near}`? "),
        None => String::new(),
    };
    let message = format!("there is no `{name}`; {hint}(an attribute of that name is `.{name}`)");
    Error::new(ErrorKind::Parse, message).at(0)
}

#[cold]
fn empty(name: &[u8]) -> Error {
    let message = match name {
        b"" => "a name is empty; give one like `span:name` or `span.http.method`".into(),
        _ => format!("`{0}` has no key; write `{0}\"\"` if the key is empty", text(name)),
    };
    Error::new(ErrorKind::Parse, message).at(name.len() as u64)
}

#[cold]
fn open_quote(name: &[u8], at: usize) -> Error {
    let message = format!(
        "the quote in `{}` does not end; a quote that belongs to the key is written \"\\\"\"",
        text(name)
    );
    Error::new(ErrorKind::Parse, message).at(at as u64)
}

#[cold]
fn bad_escape(name: &[u8], at: usize) -> Error {
    let message = format!(
        "in quotes only \\\" and \\\\ are escapes, which `{}` does not keep to",
        text(name)
    );
    Error::new(ErrorKind::Parse, message).at(at as u64)
}

/// Whether a key must be in quotes to be one name in a query too.
fn needs_quotes(key: &str) -> bool {
    key.is_empty() || key.contains(|c: char| c.is_whitespace() || "\"{}()=~!<>&|^,".contains(c))
}

impl fmt::Display for Name {
    /// The canonical spelling; quoted where queries need quotes. Bytes of a key that are not UTF-8
    /// are replaced.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Intrinsic(intrinsic) => f.write_str(intrinsic.name()),
            Name::Attribute { scope, key } => {
                let key = text(key);
                f.write_str(scope.prefix())?;
                // A query would read a dot with digits as a number.
                let number = *scope == Scope::Any && key.starts_with(|c: char| c.is_ascii_digit());
                if number || needs_quotes(&key) {
                    write!(f, "\"{}\"", key.replace('\\', r"\\").replace('"', "\\\""))
                } else {
                    f.write_str(&key)
                }
            }
        }
    }
}

impl std::str::FromStr for Name {
    type Err = Error;

    fn from_str(name: &str) -> Result<Name> {
        Name::parse(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(name: &str) -> (Scope, String) {
        match Name::parse(name).unwrap() {
            Name::Attribute { scope, key } => (scope, text(&key).into_owned()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn attributes_are_read_with_their_scope() {
        assert_eq!(key("span.http.method"), (Scope::Span, "http.method".into()));
        assert_eq!(key("resource.service.name"), (Scope::Resource, "service.name".into()));
        assert_eq!(key("event.x"), (Scope::Event, "x".into()));
        assert_eq!(key("link.x"), (Scope::Link, "x".into()));
        assert_eq!(key("instrumentation.x"), (Scope::Instrumentation, "x".into()));
        assert_eq!(key(".x"), (Scope::Any, "x".into()));
        assert_eq!(key("x.y"), (Scope::Any, "x.y".into()));
    }

    #[test]
    fn only_the_first_scope_counts_and_only_whole_scopes() {
        assert_eq!(key("span.resource.x"), (Scope::Span, "resource.x".into()));
        assert_eq!(key(".span.x"), (Scope::Any, "span.x".into()));
        assert_eq!(key("spanner.x"), (Scope::Any, "spanner.x".into()));
        assert_eq!(key(".name"), (Scope::Any, "name".into()));
        assert_eq!(key("aws:region"), (Scope::Any, "aws:region".into()));
        assert_eq!(key("span.span:name"), (Scope::Span, "span:name".into()));
    }

    #[test]
    fn quotes_may_cover_any_part_of_a_key() {
        for (name, want) in [
            (r#"."a b""#, "a b"),
            (r#".a."b c".d"#, "a.b c.d"),
            (r#".foo"x y"bar"#, "foox ybar"),
            (r#"."a\"b\\c""#, r#"a"b\c"#),
            (r#".a\b"#, r"a\b"),
            (r#"."""#, ""),
            (".a b", "a b"),
        ] {
            assert_eq!(key(name), (Scope::Any, want.into()), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_hint() {
        for (name, position, hint) in [
            ("", 0, "is empty"),
            ("span.", 5, "has no key"),
            (".", 1, "has no key"),
            ("span:nmae", 0, "`span:name`"),
            ("span:Parent_ID", 0, "`span:parent_id`"),
            ("spn:name", 0, "`span:name`"),
            ("trace:rootServiceName", 0, "there is no"),
            ("link:bogus", 0, "there is no"),
            (r#".a"b"#, 2, "does not end"),
            (r#"."a\n""#, 3, "escapes"),
            (r#"."a\"#, 3, "escapes"),
        ] {
            let error = Name::parse(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parse);
            assert_eq!(error.position(), Some(position), "{name}");
            assert!(error.message().contains(hint), "{error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            scope in proptest::sample::select(&Scope::ALL[..]),
            key in r#"[a-z."\\ {}=ß:]{0,12}"#,
        ) {
            let name = Name::attribute(scope, key.as_bytes());
            prop_assert_eq!(Name::parse(&name.to_string()).unwrap(), name);
        }

        #[test]
        fn any_bytes_are_a_name_or_an_error(
            bytes in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..40),
                r#"(span|event|.?)[.:]["\\a]{0,8}"#.prop_map(String::into_bytes),
            ]
        ) {
            if let Ok(name) = Name::parse_bytes(&bytes) {
                prop_assert!(!name.to_string().is_empty());
            }
        }
    }
}
