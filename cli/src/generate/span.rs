//! A span as an OTLP message.

use super::attributes::{put_conventions, put_subject};
use super::encode::Attributes;
use super::faults::{self, Fault};
use super::rng::Rng;
use super::shop::{Language, Operation, Service, Subject, Work};
use super::trace::Context;
use super::visit::Visit;
use blockpack::wire::WriteExt;

/// Field numbers of `Span` and of the messages in it.
mod field {
    pub const TRACE_ID: u32 = 1;
    pub const SPAN_ID: u32 = 2;
    pub const TRACE_STATE: u32 = 3;
    pub const PARENT_SPAN_ID: u32 = 4;
    pub const NAME: u32 = 5;
    pub const KIND: u32 = 6;
    pub const START: u32 = 7;
    pub const END: u32 = 8;
    pub const ATTRIBUTES: u32 = 9;
    pub const EVENTS: u32 = 11;
    pub const LINKS: u32 = 13;
    pub const STATUS: u32 = 15;
    pub const FLAGS: u32 = 16;

    pub const EVENT_TIME: u32 = 1;
    pub const EVENT_NAME: u32 = 2;
    pub const EVENT_ATTRIBUTES: u32 = 3;
    pub const LINK_TRACE_ID: u32 = 1;
    pub const LINK_SPAN_ID: u32 = 2;
    pub const LINK_ATTRIBUTES: u32 = 4;
    pub const STATUS_MESSAGE: u32 = 2;
    pub const STATUS_CODE: u32 = 3;
}

/// OTLP's numbers for span kinds and the error status.
const INTERNAL: u64 = 1;
const SERVER: u64 = 2;
const CLIENT: u64 = 3;
const PRODUCER: u64 = 4;
const CONSUMER: u64 = 5;
const STATUS_OK: u64 = 1;
const STATUS_ERROR: u64 = 2;

/// W3C flag "sampled", and OTLP's two bits that tell whether the parent is remote.
const SAMPLED: u32 = 1;
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// Which side of a call a span is on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Does the work.
    Worker,
    /// Has another service do it.
    Caller,
}

/// An ended span.
pub struct Span<'a> {
    pub context: Context,
    pub parent: Option<[u8; 8]>,
    pub role: Role,
    pub op: &'static Operation,
    pub links: &'a [Context],
    pub start: u64,
    pub end: u64,
    pub fault: Option<&'static Fault>,
    /// Whether the fault happened in this very span.
    pub origin: bool,
    /// Status that the server answered, in its protocol.
    pub status: u16,
}

impl Span<'_> {
    /// Appends the fields of the `Span` message.
    pub fn write(&self, message: &mut Vec<u8>, service: Service, visit: &Visit, rng: &mut Rng) {
        message.put_bytes_field(field::TRACE_ID, &self.context.trace);
        message.put_bytes_field(field::SPAN_ID, &self.context.span);
        if visit.has_monitor() {
            message.put_bytes_field(field::TRACE_STATE, b"rum=1");
        }
        if let Some(parent) = self.parent {
            message.put_bytes_field(field::PARENT_SPAN_ID, &parent);
        }
        message.put_bytes_field(field::NAME, self.name().as_bytes());
        message.put_varint_field(field::KIND, self.kind());
        message.put_fixed64_field(field::START, self.start);
        message.put_fixed64_field(field::END, self.end);
        let mut attributes = Attributes::new(message, field::ATTRIBUTES);
        put_conventions(&mut attributes, self, service, visit, rng);
        if self.role == Role::Worker {
            put_subject(&mut attributes, self.op, visit, rng);
        }
        if let Some(error_type) = self.error_type() {
            error_type.put(&mut attributes);
        }
        self.put_events(message, service, rng);
        self.put_links(message);
        self.put_status(message, service);
        message.put_fixed32_field(field::FLAGS, self.flags(service));
    }

    /// The span's name; callers of an HTTP operation know only its method.
    fn name(&self) -> &'static str {
        match (self.role, self.op.work) {
            (Role::Caller, Work::Http) => self.op.words(' ').0,
            _ => self.op.name,
        }
    }

    fn kind(&self) -> u64 {
        match (self.role, self.op.work) {
            (Role::Caller, _) | (_, Work::Sql(_) | Work::Redis(_) | Work::Fetch(..)) => CLIENT,
            (_, Work::Http | Work::Rpc) => SERVER,
            (_, Work::Publish(_)) => PRODUCER,
            (_, Work::Process(_)) => CONSUMER,
            (_, Work::Step) => INTERNAL,
        }
    }

    fn flags(&self, service: Service) -> u32 {
        match service.deployment().language {
            // SDKs that do not tell yet whether the parent is remote.
            Language::Nodejs | Language::Python => SAMPLED,
            _ if self.kind() == SERVER && self.parent.is_some() => {
                SAMPLED | HAS_IS_REMOTE | IS_REMOTE
            }
            _ => SAMPLED | HAS_IS_REMOTE,
        }
    }

    /// What `error.type` says, if the span failed.
    fn error_type(&self) -> Option<ErrorType> {
        match self.fault {
            Some(fault) if self.origin => Some(ErrorType::Known(fault.error_type)),
            Some(_) | None if self.is_refused_by_server() => Some(ErrorType::Status(self.status)),
            Some(fault) => Some(ErrorType::Known(fault.error_type)),
            None => None,
        }
    }

    /// Whether this is an HTTP client whose server answered that the request is wrong or failed.
    fn is_refused_by_server(&self) -> bool {
        self.role == Role::Caller && matches!(self.op.work, Work::Http) && self.status >= 400
    }

    fn put_status(&self, message: &mut Vec<u8>, service: Service) {
        let text = match self.fault {
            Some(fault) => fault.message,
            None if self.is_refused_by_server() => "",
            // The Java services set the status by hand when work succeeds.
            None if service.deployment().language == Language::Java
                && matches!(self.op.work, Work::Rpc) =>
            {
                return message.put_message_field(field::STATUS, |s| {
                    s.put_varint_field(field::STATUS_CODE, STATUS_OK)
                });
            }
            None => return,
        };
        message.put_message_field(field::STATUS, |status| {
            if !text.is_empty() {
                status.put_bytes_field(field::STATUS_MESSAGE, text.as_bytes());
            }
            status.put_varint_field(field::STATUS_CODE, STATUS_ERROR);
        });
    }

    fn put_events(&self, message: &mut Vec<u8>, service: Service, rng: &mut Rng) {
        let time = self.start + (self.end - self.start) / 16 * rng.between(2, 15);
        if let Some(fault) = self.fault.filter(|_| self.origin) {
            let (exception, stack) = faults::exception(service.deployment().language);
            put_event(message, time, "exception", |a| {
                a.str("exception.type", exception);
                a.str("exception.message", fault.message);
                let text = fault.message;
                a.text("exception.stacktrace", format_args!("{exception}: {text}{stack}"));
            });
        }
        match self.op.subject {
            Subject::Payment if self.role == Role::Worker && self.fault.is_none() => {
                put_event(message, time, "payment authorized", |a| {
                    a.int("shop.payment.risk_level", rng.below(4));
                });
            }
            Subject::Stock if self.role == Role::Worker && rng.permille(60) => {
                put_event(message, time, "stock low", |a| {
                    a.int("shop.stock.left", rng.below(5));
                });
            }
            _ => {}
        }
    }

    fn put_links(&self, message: &mut Vec<u8>) {
        for cause in self.links {
            message.put_message_field(field::LINKS, |link| {
                link.put_bytes_field(field::LINK_TRACE_ID, &cause.trace);
                link.put_bytes_field(field::LINK_SPAN_ID, &cause.span);
                Attributes::new(link, field::LINK_ATTRIBUTES).str("shop.link.reason", "caused by");
            });
        }
    }
}

/// What an `error.type` attribute says.
enum ErrorType {
    Known(&'static str),
    Status(u16),
}

impl ErrorType {
    fn put(&self, a: &mut Attributes<'_>) {
        match self {
            ErrorType::Known(text) => a.str("error.type", text),
            ErrorType::Status(status) => a.text("error.type", format_args!("{status}")),
        }
    }
}

fn put_event(message: &mut Vec<u8>, time: u64, name: &str, fill: impl FnOnce(&mut Attributes<'_>)) {
    message.put_message_field(field::EVENTS, |event| {
        event.put_fixed64_field(field::EVENT_TIME, time);
        event.put_bytes_field(field::EVENT_NAME, name.as_bytes());
        fill(&mut Attributes::new(event, field::EVENT_ATTRIBUTES));
    });
}
