/* Times TraceQL through the C ABI, from the text of a query to all matches: queries FILE.bpk */
#include "bench.h"

typedef struct question {
    const char *key;
    const char *text;
    const bp_blocks *blocks;
} question;

static bp_query *compile(const char *text) {
    bp_error *err = NULL;
    bp_query *query = NULL;
    check(bp_query_compile(bp_str_of(text), &query, &err), err);
    return query;
}

static uint64_t spans(void *ctx) {
    const question *it = ctx;
    bp_error *err = NULL;
    bp_span_set *found = NULL;
    bp_query *query = compile(it->text);
    check(bp_query_spans(query, it->blocks, NULL, &found, &err), err);
    uint64_t count = bp_span_set_count(found);
    bp_span_set_free(found);
    bp_query_free(query);
    return count;
}

/* Samples of an hour from the time on when the generated spans begin. */
enum { SAMPLES = 240 };
static const uint64_t BEGIN = UINT64_C(1767603600000000000), STEP = UINT64_C(15000000000);

/* Counts the samples that are not 0. */
static uint64_t series(void *ctx) {
    const question *it = ctx;
    bp_error *err = NULL;
    bp_series *found = NULL;
    bp_query *query = compile(it->text);
    bp_metrics_options options = BP_METRICS_OPTIONS_INIT;
    options.start_ns = BEGIN;
    options.end_ns = BEGIN + SAMPLES * STEP;
    options.step_ns = STEP;
    check(bp_series_new(query, it->blocks, &options, &found, &err), err);
    uint64_t count = 0;
    for (size_t i = 0; i < bp_series_len(found); i++) {
        double values[SAMPLES];
        size_t len = 0;
        check(bp_series_values(found, i, 0, values, SAMPLES, &len, &err), err);
        for (size_t at = 0; at < len; at++) {
            count += values[at] > 0;
        }
    }
    bp_series_free(found);
    bp_query_free(query);
    return count;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE.bpk\n", argv[0]);
        return 2;
    }
    bp_blocks *blocks = open_blocks(argv[1]);
    question questions[] = {
        {"q service and status", "{ resource.service.name = \"frontend\" && status = error }", blocks},
        {"q duration", "{ duration > 500ms }", blocks},
        {"q url", "{ span.url.full =~ \".*/cart.*\" }", blocks},
        {"q user", "{ span.enduser.id = \"user-000017\" }", blocks},
        {"q or", "{ status = error || span.http.response.status_code >= 500 }", blocks},
        {"q structure", "{ resource.service.name = \"frontend\" } >> { span.db.system = \"postgresql\" }", blocks},
        {"q aggregate", "{ status = error } | count() > 3", blocks},
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        bench(questions[i].key, spans, &questions[i]);
    }
    question rates[] = {
        {"q rate", "{ } | rate() by (resource.service.name)", blocks},
        {"q error rate", "{ status = error } | rate() by (resource.service.name)", blocks},
    };
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        bench(rates[i].key, series, &rates[i]);
    }
    bp_blocks_free(blocks);
    return 0;
}
