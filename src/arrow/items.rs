//! Events and links: lists of structs.

use super::array::Array;
use super::build::{Builder, Ends};
use super::json::attributes_to_json;
use super::schema::{DataType, Schema};
use super::view::id_type;
use crate::block::{Attributes, Block, Table};
use crate::error::Result;
use crate::fields::SpanRow;
use crate::name::Intrinsic;
use crate::value::ValueRef;

/// A column of events or of links.
pub(super) struct Items {
    events: bool,
    /// Members of the struct before its attributes.
    members: Vec<(&'static str, DataType, Intrinsic)>,
}

/// Builds the structs of one column, item by item.
struct Structs {
    members: Vec<Builder>,
    attributes: Builder,
    json: Vec<u8>,
    count: usize,
}

impl Items {
    pub fn events() -> Items {
        let members = vec![
            ("name", DataType::Text, Intrinsic::EventName),
            ("time", DataType::Timestamp, Intrinsic::EventTime),
            ("dropped_attributes", DataType::U64, Intrinsic::EventDroppedAttributes),
        ];
        Items { events: true, members }
    }

    /// `odd` says whether there are trace ids and span ids of a length that OTLP does not allow.
    pub fn links(odd: [bool; 2]) -> Items {
        let id = |intrinsic, odd| id_type(intrinsic, odd);
        let members = vec![
            ("trace_id", id(Intrinsic::LinkTraceId, odd[0]), Intrinsic::LinkTraceId),
            ("span_id", id(Intrinsic::LinkSpanId, odd[1]), Intrinsic::LinkSpanId),
            ("trace_state", DataType::Text, Intrinsic::LinkTraceState),
            ("flags", DataType::U64, Intrinsic::LinkFlags),
            ("dropped_attributes", DataType::U64, Intrinsic::LinkDroppedAttributes),
        ];
        Items { events: false, members }
    }

    /// The table that they are rows of.
    pub fn table(&self) -> Table {
        if self.events { Table::Event } else { Table::Link }
    }

    pub fn schema(&self) -> Schema {
        let members = self.members.iter().map(|(name, data_type, _)| data_type.schema(name));
        let members = members.chain([DataType::Json.schema("attributes")]).collect();
        let name = if self.events { "event" } else { "link" };
        Schema::list(name, Schema::record("item", false, members))
    }

    /// The items of each row of `block`.
    pub fn array(&self, block: &Block, rows: &[u32]) -> Result<Array> {
        let mut ends = Ends::new();
        let mut structs = Structs::new(self);
        for &row in rows {
            let span = SpanRow::new(block, row)?;
            match self.events {
                true => {
                    for event in span.events()? {
                        structs.push(self, event.attributes()?, |i| event.intrinsic(i))?;
                    }
                }
                false => {
                    for link in span.links()? {
                        structs.push(self, link.attributes()?, |i| link.intrinsic(i))?;
                    }
                }
            }
            ends.push(structs.count)?;
        }
        let mut array = Array::full(rows.len(), [ends.finish()]);
        array.children.push(structs.finish());
        Ok(array)
    }
}

impl Structs {
    fn new(items: &Items) -> Self {
        let members = items.members.iter().map(|(_, data_type, _)| Builder::new(data_type));
        Structs {
            members: members.collect(),
            attributes: Builder::new(&DataType::Text),
            json: Vec::new(),
            count: 0,
        }
    }

    fn push<'b>(
        &mut self,
        items: &Items,
        attributes: Attributes<'b>,
        intrinsic: impl Fn(Intrinsic) -> Result<Option<ValueRef<'b>>>,
    ) -> Result<()> {
        for (builder, (_, _, member)) in self.members.iter_mut().zip(&items.members) {
            builder.push(intrinsic(*member)?)?;
        }
        self.json.clear();
        attributes_to_json(attributes, &mut self.json)?;
        self.attributes.push(Some(ValueRef::Str(&self.json)))?;
        self.count += 1;
        Ok(())
    }

    fn finish(self) -> Array {
        let members = self.members.into_iter().chain([self.attributes]);
        Array::record(self.count, members.map(Builder::finish).collect())
    }
}
