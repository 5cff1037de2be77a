/* test_words.c: "did you mean", and finding a field in the text.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/locate.h"
#include "scenarios/lang/suggest.h"
#include "tests/scenarios/reading.h"

#include <limits.h>
#include <string.h>

static void distance_counts_single_edits(void **state)
{
    (void)state;
    assert_int_equal(suggest_distance("", ""), 0);
    assert_int_equal(suggest_distance("outlets", "outlets"), 0);
    assert_int_equal(suggest_distance("outlts", "outlets"), 1);
    assert_int_equal(suggest_distance("outltes", "outlets"), 1); /* a swap is one */
    assert_int_equal(suggest_distance("kitten", "sitting"), 3);
    assert_int_equal(suggest_distance("", "abc"), 3);
    assert_int_equal(suggest_distance("ca", "abc"), 3); /* optimal string alignment */
    char longer[100];
    memset(longer, 'x', 99);
    longer[99] = '\0';
    assert_int_equal(suggest_distance(longer, "x"), UINT_MAX);
}

static const char *best(const char *wrong, const char *const *names)
{
    static struct suggestion suggestion;
    suggest_begin(&suggestion, wrong);
    for (; *names != NULL; names++)
        suggest_offer(&suggestion, *names);
    return suggestion.best;
}

static void the_nearest_name_is_offered_whatever_the_order(void **state)
{
    (void)state;
    const char *const names[] = {"duration", "warmup", "start", "seed", NULL};
    const char *const twins[] = {"bat", "cat", NULL}, *const turned[] = {"cat", "bat", NULL};
    assert_string_equal(best("duratoin", names), "duration");
    assert_string_equal(best("sead", names), "seed");
    assert_string_equal(best("SEED", names), "seed");
    assert_string_equal(best("colour", names), "");
    assert_string_equal(best("rat", twins), "bat");
    assert_string_equal(best("rat", turned), "bat");
}

/* Line and column of a field in the nth call of `name` on a line. */
static void assert_found(const char *text, unsigned line, const char *name, unsigned nth, const char *field,
                         unsigned expected_line, unsigned expected_column)
{
    size_t begin, brace, key_at, value_at;
    unsigned found_line, found_column;
    assert_true(locate_call(&begin, &brace, text, line, name, nth));
    assert_true(locate_entry(&key_at, &value_at, text, brace, field, 0));
    locate_offset(&found_line, &found_column, text, key_at);
    assert_int_equal(found_line, expected_line);
    assert_int_equal(found_column, expected_column);
}

static void fields_are_found_in_their_calls(void **state)
{
    (void)state;
    static const char text[] = "-- k.band { price = 1 }\n"
                               "local s = [[ k.band { price = 1 } ]] local t = { k.band { price = 1 }, k.band {\n"
                               "  --[==[ price = 2 ]==] from = \"}\", [\"price\"] = f(a, { price = 3 }),\n"
                               "  price2 = 4 } }\n"
                               "local b = k.extend(base(1, { x = 2 })) { price = 5, 7, { 8 } }\n";
    assert_found(text, 2, "band", 0, "price", 2, 59);
    assert_found(text, 2, "band", 1, "price", 3, 38);
    assert_found(text, 2, "band", 1, "from", 3, 25);
    assert_found(text, 2, "band", 2, "price", 2, 59); /* a loop calls them again */
    assert_found(text, 2, "band", 1, "price2", 4, 3);
    assert_found(text, 5, "extend", 0, "price", 5, 42);
    size_t begin, brace, key_at, value_at;
    assert_false(locate_call(&begin, &brace, text, 1, "band", 0));
    assert_false(locate_call(&begin, &brace, text, 3, "band", 0));
    assert_true(locate_call(&begin, &brace, text, 5, "extend", 0));
    assert_true(locate_entry(&key_at, &value_at, text, brace, NULL, 2));
    assert_int_equal(text[value_at], '{');
    assert_false(locate_entry(&key_at, &value_at, text, brace, NULL, 3));
    assert_false(locate_entry(&key_at, &value_at, text, brace, "x", 0));
}

static void broken_texts_end_the_search(void **state)
{
    (void)state;
    static const char *const texts[] = {"k.x {",       "k.x { a",     "k.x { a =",   "k.x { \"", "k.x { [[",
                                        "k.x { --[[",  "k.x {[",      "k.x {[\"a\"", "k.x({",    "k.x(",
                                        "k.x \"a\" {", "k.x { a = (", "k.x { '\\"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t begin, brace, key_at, value_at;
        if (locate_call(&begin, &brace, texts[i], 1, "x", 0)) {
            assert_int_equal(texts[i][brace], '{');
            assert_false(locate_entry(&key_at, &value_at, texts[i], brace, "b", 0));
        }
    }
    assert_int_equal(locate_word("", 1, "x"), 0);
    assert_int_equal(locate_word("  a b", 1, "b"), 5);
    assert_int_equal(locate_word("  a b", 1, "c"), 3);
    assert_int_equal(locate_word("a\nb", 3, "c"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_counts_single_edits),
        cmocka_unit_test(the_nearest_name_is_offered_whatever_the_order),
        cmocka_unit_test(fields_are_found_in_their_calls),
        cmocka_unit_test(broken_texts_end_the_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
