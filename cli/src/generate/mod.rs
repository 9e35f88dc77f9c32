//! Deterministic, realistic OTLP traces: the traffic of a shop of twenty services.
//!
//! The same seed gives the same bytes on every machine. [`shop`] is the model (services, operations,
//! calls), [`trace`] follows the calls of one request, [`span`] and [`attributes`] write each span, and [`fleet`]
//! batches the spans as exporters and a collector would.

mod attributes;
mod encode;
mod faults;
mod fleet;
mod part;
mod rng;
mod shop;
mod span;
mod trace;
mod visit;

pub use fleet::Request;
pub use part::{Dealer, Part};

use fleet::Fleet;
use rng::Rng;
use shop::{Operation, VISITS, Work};
use std::collections::VecDeque;
use trace::{Context, Message, Trace};
use visit::Visit;

/// When the recorded hour begins: 2026-01-05 09:00 UTC, in nanoseconds since the epoch.
const BEGIN: u64 = 1_767_603_600_000_000_000;
/// Median time between two visits, in nanoseconds.
const BETWEEN_VISITS: u64 = 22_000_000;
/// Median time that a message waits before it is processed, in nanoseconds.
const MESSAGE_WAITS: u64 = 400_000_000;

/// An endless shop, asked for a number of spans: an iterator of export requests.
pub struct Generator {
    rng: Rng,
    fleet: Fleet,
    messages: VecDeque<Message>,
    clock: u64,
    /// Spans to be made yet.
    left: u64,
    traces: u64,
}

impl Generator {
    /// The first `spans` spans of the shop that belongs to `seed`.
    pub fn new(spans: u64, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let fleet = Fleet::new(&mut rng);
        Generator { rng, fleet, messages: VecDeque::new(), clock: BEGIN, left: spans, traces: 0 }
    }

    /// Traces begun so far.
    pub fn traces(&self) -> u64 {
        self.traces
    }

    /// Makes the next trace: processes messages that waited long enough, else a visit.
    fn next_trace(&mut self) {
        match self.messages.front() {
            Some(first) if first.at + MESSAGE_WAITS < self.clock => {
                let consumer = first.consumer;
                self.process(consumer);
            }
            _ => {
                self.clock += self.rng.log_normal(BETWEEN_VISITS);
                let op = self.next_visit();
                let visit = Visit::new(&mut self.rng);
                self.make(op, visit, self.clock, &[]);
            }
        }
    }

    fn next_visit(&mut self) -> &'static Operation {
        let mut ticket = self.rng.below(1000) as u16;
        for (share, op) in &VISITS {
            match ticket.checked_sub(*share) {
                None => return op,
                Some(rest) => ticket = rest,
            }
        }
        VISITS[0].1
    }

    /// Makes a trace in which `consumer` processes the messages that wait for it, the oldest first.
    fn process(&mut self, consumer: &'static Operation) {
        let Work::Process(most) = consumer.work else { return };
        let mut batch = Vec::new();
        self.messages.retain(|message| {
            let take = batch.len() < most.into() && std::ptr::eq(message.consumer, consumer);
            if take {
                batch.push((message.from, message.visit));
            }
            !take
        });
        let links: Vec<Context> = batch.iter().map(|(from, _)| *from).collect();
        if let Some((_, visit)) = batch.first() {
            let start = self.clock + self.rng.log_normal(MESSAGE_WAITS);
            self.make(consumer, *visit, start, &links);
        }
    }

    fn make(&mut self, op: &'static Operation, visit: Visit, start: u64, links: &[Context]) {
        let Generator { rng, fleet, messages, left, .. } = self;
        let spans = Trace::new(visit, *left, rng, fleet, messages).perform_root(op, start, links);
        self.left -= spans;
        self.traces += 1;
    }
}

impl Iterator for Generator {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        while self.left > 0 && !self.fleet.is_due() {
            self.next_trace();
        }
        self.fleet.export(&mut self.rng)
    }
}

#[cfg(test)]
mod tests;
