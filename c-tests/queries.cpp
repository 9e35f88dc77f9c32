// The C++ wrapper of queries, searches and tags.
#include "blockpack.hpp"
#include "sample.h"

#include <string>
#include <utility>

using namespace blockpack;

static Blocks build(uint32_t traces, uint32_t spans, uint32_t max_spans) {
    return Blocks(sample_blocks(traces, spans, max_spans));
}

static void queries_are_compiled_and_explained() {
    Query query = Query::compile("{.step=2}").value();
    CHECK(query.text() == "{ .step = 2 }" && !query.makes_series());
    CHECK(Query::compile("{} | rate()")->makes_series());
    Explanation explanation = query.explain().value();
    CHECK(explanation.size() == explanation.parts()->size() && !explanation.text().empty());
    CHECK(explanation.details(0)->makes_series == 0);
    CHECK(explanation.details(explanation.size()).error().status() == BP_ERR_INVALID_ARGUMENT);
    Result<Query> wrong = Query::compile("{ .step = }");
    CHECK(!wrong && wrong.error().status() == BP_ERR_PARSE && wrong.error().position() == 10u);
    Error error = wrong.take_error();
    CHECK(error.message().find("column 11") != std::string_view::npos);
}

static void searches_are_ranges_of_batches() {
    Blocks blocks = build(30, 5, 50);
    Query query = Query::compile("{ .step > 1 } | by(.user)").value();
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    options.limit = BP_NO_LIMIT;
    Cursor cursor = Cursor::open(query, blocks, options).value();
    blocks.release();
    size_t traces = 0, batches = 0;
    for (Result<MatchSet> &batch : cursor) {
        REQUIRE(batch.ok());
        for (const bp_trace_match &trace : *batch->traces()) {
            CHECK(trace.matched == 3 && view(trace.root_service) == "shop");
        }
        std::vector<bp_spanset> spansets = batch->spansets().value();
        CHECK(spansets.size() == batch->spanset_count() && spansets[0].matched == 3);
        std::vector<Field> attributes = batch->attributes().value();
        CHECK(attributes.size() == spansets.size() && attributes[0].name == "by(.user)");
        CHECK(batch->services()->size() == 2 * batch->size());
        traces += batch->size();
        batches++;
    }
    CHECK(traces == 30 && batches == 3);
    CHECK(cursor.begin() == cursor.end());
    CHECK(cursor.stats()->spans_matched == 90 && cursor.explain()->size() > 1);
    CHECK(cursor.stats()->ended == BP_ENDED_COMPLETE && cursor.stats()->chunks_outside_time == 0);
}

static void parts_say_why_blocks_were_left_out() {
    Query query = Query::compile("{ .user = \"u1x\" }").value();
    Cursor cursor = Cursor::open(query, build(30, 5, 50)).value();
    CHECK(!cursor.next().value());
    Explanation explanation = cursor.explain().value();
    CHECK(explanation.text().find("left out 3 of 3 blocks (dictionary)") != std::string_view::npos);
    bp_part_details scan = explanation.details(1).value();
    CHECK(scan.pruned_by_dictionary == 3 && scan.pruned_by_bounds == 0 && scan.rows_scanned == 150);
}

static void batches_are_read_in_bulk() {
    Query query = Query::compile("{ .step = 2 } | select(.user)").value();
    Cursor cursor = Cursor::open(query, build(3, 5, 0)).value();
    MatchSet set = std::move(*cursor.next(2).value());
    CHECK(set.size() == 2 && set.spans()->size() == 2);
    std::vector<std::string_view> fields = set.fields().value();
    CHECK(fields.size() == 2 && fields[0] == ".user" && fields[1] == ".step");
    Matrix values = set.values(0, 2).value();
    CHECK(values.at(0, 0).as_string() == "u2" && values.at(1, 1).as_int() == 2);
    Matrix names = set.values(1, 1, Columns::create({"span:name"}).value()).value();
    CHECK(names.at(0, 0).as_string() == "query 2");
    CHECK(set.values(0, SIZE_MAX / 64).error().status() == BP_ERR_INVALID_ARGUMENT);
    CHECK(set.span_set()->count() == 2);
    CHECK(cursor.next(2).value()->size() == 1 && !cursor.next(2).value());
    set.release();
    CHECK(set.is_released() && set.values(0, 2).error().status() == BP_ERR_RELEASED);
}

static void searches_are_stopped() {
    Blocks blocks = build(30, 5, 50);
    Query query = Query::compile("{}").value();
    Cancel cancel = Cancel::create().value();
    Budget budget = Budget::create(1 << 20).value();
    bp_search_options options = BP_SEARCH_OPTIONS_INIT;
    options.cancel = cancel.get();
    options.budget = budget.get();
    CHECK(query.spans(blocks, options)->count() == 150);
    CHECK(budget.limit() == 1 << 20 && budget.used() == 0 && budget.peak() > 0);
    Cursor cursor = Cursor::open(query, blocks, options).value();
    cancel.trigger();
    CHECK(cancel.is_triggered());
    size_t batches = 0;
    for (Result<MatchSet> &batch : cursor) { // the failure is the last
        CHECK(!batch && batch.error().status() == BP_ERR_CANCELLED);
        batches++;
    }
    CHECK(batches == 1);
}

static void series_are_made() {
    bp_metrics_options options = BP_METRICS_OPTIONS_INIT;
    options.start_ns = 500000;
    options.end_ns = 30500000;
    options.step_ns = 10000000;
    Query query = Query::compile("{} | count_over_time() by (resource.service.name) with (exemplars = 2)").value();
    Series series = Series::of(query, build(30, 5, 50), options).value();
    CHECK(series.size() == 2 && series.info()->spans == 150);
    CHECK(query.explain()->size() == 3 && view(series.explain()->parts()->at(0).how) == "series");
    CHECK(series.explain()->details(0)->makes_series == 1 && series.explain()->details(0)->series == 2);
    CHECK(series.times()->size() == 3 && series.times()->at(2) == 30500000);
    CHECK(series.text(0) == "{resource.service.name=\"shop\"}");
    CHECK(series.labels(1)->at(0).value.as_string() == "store");
    CHECK(series.values(1)->size() == 3 && series.values(1)->at(0) == 40);
    CHECK(series.exemplars(0)->size() + series.exemplars(1)->size() == 2);
    CHECK(series.values(2).error().status() == BP_ERR_INVALID_ARGUMENT);
}

static void tags_are_listed() {
    Blocks blocks = build(10, 3, 10);
    TagNames names = TagNames::of(blocks, BP_SCOPE_RESOURCE).value();
    CHECK(names.size() == 1 && view(names.all()->at(0).key) == "service.name");
    TagValues values = TagValues::of(blocks, ".user").value();
    CHECK(values.size() == 5 && !values.is_cut_off() && values.all()->at(4).as_string() == "u4");
    Query filter = Query::compile("{ .trace.number = 8 }").value();
    CHECK(TagValues::of(blocks, ".user", filter)->all()->at(0).as_string() == "u3");
}

int main() {
    RUN(queries_are_compiled_and_explained);
    RUN(searches_are_ranges_of_batches);
    RUN(parts_say_why_blocks_were_left_out);
    RUN(batches_are_read_in_bulk);
    RUN(searches_are_stopped);
    RUN(series_are_made);
    RUN(tags_are_listed);
    FINISH();
}
