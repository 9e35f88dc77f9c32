//! What holds between the answers of queries, whatever they are.

use crate::differential::{all, config};
use crate::model::Stored;
use crate::random::{condition, query, traces};
use blockpack::traceql::{Query, SearchOptions, TraceMatch};
use proptest::prelude::*;
use std::collections::BTreeSet;

type Spans = BTreeSet<usize>;

/// Numbers of the spans that a query finds; none if it makes no sense.
fn find(stored: &Stored, query: &str) -> Option<Spans> {
    let query = Query::compile(query).ok()?;
    let found = query.search(&stored.blocks, &all()).unwrap();
    Some(stored.numbers(&found.spans).into_iter().collect())
}

fn ids(traces: &[TraceMatch]) -> Vec<&[u8]> {
    traces.iter().map(|trace| &*trace.trace_id).collect()
}

/// Whether some traces are among others; with values that are not numbers, which are not equal.
fn are_among(some: &[TraceMatch], all: &[TraceMatch]) -> bool {
    let all: Vec<String> = all.iter().map(|trace| format!("{trace:?}")).collect();
    some.iter().all(|trace| all.contains(&format!("{trace:?}")))
}

fn starts(traces: &[TraceMatch]) -> Vec<u64> {
    traces.iter().map(|trace| trace.start_ns).collect()
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn conditions_combine_as_sets(traces in traces(), a in condition(), b in condition()) {
        let stored = traces.store();
        let find = |query: String| find(&stored, &query);
        let (Some(left), Some(right)) = (find(format!("{{ {a} }}")), find(format!("{{ {b} }}")))
        else { return Ok(()) };
        let every: Spans = (0..traces.spans.len()).collect();
        // Two conditions on events can be true of two events: together they may find less.
        let both = find(format!("{{ ({a}) && ({b}) }}")).unwrap();
        prop_assert!(both.is_subset(&(&left & &right)));
        prop_assert_eq!(find(format!("{{ ({a}) || ({b}) }}")).unwrap(), &left | &right);
        prop_assert_eq!(find(format!("{{ !(({a}) && true) }}")).unwrap(), &every - &left);
        prop_assert_eq!(find(format!("{{ {a} }} | {{ {b} }}")).unwrap(), &left & &right);
        prop_assert_eq!(find(format!("{{ {a} }} || {{ {b} }}")).unwrap(), &left | &right);
        let union = find(format!("{{ {a} }} && {{ {b} }}")).unwrap();
        prop_assert!(union.is_subset(&(&left | &right)));
        for op in [">", ">>", "<", "<<", "~"] {
            let with = find(format!("{{ {a} }} {op} {{ {b} }}")).unwrap();
            let without = find(format!("{{ {a} }} !{op} {{ {b} }}")).unwrap();
            prop_assert!(with.is_disjoint(&without), "{}", op);
            prop_assert_eq!(&with | &without, right.clone(), "{}", op);
            let united = find(format!("{{ {a} }} &{op} {{ {b} }}")).unwrap();
            prop_assert!(with.is_subset(&united) && united.is_subset(&(&left | &right)), "{}", op);
        }
        let above = find(format!("{{ {a} }} << {{ {b} }}")).unwrap();
        let parents = find(format!("{{ {a} }} < {{ {b} }}")).unwrap();
        prop_assert!(parents.is_subset(&above));
    }

    #[test]
    fn limits_leave_the_rest_as_it_is(traces in traces(), query in query(), limit in 1usize..3) {
        let stored = traces.store();
        let Ok(query) = Query::compile(&query) else { return Ok(()) };
        let search = |options: &SearchOptions| query.search(&stored.blocks, options).unwrap();
        let whole = search(&all());
        let recent = search(&SearchOptions { limit, most_recent: true, ..all() });
        let last = &whole.traces[..limit.min(whole.traces.len())];
        prop_assert_eq!(starts(&recent.traces), starts(last));
        prop_assert!(are_among(&recent.traces, &whole.traces));
        let any = search(&SearchOptions { limit, count_all: false, ..all() });
        prop_assert_eq!(any.traces.len(), limit.min(whole.traces.len()));
        prop_assert!(are_among(&any.traces, &whole.traces));
        let few = search(&SearchOptions { spans_per_spanset: 1, ..all() });
        prop_assert_eq!(ids(&few.traces), ids(&whole.traces));
        for (few, whole) in few.traces.iter().zip(&whole.traces) {
            for (few, whole) in few.spansets.iter().zip(&whole.spansets) {
                prop_assert_eq!(few.matched, whole.matched);
                prop_assert_eq!(&few.spans[..], &whole.spans[..1]);
            }
        }
        let counted = search(&SearchOptions { limit: 0, threads: 2, ..all() });
        prop_assert_eq!(stored.numbers(&counted.spans), stored.numbers(&whole.spans));
    }
}
