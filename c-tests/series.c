/* Series that queries make of spans. */
#include "sample.h"

static bp_series *make(const char *text, bp_blocks *blocks, bp_metrics_options *options) {
    bp_query *query = sample_query(text);
    bp_series *series = NULL;
    bp_error *err = NULL;
    options->start_ns = 500000;
    options->end_ns = 30500000;
    options->step_ns = 10000000;
    REQUIRE_OK(bp_series_new(query, blocks, options, &series, &err), err);
    bp_query_free(query);
    bp_blocks_free(blocks);
    return series;
}

static void spans_are_counted_over_time(void) {
    bp_metrics_options options = BP_METRICS_OPTIONS_INIT;
    bp_series_set_info info = BP_SERIES_SET_INFO_INIT;
    uint64_t times[4];
    double values[4];
    bp_field label;
    bp_error *err = NULL;
    size_t count = 0;
    options.threads = 2;
    bp_series *series = make("{} | count_over_time() by (resource.service.name)", sample_blocks(30, 5, 50), &options);
    CHECK(bp_bytes_held() == 0); /* they own what they say */
    CHECK(bp_series_len(series) == 2);
    REQUIRE_OK(bp_series_info(series, &info, &err), err);
    CHECK(info.series == 2 && info.samples == 3 && info.step_ns == 10000000 && info.spans == 150);
    REQUIRE_OK(bp_series_times(series, 0, times, 4, &count, &err), err);
    CHECK(count == 3 && times[0] == 10500000 && times[2] == 30500000);
    CHECK_STR(bp_series_text(series, 1), "{resource.service.name=\"store\"}");
    REQUIRE_OK(bp_series_labels(series, 1, 0, &label, 1, &count, &err), err);
    CHECK_STR(label.name, "resource.service.name");
    CHECK_STR(bp_value_str(&label.value), "store");
    REQUIRE_OK(bp_series_values(series, 0, 0, values, 4, &count, &err), err);
    CHECK(count == 3 && values[0] == 10 && values[2] == 10);
    REQUIRE_OK(bp_series_values(series, 1, 1, values, 4, &count, &err), err);
    CHECK(count == 2 && values[0] == 40);
    CHECK_STATUS(bp_series_values(series, 1, 3, values, 4, &count, &err), BP_DONE);
    CHECK_STATUS(bp_series_labels(series, 1, 1, &label, 1, &count, &err), BP_DONE);
    CHECK_STATUS(bp_series_exemplars(series, 1, 0, NULL, 0, &count, &err), BP_OK);
    CHECK(count == 0);
    bp_series_free(series);
}

static void gaps_are_not_numbers(void) {
    bp_metrics_options options = BP_METRICS_OPTIONS_INIT;
    double values[3];
    bp_error *err = NULL;
    size_t count = 0;
    bp_series *series = make("{ .trace.number >= 10 } | max_over_time(.step)", sample_blocks(30, 5, 50), &options);
    REQUIRE_OK(bp_series_values(series, 0, 0, values, 3, &count, &err), err);
    CHECK(count == 3 && values[0] != values[0] && values[1] == 4 && values[2] == 4);
    bp_series_free(series);
}

static void exemplars_name_spans(void) {
    bp_metrics_options options = BP_METRICS_OPTIONS_INIT;
    bp_exemplar found[8];
    bp_error *err = NULL;
    size_t count = 0;
    options.exemplars = 3;
    bp_series *series = make("{ .step = 2 } | rate()", sample_blocks(30, 5, 50), &options);
    REQUIRE_OK(bp_series_exemplars(series, 0, 0, found, 8, &count, &err), err);
    CHECK(count > 0 && count <= 3);
    for (size_t i = 0; i < count; i++) {
        uint32_t trace = found[i].ids.span.block * 10 + found[i].ids.span.row / 5;
        uint8_t id[8];
        sample_span_id(id, trace, 2);
        CHECK(memcmp(id, found[i].ids.span_id, 8) == 0);
        CHECK(found[i].time_ns == sample_start(trace, 2));
    }
    bp_series_free(series);
}

static void one_sample_can_be_of_the_whole_time(void) {
    bp_metrics_options options = BP_METRICS_OPTIONS_INIT;
    double value;
    bp_error *err = NULL;
    size_t count = 0;
    options.flags = BP_METRICS_INSTANT;
    bp_series *series = make("{ status = error } | count_over_time()", sample_blocks(30, 5, 50), &options);
    REQUIRE_OK(bp_series_values(series, 0, 0, &value, 1, &count, &err), err);
    CHECK(count == 1 && value == 30);
    bp_series_free(series);
}

static void what_was_done_is_told(void) {
    bp_metrics_options options = BP_METRICS_OPTIONS_INIT;
    bp_series_set_info info = BP_SERIES_SET_INFO_INIT;
    bp_explanation *explanation = NULL;
    bp_query_part parts[8];
    bp_error *err = NULL;
    size_t count = 0;
    bp_series *series = make("{ .step = 2 } | rate() by (name)", sample_blocks(30, 5, 50), &options);
    REQUIRE_OK(bp_series_info(series, &info, &err), err);
    CHECK(info.chunks == 3 && info.chunks_outside == 0 && info.peak_bytes > 0 && info.time_ns > 0);
    REQUIRE_OK(bp_series_explain(series, &explanation, &err), err);
    bp_series_free(series);
    REQUIRE_OK(bp_explanation_parts(explanation, 0, parts, 8, &count, &err), err);
    CHECK(count == 3);
    CHECK_STR(parts[0].how, "series");
    CHECK(parts[0].calls == 3 && parts[0].spans_in == 30 && parts[0].spans_out == info.spans);
    CHECK_STR(parts[2].how, "scan");
    CHECK(parts[2].spans_in == 150 && parts[2].spans_out == 30 && parts[2].scans == 3);
    bp_part_details part = BP_PART_DETAILS_INIT;
    REQUIRE_OK(bp_explanation_part_details(explanation, 0, &part, &err), err);
    CHECK(part.makes_series == 1 && part.series == info.series && part.series == 1 && part.bytes == 0);
    REQUIRE_OK(bp_explanation_part_details(explanation, 2, &part, &err), err);
    CHECK(part.makes_series == 0 && part.series == 0 && part.bytes > 0);
    CHECK(part.rows_scanned == 150 && part.rows_matched == 30);
    bp_explanation_free(explanation);
    CHECK_STATUS(bp_series_explain(NULL, &explanation, NULL), BP_ERR_NULL_ARGUMENT);
}

static void shards_count_together_what_the_whole_does(void) {
    uint64_t spans = 0;
    for (uint64_t block = 0; block < 3; block++) {
        bp_metrics_options options = BP_METRICS_OPTIONS_INIT;
        bp_series_set_info info = BP_SERIES_SET_INFO_INIT;
        bp_error *err = NULL;
        options.first_block = block;
        options.block_count = block < 2; /* the last is all that are left */
        bp_series *series = make("{} | rate()", sample_blocks(30, 5, 50), &options);
        REQUIRE_OK(bp_series_info(series, &info, &err), err);
        CHECK(info.chunks == 3 && info.chunks_outside == 2);
        CHECK(info.chunks_outside_blocks == 2 && info.chunks_outside_time == 0);
        spans += info.spans;
        bp_series_free(series);
    }
    CHECK(spans == 150);
}

static void misuse_answers(void) {
    bp_blocks *blocks = sample_blocks(2, 2, 0);
    bp_query *spans = sample_query("{}"), *rate = sample_query("{} | rate()");
    bp_metrics_options options = BP_METRICS_OPTIONS_INIT;
    bp_cancel *cancel = NULL;
    bp_series *series = NULL;
    bp_field label;
    double value;
    size_t count = 0;
    CHECK_STATUS(bp_series_new(spans, blocks, NULL, &series, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_series_new(NULL, blocks, NULL, &series, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_series_new(rate, NULL, NULL, &series, NULL), BP_ERR_NULL_ARGUMENT);
    options.flags = 8;
    CHECK_STATUS(bp_series_new(rate, blocks, &options, &series, NULL), BP_ERR_INVALID_ARGUMENT);
    options.flags = 0;
    options.start_ns = 9;
    options.end_ns = 5;
    CHECK_STATUS(bp_series_new(rate, blocks, &options, &series, NULL), BP_ERR_INVALID_ARGUMENT);
    options.start_ns = options.end_ns = 0;
    REQUIRE(bp_cancel_new(&cancel, NULL) == BP_OK);
    bp_cancel_trigger(cancel);
    options.cancel = cancel;
    CHECK_STATUS(bp_series_new(rate, blocks, &options, &series, NULL), BP_ERR_CANCELLED);
    bp_cancel_free(cancel);
    CHECK(series == NULL && bp_series_len(NULL) == 0 && bp_series_text(NULL, 0).len == 0);
    REQUIRE(bp_series_new(rate, blocks, NULL, &series, NULL) == BP_OK);
    CHECK(bp_series_text(series, 7).len == 0);
    CHECK_STATUS(bp_series_values(series, 7, 0, &value, 1, &count, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_series_labels(series, 7, 0, &label, 1, &count, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_series_exemplars(series, 7, 0, NULL, 0, &count, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_series_free(series);
    bp_blocks_release(blocks);
    CHECK_STATUS(bp_series_new(rate, blocks, NULL, &series, NULL), BP_ERR_RELEASED);
    bp_series_free(NULL);
    bp_query_free(spans);
    bp_query_free(rate);
    bp_blocks_free(blocks);
}

int main(void) {
    RUN(spans_are_counted_over_time);
    RUN(gaps_are_not_numbers);
    RUN(exemplars_name_spans);
    RUN(one_sample_can_be_of_the_whole_time);
    RUN(what_was_done_is_told);
    RUN(shards_count_together_what_the_whole_does);
    RUN(misuse_answers);
    FINISH();
}
