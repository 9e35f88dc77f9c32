package blockpack

import "unsafe"

// Matrix holds fields of many spans, column by column: the cheapest way to read many values. It
// belongs to Go and holds no blocks; text that it gave stays when it is filled again. For one
// goroutine at a time.
type Matrix struct {
	handle
	turns   turns
	rows    int
	columns []ColumnValues
}

// NewMatrix makes an empty matrix.
func NewMatrix() (*Matrix, error) {
	ptr, err := cMatrixNew()
	if err != nil {
		return nil, err
	}
	m := new(Matrix)
	m.hold(ptr, cMatrixFree)
	return m, nil
}

// ReadMatrix fills m with the values of columns, of at most count spans from number first on, and
// tells how many spans there were: 0 at the end. It allocates for each column of text once.
func (s *SpanSet) ReadMatrix(first, count int, columns *Columns, m *Matrix) (int, error) {
	m.turns.Lock()
	defer m.turns.Unlock()
	m.rows = 0
	m.columns = resized(&m.columns, columns.Len())
	err := do(&m.handle, func(matrix cPtr) error {
		_, err := callTwo(&s.handle, &columns.handle, func(set, names cPtr) (struct{}, error) {
			return struct{}{}, cMatrixFill(matrix, set, first, max(count, 0), names)
		})
		if err != nil {
			return err
		}
		for i := range m.columns {
			column, err := cMatrixColumn(matrix, i)
			if err != nil {
				return err
			}
			m.columns[i].own(&column)
		}
		m.rows = cMatrixLen(matrix)
		return nil
	})
	return m.rows, err
}

// Len counts the spans.
func (m *Matrix) Len() int { return m.rows }

// Column gives the values of the column whose name was number index of the columns. They are good
// until the matrix is filled again, and after an error not at all.
func (m *Matrix) Column(index int) *ColumnValues { return &m.columns[index] }

// ColumnValues are the values of one name, one for each span of a [Matrix].
type ColumnValues struct {
	kinds   []uint8
	numbers []uint64
	entries []string
	present int
	kind    Kind
}

// Len counts the spans.
func (c *ColumnValues) Len() int { return len(c.kinds) }

// Present counts the spans that have a value.
func (c *ColumnValues) Present() int { return c.present }

// Kind tells the kind of all values: KindAbsent if they are of several kinds, or there is none.
func (c *ColumnValues) Kind() Kind { return c.kind }

// KindAt tells the kind of a span's value: KindAbsent if it has none.
func (c *ColumnValues) KindAt(span int) Kind { return Kind(c.kinds[span]) }

// Numbers gives for each span the number, as 64 bits, or the number of the entry that has its text or
// bytes; 0 where there is no value. The slice must not be changed.
func (c *ColumnValues) Numbers() []uint64 { return c.numbers }

// Ints gives Numbers as signed integers.
func (c *ColumnValues) Ints() []int64 {
	return unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(c.numbers))), len(c.numbers))
}

// Floats gives Numbers as doubles, which they are where the kind is KindFloat.
func (c *ColumnValues) Floats() []float64 {
	return unsafe.Slice((*float64)(unsafe.Pointer(unsafe.SliceData(c.numbers))), len(c.numbers))
}

// Entries gives the texts, bytes and encoded values that Numbers speaks of. Equal numbers are equal
// texts; an equal text may have several numbers. The slice must not be changed.
func (c *ColumnValues) Entries() []string { return c.entries }

// Str gives the text of a span, or the bytes of an id and so on; nothing if it has no such value.
func (c *ColumnValues) Str(span int) string {
	if Kind(c.kinds[span]).points() {
		return c.entries[c.numbers[span]]
	}
	return ""
}

// Value gives the value of a span.
func (c *ColumnValues) Value(span int) Value {
	kind := Kind(c.kinds[span])
	if !kind.points() {
		return Value{bits: c.numbers[span], kind: kind}
	}
	text := c.entries[c.numbers[span]]
	return Value{bits: uint64(len(text)), ptr: unsafe.Pointer(unsafe.StringData(text)), kind: kind}
}

// rawColumn is a column in C memory.
type rawColumn struct {
	kinds, numbers, len, ends, entries, bytes, present uintptr
	kind                                               Kind
}

// scattered is how many spans are scattered at a time: so few that their values stay in the processor's
// first cache from one column to the next.
const scattered = 128

// scatter copies columns to Go, as values span by span.
func scatter(columns []rawColumn, into []Value) {
	width := len(columns)
	texts := make([]string, width)
	for i := range columns {
		texts[i] = columns[i].text()
	}
	for first := 0; len(into) > 0; first += scattered {
		rows := into[:min(scattered*width, len(into))]
		for i := range columns {
			columns[i].scatter(first, texts[i], rows[i:], width)
		}
		into = into[len(rows):]
	}
}

// scatter puts the values of the spans from number first on in every place of into that is a multiple
// of width. Text is a copy of the column's own.
func (raw *rawColumn) scatter(first int, text string, into []Value, width int) {
	count := (len(into) + width - 1) / width
	kinds := unsafe.Slice((*uint8)(cPointer(raw.kinds)), raw.len)[first:][:count]
	numbers := unsafe.Slice((*uint64)(cPointer(raw.numbers)), raw.len)[first:][:count]
	ends := unsafe.Slice((*uint64)(cPointer(raw.ends)), raw.entries+1)
	base := unsafe.Pointer(unsafe.StringData(text))
	for i, number := range numbers {
		v := &into[i*width]
		v.kind = Kind(kinds[i])
		if !v.kind.points() {
			v.bits, v.ptr = number, nil
			continue
		}
		start, end := ends[number], ends[number+1]
		v.bits, v.ptr = end-start, nil
		if start < end {
			v.ptr = unsafe.Add(base, start)
		}
	}
}

// text copies the texts of all entries to Go.
func (raw *rawColumn) text() string {
	ends := unsafe.Slice((*uint64)(cPointer(raw.ends)), raw.entries+1)
	return string(unsafe.Slice((*byte)(cPointer(raw.bytes)), ends[raw.entries]))
}

// own copies a column to Go.
func (c *ColumnValues) own(raw *rawColumn) {
	c.present, c.kind = int(raw.present), raw.kind
	c.kinds = append(c.kinds[:0], unsafe.Slice((*uint8)(cPointer(raw.kinds)), raw.len)...)
	c.numbers = append(c.numbers[:0], unsafe.Slice((*uint64)(cPointer(raw.numbers)), raw.len)...)
	ends := unsafe.Slice((*uint64)(cPointer(raw.ends)), raw.entries+1)
	text := raw.text()
	c.entries = c.entries[:0]
	for i := range raw.entries {
		c.entries = append(c.entries, text[ends[i]:ends[i+1]])
	}
}
