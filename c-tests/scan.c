/* Scans: every predicate on one block, all blocks, streams; and which columns matched. */
#include "sample.h"

static bp_value text(const char *value) {
    return bp_value_of_str(bp_str_of(value));
}

static bp_value integer(int64_t value) {
    return bp_value_of_int(BP_KIND_I64, value);
}

static bp_column_scanner *scanner_of(const bp_blocks *blocks) {
    bp_column_scanner *scanner = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_column_scanner_new(blocks, 0, &scanner, &err), err);
    return scanner;
}

/* Rows of a set, and the set's end. */
static uint64_t take(bp_row_set *set) {
    uint64_t count = bp_row_set_count(set);
    bp_row_set_free(set);
    return count;
}

/* 50 traces of 4 spans in one block: rows are 4 * trace + step. */
static void every_predicate_finds_its_rows(void) {
    bp_blocks *blocks = sample_blocks(50, 4, 0);
    bp_column_scanner *s = scanner_of(blocks);
    bp_row_set *set = NULL;
    bp_error *err = NULL;
    bp_str user = bp_str_of("span.user"), step = bp_str_of(".step"), name = bp_str_of("span:name");
    bp_value two[] = {text("u1"), text("u3")};

    REQUIRE_OK(bp_column_scanner_equal(s, user, text("u1"), &set, &err), err);
    CHECK(take(set) == 40);
    REQUIRE_OK(bp_column_scanner_not_equal(s, user, text("u1"), &set, &err), err);
    CHECK(take(set) == 160);
    REQUIRE_OK(bp_column_scanner_less(s, step, integer(2), &set, &err), err);
    CHECK(take(set) == 100);
    REQUIRE_OK(bp_column_scanner_less_equal(s, step, integer(2), &set, &err), err);
    CHECK(take(set) == 150);
    REQUIRE_OK(bp_column_scanner_greater(s, step, bp_value_of_f64(1.5), &set, &err), err);
    CHECK(take(set) == 100);
    REQUIRE_OK(bp_column_scanner_greater_equal(s, step, integer(3), &set, &err), err);
    CHECK(take(set) == 50);
    REQUIRE_OK(bp_column_scanner_between(s, step, integer(1), integer(2), &set, &err), err);
    CHECK(take(set) == 100);
    REQUIRE_OK(bp_column_scanner_in(s, user, two, 2, &set, &err), err);
    CHECK(take(set) == 80);
    REQUIRE_OK(bp_column_scanner_not_in(s, user, two, 2, &set, &err), err);
    CHECK(take(set) == 120);
    REQUIRE_OK(bp_column_scanner_regex(s, name, bp_str_of("ry [13]$"), &set, &err), err);
    CHECK(take(set) == 100);
    REQUIRE_OK(bp_column_scanner_not_regex(s, name, bp_str_of("^query"), &set, &err), err);
    CHECK(take(set) == 50);
    REQUIRE_OK(bp_column_scanner_contains(s, name, text("ery"), &set, &err), err);
    CHECK(take(set) == 150);
    REQUIRE_OK(bp_column_scanner_starts_with(s, name, text("GET"), &set, &err), err);
    CHECK(take(set) == 50);
    REQUIRE_OK(bp_column_scanner_ends_with(s, name, text(" 2"), &set, &err), err);
    CHECK(take(set) == 50);
    REQUIRE_OK(bp_column_scanner_equal_ignoring_case(s, name, bp_str_of("get /"), &set, &err), err);
    CHECK(take(set) == 50);
    REQUIRE_OK(bp_column_scanner_is_null(s, bp_str_of("span.odd"), &set, &err), err);
    CHECK(take(set) == 100);
    REQUIRE_OK(bp_column_scanner_is_not_null(s, bp_str_of("span.odd"), &set, &err), err);
    CHECK(take(set) == 100);

    bp_value five = integer(5);
    REQUIRE_OK(bp_column_scanner_scan(s, name, BP_OP_LENGTH_EQUAL, &five, 1, &set, &err), err);
    CHECK(take(set) == 50);
    REQUIRE_OK(bp_column_scanner_scan(s, name, BP_OP_LENGTH_GREATER, &five, 1, &set, &err), err);
    CHECK(take(set) == 150);
    REQUIRE_OK(bp_column_scanner_equal(s, bp_str_of("span:status"), bp_value_of_int(BP_KIND_SPAN_STATUS, 2), &set, &err), err);
    CHECK_STR(bp_row_set_column(set), "span:status");
    CHECK(bp_row_set_contains(set, 6) && !bp_row_set_contains(set, 7));
    CHECK(take(set) == 50);
    REQUIRE_OK(bp_column_scanner_equal(s, bp_str_of("span:kind"), bp_value_of_int(BP_KIND_SPAN_KIND, 2), &set, &err), err);
    CHECK(take(set) == 50);
    REQUIRE_OK(bp_column_scanner_equal(s, bp_str_of("resource.service.name"), text("store"), &set, &err), err);
    CHECK(take(set) == 150);
    REQUIRE_OK(bp_column_scanner_greater(s, bp_str_of("span:duration"), bp_value_of_int(BP_KIND_DURATION_NS, 49750), &set, &err), err);
    CHECK(take(set) == 150);
    uint8_t id[16];
    bp_bytes bytes = {id, 16};
    sample_trace_id(id, 17);
    REQUIRE_OK(bp_column_scanner_equal(s, bp_str_of("trace:id"), bp_value_of_bytes(BP_KIND_ID, bytes), &set, &err), err);
    CHECK(bp_row_set_contains(set, 68) && take(set) == 4);
    bp_column_scanner_free(s);
    bp_blocks_free(blocks);
}

static void what_does_not_fit_matches_nothing(void) {
    bp_blocks *blocks = sample_blocks(50, 4, 0);
    bp_column_scanner *s = scanner_of(blocks);
    bp_row_set *set = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_column_scanner_equal(s, bp_str_of("span.user"), integer(1), &set, &err), err);
    CHECK(take(set) == 0);
    REQUIRE_OK(bp_column_scanner_not_equal(s, bp_str_of("span.user"), integer(1), &set, &err), err);
    CHECK(take(set) == 0);
    REQUIRE_OK(bp_column_scanner_equal(s, bp_str_of("span.none"), integer(1), &set, &err), err);
    CHECK(take(set) == 0);
    REQUIRE_OK(bp_column_scanner_is_null(s, bp_str_of("span.none"), &set, &err), err);
    CHECK(take(set) == 200);
    REQUIRE_OK(bp_column_scanner_in(s, bp_str_of("span.user"), NULL, 0, &set, &err), err);
    CHECK(take(set) == 0);
    bp_column_scanner_free(s);
    bp_blocks_free(blocks);
}

static void wrong_questions_answer(void) {
    bp_blocks *blocks = sample_blocks(1, 1, 0);
    bp_column_scanner *s = scanner_of(blocks);
    bp_row_set *set = NULL;
    bp_error *err = NULL;
    bp_str name = bp_str_of("span:name");
    bp_value absent, list = text("x"), many[3] = {integer(1), integer(2), integer(3)};
    memset(&absent, 0, sizeof absent);
    list.kind = BP_KIND_LIST;
    CHECK_STATUS(bp_column_scanner_equal(s, name, absent, &set, NULL), BP_ERR_TYPE);
    CHECK_STATUS(bp_column_scanner_equal(s, name, list, &set, NULL), BP_ERR_TYPE);
    list.kind = 9999;
    CHECK_STATUS(bp_column_scanner_equal(s, name, list, &set, NULL), BP_ERR_TYPE);
    CHECK_STATUS(bp_column_scanner_regex(s, name, bp_str_of("("), &set, &err), BP_ERR_PARSE);
    CHECK(bp_error_message(err).len > 0);
    bp_error_free(err);
    CHECK_STATUS(bp_column_scanner_regex(s, name, bp_str_of("(a{1000}){1000}"), &set, NULL), BP_ERR_LIMIT);
    CHECK_STATUS(bp_column_scanner_equal(s, bp_str_of(""), integer(1), &set, NULL), BP_ERR_PARSE);
    CHECK_STATUS(bp_column_scanner_scan(s, name, 0, many, 1, &set, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_column_scanner_scan(s, name, 24, many, 1, &set, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_column_scanner_scan(s, name, UINT32_MAX, many, 1, &set, NULL), BP_ERR_INVALID_ARGUMENT);
    for (bp_op op = BP_OP_EQUAL; op <= BP_OP_LENGTH_GREATER_EQUAL; op++) {
        if (op != BP_OP_IN && op != BP_OP_NOT_IN) {
            CHECK_STATUS(bp_column_scanner_scan(s, name, op, many, 3, &set, NULL), BP_ERR_INVALID_ARGUMENT);
        }
    }
    many[0] = text("not a length");
    CHECK_STATUS(bp_column_scanner_scan(s, name, BP_OP_LENGTH_LESS, many, 1, &set, NULL), BP_ERR_TYPE);
    CHECK_STATUS(bp_column_scanner_scan(s, name, BP_OP_REGEX, many + 1, 1, &set, NULL), BP_ERR_TYPE);
    CHECK(set == NULL);
    bp_column_scanner_free(s);
    bp_blocks_free(blocks);
}

static void all_blocks_are_scanned_at_once(void) {
    bp_blocks *blocks = shop_blocks(1000);
    bp_span_set *errors = NULL, *found = NULL;
    bp_error *err = NULL;
    bp_value status = bp_value_of_int(BP_KIND_SPAN_STATUS, 2), catalog = text("catalog");
    CHECK(bp_blocks_len(blocks) > 9);
    REQUIRE_OK(bp_blocks_scan(blocks, bp_str_of("span:status"), BP_OP_EQUAL, &status, 1, &errors, &err), err);
    CHECK(bp_span_set_count(errors) == SHOP_ERRORS);
    REQUIRE_OK(bp_blocks_scan(blocks, bp_str_of("resource.service.name"), BP_OP_EQUAL, &catalog, 1, &found, &err), err);
    CHECK(bp_span_set_count(found) == 3448);
    bp_span_set_free(found);
    REQUIRE_OK(bp_blocks_scan(blocks, bp_str_of("span:parent_id"), BP_OP_IS_NULL, NULL, 0, &found, &err), err);
    CHECK(bp_span_set_count(found) == SHOP_ROOTS);
    bp_span_set_free(found);
    bp_span_set_free(errors);
    bp_scan_stats stats = BP_SCAN_STATS_INIT;
    REQUIRE_OK(bp_blocks_scan_stats(blocks, &stats, &err), err);
    CHECK(stats.scans == 3 * bp_blocks_len(blocks) && stats.rows_matched >= SHOP_ERRORS + SHOP_ROOTS);
    bp_blocks_free(blocks);
}

static void scans_tell_what_they_left_out_and_learned(void) {
    bp_blocks *blocks = shop_blocks(1000);
    bp_span_set *found = NULL;
    bp_error *err = NULL;
    bp_value late = integer(INT64_MAX), catalog = text("catalog");
    bp_scan_stats stats = BP_SCAN_STATS_INIT;
    bp_observation observed = BP_OBSERVATION_INIT;
    bp_str service = bp_str_of("resource.service.name"), duration = bp_str_of("span:duration");
    REQUIRE_OK(bp_blocks_observed(blocks, service, BP_OP_EQUAL, &observed, &err), err);
    CHECK(observed.selectivity == 0.1 && observed.scans == 0);
    REQUIRE_OK(bp_blocks_scan(blocks, duration, BP_OP_GREATER, &late, 1, &found, &err), err);
    bp_span_set_free(found);
    REQUIRE_OK(bp_blocks_scan_stats(blocks, &stats, &err), err);
    CHECK(stats.scans == bp_blocks_len(blocks) && stats.blocks_pruned == stats.scans);
    CHECK(stats.bytes == 0 && stats.zones_pruned <= stats.zones);
    CHECK(stats.pruned_by_bounds == stats.scans && stats.pruned_no_column == 0);
    CHECK(stats.pruned_by_dictionary + stats.pruned_constant + stats.pruned_by_zones == 0);
    CHECK(stats.pruned_by_index == 0);
    REQUIRE_OK(bp_blocks_scan(blocks, service, BP_OP_EQUAL, &catalog, 1, &found, &err), err);
    double share = (double)bp_span_set_count(found) / (double)bp_blocks_span_count(blocks);
    bp_span_set_free(found);
    REQUIRE_OK(bp_blocks_observed(blocks, service, BP_OP_IN, &observed, &err), err);
    CHECK(observed.selectivity == share && observed.scans == 1);
    REQUIRE_OK(bp_blocks_observed(blocks, service, BP_OP_NOT_EQUAL, &observed, &err), err);
    CHECK(observed.selectivity == 0.1 && observed.scans == 0);
    for (bp_op op = BP_OP_EQUAL; op <= BP_OP_LENGTH_GREATER_EQUAL; op++) {
        REQUIRE_OK(bp_blocks_observed(blocks, duration, op, &observed, &err), err);
    }
    CHECK_STATUS(bp_blocks_observed(blocks, service, 0, &observed, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(observed.scans == 0);
    CHECK_STATUS(bp_blocks_observed(blocks, bp_str_of("span:x"), BP_OP_EQUAL, &observed, NULL), BP_ERR_PARSE);
    REQUIRE_OK(bp_blocks_reset_scan_stats(blocks, &err), err);
    REQUIRE_OK(bp_blocks_scan_stats(blocks, &stats, &err), err);
    REQUIRE_OK(bp_blocks_observed(blocks, service, BP_OP_EQUAL, &observed, &err), err);
    CHECK(stats.scans == 0 && stats.rows_matched == 0 && stats.blocks_pruned == 0);
    CHECK(stats.pruned_by_bounds == 0);
    CHECK(observed.selectivity == 0.1 && observed.scans == 0);
    bp_blocks_free(blocks);
}

typedef struct stream {
    uint64_t rows;
    int calls;
    int stop_at;
    uint32_t last_block;
    size_t largest;
    const bp_blocks *blocks;
} stream;

static int32_t on_rows(void *ctx, uint32_t block, const uint32_t *rows, size_t count) {
    stream *it = (stream *)ctx;
    it->calls++;
    CHECK(count > 0 && block >= it->last_block);
    for (size_t i = 1; i < count; i++) {
        CHECK(rows[i - 1] < rows[i]);
    }
    it->last_block = block;
    it->rows += count;
    it->largest = count > it->largest ? count : it->largest;
    CHECK(bp_blocks_len(it->blocks) > 0); /* other calls are allowed meanwhile */
    return it->calls == it->stop_at ? 99 : 0;
}

static void streams_hand_out_batches_and_stop(void) {
    bp_blocks *blocks = shop_blocks(1000);
    bp_error *err = NULL;
    bp_value catalog = text("catalog");
    bp_str service = bp_str_of("resource.service.name");
    stream all = {0, 0, 0, 0, 0, blocks};
    REQUIRE_OK(bp_blocks_stream(blocks, service, BP_OP_EQUAL, &catalog, 1, 100, on_rows, &all, &err), err);
    CHECK(all.rows == 3448 && all.largest == 100 && all.calls >= 35);
    stream rows = {0, 0, 0, 0, 0, blocks};
    REQUIRE_OK(bp_blocks_stream(blocks, service, BP_OP_EQUAL, &catalog, 1, 1, on_rows, &rows, &err), err);
    CHECK(rows.rows == 3448 && rows.calls == 3448);
    stream some = {0, 0, 3, 0, 0, blocks};
    CHECK_STATUS(bp_blocks_stream(blocks, service, BP_OP_EQUAL, &catalog, 1, 10, on_rows, &some, &err), BP_ERR_STOPPED);
    CHECK(some.rows == 30 && bp_error_callback_code(err) == 99);
    bp_error_free(err);
    bp_column_scanner *s = scanner_of(blocks);
    stream one = {0, 0, 0, 0, 0, blocks};
    bp_row_set *set = NULL;
    REQUIRE_OK(bp_column_scanner_stream(s, service, BP_OP_EQUAL, &catalog, 1, 0, on_rows, &one, &err), err);
    REQUIRE_OK(bp_column_scanner_equal(s, service, catalog, &set, &err), err);
    CHECK(one.rows == bp_row_set_count(set) && one.rows > 0);
    bp_row_set_free(set);
    stream none = {0, 0, 0, 0, 0, blocks};
    bp_value nobody = text("nobody");
    REQUIRE_OK(bp_column_scanner_stream(s, service, BP_OP_EQUAL, &nobody, 1, 0, on_rows, &none, &err), err);
    CHECK(none.calls == 0);
    CHECK_STATUS(bp_column_scanner_stream(s, service, BP_OP_EQUAL, &nobody, 1, 0, NULL, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    bp_column_scanner_free(s);
    bp_blocks_free(blocks);
}

/* --- which columns matched --- */

static void conditions_are_satisfied_together(void) {
    bp_blocks *blocks = shop_blocks(1000);
    bp_span_set *all = NULL, *catalog = NULL, *errors = NULL, *both = NULL;
    bp_error *err = NULL;
    bp_value service = text("catalog"), error = bp_value_of_int(BP_KIND_SPAN_STATUS, 2);
    bp_condition conditions[] = {
        {bp_str_of("resource.service.name"), BP_OP_EQUAL, 0, &service, 1},
        {bp_str_of("span:status"), BP_OP_EQUAL, 0, &error, 1},
        {bp_str_of("span:id"), BP_OP_IS_NULL, 0, NULL, 0},
    };
    REQUIRE_OK(bp_blocks_scan(blocks, conditions[0].column, BP_OP_EQUAL, &service, 1, &catalog, &err), err);
    REQUIRE_OK(bp_blocks_scan(blocks, conditions[1].column, BP_OP_EQUAL, &error, 1, &errors, &err), err);
    REQUIRE_OK(bp_span_set_and(catalog, errors, &both, &err), err);
    for (size_t threads = 1; threads <= 2; threads++) {
        REQUIRE_OK(bp_blocks_set_scan_threads(blocks, threads, &err), err);
        REQUIRE_OK(bp_blocks_scan_all(blocks, conditions, 2, &all, &err), err);
        CHECK(bp_span_set_count(all) == bp_span_set_count(both) && bp_span_set_count(all) > 0);
        bp_span_set_free(all);
    }
    REQUIRE_OK(bp_blocks_scan_all(blocks, NULL, 0, &all, &err), err);
    CHECK(bp_span_set_count(all) == SHOP_SPANS);
    bp_span_set_free(all);
    /* The last one matches nothing; once that is known it is asked first, and nothing else is. */
    bp_scan_stats before = BP_SCAN_STATS_INIT, after = BP_SCAN_STATS_INIT;
    REQUIRE_OK(bp_blocks_scan(blocks, conditions[2].column, BP_OP_IS_NULL, NULL, 0, &all, &err), err);
    bp_span_set_free(all);
    REQUIRE_OK(bp_blocks_scan_stats(blocks, &before, &err), err);
    REQUIRE_OK(bp_blocks_scan_all(blocks, conditions, 3, &all, &err), err);
    REQUIRE_OK(bp_blocks_scan_stats(blocks, &after, &err), err);
    CHECK(bp_span_set_count(all) == 0 && after.scans == before.scans + bp_blocks_len(blocks));
    bp_span_set_free(all);
    conditions[0].operands = NULL;
    CHECK_STATUS(bp_blocks_scan_all(blocks, conditions, 2, &all, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_scan_all(blocks, NULL, 2, &all, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_scan_all(NULL, conditions, 1, &all, NULL), BP_ERR_NULL_ARGUMENT);
    conditions[0].op = 0;
    conditions[0].n = 0;
    CHECK_STATUS(bp_blocks_scan_all(blocks, conditions, 1, &all, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(all == NULL);
    bp_span_set_free(catalog);
    bp_span_set_free(errors);
    bp_span_set_free(both);
    bp_blocks_free(blocks);
}

static void several_threads_find_the_same_in_order(void) {
    bp_blocks *blocks = shop_blocks(100);
    bp_span_set *found = NULL;
    bp_error *err = NULL;
    bp_value catalog = text("catalog");
    bp_str service = bp_str_of("resource.service.name");
    CHECK(bp_blocks_len(blocks) > 90);
    for (size_t threads = 0; threads < 4; threads++) {
        stream it = {0, 0, -1, 0, 0, blocks};
        REQUIRE_OK(bp_blocks_set_scan_threads(blocks, threads, &err), err);
        REQUIRE_OK(bp_blocks_scan(blocks, service, BP_OP_EQUAL, &catalog, 1, &found, &err), err);
        CHECK(bp_span_set_count(found) == 3448);
        bp_span_set_free(found);
        REQUIRE_OK(bp_blocks_stream(blocks, service, BP_OP_EQUAL, &catalog, 1, 0, on_rows, &it, &err), err);
        CHECK(it.rows == 3448 && it.last_block > 0);
        stream stopped = {0, 0, 2, 0, 0, blocks};
        CHECK_STATUS(bp_blocks_stream(blocks, service, BP_OP_EQUAL, &catalog, 1, 0, on_rows, &stopped, NULL), BP_ERR_STOPPED);
        CHECK(stopped.calls == 2);
    }
    CHECK_STATUS(bp_blocks_set_scan_threads(blocks, SIZE_MAX, NULL), BP_ERR_LIMIT);
    CHECK_STATUS(bp_blocks_set_scan_threads(NULL, 1, NULL), BP_ERR_NULL_ARGUMENT);
    bp_blocks_free(blocks);
}

static bool hides(const bp_lazy_fields *fields, const char *name) {
    bp_value value;
    bp_status status = bp_lazy_fields_get(fields, bp_str_of(name), &value, NULL);
    CHECK(status == BP_OK || status == BP_ABSENT);
    return status == BP_ABSENT;
}

static void matches_tell_their_columns(void) {
    bp_blocks *blocks = sample_blocks(50, 4, 0);
    bp_column_scanner *s = scanner_of(blocks);
    bp_row_set *sets[3] = {NULL, NULL, NULL};
    bp_span_matches *any = NULL, *all = NULL, *nested = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_column_scanner_equal(s, bp_str_of("span.user"), text("u1"), &sets[0], &err), err);
    REQUIRE_OK(bp_column_scanner_equal(s, bp_str_of(".step"), integer(2), &sets[1], &err), err);
    REQUIRE_OK(bp_column_scanner_equal(s, bp_str_of("span.odd"), text("no"), &sets[2], &err), err);
    const bp_row_set *given[] = {sets[0], sets[1], sets[2]};
    REQUIRE_OK(bp_row_sets_or(given, 3, &any, &err), err);
    REQUIRE_OK(bp_row_sets_and(given, 2, &all, &err), err);
    CHECK(bp_span_matches_count(any) == 40 + 50 - 10 && bp_span_matches_count(all) == 10);
    CHECK(bp_span_matches_column_count(any) == 3);
    CHECK_STR(bp_span_matches_column(any, 0), "span.user");
    CHECK_STR(bp_span_matches_column(any, 1), ".step");
    CHECK(bp_span_matches_column(any, 3).len == 0);
    uint32_t rows[200], from = 0;
    uint64_t masks[200];
    size_t count = 0, total = 0;
    while (bp_span_matches_rows(any, from, rows + total, masks + total, 7, &count, NULL) == BP_OK) {
        total += count;
        from = rows[total - 1] + 1;
    }
    CHECK(total == 80);
    for (size_t i = 0; i < total; i++) {
        bool user = rows[i] / 4 % 5 == 1, step = rows[i] % 4 == 2;
        CHECK(masks[i] == ((user ? 1u : 0u) | (step ? 2u : 0u)));
        CHECK(bp_span_matches_by_column(any, rows[i], 0) == user);
        CHECK(bp_span_matches_by_column(any, rows[i], 1) == step);
        CHECK(!bp_span_matches_by_column(any, rows[i], 2) && !bp_span_matches_by_column(any, rows[i], 64));
        CHECK(bp_span_matches_contains(any, rows[i]));
    }
    CHECK(!bp_span_matches_contains(any, 0) && !bp_span_matches_by_column(any, 0, 0));
    CHECK_STATUS(bp_span_matches_rows(any, 0, rows, NULL, 200, &count, NULL), BP_OK);
    CHECK(count == 80);

    /* (user and step) or odd: of (a and b) or c. */
    bp_span_matches *odd = NULL;
    REQUIRE_OK(bp_row_sets_or(given, 1, &odd, &err), err);
    const bp_span_matches *parts[] = {all, odd};
    REQUIRE_OK(bp_span_matches_or(parts, 2, &nested, &err), err);
    CHECK(bp_span_matches_count(nested) == 40 && bp_span_matches_column_count(nested) == 3);
    CHECK_STATUS(bp_span_matches_rows(nested, 0, rows, masks, 200, &count, NULL), BP_OK);
    for (size_t i = 0; i < count; i++) {
        CHECK(masks[i] == (rows[i] % 4 == 2 ? 7u : 4u));
    }
    bp_span_matches_free(nested);
    REQUIRE_OK(bp_span_matches_and(parts, 2, &nested, &err), err);
    CHECK(bp_span_matches_count(nested) == 10);

    /* Only what matched is visible, and what always is. */
    bp_lazy_fields *fields = NULL;
    REQUIRE_OK(bp_span_matches_fields(any, 4, &fields, &err), err); /* trace 1, step 0 */
    CHECK(!hides(fields, "span.user") && hides(fields, "span.step") && hides(fields, "span.trace.number"));
    CHECK(!hides(fields, "span:name") && !hides(fields, "resource.service.name"));
    bp_lazy_fields_free(fields);
    REQUIRE_OK(bp_span_matches_fields(any, 6, &fields, &err), err); /* trace 1, step 2 */
    CHECK(!hides(fields, "span.user") && !hides(fields, "span.step"));
    bp_lazy_fields_free(fields);

    bp_row_set *set = NULL;
    REQUIRE_OK(bp_span_matches_row_set(any, &set, &err), err);
    CHECK(bp_row_set_count(set) == 80 && bp_row_set_column(set).len == 0);
    const bp_row_set *unnamed[] = {set};
    bp_span_matches *none = any;
    CHECK_STATUS(bp_row_sets_or(unnamed, 1, &none, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(none == NULL);
    CHECK_STATUS(bp_row_sets_or(unnamed, 0, &none, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_row_set_free(set);

    bp_column_scanner_free(s);
    bp_blocks_free(blocks);
    for (size_t i = 0; i < 3; i++) {
        bp_row_set_free(sets[i]);
    }
    bp_span_matches_release(all);
    bp_span_matches_release(nested);
    bp_span_matches_release(odd);
    CHECK(bp_bytes_held() > 0);
    for (int i = 0; i < 2; i++) {
        bp_span_matches_release(any);
        CHECK(bp_span_matches_is_released(any) && bp_bytes_held() == 0);
    }
    CHECK(bp_span_matches_count(any) == 80 && bp_span_matches_by_column(any, 4, 0));
    CHECK_STATUS(bp_span_matches_fields(any, 4, &fields, NULL), BP_ERR_RELEASED);
    bp_span_matches_free(any);
    bp_span_matches_free(all);
    bp_span_matches_free(odd);
    bp_span_matches_free(nested);
}

static void children_outlive_parents(void) {
    bp_blocks *blocks = sample_blocks(50, 4, 0);
    bp_column_scanner *s = scanner_of(blocks);
    bp_row_set *set = NULL;
    bp_lazy_fields *fields = NULL;
    bp_value value;
    bp_error *err = NULL;
    bp_blocks_free(blocks);
    REQUIRE_OK(bp_column_scanner_equal(s, bp_str_of(".user"), text("u4"), &set, &err), err);
    bp_column_scanner_free(s);
    REQUIRE_OK(bp_row_set_fields(set, 16, &fields, &err), err);
    bp_row_set_free(set);
    REQUIRE_OK(bp_lazy_fields_get(fields, bp_str_of("span:name"), &value, &err), err);
    CHECK_STR(bp_value_str(&value), "GET /");
    bp_lazy_fields_free(fields);
}

static void released_scanners_answer_released(void) {
    bp_blocks *blocks = sample_blocks(5, 4, 0);
    bp_column_scanner *s = scanner_of(blocks);
    bp_row_set *set = NULL;
    bp_span_set *spans = NULL;
    bp_column_scanner_release(s);
    bp_column_scanner_release(s);
    CHECK(bp_column_scanner_is_released(s));
    CHECK_STATUS(bp_column_scanner_is_null(s, bp_str_of(".user"), &set, NULL), BP_ERR_RELEASED);
    CHECK(set == NULL);
    bp_blocks_release(blocks);
    CHECK_STATUS(bp_blocks_scan(blocks, bp_str_of(".user"), BP_OP_IS_NULL, NULL, 0, &spans, NULL), BP_ERR_RELEASED);
    bp_scan_stats stats = BP_SCAN_STATS_INIT;
    CHECK_STATUS(bp_column_scanner_stats(s, &stats, NULL), BP_OK);
    bp_column_scanner_free(s);
    bp_blocks_free(blocks);
}

static void null_arguments_answer(void) {
    bp_blocks *blocks = sample_blocks(1, 1, 0);
    bp_column_scanner *s = scanner_of(blocks), *none = NULL;
    bp_row_set *set = NULL;
    bp_span_set *spans = NULL;
    bp_span_matches *matches = NULL;
    bp_str name = bp_str_of(".user"), missing = {NULL, 1};
    bp_value gap = text("x");
    bp_scan_stats stats = BP_SCAN_STATS_INIT;
    bp_observation observed = BP_OBSERVATION_INIT;
    size_t count;
    gap.ptr = NULL;
    CHECK_STATUS(bp_column_scanner_new(NULL, 0, &none, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_column_scanner_new(blocks, 0, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_column_scanner_new(blocks, 1, &none, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_column_scanner_equal(NULL, name, text("x"), &set, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_column_scanner_equal(s, missing, text("x"), &set, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_column_scanner_equal(s, name, gap, &set, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_column_scanner_equal(s, name, text("x"), NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_column_scanner_in(s, name, NULL, 2, &set, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_column_scanner_regex(s, name, missing, &set, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_column_scanner_stats(s, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_scan(NULL, name, BP_OP_IS_NULL, NULL, 0, &spans, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_scan(blocks, name, BP_OP_EQUAL, NULL, 1, &spans, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_scan_stats(NULL, &stats, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_reset_scan_stats(NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_observed(NULL, name, BP_OP_EQUAL, &observed, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_observed(blocks, missing, BP_OP_EQUAL, &observed, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_observed(blocks, name, BP_OP_EQUAL, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_row_sets_or(NULL, 2, &matches, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_row_sets_and(NULL, 2, &matches, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_matches_or(NULL, 2, &matches, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_matches_and(NULL, 2, &matches, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_matches_rows(NULL, 0, NULL, NULL, 0, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_matches_row_set(NULL, &set, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK(bp_span_matches_count(NULL) == 0 && bp_span_matches_column_count(NULL) == 0);
    CHECK(!bp_span_matches_contains(NULL, 0) && !bp_span_matches_is_released(NULL));
    bp_column_scanner_release(NULL);
    bp_column_scanner_free(NULL);
    bp_span_matches_release(NULL);
    bp_span_matches_free(NULL);
    bp_column_scanner_free(s);
    bp_blocks_free(blocks);
}

int main(void) {
    RUN(every_predicate_finds_its_rows);
    RUN(what_does_not_fit_matches_nothing);
    RUN(wrong_questions_answer);
    RUN(all_blocks_are_scanned_at_once);
    RUN(scans_tell_what_they_left_out_and_learned);
    RUN(streams_hand_out_batches_and_stop);
    RUN(conditions_are_satisfied_together);
    RUN(several_threads_find_the_same_in_order);
    RUN(matches_tell_their_columns);
    RUN(children_outlive_parents);
    RUN(released_scanners_answer_released);
    RUN(null_arguments_answer);
    FINISH();
}
