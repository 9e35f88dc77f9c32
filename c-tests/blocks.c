/* Builders and lists of blocks. */
#include "sample.h"

static void spans_become_blocks_that_describe_themselves(void) {
    bp_blocks *blocks = sample_blocks(100, 4, 40);
    bp_error *err = NULL;
    uint64_t spans = 0, traces = 0;
    CHECK(bp_blocks_len(blocks) == 10);
    CHECK(bp_blocks_span_count(blocks) == 400);
    for (size_t i = 0; i < bp_blocks_len(blocks); i++) {
        bp_block_info info = BP_BLOCK_INFO_INIT;
        REQUIRE_OK(bp_blocks_info(blocks, i, &info, &err), err);
        CHECK(info.struct_size == sizeof info);
        CHECK(info.columns > 5 && info.bytes > 0 && info.heap_bytes >= info.bytes);
        CHECK(info.min_start_ns == sample_start(BP_CAST(uint32_t, traces), 0));
        CHECK(info.max_end_ns > info.min_start_ns);
        spans += info.spans;
        traces += info.traces;
    }
    CHECK(spans == 400 && traces == 100);
    CHECK(bp_blocks_bytes_held(blocks) > 0);
    CHECK(bp_blocks_bytes_held(blocks) <= bp_bytes_held());
    bp_blocks_free(blocks);
}

static void builder_starts_anew_after_blocks(void) {
    bp_builder *builder = NULL;
    bp_blocks *first = NULL, *second = NULL, *none = NULL, *both = NULL;
    otlp message = sample_otlp(0, 3, 2);
    bp_error *err = NULL;
    REQUIRE_OK(bp_builder_new(NULL, &builder, &err), err);
    REQUIRE_OK(bp_builder_add_otlp(builder, otlp_view(&message), &err), err);
    CHECK(bp_builder_span_count(builder) == 6);
    REQUIRE_OK(bp_builder_blocks(builder, &first, &err), err);
    CHECK(bp_builder_span_count(builder) == 0);
    REQUIRE_OK(bp_builder_blocks(builder, &none, &err), err);
    CHECK(bp_blocks_len(none) == 0 && bp_blocks_span_count(none) == 0);
    REQUIRE_OK(bp_builder_add_otlp(builder, otlp_view(&message), &err), err);
    REQUIRE_OK(bp_builder_add_otlp(builder, otlp_view(&message), &err), err);
    REQUIRE_OK(bp_builder_blocks(builder, &second, &err), err);
    CHECK(bp_blocks_span_count(first) == 6 && bp_blocks_span_count(second) == 12);

    const bp_blocks *lists[] = {first, none, second};
    REQUIRE_OK(bp_blocks_join(lists, 3, &both, &err), err);
    bp_blocks_free(second);
    CHECK(bp_blocks_len(both) == 2 && bp_blocks_span_count(both) == 18);
    bp_blocks_free(first);
    bp_blocks_free(none);
    bp_builder_free(builder);
    bp_blocks_free(both);
    otlp_free(&message);
}

static void inputs_of_any_encoding_are_read(void) {
    bp_blocks *blocks = shop_blocks(2000);
    bp_error *err = NULL;
    uint64_t traces = 0;
    CHECK(bp_blocks_span_count(blocks) == SHOP_SPANS);
    for (size_t i = 0; i < bp_blocks_len(blocks); i++) {
        bp_block_info info = BP_BLOCK_INFO_INIT;
        REQUIRE_OK(bp_blocks_info(blocks, i, &info, &err), err);
        traces += info.traces;
    }
    CHECK(traces == SHOP_TRACES);
    bp_blocks_free(blocks);

    static const char json[] = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"a\","
                               "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\","
                               "\"spanId\":\"0102030405060708\"}]}]}]}\n";
    bp_bytes line = {(const uint8_t *)json, sizeof json - 1};
    bp_builder *builder = NULL;
    REQUIRE_OK(bp_builder_new(NULL, &builder, &err), err);
    REQUIRE_OK(bp_builder_add_input(builder, line, &err), err);
    CHECK(bp_builder_span_count(builder) == 1);
    line.len = 40;
    CHECK_STATUS(bp_builder_add_input(builder, line, &err), BP_ERR_OTLP);
    CHECK(bp_error_position(err, &traces) && traces == 40);
    bp_error_free(err);
    CHECK(bp_builder_span_count(builder) == 1);
    bp_builder_free(builder);
}

static void damaged_otlp_adds_nothing(void) {
    bp_builder *builder = NULL;
    otlp message = sample_otlp(0, 3, 2);
    bp_error *err = NULL;
    REQUIRE_OK(bp_builder_new(NULL, &builder, &err), err);
    for (size_t len = 1; len < message.len; len++) {
        bp_bytes part = {message.bytes, len};
        bp_status status = bp_builder_add_otlp(builder, part, NULL);
        CHECK(status == BP_ERR_OTLP || status == BP_OK);
        /* Only between the two messages for the two services is it whole. */
        CHECK((status == BP_OK) == (bp_builder_span_count(builder) > 0));
        if (status == BP_OK) {
            CHECK(bp_builder_span_count(builder) == 3);
            bp_blocks *blocks = NULL;
            REQUIRE_OK(bp_builder_blocks(builder, &blocks, &err), err);
            bp_blocks_free(blocks);
        }
    }
    bp_builder_free(builder);
    otlp_free(&message);
}

static void columns_are_listed_in_parts(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    bp_error *err = NULL;
    bp_column_info one, all[256];
    size_t count = 0, total = 0;
    bool user = false;
    REQUIRE_OK(bp_blocks_columns(blocks, 0, 0, all, 256, &total, &err), err);
    bp_block_info info = BP_BLOCK_INFO_INIT;
    REQUIRE_OK(bp_blocks_info(blocks, 0, &info, &err), err);
    CHECK(total == info.columns);
    for (size_t i = 0; i < total; i++) {
        REQUIRE_OK(bp_blocks_columns(blocks, 0, i, &one, 1, &count, &err), err);
        CHECK(count == 1 && one.name.ptr == all[i].name.ptr);
        if (one.name.len == 9 && memcmp(one.name.ptr, "span.user", 9) == 0) {
            user = true;
            CHECK(one.kind == BP_KIND_STR && one.is_attribute == 1);
            CHECK(one.present == 40);
            CHECK_STR(one.type_name, "string");
        }
    }
    CHECK(user);
    CHECK_STATUS(bp_blocks_columns(blocks, 0, total, &one, 1, &count, NULL), BP_DONE);
    CHECK(count == 0);
    bp_blocks_free(blocks);
}

static void release_is_idempotent(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    CHECK(!bp_blocks_is_released(blocks));
    CHECK(bp_bytes_held() > 0);
    for (int i = 0; i < 3; i++) {
        bp_blocks_release(blocks);
        CHECK(bp_blocks_is_released(blocks));
        CHECK(bp_bytes_held() == 0);
    }
    CHECK(bp_blocks_len(blocks) == 1 && bp_blocks_span_count(blocks) == 40);
    CHECK(bp_blocks_bytes_held(blocks) == 0);
    bp_blocks_free(blocks);
}

static void released_lists_answer_released(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 0), *joined = blocks;
    const bp_blocks *lists[] = {blocks};
    bp_block_info info = BP_BLOCK_INFO_INIT;
    bp_column_info column;
    bp_bytes bytes = {(const uint8_t *)"x", 1};
    size_t count = 9;
    bp_blocks_release(blocks);
    info.spans = 7;
    CHECK_STATUS(bp_blocks_info(blocks, 0, &info, NULL), BP_ERR_RELEASED);
    CHECK(info.spans == 0 && info.struct_size == sizeof info);
    CHECK_STATUS(bp_blocks_bytes(blocks, 0, &bytes, NULL), BP_ERR_RELEASED);
    CHECK(bytes.ptr == NULL && bytes.len == 0);
    CHECK_STATUS(bp_blocks_columns(blocks, 0, 0, &column, 1, &count, NULL), BP_ERR_RELEASED);
    CHECK(count == 0);
    CHECK_STATUS(bp_blocks_join(lists, 1, &joined, NULL), BP_ERR_RELEASED);
    CHECK(joined == NULL);
    bp_blocks_free(blocks);
}

static void other_lists_keep_their_blocks(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 0), *joined = NULL;
    const bp_blocks *lists[] = {blocks};
    bp_error *err = NULL;
    bp_column_info column;
    size_t count = 0;
    REQUIRE_OK(bp_blocks_join(lists, 1, &joined, &err), err);
    bp_blocks_release(blocks);
    CHECK(bp_bytes_held() > 0);
    REQUIRE_OK(bp_blocks_columns(joined, 0, 0, &column, 1, &count, &err), err);
    bp_blocks_release(joined);
    CHECK(bp_bytes_held() == 0);
    bp_blocks_free(joined);
    bp_blocks_free(blocks);
}

static int drops = 0;

static void count_drop(void *ctx) {
    CHECK(ctx == &drops);
    drops++;
}

static void lent_bytes_are_dropped_once_by_the_last_user(void) {
    bp_blocks *built = sample_blocks(10, 4, 0), *lent = NULL, *joined = NULL;
    bp_bytes bytes;
    bp_error *err = NULL;
    drops = 0;
    REQUIRE_OK(bp_blocks_bytes(built, 0, &bytes, &err), err);
    uint8_t *mine = BP_CAST(uint8_t *, malloc(bytes.len + 1));
    REQUIRE(mine != NULL);
    memcpy(mine, bytes.ptr, bytes.len);
    bp_bytes view = {mine, bytes.len};
    bp_blocks_free(built);
    REQUIRE_OK(bp_blocks_open_memory(view, count_drop, &drops, &lent, &err), err);
    const bp_blocks *lists[] = {lent};
    REQUIRE_OK(bp_blocks_join(lists, 1, &joined, &err), err);
    CHECK(bp_blocks_span_count(joined) == 40);
    bp_blocks_free(lent);
    CHECK(drops == 0);
    bp_blocks_release(joined);
    CHECK(drops == 1);
    bp_blocks_free(joined);
    CHECK(drops == 1);

    /* Memory at an odd address is copied, and dropped at once. */
    memmove(mine + 1, mine, view.len);
    view.ptr = mine + 1;
    REQUIRE_OK(bp_blocks_open_memory(view, count_drop, &drops, &lent, &err), err);
    CHECK(drops == 2);
    CHECK(bp_blocks_span_count(lent) == 40);
    bp_blocks_free(lent);
    CHECK(drops == 2);
    free(mine);
}

static void damaged_blocks_answer_and_are_not_dropped(void) {
    bp_blocks *built = sample_blocks(10, 4, 0), *opened = built;
    bp_bytes bytes;
    bp_error *err = NULL;
    drops = 0;
    REQUIRE_OK(bp_blocks_bytes(built, 0, &bytes, &err), err);
    uint8_t *mine = BP_CAST(uint8_t *, malloc(bytes.len));
    REQUIRE(mine != NULL);
    for (size_t len = 0; len < bytes.len; len += 64) {
        memcpy(mine, bytes.ptr, len);
        bp_bytes view = {mine, len};
        bp_status status = bp_blocks_open_memory(view, count_drop, &drops, &opened, NULL);
        CHECK(status >= BP_ERR_NOT_BLOCKPACK && status <= BP_ERR_CHECKSUM);
        CHECK(opened == NULL);
    }
    memcpy(mine, bytes.ptr, bytes.len);
    mine[40] ^= 1;
    bp_bytes view = {mine, bytes.len};
    CHECK_STATUS(bp_blocks_open_memory(view, count_drop, &drops, &opened, &err), BP_ERR_CHECKSUM);
    CHECK(bp_error_message(err).len > 0);
    bp_error_free(err);
    CHECK(drops == 0);
    bp_blocks_free(built);
    free(mine);
}

static void indexes_out_of_range_answer(void) {
    bp_blocks *blocks = sample_blocks(1, 1, 0);
    bp_block_info info = BP_BLOCK_INFO_INIT;
    bp_bytes bytes;
    CHECK_STATUS(bp_blocks_info(blocks, 1, &info, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_blocks_bytes(blocks, SIZE_MAX, &bytes, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_blocks_free(blocks);
}

static void sized_structs_of_other_versions_are_understood(void) {
    bp_blocks *blocks = sample_blocks(1, 1, 0);
    struct {
        bp_block_info known;
        uint64_t newer;
    } larger;
    memset(&larger, 0xff, sizeof larger);
    larger.known.struct_size = sizeof larger;
    CHECK_STATUS(bp_blocks_info(blocks, 0, &larger.known, NULL), BP_OK);
    CHECK(larger.known.spans == 1 && larger.newer == 0);
    bp_block_info info = BP_BLOCK_INFO_INIT;
    info.struct_size = 0;
    CHECK_STATUS(bp_blocks_info(blocks, 0, &info, NULL), BP_ERR_INVALID_ARGUMENT);
    info.struct_size = SIZE_MAX; /* as in an uninitialised struct */
    CHECK_STATUS(bp_blocks_info(blocks, 0, &info, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_blocks_free(blocks);

    struct {
        bp_block_options known;
        uint64_t newer;
    } options;
    bp_builder *builder = NULL;
    memset(&options, 0, sizeof options);
    options.known.struct_size = sizeof options;
    CHECK_STATUS(bp_builder_new(&options.known, &builder, NULL), BP_OK);
    bp_builder_free(builder);
    options.newer = 1; /* asks for something this version cannot do */
    CHECK_STATUS(bp_builder_new(&options.known, &builder, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(builder == NULL);
    bp_block_options unknown = BP_BLOCK_OPTIONS_INIT;
    unknown.profile = 77;
    CHECK_STATUS(bp_builder_new(&unknown, &builder, NULL), BP_ERR_INVALID_ARGUMENT);
}

static void null_arguments_answer(void) {
    bp_blocks *blocks = sample_blocks(1, 1, 0), *out = NULL;
    const bp_blocks *lists[] = {blocks, NULL};
    bp_bytes none = {NULL, 0}, missing = {NULL, 5}, bytes;
    bp_builder *builder = NULL;
    bp_column_info column;
    size_t count = 0;
    CHECK(bp_blocks_len(NULL) == 0);
    CHECK(bp_blocks_span_count(NULL) == 0);
    CHECK(bp_blocks_bytes_held(NULL) == 0);
    CHECK(!bp_blocks_is_released(NULL));
    bp_blocks_release(NULL);
    bp_blocks_free(NULL);
    bp_builder_free(NULL);
    CHECK(bp_builder_span_count(NULL) == 0);
    CHECK_STATUS(bp_builder_new(NULL, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_builder_add_otlp(NULL, none, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_builder_blocks(NULL, &out, NULL), BP_ERR_NULL_ARGUMENT);
    REQUIRE(bp_builder_new(NULL, &builder, NULL) == BP_OK);
    CHECK_STATUS(bp_builder_add_otlp(builder, missing, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_builder_add_otlp(builder, none, NULL), BP_OK);
    CHECK_STATUS(bp_builder_blocks(builder, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    bp_builder_free(builder);
    CHECK_STATUS(bp_blocks_join(NULL, 1, &out, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_join(lists, 2, &out, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_join(lists, 1, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_info(blocks, 0, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_bytes(NULL, 0, &bytes, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_bytes(blocks, 0, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_columns(blocks, 0, 0, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_columns(blocks, 0, 0, &column, 1, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_blocks_open_memory(none, NULL, NULL, &out, NULL), BP_ERR_CORRUPT);
    CHECK_STATUS(bp_blocks_open_memory(missing, NULL, NULL, &out, NULL), BP_ERR_NULL_ARGUMENT);
    bp_blocks_free(blocks);
}

static void wrong_kind_answers(void) {
    bp_blocks *blocks = sample_blocks(1, 1, 0), *out = blocks;
    bp_builder *not_a_builder = (bp_builder *)(void *)blocks;
    bp_error *err = NULL;
    CHECK_STATUS(bp_builder_blocks(not_a_builder, &out, &err), BP_ERR_BAD_HANDLE);
    CHECK(out == NULL);
    bp_error_free(err);
    bp_builder_free(not_a_builder);
    CHECK(bp_live_handles(BP_HANDLE_BLOCKS) == 1 && bp_live_handles(BP_HANDLE_BUILDER) == 0);
    bp_blocks_free(blocks);
}

int main(void) {
    RUN(spans_become_blocks_that_describe_themselves);
    RUN(builder_starts_anew_after_blocks);
    RUN(inputs_of_any_encoding_are_read);
    RUN(damaged_otlp_adds_nothing);
    RUN(columns_are_listed_in_parts);
    RUN(release_is_idempotent);
    RUN(released_lists_answer_released);
    RUN(other_lists_keep_their_blocks);
    RUN(lent_bytes_are_dropped_once_by_the_last_user);
    RUN(damaged_blocks_answer_and_are_not_dropped);
    RUN(indexes_out_of_range_answer);
    RUN(sized_structs_of_other_versions_are_understood);
    RUN(null_arguments_answer);
    RUN(wrong_kind_answers);
    FINISH();
}
