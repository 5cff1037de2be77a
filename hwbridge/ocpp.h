/* ocpp.h: the driver for chargers that speak OCPP 1.6-J: the bridge is their central system.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Chargers dial in: ws://address:port/NAME, or wss. Each connector of each is one outlet (ocpp_point.h); who may come
 * in stands in ocpp_door.h. Addresses of other machines are listened at only where the options say so, and never
 * without a password or certificates.
 *
 * A charger takes its time to begin a transaction: hw_outlet_config should have ocpp_patience (ocpp_point.h).
 */
#ifndef KONSENTO_HWBRIDGE_OCPP_H
#define KONSENTO_HWBRIDGE_OCPP_H

#include "hwbridge/lease.h"
#include "hwbridge/ocpp_door.h"

struct ocpp_outlet {
    uint32_t outlet;
    const char *name;     /* of its charge point; several outlets may have the same */
    const char *password; /* of its charge point; NULL where no password is asked for */
    int64_t connector;    /* from 1 */
    int64_t voltage_v, phases;
};

struct ocpp_options {
    const char *address; /* NULL: 127.0.0.1 */
    uint16_t port;       /* 0: any that is free; ocpp_port */
    bool allows_network; /* an address that is not of loopback */
    enum ocpp_security security;
    const char *cert_file, *key_file, *ca_file; /* as ocpp_door.h has them */
    const struct ocpp_outlet *outlets;          /* copied */
    size_t outlet_count;
    struct hw_sink sink;
};

/* Listens; does not wait for anybody. Returns false, and why. Owns: driver->ops->close. */
bool ocpp_open(struct hw_driver *driver, const struct ocpp_options *options, char *why, size_t why_size)
    __attribute__((warn_unused_result));
uint16_t ocpp_port(const struct hw_driver *driver);

#endif
