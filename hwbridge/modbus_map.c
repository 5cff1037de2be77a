/* modbus_map.c: which registers of a device say what.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/modbus_map.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WH_UJ        INT64_C(3600000000)

/* ---- meters ----------------------------------------------------------------------------------------------------- */

/* Eastron: floats in input registers, most significant word first. Import alone: what is fed back is no sale. */
static const struct modbus_field sdm230_fields[] = {
    {MODBUS_POWER, MODBUS_READ_INPUTS, 0x000c, MODBUS_F32_ABCD, 1, NULL, 0},
    {MODBUS_ENERGY, MODBUS_READ_INPUTS, 0x0048, MODBUS_F32_ABCD, 1000, NULL, 4},
};
static const struct modbus_field sdm630_fields[] = {
    {MODBUS_POWER, MODBUS_READ_INPUTS, 0x0034, MODBUS_F32_ABCD, 1, NULL, 0}, /* of all phases */
    {MODBUS_ENERGY, MODBUS_READ_INPUTS, 0x0048, MODBUS_F32_ABCD, 1000, NULL, 4},
};

/* ---- a relay ---------------------------------------------------------------------------------------------------- */

static const struct modbus_state bit_states[] = {{0, 0, -1, false}, {1, 1, -1, false}};
static const struct modbus_states bit = {0, 1, COUNT(bit_states), bit_states};
static const struct modbus_field relay_fields[] = {{MODBUS_STATE, MODBUS_READ_COILS, 0, MODBUS_BIT, 1, &bit, 0}};
static const struct modbus_write relay_on[] = {{MODBUS_WRITE_COIL, 0, MODBUS_CONST, 1}};
static const struct modbus_write relay_off[] = {{MODBUS_WRITE_COIL, 0, MODBUS_CONST, 0}};

/* ---- KEBA KeContact P30, series c and x ------------------------------------------------------------------------- */

/* 2: it waits for the car, which may draw when it likes. */
static const struct modbus_state keba_charging_states[] = {{0, 0, -1, false}, {1, 0, -1, false}, {2, 1, -1, false},
                                                           {3, 1, -1, false}, {4, -1, -1, true}, {5, 0, -1, false}};
static const struct modbus_states keba_charging = {0, 0xffff, COUNT(keba_charging_states), keba_charging_states};
/* 5 and 7: the cable joins it with a car. */
static const struct modbus_state keba_cable_states[] = {
    {0, -1, 0, false}, {1, -1, 0, false}, {3, -1, 0, false}, {5, -1, 1, false}, {7, -1, 1, false}};
static const struct modbus_states keba_cable = {0, 0xffff, COUNT(keba_cable_states), keba_cable_states};
static const struct modbus_field keba_fields[] = {
    {MODBUS_STATE, MODBUS_READ_HOLDING, 1000, MODBUS_U32_ABCD, 1, &keba_charging, 0},
    {MODBUS_STATE, MODBUS_READ_HOLDING, 1004, MODBUS_U32_ABCD, 1, &keba_cable, 0},
    {MODBUS_POWER, MODBUS_READ_HOLDING, 1020, MODBUS_U32_ABCD, 0.001, NULL, 0},
    {MODBUS_ENERGY, MODBUS_READ_HOLDING, 1036, MODBUS_U32_ABCD, 0.1, NULL, 0},
    {MODBUS_SETTING0, MODBUS_READ_HOLDING, 1600, MODBUS_U32_ABCD, 1, NULL, 0},
    {MODBUS_SETTING0 + 1, MODBUS_READ_HOLDING, 1602, MODBUS_U32_ABCD, 1, NULL, 0},
};
static const struct modbus_write keba_on[] = {{MODBUS_WRITE_ONE, 5018, MODBUS_LEASE_S, 0},
                                              {MODBUS_WRITE_ONE, 5004, MODBUS_LIMIT_MA, 0},
                                              {MODBUS_WRITE_ONE, 5014, MODBUS_CONST, 1}};
static const struct modbus_write keba_off[] = {{MODBUS_WRITE_ONE, 5014, MODBUS_CONST, 0}};
static const struct modbus_write keba_prepare[] = {{MODBUS_WRITE_ONE, 5016, MODBUS_CONST, 0},
                                                   {MODBUS_WRITE_ONE, 5018, MODBUS_LEASE_S, 0}};
static const struct modbus_setting keba_settings[] = {{"fail-safe current is 0", MODBUS_CONST, 0},
                                                      {"fail-safe timeout is the lease", MODBUS_LEASE_S, 0}};

/* ---- ABB Terra AC ----------------------------------------------------------------------------------------------- */

/* The state is the third byte, without its top bit. 2 offers power to the car, 4 delivers it. */
static const struct modbus_state abb_charging_states[] = {{0, 0, 0, false}, {1, 0, 1, false}, {2, 1, 1, false},
                                                          {3, 0, 1, false}, {4, 1, 1, false}, {5, 0, -1, false}};
static const struct modbus_states abb_charging = {8, 0x7f, COUNT(abb_charging_states), abb_charging_states};
static const struct modbus_field abb_fields[] = {
    {MODBUS_STATE, MODBUS_READ_HOLDING, 0x400c, MODBUS_U32_ABCD, 1, &abb_charging, 0},
    {MODBUS_POWER, MODBUS_READ_HOLDING, 0x401c, MODBUS_U32_ABCD, 1, NULL, 4},
    {MODBUS_ENERGY, MODBUS_READ_HOLDING, 0x401e, MODBUS_U32_ABCD, 1, NULL, 3}, /* of the session: begins anew at 0 */
    {MODBUS_SETTING0, MODBUS_READ_HOLDING, 0x4020, MODBUS_U16, 1, NULL, 0},
};
static const struct modbus_write abb_on[] = {{MODBUS_WRITE_ONE, 0x4106, MODBUS_LEASE_S, 0},
                                             {MODBUS_WRITE_MANY, 0x4100, MODBUS_LIMIT_MA, 0}};
static const struct modbus_write abb_off[] = {{MODBUS_WRITE_MANY, 0x4100, MODBUS_CONST, 0}};
static const struct modbus_write abb_prepare[] = {{MODBUS_WRITE_ONE, 0x4106, MODBUS_LEASE_S, 0}};
static const struct modbus_setting abb_settings[] = {{"communication timeout is the lease", MODBUS_LEASE_S, 0}};

/* ---- Wallbe, with Phoenix Contact's controller ------------------------------------------------------------------ */

/* Letters of IEC 61851: A no car, B to D a car, E and F a fault. */
static const struct modbus_state wallbe_letter_states[] = {{'A', -1, 0, false}, {'B', -1, 1, false},
                                                           {'C', -1, 1, false}, {'D', -1, 1, false},
                                                           {'E', -1, -1, true}, {'F', -1, -1, true}};
static const struct modbus_states wallbe_letter = {0, 0xff, COUNT(wallbe_letter_states), wallbe_letter_states};
static const struct modbus_field wallbe_fields[] = {
    {MODBUS_STATE, MODBUS_READ_COILS, 400, MODBUS_BIT, 1, &bit, 0},
    {MODBUS_STATE, MODBUS_READ_INPUTS, 100, MODBUS_U16, 1, &wallbe_letter, 0},
    {MODBUS_POWER, MODBUS_READ_INPUTS, 120, MODBUS_S32_CDAB, 1, NULL, 0},
    {MODBUS_ENERGY, MODBUS_READ_INPUTS, 128, MODBUS_U32_CDAB, 1000, NULL, 0},
    {MODBUS_ENERGY, MODBUS_READ_HOLDING, 904, MODBUS_U16, 1, NULL, 0}, /* what is behind the point of the one before */
};
static const struct modbus_write wallbe_on[] = {{MODBUS_WRITE_ONE, 528, MODBUS_LIMIT_DA, 0},
                                                {MODBUS_WRITE_COIL, 400, MODBUS_CONST, 1}};
static const struct modbus_write wallbe_off[] = {{MODBUS_WRITE_COIL, 400, MODBUS_CONST, 0}};

/* ---- all -------------------------------------------------------------------------------------------------------- */

static const struct modbus_map maps[] = {
    {.name = "sdm230",
     .unit = 1,
     .is_meter = true,
     .step_uj = WH_UJ,
     .fields = sdm230_fields,
     .field_count = COUNT(sdm230_fields)},
    {.name = "sdm630",
     .unit = 1,
     .is_meter = true,
     .step_uj = WH_UJ,
     .fields = sdm630_fields,
     .field_count = COUNT(sdm630_fields)},
    {.name = "relay",
     .unit = 1,
     .is_switch = true,
     .is_movable = true,
     .fields = relay_fields,
     .field_count = COUNT(relay_fields),
     .on = relay_on,
     .on_count = COUNT(relay_on),
     .off = relay_off,
     .off_count = COUNT(relay_off)},
    {.name = "keba",
     .unit = 255,
     .is_switch = true,
     .is_meter = true,
     .least_ma = 6000,
     .watchdog_least_s = 10,
     .watchdog_most_s = 600,
     .step_uj = WH_UJ / 10,
     .fields = keba_fields,
     .field_count = COUNT(keba_fields),
     .on = keba_on,
     .on_count = COUNT(keba_on),
     .off = keba_off,
     .off_count = COUNT(keba_off),
     .prepare = keba_prepare,
     .prepare_count = COUNT(keba_prepare),
     .settings = keba_settings,
     .setting_count = COUNT(keba_settings)},
    {.name = "abb",
     .unit = 1,
     .is_switch = true,
     .is_meter = true,
     .least_ma = 6000,
     .watchdog_least_s = 10,
     .watchdog_most_s = 3600,
     .step_uj = WH_UJ,
     .fields = abb_fields,
     .field_count = COUNT(abb_fields),
     .on = abb_on,
     .on_count = COUNT(abb_on),
     .off = abb_off,
     .off_count = COUNT(abb_off),
     .prepare = abb_prepare,
     .prepare_count = COUNT(abb_prepare),
     .settings = abb_settings,
     .setting_count = COUNT(abb_settings),
     .advice = "its fallback limit cannot be read: it must have been set to 0 A by the installer's app"},
    {.name = "wallbe",
     .unit = 255,
     .is_switch = true,
     .is_meter = true,
     .least_ma = 6000,
     .step_uj = WH_UJ,
     .fields = wallbe_fields,
     .field_count = COUNT(wallbe_fields),
     .on = wallbe_on,
     .on_count = COUNT(wallbe_on),
     .off = wallbe_off,
     .off_count = COUNT(wallbe_off)},
};

const struct modbus_map *modbus_map_at(size_t index)
{
    return index < COUNT(maps) ? &maps[index] : NULL;
}

const struct modbus_map *modbus_map_find(const char *name)
{
    for (size_t i = 0; i < COUNT(maps); i++)
        if (strcmp(maps[i].name, name) == 0)
            return &maps[i];
    return NULL;
}

static bool is_float(enum modbus_form form)
{
    return form >= MODBUS_F32_ABCD;
}

/* A float has 24 bits: its step is less than its 2^23rd part. */
int64_t modbus_map_step_uj(const struct modbus_map *map, int64_t counter_uj)
{
    for (size_t i = 0; i < map->field_count; i++)
        if (map->fields[i].meaning == MODBUS_ENERGY && is_float(map->fields[i].form) && counter_uj >> 23 > map->step_uj)
            return counter_uj >> 23;
    return map->step_uj;
}
