//! The calls between services, as a table, as a graph for Graphviz, and as a picture.

mod dot;
mod layout;
mod order;
mod svg;

use crate::human;
use crate::table::{Align, Table};
use blockpack::graph::{ServiceEdge, ServiceGraph};
use serde_json::{Value, json};

/// What stands for the service of spans that name none.
const NO_NAME: &str = "(no service.name)";

/// Services and their calls.
pub struct ServiceMap {
    pub services: Vec<Service>,
    /// By name of the caller, then of the callee.
    pub calls: Vec<Calls>,
}

/// A service, and the calls that it receives.
pub struct Service {
    pub name: String,
    pub received: u64,
    pub errors: u64,
}

/// Calls of one service by another, or by itself.
pub struct Calls {
    /// Place of the service that calls.
    pub caller: usize,
    /// Place of the service that is called.
    pub callee: usize,
    pub count: u64,
    pub errors: u64,
    pub p50_ns: u64,
    pub p95_ns: u64,
    pub p99_ns: u64,
    pub max_ns: u64,
}

impl Calls {
    fn of(edge: &ServiceEdge, place: impl Fn(usize) -> usize) -> Calls {
        Calls {
            caller: place(edge.caller),
            callee: place(edge.callee),
            count: edge.calls(),
            errors: edge.errors,
            p50_ns: edge.quantile_ns(0.5),
            p95_ns: edge.quantile_ns(0.95),
            p99_ns: edge.quantile_ns(0.99),
            max_ns: edge.quantile_ns(1.0),
        }
    }

    /// Share of the calls that failed.
    fn error_share(&self) -> f64 {
        self.errors as f64 / self.count.max(1) as f64
    }

    /// The line of text that a picture shows beside the calls.
    fn label(&self) -> String {
        let mut label =
            format!("{} · {}", human::short_count(self.count), human::duration(self.p95_ns));
        if self.errors > 0 {
            label.push_str(&format!(" · {}", human::percent(self.error_share())));
        }
        label
    }

    /// All that is known of the calls, for who looks closer.
    fn details(&self) -> String {
        format!(
            "{} calls, {} errors; duration: half up to {}, 95 % up to {}, 99 % up to {}, all up to {}",
            human::count(self.count),
            human::count(self.errors),
            human::duration(self.p50_ns),
            human::duration(self.p95_ns),
            human::duration(self.p99_ns),
            human::duration(self.max_ns),
        )
    }
}

impl ServiceMap {
    /// The map of `graph`: its services by name, without the nameless one if it has no calls.
    pub fn of(graph: &ServiceGraph) -> ServiceMap {
        let nameless_calls = graph.edges.iter().any(|edge| edge.caller == 0 || edge.callee == 0);
        let mut order: Vec<usize> =
            (0..graph.services.len()).filter(|&number| number > 0 || nameless_calls).collect();
        order.sort_by_key(|&number| &graph.services[number]);
        let mut places = vec![0; graph.services.len()];
        order.iter().enumerate().for_each(|(place, &number)| places[number] = place);
        let name = |number: usize| match &*graph.services[number] {
            b"" => NO_NAME.to_owned(),
            name => String::from_utf8_lossy(name).into_owned(),
        };
        let service = |&number: &usize| Service { name: name(number), received: 0, errors: 0 };
        let mut map = ServiceMap {
            services: order.iter().map(service).collect(),
            calls: graph.edges.iter().map(|edge| Calls::of(edge, |n| places[n])).collect(),
        };
        for calls in &map.calls {
            map.services[calls.callee].received += calls.count;
            map.services[calls.callee].errors += calls.errors;
        }
        map
    }

    /// Number of calls.
    pub fn call_count(&self) -> u64 {
        self.calls.iter().map(|calls| calls.count).sum()
    }

    /// The calls as lines of text.
    pub fn as_table(&self) -> String {
        let mut table = Table::new(&[
            ("caller", Align::Left),
            ("callee", Align::Left),
            ("calls", Align::Right),
            ("errors", Align::Right),
            ("share", Align::Right),
            ("p50", Align::Right),
            ("p95", Align::Right),
            ("p99", Align::Right),
            ("max", Align::Right),
        ]);
        for calls in &self.calls {
            let failed = calls.errors > 0;
            let share = human::percent(calls.error_share());
            table.row(vec![
                self.services[calls.caller].name.clone(),
                self.services[calls.callee].name.clone(),
                human::count(calls.count),
                human::count(calls.errors),
                if failed { share } else { String::new() },
                human::duration(calls.p50_ns),
                human::duration(calls.p95_ns),
                human::duration(calls.p99_ns),
                human::duration(calls.max_ns),
            ]);
        }
        table.render()
    }

    /// The services' names, and the calls, as JSON.
    pub fn as_json(&self) -> (Value, Value) {
        let services = self.services.iter().map(|service| json!(service.name)).collect();
        let calls = self.calls.iter().map(|calls| {
            json!({
                "caller": self.services[calls.caller].name,
                "callee": self.services[calls.callee].name,
                "calls": calls.count,
                "errors": calls.errors,
                "p50_ns": calls.p50_ns,
                "p95_ns": calls.p95_ns,
                "p99_ns": calls.p99_ns,
                "max_ns": calls.max_ns,
            })
        });
        (services, calls.collect())
    }
}
