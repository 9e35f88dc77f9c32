//! Queries: text of the whole language of searches.

use super::{FLOATS, INTS, KEYS, NAMES, NUMBER_KEYS, ODD_FLOATS, ODD_INTS, TEXTS, pick};
use proptest::collection::vec;
use proptest::prelude::*;

/// The text of a query.
pub type Query = String;

const COMPARISONS: &[&str] = &["=", "!=", "<", "<=", ">", ">="];
const STRUCTURAL: &[&str] =
    &[">", ">>", "<", "<<", "~", "!>", "!>>", "!<", "!<<", "!~", "&>", "&>>", "&<", "&<<", "&~"];
const PATTERNS: &[&str] = &["a", "a|b", ".", ".*", "a.*", "(?i)a", "x.y", "[0-9]+", "", "b?"];
const TEXT_FIELDS: &[&str] =
    &["name", "span:name", "statusMessage", "rootName", "trace:rootService", "event:name"];
const NUMBER_FIELDS: &[&str] = &[
    "duration",
    "traceDuration",
    "span:childCount",
    "nestedSetLeft",
    "nestedSetRight",
    "nestedSetParent",
    "event:timeSinceStart",
];
const OPEN_INTRINSICS: &[&str] = &["instrumentation:name", "instrumentation:version"];
const ID_FIELDS: &[&str] = &["span:id", "span:parentID", "trace:id", "link:traceID", "link:spanID"];

/// A search.
pub fn query() -> impl Strategy<Value = Query> {
    prop_oneof![2 => spansets(true), 3 => pipeline()]
}

fn pipeline() -> impl Strategy<Value = String> {
    vec(stage(), 1..4).prop_map(|stages| {
        let first = stages[0].replace("coalesce()", "{}");
        let rest = stages[1..].iter().map(|stage| format!(" | {stage}"));
        first + &rest.collect::<String>()
    })
}

fn stage() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => spansets(false),
        2 => aggregate(),
        2 => key().prop_map(|key| format!("by({key})")),
        1 => Just("coalesce()".to_owned()),
        1 => (field(), field()).prop_map(|(a, b)| format!("select({a}, {b})")),
    ]
}

/// What spans are grouped by.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => attribute(),
        2 => pick(TEXT_FIELDS).prop_map(str::to_owned),
        2 => pick(NUMBER_FIELDS).prop_map(str::to_owned),
        1 => pick(&["status", "kind", "span:parentID", "instrumentation:name"]).prop_map(str::to_owned),
        1 => comparison(),
        1 => arithmetic(),
    ]
}

fn aggregate() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        4 => pick(&[".n", "span.n", ".m", "resource.n", ".l"]).prop_map(str::to_owned),
        3 => pick(NUMBER_FIELDS).prop_map(str::to_owned),
        1 => arithmetic(),
    ];
    let of_value = (pick(&["min", "max", "avg", "sum"]), value)
        .prop_map(|(function, value)| format!("{function}({value})"));
    let call = prop_oneof![1 => Just("count()".to_owned()), 2 => of_value];
    let constant = pick(&["0", "1", "2", "3", "1.5", "-1", "2ns", "5", "-0.5"]);
    (call, pick(COMPARISONS), constant).prop_map(|(call, op, value)| format!("{call} {op} {value}"))
}

/// Filters, combined; whole pipelines may be among the operands.
fn spansets(with_pipelines: bool) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        1 => Just("{}".to_owned()),
        4 => condition().prop_map(|condition| format!("{{ {condition} }}")),
    ];
    let op = || prop_oneof![2 => pick(&["&&", "||"]), 3 => pick(STRUCTURAL)];
    let rest = prop_oneof![
        2 => aggregate(),
        1 => key().prop_map(|key| format!("by({key})")),
        1 => Just("coalesce()".to_owned()),
        2 => condition().prop_map(|condition| format!("{{ {condition} }}")),
    ];
    let piped = (leaf.clone(), vec(rest, 1..3)).prop_map(|(first, rest)| {
        let rest = rest.iter().map(|stage| format!(" | {stage}"));
        format!("({first}{})", rest.collect::<String>())
    });
    let operand = match with_pipelines {
        true => prop_oneof![3 => leaf, 1 => piped].boxed(),
        false => leaf.boxed(),
    };
    operand
        .prop_recursive(3, 5, 2, move |inner| {
            prop_oneof![
                3 => (inner.clone(), op(), inner.clone()).prop_map(|(l, op, r)| format!("{l} {op} {r}")),
                1 => (inner.clone(), op(), inner).prop_map(|(l, op, r)| format!("({l} {op} {r})")),
            ]
        })
        .boxed()
}

/// What a filter asks.
pub fn condition() -> BoxedStrategy<String> {
    comparison()
        .prop_recursive(3, 6, 2, |inner| {
            let logic = || pick(&["&&", "||"]);
            prop_oneof![
                4 => (inner.clone(), logic(), inner.clone()).prop_map(|(l, op, r)| format!("{l} {op} {r}")),
                2 => (inner.clone(), logic(), inner.clone()).prop_map(|(l, op, r)| format!("({l} {op} {r})")),
                2 => inner.clone().prop_map(|inner| format!("!({inner})")),
                1 => (inner.clone(), pick(&["= true", "!= true", "= false", "= nil", "!= nil"]))
                    .prop_map(|(inner, is)| format!("(({inner}) {is})")),
            ]
        })
        .boxed()
}

/// A comparison of fields that are mostly numbers, or of what is computed of them.
pub fn number_condition() -> impl Strategy<Value = String> {
    let attribute = || {
        let scope = prop_oneof![3 => Just("span."), 1 => Just(".")];
        (scope, pick(NUMBER_KEYS)).prop_map(|(scope, key)| format!("{scope}{key}"))
    };
    let field = move || {
        prop_oneof![
            8 => attribute(),
            2 => Just("duration".to_owned()),
            1 => Just("span.n".to_owned()),
        ]
    };
    let computed = (field(), pick(&["+", "-", "*", "/", "%", "^"]), prop_oneof![field(), number()])
        .prop_map(|(left, op, right)| format!("({left} {op} {right})"));
    let negated = field().prop_map(|field| format!("(-{field})"));
    let side = prop_oneof![6 => field(), 3 => computed, 1 => negated].boxed();
    let other = prop_oneof![4 => side.clone(), 1 => number()];
    (side, pick(COMPARISONS), other).prop_map(|(left, op, right)| format!("{left} {op} {right}"))
}

fn comparison() -> BoxedStrategy<String> {
    let join = |(a, op, b): (String, &str, String)| format!("{a} {op} {b}");
    let owned = |list: &'static [&'static str]| pick(list).prop_map(str::to_owned);
    let equality = || pick(&["=", "!="]);
    let numeric = || prop_oneof![owned(NUMBER_FIELDS), attribute()];
    let texts = || prop_oneof![owned(TEXT_FIELDS), attribute(), owned(OPEN_INTRINSICS)];
    prop_oneof![
        8 => (attribute(), pick(COMPARISONS), ordered()).prop_map(join),
        2 => (ordered(), pick(COMPARISONS), attribute()).prop_map(join),
        2 => (attribute(), equality(), owned(&["true", "false"])).prop_map(join),
        2 => (attribute(), pick(COMPARISONS), attribute()).prop_map(join),
        3 => (texts(), pick(COMPARISONS), text()).prop_map(join),
        1 => (text(), pick(COMPARISONS), texts()).prop_map(join),
        1 => (texts(), pick(COMPARISONS), texts()).prop_map(join),
        3 => (numeric(), pick(COMPARISONS), number()).prop_map(join),
        1 => (numeric(), pick(COMPARISONS), numeric()).prop_map(join),
        2 => (arithmetic(), pick(COMPARISONS), number()).prop_map(join),
        1 => (arithmetic(), pick(COMPARISONS), arithmetic()).prop_map(join),
        3 => (texts(), pick(&["=~", "!~"]), pick(PATTERNS).prop_map(|p| format!("`{p}`"))).prop_map(join),
        1 => (Just("status".to_owned()), equality(), owned(&["error", "ok", "unset", ".m"])).prop_map(join),
        2 => (Just("kind".to_owned()), equality(), owned(&["server", "client", "unspecified"])).prop_map(join),
        2 => (owned(ID_FIELDS), equality(), id()).prop_map(join),
        1 => (owned(ID_FIELDS), pick(COMPARISONS), owned(ID_FIELDS)).prop_map(join),
        1 => (owned(ID_FIELDS), equality(), attribute()).prop_map(join),
        3 => (attribute(), equality(), Just("nil".to_owned())).prop_map(join),
        1 => (field(), Just("!="), Just("nil".to_owned())).prop_map(join),
        1 => (arithmetic(), equality(), Just("nil".to_owned())).prop_map(join),
        2 => attribute(),
        1 => attribute().prop_map(|attribute| format!("!{attribute}")),
        1 => owned(&["true", "false"]),
        3 => one_event(),
    ]
    .boxed()
}

/// Several conditions on one event or link.
fn one_event() -> impl Strategy<Value = String> {
    let event = prop_oneof![
        (pick(&["=", "!="]), pick(NAMES))
            .prop_map(|(op, name)| format!("event:name {op} \"{name}\"")),
        (pick(KEYS), pick(COMPARISONS), ordered())
            .prop_map(|(k, op, v)| format!("event.{k} {op} {v}")),
        (pick(KEYS), pick(&["=", "!="])).prop_map(|(k, op)| format!("event.{k} {op} nil")),
        (pick(KEYS), pick(KEYS)).prop_map(|(a, b)| format!("event.{a} = event.{b}")),
        (0u8..9, pick(COMPARISONS)).prop_map(|(n, op)| format!("event:timeSinceStart {op} {n}ns")),
    ];
    let link = prop_oneof![
        (pick(KEYS), pick(COMPARISONS), ordered())
            .prop_map(|(k, op, v)| format!("link.{k} {op} {v}")),
        id().prop_map(|id| format!("link:spanID = {id}")),
    ];
    let item = prop_oneof![3 => event, 1 => link].boxed();
    (item.clone(), pick(&["&&", "&&", "||"]), item).prop_map(|(a, op, b)| format!("({a} {op} {b})"))
}

fn arithmetic() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => attribute(),
        3 => pick(NUMBER_FIELDS).prop_map(str::to_owned),
        3 => number(),
    ];
    let op = || pick(&["+", "-", "*", "/", "%", "^"]);
    leaf.prop_recursive(2, 4, 2, move |inner| {
        prop_oneof![
            4 => (inner.clone(), op(), inner.clone()).prop_map(|(l, op, r)| format!("({l} {op} {r})")),
            1 => inner.prop_map(|inner| format!("(-{inner})")),
        ]
    })
}

/// Any field of the language.
pub fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => attribute(),
        1 => pick(TEXT_FIELDS).prop_map(str::to_owned),
        1 => pick(NUMBER_FIELDS).prop_map(str::to_owned),
        1 => pick(ID_FIELDS).prop_map(str::to_owned),
        1 => pick(OPEN_INTRINSICS).prop_map(str::to_owned),
        1 => pick(&["status", "kind"]).prop_map(str::to_owned),
    ]
}

fn attribute() -> impl Strategy<Value = String> {
    let scope = prop_oneof![
        6 => Just("."),
        4 => Just("span."),
        2 => Just("resource."),
        1 => Just("instrumentation."),
        2 => Just("event."),
        1 => Just("link."),
    ];
    (scope, pick(KEYS)).prop_map(|(scope, key)| format!("{scope}{key}"))
}

/// A literal of a type that has an order.
fn ordered() -> impl Strategy<Value = String> {
    prop_oneof![text(), number()]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![pick(TEXTS), pick(NAMES)].prop_map(|text| format!("{text:?}"))
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => pick(INTS).prop_map(|value| value.to_string()),
        3 => pick(FLOATS).prop_map(|value| format!("{value:?}")),
        2 => (0u8..9).prop_map(|ns| format!("{ns}ns")),
        1 => pick(ODD_INTS).prop_map(|value| match value {
            i64::MIN => "minInt".to_owned(),
            value => value.to_string(),
        }),
        1 => pick(&ODD_FLOATS[3..5]).prop_map(|value| format!("{value:.1}")),
    ]
}

fn id() -> impl Strategy<Value = String> {
    pick(&[
        "a101",
        "A102",
        "000000000000a103",
        "",
        "0",
        "a1",
        "abababababababababababababababab",
        "zz",
    ])
    .prop_map(|id| format!("\"{id}\""))
}
