/* ocpp_settings.c: settings of a charge point without which it is not safe.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/ocpp_settings.h"

#include "hwbridge/ocpp_text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum rule {
    RULE_IS,      /* it has to be the value */
    RULE_AT_MOST, /* a number of at most the value, and not 0 */
    RULE_HAS,     /* a list that has to have the value */
    RULE_PROFILE  /* no key */
};

struct setting {
    const char *key, *value;
    enum rule rule;
    bool is_needed; /* that it is not there is a fault */
    const char *meaning;
};

static const struct setting all[OCPP_SETTINGS] = {
    {"SupportedFeatureProfiles", "SmartCharging", RULE_HAS, true, "power ends by itself"},
    {"LocalAuthorizeOffline", "false", RULE_IS, false, "nothing starts without the bridge"},
    {"AllowOfflineTxForUnknownId", "false", RULE_IS, false, "nothing starts without the bridge"},
    {"LocalPreAuthorize", "false", RULE_IS, false, "nothing starts before the bridge allows it"},
    {"AuthorizeRemoteTxRequests", "false", RULE_IS, false, "the bridge is not asked twice"},
    {"StopTransactionOnInvalidId", "true", RULE_IS, false, "what is refused stops"},
    {"MaxEnergyOnInvalidId", "0", RULE_IS, false, "what is refused gets nothing"},
    {"StopTransactionOnEVSideDisconnect", "true", RULE_IS, false, "it stops when the car is unplugged"},
    {"ConnectionTimeOut", "10", RULE_AT_MOST, false, "a start that finds no car is forgotten"},
    {"MeterValueSampleInterval", "5", RULE_AT_MOST, true, "the meter speaks often"},
    {"MeterValuesSampledData", "Energy.Active.Import.Register,Power.Active.Import", RULE_HAS, true,
     "the meter tells energy and power"},
    {"WebSocketPingInterval", "20", RULE_AT_MOST, false, "it notices that the bridge is gone"},
    {"ChargingScheduleAllowedChargingRateUnit", "Current", RULE_HAS, false, "limits in A, or else in W"},
    {"TxDefaultProfile", "0", RULE_PROFILE, true, "no power without a lease"}};
#define SETTING_UNIT 12

const char *ocpp_setting_key(uint32_t setting)
{
    return all[setting].key;
}

const char *ocpp_setting_value(uint32_t setting)
{
    return all[setting].value;
}

/* ---- what it says ------------------------------------------------------------------------------------------------ */

/* Each part of value stands in the list, commas and blanks apart. */
static bool has_all(const char *list, const char *value)
{
    while (*value != 0) {
        size_t length = strcspn(value, ",");
        bool is_found = false;
        for (const char *at = list; *at != 0 && !is_found;) {
            at += strspn(at, ", ");
            size_t one = strcspn(at, ", ");
            is_found = one == length && strncasecmp(at, value, length) == 0;
            at += one;
        }
        if (!is_found)
            return false;
        value += length + (value[length] == ',');
    }
    return true;
}

static bool is_met(const struct setting *setting, const char *value)
{
    int64_t number, most;
    switch (setting->rule) {
    case RULE_IS:
        return strcasecmp(value, setting->value) == 0;
    case RULE_HAS:
        return has_all(value, setting->value);
    case RULE_AT_MOST:
        return ocpp_decimal(&number, value, 0) == GUARD_OK && ocpp_decimal(&most, setting->value, 0) == GUARD_OK &&
               number > 0 && number <= most;
    case RULE_PROFILE:
        break;
    }
    return false;
}

void ocpp_settings_judge(struct ocpp_settings *settings, uint32_t setting, bool is_good)
{
    uint32_t bit = 1u << setting;
    settings->good = is_good ? settings->good | bit : settings->good & ~bit;
    settings->bad = is_good ? settings->bad & ~bit : settings->bad | bit;
}

static struct guard_node find_key(struct guard_node keys, const char *key)
{
    for (size_t i = 0; i < guard_count(keys); i++) {
        const char *name = guard_string(guard_find(guard_at(keys, i), "key"));
        if (name != NULL && strcmp(name, key) == 0)
            return guard_at(keys, i);
    }
    return (struct guard_node){NULL};
}

/* Limits in W are as good as in A. */
static void take_unit(struct ocpp_settings *settings, const char *value)
{
    settings->wants_watts = value != NULL && !has_all(value, "Current") && has_all(value, "Power");
    ocpp_settings_judge(settings, SETTING_UNIT, true);
}

int ocpp_settings_take(struct ocpp_settings *settings, uint32_t *change, struct guard_node payload)
{
    struct guard_node keys = guard_find(payload, "configurationKey");
    *change = 0;
    if (guard_count(keys) == 0 && guard_count(guard_find(payload, "unknownKey")) == 0)
        return HW_REJECT_TYPE;
    settings->is_read = true;
    for (uint32_t i = 0; i < OCPP_SETTINGS; i++) {
        if (all[i].rule == RULE_PROFILE)
            continue;
        bool is_fixed = false;
        struct guard_node entry = find_key(keys, all[i].key);
        const char *value = guard_string(guard_find(entry, "value"));
        (void)guard_bool(&is_fixed, guard_find(entry, "readonly"));
        if (i == SETTING_UNIT) {
            take_unit(settings, value);
            continue;
        }
        bool is_good = value == NULL ? !all[i].is_needed : is_met(&all[i], value);
        ocpp_settings_judge(settings, i, is_good);
        if (!is_good && value != NULL && !is_fixed && (settings->tried & 1u << i) == 0)
            *change |= 1u << i;
    }
    settings->tried |= *change;
    return GUARD_OK;
}

bool ocpp_settings_print(const struct ocpp_settings *settings, char *text, size_t text_size)
{
    size_t length = 0;
    const uint32_t whole = (1u << OCPP_SETTINGS) - 1;
    if (text_size > 0)
        *text = 0;
    for (uint32_t i = 0; i < OCPP_SETTINGS && length < text_size; i++) {
        bool is_good = (settings->good & 1u << i) != 0, is_bad = (settings->bad & 1u << i) != 0;
        int count =
            snprintf(text + length, text_size - length, "%s %s: %s: %s\n", all[i].key, all[i].value, all[i].meaning,
                     is_bad    ? "no"
                     : is_good ? "yes"
                               : "no answer");
        length += count > 0 ? (size_t)count : 0;
    }
    return settings->bad == 0 && settings->good == whole;
}
