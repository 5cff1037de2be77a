/* bridge_ocpp.c: chargers that call at one port.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ws with a password is security profile 1, without one it is none; wss with a password is profile 2, and with ca,
 * which asks chargers for certificates, profile 3.
 */
#include "cli/bridge_ocpp.h"

#include "cli/options.h"
#include "hwbridge/ocpp.h"

#include <stdio.h>
#include <string.h>

bool bridge_ocpp_is_together(const struct bridge_device *one, const struct bridge_device *other)
{
    const struct scenario_device *a = one->config, *b = other->config;
    return strcmp(one->address.scheme, other->address.scheme) == 0 &&
           strcmp(one->address.host, other->address.host) == 0 && one->address.port == other->address.port &&
           (*one->password == '\0') == (*other->password == '\0') && strcmp(a->ca_file, b->ca_file) == 0 &&
           strcmp(a->cert_file, b->cert_file) == 0 && strcmp(a->key_file, b->key_file) == 0;
}

/* Within a rail the driver knows its own; nobody else can listen where it does. */
const char *bridge_ocpp_shared(const struct bridge_device *one, const struct bridge_device *other, bool is_other_rail)
{
    bool is_everywhere = strcmp(one->address.host, "0.0.0.0") == 0 || strcmp(other->address.host, "0.0.0.0") == 0;
    bool is_same = one->address.port == other->address.port && (is_everywhere || bridge_plan_is_same_host(one, other));
    return is_same && is_other_rail ? "the same port to listen on" : NULL;
}

/* Returns false, and why, if what is given does not make one of the profiles. */
static bool find_security(enum ocpp_security *security, const struct bridge_device *device, char *why, size_t why_size)
{
    const struct scenario_device *config = device->config;
    bool is_tls = strcmp(device->address.scheme, "wss") == 0, has_password = *device->password != '\0';
    bool has_ca = *config->ca_file != '\0', has_cert = *config->cert_file != '\0' && *config->key_file != '\0';
    const char *fault = NULL;
    if (is_tls && !has_cert)
        fault = "wss needs certificate and key";
    else if (is_tls && has_ca == has_password)
        fault = "wss needs either password_file (profile 2) or ca, for chargers with certificates (profile 3)";
    else if (!is_tls && (has_ca || *config->cert_file != '\0'))
        fault = "certificates go with wss";
    if (fault != NULL)
        snprintf(why, why_size, "%s: %s", config->address, fault);
    *security = is_tls ? (has_ca ? OCPP_SECURITY_MUTUAL : OCPP_SECURITY_TLS)
                       : (has_password ? OCPP_SECURITY_BASIC : OCPP_SECURITY_NONE);
    return fault == NULL;
}

/* options: "" or "connector=N". */
static bool read_connector(int64_t *connector, const struct scenario_device *config, char *why, size_t why_size)
{
    static const char name[] = "connector=";
    uint64_t number = 1;
    bool is_read = *config->options == '\0' || (strncmp(config->options, name, strlen(name)) == 0 &&
                                                options_number(&number, config->options + strlen(name), 1, 1000));
    *connector = (int64_t)number;
    if (!is_read)
        snprintf(why, why_size, "%s: options: \"%s\": there is connector=N alone", config->address, config->options);
    return is_read;
}

static const char *or_null(const char *text)
{
    return *text == '\0' ? NULL : text;
}

/* The driver knows addresses by their numbers alone. */
static const char *number_of(const char *host)
{
    return strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
}

bool bridge_ocpp_open(struct hw_driver *driver, const struct bridge_group *group, char *why, size_t why_size)
{
    struct ocpp_outlet outlets[SCENARIO_DEVICES_MAX];
    const struct bridge_device *first = group->devices[0];
    enum ocpp_security security;
    if (!find_security(&security, first, why, why_size))
        return false;
    for (size_t i = 0; i < group->count; i++) {
        const struct bridge_device *device = group->devices[i];
        const char *last = strrchr(device->address.path, '/');
        outlets[i] = (struct ocpp_outlet){.outlet = device->index,
                                          .name = last == NULL ? device->address.path : last + 1,
                                          .password = or_null(device->password),
                                          .voltage_v = group->building->voltage_v,
                                          .phases = group->building->phases};
        if (!read_connector(&outlets[i].connector, device->config, why, why_size))
            return false;
    }
    return ocpp_open(driver,
                     &(struct ocpp_options){.address = number_of(first->address.host),
                                            .port = first->address.port,
                                            .allows_network = true, /* or bridge_plan has refused it */
                                            .security = security,
                                            .cert_file = or_null(first->config->cert_file),
                                            .key_file = or_null(first->config->key_file),
                                            .ca_file = or_null(first->config->ca_file),
                                            .outlets = outlets,
                                            .outlet_count = group->count,
                                            .sink = group->sink},
                     why, why_size);
}
