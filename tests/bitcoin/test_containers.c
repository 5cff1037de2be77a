/* test_containers.c: pool, table, heap: against simple models, and when memory runs out.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Source of SipHash's vectors: the appendix of the paper (key 00..0f, messages of 0 and 15 bytes).
 */
#include "protocol/bitcoin/heap.h"
#include "protocol/bitcoin/pool.h"
#include "protocol/bitcoin/table.h"
#include "protocol/bitcoin/utxo.h"
#include "tests/bitcoin/regtest.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#define ITEMS 3000

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
    return (uint32_t)((uint64_t)(seed >> 4) * below >> 28);
}

static void siphash_is_siphash(void **state)
{
    (void)state;
    const struct btc_salt salt = {{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};
    uint8_t message[15];
    for (uint8_t i = 0; i < sizeof message; i++)
        message[i] = i;
    assert_true(btc_siphash(salt, message, 15) == UINT64_C(0xa129ca6149be45e5));
    assert_true(btc_siphash(salt, message, 0) == UINT64_C(0x726fdb47dd0e0e31));
}

static void pool_numbers_are_unique_and_things_stay_where_they_are(void **state)
{
    (void)state;
    struct counting_allocator allocator;
    struct btc_pool pool;
    static uint64_t *places[ITEMS];
    counting_allocator_init(&allocator);
    btc_pool_init(&pool, &allocator.base, sizeof(uint64_t));
    seed = 1;
    for (uint32_t round = 0; round < 20000; round++) {
        uint32_t pick = draw(ITEMS);
        if (places[pick] != NULL) {
            assert_true(*places[pick] == pick);
            for (uint32_t number = 0; number < btc_pool_limit(&pool); number++)
                if (btc_pool_at(&pool, number) == places[pick])
                    btc_pool_give(&pool, number);
            places[pick] = NULL;
        } else {
            uint32_t number = btc_pool_take(&pool);
            assert_true(number < btc_pool_limit(&pool));
            places[pick] = btc_pool_at(&pool, number);
            assert_true(*places[pick] == 0);
            *places[pick] = pick;
        }
    }
    uint32_t used = 0;
    for (uint32_t i = 0; i < ITEMS; i++) {
        used += places[i] != NULL;
        assert_true(places[i] == NULL || *places[i] == i);
    }
    assert_int_equal(pool.used, used);
    btc_pool_close(&pool);
    assert_int_equal(allocator.out_bytes, 0);
}

/* Keys are the numbers themselves; hashes are few, so that runs collide and wrap. */
static bool match(const void *context, uint32_t number, const void *key)
{
    (void)context;
    return number == *(const uint32_t *)key;
}

static uint32_t poor_hash(uint32_t number)
{
    return number % 7 * 5 + (number % 3 == 0 ? UINT32_C(0xfffffff0) : 0);
}

static void tables_agree_with_a_list_under_collisions(void **state)
{
    (void)state;
    struct counting_allocator allocator;
    struct btc_table table;
    static bool is_in[200];
    counting_allocator_init(&allocator);
    btc_table_init(&table, &allocator.base, (struct btc_salt){{1, 2}});
    seed = 2;
    for (uint32_t round = 0; round < 20000; round++) {
        uint32_t number = draw(200);
        uint32_t found = btc_table_find(&table, poor_hash(number), match, NULL, &number);
        assert_int_equal(found, is_in[number] ? number : BTC_TABLE_NONE);
        if (is_in[number]) {
            btc_table_take(&table, poor_hash(number), number);
        } else {
            assert_true(btc_table_reserve(&table, 1));
            btc_table_put(&table, poor_hash(number), number);
        }
        is_in[number] = !is_in[number];
    }
    for (uint32_t number = 0; number < 200; number++)
        assert_int_equal(btc_table_find(&table, poor_hash(number), match, NULL, &number),
                         is_in[number] ? number : BTC_TABLE_NONE);
    btc_table_close(&table);
    assert_int_equal(allocator.out_bytes, 0);
}

struct heap_world {
    uint32_t worth[500];
    uint32_t places[500];
};

static bool before(const void *context, uint32_t a, uint32_t b)
{
    const struct heap_world *world = context;
    return world->worth[a] != world->worth[b] ? world->worth[a] < world->worth[b] : a < b;
}

static uint32_t *place(const void *context, uint32_t number)
{
    return &((struct heap_world *)(uintptr_t)context)->places[number];
}

static void heaps_give_the_first_after_every_change(void **state)
{
    (void)state;
    static struct heap_world world;
    static const struct btc_heap_keeper keeper = {before, place};
    static uint32_t numbers[500];
    static bool is_in[500];
    struct btc_heap heap = {.numbers = numbers, .keeper = &keeper, .context = &world};
    seed = 3;
    for (uint32_t round = 0; round < 5000; round++) {
        uint32_t number = draw(500), least = UINT32_MAX;
        uint32_t worth = draw(100);
        if (!is_in[number]) {
            world.worth[number] = worth;
            btc_heap_add(&heap, number);
            is_in[number] = true;
        } else if (draw(2) == 0) {
            world.worth[number] = worth;
            btc_heap_settle(&heap, number);
        } else {
            btc_heap_take(&heap, number);
            is_in[number] = false;
        }
        for (uint32_t i = 0; i < 500; i++)
            if (is_in[i] && (least == UINT32_MAX || before(&world, i, least)))
                least = i;
        assert_int_equal(heap.count == 0 ? UINT32_MAX : heap.numbers[0], least);
    }
}

static void adding_a_coin_without_memory_changes_nothing(void **state)
{
    (void)state;
    struct counting_allocator allocator;
    struct btc_utxo set;
    static uint8_t script[100];
    uint8_t before_digest[32], after_digest[32];
    counting_allocator_init(&allocator);
    btc_utxo_init(&set, &allocator.base, (struct btc_salt){{1, 2}});
    for (uint32_t i = 0; i < 2000; i++) {
        struct btc_coin coin = {.outpoint = {{(uint8_t)i, (uint8_t)(i >> 8)}, i},
                                .output = {1, btc_bytes(script, i % 3 == 0 ? 100 : i % 41)}};
        if (i % 50 == 0)
            btc_utxo_digest(before_digest, &set);
        allocator.fail_after = 0;
        bool is_added = btc_utxo_add(&set, &coin);
        allocator.fail_after = -1;
        if (i % 3 == 0)
            assert_false(is_added); /* its script needs memory of its own */
        if (i % 50 == 0 && !is_added) {
            btc_utxo_digest(after_digest, &set);
            assert_memory_equal(before_digest, after_digest, 32);
        }
        assert_true(is_added || btc_utxo_add(&set, &coin));
    }
    assert_int_equal(btc_utxo_count(&set), 2000);
    assert_int_equal(set.total_sat, 2000);
    btc_utxo_close(&set);
    assert_int_equal(allocator.out_bytes, 0);
}

static void equal_sets_have_equal_digests_whatever_their_past(void **state)
{
    (void)state;
    struct counting_allocator allocator;
    struct btc_utxo a, b;
    uint8_t digest_a[32], digest_b[32];
    counting_allocator_init(&allocator);
    btc_utxo_init(&a, &allocator.base, (struct btc_salt){{1, 2}});
    btc_utxo_init(&b, &allocator.base, (struct btc_salt){{3, 4}});
    static const uint8_t SCRIPT[] = {0x51};
    for (uint32_t i = 0; i < 300; i++) {
        struct btc_coin up = {.outpoint = {{1}, i}, .output = {i, btc_bytes(SCRIPT, 1)}}, down = up;
        down.outpoint.index = 299 - i;
        down.output.value_sat = 299 - i;
        assert_true(btc_utxo_add(&a, &up) && btc_utxo_add(&b, &down));
    }
    btc_utxo_digest(digest_a, &a);
    btc_utxo_digest(digest_b, &b);
    assert_memory_equal(digest_a, digest_b, 32);
    uint32_t number = btc_utxo_detach(&a, &(struct btc_outpoint){{1}, 7});
    assert_true(number != BTC_UTXO_NONE);
    btc_utxo_digest(digest_a, &a);
    assert_memory_not_equal(digest_a, digest_b, 32);
    assert_int_equal(btc_utxo_detach(&a, &(struct btc_outpoint){{1}, 7}), BTC_UTXO_NONE);
    btc_utxo_attach(&a, number);
    btc_utxo_digest(digest_a, &a);
    assert_memory_equal(digest_a, digest_b, 32);
    btc_utxo_close(&a);
    btc_utxo_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_is_siphash),
        cmocka_unit_test(pool_numbers_are_unique_and_things_stay_where_they_are),
        cmocka_unit_test(tables_agree_with_a_list_under_collisions),
        cmocka_unit_test(heaps_give_the_first_after_every_change),
        cmocka_unit_test(adding_a_coin_without_memory_changes_nothing),
        cmocka_unit_test(equal_sets_have_equal_digests_whatever_their_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
