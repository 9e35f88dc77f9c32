/* Fields of many spans as arrays. */
#include "sample.h"

static bp_columns *columns_of(const char *const *names, size_t count) {
    bp_columns *columns = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_columns_new(&columns, &err), err);
    for (size_t i = 0; i < count; i++) {
        REQUIRE_OK(bp_columns_add(columns, bp_str_of(names[i]), &err), err);
    }
    return columns;
}

static bp_span_set *all_spans(const bp_blocks *blocks) {
    bp_span_set *all = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_span_set_all(blocks, &all, &err), err);
    return all;
}

static bool has_bytes(uint32_t kind) {
    return kind == BP_KIND_STR || kind == BP_KIND_BYTES || kind == BP_KIND_ID || kind == BP_KIND_LIST ||
           kind == BP_KIND_MAP;
}

static void arrays_say_what_values_say(void) {
    static const char *const names[] = {"span:name",     "trace:id",   "span:id",        "span:parent_id",
                                        "span:duration", "span:start", "span:status",    "resource.service.name",
                                        ".http.route",   "event:name", "span.no.such.key"};
    enum { WIDTH = sizeof names / sizeof *names, ROWS = 1000 };
    bp_blocks *blocks = shop_blocks(3000);
    bp_span_set *all = all_spans(blocks);
    bp_columns *columns = columns_of(names, WIDTH);
    bp_value *values = BP_CAST(bp_value *, malloc(ROWS * WIDTH * sizeof *values));
    bp_matrix *matrix = NULL;
    bp_error *err = NULL;
    uint64_t read = 0;
    bp_status status;
    REQUIRE(values != NULL);
    REQUIRE_OK(bp_matrix_new(&matrix, &err), err);
    CHECK(bp_matrix_len(matrix) == 0);
    while ((status = bp_matrix_fill(matrix, all, read, ROWS, columns, &err)) == BP_OK) {
        size_t rows = bp_matrix_len(matrix);
        CHECK(rows == (SHOP_SPANS - read < ROWS ? SHOP_SPANS - read : ROWS));
        REQUIRE_OK(bp_span_set_values(all, read, rows, columns, values, rows * WIDTH, &err), err);
        for (size_t i = 0; i < WIDTH; i++) {
            bp_column_values column;
            size_t present = 0;
            REQUIRE_OK(bp_matrix_column(matrix, i, &column, &err), err);
            CHECK(column.len == rows && column.ends[0] == 0);
            for (size_t row = 0; row < rows; row++) {
                bp_value value = values[row * WIDTH + i];
                CHECK(column.kinds[row] == value.kind);
                CHECK(column.kind == BP_KIND_ABSENT || value.kind == column.kind || value.kind == BP_KIND_ABSENT);
                present += value.kind != BP_KIND_ABSENT;
                if (!has_bytes(value.kind)) {
                    CHECK(column.numbers[row] == value.bits);
                    continue;
                }
                uint64_t entry = column.numbers[row];
                REQUIRE(entry < column.entries);
                CHECK(column.ends[entry + 1] - column.ends[entry] == value.bits);
                CHECK(memcmp(column.bytes + column.ends[entry], value.ptr, BP_CAST(size_t, value.bits)) == 0);
            }
            CHECK(column.present == present);
        }
        read += rows;
    }
    CHECK_STATUS(status, BP_DONE);
    CHECK(read == SHOP_SPANS && bp_matrix_len(matrix) == 0);
    free(values);
    bp_matrix_free(matrix);
    bp_columns_free(columns);
    bp_span_set_free(all);
    bp_blocks_free(blocks);
}

static void a_matrix_needs_no_blocks(void) {
    static const char *const names[] = {"span:name"};
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    bp_span_set *all = all_spans(blocks);
    bp_columns *columns = columns_of(names, 1);
    bp_column_values column;
    bp_matrix *matrix = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_matrix_new(&matrix, &err), err);
    REQUIRE_OK(bp_matrix_fill(matrix, all, 5, 1, columns, &err), err);
    bp_blocks_free(blocks);
    bp_span_set_release(all);
    CHECK(bp_bytes_held() == 0);
    REQUIRE_OK(bp_matrix_column(matrix, 0, &column, &err), err);
    CHECK(column.len == 1 && column.present == 1 && column.entries == 1 && column.kind == BP_KIND_STR);
    CHECK(column.ends[1] == 7 && memcmp(column.bytes, "query 1", 7) == 0);
    CHECK_STATUS(bp_matrix_column(matrix, 1, &column, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(column.kinds == NULL && column.len == 0);
    CHECK_STATUS(bp_matrix_fill(matrix, all, 5, 1, columns, NULL), BP_ERR_RELEASED);
    CHECK(bp_matrix_len(matrix) == 0);
    bp_matrix_free(matrix);
    bp_columns_free(columns);
    bp_span_set_free(all);
}

int main(void) {
    RUN(arrays_say_what_values_say);
    RUN(a_matrix_needs_no_blocks);
    FINISH();
}
