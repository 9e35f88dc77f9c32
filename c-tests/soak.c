/* Opens, scans, reads and closes again and again, and looks at what is left. A short run without
 * arguments; for a long one:
 *
 *     soak CYCLES
 */
#include "sample.h"

enum { FIELDS = 1000, TRACES = 30, SPANS = 4, SHORT_RUN = 60 };

static const char *soak_path = NULL;
static unsigned long soak_cycles = SHORT_RUN;

/* Reads some of a span's fields, now and then all of them. */
static void read_fields(bp_lazy_fields *fields, const bp_columns *columns, size_t number) {
    bp_value value, values[3];
    bp_field all[64];
    size_t count = 0;
    REQUIRE(bp_lazy_fields_get(fields, bp_str_of("span:name"), &value, NULL) == BP_OK);
    REQUIRE(bp_lazy_fields_get_many(fields, columns, values, 3, NULL) == BP_OK);
    if (number % 50 == 0) {
        REQUIRE(bp_lazy_fields_next(fields, all, 64, &count, NULL) == BP_OK && count > 10);
    }
}

static void cycle(const bp_columns *columns) {
    bp_reader *reader = NULL;
    bp_blocks *blocks = NULL;
    bp_span_set *set = NULL;
    bp_lazy_fields *fields[FIELDS];
    bp_value user = bp_value_of_str(bp_str_of("u1"));
    bp_error *err = NULL;
    REQUIRE_OK(bp_reader_open(bp_str_of(soak_path), NULL, &reader, &err), err);
    REQUIRE_OK(bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err), err);
    REQUIRE_OK(bp_blocks_scan(blocks, bp_str_of(".user"), BP_OP_EQUAL, &user, 1, &set, &err), err);
    REQUIRE(bp_span_set_count(set) == TRACES / 5 * SPANS);
    bp_reader_free(reader);
    for (size_t i = 0; i < FIELDS; i++) {
        if (i % 2 == 0) {
            REQUIRE_OK(bp_span_set_fields(set, i % bp_span_set_count(set), &fields[i], &err), err);
        } else {
            REQUIRE_OK(bp_lazy_fields_new(blocks, 0, BP_CAST(uint32_t, i % (TRACES * SPANS)), &fields[i], &err), err);
        }
    }
    bp_span_set_free(set);
    bp_blocks_free(blocks);
    for (size_t i = 0; i < FIELDS; i++) {
        read_fields(fields[i], columns, i);
        if (i % 3 != 0) {
            bp_lazy_fields_release(fields[i]);
        }
    }
    for (size_t i = 0; i < FIELDS; i++) {
        bp_lazy_fields_free(fields[i]);
    }
}

static bp_columns *some_columns(void) {
    static const char *const names[] = {"span:duration", "span.user", "resource.service.name"};
    bp_columns *columns = NULL;
    REQUIRE(bp_columns_new(&columns, NULL) == BP_OK);
    for (size_t i = 0; i < 3; i++) {
        REQUIRE(bp_columns_add(columns, bp_str_of(names[i]), NULL) == BP_OK);
    }
    return columns;
}

static void memory_stays_flat(void) {
    bp_columns *columns = some_columns();
    unsigned long warm = soak_cycles / 10 < 30 ? 30 : soak_cycles / 10;
    double before = 0;
    for (unsigned long i = 0; i < soak_cycles; i++) {
        if (i == warm) {
            before = resident();
        }
        cycle(columns);
        REQUIRE(bp_live_handles(BP_HANDLE_ANY) == 1 && bp_bytes_held() == 0);
    }
    double after = resident();
    printf("%lu cycles, %.0f KiB resident at first, %.0f in the end\n", soak_cycles, before / 1024, after / 1024);
    CHECK(after <= before * 1.05);
    bp_columns_free(columns);
}

static void a_forgotten_handle_shows(void) {
    bp_blocks *blocks = sample_blocks(TRACES, SPANS, 0);
    bp_lazy_fields *forgotten = NULL;
    uint64_t whole = bp_bytes_held();
    REQUIRE(bp_lazy_fields_new(blocks, 0, 0, &forgotten, NULL) == BP_OK);
    bp_blocks_free(blocks);
    CHECK(bp_live_handles(BP_HANDLE_ANY) == 1 && bp_live_handles(BP_HANDLE_LAZY_FIELDS) == 1);
    CHECK(whole > 0 && bp_bytes_held() == whole);
    bp_lazy_fields_release(forgotten); /* gives the memory back, but is alive itself */
    CHECK(bp_live_handles(BP_HANDLE_LAZY_FIELDS) == 1 && bp_bytes_held() == 0);
    bp_lazy_fields_free(forgotten);
}

int main(int argc, char **argv) {
    char path[512];
    otlp message = sample_otlp(0, TRACES, SPANS);
    bp_writer *writer = NULL;
    bp_error *err = NULL;
    if (argc > 1) {
        soak_cycles = strtoul(argv[1], NULL, 10);
    }
    scratch_path(path, sizeof path, "soak.bpk");
    soak_path = path;
    REQUIRE_OK(bp_writer_open(bp_str_of(path), NULL, &writer, &err), err);
    REQUIRE_OK(bp_writer_add_otlp(writer, otlp_view(&message), &err), err);
    REQUIRE_OK(bp_writer_finish(writer, NULL, &err), err);
    bp_writer_free(writer);
    otlp_free(&message);
    RUN(memory_stays_flat);
    RUN(a_forgotten_handle_shows);
    remove(path);
    FINISH();
}
