//! What a user is shown of traces: one as a waterfall, and the calls between services.

mod common;

use blockpack::otlp::{InputOptions, Records};
use common::*;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn ingest(folder: &Path, input: &Path, name: &str) -> String {
    let path = folder.join(name).to_str().unwrap().to_owned();
    output(["ingest".as_ref(), input.as_os_str(), "-o".as_ref(), path.as_ref()]);
    path
}

fn text<const N: usize>(arguments: [&str; N]) -> String {
    String::from_utf8(output(arguments)).unwrap()
}

/// The trace of the recording that took longest.
fn slowest_trace(file: &str) -> Value {
    let found = json(["scan", file, "span:name", "=", "POST /checkout/{user}", "--json"]);
    let matches = found["matches"].as_array().unwrap();
    let slowest = matches.iter().max_by_key(|span| span["duration_ns"].as_u64()).unwrap();
    json(["trace", file, slowest["trace_id"].as_str().unwrap(), "--json"])
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn the_critical_path_fills_the_time_of_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let file = ingest(folder.path(), &recording("shop.pbd.zst"), "shop.bpk");
    let trace = slowest_trace(&file);
    assert_eq!(keys(&trace), documented_keys("trace"));
    let (spans, path) = (&trace["spans"], trace["critical_path"].as_array().unwrap());
    let mut at = number(&spans[0]["start_ns"]);
    let mut of_spans = vec![0; spans.as_array().unwrap().len()];
    for part in path {
        assert_eq!(number(&part["start_ns"]), at, "no gap and no overlap");
        at += number(&part["duration_ns"]);
        of_spans[number(&part["span"]) as usize] += number(&part["duration_ns"]);
    }
    assert_eq!(at, number(&spans[0]["start_ns"]) + number(&spans[0]["duration_ns"]));
    for (span, expected) in spans.as_array().unwrap().iter().zip(of_spans) {
        assert_eq!(number(&span["critical_ns"]), expected);
    }
}

#[test]
fn a_waterfall_has_a_line_a_span_and_fits_its_width() {
    let folder = tempfile::tempdir().unwrap();
    let file = ingest(folder.path(), &recording("shop.pbd.zst"), "shop.bpk");
    let trace = slowest_trace(&file);
    let spans = trace["spans"].as_array().unwrap();
    for width in [60, 100, 200] {
        let shown = text([
            "trace",
            &file,
            trace["trace_id"].as_str().unwrap(),
            "--width",
            &width.to_string(),
        ]);
        assert!(!shown.contains('\x1b'), "no colours where nobody sees them");
        let lines: Vec<&str> = shown.lines().skip(3).take(spans.len()).collect();
        for (line, span) in lines.iter().zip(spans) {
            let name = span["name"].as_str().unwrap();
            let begin: String = name.chars().take(4).collect();
            assert!(line.contains(&begin), "{line} is of {name}");
            assert_eq!(line.contains('█'), number(&span["critical_ns"]) > 0, "{line}");
            assert_eq!(line.contains('✗'), span["status"] == "error", "{line}");
            assert!(line.chars().count() <= width, "{line}");
        }
        assert!(shown.lines().last().unwrap().starts_with("time on it: "));
        let trace = ["trace", &file, trace["trace_id"].as_str().unwrap()];
        let said = blockpack().args(trace).env("COLUMNS", width.to_string()).output().unwrap();
        assert_eq!(String::from_utf8(said.stdout).unwrap(), shown, "COLUMNS is the width, too");
    }
}

#[test]
fn deep_traces_fit_their_width() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("deep.json");
    let span = |n: u64| {
        let parent = if n > 1 { format!("{:016x}", n - 1) } else { String::new() };
        serde_json::json!({
            "traceId": "01010101010101010101010101010101", "spanId": format!("{n:016x}"),
            "parentSpanId": parent, "name": format!("level-{n}"),
            "startTimeUnixNano": "1", "endTimeUnixNano": "9",
        })
    };
    let spans: Vec<Value> = (1..=40).map(span).collect();
    let scopes = serde_json::json!([{ "spans": spans }]);
    let sent = serde_json::json!({ "resourceSpans": [{ "scopeSpans": scopes }] });
    fs::write(&deep, sent.to_string()).unwrap();
    let file = ingest(folder.path(), &deep, "deep.bpk");
    for width in [60, 90, 150] {
        let id = "01010101010101010101010101010101";
        let shown = text(["trace", &file, id, "--width", &width.to_string()]);
        let lines: Vec<&str> = shown.lines().skip(3).take(40).collect();
        assert!(lines.iter().all(|line| line.chars().count() <= width), "{shown}");
        assert!(lines[39].contains("… 39 l"), "{shown}");
    }
}

#[test]
fn a_trace_without_a_root_has_the_path_of_its_longest_part() {
    let Some(robot) = real_data("robot-diverse.pbd.zst") else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = ingest(folder.path(), &robot, "robot.bpk");
    let some = json(["scan", &file, "span:name", "exists", "-n", "1", "--json"]);
    let id = some["matches"][0]["trace_id"].as_str().unwrap();
    let trace = json(["trace", &file, id, "--json"]);
    let spans = trace["spans"].as_array().unwrap();
    let heads = spans.iter().filter(|span| span["parent"].is_null());
    let longest = heads.map(|span| number(&span["duration_ns"])).max().unwrap();
    let path = trace["critical_path"].as_array().unwrap();
    assert_eq!(path.iter().map(|part| number(&part["duration_ns"])).sum::<u64>(), longest);
}

#[test]
fn a_waterfall_says_why_a_span_has_no_parent() {
    let folder = tempfile::tempdir().unwrap();
    let span = |id: u8, parent: u8| {
        format!(r#"{{"traceId":"{:032x}","spanId":"{id:016x}","parentSpanId":"{parent:016x}"}}"#, 1)
    };
    // A ring with a tail, one that names itself, two whose parent is missing.
    let spans = [span(2, 3), span(3, 2), span(4, 3), span(5, 5), span(6, 7), span(8, 7)].join(",");
    let input = folder.path().join("odd.jsonl");
    let scope = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#);
    fs::write(&input, scope).unwrap();
    let file = ingest(folder.path(), &input, "odd.bpk");
    let shown = text(["trace", &file, "1"]);
    let told: Vec<&str> = shown.lines().filter(|line| line.starts_with('(')).collect();
    let expected = [
        "(parent 0000000000000003 is below: the ring is cut here)",
        "(0000000000000005 names itself as its parent)",
        "(parent 0000000000000007 is not here)",
    ];
    assert_eq!(told, expected, "{shown}");
}

/// The recording in two files, with every second request in each.
fn halves(folder: &Path) -> [PathBuf; 2] {
    let mut records = Records::open(&recording("shop.pbd.zst"), InputOptions::default()).unwrap();
    let (mut message, mut halves) = (Vec::new(), [Vec::new(), Vec::new()]);
    for number in 0.. {
        message.clear();
        if !records.next(&mut message).unwrap() {
            break;
        }
        // Requests one after the other are one message.
        halves[number % 2].extend_from_slice(&message);
    }
    [0, 1].map(|half| {
        let path = folder.join(format!("{half}.pb"));
        fs::write(&path, &halves[half]).unwrap();
        path
    })
}

#[test]
fn calls_are_the_same_however_traces_fall_into_files() {
    let folder = tempfile::tempdir().unwrap();
    let whole = ingest(folder.path(), &recording("shop.pbd.zst"), "whole.bpk");
    let [a, b] = halves(folder.path());
    let (a, b) = (ingest(folder.path(), &a, "a.bpk"), ingest(folder.path(), &b, "b.bpk"));
    let expected = json(["graph", &whole, "--json"]);
    assert_eq!(keys(&expected), documented_keys("graph"));
    assert_eq!(number(&expected["traces"]), 1_203);
    assert_eq!(number(&expected["spans"]), 9_752);
    assert_eq!(json(["graph", &a, &b, "--json"]), expected);
    assert_ne!(json(["graph", &a, "--json"]), expected, "half of the spans is less");
}

#[test]
fn a_trace_in_several_files_is_shown_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let whole = ingest(folder.path(), &recording("shop.pbd.zst"), "whole.bpk");
    let [a, b] = halves(folder.path());
    let (a, b) = (ingest(folder.path(), &a, "a.bpk"), ingest(folder.path(), &b, "b.bpk"));
    let expected = slowest_trace(&whole);
    let id = expected["trace_id"].as_str().unwrap();
    assert_eq!(json(["trace", &a, &b, id, "--json"]), expected);
    assert_eq!(text(["trace", &a, &b, id]), text(["trace", &whole, id]));
    let less = json(["trace", &a, id, "--json"]);
    assert!(less["spans"].as_array().unwrap().len() < expected["spans"].as_array().unwrap().len());
    let (code, told) = failure(["trace", &a, &b, "12"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("a.bpk, ") && told.contains("there is no trace 12"), "{told}");
}

#[test]
fn the_table_shows_the_calls_that_json_has() {
    let folder = tempfile::tempdir().unwrap();
    let file = ingest(folder.path(), &recording("shop.pbd.zst"), "shop.bpk");
    let found = json(["graph", &file, "--json"]);
    let table = text(["graph", &file]);
    let calls = found["calls"].as_array().unwrap();
    assert!(calls.len() > 3);
    for (line, calls) in table.lines().skip(1).zip(calls) {
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(cells[0], calls["caller"]);
        assert_eq!(cells[1], calls["callee"]);
        assert_eq!(cells[2].replace(',', ""), calls["calls"].to_string());
        assert_eq!(cells[3], calls["errors"].to_string());
        let times = ["p50_ns", "p95_ns", "p99_ns", "max_ns"].map(|key| number(&calls[key]));
        assert!(times.is_sorted());
    }
    let sum: u64 = calls.iter().map(|calls| number(&calls["calls"])).sum();
    let last = table.lines().last().unwrap().replace(',', "");
    assert!(last.starts_with(&format!("{sum} calls between 5 services")), "{last}");
}

/// Names of a document's elements that were begun and not ended, which there must be none of.
fn check_xml(document: &str) {
    let mut open = Vec::new();
    for tag in document.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("<{tag} has no end"));
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap());
        }
    }
    assert!(open.is_empty(), "{open:?} is not ended");
}

/// A service whose name is markup calls another: OTLP in JSON.
const HOSTILE: &str = r#"{"resourceSpans":[
{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"</svg><script>\"&"}}]},
"scopeSpans":[{"spans":[{"traceId":"01010101010101010101010101010101","spanId":"0101010101010101","name":"a",
"startTimeUnixNano":"1","endTimeUnixNano":"9"}]}]},
{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"quiet"}}]},
"scopeSpans":[{"spans":[{"traceId":"01010101010101010101010101010101","spanId":"0202020202020202",
"parentSpanId":"0101010101010101","name":"b","startTimeUnixNano":"2","endTimeUnixNano":"8"}]}]}]}"#;

#[test]
fn pictures_need_nothing_else_and_show_every_service() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = folder.path().join("hostile.json");
    fs::write(&hostile, HOSTILE).unwrap();
    for (input, services) in [
        (recording("shop.pbd.zst"), vec!["gateway", "orders", "catalog", "payments", "worker"]),
        (hostile, vec!["&lt;/svg&gt;&lt;script&gt;\"&amp;", "quiet"]),
    ] {
        let file = ingest(folder.path(), &input, "one.bpk");
        let svg = text(["graph", &file, "--format", "svg"]);
        check_xml(&svg);
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
        assert_eq!(svg.matches("http").count(), 1, "nothing is fetched");
        for service in services {
            assert!(svg.contains(&format!(">{service}</text>")), "{service} in {svg}");
        }
        let calls = json(["graph", &file, "--json"])["calls"].as_array().unwrap().len();
        assert_eq!(svg.matches("class=\"call\"").count(), calls);
        let dot = text(["graph", &file, "--format", "dot"]);
        assert_eq!(dot.matches(" -> ").count(), calls);
        assert!(dot.starts_with("digraph services {\n") && dot.ends_with("}\n"));
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn wrong_usage_is_told() {
    assert_eq!(failure(["graph"]).0, Some(2));
    assert_eq!(failure(["graph", "a.bpk", "--json", "--format", "svg"]).0, Some(2));
    assert_eq!(failure(["trace", "a.bpk", "01", "--json", "--width", "80"]).0, Some(2));
    let shop = recording("shop.pbd.zst").to_str().unwrap().to_owned();
    for (arguments, part) in [
        (&["trace"][..], "TRACE_ID"),
        (&["trace", "0102"], "files to find 0102 in are needed"),
        (&["trace", &shop], "is a file; the id of a trace goes behind the files"),
        (&["trace", &shop, ""], "'' is no trace id"),
        (&["trace", &shop, "xyz"], "'xyz' is no trace id"),
    ] {
        let (status, message) = failure(arguments);
        assert_eq!(status, Some(2), "{arguments:?}");
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
    assert_eq!(failure(["graph", "/nowhere.bpk"]).0, Some(1));
}

#[test]
fn a_scan_lists_as_many_as_asked_for_and_counts_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = ingest(folder.path(), &recording("shop.pbd.zst"), "shop.bpk");
    let scan = |more: &[&str]| run(["scan", &file, "span:kind", "="].iter().chain(more)).stdout;
    let found = |more: &[&str]| -> Value { serde_json::from_slice(&scan(more)).unwrap() };
    let all = found(&["server", "--json"]);
    let matches = all["matches"].as_array().unwrap();
    assert!(matches.len() > 100 && matches.len() as u64 == number(&all["count"]));
    for limit in [1, 7] {
        let some = found(&["server", "--json", "-n", &limit.to_string()]);
        assert_eq!(
            (&some["count"], some["matches"].as_array()),
            (&all["count"], Some(&matches[..limit].to_vec()))
        );
    }
    let text = String::from_utf8(scan(&["server", "--json"])).unwrap();
    assert_eq!(text, format!("{all:#}\n"), "as one document would be printed");
    assert_eq!(found(&["nothing", "--json"]), serde_json::json!({ "count": 0, "matches": [] }));
    let shown = String::from_utf8(scan(&["server", "-n", "1"])).unwrap();
    assert!(shown.ends_with("spans match, the first one is shown\n"), "{shown}");
}

#[test]
fn a_scan_that_finds_nothing_says_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = ingest(folder.path(), &recording("shop.pbd.zst"), "shop.bpk");
    let scan = ["scan", &file, "span:duration", ">", "abc", "--or", "span.htpp.route", "exists"];
    let found = run(scan);
    assert_eq!(found.status.code(), Some(0));
    assert_eq!(String::from_utf8(found.stdout).unwrap(), "0 spans match\n");
    let told = String::from_utf8(found.stderr).unwrap();
    assert!(
        told.contains("9,752 spans have span:duration, the first of type duration: 3.63 ms"),
        "{told}"
    );
    assert!(told.contains("no span has span.htpp.route"), "{told}");
}
