//! The running instances of the services, and the exporter that carries their spans away.
//!
//! Every instance keeps its ended spans in the order they ended, one list per instrumentation
//! scope. A collector gathers from the instances in turn, those that waited longest first, until it
//! has a batch: so the spans of a trace are spread over several requests, as in real life.

use super::encode::Attributes;
use super::rng::Rng;
use super::shop::{Deployment, Language, SERVICES, Service, Work};
use blockpack::wire::WriteExt;
use std::collections::VecDeque;

/// Spans that wait in all instances together before a request is made up.
const WAITING: u32 = 2000;
/// A request takes whole instances until it has at least this many spans...
const BATCH: (u64, u64) = (200, 420);

/// Schema of the semantic conventions that the spans follow.
const SCHEMA: &str = "https://opentelemetry.io/schemas/1.24.0";

/// Field numbers of `TracesData`, `ResourceSpans`, `ScopeSpans` and what they hold.
mod field {
    pub const RESOURCE_SPANS: u32 = 1;
    pub const RESOURCE: u32 = 1;
    pub const RESOURCE_ATTRIBUTES: u32 = 1;
    pub const SCOPE_SPANS: u32 = 2;
    pub const SCOPE: u32 = 1;
    pub const SCOPE_NAME: u32 = 1;
    pub const SCOPE_VERSION: u32 = 2;
    pub const SPANS: u32 = 2;
    pub const SCHEMA_URL: u32 = 3;
}

/// One process of a service.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    pub service: Service,
    index: u16,
}

/// Which instrumentation library makes the span.
#[derive(Clone, Copy)]
enum Scope {
    Http,
    Rpc,
    Store,
    Messaging,
    App,
}

const SCOPES: [Scope; 5] = [Scope::Http, Scope::Rpc, Scope::Store, Scope::Messaging, Scope::App];

/// Ended spans of one scope, encoded.
#[derive(Default)]
struct Ended {
    bytes: Vec<u8>,
    spans: u32,
}

struct Process {
    deployment: &'static Deployment,
    /// The encoded `Resource`.
    resource: Vec<u8>,
    ended: [Ended; SCOPES.len()],
}

/// All instances of all services.
pub struct Fleet {
    processes: Vec<Process>,
    /// First process of each service.
    first: [u16; SERVICES.len()],
    /// Processes with ended spans, the longest waiting first.
    queue: VecDeque<u16>,
    waiting: u32,
}

/// An export request: a `TracesData` message and how many spans it holds.
pub struct Request {
    pub bytes: Vec<u8>,
    pub spans: u32,
}

impl Fleet {
    /// Starts all instances.
    pub fn new(rng: &mut Rng) -> Self {
        let mut processes = Vec::new();
        let first = std::array::from_fn(|service| {
            let deployment = &SERVICES[service];
            let first = processes.len() as u16;
            for _ in 0..deployment.instances {
                let resource = resource(deployment, rng);
                processes.push(Process { deployment, resource, ended: Default::default() });
            }
            first
        });
        Fleet { processes, first, queue: VecDeque::new(), waiting: 0 }
    }

    /// Some instance of a service.
    pub fn instance(&self, service: Service, rng: &mut Rng) -> Instance {
        let instances = u64::from(service.deployment().instances);
        Instance { service, index: self.first[service as usize] + rng.below(instances) as u16 }
    }

    /// Takes a span that ended in `instance`; `write` appends the fields of the `Span` message.
    pub fn end_span(&mut self, instance: Instance, work: Work, write: impl FnOnce(&mut Vec<u8>)) {
        let process = &mut self.processes[instance.index as usize];
        if process.ended.iter().all(|e| e.spans == 0) {
            self.queue.push_back(instance.index);
        }
        let ended = &mut process.ended[Scope::of(work) as usize];
        ended.bytes.put_message_field(field::SPANS, write);
        ended.spans += 1;
        self.waiting += 1;
    }

    /// Whether enough spans wait for a request.
    pub fn is_due(&self) -> bool {
        self.waiting >= WAITING
    }

    /// Gathers a batch; `None` if no span waits.
    pub fn export(&mut self, rng: &mut Rng) -> Option<Request> {
        let wanted = rng.between(BATCH.0, BATCH.1) as u32;
        let mut request = Request { bytes: Vec::new(), spans: 0 };
        while request.spans < wanted
            && let Some(index) = self.queue.pop_front()
        {
            request.spans += self.processes[index as usize].export(&mut request.bytes);
        }
        self.waiting -= request.spans;
        (request.spans > 0).then_some(request)
    }
}

impl Process {
    /// Appends a `ResourceSpans` with all ended spans and forgets them.
    fn export(&mut self, request: &mut Vec<u8>) -> u32 {
        let mut spans = 0;
        let language = self.deployment.language;
        request.put_message_field(field::RESOURCE_SPANS, |message| {
            message.put_bytes_field(field::RESOURCE, &self.resource);
            for (scope, ended) in SCOPES.iter().zip(&mut self.ended) {
                if ended.spans == 0 {
                    continue;
                }
                message.put_message_field(field::SCOPE_SPANS, |message| {
                    message.put_message_field(field::SCOPE, |body| {
                        let (name, version) = scope.library(language);
                        body.put_bytes_field(field::SCOPE_NAME, name.as_bytes());
                        body.put_bytes_field(field::SCOPE_VERSION, version.as_bytes());
                    });
                    message.extend_from_slice(&ended.bytes);
                    message.put_bytes_field(field::SCHEMA_URL, SCHEMA.as_bytes());
                });
                spans += ended.spans;
                ended.bytes.clear();
                ended.spans = 0;
            }
            message.put_bytes_field(field::SCHEMA_URL, SCHEMA.as_bytes());
        });
        spans
    }
}

impl Scope {
    fn of(work: Work) -> Self {
        match work {
            Work::Http | Work::Fetch(..) => Scope::Http,
            Work::Rpc => Scope::Rpc,
            Work::Sql(_) | Work::Redis(_) => Scope::Store,
            Work::Publish(_) | Work::Process(_) => Scope::Messaging,
            Work::Step => Scope::App,
        }
    }

    /// Name and version of the library that instruments this in a language.
    fn library(self, language: Language) -> (&'static str, &'static str) {
        use Language::*;
        match (language, self) {
            (_, Scope::App) => ("shop", "1.0.0"),
            (Go, Scope::Http) => {
                ("go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp", "0.63.0")
            }
            (Go, Scope::Rpc) => (
                "go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc",
                "0.63.0",
            ),
            (Go, Scope::Store) => ("github.com/XSAM/otelsql", "0.39.0"),
            (Go, Scope::Messaging) => ("github.com/twmb/franz-go/plugin/kotel", "1.6.0"),
            (Java, Scope::Http) => ("io.opentelemetry.tomcat-10.0", "2.20.1"),
            (Java, Scope::Rpc) => ("io.opentelemetry.grpc-1.6", "2.20.1"),
            (Java, Scope::Store) => ("io.opentelemetry.jdbc", "2.20.1"),
            (Java, Scope::Messaging) => ("io.opentelemetry.kafka-clients-0.11", "2.20.1"),
            (Nodejs, Scope::Http) => ("@opentelemetry/instrumentation-http", "0.205.0"),
            (Nodejs, Scope::Rpc) => ("@opentelemetry/instrumentation-grpc", "0.205.0"),
            (Nodejs, Scope::Store) => ("@opentelemetry/instrumentation-pg", "0.58.0"),
            (Nodejs, Scope::Messaging) => ("@opentelemetry/instrumentation-kafkajs", "0.15.0"),
            (Python, Scope::Http) => ("opentelemetry.instrumentation.requests", "0.58b0"),
            (Python, Scope::Rpc) => ("opentelemetry.instrumentation.grpc", "0.58b0"),
            (Python, Scope::Store) => ("opentelemetry.instrumentation.psycopg", "0.58b0"),
            (Python, Scope::Messaging) => {
                ("opentelemetry.instrumentation.confluent_kafka", "0.58b0")
            }
            (Dotnet, Scope::Http) => ("OpenTelemetry.Instrumentation.AspNetCore", "1.12.0"),
            (Dotnet, Scope::Rpc) => ("OpenTelemetry.Instrumentation.GrpcNetClient", "1.12.0"),
            (Dotnet, Scope::Store) => {
                ("OpenTelemetry.Instrumentation.StackExchangeRedis", "1.12.0")
            }
            (Dotnet, Scope::Messaging) => ("Confluent.Kafka", "0.1.0"),
        }
    }
}

/// The encoded `Resource` of a new process.
fn resource(deployment: &Deployment, rng: &mut Rng) -> Vec<u8> {
    let pod = rng.bits();
    let region = *rng.pick(&["eu-west-1", "eu-central-1"]);
    let mut message = Vec::new();
    let mut attributes = Attributes::new(&mut message, field::RESOURCE_ATTRIBUTES);
    attributes.str("service.name", deployment.name);
    attributes.str("service.version", deployment.version);
    attributes.text(
        "service.instance.id",
        format_args!(
            "{:08x}-{:04x}-4{:03x}-9{:03x}-{:012x}",
            rng.bits() as u32,
            rng.bits() as u16,
            rng.bits() & 0xfff,
            rng.bits() & 0xfff,
            rng.bits() & 0xffff_ffff_ffff
        ),
    );
    attributes.str("deployment.environment", "production");
    attributes.str("telemetry.sdk.language", deployment.language.name());
    attributes.text(
        "k8s.pod.name",
        format_args!("{}-{:08x}-{:05x}", deployment.name, pod as u32, pod >> 44),
    );
    attributes.str("cloud.region", region);
    attributes.int("process.pid", rng.between(1, 4000));
    message
}

impl Language {
    /// As `telemetry.sdk.language` says it.
    fn name(self) -> &'static str {
        match self {
            Language::Go => "go",
            Language::Java => "java",
            Language::Nodejs => "nodejs",
            Language::Python => "python",
            Language::Dotnet => "dotnet",
        }
    }
}
