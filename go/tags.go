package blockpack

import "context"

// Scope is what an attribute is an attribute of.
type Scope uint32

// The scopes of attributes.
const (
	// ScopeAny is all of the following.
	ScopeAny Scope = 0
	// ScopeSpan is the span.
	ScopeSpan Scope = 1
	// ScopeResource is the resource that the span comes from.
	ScopeResource Scope = 2
	// ScopeInstrumentation is the instrumentation scope that made the span.
	ScopeInstrumentation Scope = 3
	// ScopeEvent is the span's events.
	ScopeEvent Scope = 4
	// ScopeLink is the span's links.
	ScopeLink Scope = 5
)

// TagName is an attribute that some span, resource, event and so on has.
type TagName struct {
	// Name is its name in queries, as in "span.http.method".
	Name string
	// Key is its key alone.
	Key string
	// Scope is what has it; never ScopeAny.
	Scope Scope
	// Kinds are the kinds of its values.
	Kinds []Kind
	// Values is the number of values in all blocks; one that a resource has counts once a block.
	Values uint64
}

// TagNames lists the attributes of a scope that anything in the blocks has, by scope and key. No span
// is looked at.
func (b *Blocks) TagNames(scope Scope) ([]TagName, error) {
	return call(&b.handle, func(p cPtr) ([]TagName, error) { return cTagNames(p, scope) })
}

// TagOptions are which values of a field are given. Zero is the default of every field.
type TagOptions struct {
	// Filter is a query that finds the spans whose values count; nil for all spans.
	Filter *Query
	// Limit is how many values to give at most; all if 0.
	Limit int
	// Search is how the filter is run; its limits of traces and spans do not count.
	Search SearchOptions
}

// TagValues lists the values that a field has, each once: by kind, then in their order; of arrays,
// their items. It tells, too, whether there are more than the limit let through. Without a filter,
// values come from dictionaries where the field has them. It ends early when the context does, as
// [Query.Search] says.
func (b *Blocks) TagValues(ctx context.Context, name string, options TagOptions) (values []Value, cutOff bool, err error) {
	stop, err := newStopper(ctx)
	if err != nil {
		return nil, false, err
	}
	defer stop.close()
	options.Search.Limit = max(options.Limit, 0)
	run := func(blocks, filter cPtr) (struct{}, error) {
		_, err := options.Search.call(stop, func(raw rawSearchOptions) (cPtr, error) {
			var err error
			values, cutOff, err = cTagValues(blocks, name, filter, raw)
			return nil, err
		})
		return struct{}{}, err
	}
	if options.Filter != nil {
		_, err = callTwo(&b.handle, &options.Filter.handle, run)
	} else {
		_, err = call(&b.handle, func(p cPtr) (struct{}, error) { return run(p, nil) })
	}
	return values, cutOff, stop.explain(err)
}
