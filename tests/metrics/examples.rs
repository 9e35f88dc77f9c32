//! Worked by hand.

use crate::given::{Span, Val, blocks, metrics, over, shown, span};
use blockpack::Blocks;
use blockpack::block::build::BlockOptions;
use blockpack::traceql::{MetricsOptions, Value};

const SECOND: u64 = 1_000_000_000;

/// Eight spans of two services; traces begin at 0 s, 10 s, 20 s and 30 s.
pub fn shop() -> Blocks {
    let make = |trace: u8, number: u8, offset: u64, service, millis: u64, status| Span {
        duration: millis * 1_000_000,
        status,
        name: if number == 0 { "page" } else { "query" },
        resource: vec![("service.name", Val::Str(service))],
        attributes: vec![("rows", Val::Int(millis as i64))],
        ..span(trace, number, 1000 * SECOND + u64::from(trace) * 10 * SECOND + offset)
    };
    let spans = [
        make(0, 0, 1, "web", 100, 0),
        make(0, 1, 2, "db", 20, 0),
        make(1, 0, 0, "web", 300, 2),
        make(1, 1, 1, "db", 250, 2),
        make(2, 0, 5 * SECOND, "web", 80, 0),
        make(2, 1, 6 * SECOND, "db", 10, 0),
        make(2, 2, 7 * SECOND, "db", 12, 0),
        make(3, 0, 0, "web", 90, 0),
    ];
    blocks(&spans, &BlockOptions::default())
}

pub fn tens() -> MetricsOptions {
    over(1000 * SECOND, 1030 * SECOND, 10 * SECOND)
}

#[track_caller]
fn makes(query: &str, expected: &[&str]) {
    assert_eq!(shown(&metrics(&shop(), query, &tens())), expected, "{query}");
}

#[test]
fn spans_are_counted_in_intervals_that_have_their_end() {
    // The trace that starts at 10 s is in the first interval, that at 30 s in the last.
    makes("{} | count_over_time()", &["{__name__=\"count_over_time\"} 3 1 4"]);
    makes("{} | rate()", &["{__name__=\"rate\"} 0.3 0.1 0.4"]);
    makes(
        "{} | count_over_time() by (resource.service.name)",
        &["{resource.service.name=\"db\"} 1 1 2", "{resource.service.name=\"web\"} 2 0 2"],
    );
    let instant = MetricsOptions { instant: true, ..tens() };
    let set = metrics(&shop(), "{} | rate()", &instant);
    assert_eq!(
        (shown(&set), set.times),
        (vec!["{__name__=\"rate\"} 0.26666666666666666".into()], vec![1030 * SECOND])
    );
}

#[test]
fn values_are_added_up_durations_in_seconds() {
    makes(
        "{ name = \"page\" } | max_over_time(duration)",
        &["{__name__=\"max_over_time\"} 0.3 - 0.09"],
    );
    makes(
        "{ name = \"page\" } | min_over_time(span.rows)",
        &["{__name__=\"min_over_time\"} 100 - 80"],
    );
    makes("{} | avg_over_time(span.rows)", &["{__name__=\"avg_over_time\"} 140 250 48"]);
    makes("{} | sum_over_time(span.nothing)", &[]);
}

#[test]
fn what_is_absent_has_no_label_and_nil_stands_for_all() {
    makes(
        "{} | count_over_time() by (span.nothing, resource.service.name)",
        &["{resource.service.name=\"db\"} 1 1 2", "{resource.service.name=\"web\"} 2 0 2"],
    );
    makes("{} | count_over_time() by (span.nothing, .none)", &["{span.nothing=nil} 3 1 4"]);
    makes(
        "{ status = error } | count_over_time() by (status, kind, name)",
        &[
            "{status=error, kind=internal, name=\"page\"} 1 0 0",
            "{status=error, kind=internal, name=\"query\"} 0 1 0",
        ],
    );
}

#[test]
fn histograms_count_by_powers_of_two() {
    makes(
        "{ name = \"page\" } | histogram_over_time(span.rows)",
        &["{__bucket=128.0} 1 0 2", "{__bucket=512.0} 1 0 0"],
    );
    // 2^27 ns and 2^29 ns, in seconds.
    makes(
        "{ name = \"page\" } | histogram_over_time(duration)",
        &["{__bucket=0.134217728} 1 0 2", "{__bucket=0.536870912} 1 0 0"],
    );
}

#[test]
fn quantiles_are_estimated_inside_their_bucket() {
    // Of 100 and 300 the median is in the bucket up to 128, at its end.
    makes(
        "{ name = \"page\" } | quantile_over_time(span.rows, 0, 0.5, 1)",
        &[
            "{p=0.0} 128 - 90.50966799187809",
            "{p=0.5} 128 - 90.50966799187809",
            "{p=1.0} 512 - 128",
        ],
    );
}

#[test]
fn pipelines_choose_the_spans() {
    makes(
        "{ name = \"page\" } > { name = \"query\" } | count_over_time()",
        &["{__name__=\"count_over_time\"} 1 1 2"],
    );
    makes(
        "{} | count() > 2 | count_over_time() by (name)",
        &["{name=\"page\"} 0 0 1", "{name=\"query\"} 0 0 2"],
    );
    makes("{ status = error } | select(name) | rate()", &["{__name__=\"rate\"} 0.1 0.1 0"]);
}

#[test]
fn ranks_are_taken_at_each_time() {
    makes(
        "{} | count_over_time() by (resource.service.name) | topk(1)",
        // At the last time both have two, and the labels decide.
        &["{resource.service.name=\"db\"} - 1 2", "{resource.service.name=\"web\"} 2 - -"],
    );
    makes(
        "{} | count_over_time() by (resource.service.name) | bottomk(1)",
        &["{resource.service.name=\"db\"} 1 - 2", "{resource.service.name=\"web\"} - 0 -"],
    );
    makes(
        "{} | count_over_time() by (resource.service.name) | topk(1) > 1",
        &["{resource.service.name=\"db\"} - - 2", "{resource.service.name=\"web\"} 2 - -"],
    );
}

#[test]
fn values_are_filtered() {
    makes("{} | count_over_time() > 3", &["{__name__=\"count_over_time\"} - - 4"]);
    makes("{} | count_over_time() > 1 < 4", &["{__name__=\"count_over_time\"} 3 - -"]);
    makes("{} | count_over_time() > 4", &[]);
    makes(
        "{ name = \"page\" } | max_over_time(duration) >= 100ms",
        &["{__name__=\"max_over_time\"} 0.3 - -"],
    );
}

#[test]
fn series_are_calculated_with() {
    makes(
        "({ status = error } | count_over_time()) / ({} | count_over_time())",
        &["{} 0.3333333333333333 1 0"],
    );
    makes("({} | count_over_time()) * 2 + 1", &["{} 7 3 9"]);
    makes("1 - ({} | count_over_time())", &["{} -2 0 -3"]);
    // Equal labels go together, others vanish.
    makes(
        "({ status = error } | count_over_time() by (name)) / ({ name = \"page\" } | count_over_time() by (name))",
        &["{name=\"page\"} 0.5 NaN 0"],
    );
    // One series without labels goes with all.
    makes(
        "({} | count_over_time() by (name)) / ({} | count_over_time())",
        &["{name=\"page\"} 0.6666666666666666 0 0.5", "{name=\"query\"} 0.3333333333333333 1 0.5"],
    );
    makes("({} | count_over_time()) / ({ name = \"no\" } | count_over_time())", &[]);
    makes("({} | count_over_time()) / (({} | count_over_time()) * 0)", &["{} NaN NaN NaN"]);
    makes("(({} | count_over_time()) - 1) * 10 > 5", &["{} 20 - 30"]);
}

#[test]
fn exemplars_are_the_first_spans_of_parts_of_the_time() {
    let set = metrics(
        &shop(),
        "{ name = \"page\" } | max_over_time(duration) with (exemplars = 3)",
        &tens(),
    );
    let exemplars: Vec<_> = set.series[0]
        .exemplars
        .iter()
        .map(|e| (e.time_ns / SECOND, e.value, e.trace_id[15]))
        .collect();
    assert_eq!(exemplars, [(1000, 0.1, 1), (1025, 0.08, 3)]);
    // Where spans are counted, the value is the sample.
    let options = MetricsOptions { exemplars: Some(1), ..tens() };
    let set = metrics(&shop(), "{ status = error } | count_over_time() by (name)", &options);
    let values: Vec<_> = set.series.iter().flat_map(|s| &s.exemplars).map(|e| e.value).collect();
    assert_eq!(values, [1.0]);
    let off = metrics(&shop(), "{} | rate() with (exemplars = false)", &tens());
    assert!(off.series[0].exemplars.is_empty());
}

#[test]
fn exemplars_are_of_the_series_that_are_left_and_of_their_samples() {
    let one = MetricsOptions { exemplars: Some(1), ..tens() };
    let least =
        metrics(&shop(), "{} | max_over_time(duration) by (name) | bottomk(1)", &one).series;
    assert_eq!(least.len(), 1);
    assert_eq!(least[0].exemplars.len(), 1, "none is lost to series that go");

    let many = MetricsOptions { exemplars: Some(60), ..tens() };
    let of = |query: &str| metrics(&shop(), query, &many);
    for query in [
        "{} | count_over_time() by (name) | topk(1)",
        "{} | count_over_time() by (name) >= 2",
        "({} | count_over_time() by (name)) * 2 + 1",
        "({} | count_over_time() by (name)) / ({} | count_over_time())",
        "({} | count_over_time()) - ({} | count_over_time() by (name))",
    ] {
        let set = of(query);
        let [page, other] = &set.series[..] else { panic!("{query}") };
        let starts_of_pages = [1000 * SECOND + 1, 1010 * SECOND, 1025 * SECOND, 1030 * SECOND];
        for (series, is_page) in [(page, true), (other, false)] {
            assert!(!series.exemplars.is_empty(), "{query}");
            for exemplar in &series.exemplars {
                assert_eq!(starts_of_pages.contains(&exemplar.time_ns), is_page, "{query}");
                let at = set.times.iter().position(|&t| exemplar.time_ns <= t).unwrap();
                assert_eq!(series.values[at], Some(exemplar.value), "{query}: the sample");
            }
        }
    }
    for series in of("{} | histogram_over_time(span.rows)").series {
        let Value::Float(end) = series.labels[0].value else { panic!("no bucket") };
        assert!(!series.exemplars.is_empty());
        assert!(series.exemplars.iter().all(|e| e.value > end / 2.0 && e.value <= end));
    }
}

#[test]
fn without_a_time_all_spans_count() {
    let set = metrics(&shop(), "{} | count_over_time()", &MetricsOptions::default());
    assert_eq!(set.step_ns, 100_000_000);
    assert_eq!(set.series[0].values.iter().flatten().sum::<f64>(), 8.0);
    assert!(set.times.last().is_some_and(|&last| last >= 1030 * SECOND));
    let none = metrics(&Blocks::new([]), "{} | rate()", &MetricsOptions::default());
    assert_eq!((none.series.len(), none.times.len()), (0, 0));
}
