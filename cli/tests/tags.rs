//! What can be asked about, as users list it.

mod common;

use common::*;
use serde_json::Value;

fn text<const N: usize>(arguments: [&str; N]) -> String {
    String::from_utf8(output(arguments)).unwrap()
}

fn shop() -> String {
    recording("shop.pbd.zst").to_str().unwrap().to_owned()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn names_are_listed_by_scope() {
    let names = lines(&text(["tags", &shop(), "--json"]));
    assert_eq!(common::keys(&names[0]), documented_keys("tags"));
    let service = names.iter().find(|tag| tag["name"] == "resource.service.name").unwrap();
    assert_eq!((&service["scope"], &service["types"][0]), (&"resource".into(), &"string".into()));
    let resource = lines(&text(["tags", &shop(), "--scope", "resource", "--json"]));
    assert!(resource.iter().all(|tag| tag["scope"] == "resource"));
    assert!(!resource.is_empty() && resource.len() < names.len());
    let shown = text(["tags", &shop()]);
    assert_eq!(shown.lines().count(), 1 + names.len());
}

#[test]
fn values_are_listed_once_each() {
    let found = text(["tags", &shop(), "resource.service.name"]);
    let services: Vec<&str> = found.lines().collect();
    assert!(services.len() == 5 && services.is_sorted(), "{found}");
    let failed = text(["tags", &shop(), "resource.service.name", "--filter", "{ status = error }"]);
    assert!(failed.lines().count() <= 5 && failed.lines().all(|one| services.contains(&one)));
    let values = lines(&text(["tags", &shop(), "status", "--json"]));
    assert!(values.iter().any(|value| value["value"] == "error"), "{values:?}");
    let nothing = run(["tags", &shop(), "span.http.rout"]);
    assert_eq!((nothing.status.code(), nothing.stdout.len()), (Some(0), 0));
    let hint = String::from_utf8(nothing.stderr).unwrap();
    assert!(hint.contains("no span has span.http.rout, nor is there such a file"), "{hint}");
    let output = run(["tags", &shop(), "name", "-n", "2"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
    assert!(String::from_utf8(output.stderr).unwrap().contains("--limit"));
}

#[test]
fn wrong_use_is_told_from_failing() {
    let file = shop();
    for arguments in [
        &["tags"][..],
        &["tags", &file, "name", "--scope", "span"],
        &["tags", &file, "--filter", "{ }"],
        &["tags", &file, "--limit", "5"],
        &["tags", &file, "name", "--filter", "{ . = }"],
        &["tags", &file, "name", "--filter", "{ } | rate()"],
        &["tags", &file, "span:nam"],
    ] {
        let (status, message) = failure(arguments);
        assert_eq!(status, Some(2), "{message}");
    }
    assert_eq!(failure(["tags", "no/such/file"]).0, Some(1));
}
