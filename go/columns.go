package blockpack

// Columns are names of fields, compiled once for reading many spans in any blocks. A name is an
// intrinsic ("span:name"), an attribute with its scope ("span.http.method",
// "resource.service.name") or one without (".http.method": of the span, else of its resource).
//
// What is worked out of a trace (trace:duration, trace:rootName, nestedSetLeft, span:childCount and the
// like) is read from the part of the trace that is in the span's block. Of a trace that lies in several,
// [TraceGraphs.Summaries] and [TraceGraph.Nodes] tell the same as a whole, and so do queries: conditions,
// and the fields that they mention or select.
type Columns struct {
	handle
	names []string
}

// NewColumns compiles names.
func NewColumns(names ...string) (*Columns, error) {
	ptr, err := cColumnsNew(names)
	if err != nil {
		return nil, err
	}
	c := &Columns{names: append([]string(nil), names...)}
	c.hold(ptr, cColumnsFree)
	return c, nil
}

// Len counts the names.
func (c *Columns) Len() int { return len(c.names) }

// Name gives a name as it was given.
func (c *Columns) Name(index int) string { return c.names[index] }
