//! Series on the command line: as a table, as a chart, as JSON, as a picture.

mod common;

use common::*;
use serde_json::Value;
use std::fs;

fn text<const N: usize>(arguments: [&str; N]) -> String {
    String::from_utf8(output(arguments)).unwrap()
}

fn shop() -> String {
    recording("shop.pbd.zst").to_str().unwrap().to_owned()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn sum(series: &Value) -> f64 {
    series["samples"].as_array().unwrap().iter().map(|sample| sample[1].as_f64().unwrap()).sum()
}

const COUNTS: &str = "{ } | count_over_time() by (resource.service.name)";

#[test]
fn lines_of_json_add_up_to_all_spans() {
    let series = lines(&text(["query", &shop(), COUNTS, "-f", "jsonl"]));
    assert_eq!(series.len(), 5);
    assert_eq!(series.iter().map(sum).sum::<f64>(), 9752.0);
    assert_eq!(common::keys(&series[0]), ["exemplars", "labels", "samples", "step_ns"]);
    assert!(series.iter().all(|series| series["labels"]["resource.service.name"].is_string()));
    let help = text(["query", "--help"]);
    for key in ["labels", "step_ns", "samples", "exemplars", "time_ns"] {
        assert!(help.contains(key), "--help does not name {key}");
    }
}

#[test]
fn steps_and_exemplars_are_as_asked_for() {
    let query = "{ status = error } | rate()";
    let series =
        lines(&text(["query", &shop(), query, "-f", "jsonl", "--step", "1s", "--exemplars", "3"]));
    assert_eq!(series[0]["step_ns"], 1_000_000_000);
    let exemplars = series[0]["exemplars"].as_array().unwrap();
    assert!(!exemplars.is_empty() && exemplars.len() <= 3);
    assert_eq!(exemplars[0]["trace_id"].as_str().unwrap().len(), 32);
    let found = text(["query", &shop(), "{ status = error }", "-f", "ids"]);
    assert!(exemplars.iter().all(|e| found.contains(e["span_id"].as_str().unwrap())));
    let one = lines(&text(["query", &shop(), COUNTS, "-f", "jsonl", "--instant"]));
    assert!(one.iter().all(|series| series["samples"].as_array().unwrap().len() == 1));
}

#[test]
fn a_table_has_a_line_for_each_series() {
    let shown = text(["query", &shop(), COUNTS, "--step", "1s"]);
    let head: Vec<&str> = shown.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["resource.service.name", "least", "mean", "most", "last", "course"]);
    assert_eq!(shown.lines().count(), 1 + 5 + 1 + 1);
    assert!(
        shown.lines().last().unwrap().starts_with("5 series of 9,752 spans, from 2026-"),
        "{shown}"
    );
    let one = text(["query", &shop(), COUNTS, "--instant"]);
    assert!(one.lines().any(|line| line.split_whitespace().next() == Some("gateway")), "{one}");
    let none = text(["query", &shop(), "{ .no.such = 1 } | rate() by (name)"]);
    assert!(none.starts_with("0 series"), "{none}");
    let never = text(["query", &shop(), COUNTS, "--start", "2100-01-01T00:00:00Z"]);
    assert_eq!(never, "0 series of 0 spans\n");
}

#[test]
fn lengths_of_time_have_units() {
    let values = |query| text(["query", &shop(), query, "--instant"]);
    let numbers = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let longest = values("{ } | max_over_time(duration)");
    assert!(longest.contains(" ms"), "{longest}");
    let longest = values("{ } | quantile_over_time(span:duration, 1) | topk(1)");
    assert!(longest.contains(" ms"), "{longest}");
    for plain in ["{ } | count_over_time()", "{ } | max_over_time(span.http.response.status_code)"]
    {
        let found = values(plain);
        assert!(!numbers(&found).iter().any(|word| word == "ms" || word == "s"), "{found}");
    }
}

#[test]
fn charts_fit_their_width_and_have_axes() {
    for width in ["40", "100", "160"] {
        let shown = text(["query", &shop(), COUNTS, "-f", "chart", "--width", width]);
        assert!(!shown.contains('\x1b'), "no colours where nobody sees them");
        let chart: Vec<&str> = shown.lines().rev().skip(1).collect();
        let limit: usize = width.parse().unwrap();
        for line in &chart {
            assert!(line.chars().count() <= limit.max(48), "{width}: {line}");
        }
        assert_eq!(chart.iter().filter(|line| line.contains('┤')).count(), 10, "{shown}");
        assert!(chart.iter().any(|line| line.contains('└') && line.contains('┬')), "{shown}");
        assert!(shown.contains('█') && shown.contains("\ngateway\n"), "{shown}");
    }
}

#[test]
fn pictures_need_nothing_else_and_are_xml() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.svg");
    let query =
        "{ name != \"<&>\" } | quantile_over_time(duration, .5, .99) by (resource.service.name)";
    text(["query", &shop(), query, "--svg", path.to_str().unwrap(), "--exemplars", "5"]);
    let svg = fs::read_to_string(path).unwrap();
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
    assert!(svg.contains("&lt;&amp;&gt;") && !svg.contains("<&>"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "numbers are numbers");
    assert!(!svg.contains("href") && !svg.contains("url("), "nothing is fetched");
    assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count());
    assert_eq!(svg.matches("class=\"series\"").count(), 10);
}

#[test]
fn series_are_explained_with_and_without_files() {
    let query = "{ status = error && .no.such = 1 || kind = client } | rate() by (name)";
    let plan = text(["query", "--explain", query]);
    assert!(plan.starts_with("series rate() by (name)\n  filter {"), "{plan}");
    let ran = text(["query", &shop(), "--explain", query]);
    assert!(ran.contains(" spans, 1 call, ") && !ran.contains("1 calls"), "{ran}");
    assert!(ran.contains("left out") && ran.contains("chunks gone through"), "{ran}");
    let parts = lines(&text(["query", &shop(), "--explain", query, "-f", "jsonl"]));
    let made = lines(&text(["query", &shop(), query, "-f", "jsonl"])).len();
    assert_eq!((&parts[0]["how"], &parts[0]["series"]), (&"series".into(), &made.into()));
    assert_eq!(parts[0]["spans_in"], parts[1]["spans_out"]);
    assert_eq!(parts.len(), plan.lines().count());
    let help = text(["query", "--help"]);
    for key in common::keys(&parts[0]) {
        assert!(help.contains(key), "--help does not name {key}");
    }
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("explained.svg");
    text(["query", &shop(), "--explain", query, "--svg", picture.to_str().unwrap()]);
    assert!(picture.exists(), "an explanation takes no picture away");
}

#[test]
fn wrong_use_of_series_is_told() {
    let file = shop();
    for arguments in [
        &["query", &file, "{ } | rate()", "-f", "ids"][..],
        &["query", &file, "{ }", "-f", "chart"],
        &["query", &file, "{ }", "--svg", "x.svg"],
        &["query", &file, "{ } | rate()", "--svg", "-"],
        &["query", &file, "{ } | rate()", "--step", "0s"],
        &["query", &file, "{ } | rate()", "--step", "1s", "--instant"],
    ] {
        let (status, message) = failure(arguments);
        assert_eq!(status, Some(2), "{message}");
    }
}
