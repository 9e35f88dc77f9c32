//! What is shown of traces that were found.

use crate::given::{parts, search, whole};
use blockpack::Blocks;
use blockpack::name::Name;
use blockpack::scan::{Pruned, ScanStats};
use blockpack::traceql::{Explain, How, Query, QueryContext, Search, SearchOptions, Value};
use blockpack::value::text;

fn run(query: &str) -> (Blocks, Search) {
    let blocks = whole();
    let found = search(&blocks, query, &SearchOptions::default());
    (blocks, found)
}

#[test]
fn a_trace_comes_with_its_root_its_time_and_its_services() {
    let (_, found) = run("{ name = \"POST /orders\" } >> { kind = producer }");
    let [trace] = &found.traces[..] else { panic!("{found:?}") };
    assert_eq!(text(&trace.root_name), "POST /orders");
    assert_eq!(text(&trace.root_service), "storefront");
    let services: Vec<_> = trace.services.iter().map(|s| (text(&s.service), s.spans)).collect();
    assert_eq!(services.len(), 3);
    assert_eq!(services.iter().map(|s| s.1).sum::<u32>(), 8);
    assert_eq!(trace.spansets.len(), 1);
    assert_eq!(trace.spansets[0].matched, 1);
}

#[test]
fn a_spanset_shows_its_first_spans_and_counts_all() {
    let (blocks, found) = run("{ name = \"fetch\" }");
    let spanset = &found.traces[0].spansets[0];
    assert_eq!((spanset.matched, spanset.spans.len()), (4, 3));
    let starts: Vec<u64> = spanset
        .spans
        .iter()
        .map(|at| blocks.get(at.block as usize).unwrap().start_ns(at.row).unwrap())
        .collect();
    assert!(starts.is_sorted());
}

#[test]
fn spansets_carry_what_they_were_grouped_by_and_what_was_counted() {
    let (_, found) =
        run("{ name = \"shard\" } | by(span.shard) | avg(span.rows) > 0 | count() > 1");
    let [trace] = &found.traces[..] else { panic!("{found:?}") };
    let names = |at: usize| -> Vec<&str> {
        trace.spansets[at].attributes.iter().map(|(name, _)| &**name).collect()
    };
    assert_eq!(names(0), ["by(span.shard)", "avg(span.rows)", "count()"]);
    assert!(trace.spansets.iter().all(|s| s.attributes[2].1 == Value::Int(s.matched as i64)));
    let (_, found) = run("{} | max(duration) > 0s");
    for trace in &found.traces {
        assert!(matches!(trace.spansets[0].attributes[0].1, Value::Duration(_)));
    }
    let (_, found) = run("{ name = \"shard\" } | by(span.shard) | coalesce()");
    assert!(found.traces.iter().all(|trace| trace.spansets[0].attributes.is_empty()));
}

#[test]
fn values_keep_their_type() {
    let by = |query: &str| -> Vec<Value> {
        let (_, found) = run(query);
        let spansets = found.traces.into_iter().flat_map(|trace| trace.spansets);
        spansets.map(|spanset| spanset.attributes[0].1.clone()).collect()
    };
    assert!(
        by("{ name = \"shard\" } | avg(duration) > 0s")
            .iter()
            .all(|v| matches!(v, Value::Duration(_)))
    );
    assert!(
        by("{ name = \"fetch\" } | avg(.bytes) > 0").iter().all(|v| matches!(v, Value::Float(_)))
    );
    assert!(
        by("{ name = \"fetch\" } | sum(.bytes) > 0").iter().all(|v| matches!(v, Value::Int(_)))
    );
    assert!(by("{ name = \"fetch\" } | by(status)").contains(&Value::Status(2)));
    assert!(by("{ name = \"fetch\" } | by(duration > 250ms)").contains(&Value::Bool(true)));
    assert!(by("{ trace:rootName = \"mapreduce\" } | by(span.shard)").contains(&Value::Nil));
}

#[test]
fn fields_to_show_are_those_selected_and_those_mentioned() {
    let query = "{ name = \"fetch\" && .bytes > 0 } | select(span.host, .bytes) | by(status)";
    let (_, found) = run(query);
    let fields: Vec<&str> = found.fields.iter().map(|field| &*field.text).collect();
    assert_eq!(fields.len(), 4, "{fields:?}");
    assert_eq!(fields[..2], ["span.host", ".bytes"]);
}

#[test]
fn values_of_the_fields_come_with_spans_that_are_shown() {
    let blocks = whole();
    let options = SearchOptions { with_values: true, ..SearchOptions::default() };
    let query = "{ name = \"shard\" } | select(span.shard, span.rows, traceDuration)";
    let found = search(&blocks, query, &options);
    let spanset = &found.traces[0].spansets[0];
    assert_eq!(spanset.values.len(), spanset.spans.len() * found.fields.len());
    for values in spanset.values.chunks(found.fields.len()) {
        assert!(
            matches!(values, [Value::Str(_), _, Value::Duration(_), Value::Str(name)] if **name == *b"shard")
        );
    }
    let found = search(&blocks, query, &SearchOptions::default());
    assert!(found.traces[0].spansets[0].values.is_empty());
}

#[test]
fn structure_after_grouping_is_within_each_group() {
    let grouped = run("{ trace:rootName = \"crawl\" } | by(name) | {} > {}").1.spans.count();
    let whole = run("{ trace:rootName = \"crawl\" } | {} > {}").1.spans.count();
    // Of all children, only some `parse` spans have a parent of their own name.
    assert_eq!((grouped, whole), (2, 8));
}

#[test]
fn a_query_is_explained_part_by_part_with_what_each_did() {
    let query = "{ .a + .b = 13 && kind = client || name = \"fetch\" } >> { !(status = error) } | count() > 1";
    let plain = Query::compile(query).unwrap().explain(&QueryContext::new()).unwrap();
    assert!(plain.stats.is_none());
    let hows: Vec<How> = plain.parts.iter().map(|part| part.how).collect();
    for how in [How::Structural, How::Filter, How::Any, How::RowByRow, How::Scan, How::Complement] {
        assert!(hows.contains(&how), "{plain}");
    }
    let (_, found) = run(query);
    let names = |explain: &blockpack::traceql::Explain| -> Vec<String> {
        explain.parts.iter().map(|part| part.text.clone()).collect()
    };
    assert_eq!(names(&found.explain), names(&plain));
    let scan = found.explain.parts.iter().find(|part| part.text.contains("fetch")).unwrap();
    assert!(scan.counted.calls > 0);
    let fetch = found.explain.parts.iter().find(|p| p.how == How::Scan && p.text.contains("fetch"));
    assert_eq!(fetch.map(|part| part.counted.spans_out), Some(4), "{}", found.explain);
    assert!(found.explain.to_string().contains("chunks searched"));
    let (_, found) = run("{ .no.such.key = 1 || name = \"fetch\" }");
    let mut scans = found.explain.parts.iter().filter(|part| part.how == How::Scan);
    let lost = scans.find(|part| part.text.contains("no.such")).unwrap();
    assert_eq!((lost.counted.scans.scans, lost.counted.scans.blocks_pruned()), (1, 1));
    assert_eq!(found.explain.scans().scans, 2);
    let text = found.explain.to_string();
    assert!(text.contains("left out 1 of 1 blocks (no column); read 0 bytes"), "{text}");
}

#[test]
fn equal_conditions_on_a_field_become_one_scan() {
    let query = "{ name = \"a\" || name = \"b\" || .x = 1 || .x = 2.5 || name = \"c\" }";
    let explain = Query::compile(query).unwrap().explain(&QueryContext::new()).unwrap();
    let scans: Vec<_> = explain.parts.iter().filter(|part| part.how == How::Scan).collect();
    assert_eq!(scans.len(), 3, "{explain}");
}

/// What the scans of the part that asks `text` did.
fn scans_of(explain: &Explain, text: &str) -> ScanStats {
    let part = explain.parts.iter().find(|part| part.how == How::Scan && part.text == text);
    part.unwrap_or_else(|| panic!("{explain}")).counted.scans
}

#[test]
fn each_part_says_why_it_left_blocks_out() {
    let query =
        "{ .no.such.key = 1 || duration > 1000h || name =~ \"fetch.*x\" || name = \"fetch\" }";
    let (_, found) = run(query);
    let why = |text: &str| scans_of(&found.explain, text).pruned;
    assert_eq!(why(".no.such.key = 1"), Pruned { no_column: 1, ..Pruned::default() });
    assert_eq!(why("duration > 1000h"), Pruned { bounds: 1, ..Pruned::default() });
    assert_eq!(why("name =~ \"fetch.*x\""), Pruned { dictionary: 1, ..Pruned::default() });
    assert_eq!(why("name = \"fetch\""), Pruned::default());
    let all = found.explain.scans();
    assert_eq!((all.scans, all.pruned.total()), (4, 3));
    let text = found.explain.to_string();
    for reason in ["no column", "bounds", "dictionary"] {
        assert!(text.contains(&format!("left out 1 of 1 blocks ({reason})")), "{text}");
    }
    assert!(text.contains("left out 0 of 1 blocks"), "{text}");
}

#[test]
fn reasons_of_many_blocks_are_counted_apart() {
    let blocks = Blocks::join(&parts(6, |number| number / 16));
    let found = search(&blocks, "{ .bytes > 1000000 }", &SearchOptions::default());
    let scans = scans_of(&found.explain, ".bytes > 1000000");
    // Some blocks have the attribute, none a value as large.
    let with = blocks.iter().filter(|block| {
        let name = Name::parse("span.bytes").unwrap();
        block.resolve(&name).iter().any(|candidate| !candidate.columns.is_empty())
    });
    let with = with.count() as u64;
    assert!(0 < with && with < scans.scans, "{}", found.explain);
    let wanted = Pruned { no_column: scans.scans - with, bounds: with, ..Pruned::default() };
    assert_eq!(scans.pruned, wanted, "{}", found.explain);
    let text = format!(
        "left out {} of {} blocks (no column {}, bounds {with})",
        scans.scans, scans.scans, wanted.no_column
    );
    assert!(found.explain.to_string().contains(&text), "{}", found.explain);
}

#[test]
fn conditions_that_take_two_scans_of_a_block_say_so() {
    let (_, found) = run("{ .bytes != 1000000 }");
    let scans = scans_of(&found.explain, ".bytes != 1000000");
    // One for the spans that have a number, which bounds tell, and one for this number.
    let wanted = Pruned { bounds: 2, ..Pruned::default() };
    assert_eq!((scans.scans, scans.pruned), (2, wanted), "{}", found.explain);
    let text = found.explain.to_string();
    assert!(text.contains("left out 2 of 2 scans of blocks (bounds)"), "{text}");
}
