/* schema_device.c: the schema's rows for devices.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema_device.h"

static const char *const driver_names[] = {"mqtt", "ocpp", "modbus", NULL};
static const char *const answer_names[] = {"no", "yes", NULL};

#define AT(member) .offset = offsetof(struct scenario_device, member)
#define FILE_NAME  .kind = KIND_STRING, DEFAULT("", "")
const struct schema_field schema_device_fields[SCHEMA_DEVICE_FIELDS] = {
    {"driver", .kind = KIND_ENUM, AT(driver), .names = driver_names, REQUIRED,
     .help = "its wire: \"mqtt\" plugs behind a broker, \"ocpp\" chargers that call us, \"modbus\" meters and relays"},
    {"address", .kind = KIND_STRING, AT(address), REQUIRED,
     .help = "mqtt://HOST:PORT/TOPIC; ws://HOST:PORT/IDENTITY, where we listen; modbus-tcp://HOST:PORT/UNIT or "
             "modbus-rtu:///dev/TTY/UNIT"},
    {"outlet", COUNT_UINT32, AT(outlet), RANGE("1", "10000"), WORD("next", 0), DEFAULT("next", ""),
     .help = "which of the building's outlets it is, from 1; \"next\": its place among the devices of its rail"},
    {"rail", .kind = KIND_STRING, AT(rail), DEFAULT("", ""),
     .help = "on which rail it is paid for; \"\": the only one. On other rails the outlet is modeled"},
    {"dialect", .kind = KIND_STRING, AT(dialect), DEFAULT("", ""),
     .help = "mqtt: tasmota (also if empty), shelly, zigbee; modbus: relay, keba, abb, wallbe; ocpp has none"},
    {"virtual", .kind = KIND_ENUM, AT(is_virtual), .names = answer_names, DEFAULT("no", ""),
     .help = "it is konsento outlet and no real device: rates other than 1 and late events are allowed"},
    {"lease", TIME_US, AT(lease_us), RANGE("3 s", "1 h"), DEFAULT("30 s", ASSUMED),
     .help = "it switches off by itself so long after the bridge was heard last"},
    {"meter_interval", TIME_US, AT(meter_us), RANGE("100 ms", "1 h"), DEFAULT("10 s", ASSUMED),
     .help = "longest time between two readings of its meter that it tells of"},
    {"resolution", ENERGY_UJ, AT(resolution_uj), RANGE("1 uJ", "1 kWh"), WORD("outlets", 0), DEFAULT("outlets", ""),
     .help = "smallest step of its meter's reading; \"outlets\": as the building's outlets"},
    {"rollover", ENERGY_UJ, AT(modulus_uj), RANGE("1 kWh", "1000000 kWh"), WORD("never", 0), DEFAULT("never", ""),
     .help = "its counter begins anew here"},
    {"idle_below", POWER_W, AT(idle_below_w), RANGE("0 W", "1 kW"), DEFAULT("20 W", ASSUMED),
     .help = "a car that draws less is full ..."},
    {"idle_after", TIME_US, AT(idle_us), RANGE("1 s", "1 h"), DEFAULT("1 min", ASSUMED), .help = "... after so long"},
    {"leak", POWER_W, AT(leak_w), RANGE("0 W", "1 kW"), DEFAULT("10 W", ASSUMED),
     .help = "less power behind an open relay is no sign that it is stuck"},
    {"user", FILE_NAME, AT(user), .help = "name for broker or charger"},
    {"password_file", FILE_NAME, AT(password_file), .help = "file whose first line is the password"},
    {"ca", FILE_NAME, AT(ca_file),
     .help = "TLS: file of certificates that the other side is believed by; \"\": no TLS"},
    {"certificate", FILE_NAME, AT(cert_file), .help = "TLS: our certificate"},
    {"key", FILE_NAME, AT(key_file), .help = "TLS: its key"},
    {"options", FILE_NAME, AT(options), .help = "more for the driver: NAME=VALUE,NAME=VALUE; see docs/bridge.md"},
};
#undef AT
