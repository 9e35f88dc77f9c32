/* What can be asked about: names of attributes, and values of fields. */
#include "sample.h"

static void names_are_listed_by_scope_and_key(void) {
    bp_blocks *blocks = sample_blocks(10, 3, 10);
    bp_tag_names *names = NULL;
    bp_tag_name found[8];
    bp_error *err = NULL;
    size_t count = 0;
    REQUIRE_OK(bp_tag_names_new(blocks, BP_SCOPE_ANY, &names, &err), err);
    REQUIRE_OK(bp_tag_names_get(names, 0, found, 8, &count, &err), err);
    CHECK(count == 5 && bp_tag_names_len(names) == 5);
    CHECK_STR(found[0].name, "span.odd");
    CHECK_STR(found[0].key, "odd");
    CHECK(found[0].kinds == 1u << BP_KIND_BOOL && found[0].scope == BP_SCOPE_SPAN && found[0].values == 10);
    CHECK_STR(found[3].name, "span.user");
    CHECK(found[3].kinds == 1u << BP_KIND_STR && found[3].values == 30);
    CHECK_STR(found[4].name, "resource.service.name");
    CHECK(found[4].scope == BP_SCOPE_RESOURCE);
    CHECK_STATUS(bp_tag_names_get(names, 5, found, 8, &count, &err), BP_DONE);
    bp_tag_names_free(names);
    REQUIRE_OK(bp_tag_names_new(blocks, BP_SCOPE_RESOURCE, &names, &err), err);
    bp_blocks_free(blocks);
    CHECK(bp_bytes_held() == 0 && bp_tag_names_len(names) == 1);
    bp_tag_names_free(names);
}

static void values_are_listed_once_each(void) {
    bp_blocks *blocks = sample_blocks(10, 3, 10);
    bp_query *filter = sample_query("{ .trace.number >= 8 }");
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    bp_tag_values *values = NULL;
    bp_value found[8];
    bp_error *err = NULL;
    size_t count = 0;
    REQUIRE_OK(bp_tag_values_new(blocks, bp_str_of("span.user"), NULL, NULL, &values, &err), err);
    REQUIRE_OK(bp_tag_values_get(values, 1, found, 8, &count, &err), err);
    CHECK(count == 4 && bp_tag_values_len(values) == 5 && !bp_tag_values_is_cut_off(values));
    CHECK_STR(bp_value_str(&found[3]), "u4");
    bp_tag_values_free(values);
    REQUIRE_OK(bp_tag_values_new(blocks, bp_str_of("span.user"), filter, NULL, &values, &err), err);
    REQUIRE_OK(bp_tag_values_get(values, 0, found, 8, &count, &err), err);
    CHECK(count == 2);
    CHECK_STR(bp_value_str(&found[0]), "u3");
    bp_tag_values_free(values);
    options.limit = 2;
    REQUIRE_OK(bp_tag_values_new(blocks, bp_str_of(".step"), NULL, &options, &values, &err), err);
    CHECK(bp_tag_values_len(values) == 2 && bp_tag_values_is_cut_off(values));
    bp_query_free(filter);
    bp_blocks_free(blocks);
    CHECK(bp_bytes_held() == 0);
    bp_tag_values_free(values);
}

static void misuse_answers(void) {
    bp_blocks *blocks = sample_blocks(2, 2, 0);
    bp_query *series = sample_query("{} | rate()");
    bp_tag_names *names = NULL;
    bp_tag_values *values = NULL;
    CHECK_STATUS(bp_tag_names_new(NULL, BP_SCOPE_ANY, &names, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_tag_names_new(blocks, 6, &names, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_tag_values_new(blocks, bp_str_of(""), NULL, NULL, &values, NULL), BP_ERR_PARSE);
    CHECK_STATUS(bp_tag_values_new(blocks, bp_str_of(".a"), series, NULL, &values, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(bp_tag_names_len(NULL) == 0 && bp_tag_values_len(NULL) == 0 && !bp_tag_values_is_cut_off(NULL));
    bp_blocks_release(blocks);
    CHECK_STATUS(bp_tag_names_new(blocks, BP_SCOPE_ANY, &names, NULL), BP_ERR_RELEASED);
    CHECK_STATUS(bp_tag_values_new(blocks, bp_str_of(".a"), NULL, NULL, &values, NULL), BP_ERR_RELEASED);
    bp_tag_names_free(NULL);
    bp_tag_values_free(NULL);
    bp_query_free(series);
    bp_blocks_free(blocks);
}

int main(void) {
    RUN(names_are_listed_by_scope_and_key);
    RUN(values_are_listed_once_each);
    RUN(misuse_answers);
    FINISH();
}
