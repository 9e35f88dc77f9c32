//! Names and values of fields.

use crate::given::{parts, whole};
use blockpack::name::{Name, Scope};
use blockpack::traceql::{Query, TagOptions, Value, tag_names, tag_values};
use blockpack::value::ValueType;
use blockpack::{Blocks, ErrorKind};

fn values(blocks: &Blocks, name: &str, filter: Option<&str>) -> Vec<String> {
    let filter = filter.map(|filter| Query::compile(filter).unwrap());
    let name = Name::parse(name).unwrap();
    let found = tag_values(blocks, &name, filter.as_ref(), &TagOptions::default()).unwrap();
    assert!(!found.cut_off);
    found.values.iter().map(Value::to_string).collect()
}

#[test]
fn names_come_with_their_scope_and_types() {
    let blocks = whole();
    let names = tag_names(&blocks, Scope::Any).unwrap();
    let of = |scope, key: &str| {
        names.iter().find(|tag| tag.scope == scope && *tag.key == *key.as_bytes())
    };
    let tier = of(Scope::Span, "tier").unwrap();
    assert!(tier.types.contains(&ValueType::I64));
    assert!(of(Scope::Resource, "service.name").unwrap().values > 0);
    assert!(of(Scope::Event, "attempt").is_some() && of(Scope::Span, "attempt").is_none());
    assert!(of(Scope::Link, "relation").is_some());
    assert!(of(Scope::Instrumentation, "vendor").is_some());
    let events = tag_names(&blocks, Scope::Event).unwrap();
    assert!(!events.is_empty() && events.iter().all(|tag| tag.scope == Scope::Event));
    assert_eq!(tag_names(&Blocks::new([]), Scope::Any).unwrap(), []);
}

#[test]
fn names_of_blocks_are_those_of_the_whole() {
    let keys = |blocks: &Blocks| -> Vec<(Scope, Box<[u8]>)> {
        tag_names(blocks, Scope::Any).unwrap().into_iter().map(|tag| (tag.scope, tag.key)).collect()
    };
    assert_eq!(keys(&whole()), keys(&Blocks::join(&parts(5, |number| number % 5))));
}

#[test]
fn values_are_distinct_and_in_order() {
    let blocks = whole();
    assert_eq!(values(&blocks, "status", None), ["unset", "ok", "error"]);
    assert_eq!(values(&blocks, "span.shard", None), ["a", "b", "c"]);
    assert_eq!(values(&blocks, "resource.labels", None), ["batch", "spot"]);
    assert!(values(&blocks, ".no.such.key", None).is_empty());
    assert!(values(&blocks, "event:name", None).contains(&"retry".into()));
    assert!(values(&blocks, "rootName", None).contains(&"POST /orders".into()));
}

#[test]
fn a_filter_leaves_the_values_of_its_spans() {
    let spread = Blocks::join(&parts(4, |number| number % 4));
    for blocks in [whole(), spread] {
        let of = |name, filter| values(&blocks, name, Some(filter));
        assert_eq!(of("name", "{ span.shard = \"a\" }"), ["shard"]);
        assert_eq!(of("resource.service.name", "{ name = \"fetch\" }"), ["crawler"]);
        let both = "{ span.zone != nil && resource.zone != nil }";
        assert_eq!(of(".zone", both), of("span.zone", both), "the resource's is hidden");
        let one = "{ span.zone = nil && resource.zone != nil }";
        assert_eq!(of(".zone", one), of("resource.zone", one));
        assert_eq!(of("rootName", "{ name = \"fetch\" }"), ["crawl"]);
        assert!(of("name", "{ false }").is_empty());
        assert_eq!(of("status", "{} | count() > 8 | { status = error }"), ["error"]);
        assert_eq!(of("event.attempt", "{ event.attempt = 2 }"), ["1", "2"]);
    }
}

#[test]
fn values_with_a_filter_for_everything_are_all_values() {
    let blocks = whole();
    for name in
        ["name", "kind", "span.shard", "event:name", "link.relation", "trace:id", "duration"]
    {
        assert_eq!(values(&blocks, name, None), values(&blocks, name, Some("{}")), "{name}");
    }
}

#[test]
fn values_can_be_limited() {
    let blocks = whole();
    let name = Name::parse("name").unwrap();
    let all = tag_values(&blocks, &name, None, &TagOptions::default()).unwrap().values.len();
    for limit in [1, all - 1, all] {
        let options = TagOptions { limit, ..TagOptions::default() };
        let found = tag_values(&blocks, &name, None, &options).unwrap();
        assert_eq!((found.values.len(), found.cut_off), (limit, limit < all));
    }
    let series = Query::compile("{} | rate()").unwrap();
    let found = tag_values(&blocks, &name, Some(&series), &TagOptions::default());
    assert_eq!(found.unwrap_err().kind(), ErrorKind::InvalidArgument);
}
