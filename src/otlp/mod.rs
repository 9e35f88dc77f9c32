//! OTLP traces: read from protobuf without building message objects, and written back.
//!
//! - [`ResourceRef`], [`ScopeRef`], [`SpanRef`]: borrowed views, filled into reused scratch.
//! - [`decode_traces`]: checks a whole `TracesData` message, then hands its spans to a [`SpanSink`].
//!
//! `TracesData` and `ExportTraceServiceRequest` are the same bytes on the wire. Field numbers are
//! those of <https://github.com/open-telemetry/opentelemetry-proto>.

mod canonical;
mod decode;
mod detect;
mod dynamic;
mod encode;
mod fill;
mod input;
mod json;
mod model;
mod number;
mod pool;
mod schema;
mod to_json;
mod validate;

pub use canonical::Canonical;
pub use decode::{Decoded, SpanHead, SpanSink, decode_traces, validate_traces};
pub use encode::{TracesEncoder, encode_resource, encode_scope, encode_span};
pub use input::{Compression, Format, InputOptions, Records};
pub use json::json_to_traces;
pub use model::{EventRef, LinkRef, ResourceRef, ScopeRef, SpanRef};
pub use pool::{Pool, Recycle};
pub use to_json::traces_to_json;
pub use validate::{validate_resource, validate_scope, validate_span};
