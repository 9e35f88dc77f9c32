/* Values: their layout, and lists and maps read in place. */
#include "check.h"

#include <stddef.h>

_Static_assert(sizeof(bp_status) == 4, "statuses are 32 bits");
_Static_assert(sizeof(void *) != 8 || sizeof(bp_value) == 24, "a value is 24 bytes");
_Static_assert(offsetof(bp_value, bits) == 0, "the first member is 8 bytes wide");
_Static_assert(sizeof(void *) != 8 || offsetof(bp_value, kind) == 16, "kind follows ptr");
_Static_assert(sizeof(void *) != 8 || sizeof(bp_field) == 40, "a field is 40 bytes");

/* AnyValue { array_value: ["x", 7, {"k": true}] } */
static const uint8_t nested[] = {0x2a, 0x17,
                                 0x0a, 0x03, 0x0a, 0x01, 'x',
                                 0x0a, 0x02, 0x18, 0x07,
                                 0x0a, 0x0c, 0x32, 0x0a, 0x0a, 0x08, 0x0a, 0x02, 'k', '2', 0x12, 0x02, 0x10, 0x01};

static bp_value nested_list(void) {
    bp_bytes bytes = {nested, sizeof nested};
    return bp_value_of_bytes(BP_KIND_LIST, bytes);
}

static void literals_round_trip(void) {
    bp_value text = bp_value_of_str(bp_str_of("hello"));
    CHECK(text.kind == BP_KIND_STR);
    CHECK_STR(bp_value_str(&text), "hello");
    bp_value number = bp_value_of_int(BP_KIND_I64, INT64_MIN);
    CHECK(bp_value_i64(&number) == INT64_MIN);
    bp_value real = bp_value_of_f64(-0.5);
    CHECK(bp_value_f64(&real) == -0.5);
    bp_value zero;
    memset(&zero, 0, sizeof zero);
    CHECK(zero.kind == BP_KIND_ABSENT);
}

static void lists_and_maps_are_read_in_place(void) {
    bp_value list = nested_list();
    bp_value items[8];
    size_t count = 0;
    bp_error *err = NULL;
    REQUIRE_OK(bp_value_items(&list, 0, items, 8, &count, &err), err);
    REQUIRE(count == 3);
    CHECK_STR(bp_value_str(&items[0]), "x");
    CHECK(items[1].kind == BP_KIND_I64 && bp_value_i64(&items[1]) == 7);
    REQUIRE(items[2].kind == BP_KIND_MAP);
    CHECK((const uint8_t *)items[2].ptr >= nested);
    CHECK((const uint8_t *)items[2].ptr < nested + sizeof nested);
    bp_field entry;
    REQUIRE_OK(bp_value_entries(&items[2], 0, &entry, 1, &count, &err), err);
    REQUIRE(count == 1);
    CHECK_STR(entry.name, "k2");
    CHECK(entry.value.kind == BP_KIND_BOOL && entry.value.bits == 1);
}

static void lists_are_read_in_parts(void) {
    bp_value list = nested_list();
    bp_value item;
    size_t count = 0;
    CHECK_STATUS(bp_value_items(&list, 0, NULL, 0, &count, NULL), BP_OK);
    CHECK(count == 3);
    CHECK_STATUS(bp_value_items(&list, 1, &item, 1, &count, NULL), BP_OK);
    CHECK(count == 1 && bp_value_i64(&item) == 7);
    CHECK_STATUS(bp_value_items(&list, 3, &item, 1, &count, NULL), BP_DONE);
    CHECK(count == 0);
    CHECK_STATUS(bp_value_items(&list, SIZE_MAX, &item, 1, &count, NULL), BP_DONE);
}

static void wrong_kinds_of_value_answer(void) {
    bp_value text = bp_value_of_str(bp_str_of("no list"));
    bp_value item;
    size_t count;
    CHECK_STATUS(bp_value_items(&text, 0, &item, 1, &count, NULL), BP_ERR_TYPE);
}

static void every_truncation_answers(void) {
    for (size_t len = 0; len < sizeof nested; len++) {
        uint8_t *copy = (uint8_t *)malloc(len + 1); /* exact size: a sanitizer sees reads past it */
        REQUIRE(copy != NULL);
        memcpy(copy, nested, len);
        bp_bytes bytes = {copy, len};
        bp_value list = bp_value_of_bytes(BP_KIND_LIST, bytes);
        bp_value items[8];
        size_t count;
        bp_status status = bp_value_items(&list, 0, items, 8, &count, NULL);
        CHECK(len == 0 ? status == BP_DONE : status == BP_ERR_OTLP || count < 3);
        free(copy);
    }
}

int main(void) {
    RUN(literals_round_trip);
    RUN(lists_and_maps_are_read_in_place);
    RUN(lists_are_read_in_parts);
    RUN(wrong_kinds_of_value_answer);
    RUN(every_truncation_answers);
    FINISH();
}
