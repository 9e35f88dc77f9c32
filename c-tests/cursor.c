/* Searches with queries. */
#include "sample.h"

static bp_cursor *start(const char *text, bp_blocks *blocks, const bp_search_options *options) {
    bp_query *query = sample_query(text);
    bp_cursor *cursor = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_cursor_new(query, blocks, options, &cursor, &err), err);
    bp_query_free(query);
    return cursor;
}

/* Runs a search to its end; how many traces it gives. */
static size_t traces(bp_cursor *cursor, size_t most) {
    size_t all = 0;
    bp_match_set *set = NULL;
    bp_error *err = NULL;
    for (;;) {
        bp_status status = bp_cursor_next(cursor, most, &set, &err);
        if (status == BP_DONE) {
            CHECK(set == NULL);
            return all;
        }
        REQUIRE_OK(status, err);
        CHECK(bp_match_set_len(set) > 0 && (most == 0 || bp_match_set_len(set) <= most));
        all += bp_match_set_len(set);
        bp_match_set_free(set);
    }
}

static void traces_come_in_batches(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50); /* 10 traces a block */
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    bp_search_stats stats = BP_SEARCH_STATS_INIT;
    bp_error *err = NULL;
    bp_cursor *cursor = start("{ .step = 2 }", blocks, NULL);
    CHECK(traces(cursor, 0) == 20);
    REQUIRE_OK(bp_cursor_stats(cursor, &stats, &err), err);
    CHECK(stats.struct_size == sizeof stats && stats.traces == 20 && stats.cut_off == 1);
    CHECK(stats.chunks == 3 && stats.chunks_not_needed == 1 && stats.spans_searched == 100);
    CHECK(stats.ended == BP_ENDED_LIMIT && stats.chunks_outside == 0);
    bp_cursor_free(cursor);
    options.limit = BP_NO_LIMIT;
    cursor = start("{ .step = 2 }", blocks, &options);
    bp_blocks_free(blocks); /* the cursor keeps them */
    CHECK(traces(cursor, 7) == 30);
    CHECK(traces(cursor, 7) == 0);
    REQUIRE_OK(bp_cursor_stats(cursor, &stats, &err), err);
    CHECK(stats.spans_matched == 30 && stats.spans_searched == 150 && stats.cut_off == 0);
    CHECK(stats.chunks_not_needed == 0 && stats.time_ns > 0 && stats.peak_bytes > 0);
    CHECK(stats.ended == BP_ENDED_COMPLETE);
    bp_cursor_free(cursor);
}

static void chunks_outside_are_told_apart(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50); /* a block has 10 traces, one behind the other */
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    bp_search_stats stats = BP_SEARCH_STATS_INIT;
    options.block_count = 2;
    options.start_ns = sample_start(12, 0);
    bp_cursor *cursor = start("{}", blocks, &options);
    REQUIRE(bp_cursor_stats(cursor, &stats, NULL) == BP_OK);
    CHECK(stats.ended == BP_ENDED_NOT_YET && stats.chunks_not_needed == 1);
    CHECK(traces(cursor, 0) == 8);
    REQUIRE(bp_cursor_stats(cursor, &stats, NULL) == BP_OK);
    CHECK(stats.chunks == 3 && stats.chunks_outside == 2 && stats.chunks_not_needed == 0);
    CHECK(stats.chunks_outside_blocks == 1 && stats.chunks_outside_time == 1);
    CHECK(stats.ended == BP_ENDED_COMPLETE);
    /* A program that was built with the struct as it was first. */
    stats.struct_size = offsetof(bp_search_stats, chunks_outside_blocks);
    stats.chunks = 0;
    stats.chunks_outside_blocks = 77;
    REQUIRE(bp_cursor_stats(cursor, &stats, NULL) == BP_OK);
    CHECK(stats.chunks == 3 && stats.chunks_outside_blocks == 77);
    bp_cursor_free(cursor);
    bp_blocks_free(blocks);
}

static void parts_say_why_blocks_were_left_out(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50);
    const char *query = "{ .no.such = 1 || .trace.number > 99 || .user = \"u1x\" || .trace.number = 12 }";
    bp_cursor *cursor = start(query, blocks, NULL);
    bp_explanation *explanation = NULL;
    bp_query_part parts[8];
    size_t count = 0, seen = 0;
    bp_error *err = NULL;
    CHECK(traces(cursor, 0) == 1);
    REQUIRE_OK(bp_cursor_explain(cursor, &explanation, &err), err);
    bp_cursor_free(cursor);
    bp_blocks_free(blocks);
    REQUIRE_OK(bp_explanation_parts(explanation, 0, parts, 8, &count, &err), err);
    for (size_t i = 0; i < count; i++) {
        bp_part_details part = BP_PART_DETAILS_INIT;
        REQUIRE_OK(bp_explanation_part_details(explanation, i, &part, &err), err);
        uint64_t reasons = part.pruned_by_index + part.pruned_no_column + part.pruned_by_bounds +
                           part.pruned_constant + part.pruned_by_dictionary + part.pruned_by_zones;
        CHECK(reasons == parts[i].blocks_pruned && part.makes_series == 0);
        if (memcmp(parts[i].how.ptr, "scan", 4) != 0) {
            CHECK(reasons == 0 && part.rows_scanned == 0);
            continue;
        }
        CHECK(parts[i].scans == 3 && part.rows_scanned == 150);
        seen++;
        if (part.pruned_no_column > 0) {
            CHECK_STR(parts[i].text, ".no.such = 1");
            CHECK(part.pruned_no_column == 3 && part.bytes == 0);
        } else if (part.pruned_by_dictionary > 0) {
            CHECK_STR(parts[i].text, ".user = \"u1x\"");
            CHECK(part.pruned_by_dictionary == 3 && part.rows_matched == 0);
        } else if (part.pruned_by_bounds == 3) {
            CHECK_STR(parts[i].text, ".trace.number > 99");
            CHECK(part.rows_matched == 0 && part.bytes == 0);
        } else {
            CHECK_STR(parts[i].text, ".trace.number = 12");
            CHECK(part.pruned_by_bounds == 2 && part.rows_matched == 5 && part.bytes > 0);
        }
    }
    CHECK(seen == 4);
    bp_explanation_free(explanation);
}

static void what_parts_did_is_told(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50);
    bp_cursor *cursor = start("{ .step = 2 }", blocks, NULL);
    bp_explanation *explanation = NULL;
    bp_query_part part;
    size_t count = 0;
    bp_error *err = NULL;
    CHECK(traces(cursor, 0) == 20);
    REQUIRE_OK(bp_cursor_explain(cursor, &explanation, &err), err);
    bp_cursor_free(cursor);
    bp_blocks_free(blocks);
    CHECK(bp_bytes_held() == 0);
    REQUIRE_OK(bp_explanation_parts(explanation, 0, &part, 1, &count, &err), err);
    CHECK_STR(part.how, "filter");
    CHECK(part.calls == 2 && part.spans_in == 100 && part.spans_out == 20);
    bp_explanation_free(explanation);
}

static void options_are_kept(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50);
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    bp_cursor *cursor = NULL;
    options.limit = BP_NO_LIMIT;
    options.start_ns = sample_start(25, 0);
    cursor = start("{}", blocks, &options);
    CHECK(traces(cursor, 0) == 5);
    bp_cursor_free(cursor);
    options.start_ns = 0;
    options.end_ns = sample_start(3, 0);
    cursor = start("{}", blocks, &options);
    CHECK(traces(cursor, 0) == 4);
    bp_cursor_free(cursor);
    options.end_ns = 0;
    size_t sum = 0;
    for (uint64_t block = 0; block < 3; block++) { /* parts find together what is there */
        options.first_block = block;
        options.block_count = 1;
        cursor = start("{}", blocks, &options);
        sum += traces(cursor, 0);
        bp_cursor_free(cursor);
    }
    CHECK(sum == 30);
    bp_blocks_free(blocks);
}

static void the_most_recent_are_asked_for(void) {
    bp_blocks *blocks = sample_blocks(30, 5, 50);
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    bp_match_set *set = NULL;
    bp_trace_match found[4];
    size_t count = 0;
    bp_error *err = NULL;
    options.limit = 4;
    options.threads = 2;
    options.flags = BP_SEARCH_MOST_RECENT;
    bp_cursor *cursor = start("{}", blocks, &options);
    REQUIRE_OK(bp_cursor_next(cursor, 0, &set, &err), err);
    REQUIRE_OK(bp_match_set_traces(set, 0, found, 4, &count, &err), err);
    CHECK(count == 4);
    for (uint32_t i = 0; i < count; i++) {
        CHECK(found[i].start_ns == sample_start(29 - i, 0));
    }
    bp_match_set_free(set);
    CHECK_STATUS(bp_cursor_next(cursor, 0, &set, &err), BP_DONE);
    bp_cursor_free(cursor);
    bp_blocks_free(blocks);
}

static void all_spans_are_a_set(void) {
    bp_blocks *blocks = shop_blocks(1000);
    bp_query *query = sample_query("{ status = error }");
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    bp_span_set *found = NULL, *scanned = NULL, *both = NULL;
    bp_value error = bp_value_of_int(BP_KIND_SPAN_STATUS, 2);
    bp_error *err = NULL;
    options.threads = 2;
    REQUIRE_OK(bp_query_spans(query, blocks, &options, &found, &err), err);
    REQUIRE_OK(bp_blocks_scan(blocks, bp_str_of("span:status"), BP_OP_EQUAL, &error, 1, &scanned, &err), err);
    REQUIRE_OK(bp_span_set_and(found, scanned, &both, &err), err);
    CHECK(bp_span_set_count(found) == SHOP_ERRORS && bp_span_set_count(both) == SHOP_ERRORS);
    bp_span_set_free(found);
    bp_span_set_free(scanned);
    bp_span_set_free(both);
    bp_query_free(query);
    bp_blocks_free(blocks);
}

static void misuse_answers(void) {
    bp_blocks *blocks = sample_blocks(2, 2, 0);
    bp_query *spans = sample_query("{}"), *series = sample_query("{} | rate()");
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    bp_search_stats stats = BP_SEARCH_STATS_INIT;
    bp_cursor *cursor = NULL;
    bp_span_set *set = NULL;
    CHECK_STATUS(bp_cursor_new(NULL, blocks, NULL, &cursor, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_cursor_new(spans, NULL, NULL, &cursor, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_cursor_new(series, blocks, NULL, &cursor, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_query_spans(series, blocks, NULL, &set, NULL), BP_ERR_INVALID_ARGUMENT);
    options.flags = 64;
    CHECK_STATUS(bp_cursor_new(spans, blocks, &options, &cursor, NULL), BP_ERR_INVALID_ARGUMENT);
    options.flags = 0;
    options.struct_size = 3;
    CHECK_STATUS(bp_cursor_new(spans, blocks, &options, &cursor, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(cursor == NULL && set == NULL);
    cursor = start("{}", blocks, NULL);
    stats.struct_size = 8;
    CHECK_STATUS(bp_cursor_stats(cursor, &stats, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_cursor_free(cursor);
    bp_blocks_release(blocks);
    CHECK_STATUS(bp_cursor_new(spans, blocks, NULL, &cursor, NULL), BP_ERR_RELEASED);
    CHECK_STATUS(bp_query_spans(spans, blocks, NULL, &set, NULL), BP_ERR_RELEASED);
    bp_cursor_free(NULL);
    bp_query_free(spans);
    bp_query_free(series);
    bp_blocks_free(blocks);
}

int main(void) {
    RUN(traces_come_in_batches);
    RUN(chunks_outside_are_told_apart);
    RUN(parts_say_why_blocks_were_left_out);
    RUN(what_parts_did_is_told);
    RUN(options_are_kept);
    RUN(the_most_recent_are_asked_for);
    RUN(all_spans_are_a_set);
    RUN(misuse_answers);
    FINISH();
}
