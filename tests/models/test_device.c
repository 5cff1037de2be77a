/* test_device.c: machines that need time: sums, queues, restarts, the published floor of a payment.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/near.h"

#include "models/network/device.h"

#include <stdbool.h>
#include <string.h>

static const struct device_work one_second_on_test = {.count = {[DEVICE_SIGN] = 1000}};
static const struct device_class test_class = {.name = "test",
                                               .cost_ns = {[DEVICE_SIGN] = 1000000, [DEVICE_HASH_BYTE] = 7},
                                               .write_ns = 2000500,
                                               .write_byte_ns = 3};

static void work_waits_for_work(void **state)
{
    (void)state;
    struct device device;
    device_init(&device, &test_class);
    assert_int_equal(device_work(&device, 5000000, &one_second_on_test), 6000000);
    assert_int_equal(device_work(&device, 5500000, &one_second_on_test), 7000000);
    assert_int_equal(device_work(&device, 9000000, &one_second_on_test), 10000000);
    assert_int_equal(device.busy_ns, INT64_C(3000000000));
    assert_int_equal(device.done.count[DEVICE_SIGN], 3000);
}

static void less_than_a_microsecond_is_kept(void **state)
{
    (void)state;
    struct device device;
    device_init(&device, &test_class);
    struct device_work byte = {.count = {[DEVICE_HASH_BYTE] = 1}};
    int64_t done_us = 0;
    for (int i = 0; i < 1000; i++)
        done_us = device_work(&device, 0, &byte);
    assert_int_equal(done_us, 7); /* 7,000 ns, not a thousand times 1 us */
    assert_int_equal(device_work(&device, 0, &byte), 8);
}

static void writes_wait_for_writes_and_not_for_work(void **state)
{
    (void)state;
    struct device device;
    device_init(&device, &test_class);
    assert_int_equal(device_write(&device, 100, 0), 2101);
    assert_int_equal(device_write(&device, 200, 1000), 100 + 2000 + 2001 + 3 + 0);
    assert_int_equal(device_work(&device, 300, &one_second_on_test), 1000300);
    assert_int_equal(device.writes, 2);
    assert_int_equal(device.written_bytes, 1000);
}

static void a_restart_empties_the_queues(void **state)
{
    (void)state;
    struct device device;
    device_init(&device, &test_class);
    device_work(&device, 0, &one_second_on_test);
    device_write(&device, 0, 0);
    device_restart(&device, 1000);
    assert_int_equal(device_work(&device, 1000, &one_second_on_test), 1001000);
    assert_int_equal(device_write(&device, 1000, 0), 3001);
    assert_int_equal(device.busy_ns, INT64_C(2000000000));
}

/* One HTLC added and fulfilled between two servers, both sides: 1,720 us measured, serialisation left out. */
static void a_server_needs_what_was_measured_for_a_payment(void **state)
{
    (void)state;
    struct device_work work = {.count = {[DEVICE_SIGN] = 6,
                                         [DEVICE_VERIFY] = 6,
                                         [DEVICE_TWEAK_ADD] = 16,
                                         [DEVICE_TWEAK_MULTIPLY] = 16,
                                         [DEVICE_COMBINE] = 8,
                                         [DEVICE_POINT] = 8,
                                         [DEVICE_READ_POINT] = 4,
                                         [DEVICE_ECDH] = 2}};
    near((double)device_class_ns(device_class_get(DEVICE_SERVER), &work) / 1000, 1720, 170);
}

static void classes_are_in_their_order(void **state)
{
    (void)state;
    for (enum device_kind kind = DEVICE_IDEAL; kind < DEVICE_KINDS; kind++)
        assert_int_equal(device_class_find(device_class_get(kind)->name), kind);
    assert_int_equal(device_class_find("abacus"), DEVICE_KINDS);
    for (enum device_operation i = DEVICE_SIGN; i <= DEVICE_HASH_BYTE; i++) {
        assert_true(strlen(device_operation_name(i)) > 0);
        for (enum device_kind kind = DEVICE_SERVER; kind < DEVICE_KINDS; kind++)
            assert_true(device_class_get(kind)->cost_ns[i] > device_class_get(kind - 1)->cost_ns[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_waits_for_work),
        cmocka_unit_test(less_than_a_microsecond_is_kept),
        cmocka_unit_test(writes_wait_for_writes_and_not_for_work),
        cmocka_unit_test(a_restart_empties_the_queues),
        cmocka_unit_test(a_server_needs_what_was_measured_for_a_payment),
        cmocka_unit_test(classes_are_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
