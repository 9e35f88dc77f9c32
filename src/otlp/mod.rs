//! OTLP traces: read from protobuf without building message objects, and written back.
//!
//! - [`Records`]: the messages of a file or stream, in any of OTLP's formats, as protobuf.
//! - [`decode_traces`]: checks a whole `TracesData` message, then hands its spans to a [`SpanSink`].
//! - [`ResourceRef`], [`ScopeRef`], [`SpanRef`]: borrowed views, filled into reused scratch;
//!   [`SpanHead`] where order and identity are enough.
//! - [`TracesEncoder`]: from views back to a message.
//! - [`json_to_traces`], [`traces_to_json`]: OTLP/JSON in and out.
//! - [`Canonical`]: whether two collections of traces say the same.
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
pub(crate) use to_json::any_to_json;
pub use to_json::traces_to_json;
pub use validate::{validate_resource, validate_scope, validate_span};
