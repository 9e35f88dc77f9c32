//! `compare`: worked by hand, and where there is too much to compare.

use crate::given::{Span, Val, blocks, metrics, over, shown, span};
use blockpack::Blocks;
use blockpack::block::build::BlockOptions;

/// Ten spans: those with errors are slow and from zone b.
fn zones() -> Blocks {
    let spans: Vec<Span> = (0..10u8)
        .map(|i| Span {
            status: if i < 3 { 2 } else { 0 },
            attributes: vec![
                ("zone", Val::Str(if i < 4 { "b" } else { "a" })),
                ("id", Val::Int(i.into())),
            ],
            ..span(i, 0, 100 + u64::from(i))
        })
        .collect();
    blocks(&spans, &BlockOptions { max_rows: 4, ..BlockOptions::default() })
}

fn compared(query: &str) -> Vec<String> {
    shown(&metrics(&zones(), query, &over(99, 109, 5)))
}

#[test]
fn values_of_both_sides_are_counted() {
    let lines = compared("{} | compare({ status = error })");
    let of = |field: &str| -> Vec<&str> {
        let lines = lines.iter().filter(|line| line.contains(&format!(", {field}=")));
        lines.map(String::as_str).collect()
    };
    assert_eq!(
        of("span.zone"),
        [
            "{__meta_type=\"baseline\", span.zone=\"a\"} 1 5",
            "{__meta_type=\"baseline\", span.zone=\"b\"} 1 0",
            "{__meta_type=\"baseline_total\", span.zone=nil} 2 5",
            "{__meta_type=\"selection\", span.zone=\"b\"} 3 0",
            "{__meta_type=\"selection_total\", span.zone=nil} 3 0",
        ]
    );
    assert_eq!(of("status").len(), 4);
    assert_eq!(of("statusMessage"), Vec::<&str>::new());
    assert_eq!(of("rootName").len(), 4);
}

#[test]
fn only_the_most_frequent_values_are_given() {
    let lines = compared("{} | compare({ status = error }, 1)");
    let ids: Vec<&String> = lines.iter().filter(|line| line.contains("span.id=")).collect();
    assert_eq!(
        ids,
        [
            "{__meta_type=\"baseline\", span.id=3} 1 0",
            "{__meta_type=\"baseline_total\", span.id=nil} 2 5",
            "{__meta_type=\"selection\", span.id=0} 1 0",
            "{__meta_type=\"selection_total\", span.id=nil} 3 0",
        ]
    );
}

#[test]
fn a_window_narrows_the_selection() {
    let lines = compared("{} | compare({ status = error }, 10, 101, 102)");
    let total = lines.iter().find(|line| line.contains("selection_total") && line.contains("name"));
    assert!(total.is_some_and(|line| line.ends_with(" 2 0")), "{lines:?}");
}

#[test]
fn fields_with_too_many_values_say_so() {
    let spans: Vec<Span> = (0..10_050u64)
        .map(|i| Span {
            attributes: vec![("n", Val::Int(i as i64))],
            ..span((i % 250) as u8, (i / 250) as u8, 100)
        })
        .collect();
    let blocks = blocks(&spans, &BlockOptions::default());
    let lines = shown(&metrics(&blocks, "{} | compare({ status = error })", &over(0, 200, 200)));
    assert!(lines.contains(&"{__meta_error=\"__too_many_values__\", span.n=nil} -".to_owned()));
    assert!(!lines.iter().any(|line| line.contains("span.n=") && line.contains("baseline")));
}
