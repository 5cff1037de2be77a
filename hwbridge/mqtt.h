/* mqtt.h: the driver for plugs behind an MQTT broker.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One connection to one broker for all its plugs, of any dialect (mqtt_dialect.h). A clean session: nothing that was
 * sent while nobody listened comes later. What a broker retains for a plug's command topic is cleared when it is
 * reached. While the broker is away all plugs are; it is dialled again after 0.5 s, then twice as long, up to 8 s.
 * TLS with certificates of both sides where files are named.
 */
#ifndef KONSENTO_HWBRIDGE_MQTT_H
#define KONSENTO_HWBRIDGE_MQTT_H

#include "hwbridge/mqtt_dialect.h"

struct mqtt_plug {
    uint32_t outlet;
    const struct mqtt_dialect *dialect;
    const char *topic;
    int64_t lease_us; /* that commands will ask for */
};

struct mqtt_options {
    const char *host; /* an address or a name */
    uint16_t port;
    const char *client_id;                      /* of this run; no other client of the broker has it */
    const char *user, *password;                /* NULL: none */
    const char *ca_file, *cert_file, *key_file; /* ca_file NULL: no TLS; the others: both or none */
    const struct mqtt_plug *plugs;              /* copied */
    size_t plug_count;
    struct hw_sink sink;
};

/* Does not wait for the broker. Returns false, and why, if a file cannot be read, a topic is too long or comes twice,
 * or memory is out. Owns: driver->ops->close. */
bool mqtt_open(struct hw_driver *driver, const struct mqtt_options *options, char *why, size_t why_size)
    __attribute__((warn_unused_result));
/* What preflight found out about the plug of an outlet. Out: text, one line for each setting. Returns whether all are
 * known and good. */
bool mqtt_settings(const struct hw_driver *driver, uint32_t outlet, char *text, size_t text_size);

#endif
