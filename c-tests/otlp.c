/* Spans as OTLP: nothing is lost, and what was made needs nothing else. */
#include "sample.h"

/* The message as JSON, by way of a block: equal for messages that hold the same spans. */
static bp_buffer *as_json(bp_bytes message) {
    bp_builder *builder = NULL;
    bp_blocks *blocks = NULL;
    bp_span_set *all = NULL;
    bp_buffer *json = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_builder_new(NULL, &builder, &err), err);
    REQUIRE_OK(bp_builder_add_input(builder, message, &err), err);
    REQUIRE_OK(bp_builder_blocks(builder, &blocks, &err), err);
    REQUIRE_OK(bp_span_set_all(blocks, &all, &err), err);
    REQUIRE_OK(bp_span_set_otlp(all, BP_OTLP_JSON, &json, &err), err);
    bp_span_set_free(all);
    bp_blocks_free(blocks);
    bp_builder_free(builder);
    return json;
}

static bool same(const bp_buffer *a, const bp_buffer *b) {
    bp_bytes x = bp_buffer_bytes(a), y = bp_buffer_bytes(b);
    return x.len == y.len && memcmp(x.ptr, y.ptr, x.len) == 0;
}

static void both_formats_say_what_was_sent(void) {
    otlp sent = read_file(SHOP_PATH);
    bp_blocks *blocks = shop_blocks(3000);
    bp_span_set *all = NULL;
    bp_buffer *binary = NULL, *text = NULL;
    CHECK_STATUS(bp_span_set_all(blocks, &all, NULL), BP_OK);
    CHECK_STATUS(bp_span_set_otlp(all, BP_OTLP_PROTOBUF, &binary, NULL), BP_OK);
    CHECK_STATUS(bp_span_set_otlp(all, BP_OTLP_JSON, &text, NULL), BP_OK);
    bp_span_set_free(all);
    bp_blocks_free(blocks);
    CHECK(bp_bytes_held() == 0);
    CHECK(bp_buffer_bytes(text).ptr[0] == '{');
    bp_buffer *before = as_json(otlp_view(&sent));
    bp_buffer *of_binary = as_json(bp_buffer_bytes(binary)), *of_text = as_json(bp_buffer_bytes(text));
    CHECK(bp_buffer_bytes(before).len > 1000000);
    CHECK(same(before, of_binary));
    CHECK(same(before, of_text));
    bp_buffer *buffers[] = {binary, text, before, of_binary, of_text};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        bp_buffer_free(buffers[i]);
    }
    otlp_free(&sent);
}

static size_t occurrences(const bp_buffer *buffer, const char *text) {
    bp_bytes bytes = bp_buffer_bytes(buffer);
    size_t count = 0, len = strlen(text);
    for (size_t at = 0; at + len <= bytes.len; at++) {
        count += memcmp(bytes.ptr + at, text, len) == 0;
    }
    return count;
}

static void resources_come_once_a_block(void) {
    bp_blocks *blocks = sample_blocks(3, 4, 0);
    bp_span span = {0, 5};
    bp_span_set *all = NULL, *one = NULL, *none = NULL;
    bp_buffer *text = NULL;
    CHECK_STATUS(bp_span_set_all(blocks, &all, NULL), BP_OK);
    CHECK_STATUS(bp_span_set_otlp(all, BP_OTLP_JSON, &text, NULL), BP_OK);
    CHECK(occurrences(text, "\"resource\"") == 2);
    CHECK(occurrences(text, "\"spanId\"") == 12);
    bp_buffer_free(text);

    CHECK_STATUS(bp_span_set_new(blocks, &span, 1, &one, NULL), BP_OK);
    CHECK_STATUS(bp_span_set_otlp(one, BP_OTLP_JSON, &text, NULL), BP_OK);
    CHECK(occurrences(text, "\"spanId\"") == 1 && occurrences(text, "query 1") == 1);
    bp_buffer_free(text);

    CHECK_STATUS(bp_span_set_not(all, &none, NULL), BP_OK);
    CHECK_STATUS(bp_span_set_otlp(none, BP_OTLP_PROTOBUF, &text, NULL), BP_OK);
    CHECK(bp_buffer_bytes(text).len == 0);
    bp_buffer_free(text);
    bp_span_set_free(all);
    bp_span_set_free(one);
    bp_span_set_free(none);
    bp_blocks_free(blocks);
}

static void misuse_is_told(void) {
    bp_blocks *blocks = sample_blocks(3, 4, 0);
    bp_span_set *all = NULL;
    bp_buffer *buffer = NULL;
    CHECK_STATUS(bp_span_set_all(blocks, &all, NULL), BP_OK);
    CHECK_STATUS(bp_span_set_otlp(all, 2, &buffer, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(buffer == NULL);
    bp_span_set_release(all);
    CHECK_STATUS(bp_span_set_otlp(all, BP_OTLP_JSON, &buffer, NULL), BP_ERR_RELEASED);
    CHECK(bp_buffer_bytes(NULL).len == 0);
    bp_buffer_free(NULL);
    bp_span_set_free(all);
    bp_blocks_free(blocks);
}

int main(void) {
    RUN(both_formats_say_what_was_sent);
    RUN(resources_come_once_a_block);
    RUN(misuse_is_told);
    FINISH();
}
