package blockpack

// OTLPFormat says how OTLP is written.
type OTLPFormat uint32

// The formats of OTLP.
const (
	// OTLPProtobuf: a TracesData message, whose bytes are also those of an ExportTraceServiceRequest.
	// Such messages one behind the other are again one.
	OTLPProtobuf OTLPFormat = 0
	// OTLPJSON: the same as one line of JSON, without the line break.
	OTLPJSON OTLPFormat = 1
)

// OTLP gives the spans of the set as OTLP: all that was sent of each, with its resource and its scope.
// With [Reader.Trace] it gives a whole trace, to a viewer or to another store.
func (s *SpanSet) OTLP(format OTLPFormat) ([]byte, error) {
	return call(&s.handle, func(p cPtr) ([]byte, error) { return cSpanSetOTLP(p, format) })
}
