//! One trace: follows the calls of an operation and hands each span over as it ends.
//!
//! A span is begun (its id drawn) before its children and ended after them, so children lie within
//! their parent's time and every parent is there.

use super::attributes;
use super::faults::{self, Fault};
use super::fleet::{Fleet, Instance};
use super::rng::Rng;
use super::shop::{Call, Operation, Service, Subject, Times, Work};
use super::span::{Role, Span};
use super::visit::Visit;
use std::collections::VecDeque;

/// No trace gets more spans than this.
const MOST_SPANS: u64 = 480;
/// One way over the network, median.
const NETWORK_NS: u64 = 180_000;
/// How many of a thousand spans meet a lock, a collection or a full queue, and how much longer it takes.
const SLOW_PERMILLE: u32 = 6;
const SLOW_FACTOR: u64 = 12;
/// How many of a thousand failures of a call fail the caller too; it copes with the others.
const PROPAGATES_PERMILLE: u32 = 600;

/// A span's place in the world.
#[derive(Clone, Copy)]
pub struct Context {
    pub trace: [u8; 16],
    pub span: [u8; 8],
}

/// A published message that nobody has processed yet.
pub struct Message {
    pub consumer: &'static Operation,
    pub from: Context,
    pub visit: Visit,
    /// When it was published.
    pub at: u64,
}

/// How an operation went.
struct Outcome {
    end: u64,
    fault: Option<&'static Fault>,
    /// Status that the server answered, in its protocol.
    status: u16,
}

/// A trace that is being made.
pub struct Trace<'a> {
    id: [u8; 16],
    visit: Visit,
    /// Spans that may still begin.
    room: u64,
    rng: &'a mut Rng,
    fleet: &'a mut Fleet,
    messages: &'a mut VecDeque<Message>,
}

impl<'a> Trace<'a> {
    /// An empty trace of at most `room` spans.
    pub fn new(
        visit: Visit,
        room: u64,
        rng: &'a mut Rng,
        fleet: &'a mut Fleet,
        messages: &'a mut VecDeque<Message>,
    ) -> Self {
        let id = ((u128::from(rng.bits() | 1) << 64) | u128::from(rng.bits())).to_be_bytes();
        Trace { id, visit, room: room.min(MOST_SPANS), rng, fleet, messages }
    }

    /// Performs the operation that the trace consists of, from `start` on; it was caused by
    /// `links`. Returns the number of spans made.
    pub fn perform_root(mut self, op: &'static Operation, start: u64, links: &[Context]) -> u64 {
        let room = self.room;
        let at = self.fleet.instance(op.at.unwrap_or(Service::Gateway), self.rng);
        self.perform(op, at, None, links, start);
        room - self.room
    }

    /// The id of a new span; `None` if the trace is full.
    fn begin(&mut self) -> Option<[u8; 8]> {
        self.room = self.room.checked_sub(1)?;
        Some((self.rng.bits() | 1).to_be_bytes())
    }

    /// Calls `op`: over the network if another service does it, else here.
    fn call(
        &mut self,
        op: &'static Operation,
        here: Instance,
        parent: [u8; 8],
        start: u64,
    ) -> Option<Outcome> {
        let Some(service) = op.at else {
            return self.perform(op, here, Some(parent), &[], start);
        };
        let id = self.begin()?;
        let there = self.fleet.instance(service, self.rng);
        let arrived = start + self.rng.log_normal(NETWORK_NS);
        let served = self.perform(op, there, Some(id), &[], arrived);
        let Outcome { end, fault, status } =
            served.unwrap_or(Outcome { end: arrived, fault: None, status: 0 });
        let end = end + self.rng.log_normal(NETWORK_NS);
        let span = Span {
            context: Context { trace: self.id, span: id },
            parent: Some(parent),
            role: Role::Caller,
            op,
            links: &[],
            start,
            end,
            fault,
            origin: false,
            status,
        };
        self.end(here, &span);
        Some(Outcome { end, fault, status })
    }

    /// Does the work of `op` in `here`, with everything it calls.
    fn perform(
        &mut self,
        op: &'static Operation,
        here: Instance,
        parent: Option<[u8; 8]>,
        links: &[Context],
        start: u64,
    ) -> Option<Outcome> {
        let id = self.begin()?;
        let mut own = self.rng.log_normal(u64::from(op.micros) * 1000);
        if self.rng.permille(SLOW_PERMILLE) {
            own *= SLOW_FACTOR;
        }
        let piece = own / (op.calls.len() as u64 + 1);
        let mut clock = start + piece;
        let mut fault = None;
        for call in op.calls {
            (clock, fault) = self.follow(call, here, id, clock);
            if fault.is_some() {
                break;
            }
            clock += piece;
        }
        let mut origin = false;
        if fault.is_none() {
            fault = faults::strike(op.work, self.rng);
            origin = fault.is_some();
        }
        let status = attributes::answer(op, fault, self.rng);
        let context = Context { trace: self.id, span: id };
        let role = Role::Worker;
        let span =
            Span { context, parent, role, op, links, start, end: clock, fault, origin, status };
        self.end(here, &span);
        if let Work::Publish(consumer) = op.work
            && fault.is_none()
        {
            let visit = self.visit;
            self.messages.push_back(Message { consumer, from: context, visit, at: clock });
        }
        Some(Outcome { end: clock, fault, status })
    }

    /// Makes a call as often as it happens; returns when the last has ended, and the fault that the
    /// caller cannot cope with.
    fn follow(
        &mut self,
        call: &Call,
        here: Instance,
        parent: [u8; 8],
        start: u64,
    ) -> (u64, Option<&'static Fault>) {
        if !self.rng.permille(call.permille.into()) {
            return (start, None);
        }
        let (count, at_once) = match call.times {
            Times::Once => (1, false),
            Times::Loop(most) => (self.rng.repeats(most), false),
            Times::FanOut(most) => (self.rng.repeats(most), true),
            Times::Bulk(least, most) => (self.rng.between(least.into(), most.into()) as u32, false),
        };
        let visit = self.visit;
        let mut last = start;
        for i in 0..u64::from(count) {
            if i > 0 && call.to.subject == Subject::Product {
                self.visit.next_product(self.rng);
            }
            let begin = if at_once { start + i * 5000 } else { last };
            let Some(outcome) = self.call(call.to, here, parent, begin) else { break };
            last = last.max(outcome.end);
            if outcome.fault.is_some() && self.rng.permille(PROPAGATES_PERMILLE) {
                self.visit = visit;
                return (last, outcome.fault);
            }
        }
        self.visit = visit;
        (last, None)
    }

    /// Hands an ended span over.
    fn end(&mut self, at: Instance, span: &Span<'_>) {
        let (visit, rng) = (&self.visit, &mut *self.rng);
        self.fleet
            .end_span(at, span.op.work, |message| span.write(message, at.service, visit, rng));
    }
}
