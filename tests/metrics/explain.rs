//! How series are made is told, before and after.

use crate::examples::{shop, tens};
use crate::given::{metrics, over};
use blockpack::scan::Pruned;
use blockpack::traceql::{Explain, How, Outside, Part, Query, QueryContext, RunStats};

fn plan(query: &str) -> Explain {
    Query::compile(query).unwrap().explain(&QueryContext::new()).unwrap()
}

/// Depth, how, and what is asked.
fn shape(explain: &Explain) -> Vec<(usize, How, &str)> {
    explain.parts.iter().map(|part| (part.depth, part.how, &*part.text)).collect()
}

fn of(explain: &Explain, how: How) -> Vec<&Part> {
    explain.parts.iter().filter(|part| part.how == how).collect()
}

const SHARE: &str =
    "({ status = error } | rate() by (name)) / ({} | rate() by (name)) * 100 | topk(1)";

#[test]
fn a_plan_has_the_functions_and_what_finds_their_spans() {
    let plan = plan(SHARE);
    let expected = [
        (0, How::SeriesFilter, "topk(1)"),
        (1, How::Calculation, "*"),
        (2, How::Calculation, "/"),
        (3, How::Series, "rate() by (name)"),
        (4, How::Filter, "{ status = error }"),
        (5, How::Scan, "status = error"),
        (3, How::Series, "rate() by (name)"),
        (4, How::Filter, "{ true }"),
        (5, How::Constant, "true"),
        (2, How::Constant, "100"),
    ];
    assert_eq!(shape(&plan), expected, "{plan}");
    assert!(plan.stats.is_none() && plan.parts.iter().all(|part| part.series.is_none()));
    assert_eq!(plan.to_string().lines().count(), expected.len());
}

#[test]
fn a_run_tells_spans_series_and_steps() {
    let set = metrics(&shop(), SHARE, &tens());
    assert_eq!(shape(&set.explain), shape(&plan(SHARE)));
    let series: Vec<_> = set.explain.parts.iter().filter_map(|part| part.series).collect();
    // Of both names, but errors are in both services' spans at one time only.
    assert_eq!(series, [2, 2, 2, 2, 2], "{}", set.explain);
    let spans: Vec<_> = of(&set.explain, How::Series).iter().map(|p| p.counted.spans_out).collect();
    assert_eq!(spans, [2, 8]);
    let Some(RunStats::Series(stats)) = set.explain.stats else { panic!("{}", set.explain) };
    assert_eq!((stats.series, stats.samples, stats.step_ns), (2, 3, 10_000_000_000));
    assert_eq!(
        (stats.chunks, stats.outside),
        (2, Outside::default()),
        "one block, asked by two queries"
    );
    let text = set.explain.to_string();
    assert!(text.contains("2 series of 3 samples, one every 10s"), "{text}");
    let by_hours = over(0, 1 << 50, 16 * 3600 * 1_000_000_000);
    let text = metrics(&shop(), "{} | rate()", &by_hours).explain.to_string();
    assert!(text.contains("samples, one every 16h,"), "{text}");
}

#[test]
fn spans_outside_of_the_time_are_told_from_those_in_it() {
    let options = blockpack::traceql::MetricsOptions { end_ns: tens().start_ns, ..tens() };
    let late = blockpack::traceql::MetricsOptions { start_ns: Some(0), ..options };
    let set = metrics(&shop(), "{} | rate()", &late);
    assert_eq!((set.stats.chunks, set.stats.outside), (1, Outside { blocks: 0, time: 1 }));
    let text = set.explain.to_string();
    assert!(text.contains("0 of 1 chunks gone through, 1 outside of the time\n"), "{text}");
    let some = blockpack::traceql::MetricsOptions { start_ns: Some(1_015_000_000_000), ..tens() };
    let set = metrics(&shop(), "{} | rate()", &some);
    let counted = of(&set.explain, How::Series)[0].counted;
    assert_eq!((counted.spans_in, counted.spans_out), (8, 4));
}

#[test]
fn what_scans_left_out_is_told_as_for_searches() {
    let query = "{ .no.such = 1 || name = \"page\" } | count_over_time()";
    let set = metrics(&shop(), query, &tens());
    let scans = of(&set.explain, How::Scan);
    let lost = scans.iter().find(|part| part.text.contains("no.such")).unwrap();
    assert_eq!((lost.counted.scans.scans, lost.counted.scans.blocks_pruned()), (1, 1));
    assert_eq!(lost.counted.scans.pruned, Pruned { no_column: 1, ..Pruned::default() });
    let text = set.explain.to_string();
    assert!(text.contains("left out 1 of 1 blocks (no column); read 0 bytes"), "{text}");
}

#[test]
fn a_comparison_has_both_of_its_filters() {
    let query = "{ kind = internal } | compare({ status = error }, 2)";
    let set = metrics(&shop(), query, &tens());
    let filters: Vec<_> = of(&set.explain, How::Filter).iter().map(|p| p.text.clone()).collect();
    assert_eq!(filters, ["{ kind = internal }", "{ status = error }"]);
    let made = &of(&set.explain, How::Series)[0];
    assert_eq!(made.text, "compare({ status = error }, 2)");
    assert_eq!((made.counted.spans_out, made.series), (set.spans, Some(set.series.len())));
}
