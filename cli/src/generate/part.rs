//! Spans dealt out to several outputs, so that traces lie in all of them.

use blockpack::Result;
use blockpack::otlp::{ResourceRef, ScopeRef, SpanSink, TracesEncoder, decode_traces};

/// One of several parts of a stream of requests: each gets a span in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    index: u64,
    count: u64,
}

impl Part {
    /// Parses `2/3`: the second of three.
    pub fn parse(text: &str) -> std::result::Result<Part, String> {
        let numbers = text.split_once('/').and_then(|(index, count)| {
            Some((index.parse::<u64>().ok()?, count.parse::<u64>().ok()?))
        });
        match numbers {
            Some((index, count)) if 0 < index && index <= count => {
                Ok(Part { index: index - 1, count })
            }
            _ => Err("write the first of two parts as 1/2".into()),
        }
    }
}

/// Takes a part out of requests.
pub struct Dealer {
    part: Part,
    /// Spans seen.
    seen: u64,
    /// Spans taken.
    pub taken: u64,
    encoder: TracesEncoder,
}

impl Dealer {
    pub fn new(part: Part) -> Dealer {
        Dealer { part, seen: 0, taken: 0, encoder: TracesEncoder::new() }
    }

    /// The request with the part's spans alone.
    pub fn deal(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        decode_traces(request, self)?;
        Ok(self.encoder.finish())
    }
}

impl SpanSink for Dealer {
    fn resource(&mut self, resource: &ResourceRef<'_>) -> Result<()> {
        self.encoder.resource(resource);
        Ok(())
    }

    fn scope(&mut self, scope: &ScopeRef<'_>) -> Result<()> {
        self.encoder.scope(scope);
        Ok(())
    }

    fn span(&mut self, raw: &[u8]) -> Result<()> {
        if self.seen % self.part.count == self.part.index {
            self.encoder.raw_span(raw);
            self.taken += 1;
        }
        self.seen += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_numbered_from_one() {
        assert_eq!(Part::parse("2/3"), Ok(Part { index: 1, count: 3 }));
        for wrong in ["", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3"] {
            assert!(Part::parse(wrong).is_err(), "{wrong}");
        }
    }
}
