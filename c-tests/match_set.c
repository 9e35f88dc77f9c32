/* What searches find: traces, spansets, spans. */
#include "sample.h"

static bp_match_set *found(const char *text, bp_blocks *blocks, uint64_t spans) {
    bp_query *query = sample_query(text);
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    bp_cursor *cursor = NULL;
    bp_match_set *set = NULL;
    bp_error *err = NULL;
    options.limit = BP_NO_LIMIT;
    options.spans_per_spanset = spans;
    REQUIRE_OK(bp_cursor_new(query, blocks, &options, &cursor, &err), err);
    REQUIRE_OK(bp_cursor_next(cursor, 0, &set, &err), err);
    bp_query_free(query);
    bp_cursor_free(cursor);
    bp_blocks_free(blocks);
    return set;
}

static void traces_are_summed_up(void) {
    bp_match_set *set = found("{ .step > 0 }", sample_blocks(3, 5, 0), 0);
    bp_trace_match traces[4];
    bp_trace_service services[4];
    bp_error *err = NULL;
    size_t count = 0;
    CHECK(bp_match_set_len(set) == 3 && bp_match_set_spanset_count(set) == 3);
    REQUIRE_OK(bp_match_set_traces(set, 0, traces, 4, &count, &err), err);
    CHECK(count == 3);
    for (uint32_t i = 0; i < count; i++) { /* those that start last come first */
        uint8_t id[16];
        sample_trace_id(id, 2 - i);
        CHECK(memcmp(id, traces[i].trace_id, 16) == 0);
        CHECK(traces[i].start_ns == sample_start(2 - i, 0) && traces[i].duration_ns == 50000);
        CHECK(traces[i].matched == 4 && traces[i].first_spanset == i && traces[i].spansets == 1);
        CHECK(traces[i].services == 2 && traces[i].flags == 0);
        CHECK_STR(traces[i].root_service, "shop");
        CHECK_STR(traces[i].root_name, "GET /");
    }
    REQUIRE_OK(bp_match_set_services(set, traces[1].first_service, services, 2, &count, &err), err);
    CHECK(count == 2 && bp_match_set_service_count(set) == 6 && services[0].spans == 4 && services[0].errors == 1 && services[1].spans == 1);
    CHECK_STR(services[0].service, "store");
    CHECK_STATUS(bp_match_set_services(set, 6, services, 4, &count, &err), BP_DONE);
    CHECK_STATUS(bp_match_set_traces(set, 3, traces, 4, &count, &err), BP_DONE);
    bp_match_set_free(set);
}

static void spans_have_ids_places_and_values(void) {
    bp_match_set *set = found("{ .step > 0 } | select(.user)", sample_blocks(3, 5, 0), 2);
    bp_span_ids spans[8];
    bp_spanset spansets[4];
    bp_str names[4];
    bp_value values[16];
    bp_error *err = NULL;
    size_t count = 0;
    CHECK(bp_match_set_span_count(set) == 6);
    REQUIRE_OK(bp_match_set_spansets(set, 0, spansets, 4, &count, &err), err);
    CHECK(count == 3 && spansets[1].trace == 1 && spansets[1].first_span == 2);
    CHECK(spansets[1].spans == 2 && spansets[1].matched == 4 && spansets[1].attributes == 0);
    REQUIRE_OK(bp_match_set_spans(set, 2, spans, 8, &count, &err), err);
    CHECK(count == 4);
    for (uint32_t i = 0; i < 2; i++) {
        uint8_t id[8];
        sample_span_id(id, 1, i + 1);
        CHECK(memcmp(id, spans[i].span_id, 8) == 0 && spans[i].span.block == 0);
    }
    REQUIRE_OK(bp_match_set_fields(set, 0, names, 4, &count, &err), err);
    CHECK(count == 2);
    CHECK_STR(names[0], ".user");
    CHECK_STR(names[1], ".step");
    REQUIRE_OK(bp_match_set_values(set, 2, 2, NULL, values, 4, &err), err);
    CHECK_STR(bp_value_str(&values[0]), "u1");
    CHECK(bp_value_i64(&values[1]) == 1 && bp_value_i64(&values[3]) == 2);
    bp_columns *columns = NULL;
    REQUIRE_OK(bp_columns_new(&columns, &err), err);
    REQUIRE_OK(bp_columns_add(columns, bp_str_of("span:name"), &err), err);
    REQUIRE_OK(bp_match_set_values(set, 0, 6, columns, values, 6, &err), err);
    CHECK_STR(bp_value_str(&values[5]), "query 2");
    bp_columns_free(columns);
    bp_match_set_free(set);
}

/* Roots in one block, the spans below them in another. */
static bp_blocks *split_blocks(uint32_t traces, uint32_t spans) {
    bp_blocks *parts[2], *both = NULL;
    bp_error *err = NULL;
    for (uint32_t i = 0; i < 2; i++) {
        bp_builder *builder = NULL;
        otlp message = {NULL, 0, 0};
        sample_service(&message, i == 0 ? "shop" : "store", 0, traces, i, i == 0 ? 1 : spans);
        REQUIRE_OK(bp_builder_new(NULL, &builder, &err), err);
        REQUIRE_OK(bp_builder_add_otlp(builder, otlp_view(&message), &err), err);
        REQUIRE_OK(bp_builder_blocks(builder, &parts[i], &err), err);
        bp_builder_free(builder);
        otlp_free(&message);
    }
    const bp_blocks *lists[] = {parts[0], parts[1]};
    REQUIRE_OK(bp_blocks_join(lists, 2, &both, &err), err);
    bp_blocks_free(parts[0]);
    bp_blocks_free(parts[1]);
    return both;
}

static void values_of_traces_in_several_blocks_are_of_the_whole(void) {
    const char *query = "{ .step > 0 } | select(traceDuration, rootName, span:childCount)";
    bp_match_set *set = found(query, split_blocks(3, 5), BP_NO_LIMIT);
    bp_value values[12 * 4];
    bp_error *err = NULL;
    CHECK(bp_match_set_span_count(set) == 12);
    REQUIRE_OK(bp_match_set_values(set, 0, 5, NULL, values, 5 * 4, &err), err);
    REQUIRE_OK(bp_match_set_values(set, 5, 7, NULL, values + 5 * 4, 7 * 4, &err), err);
    for (uint32_t i = 0; i < 12; i++) {
        const bp_value *row = values + i * 4;
        CHECK(row[0].kind == BP_KIND_DURATION_NS && row[0].bits == 50000);
        CHECK_STR(bp_value_str(&row[1]), "GET /");
        CHECK(row[2].kind == BP_KIND_I64 && bp_value_i64(&row[2]) == (i % 4 < 3 ? 1 : 0));
        CHECK(bp_value_i64(&row[3]) == i % 4 + 1);
    }
    bp_match_set_free(set);
}

static void groups_have_attributes(void) {
    bp_match_set *set = found("{} | by(resource.service.name) | count() > 1", sample_blocks(3, 5, 0), 0);
    bp_field attributes[4];
    bp_spanset spansets[3];
    bp_error *err = NULL;
    size_t count = 0;
    CHECK(bp_match_set_spanset_count(set) == 3);
    REQUIRE_OK(bp_match_set_spansets(set, 0, spansets, 3, &count, &err), err);
    CHECK(spansets[2].attributes == 2 && spansets[2].first_attribute == 4);
    CHECK(bp_match_set_attribute_count(set) == 6);
    REQUIRE_OK(bp_match_set_attributes(set, 4, attributes, 4, &count, &err), err);
    CHECK(count == 2 && bp_value_i64(&attributes[1].value) == 4);
    CHECK_STR(attributes[0].name, "by(resource.service.name)");
    CHECK_STR(bp_value_str(&attributes[0].value), "store");
    CHECK_STR(attributes[1].name, "count()");
    CHECK_STATUS(bp_match_set_attributes(set, 6, attributes, 4, &count, &err), BP_DONE);
    bp_match_set_free(set);
}

static void sets_of_spans_come_of_matches(void) {
    bp_match_set *set = found("{ .step > 0 }", sample_blocks(3, 5, 0), BP_NO_LIMIT);
    bp_span_set *spans = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_match_set_span_set(set, &spans, &err), err);
    bp_match_set_free(set);
    CHECK(bp_span_set_count(spans) == 12);
    bp_span_set_free(spans);
}

static void release_gives_back_the_blocks_and_leaves_the_rest(void) {
    bp_match_set *set = found("{ .step > 0 } | select(.user)", sample_blocks(3, 5, 0), 0);
    bp_trace_match trace;
    bp_span_ids ids;
    bp_value values[2];
    bp_span_set *spans = NULL;
    bp_error *err = NULL;
    size_t count = 0;
    CHECK(bp_bytes_held() > 0 && !bp_match_set_is_released(set));
    bp_match_set_release(set);
    bp_match_set_release(set);
    CHECK(bp_bytes_held() == 0 && bp_match_set_is_released(set));
    REQUIRE_OK(bp_match_set_traces(set, 0, &trace, 1, &count, &err), err);
    CHECK_STR(trace.root_service, "shop");
    REQUIRE_OK(bp_match_set_spans(set, 0, &ids, 1, &count, &err), err);
    CHECK(ids.trace_id[15] == 2);
    CHECK_STATUS(bp_match_set_values(set, 0, 1, NULL, values, 2, NULL), BP_ERR_RELEASED);
    CHECK_STATUS(bp_match_set_span_set(set, &spans, NULL), BP_ERR_RELEASED);
    bp_match_set_free(set);
}

static void misuse_answers(void) {
    bp_match_set *set = found("{}", sample_blocks(2, 2, 0), 0);
    bp_trace_service service;
    bp_trace_match trace;
    bp_field field;
    bp_value value;
    size_t count = 7;
    CHECK(bp_match_set_len(NULL) == 0 && bp_match_set_span_count(NULL) == 0);
    CHECK(bp_match_set_service_count(NULL) == 0 && bp_match_set_attribute_count(NULL) == 0);
    CHECK(bp_match_set_spanset_count(NULL) == 0 && !bp_match_set_is_released(NULL));
    CHECK_STATUS(bp_match_set_traces(set, 0, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_match_set_traces(set, 0, &trace, 1, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_match_set_services(set, SIZE_MAX, &service, 1, &count, NULL), BP_DONE);
    CHECK_STATUS(bp_match_set_attributes(set, 0, &field, 1, &count, NULL), BP_DONE);
    CHECK_STATUS(bp_match_set_attributes(set, 0, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_match_set_values(set, 0, 5, NULL, NULL, 0, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_match_set_values(set, SIZE_MAX, 2, NULL, NULL, 0, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_match_set_values(set, 0, 1, NULL, &value, 1, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_match_set_spans(set, SIZE_MAX, NULL, 0, &count, NULL), BP_OK);
    CHECK(count == 0);
    bp_match_set_release(NULL);
    bp_match_set_free(NULL);
    bp_match_set_free(set);
}

int main(void) {
    RUN(traces_are_summed_up);
    RUN(spans_have_ids_places_and_values);
    RUN(values_of_traces_in_several_blocks_are_of_the_whole);
    RUN(groups_have_attributes);
    RUN(sets_of_spans_come_of_matches);
    RUN(release_gives_back_the_blocks_and_leaves_the_rest);
    RUN(misuse_answers);
    FINISH();
}
