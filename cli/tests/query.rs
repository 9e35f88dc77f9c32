//! Questions in TraceQL, as users ask them.

mod common;

use common::*;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

fn text<const N: usize>(arguments: [&str; N]) -> String {
    String::from_utf8(output(arguments)).unwrap()
}

fn ingest(folder: &Path, input: &Path, name: &str) -> String {
    let path = folder.join(name).to_str().unwrap().to_owned();
    output(["ingest".as_ref(), input.as_os_str(), "-o".as_ref(), path.as_ref()]);
    path
}

fn shop() -> String {
    recording("shop.pbd.zst").to_str().unwrap().to_owned()
}

fn case_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/traceql").join(name)
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_case_gives_its_ids_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = ingest(folder.path(), &case_file("traces.json"), "cases.bpk");
    for case in lines(&fs::read_to_string(case_file("eval.jsonl")).unwrap()) {
        let query = case["query"].as_str().unwrap();
        let expected: Vec<&str> =
            case["spans"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        let found = text(["query", &file, query, "--format", "ids"]);
        assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{query}");
    }
}

#[test]
fn otlp_is_asked_without_a_step_between() {
    let folder = tempfile::tempdir().unwrap();
    let file = ingest(folder.path(), &recording("shop.pbd.zst"), "shop.bpk");
    let query = "{ status = error && span.http.response.status_code >= 500 }";
    let found = text(["query", &file, query, "-f", "ids"]);
    assert!(found.lines().count() > 10);
    assert_eq!(text(["query", &shop(), query, "-f", "ids"]), found);
    let cases = case_file("traces.json").to_str().unwrap().to_owned();
    let both = text(["query", &file, &cases, "{}", "-f", "ids"]);
    assert_eq!(both.lines().count(), 9752 + 90, "block files and OTLP together");
}

#[test]
fn otlp_is_asked_through_pipes() {
    for name in ["-", "/dev/stdin"] {
        let mut child = blockpack()
            .args(["query", name, "{ }", "-f", "ids"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&fs::read(recording("shop-small.jsonl")).unwrap()).unwrap();
        drop(stdin);
        let run = child.wait_with_output().unwrap();
        assert!(run.status.success(), "{name}");
        assert_eq!(String::from_utf8(run.stdout).unwrap().lines().count(), 55, "{name}");
    }
}

#[test]
fn fields_of_a_trace_in_several_files_are_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let part = |name: &str, span: &str| {
        let path = folder.path().join(name);
        let trace = "5b8efff798038103d269b633813fc60c";
        let span = format!(r#"{{"traceId":"{trace}","startTimeUnixNano":"1000",{span}}}"#);
        let spans = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#);
        fs::write(&path, spans).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let root = r#""spanId":"eee19b7ec3c1b174","name":"root","endTimeUnixNano":"2501000""#;
    let child =
        r#""spanId":"eee19b7ec3c1b175","parentSpanId":"eee19b7ec3c1b174","endTimeUnixNano":"2000""#;
    let (root, child) = (part("root.jsonl", root), part("child.jsonl", child));
    let query = "{} | select(trace:rootName, trace:duration)";
    let traces = lines(&text(["query", &root, &child, "-f", "jsonl", query]));
    let spans = traces[0]["spansets"][0]["spans"].as_array().unwrap();
    assert_eq!(spans.len(), 2);
    for span in spans {
        assert_eq!(span["fields"]["trace:rootName"], "root");
        assert_eq!(span["fields"]["trace:duration"], 2_500_000);
    }
    let table = text(["query", &root, &child, query]);
    assert_eq!(table.matches("trace:rootName=root  trace:duration=2.50 ms").count(), 2, "{table}");
}

#[test]
fn lines_of_json_say_what_the_table_shows() {
    let (file, query) = (shop(), "{ status = error } | select(span.http.response.status_code)");
    let traces = lines(&text(["query", &file, query, "-f", "jsonl"]));
    let keys = [
        "damage",
        "duration_ns",
        "root_name",
        "root_service",
        "services",
        "spansets",
        "start_ns",
        "trace_id",
    ];
    assert_eq!(common::keys(&traces[0]), keys);
    let spansets = |trace: &Value| trace["spansets"].as_array().unwrap().clone();
    let all: u64 = traces.iter().flat_map(spansets).map(|s| s["matched"].as_u64().unwrap()).sum();
    assert_eq!(all, 203, "all spans with an error");
    let spans = |spanset: Value| spanset["spans"].as_array().unwrap().clone();
    let spans: Vec<Value> = traces.iter().flat_map(spansets).flat_map(spans).collect();
    assert_eq!(spans.len(), 203, "and all are given");
    assert!(spans.iter().all(|span| span["status"] == "error" && span["span_id"] != ""));
    assert!(spans.iter().any(|s| s["fields"]["span.http.response.status_code"].is_number()));
    assert_eq!(
        common::keys(&spans[0]),
        ["duration_ns", "fields", "name", "service", "span_id", "start_ns", "status",]
    );
    let help = text(["query", "--help"]);
    for key in keys.into_iter().chain(["attributes", "matched", "fields", "errors"]) {
        assert!(help.contains(key), "--help does not name {key}");
    }
    let shown = text(["query", &file, query]);
    let some = shown.lines().filter(|line| line.contains("  trace ")).count();
    assert_eq!(some, 20, "as many as are shown if nothing else is said");
    let last = shown.lines().last().unwrap();
    assert!(last.contains("--limit"), "{last}");
}

#[test]
fn arrow_streams_are_framed_and_end() {
    let stream = output(["query", &shop(), "{ status = error }", "-f", "arrow"]);
    assert_eq!(stream[..4], [0xff; 4]);
    assert_eq!(stream[stream.len() - 8..], [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    // The schema has no body, so the next message follows it.
    let metadata = metadata_of(&stream);
    assert_eq!((metadata % 8, &stream[8 + metadata..12 + metadata]), (0, &[0xff; 4][..]));
    let empty = output(["query", &shop(), "{ .no.such = 1 }", "-f", "arrow"]);
    assert_eq!(empty.len(), 8 + metadata_of(&empty) + 8, "a schema and an end");
}

fn metadata_of(stream: &[u8]) -> usize {
    u32::from_le_bytes(stream[4..8].try_into().unwrap()) as usize
}

#[test]
fn groups_are_shown_with_their_values() {
    let query = "{ status = error } | by(resource.service.name) | count() > 1";
    let traces = lines(&text(["query", &shop(), query, "-f", "jsonl"]));
    let spanset = &traces[0]["spansets"][0];
    assert_eq!(spanset["matched"], spanset["attributes"]["count()"]);
    assert!(spanset["attributes"]["by(resource.service.name)"].is_string(), "{spanset}");
    let shown = text(["query", &shop(), query]);
    assert!(shown.contains("by(resource.service.name) = "), "{shown}");
}

#[test]
fn limits_and_times_are_kept() {
    let (file, query) = (shop(), "{ }");
    let one = lines(&text(["query", &file, query, "-f", "jsonl", "-n", "1", "--spans", "2"]));
    assert_eq!(one.len(), 1);
    assert!(one[0]["spansets"][0]["spans"].as_array().unwrap().len() <= 2);
    let recent = lines(&text(["query", &file, query, "-f", "jsonl", "-n", "5", "--most-recent"]));
    let start = |trace: &Value| trace["start_ns"].as_u64().unwrap();
    let all = lines(&text(["query", &file, query, "-f", "jsonl"]));
    let mut starts: Vec<u64> = all.iter().map(start).collect();
    starts.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(recent.iter().map(start).collect::<Vec<_>>(), starts[..5]);
    let from = starts[4].to_string();
    let late = lines(&text(["query", &file, query, "-f", "jsonl", "--start", &from]));
    assert!(late.len() >= 5 && late.len() < all.len());
    let none = text(["query", &file, query, "--end", "1980-01-01T00:00:00Z"]);
    assert_eq!(none, "no trace matches\n");
}

#[test]
fn checks_need_no_file_and_show_where() {
    assert_eq!(text(["query", "--check", "{ span.foo = 1 }"]), "");
    assert_eq!(text(["query", "--check", "{ } | rate() by (resource.service.name)"]), "");
    let (status, message) = failure(["query", "--check", "{ span.foo = }"]);
    assert_eq!(status, Some(2));
    assert!(message.starts_with("blockpack: error: line 1, column 14: "), "{message}");
    let lines: Vec<&str> = message.lines().collect();
    let mark = lines[lines.len() - 1].find('^');
    assert_eq!(mark, lines[lines.len() - 2].find('}'), "{message}");
    let (status, message) = failure(["query", &shop(), "{ span.foo = }"]);
    assert_eq!((status, message.contains('^')), (Some(2), true));
}

#[test]
fn answers_are_explained_with_and_without_files() {
    let query = "{ status = error && resource.service.name = \"cart\" } >> { }";
    let plan = text(["query", "--explain", query]);
    assert!(plan.contains("scan status = error"), "{plan}");
    let ran = text(["query", &shop(), "--explain", query]);
    assert!(ran.contains(" -> ") && ran.contains("chunks searched"), "{ran}");
}

#[test]
fn an_explanation_says_why_blocks_were_left_out() {
    let query = "{ .no.such = 1 || duration > 1000h }";
    let ran = text(["query", &shop(), "--explain", query]);
    for reason in ["left out 1 of 1 blocks (no column);", "left out 1 of 1 blocks (bounds);"] {
        assert!(ran.contains(reason), "{ran}");
    }
    let parts = lines(&text(["query", &shop(), "--explain", "-f", "jsonl", query]));
    let pruned = |text: &str| &parts.iter().find(|part| part["text"] == text).unwrap()["pruned"];
    assert_eq!((&pruned(".no.such = 1")["no_column"], parts.len()), (&1.into(), 4));
    assert_eq!(pruned("duration > 1000h")["bounds"], 1);
    assert_eq!(pruned("duration > 1000h")["index"], 0);
}

#[test]
fn parts_of_the_blocks_give_together_what_all_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.bpk").to_str().unwrap().to_owned();
    output(["ingest", &shop(), "-o", &file, "--block-rows", "1000"]);
    let ask = |query: &str, more: &[&str]| {
        String::from_utf8(output([&["query", &file, query][..], more].concat())).unwrap()
    };
    let query = "{ kind = server } >> { status = error }";
    let count = |more: &[&str]| -> f64 {
        let query = format!("{query} | count_over_time()");
        let series = lines(&ask(&query, &[&["-f", "jsonl", "--instant"], more].concat()));
        series.iter().map(|series| series["samples"][0][1].as_f64().unwrap()).sum()
    };
    let (mut ids, mut counts) = (Vec::new(), Vec::new());
    for blocks in ["..1", "1..4", "4.."] {
        let found = ask(query, &["-f", "ids", "--blocks", blocks]);
        ids.extend(found.lines().map(str::to_owned));
        counts.push(count(&["--blocks", blocks]));
    }
    ids.sort_unstable();
    let whole = ask(query, &["-f", "ids"]);
    assert_eq!(ids, whole.lines().collect::<Vec<_>>());
    assert!(counts.iter().all(|&count| count > 0.0), "{counts:?}");
    assert_eq!(counts.iter().sum::<f64>(), count(&[]));
    assert_eq!(count(&[]), ids.len() as f64);
}

#[test]
fn wrong_use_is_told_from_failing() {
    for arguments in [
        &["query", "{ }"][..],
        &["query"],
        &["query", "--check", "some.bpk", "{ }"],
        &["query", &shop(), "{ }", "--format", "ids", "--limit", "3"],
        &["query", &shop(), "{ }", "--format", "arrow", "--spans", "3"],
        &["query", &shop(), "{ }", "--start", "soon"],
        &["query", &shop(), "{ }", "--blocks", "3..2"],
        &["query", &shop(), "{ } | rate()", "--step", "1ns"],
    ] {
        let (status, message) = failure(arguments);
        assert_eq!(status, Some(2), "{message}");
    }
    let (status, message) = failure(["query", "no/such/file.bpk", "{ }"]);
    assert_eq!(status, Some(1));
    assert!(message.contains("no/such/file.bpk"), "{message}");
}

#[test]
fn a_query_that_finds_nothing_says_what_is_there() {
    let query = "{ name = \"x\" && .http.rout = \"/\" || span.http.request.method = 5 }";
    let found = run(["query", &shop(), query]);
    assert_eq!((found.status.code(), &found.stdout[..]), (Some(0), &b"no trace matches\n"[..]));
    let told = String::from_utf8(found.stderr).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].contains("no span has .http.rout; blockpack tags lists"), "{told}");
    assert!(lines[1].contains(" spans have span.http.request.method, the first of type string: "));
    assert_eq!(lines.len(), 2, "{told}");
    for query in ["{ }", "{ } | rate()"] {
        for time in [["--start", "2100-01-01"], ["--end", "2000-01-01"]] {
            let never = run(["query", &shop(), query].iter().chain(&time));
            assert_eq!(never.status.code(), Some(0), "{query} {time:?}");
            let told = String::from_utf8(never.stderr).unwrap();
            assert!(told.starts_with("blockpack: the spans are from 20"), "{query}: {told}");
            assert_eq!(told.lines().count(), 1, "{query}: {told}");
        }
    }
    assert!(
        run(["query", &shop(), query, "-f", "jsonl"]).stderr.is_empty(),
        "programs need no hint"
    );
    assert!(run(["query", &shop(), "{ .http.rout = 1 || name != \"\" }"]).stderr.is_empty());
}

#[test]
fn options_that_would_count_for_nothing_are_refused() {
    let file = shop();
    let (plan, check) = (&["query", "--explain", "{ }"][..], &["query", "--check", "{ }"][..]);
    let (traces, series) = (&["query", &file, "{ }"][..], &["query", &file, "{ } | rate()"][..]);
    for (asked, options, purpose) in [
        (traces, &["--step", "1s"][..], "--step is for series"),
        (traces, &["--instant"], "--instant is for series"),
        (traces, &["--exemplars", "3"], "--exemplars is for series"),
        (traces, &["--svg", "x.svg"], "--svg is for series"),
        (traces, &["-f", "chart"], "--format chart is for series"),
        (traces, &["--width", "80"], "--width is for --format chart"),
        (traces, &["-f", "ids", "-n", "3"], "--limit is for --format table and jsonl"),
        (traces, &["-f", "arrow", "--spans", "3"], "--spans is for --format table and jsonl"),
        (traces, &["-f", "ids", "--most-recent"], "--most-recent is for --format table"),
        (traces, &["--start", "20", "--end", "10"], "is before --start"),
        (series, &["--limit", "3"], "--limit is for finding traces"),
        (series, &["--spans", "3"], "--spans is for finding traces"),
        (series, &["--most-recent"], "--most-recent is for finding traces"),
        (series, &["-f", "ids"], "--format ids is for finding traces"),
        (series, &["-f", "arrow"], "--format arrow is for finding traces"),
        (series, &["--width", "80"], "--width is for --format chart"),
        (series, &["--exemplars", "3"], "--exemplars is for --format jsonl and --svg"),
        (series, &["-f", "chart", "--explain"], "--format chart is for answers"),
        (plan, &["--limit", "3"], "--limit is for asking files"),
        (plan, &["--start", "3"], "--start is for asking files"),
        (plan, &["--threads", "3"], "--threads is for asking files"),
        (plan, &["-f", "ids"], "--format ids is for asking files"),
        (check, &["--blocks", "..3"], "--blocks is for asking files"),
        (check, &["-f", "jsonl"], "cannot be used with"),
        (check, &["--explain"], "cannot be used with"),
    ] {
        let (status, message) = failure(asked.iter().chain(options));
        assert_eq!(status, Some(2), "{asked:?} {options:?}: {message}");
        assert!(message.contains(purpose), "{asked:?} {options:?}: {message}");
    }
    for (asked, options) in [
        (traces, &["-n", "1", "--spans", "1", "--most-recent", "--threads", "1"][..]),
        (traces, &["--explain", "-n", "1"]),
        (traces, &["--start", "10", "--end", "10"]),
        (series, &["-f", "chart", "--width", "80", "--step", "1s"]),
        (series, &["-f", "jsonl", "--exemplars", "1", "--threads", "1"]),
        (plan, &["-f", "jsonl"]),
        (check, &[]),
    ] {
        output(asked.iter().chain(options));
    }
}

#[test]
fn names_of_files_need_not_be_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(OsStr::from_bytes(b"caf\xe9.jsonl"));
    fs::copy(recording("shop-small.jsonl"), &path).unwrap();
    let block = folder.path().join(OsStr::from_bytes(b"caf\xe9.bpk"));
    let (path, block) = (path.as_os_str(), block.as_os_str());
    output(["ingest".as_ref(), path, "-o".as_ref(), block]);
    output(["query".as_ref(), path, "{ }".as_ref()]);
    output(["tags".as_ref(), path, "name".as_ref()]);
    output(["tags".as_ref(), path, block]);
    let (_, message) = failure(["query".as_ref(), block, path]);
    assert!(message.contains("is a file; the query goes behind the files"), "{message}");
    let (status, message) =
        failure(["query".as_ref(), block, OsStr::from_bytes(b"{ name = \"\xe9\" }")]);
    assert_eq!(status, Some(2));
    assert!(message.contains("the query is not UTF-8"), "{message}");
}

#[test]
fn who_forgets_the_query_is_told_so() {
    let (status, message) = failure(["query", &shop()]);
    assert_eq!(status, Some(2));
    assert!(message.contains("is a file; the query goes behind the files"), "{message}");
    let (_, message) = failure(["query", &shop(), "{ }", "--start", "soon"]);
    assert!(message.contains("2026-11-23T12:30:34Z"), "{message}");
}

#[test]
fn messages_that_nobody_reads_change_no_status() {
    for (arguments, status) in [
        (&["query"][..], 2),
        (&["query", "{ .a = }"], 2),
        (&["query", "no/such/file.bpk", "{ }"], 1),
    ] {
        let (nobody, stderr) = std::io::pipe().unwrap();
        drop(nobody);
        let found = blockpack().args(arguments).stderr(stderr).status().unwrap();
        assert_eq!(found.code(), Some(status), "{arguments:?}");
    }
}
