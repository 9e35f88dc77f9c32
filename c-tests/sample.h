/* Traces made for the tests: a small encoder of OTLP, and a shop whose numbers are known.
 *
 * Trace t has one root "GET /" of service "shop" and below it, in a chain, spans "query 1" to
 * "query n-1" of service "store". Every span has the attributes trace.number (t), step (its place
 * in the trace, 0 for the root), user ("u0" to "u4", t modulo 5) and, if step is odd, odd (true).
 * Spans with step 2 have the status error. Span (t, step) starts at 1000000 * (t + 1) + 100 * step
 * nanoseconds and ends when the root does: at 1000000 * (t + 1) + 50000. */
#ifndef BLOCKPACK_SAMPLE_H
#define BLOCKPACK_SAMPLE_H

#include "check.h"

typedef struct otlp {
    uint8_t *bytes;
    size_t len;
    size_t cap;
} otlp;

static inline void otlp_byte(otlp *out, uint64_t byte) {
    if (out->len == out->cap) {
        out->cap = out->cap * 2 + 256;
        out->bytes = BP_CAST(uint8_t *, realloc(out->bytes, out->cap));
        REQUIRE(out->bytes != NULL);
    }
    out->bytes[out->len++] = BP_CAST(uint8_t, byte & 0xff);
}

static inline void otlp_varint(otlp *out, uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
        otlp_byte(out, value | 0x80);
    }
    otlp_byte(out, value);
}

static inline void otlp_number(otlp *out, uint64_t field, uint64_t value) {
    otlp_varint(out, field << 3);
    otlp_varint(out, value);
}

static inline void otlp_fixed64(otlp *out, uint64_t field, uint64_t value) {
    otlp_varint(out, field << 3 | 1);
    for (int i = 0; i < 8; i++) {
        otlp_byte(out, value >> (8 * i));
    }
}

static inline void otlp_bytes(otlp *out, uint64_t field, const void *bytes, size_t len) {
    otlp_varint(out, field << 3 | 2);
    otlp_varint(out, len);
    for (size_t i = 0; i < len; i++) {
        otlp_byte(out, BP_CAST(const uint8_t *, bytes)[i]);
    }
}

/* Appends `message` as a field and empties it. */
static inline void otlp_message(otlp *out, uint64_t field, otlp *message) {
    otlp_bytes(out, field, message->bytes, message->len);
    message->len = 0;
}

static inline void otlp_free(otlp *out) {
    free(out->bytes);
    memset(out, 0, sizeof *out);
}

static inline void otlp_attribute(otlp *out, uint64_t field, const char *key, const char *text,
                                  uint64_t kind, uint64_t number) {
    otlp pair = {NULL, 0, 0}, value = {NULL, 0, 0};
    otlp_bytes(&pair, 1, key, strlen(key));
    if (text != NULL) {
        otlp_bytes(&value, 1, text, strlen(text));
    } else {
        otlp_number(&value, kind, number); /* 2: bool, 3: int */
    }
    otlp_message(&pair, 2, &value);
    otlp_message(out, field, &pair);
    otlp_free(&pair);
    otlp_free(&value);
}

static inline void sample_trace_id(uint8_t id[16], uint32_t trace) {
    memset(id, 0xab, 16);
    for (int i = 0; i < 4; i++) {
        id[15 - i] = BP_CAST(uint8_t, trace >> (8 * i));
    }
}

static inline void sample_span_id(uint8_t id[8], uint32_t trace, uint32_t step) {
    memset(id, 0xcd, 8);
    id[4] = BP_CAST(uint8_t, trace >> 8);
    id[5] = BP_CAST(uint8_t, trace);
    id[6] = BP_CAST(uint8_t, step >> 8);
    id[7] = BP_CAST(uint8_t, step);
}

static inline uint64_t sample_start(uint32_t trace, uint32_t step) {
    return UINT64_C(1000000) * (trace + 1) + UINT64_C(100) * step;
}

static inline void sample_span(otlp *out, uint32_t trace, uint32_t step) {
    uint8_t trace_id[16], span_id[8], parent_id[8];
    char text[32];
    otlp status = {NULL, 0, 0};
    sample_trace_id(trace_id, trace);
    sample_span_id(span_id, trace, step);
    otlp_bytes(out, 1, trace_id, sizeof trace_id);
    otlp_bytes(out, 2, span_id, sizeof span_id);
    if (step > 0) {
        sample_span_id(parent_id, trace, step - 1);
        otlp_bytes(out, 4, parent_id, sizeof parent_id);
    }
    if (step == 0) {
        snprintf(text, sizeof text, "GET /");
    } else {
        snprintf(text, sizeof text, "query %u", BP_CAST(unsigned, step));
    }
    otlp_bytes(out, 5, text, strlen(text));
    otlp_number(out, 6, step == 0 ? 2 : 3); /* server, then clients */
    otlp_fixed64(out, 7, sample_start(trace, step));
    otlp_fixed64(out, 8, sample_start(trace, 0) + 50000);
    otlp_attribute(out, 9, "trace.number", NULL, 3, trace);
    otlp_attribute(out, 9, "step", NULL, 3, step);
    snprintf(text, sizeof text, "u%u", BP_CAST(unsigned, trace % 5));
    otlp_attribute(out, 9, "user", text, 0, 0);
    if (step % 2 == 1) {
        otlp_attribute(out, 9, "odd", NULL, 2, 1);
    }
    if (step == 2) {
        otlp_number(&status, 3, 2);
        otlp_message(out, 15, &status);
        otlp_free(&status);
    }
}

/* Appends the spans of one service: ResourceSpans { Resource, ScopeSpans { spans } }. */
static inline void sample_service(otlp *out, const char *name, uint32_t first_trace, uint32_t traces,
                                  uint32_t first_step, uint32_t end_step) {
    otlp resource_spans = {NULL, 0, 0}, scope_spans = {NULL, 0, 0}, message = {NULL, 0, 0};
    otlp_attribute(&message, 1, "service.name", name, 0, 0);
    otlp_message(&resource_spans, 1, &message);
    for (uint32_t trace = first_trace; trace < first_trace + traces; trace++) {
        for (uint32_t step = first_step; step < end_step; step++) {
            sample_span(&message, trace, step);
            otlp_message(&scope_spans, 2, &message);
        }
    }
    otlp_message(&resource_spans, 2, &scope_spans);
    otlp_message(out, 1, &resource_spans);
    otlp_free(&resource_spans);
    otlp_free(&scope_spans);
    otlp_free(&message);
}

/* OTLP of `traces` traces from `first_trace` on, of `spans` spans each. */
static inline otlp sample_otlp(uint32_t first_trace, uint32_t traces, uint32_t spans) {
    otlp out = {NULL, 0, 0};
    sample_service(&out, "shop", first_trace, traces, 0, 1);
    sample_service(&out, "store", first_trace, traces, 1, spans);
    return out;
}

static inline bp_bytes otlp_view(const otlp *message) {
    bp_bytes view;
    view.ptr = message->bytes;
    view.len = message->len;
    return view;
}

/* The same as blocks of at most `max_spans` spans. */
static inline bp_blocks *sample_blocks(uint32_t traces, uint32_t spans, uint32_t max_spans) {
    bp_block_options options = BP_BLOCK_OPTIONS_INIT;
    bp_builder *builder = NULL;
    bp_blocks *blocks = NULL;
    bp_error *err = NULL;
    otlp message = sample_otlp(0, traces, spans);
    options.max_spans = max_spans;
    REQUIRE_OK(bp_builder_new(&options, &builder, &err), err);
    REQUIRE_OK(bp_builder_add_otlp(builder, otlp_view(&message), &err), err);
    REQUIRE_OK(bp_builder_blocks(builder, &blocks, &err), err);
    bp_builder_free(builder);
    otlp_free(&message);
    return blocks;
}

/* A query that makes sense. */
static inline bp_query *sample_query(const char *text) {
    bp_query *query = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_query_compile(bp_str_of(text), &query, &err), err);
    return query;
}

/* A file of the project's; paths are from its root, where the tests run. */
static inline otlp read_file(const char *path) {
    otlp out = {NULL, 0, 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s: run the tests in the project's root\n", path);
        exit(1);
    }
    for (int byte = fgetc(file); byte != EOF; byte = fgetc(file)) {
        otlp_byte(&out, BP_CAST(uint64_t, byte));
    }
    fclose(file);
    return out;
}

/* The recording of the shop in tests/data: its numbers are in tests/data/README.md. */
#define SHOP_PATH "tests/data/shop.pbd.zst"
enum { SHOP_SPANS = 9752, SHOP_TRACES = 1203, SHOP_ERRORS = 203, SHOP_ROOTS = 1176 };

static inline bp_blocks *shop_blocks(uint32_t max_spans) {
    bp_block_options options = BP_BLOCK_OPTIONS_INIT;
    bp_builder *builder = NULL;
    bp_blocks *blocks = NULL;
    bp_error *err = NULL;
    otlp input = read_file(SHOP_PATH);
    options.max_spans = max_spans;
    REQUIRE_OK(bp_builder_new(&options, &builder, &err), err);
    REQUIRE_OK(bp_builder_add_input(builder, otlp_view(&input), &err), err);
    REQUIRE_OK(bp_builder_blocks(builder, &blocks, &err), err);
    bp_builder_free(builder);
    otlp_free(&input);
    return blocks;
}

#endif
