//! Whatever compiles runs on whatever there is, without harm and within its limits.

use crate::blocks::build;
use crate::common::{Wildness, encode, resources};
use crate::differential::config;
use crate::random::{condition, field, query, traces};
use blockpack::block::build::BlockOptions;
use blockpack::traceql::{Limits, MAX_DEPTH, Query, SearchOptions};
use blockpack::{Blocks, ErrorKind};
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Runs a query if it is a search; it may only be stopped by its limits.
fn run(blocks: &Blocks, text: &str, limits: Limits) -> Result<(), TestCaseError> {
    let Ok(query) = Query::compile(text) else { return Ok(()) };
    let options = SearchOptions { limits: limits.clone(), ..SearchOptions::default() };
    match query.search(blocks, &options) {
        Ok(found) => {
            let budget = limits.memory.unwrap_or(u64::MAX);
            prop_assert!(found.stats.peak_bytes <= budget, "{}", text);
        }
        Err(error) => match error.kind() {
            ErrorKind::InvalidArgument => prop_assert!(query.is_metrics(), "{}: {}", text, error),
            ErrorKind::Budget => prop_assert!(limits.memory.is_some(), "{}: {}", text, error),
            ErrorKind::Cancelled => {
                prop_assert!(limits.cancel.is_some() || limits.deadline.is_some())
            }
            _ => prop_assert!(false, "{}: {}", text, error),
        },
    }
    Ok(())
}

fn limits() -> impl Strategy<Value = Limits> {
    prop_oneof![
        3 => Just(Limits::default()),
        2 => (0u64..20_000).prop_map(|memory| Limits { memory: Some(memory), ..Limits::default() }),
        1 => (0u64..300).prop_map(|us| Limits {
            deadline: Some(Instant::now() + Duration::from_micros(us)),
            ..Limits::default()
        }),
        1 => any::<bool>().prop_map(|cancel| Limits {
            cancel: Some(Arc::new(AtomicBool::new(cancel))),
            ..Limits::default()
        }),
    ]
}

/// Queries of the cases, with the names in them replaced.
fn valid_query() -> impl Strategy<Value = String> {
    let valid: Vec<String> = include_str!("parse.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|case| case["valid"].as_bool().unwrap())
        .map(|case| case["query"].as_str().unwrap().to_owned())
        .collect();
    let name = regex::Regex::new(r"\.[a-z_.]+|\b(name|duration|status|kind)\b").unwrap();
    (prop::sample::select(valid), field(), any::<bool>()).prop_map(
        move |(query, field, replace)| match replace {
            true => name.replace_all(&query, regex::NoExpand(&field)).into_owned(),
            false => query,
        },
    )
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn any_query_runs_on_any_traces(
        resources in resources(Wildness::Any),
        random in query(),
        valid in valid_query(),
        condition in condition(),
        (name, other) in (field(), field()),
        limits in limits(),
        max_attribute_columns in 0usize..3,
    ) {
        let options = BlockOptions { max_attribute_columns, ..BlockOptions::default() };
        let blocks = build(&[encode(&resources)], &options);
        for text in [
            random,
            valid,
            format!("{{}} | by({name}) | sum({other}) != 1 | select({name}) | coalesce()"),
            format!("{{ {name} = {other} }} >> {{ {condition} }} | max({name}) < 1 | by({other})"),
        ] {
            run(&blocks, &text, limits.clone())?;
        }
    }

    #[test]
    fn any_query_runs_on_damaged_traces(
        traces in traces(),
        valid in valid_query(),
        random in query(),
        limits in limits(),
    ) {
        let blocks = traces.store().blocks;
        run(&blocks, &valid, limits.clone())?;
        run(&blocks, &random, limits)?;
    }
}

#[test]
fn queries_as_deep_as_may_be_are_run() {
    let depth = MAX_DEPTH as usize / 2 - 4;
    let blocks = build(
        &[crate::model::message(&crate::given::traces(), |_| true)],
        &BlockOptions::default(),
    );
    for query in [
        format!("{{ {}name = \"fetch\"{} }}", "!(".repeat(depth), ")".repeat(depth)),
        format!("{{ {}.num{} > 1 }}", "-(".repeat(depth), ")".repeat(depth)),
        format!("{{ {}event:name = \"a\"{} }}", "!(".repeat(depth), ")".repeat(depth)),
        format!("{{ .num{} = 1 }}", " ^ .num".repeat(depth)),
        format!("{{}}{}", " &>> {}".repeat(depth)),
        format!("{}{{}}{}", "({} ~ ".repeat(depth / 2), ")".repeat(depth / 2)),
        format!("{{}}{}", " | {} | by(name) | count() > 0".repeat(depth)),
    ] {
        let compiled = Query::compile(&query).unwrap_or_else(|e| panic!("{e}: {query}"));
        compiled.search(&blocks, &SearchOptions::default()).unwrap();
    }
    let wide = vec![".num = 1"; 4000].join(" || ");
    Query::compile(&format!("{{ !({wide}) }}"))
        .unwrap()
        .search(&blocks, &SearchOptions::default())
        .unwrap();
}
