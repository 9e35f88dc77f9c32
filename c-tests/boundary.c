/* The boundary itself: panics, poisoned handles, dead handles, busy handles.
 *
 * It uses exports that only a build with the feature `test-hooks` has; others skip it. */
#include "check.h"

typedef struct bp_test bp_test;
#if defined(__GNUC__)
#  define HOOK __attribute__((weak)) extern
#else
#  define HOOK extern
#endif
HOOK bp_status bp_test_new(bp_test **out, bp_error **err);
HOOK bp_status bp_test_panic(const bp_test *test, bp_error **err);
HOOK bp_status bp_test_enter(bp_test *test, void (*during)(bp_test *), bp_error **err);
HOOK void bp_test_before_entering(void (*run)(void));
HOOK void bp_test_free(bp_test *test);

static bp_test *make(void) {
    bp_test *test = NULL;
    CHECK_STATUS(bp_test_new(&test, NULL), BP_OK);
    REQUIRE(test != NULL);
    return test;
}

static void panics_become_a_status_and_poison_the_handle(void) {
    bp_test *test = make();
    bp_error *err = NULL;
    CHECK_STATUS(bp_test_panic(test, &err), BP_ERR_PANIC);
    CHECK_STATUS(bp_error_status(err), BP_ERR_PANIC);
    bp_error_free(err);
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(bp_test_enter(test, NULL, &err), BP_ERR_POISONED);
        bp_str message = bp_error_message(err);
        char text[256] = {0};
        memcpy(text, message.ptr, message.len < 255 ? message.len : 255);
        CHECK(strstr(text, "asked for by a test") != NULL);
        bp_error_free(err);
    }
    bp_test_free(test);
}

static void panics_poison_only_their_handle(void) {
    bp_test *broken = make();
    bp_test *whole = make();
    CHECK_STATUS(bp_test_panic(broken, NULL), BP_ERR_PANIC);
    CHECK_STATUS(bp_test_enter(whole, NULL, NULL), BP_OK);
    bp_test_free(broken);
    bp_test_free(whole);
}

static void enter_again(bp_test *test) {
    CHECK_STATUS(bp_test_enter(test, NULL, NULL), BP_ERR_BUSY);
    bp_error *err = NULL;
    CHECK_STATUS(bp_test_enter(test, NULL, &err), BP_ERR_BUSY);
    CHECK(bp_error_is_retriable(err));
    bp_error_free(err);
}

static void entering_twice_answers_busy(void) {
    bp_test *test = make();
    CHECK_STATUS(bp_test_enter(test, enter_again, NULL), BP_OK);
    CHECK_STATUS(bp_test_enter(test, NULL, NULL), BP_OK);
    bp_test_free(test);
}

static void wrong_kind_answers(void) {
    bp_test *test = make();
    const bp_error *not_an_error = (const bp_error *)(const void *)test;
    CHECK_STATUS(bp_error_status(not_an_error), BP_ERR_BAD_HANDLE);
    CHECK(bp_error_message(not_an_error).len == 0);
    bp_error_free((bp_error *)(void *)test); /* leaves it alone */
    CHECK(bp_live_handles(BP_HANDLE_ANY) == 1);
    CHECK_STATUS(bp_test_enter(test, NULL, NULL), BP_OK);
    bp_test_free(test);
}

static void null_handles_answer(void) {
    CHECK_STATUS(bp_test_enter(NULL, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_test_new(NULL, NULL), BP_ERR_NULL_ARGUMENT);
    bp_test_free(NULL);
}

#ifdef BLOCKPACK_CHECKED
static void free_inside(bp_test *test) {
    bp_test_free(test); /* refused: a call is running */
}

static void dead_handles_answer(void) {
    bp_test *test = make();
    bp_test_free(test);
    CHECK_STATUS(bp_test_enter(test, NULL, NULL), BP_ERR_BAD_HANDLE);
    bp_test_free(test);
    CHECK(bp_live_handles(BP_HANDLE_ANY) == 0);
    test = make();
    CHECK_STATUS(bp_test_enter(test, free_inside, NULL), BP_OK);
    CHECK_STATUS(bp_test_enter(test, NULL, NULL), BP_OK);
    bp_test_free(test);
}

static void look_inside(bp_test *test) {
    CHECK_STATUS(bp_test_panic(test, NULL), BP_ERR_BUSY); /* a const call, which does not begin */
}

static void const_calls_during_another_answer_busy(void) {
    bp_test *test = make();
    CHECK_STATUS(bp_test_enter(test, look_inside, NULL), BP_OK);
    CHECK_STATUS(bp_test_enter(test, NULL, NULL), BP_OK);
    bp_test_free(test);
}

static bp_test *doomed = NULL;

static void free_doomed(void) {
    bp_test_free(doomed);
    CHECK(bp_live_handles(BP_HANDLE_ANY) == 0);
}

/* What a free by another thread can come between: the call has seen that the handle is alive. */
static void handles_freed_while_a_call_begins_answer(void) {
    doomed = make();
    bp_test_before_entering(free_doomed);
    CHECK_STATUS(bp_test_enter(doomed, NULL, NULL), BP_ERR_BAD_HANDLE);
    doomed = make();
    bp_test_before_entering(free_doomed);
    CHECK_STATUS(bp_test_panic(doomed, NULL), BP_ERR_BAD_HANDLE);
    doomed = make();
    bp_test_before_entering(free_doomed);
    bp_test_free(doomed); /* the second */
    CHECK(bp_live_handles(BP_HANDLE_ANY) == 0);
}

static void many_dead_handles_give_their_memory_back(void) {
    for (int i = 0; i < 20000; i++) {
        bp_test_free(make());
    }
}
#endif

int main(void) {
    if (!bp_test_new) {
        printf("skipped: the library was built without test-hooks\n");
        return EXIT_SUCCESS;
    }
    RUN(panics_become_a_status_and_poison_the_handle);
    RUN(panics_poison_only_their_handle);
    RUN(entering_twice_answers_busy);
    RUN(wrong_kind_answers);
    RUN(null_handles_answer);
#ifdef BLOCKPACK_CHECKED
    RUN(dead_handles_answer);
    RUN(const_calls_during_another_answer_busy);
    RUN(handles_freed_while_a_call_begins_answer);
    RUN(many_dead_handles_give_their_memory_back);
#endif
    FINISH();
}
