//go:build !cgo

package blockpack

import (
	"time"
	"unsafe"
)

// The twins of the functions in c_*.go for builds without cgo: nothing can be made, so nothing but
// the functions that make things is ever called.

func cVersion() string { return "" }

func cLiveHandles() int { return 0 }

func cLiveHandlesOf(HandleKind) int { return 0 }

func cBytesHeld() uint64 { return 0 }

func cMemory() MemoryStats { return MemoryStats{} }

func cMemoryResetPeak() {}

func cMemoryTrim() {}

func cBlocksMemory(cPtr) (BlocksMemory, error) { return BlocksMemory{}, ErrNotBuilt }

func cBlocksTrim(cPtr) error { return ErrNotBuilt }

func cValueFormat(Value) (string, error) { return "", ErrNotBuilt }

func cValueItems(Value) ([]Value, error) { return nil, ErrNotBuilt }

func cValueEntries(Value) ([]Field, error) { return nil, ErrNotBuilt }

func cBuilderNew(BlockOptions) (cPtr, error) { return nil, ErrNotBuilt }

func cBuilderAddOTLP(cPtr, []byte) error { return ErrNotBuilt }

func cBuilderAddInput(cPtr, []byte) error { return ErrNotBuilt }

func cBuilderSpanCount(cPtr) uint64 { return 0 }

func cBuilderBlocks(cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cBuilderFree(cPtr) {}

func cWriterOpen(string, WriteOptions) (cPtr, error) { return nil, ErrNotBuilt }

func cWriterAddOTLP(cPtr, []byte) error { return ErrNotBuilt }

func cWriterAddInput(cPtr, []byte) error { return ErrNotBuilt }

func cWriterAddFile(cPtr, string) error { return ErrNotBuilt }

func cWriterSpanCount(cPtr) uint64 { return 0 }

func cWriterFinish(cPtr) (WriteReport, error) { return WriteReport{}, ErrNotBuilt }

func cWriterFree(cPtr) {}

func cReaderOpen(string, OpenOptions) (cPtr, error) { return nil, ErrNotBuilt }

func cReaderOpenMemory([]byte, OpenOptions) (cPtr, error) { return nil, ErrNotBuilt }

func cReaderName(cPtr) string { return "" }

func cReaderWriter(cPtr) string { return "" }

func cReaderBlockCount(cPtr) int { return 0 }

func cReaderInfo(cPtr) (FileInfo, error) { return FileInfo{}, ErrNotBuilt }

func cReaderBlocks(cPtr, int, int) (cPtr, error) { return nil, ErrNotBuilt }

func cReaderVerify(cPtr) error { return ErrNotBuilt }

func cReaderFree(cPtr) {}

func cBlocksOpenMemory([]byte) (cPtr, error) { return nil, ErrNotBuilt }

func cBlocksJoin([]cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cBlocksLen(cPtr) int { return 0 }

func cBlocksSpanCount(cPtr) uint64 { return 0 }

func cBlocksBytesHeld(cPtr) uint64 { return 0 }

func cBlocksInfo(cPtr, int) (BlockInfo, error) { return BlockInfo{}, ErrNotBuilt }

func cBlocksBytes(cPtr, int) ([]byte, error) { return nil, ErrNotBuilt }

func cBlocksColumns(cPtr, int) ([]ColumnInfo, error) { return nil, ErrNotBuilt }

func cBlocksFree(cPtr) {}

func cColumnsNew([]string) (cPtr, error) { return nil, ErrNotBuilt }

func cColumnsFree(cPtr) {}

func cLazyFieldsNew(cPtr, int, int) (cPtr, error) { return nil, ErrNotBuilt }

func cLazyFieldsSeek(cPtr, cPtr, int, int) error { return ErrNotBuilt }

func cLazyFieldsSpan(cPtr) Span { return Span{} }

func cLazyFieldsGet(cPtr, string) (Value, error) { return Value{}, ErrNotBuilt }

func cLazyFieldsGetMany(cPtr, cPtr, []Value) error { return ErrNotBuilt }

func cLazyFieldsAll(cPtr) ([]Field, error) { return nil, ErrNotBuilt }

func cLazyFieldsItems(cPtr, string) ([][]Field, error) { return nil, ErrNotBuilt }

func cLazyFieldsDetach(cPtr) error { return ErrNotBuilt }

func cLazyFieldsFree(cPtr) {}

func cTraceGraphsBuild(cPtr, cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cTraceGraphsLen(cPtr) int { return 0 }

func cTraceGraphsSpanCount(cPtr) uint64 { return 0 }

func cTraceGraphsGet(cPtr, int) (cPtr, error) { return nil, ErrNotBuilt }

func cTraceGraphsFree(cPtr) {}

func cTraceGraphInfo(cPtr) (TraceInfo, error) { return TraceInfo{}, ErrNotBuilt }

func cTraceGraphNodes(cPtr, int) ([]TraceNode, error) { return nil, ErrNotBuilt }

func cTraceGraphRoots(cPtr, int) ([]uint32, error) { return nil, ErrNotBuilt }

func cTraceGraphOrphans(cPtr, int) ([]uint32, error) { return nil, ErrNotBuilt }

func cTraceGraphFind(cPtr, Span) (int, error) { return 0, ErrNotBuilt }

func cTraceGraphFields(cPtr, int) (cPtr, error) { return nil, ErrNotBuilt }

func cTraceGraphValues(cPtr, int, int, cPtr, []Value) error { return ErrNotBuilt }

func cTraceGraphFree(cPtr) {}

func cTraceGraphsSummaries(cPtr, int, []TraceSummary) (int, error) { return 0, ErrNotBuilt }

func cTraceGraphServices(cPtr) ([]TraceService, error) { return nil, ErrNotBuilt }

func cTraceGraphTimings(cPtr, int) ([]NodeTiming, error) { return nil, ErrNotBuilt }

func cTraceGraphCriticalPath(cPtr, uint32, int) ([]PathSegment, error) { return nil, ErrNotBuilt }

func cTraceGraphsShape(cPtr) (TreeShape, error) { return TreeShape{}, ErrNotBuilt }

func cTraceGraphsServiceGraph(cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cServiceGraphEdges(cPtr) ([]ServiceEdge, error) { return nil, ErrNotBuilt }

func cServiceGraphServices(cPtr) ([]string, error) { return nil, ErrNotBuilt }

func cServiceGraphQuantiles(cPtr, int, []float64) ([]time.Duration, error) { return nil, ErrNotBuilt }

func cServiceGraphFree(cPtr) {}

func cSpanSetStructural(cPtr, StructuralOp, cPtr, StructuralOptions) (cPtr, error) {
	return nil, ErrNotBuilt
}

func cReaderOpenSource(host, OpenOptions) (cPtr, error) { return nil, ErrNotBuilt }

func cWriterNew(host, WriteOptions) (cPtr, error) { return nil, ErrNotBuilt }

func cRowSetNew(cPtr, int, []uint32) (cPtr, error) { return nil, ErrNotBuilt }

func cRowSetAll(cPtr, int) (cPtr, error) { return nil, ErrNotBuilt }

func cRowSetFacts(cPtr) rowSetFacts { return rowSetFacts{} }

func cRowSetContains(cPtr, int) bool { return false }

func cRowSetRows(cPtr, uint32, []uint32) (int, error) { return 0, ErrNotBuilt }

func cRowSetWords(cPtr, []uint64) error { return ErrNotBuilt }

func cRowSetAnd(cPtr, cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cRowSetOr(cPtr, cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cRowSetMinus(cPtr, cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cRowSetNot(cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cRowSetFields(cPtr, int) (cPtr, error) { return nil, ErrNotBuilt }

func cRowSetFree(cPtr) {}

func cColumnScannerNew(cPtr, int) (cPtr, error) { return nil, ErrNotBuilt }

func cColumnScannerScan(cPtr, string, Op, []Value) (cPtr, error) { return nil, ErrNotBuilt }

func cBlocksScan(cPtr, string, Op, []Value) (cPtr, error) { return nil, ErrNotBuilt }

func cBlocksScanAll(cPtr, []Condition) (cPtr, error) { return nil, ErrNotBuilt }

func cBlocksScanStats(cPtr) (ScanStats, error) { return ScanStats{}, ErrNotBuilt }

func cBlocksSetScanThreads(cPtr, int) error { return ErrNotBuilt }

func cBlocksObserved(cPtr, string, Op) (Observation, error) { return Observation{}, ErrNotBuilt }

func cBlocksResetScanStats(cPtr) error { return ErrNotBuilt }

func cColumnScannerFree(cPtr) {}

func cRowSetsOr([]cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cRowSetsAnd([]cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanMatchesOr([]cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanMatchesAnd([]cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanMatchesCount(cPtr) uint64 { return 0 }

func cSpanMatchesColumns(cPtr) []string { return nil }

func cSpanMatchesContains(cPtr, int) bool { return false }

func cSpanMatchesByColumn(cPtr, int, int) bool { return false }

func cSpanMatchesRows(cPtr, uint32, []uint32, []uint64) (int, error) { return 0, ErrNotBuilt }

func cSpanMatchesRowSet(cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanMatchesFields(cPtr, int) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanMatchesFree(cPtr) {}

func cSpanSetNew(cPtr, []Span) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanSetOfRows(cPtr, []cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanSetAll(cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cReaderTrace(cPtr, TraceID) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanSetBlocks(cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanSetCount(cPtr) uint64 { return 0 }

func cSpanSetContains(cPtr, Span) bool { return false }

func cSpanSetSpans(cPtr, int, []Span) (int, error) { return 0, ErrNotBuilt }

func cSpanSetIDs(cPtr, int, []SpanIDs) (int, error) { return 0, ErrNotBuilt }

func cSpanSetValues(cPtr, int, int, cPtr, []Value) error { return ErrNotBuilt }

func cSpanSetFields(cPtr, int) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanSetRowSet(cPtr, int) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanSetAnd(cPtr, cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanSetOr(cPtr, cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanSetMinus(cPtr, cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanSetNot(cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cSpanSetFree(cPtr) {}

func cSpanSetOTLP(cPtr, OTLPFormat) ([]byte, error) { return nil, ErrNotBuilt }

func cMatrixNew() (cPtr, error) { return nil, ErrNotBuilt }

func cMatrixFill(cPtr, cPtr, int, int, cPtr) error { return ErrNotBuilt }

func cMatrixLen(cPtr) int { return 0 }

func cMatrixColumn(cPtr, int) (rawColumn, error) { return rawColumn{}, ErrNotBuilt }

func cMatrixFree(cPtr) {}

func cArrowExportSpanSet(cPtr, cPtr, ArrowOptions, unsafe.Pointer) error { return ErrNotBuilt }

func cArrowExportBlocks(cPtr, cPtr, ArrowOptions, unsafe.Pointer) error { return ErrNotBuilt }

func cArrowExportRowSet(cPtr, cPtr, ArrowOptions, unsafe.Pointer) error { return ErrNotBuilt }

func cArrowRelease(unsafe.Pointer) {}

func cCancelNew() (cPtr, error) { return nil, ErrNotBuilt }

func cCancelTrigger(cPtr) {}

func cCancelFree(cPtr) {}

func cBudgetNew(uint64) (cPtr, error) { return nil, ErrNotBuilt }

func cBudgetUsed(cPtr) uint64 { return 0 }

func cBudgetPeak(cPtr) uint64 { return 0 }

func cBudgetFree(cPtr) {}

func cQueryCompile(string) (cPtr, error) { return nil, ErrNotBuilt }

func cQueryText(cPtr) string { return "" }

func cQueryMakesSeries(cPtr) bool { return false }

func cQueryExplain(cPtr) (Explanation, error) { return Explanation{}, ErrNotBuilt }

func cQuerySpans(_, _ cPtr, _ rawSearchOptions) (cPtr, error) { return nil, ErrNotBuilt }

func cQueryFree(cPtr) {}

func cCursorNew(_, _ cPtr, _ rawSearchOptions) (cPtr, error) { return nil, ErrNotBuilt }

func cCursorNext(cPtr, int) (cPtr, error) { return nil, ErrNotBuilt }

func cCursorStats(cPtr) (SearchStats, error) { return SearchStats{}, ErrNotBuilt }

func cCursorExplain(cPtr) (Explanation, error) { return Explanation{}, ErrNotBuilt }

func cCursorFree(cPtr) {}

func cMatchSetRead(cPtr, *MatchSet) error { return ErrNotBuilt }

func cMatchSetValues(cPtr, int, int, cPtr, []Value) error { return ErrNotBuilt }

func cMatchSetSpanSet(cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cMatchSetFree(cPtr) {}

func cSeries(_, _ cPtr, _ rawMetricsOptions) (*SeriesSet, error) { return nil, ErrNotBuilt }

func cTagNames(cPtr, Scope) ([]TagName, error) { return nil, ErrNotBuilt }

func cTagValues(cPtr, string, cPtr, rawSearchOptions) ([]Value, bool, error) {
	return nil, false, ErrNotBuilt
}
