//! What the semantic conventions (1.24.0) and the shop say about a span.

use super::encode::Attributes;
use super::faults::Fault;
use super::rng::Rng;
use super::shop::{Deployment, Language, Operation, Service, Subject, Work};
use super::span::{Role, Span};
use super::visit::Visit;

/// Where the services' names are resolved.
const DOMAIN: &str = ".shop.svc.cluster.local";

/// The status that a server answers to `op`: an HTTP status or a gRPC status code.
pub fn answer(op: &Operation, fault: Option<&Fault>, rng: &mut Rng) -> u16 {
    match (op.work, fault) {
        (Work::Http, Some(fault)) => fault.http_status,
        // A server outside: its own status, or none if it did not answer.
        (Work::Fetch(..), Some(fault)) => fault.error_type.parse().unwrap_or(0),
        (Work::Rpc, Some(fault)) => fault.grpc_status.into(),
        (Work::Http, None) => match op.subject {
            Subject::Product if rng.permille(8) => 404,
            Subject::Visitor if rng.permille(5) => 401,
            _ if op.at == Some(Service::Media) && rng.permille(300) => 304,
            _ if op.name.starts_with("POST") => *rng.pick(&[200, 201]),
            _ => 200,
        },
        (Work::Fetch(..), None) => 200,
        _ => 0,
    }
}

/// Attributes that the semantic conventions ask for.
pub fn put_conventions(
    a: &mut Attributes<'_>,
    span: &Span<'_>,
    service: Service,
    visit: &Visit,
    rng: &mut Rng,
) {
    let op = span.op;
    a.str("shop.tenant", visit.tenant());
    if service.deployment().language == Language::Java {
        let thread = rng.below(64);
        a.text("thread.name", format_args!("{}-exec-{thread}", service.deployment().name));
    }
    match (op.work, span.role) {
        (Work::Http, Role::Worker) => put_http_server(a, span, service, visit, rng),
        (Work::Http, Role::Caller) => {
            let (method, route) = op.words(' ');
            let server = op.at.unwrap_or(service).deployment();
            a.str("http.request.method", method);
            let (host, port, path) = (server.name, server.port, visit.path(route));
            a.text("url.full", format_args!("http://{host}{DOMAIN}:{port}{path}"));
            a.int("http.response.status_code", span.status.into());
            put_service(a, server, rng);
        }
        (Work::Rpc, role) => {
            let (rpc_service, method) = op.words('/');
            a.str("rpc.system", "grpc");
            a.str("rpc.service", rpc_service);
            a.str("rpc.method", method);
            a.int("rpc.grpc.status_code", span.status.into());
            match role {
                Role::Caller => put_service(a, op.at.unwrap_or(service).deployment(), rng),
                Role::Worker => put_peer(a, Service::Gateway.deployment(), rng),
            }
        }
        (Work::Sql(statement), _) => {
            let (operation, table) = op.words(' ');
            a.str("db.system", "postgresql");
            a.str("db.name", "shop");
            a.str("db.statement", statement);
            a.str("db.operation", operation);
            a.str("db.sql.table", table);
            put_server(a, "postgres", "postgres-main.data.svc.cluster.local", 5432);
        }
        (Work::Redis(prefix), _) => {
            let key = if prefix == "product" { visit.product } else { visit.user };
            a.str("db.system", "redis");
            a.text("db.statement", format_args!("{} {prefix}:{key}", op.name));
            a.str("db.operation", op.name);
            put_server(a, "redis", "redis-cache.data.svc.cluster.local", 6379);
        }
        (Work::Fetch(host, path), _) => {
            a.str("http.request.method", op.name);
            a.text("url.full", format_args!("https://{host}{path}"));
            if span.status != 0 {
                a.int("http.response.status_code", span.status.into());
            }
            put_server(a, host.rsplit('.').nth(1).unwrap_or(host), host, 443);
        }
        (Work::Publish(_), _) => {
            put_messaging(a, op, rng);
            a.text("messaging.message.id", format_args!("{:016x}", rng.bits()));
        }
        (Work::Process(_), _) => put_messaging(a, op, rng),
        (Work::Step, _) => {}
    }
}

fn put_http_server(
    a: &mut Attributes<'_>,
    span: &Span<'_>,
    service: Service,
    visit: &Visit,
    rng: &mut Rng,
) {
    let (method, route) = span.op.words(' ');
    let server = service.deployment();
    a.str("http.request.method", method);
    a.str("http.route", route);
    a.text("url.path", format_args!("{}", visit.path(route)));
    if span.op.subject == Subject::Query {
        let (colour, thing) = visit.words();
        a.text("url.query", format_args!("q={colour}+{thing}&page={}", rng.repeats(9)));
    }
    a.int("http.response.status_code", span.status.into());
    a.int("http.response.body.size", rng.log_normal(5200));
    if span.parent.is_none() {
        a.str("server.address", "shop.example");
        a.str("user_agent.original", visit.agent());
        let [b0, b1, b2, b3] = visit.address;
        a.text("client.address", format_args!("{b0}.{b1}.{b2}.{b3}"));
        // Visitors and baskets name the user anyway; health checks and pictures have none.
        let subject = span.op.subject;
        if !matches!(subject, Subject::Visitor | Subject::Basket | Subject::Nothing) {
            put_user(a, visit);
        }
    } else {
        a.text("server.address", format_args!("{}{DOMAIN}", server.name));
        a.int("server.port", server.port.into());
    }
}

/// A server that is not part of the shop.
fn put_server(a: &mut Attributes<'_>, name: &str, address: &str, port: u16) {
    a.str("peer.service", name);
    a.str("server.address", address);
    a.int("server.port", port.into());
}

/// A service of the shop that is called.
fn put_service(a: &mut Attributes<'_>, server: &Deployment, rng: &mut Rng) {
    a.str("peer.service", server.name);
    a.text("server.address", format_args!("{}{DOMAIN}", server.name));
    a.int("server.port", server.port.into());
    put_peer(a, server, rng);
}

/// The address of some instance at the other end of a connection.
fn put_peer(a: &mut Attributes<'_>, peer: &Deployment, rng: &mut Rng) {
    let (subnet, host) = (peer.port % 100, 16 + rng.below(peer.instances.into()));
    a.text("network.peer.address", format_args!("10.42.{subnet}.{host}"));
}

fn put_user(a: &mut Attributes<'_>, visit: &Visit) {
    a.text("enduser.id", format_args!("user-{:06}", visit.user));
}

fn put_messaging(a: &mut Attributes<'_>, op: &Operation, rng: &mut Rng) {
    let (topic, operation) = op.words(' ');
    a.str("messaging.system", "kafka");
    a.str("messaging.destination.name", topic);
    a.str("messaging.operation", operation);
    a.int("messaging.kafka.destination.partition", rng.below(24));
}

/// The shop's own attributes: what the operation is about.
pub fn put_subject(a: &mut Attributes<'_>, op: &Operation, visit: &Visit, rng: &mut Rng) {
    match op.subject {
        Subject::Nothing => {}
        Subject::Visitor => {
            put_user(a, visit);
            a.bool("shop.user.premium", visit.user.is_multiple_of(11));
        }
        Subject::Product => {
            a.text("shop.product.id", format_args!("p{}", visit.product));
            if matches!(op.work, Work::Rpc) {
                a.strs("shop.product.tags", visit.product_words());
            }
        }
        Subject::Query => {
            let (colour, thing) = visit.words();
            a.text("shop.search.query", format_args!("{colour} {thing}"));
            if matches!(op.work, Work::Step) {
                let best = 400 + rng.below(600);
                a.doubles(
                    "shop.search.scores",
                    [best, best / 2, best / 3].map(|s| s as f64 / 1000.0),
                );
            }
        }
        Subject::Basket => {
            put_user(a, visit);
            a.int("shop.cart.items", visit.items.into());
            a.double("shop.cart.total", visit.cents as f64 / 100.0);
        }
        Subject::Stock => {
            a.text("shop.product.id", format_args!("p{}", visit.product));
            a.ints("shop.stock.quantities", (0..rng.between(1, 4)).map(|i| visit.product % 97 * i));
        }
        Subject::Order => {
            a.text("shop.order.id", format_args!("o-{:010x}", visit.order));
        }
        Subject::Payment => {
            a.text("shop.order.id", format_args!("o-{:010x}", visit.order));
            let methods = ["card", "card", "invoice", "wallet"];
            a.str("shop.payment.method", methods[rng.below(4) as usize]);
            a.bytes("shop.payment.token", &rng.bits().to_be_bytes());
        }
        Subject::Risk => a.double("shop.fraud.score", rng.popular(1000) as f64 / 1000.0),
        Subject::Parcel => {
            let (city, country) = visit.city();
            a.kvlist("shop.shipping.address", |address| {
                address.str("city", city);
                address.str("country", country);
                address.int("zip", 1000 + visit.user % 8999);
            });
            a.text("shop.order.id", format_args!("o-{:010x}", visit.order));
        }
        Subject::Flags => {
            a.bools("shop.flags", (0..4).map(|flag| visit.user >> flag & 1 == 1));
        }
        Subject::Cache => a.bool("shop.cache.hit", rng.permille(830)),
    }
}
