//! Rules that are easily broken, each by a trace of its own.

use crate::blocks::build;
use crate::differential::all;
use crate::model::{Attributes, Link, Span, Stored, Val, message};
use blockpack::block::build::BlockOptions;
use blockpack::traceql::{Query, Search};

/// A span of one trace.
fn span(id: u8, parent: u8) -> Span {
    let id_of = |id: u8| if id == 0 { Vec::new() } else { vec![0, 0, 0, 0, 0, 0, 0, id] };
    Span { trace: vec![1; 16], id: id_of(id), parent: id_of(parent), start: 5, ..Span::default() }
}

fn with(key: &str, value: Val) -> Attributes {
    vec![(key.into(), Some(value))]
}

fn text(text: &str) -> Val {
    Val::Str(text.into())
}

fn search(spans: &[Span], options: &BlockOptions, query: &str) -> (Stored, Search) {
    let stored = Stored::of(build(&[message(spans, |_| true)], options));
    let found = Query::compile(query).unwrap().search(&stored.blocks, &all()).unwrap();
    (stored, found)
}

/// Numbers of the spans that a query finds.
fn find(spans: &[Span], query: &str) -> Vec<usize> {
    let (stored, found) = search(spans, &BlockOptions::default(), query);
    stored.numbers(&found.spans)
}

#[test]
fn ids_and_booleans_have_no_order_whatever_they_are_compared_with() {
    let attributes = [with("a", Val::Bool(false)), with("b", Val::Bool(true))].concat();
    let links = vec![Link { trace: vec![2; 16], span: vec![9; 8], attributes: Attributes::new() }];
    let spans = [Span { attributes, links, ..span(1, 0) }];
    for query in [
        "{ .a < .b }",
        "{ .b >= .b }",
        "{ link:traceID > trace:id }",
        "{ trace:id <= trace:id }",
        "{ span:id < link:spanID }",
    ] {
        assert_eq!(find(&spans, query), [0; 0], "{query}");
    }
    assert_eq!(find(&spans, "{ .a != .b && .b = .b && link:spanID != span:id }"), [0]);
}

#[test]
fn of_roots_that_start_together_the_one_with_the_smallest_id_names_the_trace() {
    let named = |id: u8, name: &str| Span {
        name: name.into(),
        resource: with("service.name", text(name)),
        ..span(id, 0)
    };
    let spans = [named(7, "later"), named(3, "first"), named(5, "other")];
    let all = [0, 1, 2];
    assert_eq!(find(&spans, "{ rootName = \"first\" }"), all);
    assert_eq!(find(&spans, "{ rootServiceName = \"first\" }"), all);
    assert_eq!(find(&spans, "{ rootName = rootServiceName && rootName < \"later\" }"), all);
    let (_, found) = search(&spans, &BlockOptions::default(), "{}");
    assert_eq!(*found.traces[0].root_name, *b"first");
}

#[test]
fn the_service_of_a_root_is_text() {
    let service = |value| Span { resource: with("service.name", value), ..span(1, 0) };
    let texts = Val::Array(vec![text("shop")]);
    for value in [Val::Bool(false), Val::Int(5), Val::Map(Vec::new()), Val::Empty, texts] {
        let spans = [service(value)];
        let (_, found) = search(&spans, &BlockOptions::default(), "by(rootServiceName)");
        let [(_, value)] = &found.traces[0].spansets[0].attributes[..] else { panic!() };
        assert_eq!(*value, blockpack::traceql::Value::Str(Box::default()));
        has_no_root_service(&spans);
    }
    has_no_root_service(&[span(1, 0)]);
    has_no_root_service(&[Span { resource: with("service.name", text("shop")), ..span(1, 9) }]);
}

/// Checks that it is an empty text, whether there are columns or only the residual table.
fn has_no_root_service(spans: &[Span]) {
    for max_attribute_columns in [0, 100] {
        let options = BlockOptions { max_attribute_columns, ..BlockOptions::default() };
        for (query, expected) in [
            ("{ rootServiceName = \"\" }", 1),
            ("{ rootServiceName != \"shop\" }", 1),
            ("{ rootServiceName !~ \".+\" }", 1),
            ("{ rootServiceName != \"\" }", 0),
            ("{ rootServiceName = \"shop\" }", 0),
        ] {
            let (_, found) = search(spans, &options, query);
            assert_eq!(found.spans.count(), expected, "{query} {spans:?}");
        }
    }
}

#[test]
fn what_is_no_number_counts_in_no_aggregate() {
    let of = |id, value| Span { attributes: with("x", Val::Float(value)), ..span(id, 0) };
    for values in [[f64::NAN, 3.0, 5.0], [3.0, f64::NAN, 5.0], [5.0, 3.0, f64::NAN]] {
        let spans: Vec<Span> = (1..).zip(values).map(|(id, value)| of(id, value)).collect();
        for aggregate in ["min(.x) = 3", "max(.x) = 5", "sum(.x) = 8", "avg(.x) = 4"] {
            assert_eq!(find(&spans, aggregate), [0, 1, 2], "{aggregate} of {values:?}");
        }
    }
    assert_eq!(find(&[of(1, f64::NAN)], "max(.x) != 5"), [0; 0], "as if it had no value");
}

#[test]
fn where_three_spans_share_an_id_none_of_the_trace_is_numbered() {
    let numbers = "nestedSetLeft = 0 && nestedSetRight = 0 && nestedSetParent = 0";
    let twice = [span(1, 0), span(2, 1), span(2, 1), span(3, 2)];
    assert_eq!(find(&twice, &format!("{{ {numbers} }}")), [0; 0]);
    assert_eq!(find(&twice, "{ nestedSetParent < 0 }"), [0]);
    let thrice = [&twice[..], &[span(2, 1)]].concat();
    let other = Span { trace: vec![2; 16], ..span(2, 0) };
    let spans = [&thrice[..], &[other]].concat();
    // By scans, and span by span.
    assert_eq!(find(&spans, &format!("{{ {numbers} }}")), [0, 1, 2, 3, 4]);
    assert_eq!(find(&spans, "{ nestedSetLeft + nestedSetRight = 0 }"), [0, 1, 2, 3, 4]);
    assert_eq!(find(&spans, "{ nestedSetParent < 0 }"), [5], "the other trace is numbered");
    // Of which no two are in one block.
    let options = BlockOptions::default();
    let piece = |wanted| build(&[message(&spans, |number| number == wanted)], &options);
    let lists: Vec<_> = (0..spans.len()).map(piece).collect();
    let stored = Stored::of(blockpack::Blocks::join(&lists));
    for (query, expected) in [("{ nestedSetLeft = 0 }", 5), ("{ nestedSetParent < 0 }", 1)] {
        let found = Query::compile(query).unwrap().search(&stored.blocks, &all()).unwrap();
        assert_eq!(found.spans.count(), expected, "{query}");
    }
}

#[test]
fn services_are_shown_where_no_column_holds_them() {
    let spans = [Span { resource: with("service.name", text("shop")), ..span(1, 0) }];
    let options = BlockOptions { max_attribute_columns: 0, ..BlockOptions::default() };
    let (_, found) = search(&spans, &options, "{ resource.service.name = \"shop\" }");
    assert_eq!(*found.traces[0].root_service, *b"shop");
    assert_eq!(*found.traces[0].services[0].service, *b"shop");
}
