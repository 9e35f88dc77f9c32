//! Series made the obvious way, from the rules alone: a span at a time, with maps of text.

use crate::given::{Span, Val};
use std::collections::BTreeMap;

/// A function of a query.
#[derive(Clone, Debug)]
pub enum Function {
    Rate,
    Count,
    Min(&'static str),
    Max(&'static str),
    Sum(&'static str),
    Avg(&'static str),
    Histogram(&'static str),
    Quantile(&'static str, Vec<f64>),
}

/// Samples by the text of labels.
pub type Made = BTreeMap<String, Vec<Option<f64>>>;

/// A number of a span, and whether it is whole.
type Number = (f64, bool);

impl Function {
    pub fn text(&self) -> String {
        match self {
            Function::Rate => "rate()".into(),
            Function::Count => "count_over_time()".into(),
            Function::Min(field) => format!("min_over_time({field})"),
            Function::Max(field) => format!("max_over_time({field})"),
            Function::Sum(field) => format!("sum_over_time({field})"),
            Function::Avg(field) => format!("avg_over_time({field})"),
            Function::Histogram(field) => format!("histogram_over_time({field})"),
            Function::Quantile(field, list) => {
                let list: Vec<String> = list.iter().map(f64::to_string).collect();
                format!("quantile_over_time({field}, {})", list.join(", "))
            }
        }
    }

    fn name(&self) -> String {
        self.text().split('(').next().unwrap().to_owned()
    }
}

/// What the spans that `found` holds for make of `function by (by)`.
pub fn make(
    spans: &[Span],
    found: impl Fn(&Span) -> bool,
    function: &Function,
    by: &[&str],
    (start, end, step): (u64, u64, u64),
) -> Made {
    let count = (end - start).div_ceil(step) as usize;
    let mut groups: BTreeMap<Vec<(String, String)>, Vec<Vec<&Span>>> = BTreeMap::new();
    for span in spans.iter().filter(|span| found(span)) {
        let Some(slot) = (0..count as u64).find(|slot| {
            let low = start + slot * step;
            low < span.start && span.start <= low + step && span.start <= end
        }) else {
            continue;
        };
        let mut labels: Vec<(String, String)> = by
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), shown(&field(spans, span, name)?))))
            .collect();
        if labels.is_empty()
            && let Some(first) = by.first()
        {
            labels.push(((*first).to_owned(), "nil".into()));
        }
        let group = groups.entry(labels).or_insert_with(|| vec![Vec::new(); count]);
        group[slot as usize].push(span);
    }
    let mut made = Made::new();
    for (labels, slots) in groups {
        add(spans, function, labels, &slots, step, &mut made);
    }
    made.retain(|_, values| values.iter().any(Option::is_some));
    made
}

fn add(
    all: &[Span],
    function: &Function,
    mut labels: Vec<(String, String)>,
    slots: &[Vec<&Span>],
    step: u64,
    made: &mut Made,
) {
    let numbers = |spans: &[&Span], field: &str| -> Vec<Number> {
        spans.iter().filter_map(|span| number(all, span, field)).collect()
    };
    let scale = |field: &str| if field.ends_with("uration") { 1e-9 } else { 1.0 };
    let aggregate = |field: &str, of: fn(&[f64]) -> f64| -> Vec<Option<f64>> {
        let sample = |spans: &Vec<&Span>| {
            let numbers: Vec<f64> = numbers(spans, field).iter().map(|n| n.0).collect();
            (!numbers.is_empty()).then(|| of(&numbers) * scale(field))
        };
        slots.iter().map(sample).collect()
    };
    let sum = |numbers: &[f64]| numbers.iter().sum::<f64>();
    let values = match function {
        Function::Rate => {
            slots.iter().map(|spans| Some(spans.len() as f64 / (step as f64 / 1e9))).collect()
        }
        Function::Count => slots.iter().map(|spans| Some(spans.len() as f64)).collect(),
        Function::Min(field) => {
            aggregate(field, |n| n.iter().copied().fold(f64::INFINITY, f64::min))
        }
        Function::Max(field) => {
            aggregate(field, |n| n.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        }
        Function::Sum(field) => aggregate(field, sum),
        Function::Avg(field) => aggregate(field, |n| n.iter().sum::<f64>() / n.len() as f64),
        Function::Histogram(field) => {
            let buckets: Vec<Vec<f64>> =
                slots.iter().map(|spans| buckets(&numbers(spans, field))).collect();
            for bucket in distinct(&buckets) {
                let count = |b: &Vec<f64>| Some(b.iter().filter(|x| **x == bucket).count() as f64);
                let mut labels = labels.clone();
                labels.push(("__bucket".into(), format!("{:?}", bucket * scale(field))));
                made.insert(written(&labels), buckets.iter().map(count).collect());
            }
            return;
        }
        Function::Quantile(field, list) => {
            for p in list {
                let quantile = |spans: &Vec<&Span>| {
                    Some(estimate(&buckets(&numbers(spans, field)), *p)? * scale(field))
                };
                let mut labels = labels.clone();
                labels.push(("p".into(), format!("{p:?}")));
                made.insert(written(&labels), slots.iter().map(quantile).collect());
            }
            return;
        }
    };
    if labels.is_empty() {
        labels.push(("__name__".into(), format!("{:?}", function.name())));
    }
    made.insert(written(&labels), values);
}

/// The next power of two of each number that is whole and at least 2, ascending.
fn buckets(numbers: &[Number]) -> Vec<f64> {
    let whole = numbers.iter().filter(|(value, whole)| *whole && *value >= 2.0);
    let mut buckets: Vec<f64> = whole
        .map(|(value, _)| (0..64).map(|e| 2f64.powi(e)).find(|b| b >= value).unwrap())
        .collect();
    buckets.sort_by(f64::total_cmp);
    buckets
}

fn distinct(buckets: &[Vec<f64>]) -> Vec<f64> {
    let mut all: Vec<f64> = buckets.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

/// Of values that are known by their buckets alone, the one at rank `p`.
fn estimate(buckets: &[f64], p: f64) -> Option<f64> {
    let rank = ((p * buckets.len() as f64).ceil() as usize).max(1);
    let bucket = *buckets.get(rank - 1)?;
    let before = buckets.iter().filter(|b| **b < bucket).count();
    let here = buckets.iter().filter(|b| **b == bucket).count();
    Some(bucket / 2.0 * 2f64.powf((rank - before) as f64 / here as f64))
}

/// Labels as they are shown.
fn written(labels: &[(String, String)]) -> String {
    let labels: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{{{}}}", labels.join(", "))
}

fn shown(value: &Val) -> String {
    match value {
        Val::Str(v) => format!("{v:?}"),
        Val::Int(v) => v.to_string(),
        Val::Float(v) => format!("{v:?}"),
        Val::Bool(v) => v.to_string(),
        Val::Ints(_) | Val::Empty => panic!("no label"),
    }
}

fn number(all: &[Span], span: &Span, name: &str) -> Option<Number> {
    if name.ends_with("uration") {
        return Some((span.duration as f64, true));
    }
    match field(all, span, name)? {
        Val::Int(v) => Some((v as f64, true)),
        Val::Float(v) => Some((v, false)),
        _ => None,
    }
}

/// The value of a field.
pub fn field(all: &[Span], span: &Span, name: &str) -> Option<Val> {
    let value = match name {
        "name" => Val::Str(span.name),
        "span:childCount" => {
            let others = all.iter().filter(|other| other.trace == span.trace && !other.is_root());
            Val::Int(if span.is_root() { others.count() as i64 } else { 0 })
        }
        "rootName" => {
            let root = all.iter().find(|other| other.trace == span.trace && other.is_root());
            Val::Str(root.map_or("", |root| root.name))
        }
        _ => match name.split_once('.').unwrap() {
            ("", key) => find(&span.attributes, key).or_else(|| find(&span.resource, key))?,
            ("span", key) => find(&span.attributes, key)?,
            ("resource", key) => find(&span.resource, key)?,
            ("event", key) => span.events.iter().find_map(|event| find(event, key))?,
            _ => panic!("{name}"),
        },
    };
    match value {
        Val::Ints(list) if list.len() == 1 => Some(Val::Int(list[0])),
        Val::Empty => None,
        value => Some(value),
    }
}

fn find(attributes: &[(&'static str, Val)], key: &str) -> Option<Val> {
    attributes.iter().find(|(k, _)| *k == key).map(|(_, value)| value.clone())
}
