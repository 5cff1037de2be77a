/* test_hw_modbus.c: tables of Modbus devices: what is written, and what is made of what was read.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/guard.h"
#include "hwbridge/meter.h"
#include "hwbridge/modbus_map.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define WH INT64_C(3600000000)

/* 12.345 as a float is 0x4145851f: the bytes A to D are 41 45 85 1f. */
static void floats_of_every_order_are_read(void **state)
{
    (void)state;
    const double wanted = (double)12.345f;
    assert_true(modbus_number((const uint16_t[4]){0x4145, 0x851f}, MODBUS_F32_ABCD) == wanted);
    assert_true(modbus_number((const uint16_t[4]){0x851f, 0x4145}, MODBUS_F32_CDAB) == wanted);
    assert_true(modbus_number((const uint16_t[4]){0x4541, 0x1f85}, MODBUS_F32_BADC) == wanted);
    assert_true(modbus_number((const uint16_t[4]){0x1f85, 0x4541}, MODBUS_F32_DCBA) == wanted);
    assert_true(modbus_number((const uint16_t[4]){0xc145, 0x851f}, MODBUS_F32_ABCD) == -wanted);
    assert_true(isnan(modbus_number((const uint16_t[4]){0x7fc0, 0}, MODBUS_F32_ABCD)));
    assert_true(isinf(modbus_number((const uint16_t[4]){0, 0xff80}, MODBUS_F32_CDAB)));
}

static void integers_of_every_order_are_read(void **state)
{
    (void)state;
    assert_true(modbus_number((const uint16_t[4]){0x0001, 0x0002}, MODBUS_U32_ABCD) == 65538);
    assert_true(modbus_number((const uint16_t[4]){0x0002, 0x0001}, MODBUS_U32_CDAB) == 65538);
    assert_true(modbus_number((const uint16_t[4]){0xffff, 0xffff}, MODBUS_U32_CDAB) == 4294967295.0);
    assert_true(modbus_number((const uint16_t[4]){0xfffe, 0xffff}, MODBUS_S32_CDAB) == -2);
    assert_true(modbus_number((const uint16_t[4]){0xffff, 7}, MODBUS_U16) == 65535);
    assert_true(modbus_number((const uint16_t[4]){1}, MODBUS_BIT) == 1);
}

/* ---- plans ------------------------------------------------------------------------------------------------------ */

static struct modbus_device device_of(const char *map)
{
    return (struct modbus_device){
        .outlet = 7, .map = modbus_map_find(map), .unit = 9, .relay = 3, .lease_us = 29900000};
}

static size_t plan(struct modbus_step *steps, const struct modbus_device *device, enum modbus_job job)
{
    const struct hw_command on = {.kind = HW_COMMAND_ON, .number = 1, .limit_ma = 13050, .lease_us = 29900000};
    return modbus_plan(steps, device, job, &on);
}

static void check_step(const struct modbus_step *step, enum modbus_function function, uint16_t address, uint16_t word)
{
    assert_int_equal(step->unit, 9);
    assert_int_equal(step->function, function);
    assert_int_equal(step->address, address);
    assert_int_equal(step->words[0], word);
    assert_int_equal(step->count, 1);
}

/* The watchdog first, then the current, then power; never longer and never more than was asked for. */
static void a_keba_gets_its_watchdog_before_power(void **state)
{
    (void)state;
    struct modbus_step steps[MODBUS_STEPS_MAX];
    struct modbus_device device = device_of("keba");
    assert_int_equal(plan(steps, &device, MODBUS_JOB_ON), 5);
    check_step(&steps[0], MODBUS_WRITE_ONE, 5018, 29);
    check_step(&steps[1], MODBUS_WRITE_ONE, 5004, 13050);
    check_step(&steps[2], MODBUS_WRITE_ONE, 5014, 1);
    assert_non_null(steps[3].field);
    assert_true(plan(steps, &device, MODBUS_JOB_OFF) >= 1);
    check_step(&steps[0], MODBUS_WRITE_ONE, 5014, 0);
}

static void an_abb_is_switched_by_its_current(void **state)
{
    (void)state;
    struct modbus_step steps[MODBUS_STEPS_MAX];
    struct modbus_device device = device_of("abb");
    assert_true(plan(steps, &device, MODBUS_JOB_ON) >= 2);
    check_step(&steps[0], MODBUS_WRITE_ONE, 0x4106, 29);
    assert_int_equal(steps[1].function, MODBUS_WRITE_MANY);
    assert_int_equal(steps[1].address, 0x4100);
    assert_int_equal(steps[1].count, 2);
    assert_int_equal(steps[1].words[0], 0);
    assert_int_equal(steps[1].words[1], 13050);
    assert_true(plan(steps, &device, MODBUS_JOB_OFF) >= 1);
    assert_int_equal(steps[0].words[0] | steps[0].words[1], 0);
}

static void a_wallbe_takes_tenths_rounded_down(void **state)
{
    (void)state;
    struct modbus_step steps[MODBUS_STEPS_MAX];
    struct modbus_device device = device_of("wallbe");
    assert_true(plan(steps, &device, MODBUS_JOB_ON) >= 2);
    check_step(&steps[0], MODBUS_WRITE_ONE, 528, 130);
    check_step(&steps[1], MODBUS_WRITE_COIL, 400, 1);
}

static void a_relay_is_its_own_coil(void **state)
{
    (void)state;
    struct modbus_step steps[MODBUS_STEPS_MAX];
    struct modbus_device device = device_of("relay");
    device.meter = modbus_map_find("sdm630");
    device.meter_unit = 4;
    assert_int_equal(plan(steps, &device, MODBUS_JOB_OFF), 2);
    check_step(&steps[0], MODBUS_WRITE_COIL, 3, 0);
    assert_int_equal(steps[1].address, 3);
    assert_int_equal(plan(steps, &device, MODBUS_JOB_LOOK), 3);
    assert_int_equal(steps[1].unit, 4);
    assert_int_equal(steps[1].address, 0x0034);
    assert_int_equal(steps[2].address, 0x0048);
}

static void less_than_a_charger_can_do_is_not_planned(void **state)
{
    (void)state;
    struct modbus_step steps[MODBUS_STEPS_MAX];
    struct modbus_device device = device_of("keba");
    const struct hw_command on = {.kind = HW_COMMAND_ON, .number = 1, .limit_ma = 5999, .lease_us = 30000000};
    assert_int_equal(modbus_plan(steps, &device, MODBUS_JOB_ON, &on), 0);
}

/* All maps: OFF begins with a write, looking writes nothing, and no plan is too long. */
static void every_map_can_be_planned(void **state)
{
    (void)state;
    struct modbus_step steps[MODBUS_STEPS_MAX];
    for (size_t i = 0; modbus_map_at(i) != NULL; i++) {
        struct modbus_device device = device_of(modbus_map_at(i)->name);
        assert_ptr_equal(modbus_map_find(modbus_map_at(i)->name), modbus_map_at(i));
        for (int job = 0; job < MODBUS_JOBS && device.map->is_switch; job++) {
            device.meter = device.map->is_meter ? NULL : modbus_map_find("sdm230");
            size_t count = plan(steps, &device, (enum modbus_job)job);
            assert_true(count > 0 && count <= MODBUS_STEPS_MAX);
            for (size_t k = 0; k < count && job == MODBUS_JOB_LOOK; k++)
                assert_non_null(steps[k].field);
            assert_true(job > MODBUS_JOB_ON || steps[0].field == NULL);
        }
    }
    assert_null(modbus_map_find("toaster"));
}

/* ---- what was read ---------------------------------------------------------------------------------------------- */

struct reading {
    struct modbus_device device;
    struct modbus_step steps[MODBUS_STEPS_MAX];
    struct modbus_result results[MODBUS_STEPS_MAX];
    size_t count;
    struct modbus_findings findings;
};

static void look(struct reading *reading, const char *map, enum modbus_job job)
{
    *reading = (struct reading){.device = device_of(map)};
    reading->count = plan(reading->steps, &reading->device, job);
    for (size_t i = 0; i < reading->count; i++)
        reading->results[i].outcome = MODBUS_DONE;
}

static void show(struct reading *reading, uint16_t address, uint16_t first, uint16_t second)
{
    for (size_t i = 0; i < reading->count; i++)
        if (reading->steps[i].address == address && reading->steps[i].field != NULL) {
            reading->results[i].words[0] = first;
            reading->results[i].words[1] = second;
            return;
        }
    fail_msg("nobody reads %u", address);
}

static int decode(struct reading *reading)
{
    return modbus_decode(&reading->findings, &reading->device, reading->steps, reading->results, reading->count);
}

static const struct hw_input *found(const struct reading *reading, enum hw_input_kind kind)
{
    for (size_t i = 0; i < reading->findings.count; i++)
        if (reading->findings.inputs[i].kind == kind)
            return &reading->findings.inputs[i];
    return NULL;
}

static void a_keba_that_charges_is_understood(void **state)
{
    (void)state;
    struct reading keba;
    look(&keba, "keba", MODBUS_JOB_LOOK);
    show(&keba, 1000, 0, 3);
    show(&keba, 1004, 0, 7);
    show(&keba, 1020, 0x002d, 0xc6c0); /* 3,000,000 mW */
    show(&keba, 1036, 0, 62940);       /* 0.1 Wh */
    assert_int_equal(decode(&keba), GUARD_OK);
    assert_int_equal(found(&keba, HW_RELAY)->value, 1);
    assert_int_equal(found(&keba, HW_PLUG)->value, 1);
    assert_int_equal(found(&keba, HW_METER)->power_w, 3000);
    assert_true(found(&keba, HW_METER)->energy_uj == 6294 * WH);
    assert_int_equal(found(&keba, HW_METER)->outlet, 7);
    assert_null(found(&keba, HW_FAULT));
}

static void a_keba_in_error_says_so_and_nothing_of_power(void **state)
{
    (void)state;
    struct reading keba;
    look(&keba, "keba", MODBUS_JOB_OFF);
    show(&keba, 1000, 0, 4);
    assert_int_equal(decode(&keba), GUARD_OK);
    assert_non_null(found(&keba, HW_FAULT));
    assert_null(found(&keba, HW_RELAY));
    assert_null(found(&keba, HW_METER));
}

static void an_abb_tells_its_state_in_one_byte(void **state)
{
    (void)state;
    static const int8_t closed[] = {0, 0, 1, 0, 1, 0};
    for (uint16_t i = 0; i < 6; i++) {
        struct reading abb;
        look(&abb, "abb", MODBUS_JOB_OFF);
        show(&abb, 0x400c, 0, (uint16_t)(0x8000 | i << 8 | 0x11)); /* the top bit and the low byte say other things */
        assert_int_equal(decode(&abb), GUARD_OK);
        assert_int_equal(found(&abb, HW_RELAY)->value, closed[i]);
    }
    struct reading abb;
    look(&abb, "abb", MODBUS_JOB_OFF);
    show(&abb, 0x400c, 0, 6 << 8);
    assert_int_equal(decode(&abb), HW_REJECT_RANGE);
    assert_int_equal(abb.findings.count, 0);
}

/* kWh in one place, what is behind the point in another: one without the other is no reading. */
static void a_wallbe_counts_in_two_places(void **state)
{
    (void)state;
    struct reading wallbe;
    look(&wallbe, "wallbe", MODBUS_JOB_LOOK);
    show(&wallbe, 400, 1, 0);
    show(&wallbe, 100, 'C', 0);
    show(&wallbe, 120, 3000, 0);
    show(&wallbe, 128, 6, 0);
    show(&wallbe, 904, 294, 0);
    assert_int_equal(decode(&wallbe), GUARD_OK);
    assert_true(found(&wallbe, HW_METER)->energy_uj == 6294 * WH);
    wallbe.results[wallbe.count - 1].outcome = MODBUS_SILENT;
    assert_int_equal(decode(&wallbe), GUARD_OK);
    assert_true(found(&wallbe, HW_METER)->energy_uj == HW_UNKNOWN_VALUE);
    assert_int_equal(found(&wallbe, HW_METER)->power_w, 3000);
}

static int decode_sdm(struct reading *sdm, uint16_t address, uint16_t first, uint16_t second)
{
    *sdm = (struct reading){.device = device_of("relay")};
    sdm->device.meter = modbus_map_find("sdm230");
    sdm->count = plan(sdm->steps, &sdm->device, MODBUS_JOB_LOOK);
    for (size_t i = 0; i < sdm->count; i++)
        sdm->results[i].outcome = MODBUS_DONE;
    show(sdm, address, first, second);
    return decode(sdm);
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    struct reading sdm;
    assert_int_equal(decode_sdm(&sdm, 0x48, 0x7fc0, 0), HW_REJECT_RANGE);      /* NaN */
    assert_int_equal(decode_sdm(&sdm, 0x48, 0x7f80, 0), HW_REJECT_RANGE);      /* infinite */
    assert_int_equal(decode_sdm(&sdm, 0x48, 0xbf80, 0), HW_REJECT_RANGE);      /* -1 kWh */
    assert_int_equal(decode_sdm(&sdm, 0x48, 0x7f7f, 0xffff), HW_REJECT_RANGE); /* the greatest there is */
    assert_int_equal(decode_sdm(&sdm, 0x0c, 0xc47a, 0), HW_REJECT_RANGE);      /* -1 kW */
    assert_int_equal(decode_sdm(&sdm, 0x0c, 0x4b00, 0), HW_REJECT_RANGE);      /* 8 MW */
    assert_int_equal(sdm.findings.count, 0);
    assert_int_equal(decode_sdm(&sdm, 0x0c, 0xc080, 0), GUARD_OK); /* -4 W: noise */
    assert_int_equal(found(&sdm, HW_METER)->power_w, 0);
}

/* Five digits of kWh: 99,999.99 and then 0; the meter counts across, since it knows the modulus. */
static void a_counter_that_begins_anew_is_counted_across(void **state)
{
    (void)state;
    struct reading sdm;
    struct meter meter;
    meter_init(&meter,
               &(struct meter_config){.power_w = 3200,
                                      .resolution_uj = modbus_map_step_uj(modbus_map_find("sdm230"), 100000000 * WH),
                                      .modulus_uj = 100000000 * WH});
    assert_int_equal(decode_sdm(&sdm, 0x48, 0x47c3, 0x4fff), GUARD_OK); /* 99,999.9921875 kWh */
    assert_int_equal(meter_read(&meter, found(&sdm, HW_METER)->energy_uj, 1000000), METER_FIRST);
    assert_int_equal(decode_sdm(&sdm, 0x48, 0x3c00, 0), GUARD_OK); /* 0.0078125 kWh */
    assert_int_equal(meter_read(&meter, found(&sdm, HW_METER)->energy_uj, 60000000), METER_ROLLED_OVER);
    assert_true(meter.total_uj == 15625 * WH / 1000);
}

/* A float of 100,000 kWh goes in steps of 7.8 Wh; of 10 kWh, finer than a Wh. */
static void a_float_counter_is_as_fine_as_its_bits(void **state)
{
    (void)state;
    const struct modbus_map *sdm = modbus_map_find("sdm230"), *keba = modbus_map_find("keba");
    assert_true(modbus_map_step_uj(sdm, 10000 * WH) == WH);
    int64_t step_uj = modbus_map_step_uj(sdm, 100000000 * WH);
    assert_true(step_uj >= 78125 * WH / 10000 && step_uj <= 15 * WH);
    assert_true(modbus_map_step_uj(keba, 100000000 * WH) == WH / 10);
}

static void settings_are_read_back(void **state)
{
    (void)state;
    struct reading keba;
    look(&keba, "keba", MODBUS_JOB_PREFLIGHT);
    show(&keba, 1000, 0, 5);
    show(&keba, 1004, 0, 7);
    show(&keba, 1600, 0, 6000);
    show(&keba, 1602, 0, 29);
    assert_int_equal(decode(&keba), GUARD_OK);
    assert_int_equal(keba.findings.settings_good, 2);
    assert_int_equal(keba.findings.settings_bad, 1);
    show(&keba, 1600, 0, 0);
    assert_int_equal(decode(&keba), GUARD_OK);
    assert_int_equal(keba.findings.settings_good, 3);
    assert_int_equal(keba.findings.settings_bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_of_every_order_are_read),
        cmocka_unit_test(integers_of_every_order_are_read),
        cmocka_unit_test(a_keba_gets_its_watchdog_before_power),
        cmocka_unit_test(an_abb_is_switched_by_its_current),
        cmocka_unit_test(a_wallbe_takes_tenths_rounded_down),
        cmocka_unit_test(a_relay_is_its_own_coil),
        cmocka_unit_test(less_than_a_charger_can_do_is_not_planned),
        cmocka_unit_test(every_map_can_be_planned),
        cmocka_unit_test(a_keba_that_charges_is_understood),
        cmocka_unit_test(a_keba_in_error_says_so_and_nothing_of_power),
        cmocka_unit_test(an_abb_tells_its_state_in_one_byte),
        cmocka_unit_test(a_wallbe_counts_in_two_places),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(a_counter_that_begins_anew_is_counted_across),
        cmocka_unit_test(a_float_counter_is_as_fine_as_its_bits),
        cmocka_unit_test(settings_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
