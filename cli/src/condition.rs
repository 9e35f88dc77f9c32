//! Conditions as they are written on the command line: COLUMN OP VALUE.

use crate::failure::{Failure, Result};
use crate::query::time;
use blockpack::name::Name;
use blockpack::scan::{Comparison, Condition as Test, Predicate};
use blockpack::value::{ValueRef, ValueType};
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::time::UNIX_EPOCH;

/// A condition on a column.
pub struct Condition {
    /// The column.
    pub name: Name,
    /// What its value must be.
    pub predicate: Predicate,
}

/// How conditions are joined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// All must hold.
    And,
    /// One must hold.
    Or,
}

/// The arguments `COLUMN OP [VALUE] [--and COLUMN OP [VALUE]]... [--or COLUMN OP [VALUE]]...`, as
/// words. Clap's derive cannot keep the words of one `--and` together, so this is by hand.
pub struct Conditions {
    join: Join,
    words: Vec<Vec<String>>,
}

const WORDS: [&str; 3] = ["COLUMN", "OP", "VALUE"];

impl clap::Args for Conditions {
    fn augment_args(command: Command) -> Command {
        let words = |id: &'static str| {
            Arg::new(id).num_args(2..=3).value_names(WORDS).allow_negative_numbers(true)
        };
        let more = |id: &'static str| words(id).long(id).action(ArgAction::Append);
        command
            .arg(words("condition").required(true).help("The condition"))
            .arg(more("and").help("Another condition that must hold too; repeat as needed"))
            .arg(
                more("or")
                    .conflicts_with("and")
                    .help("Another condition that may hold instead; repeat as needed"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Conditions {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let groups = |id| {
            let occurrences = matches.get_occurrences::<String>(id).into_iter().flatten();
            occurrences.map(|words| words.cloned().collect::<Vec<_>>())
        };
        let join = if matches.contains_id("or") { Join::Or } else { Join::And };
        let words = ["condition", "and", "or"].into_iter().flat_map(groups).collect();
        Ok(Conditions { join, words })
    }

    fn update_from_arg_matches(
        &mut self,
        matches: &ArgMatches,
    ) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Conditions {
    /// The conditions, and how they are joined.
    pub fn compile(&self) -> Result<(Join, Vec<Condition>)> {
        let conditions = self.words.iter().map(|words| condition(words)).collect::<Result<_>>()?;
        Ok((self.join, conditions))
    }
}

fn condition(words: &[String]) -> Result<Condition> {
    let usage = |message: String| Failure::Usage(format!("{}: {message}", words.join(" ")));
    let (column, op, value) = match words {
        [column, op] => (column, op.as_str(), None),
        [column, op, value] => (column, op.as_str(), Some(value.as_str())),
        _ => return Err(usage("a condition is COLUMN OP VALUE".into())),
    };
    let name = Name::parse(column).map_err(|e| usage(e.to_string()))?;
    let read = match &name {
        // Whatever they look like: an id can have digits alone, or be spelled like a number with an
        // exponent.
        Name::Intrinsic(intrinsic) => match intrinsic.value_type() {
            ValueType::Id | ValueType::Str => Literal::text,
            ValueType::TimeNs => Literal::time,
            _ => Literal::read,
        },
        Name::Attribute { .. } => Literal::read,
    };
    let predicate = predicate(op, value, read).map_err(usage)?;
    Ok(Condition { name, predicate })
}

fn predicate(
    op: &str,
    value: Option<&str>,
    read: fn(&str) -> Literal,
) -> std::result::Result<Predicate, String> {
    let needed = || value.ok_or_else(|| format!("{op} needs a value"));
    let compare = |comparison, text: &str| {
        let literal = read(text);
        Predicate::compile(&Test::Compare(comparison, literal.value()))
    };
    let compiled = match op {
        "=" | "==" => compare(Comparison::Equal, needed()?),
        "!=" => compare(Comparison::NotEqual, needed()?),
        "<" => compare(Comparison::Less, needed()?),
        "<=" => compare(Comparison::LessOrEqual, needed()?),
        ">" => compare(Comparison::Greater, needed()?),
        ">=" => compare(Comparison::GreaterOrEqual, needed()?),
        "=~" => Predicate::compile(&Test::Regex(needed()?)),
        "!~" => Predicate::compile(&Test::NotRegex(needed()?)),
        "contains" => Predicate::compile(&Test::Contains(ValueRef::Str(needed()?.as_bytes()))),
        "prefix" => Predicate::compile(&Test::StartsWith(ValueRef::Str(needed()?.as_bytes()))),
        "suffix" => Predicate::compile(&Test::EndsWith(ValueRef::Str(needed()?.as_bytes()))),
        "in" => {
            let literals: Vec<Literal> = items(needed()?).into_iter().map(read).collect();
            let values: Vec<ValueRef<'_>> = literals.iter().map(Literal::value).collect();
            Predicate::compile(&Test::In(&values))
        }
        "null" | "exists" if value.is_some() => return Err(format!("{op} takes no value")),
        "null" => Predicate::compile(&Test::IsNull),
        "exists" => Predicate::compile(&Test::IsNotNull),
        _ => {
            let known = "= != < <= > >= =~ !~ contains prefix suffix in null exists";
            return Err(format!("there is no operator '{op}'; there are {known}"));
        }
    };
    compiled.map_err(|e| e.to_string())
}

/// The parts of a list with commas between; those in double quotes may have commas in them.
fn items(list: &str) -> Vec<&str> {
    let (mut items, mut rest) = (Vec::new(), list);
    loop {
        let quoted = rest.strip_prefix('"').and_then(|inner| {
            let closed =
                |at: &usize| inner[*at + 1..].is_empty() || inner[*at + 1..].starts_with(',');
            inner.match_indices('"').map(|(at, _)| at).find(closed)
        });
        let end = match quoted {
            Some(inner_len) => Some(inner_len + 2).filter(|&end| end < rest.len()),
            None => rest.find(','),
        };
        let Some(end) = end else {
            items.push(rest);
            return items;
        };
        items.push(&rest[..end]);
        rest = &rest[end + 1..];
    }
}

/// A value as it was written.
enum Literal {
    Int(i64),
    /// Past what `Int` holds.
    Large(u64),
    Double(f64),
    Bool(bool),
    Duration(u64),
    Time(u64),
    Text(String),
}

impl Literal {
    /// Text, in quotes or not.
    fn text(text: &str) -> Literal {
        Literal::Text(unquoted(text).unwrap_or(text).to_owned())
    }

    /// A point in time, which can be a date alone.
    fn time(text: &str) -> Literal {
        time::point(text).map_or_else(|_| Literal::read(text), Literal::Time)
    }

    /// What the text looks like.
    fn read(text: &str) -> Literal {
        if let Some(inner) = unquoted(text) {
            return Literal::Text(inner.to_owned());
        }
        let number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        match text {
            "true" => return Literal::Bool(true),
            "false" => return Literal::Bool(false),
            _ if !number => return Literal::Text(text.to_owned()),
            _ => {}
        }
        if let Ok(v) = text.parse() {
            return Literal::Int(v);
        }
        if let Ok(v) = text.parse() {
            return Literal::Large(v);
        }
        if let Ok(v) = text.parse() {
            return Literal::Double(v);
        }
        if let Ok(v) = humantime::parse_duration(text) {
            return Literal::Duration(u64::try_from(v.as_nanos()).unwrap_or(u64::MAX));
        }
        let time = humantime::parse_rfc3339_weak(text).ok();
        match time.and_then(|t| t.duration_since(UNIX_EPOCH).ok()) {
            Some(v) => Literal::Time(u64::try_from(v.as_nanos()).unwrap_or(u64::MAX)),
            None => Literal::Text(text.to_owned()),
        }
    }

    fn value(&self) -> ValueRef<'_> {
        match self {
            Literal::Int(v) => ValueRef::I64(*v),
            Literal::Large(v) => ValueRef::U64(*v),
            Literal::Double(v) => ValueRef::F64(*v),
            Literal::Bool(v) => ValueRef::Bool(*v),
            Literal::Duration(v) => ValueRef::DurationNs(*v),
            Literal::Time(v) => ValueRef::TimeNs(*v),
            Literal::Text(v) => ValueRef::Str(v.as_bytes()),
        }
    }
}

/// What is in double quotes.
fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('"').and_then(|t| t.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_what_they_look_like() {
        let value = |text| format!("{:?}", Literal::read(text).value());
        assert_eq!(value("500"), "I64(500)");
        assert_eq!(value("-1.5"), "F64(-1.5)");
        assert_eq!(value("-9223372036854775808"), "I64(-9223372036854775808)");
        assert_eq!(value("18446744073709551615"), "U64(18446744073709551615)");
        assert_eq!(value("100ms"), "DurationNs(100000000)");
        assert_eq!(value("true"), "Bool(true)");
        assert_eq!(value("2023-11-30T07:24:16Z"), "TimeNs(1701329056000000000)");
        assert_eq!(value("\"500\""), format!("{:?}", ValueRef::Str(b"500")));
        assert_eq!(value("error"), format!("{:?}", ValueRef::Str(b"error")));
        assert_eq!(value("0af7651916cd43dd"), format!("{:?}", ValueRef::Str(b"0af7651916cd43dd")));
    }

    #[test]
    fn ids_and_names_are_text_whatever_they_look_like() {
        let finds = |column: &str, op: &str, literal: &str, value: ValueRef<'_>| {
            let words = [column, op, literal].map(str::to_owned);
            let Ok(condition) = condition(&words) else { panic!("{words:?}") };
            condition.predicate.matches(Some(value)).unwrap()
        };
        let digits = ValueRef::Id(&[0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56]);
        let exponent = ValueRef::Id(&[0x12, 0xe4, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56]);
        assert!(finds("span:id", "=", "1234567890123456", digits));
        assert!(finds("span:parent_id", "=", "\"1234567890123456\"", digits));
        assert!(finds("link:span_id", "in", "7,12e4567890123456", exponent));
        assert!(finds("trace:id", "!=", "12e4567890123456", digits));
        assert!(finds("span:name", "=", "404", ValueRef::Str(b"404")));
        assert!(!finds("span.code", "=", "404", ValueRef::Str(b"404")));
        assert!(finds("span:status", ">=", "2", ValueRef::Status(2)));
        let midnight = ValueRef::TimeNs(1_701_302_400_000_000_000);
        assert!(finds("span:start", ">=", "2023-11-30", midnight));
        assert!(!finds("span:start", ">", "1701302400000000000", midnight));
        assert!(finds("span.day", "=", "2023-11-30", ValueRef::Str(b"2023-11-30")));
    }

    #[test]
    fn lists_may_have_commas_in_quotes() {
        assert_eq!(items("a,5,,true"), ["a", "5", "", "true"]);
        assert_eq!(items(r#""a,b",c,"d,""#), [r#""a,b""#, "c", r#""d,""#]);
        assert_eq!(items(r#"a"b,c"d"#), [r#"a"b"#, r#"c"d"#]);
        assert_eq!(items(r#""a,b"#), [r#""a"#, "b"]);
        assert_eq!(items(r#""say "x,y"",z"#), [r#""say "x,y"""#, "z"]);
        assert_eq!(items(r#""","#), [r#""""#, ""]);
    }

    #[test]
    fn wrong_conditions_are_explained() {
        let message = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            match condition(&words) {
                Err(Failure::Usage(message)) => message,
                _ => panic!("not refused"),
            }
        };
        assert!(message(&["name", "is", "x"]).contains("no operator 'is'"));
        assert!(message(&["name", "="]).contains("needs a value"));
        assert!(message(&["name", "null", "x"]).contains("takes no value"));
        assert!(message(&["name", "=~", "("]).contains("name =~ ("));
        assert!(message(&["span:nam", "=", "x"]).contains("span:name"));
    }
}
