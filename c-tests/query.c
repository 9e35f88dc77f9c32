/* Queries, and how they are answered. */
#include "sample.h"

static void queries_are_read_and_spelled_in_one_way(void) {
    bp_query *query = sample_query("{span.a=1&&status = error}|count()>2");
    CHECK_STR(bp_query_text(query), "{ span.a = 1 && status = error } | count() > 2");
    CHECK(bp_query_kind(query) == BP_QUERY_SPANS);
    bp_query_free(query);
    query = sample_query("{} | rate() by (resource.service.name)");
    CHECK(bp_query_kind(query) == BP_QUERY_SERIES);
    bp_query_free(query);
}

static bp_status refused(const char *text, uint64_t *position) {
    bp_query *query = NULL;
    bp_error *err = NULL;
    bp_status status = bp_query_compile(bp_str_of(text), &query, &err);
    CHECK(query == NULL && err != NULL && bp_error_message(err).len > 10);
    CHECK(bp_error_position(err, position));
    bp_error_free(err);
    return status;
}

static void errors_say_where(void) {
    uint64_t position = 0;
    CHECK_STATUS(refused("{ span.a = }", &position), BP_ERR_PARSE);
    CHECK(position == 11);
    CHECK_STATUS(refused("{ 1 + \"a\" = 2 }", &position), BP_ERR_TYPE);
    CHECK_STATUS(refused("{ span.a = \"\xff\" }", &position), BP_ERR_PARSE);
    CHECK(position == 12);
}

static void plans_are_text_and_rows(void) {
    bp_query *query = sample_query("{ .step = 1 && name = \"x\" } >> { .odd }");
    bp_explanation *explanation = NULL;
    bp_query_part parts[16];
    bp_error *err = NULL;
    size_t count = 0;
    REQUIRE_OK(bp_query_explain(query, &explanation, &err), err);
    bp_query_free(query);
    bp_str text = bp_explanation_text(explanation);
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.ptr[i] == '\n';
    }
    REQUIRE_OK(bp_explanation_parts(explanation, 0, parts, 16, &count, &err), err);
    CHECK(count == bp_explanation_len(explanation) && count == lines && count > 3);
    CHECK_STR(parts[0].how, "structure");
    CHECK_STR(parts[0].text, ">>");
    CHECK(parts[0].depth == 0 && parts[1].depth == 1 && parts[0].calls == 0);
    for (size_t i = 0; i < count; i++) {
        bp_part_details details = BP_PART_DETAILS_INIT;
        REQUIRE_OK(bp_explanation_part_details(explanation, i, &details, &err), err);
        CHECK(details.struct_size == sizeof details && details.makes_series == 0);
        CHECK(details.rows_scanned == 0 && details.bytes == 0 && details.series == 0);
    }
    CHECK_STATUS(bp_explanation_parts(explanation, count, parts, 16, &count, &err), BP_DONE);
    bp_explanation_free(explanation);
}

static void plans_of_series_are_those_of_their_spans_and_more(void) {
    bp_query *query = sample_query("({ .step = 1 } | rate() by (name)) / 2 > 1");
    bp_explanation *explanation = NULL;
    bp_query_part parts[8];
    bp_error *err = NULL;
    size_t count = 0;
    const char *hows[] = {"series filter", "calculation", "series", "filter", "scan", "known"};
    REQUIRE_OK(bp_query_explain(query, &explanation, &err), err);
    bp_query_free(query);
    REQUIRE_OK(bp_explanation_parts(explanation, 0, parts, 8, &count, &err), err);
    CHECK(count == 6);
    for (size_t i = 0; i < count; i++) {
        CHECK_STR(parts[i].how, hows[i]);
    }
    CHECK_STR(parts[2].text, "rate() by (name)");
    CHECK(parts[2].depth == 2 && parts[2].calls == 0);
    for (size_t i = 0; i < count; i++) {
        bp_part_details details = BP_PART_DETAILS_INIT;
        REQUIRE_OK(bp_explanation_part_details(explanation, i, &details, &err), err);
        CHECK(details.makes_series == (i < 3) && details.series == 0);
    }
    bp_explanation_free(explanation);
}

static void misuse_answers(void) {
    bp_query *query = NULL;
    bp_explanation *explanation = NULL;
    bp_str wrong = {NULL, 3};
    CHECK_STATUS(bp_query_compile(wrong, &query, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK(bp_query_text(NULL).len == 0 && bp_query_kind(NULL) == 0);
    CHECK(bp_explanation_text(NULL).len == 0 && bp_explanation_len(NULL) == 0);
    CHECK_STATUS(bp_query_explain(NULL, &explanation, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK(explanation == NULL);
    bp_part_details details = BP_PART_DETAILS_INIT;
    CHECK_STATUS(bp_explanation_part_details(NULL, 0, &details, NULL), BP_ERR_NULL_ARGUMENT);
    query = sample_query("{ .step = 1 }");
    REQUIRE(bp_query_explain(query, &explanation, NULL) == BP_OK);
    CHECK_STATUS(bp_explanation_part_details(explanation, 0, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    details.bytes = 7;
    bp_error *err = NULL;
    size_t len = bp_explanation_len(explanation);
    CHECK_STATUS(bp_explanation_part_details(explanation, len, &details, &err), BP_ERR_INVALID_ARGUMENT);
    CHECK(details.bytes == 0);
    CHECK_STR(bp_error_message(err), "there is no part 2, there are 2");
    bp_error_free(err);
    details.struct_size = 8;
    CHECK_STATUS(bp_explanation_part_details(explanation, 0, &details, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_explanation_free(explanation);
    bp_query_free(query);
    bp_query_free(NULL);
    bp_explanation_free(NULL);
}

int main(void) {
    RUN(queries_are_read_and_spelled_in_one_way);
    RUN(errors_say_where);
    RUN(plans_are_text_and_rows);
    RUN(plans_of_series_are_those_of_their_spans_and_more);
    RUN(misuse_answers);
    FINISH();
}
