// What stops queries: flags to cancel them, and memory that they may use. Part of blockpack.hpp.
#ifndef BLOCKPACK_LIMITS_HPP
#define BLOCKPACK_LIMITS_HPP

#include "result.hpp"

namespace blockpack {

// A flag that stops what it was given to, from any thread. In options: options.cancel = cancel.get().
class Cancel {
  public:
    explicit Cancel(bp_cancel *cancel) : cancel_(cancel) {}

    static Result<Cancel> create() {
        return detail::make<Cancel, bp_cancel>(
            [](bp_cancel **out, bp_error **err) { return bp_cancel_new(out, err); });
    }

    // For good.
    void trigger() const { bp_cancel_trigger(get()); }
    bool is_triggered() const { return bp_cancel_is_triggered(get()); }
    bp_cancel *get() const { return cancel_.get(); }

  private:
    detail::Owner<bp_cancel, bp_cancel_free> cancel_;
};

// Bytes that queries may use together while they run. In options: options.budget = budget.get().
class Budget {
  public:
    explicit Budget(bp_budget *budget) : budget_(budget) {}

    static Result<Budget> create(uint64_t limit) {
        return detail::make<Budget, bp_budget>(
            [&](bp_budget **out, bp_error **err) { return bp_budget_new(limit, out, err); });
    }

    uint64_t limit() const { return bp_budget_limit(get()); }
    uint64_t used() const { return bp_budget_used(get()); }
    uint64_t peak() const { return bp_budget_peak(get()); }
    bp_budget *get() const { return budget_.get(); }

  private:
    detail::Owner<bp_budget, bp_budget_free> budget_;
};

}  // namespace blockpack

#endif  // BLOCKPACK_LIMITS_HPP
