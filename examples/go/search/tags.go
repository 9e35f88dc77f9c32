package main

import (
	"net/http"
	"slices"
	"strings"

	"github.com/libblockpack/libblockpack/go"
)

// maxTagValues is how many values of a field are given if the client does not say.
const maxTagValues = 1_000

// intrinsics are the fields that every span, event and so on has.
var intrinsics = []string{"duration", "event:name", "event:timeSinceStart", "instrumentation:name",
	"instrumentation:version", "kind", "name", "rootName", "rootServiceName", "span:duration", "span:kind",
	"span:name", "span:status", "span:statusMessage", "status", "statusMessage", "trace:duration",
	"trace:rootName", "trace:rootService", "traceDuration"}

// scopes are what attributes are attributes of, by the names that UIs have for them.
var scopes = []struct {
	name  string
	scope blockpack.Scope
}{
	{"resource", blockpack.ScopeResource},
	{"span", blockpack.ScopeSpan},
	{"event", blockpack.ScopeEvent},
	{"link", blockpack.ScopeLink},
	{"instrumentation", blockpack.ScopeInstrumentation},
}

const intrinsicScope = "intrinsic"

type scopeTags struct {
	Name string   `json:"name"`
	Tags []string `json:"tags"`
}

// tagNamesByScope lists the keys of attributes, scope by scope, and the intrinsic fields.
func (s *service) tagNamesByScope(w http.ResponseWriter, r *http.Request) error {
	byScope, err := s.tags(r.FormValue("scope"))
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]any{"scopes": byScope})
}

// tagNames lists the keys of attributes of all scopes.
func (s *service) tagNames(w http.ResponseWriter, r *http.Request) error {
	byScope, err := s.tags(r.FormValue("scope"))
	if err != nil {
		return err
	}
	names := []string{}
	for _, scope := range byScope {
		if scope.Name != intrinsicScope || r.FormValue("scope") == intrinsicScope {
			names = append(names, scope.Tags...)
		}
	}
	slices.Sort(names)
	return writeJSON(w, map[string]any{"tagNames": slices.Compact(names)})
}

// tags lists the keys of one scope, or of all.
func (s *service) tags(wanted string) ([]scopeTags, error) {
	view, err := s.store.view()
	if err != nil {
		return nil, err
	}
	defer view.drop()
	all := []scopeTags{}
	for _, scope := range scopes {
		if wanted != "" && wanted != "none" && wanted != scope.name {
			continue
		}
		names, err := view.blocks.TagNames(scope.scope)
		if err != nil {
			return nil, err
		}
		tags := scopeTags{Name: scope.name, Tags: []string{}}
		for _, name := range names {
			tags.Tags = append(tags.Tags, name.Key)
		}
		all = append(all, tags)
	}
	if wanted == "" || wanted == "none" || wanted == intrinsicScope {
		all = append(all, scopeTags{Name: intrinsicScope, Tags: intrinsics})
	}
	if len(all) == 0 {
		return nil, wrong("there is no scope %q", wanted)
	}
	return all, nil
}

type typedValue struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// typedTagValues lists the values of a field, which is named as in queries.
func (s *service) typedTagValues(w http.ResponseWriter, r *http.Request) error {
	values, err := s.valuesOf(r, r.PathValue("name"))
	if err != nil {
		return err
	}
	typed := []typedValue{}
	for _, value := range values {
		typed = append(typed, typedValue{Type: typeOf(value), Value: value.String()})
	}
	return writeJSON(w, map[string]any{"tagValues": typed})
}

// tagValues lists the values of an attribute of any scope, or of an intrinsic field.
func (s *service) tagValues(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if !slices.Contains(intrinsics, name) {
		name = "." + strings.TrimPrefix(name, ".")
	}
	values, err := s.valuesOf(r, name)
	if err != nil {
		return err
	}
	texts := []string{}
	for _, value := range values {
		texts = append(texts, value.String())
	}
	return writeJSON(w, map[string]any{"tagValues": texts})
}

// valuesOf gives the values of a field; with the parameter q only those of the spans that it finds.
func (s *service) valuesOf(r *http.Request, name string) ([]blockpack.Value, error) {
	options := blockpack.TagOptions{Search: blockpack.SearchOptions{Budget: s.budget}}
	var err error
	if options.Limit, err = intParameter(r, "limit"); err != nil {
		return nil, err
	}
	if options.Limit == 0 {
		options.Limit = maxTagValues
	}
	if options.Search.Start, options.Search.End, err = timesParameter(r); err != nil {
		return nil, err
	}
	// UIs send what is being typed. While that is no query, all values are offered.
	if filter, err := compile(r.FormValue("q")); err == nil {
		defer filter.Close()
		if filter.String() != "{ }" && !filter.MakesSeries() {
			options.Filter = filter
		}
	}
	view, err := s.store.view()
	if err != nil {
		return nil, err
	}
	defer view.drop()
	values, _, err := view.blocks.TagValues(r.Context(), name, options)
	return values, err
}

// typeOf names a value's type so that UIs know how to write it in a query.
func typeOf(value blockpack.Value) string {
	switch value.Kind() {
	case blockpack.KindBool:
		return "bool"
	case blockpack.KindInt, blockpack.KindUint:
		return "int"
	case blockpack.KindFloat:
		return "float"
	case blockpack.KindDuration:
		return "duration"
	case blockpack.KindSpanKind, blockpack.KindSpanStatus:
		return "keyword"
	}
	return "string"
}
