package blockpack

import "time"

// ServiceGraph is the calls between services. It holds no blocks.
//
// A call is a span whose parent is of another service, or whose kind is server or consumer where its
// parent's is client or producer. Where both sides of a call have one span id, as Zipkin records them,
// the server's span is called by the client's. Durations and errors are those of the called side.
type ServiceGraph struct {
	handle
	services []string
	edges    []ServiceEdge
}

// ServiceEdge is the calls of one service by another, or by itself. Quantiles are exact: the duration
// of the nearest rank.
type ServiceEdge struct {
	// Caller is the name of the service that calls; empty for spans without one.
	Caller string
	// Callee is the name of the service that is called, likewise.
	Callee string
	// Calls is the number of calls.
	Calls uint64
	// Errors is the number of calls with the status "error".
	Errors uint64
	// P50 is what half of the calls do not exceed.
	P50 time.Duration
	// P95 is what 95 % of the calls do not exceed.
	P95 time.Duration
	// P99 is what 99 % of the calls do not exceed.
	P99 time.Duration
	// Max is how long the longest call took.
	Max time.Duration
}

// ServiceGraph finds the calls between services in all these traces.
func (g *TraceGraphs) ServiceGraph() (*ServiceGraph, error) {
	ptr, err := call(&g.handle, cTraceGraphsServiceGraph)
	if err != nil {
		return nil, err
	}
	s := new(ServiceGraph)
	if s.edges, err = cServiceGraphEdges(ptr); err == nil {
		s.services, err = cServiceGraphServices(ptr)
	}
	if err != nil {
		cServiceGraphFree(ptr)
		return nil, err
	}
	s.hold(ptr, cServiceGraphFree)
	return s, nil
}

// Edges gives the calls, by name of the caller, then of the callee; also when the graph is closed. The
// slice must not be changed.
func (s *ServiceGraph) Edges() []ServiceEdge { return s.edges }

// Services gives the names of all services that have spans in the traces' blocks; also when the graph
// is closed. The first is empty and stands for spans without one. The slice must not be changed.
func (s *ServiceGraph) Services() []string { return s.services }

// Quantiles gives the durations that fractions (0 to 1) of an edge's calls do not exceed.
func (s *ServiceGraph) Quantiles(edge int, fractions ...float64) ([]time.Duration, error) {
	return call(&s.handle, func(p cPtr) ([]time.Duration, error) {
		return cServiceGraphQuantiles(p, edge, fractions)
	})
}
