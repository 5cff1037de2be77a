/* ocpp_door.h: the socket that charge points knock at: TCP, TLS, HTTP, WebSocket.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   listen ─► accept ─► libwebsockets: TLS, upgrade ──admit──► one text after the other ──on_text──► owner
 *                                                    └── 401: counted as a stranger
 *
 * Who knocks is who its address says (the path's last part), proved by a password of that name (profile 1 and 2) or by
 * a certificate with that common name (profile 3). Who has not proved it within 5 s is shown out. A new connection of
 * one that is in takes the old one's place. All sockets stand in one epoll set, so that the bridge has one descriptor
 * to wait for whatever the number of chargers. It never waits itself.
 * Source: RFC 6455; RFC 7617; OCPP-J 1.6 specification, section 3; Improved security for OCPP 1.6-J, section 3.
 */
#ifndef KONSENTO_HWBRIDGE_OCPP_DOOR_H
#define KONSENTO_HWBRIDGE_OCPP_DOOR_H

#include "hwbridge/guard.h"

#define OCPP_SECRET_MAX 64 /* of a name or password, with its end */

enum ocpp_security {
    OCPP_SECURITY_NONE,  /* whoever knows the name; on loopback only */
    OCPP_SECURITY_BASIC, /* profile 1: password */
    OCPP_SECURITY_TLS,   /* profile 2: password, within TLS */
    OCPP_SECURITY_MUTUAL /* profile 3: certificates of both sides */
};

/* Who stands behind the door. Calls come from inside ocpp_door_serve. */
struct ocpp_host {
    void *self;
    /* In: password NULL: none was given. Returns the number of the charge point of that name, if it proves to be it;
     * -1: a stranger. */
    long (*admit)(void *self, const char *name, const char *password);
    void (*on_open)(void *self, long point);
    void (*on_text)(void *self, long point, const void *bytes, size_t length);
    void (*on_close)(void *self, long point);
    void (*on_reject)(void *self, long point, enum hw_reject reject); /* point -1: nobody's */
};

struct ocpp_door_options {
    const char *address; /* in numbers, of this machine */
    uint16_t port;       /* 0: any that is free */
    enum ocpp_security security;
    const char *cert_file, *key_file; /* ours; of TLS and MUTUAL */
    const char *ca_file;              /* of theirs; of MUTUAL */
    size_t points;                    /* numbers of charge points are less */
    struct ocpp_host host;
};

struct ocpp_door;

/* Returns NULL, and why. Owns: ocpp_door_close. */
struct ocpp_door *ocpp_door_open(const struct ocpp_door_options *options, char *why, size_t why_size);
/* Calls no host any more. */
void ocpp_door_close(struct ocpp_door *door);
uint16_t ocpp_door_port(const struct ocpp_door *door);
/* Reads and writes what can be without waiting, from a few sockets. Returns whether there is more to do now. */
bool ocpp_door_serve(struct ocpp_door *door, int64_t now_ns);
/* Whether texts wait for sockets that take none now. */
bool ocpp_door_is_choked(const struct ocpp_door *door);
int ocpp_door_descriptor(const struct ocpp_door *door);
/* In: point, that is in. Returns false if it does not take in what it is sent: it is shown out. */
bool ocpp_door_send(struct ocpp_door *door, long point, const char *text, size_t length);

#endif
