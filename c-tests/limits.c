/* What stops queries: cancelling, time, memory. */
#include "sample.h"

static bp_status search(bp_blocks *blocks, const bp_search_options *options) {
    bp_query *query = sample_query("{} | by(.user)");
    bp_cursor *cursor = NULL;
    bp_match_set *set = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_cursor_new(query, blocks, options, &cursor, &err), err);
    bp_query_free(query);
    bp_status status = bp_cursor_next(cursor, 0, &set, NULL);
    CHECK((status == BP_OK) == (set != NULL));
    bp_match_set_free(set);
    if (status >= BP_ERR_FIRST) { /* after an error there is nothing more */
        CHECK_STATUS(bp_cursor_next(cursor, 0, &set, NULL), BP_DONE);
    }
    bp_cursor_free(cursor);
    return status;
}

static void a_flag_stops_what_was_given_it(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50);
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    bp_cancel *cancel = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_cancel_new(&cancel, &err), err);
    options.cancel = cancel;
    CHECK(!bp_cancel_is_triggered(cancel));
    CHECK_STATUS(search(blocks, &options), BP_OK);
    bp_cancel_trigger(cancel);
    bp_cancel_trigger(cancel);
    CHECK(bp_cancel_is_triggered(cancel));
    CHECK_STATUS(search(blocks, &options), BP_ERR_CANCELLED);
    bp_cancel_free(cancel);
    bp_blocks_free(blocks);
}

static void a_cursor_keeps_its_flag(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50);
    bp_query *query = sample_query("{}");
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    bp_cancel *cancel = NULL;
    bp_cursor *cursor = NULL;
    bp_match_set *set = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_cancel_new(&cancel, &err), err);
    options.cancel = cancel;
    options.limit = BP_NO_LIMIT;
    REQUIRE_OK(bp_cursor_new(query, blocks, &options, &cursor, &err), err);
    REQUIRE_OK(bp_cursor_next(cursor, 0, &set, &err), err);
    bp_match_set_free(set);
    bp_cancel_trigger(cancel);
    bp_cancel_free(cancel);
    CHECK_STATUS(bp_cursor_next(cursor, 0, &set, NULL), BP_ERR_CANCELLED);
    bp_cursor_free(cursor);
    bp_query_free(query);
    bp_blocks_free(blocks);
}

static void time_runs_out(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50);
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    options.timeout_ns = 1;
    CHECK_STATUS(search(blocks, &options), BP_ERR_CANCELLED);
    options.timeout_ns = UINT64_MAX; /* further away than clocks go */
    CHECK_STATUS(search(blocks, &options), BP_OK);
    bp_blocks_free(blocks);
}

static void budgets_are_shared_and_given_back(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50);
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    bp_budget *small = NULL, *large = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_budget_new(16, &small, &err), err);
    REQUIRE_OK(bp_budget_new(1 << 20, &large, &err), err);
    CHECK(bp_budget_limit(small) == 16 && bp_budget_used(small) == 0 && bp_budget_peak(small) == 0);
    options.budget = small;
    CHECK_STATUS(search(blocks, &options), BP_ERR_BUDGET);
    CHECK(bp_budget_used(small) == 0 && bp_budget_peak(small) > 16);
    options.budget = large;
    CHECK_STATUS(search(blocks, &options), BP_OK);
    CHECK(bp_budget_used(large) == 0);
    CHECK(bp_budget_peak(large) > 16 && bp_budget_peak(large) < 1 << 20);
    bp_budget_free(small);
    bp_budget_free(large);
    bp_blocks_free(blocks);
}

static void misuse_answers(void) {
    bp_cancel_trigger(NULL);
    bp_cancel_free(NULL);
    bp_budget_free(NULL);
    CHECK(!bp_cancel_is_triggered(NULL) && bp_budget_limit(NULL) == 0);
    CHECK(bp_budget_used(NULL) == 0 && bp_budget_peak(NULL) == 0);
    bp_blocks *blocks = sample_blocks(2, 2, 0);
    bp_query *query = sample_query("{}");
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    bp_cursor *cursor = NULL;
    options.cancel = (const bp_cancel *)(const void *)query; /* another kind */
    CHECK_STATUS(bp_cursor_new(query, blocks, &options, &cursor, NULL), BP_ERR_BAD_HANDLE);
    options.cancel = NULL;
    options.budget = (const bp_budget *)(const void *)query;
    CHECK_STATUS(bp_cursor_new(query, blocks, &options, &cursor, NULL), BP_ERR_BAD_HANDLE);
    bp_query_free(query);
    bp_blocks_free(blocks);
}

int main(void) {
    RUN(a_flag_stops_what_was_given_it);
    RUN(a_cursor_keeps_its_flag);
    RUN(time_runs_out);
    RUN(budgets_are_shared_and_given_back);
    RUN(misuse_answers);
    FINISH();
}
