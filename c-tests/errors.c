/* Statuses, error objects, versions: what holds before any file is open. */
#include "check.h"

static const uint8_t damaged[] = {0x2a, 0xff, 0x01};

static bp_value list_of(const uint8_t *bytes, size_t len) {
    bp_bytes view = {bytes, len};
    return bp_value_of_bytes(BP_KIND_LIST, view);
}

static void every_number_has_a_name(void) {
    int named = 0;
    for (bp_status status = -200; status < 400; status++) {
        const char *name = bp_status_name(status);
        REQUIRE(name != NULL);
        if (strcmp(name, "BP_UNKNOWN") != 0) {
            CHECK(strncmp(name, status < BP_ERR_FIRST ? "BP_" : "BP_ERR_", 3) == 0);
            CHECK(status >= 0 && status < 112);
            named++;
        }
    }
    CHECK(named >= 27);
    CHECK(strcmp(bp_status_name(BP_ERR_RELEASED), "BP_ERR_RELEASED") == 0);
    CHECK(strcmp(bp_status_name(INT32_MIN), "BP_UNKNOWN") == 0);
}

static void library_and_header_are_of_one_version(void) {
    CHECK(strcmp(bp_version(), BP_VERSION_STRING) == 0);
    CHECK(bp_version_number() == BP_VERSION_NUMBER);
    CHECK(bp_abi_version() == BP_ABI_VERSION);
    CHECK(BP_VERSION_AT_LEAST(0, 0, 9) && !BP_VERSION_AT_LEAST(99, 0, 0));
    bp_abi_0();
}

static void failures_carry_message_and_position(void) {
    bp_value list = list_of(damaged, sizeof damaged);
    bp_value out;
    size_t count = 77;
    bp_error *err = NULL;
    CHECK_STATUS(bp_value_items(&list, 0, &out, 1, &count, &err), BP_ERR_OTLP);
    REQUIRE(err != NULL);
    CHECK(count == 0);
    CHECK(bp_live_handles(BP_HANDLE_ERROR) == 1);
    CHECK_STATUS(bp_error_status(err), BP_ERR_OTLP);
    CHECK(bp_error_message(err).len > 0);
    CHECK(!bp_error_is_retriable(err));
    CHECK(bp_error_callback_code(err) == 0);
    uint64_t offset = 99;
    CHECK(bp_error_position(err, &offset));
    CHECK(offset <= sizeof damaged);
    bp_error_free(err);
}

static void error_is_optional(void) {
    bp_value list = list_of(damaged, sizeof damaged);
    bp_value out;
    size_t count = 77;
    CHECK_STATUS(bp_value_items(&list, 0, &out, 1, &count, NULL), BP_ERR_OTLP);
    CHECK(count == 0);
}

static void error_is_cleared_by_success(void) {
    bp_value list = list_of(NULL, 0);
    size_t count;
    bp_error *err = (bp_error *)&list; /* whatever was there is overwritten, not freed */
    CHECK_STATUS(bp_value_items(&list, 0, NULL, 0, &count, &err), BP_OK);
    CHECK(err == NULL);
}

static void null_errors_answer(void) {
    uint64_t offset = 5;
    CHECK_STATUS(bp_error_status(NULL), BP_OK);
    CHECK(bp_error_message(NULL).len == 0);
    CHECK(!bp_error_position(NULL, &offset) && offset == 0);
    CHECK(!bp_error_is_retriable(NULL));
    CHECK(bp_error_callback_code(NULL) == 0);
    bp_error_free(NULL);
}

static void null_arguments_answer(void) {
    bp_value list = list_of(NULL, 0);
    bp_value out;
    bp_field field;
    size_t count = 77;
    bp_error *err = NULL;
    CHECK_STATUS(bp_value_items(NULL, 0, &out, 1, &count, &err), BP_ERR_NULL_ARGUMENT);
    CHECK(count == 0);
    bp_error_free(err);
    CHECK_STATUS(bp_value_items(&list, 0, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_value_items(&list, 0, &out, 1, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_value_entries(NULL, 0, &field, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_value_entries(&list, 0, &field, 1, &count, NULL), BP_ERR_TYPE);
    list.ptr = NULL;
    list.bits = 8;
    CHECK_STATUS(bp_value_items(&list, 0, &out, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
}

int main(void) {
    RUN(every_number_has_a_name);
    RUN(library_and_header_are_of_one_version);
    RUN(failures_carry_message_and_position);
    RUN(error_is_optional);
    RUN(error_is_cleared_by_success);
    RUN(null_errors_answer);
    RUN(null_arguments_answer);
    FINISH();
}
