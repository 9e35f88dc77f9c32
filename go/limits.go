package blockpack

// Budget is a number of bytes that the queries that it is given to may use together for sets of spans,
// groups and results while they run; past it they end with [ErrBudget].
type Budget struct {
	handle
	limit uint64
}

// NewBudget makes a budget of limit bytes.
func NewBudget(limit uint64) (*Budget, error) {
	ptr, err := cBudgetNew(limit)
	if err != nil {
		return nil, err
	}
	b := &Budget{limit: limit}
	b.hold(ptr, cBudgetFree)
	return b, nil
}

// Limit tells the most bytes to use at a time.
func (b *Budget) Limit() uint64 { return b.limit }

// Used tells how many bytes are used now.
func (b *Budget) Used() uint64 { return fact(&b.handle, cBudgetUsed) }

// Peak tells the most bytes that were used at a time, what was refused included.
func (b *Budget) Peak() uint64 { return fact(&b.handle, cBudgetPeak) }
