/* names.c: the words for what the bridge's codes mean, and the hash of what came in.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/lease.h"

const char *hw_input_kind_name(enum hw_input_kind kind)
{
    static const char *const names[HW_INPUT_KINDS] = {"link_up", "link_down", "boot",  "relay", "ack",      "nack",
                                                      "meter",   "plug",      "fault", "alive", "looked_at"};
    return names[kind];
}

const char *hw_command_kind_name(enum hw_command_kind kind)
{
    static const char *const names[HW_COMMAND_KINDS] = {"off", "on", "probe"};
    return names[kind];
}

const char *hw_reject_name(enum hw_reject reject)
{
    static const char *const names[HW_REJECTS] = {"oversized", "syntax",   "type",    "range", "text",
                                                  "retained",  "stranger", "unasked", "flood"};
    return names[reject];
}

const char *hw_outlet_state_name(enum hw_outlet_state state)
{
    static const char *const names[HW_OUTLET_STATES] = {"unknown", "off_pending", "off",   "on_pending",
                                                        "on",      "lost",        "stuck", "fault"};
    return names[state];
}

const char *hw_outlet_cause_name(enum hw_outlet_cause cause)
{
    static const char *const names[HW_OUTLET_CAUSES] = {"none",    "link",     "silent",    "no_answer",
                                                        "refused", "switched", "restarted", "lease",
                                                        "stuck",   "frozen",   "reported"};
    return names[cause];
}

uint64_t hw_raw(const void *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
    return hash;
}
