//! Groups, held against the fields of every span.

use crate::blocks::{build, recording};
use crate::given::search;
use blockpack::block::build::BlockOptions;
use blockpack::fields::SpanRow;
use blockpack::name::Name;
use blockpack::traceql::{SearchOptions, Value};
use blockpack::value::ValueRef;
use std::collections::BTreeMap;

/// The value of a field as a group has it.
fn value(value: Option<ValueRef<'_>>) -> Value {
    match value {
        None => Value::Nil,
        Some(ValueRef::Str(v)) => Value::Str(v.into()),
        Some(ValueRef::I64(v)) => Value::Int(v),
        Some(ValueRef::F64(v)) => Value::Float(v),
        Some(ValueRef::Bool(v)) => Value::Bool(v),
        Some(ValueRef::SpanKind(v)) => Value::Kind(v),
        Some(ValueRef::Status(v)) => Value::Status(v),
        Some(ValueRef::DurationNs(v)) => Value::Duration(v as i64),
        Some(ValueRef::Id(v)) => Value::Id(v.into()),
        Some(other) => panic!("{other:?}"),
    }
}

#[test]
fn groups_are_the_values_of_the_field_in_each_trace() {
    let blocks = build(&recording(), &BlockOptions::default());
    for name in [
        "name",
        "kind",
        "status",
        "duration",
        "span:id",
        "span:parentID",
        "span:childCount",
        "resource.service.name",
        ".service.name",
        "span.http.method",
        ".http.method",
        "span.http.status_code",
        ".no.such.key",
        "instrumentation:name",
        "rootName",
    ] {
        let options =
            SearchOptions { limit: usize::MAX, spans_per_spanset: 0, ..SearchOptions::default() };
        let found = search(&blocks, &format!("{{}} | by({name})"), &options);
        let mut given = BTreeMap::new();
        for trace in &found.traces {
            for spanset in &trace.spansets {
                let [(_, value)] = &spanset.attributes[..] else { panic!("{spanset:?}") };
                assert_eq!(spanset.matched, spanset.spans.len() as u64);
                for at in &spanset.spans {
                    given.insert((at.block, at.row), value.clone());
                }
            }
            let mut values: Vec<String> =
                trace.spansets.iter().map(|s| format!("{:?}", s.attributes[0].1)).collect();
            values.sort_unstable();
            values.dedup();
            assert_eq!(values.len(), trace.spansets.len(), "{name}: a group is split");
        }
        assert_eq!(given.len() as u64, blocks.rows());
        let name = Name::parse(name).unwrap();
        for ((block, row), given) in given {
            let block = blocks.get(block as usize).unwrap();
            let mut expected = value(SpanRow::new(block, row).unwrap().get(&name).unwrap());
            if expected == Value::Nil && given != Value::Nil {
                // What is never absent in a query.
                expected = match name.to_string().as_str() {
                    "span:parent_id" => Value::Id(Box::default()),
                    _ => Value::Str(Box::default()),
                };
            }
            assert_eq!(given, expected, "{name}");
        }
    }
}
