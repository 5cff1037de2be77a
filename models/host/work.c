/* work.c: what messages cost.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/work.h"

#include "models/host/host.h"
#include "protocol/lightning/message_type.h"
#include "protocol/lightning/onion.h"
#include "protocol/lightning/transport.h"

/* Operations of one message by who takes it and who makes it, and how many bytes are hashed. */
struct cost {
    uint16_t type;
    struct side {
        uint8_t sign, verify, ecdh, point, add, multiply, combine, read;
        uint16_t hashed;
    } taken, made;
};

static const struct cost table[] = {
    {LN_OPEN_CHANNEL, {.read = 11, .hashed = 300}, {.point = 7, .hashed = 900}},
    {LN_ACCEPT_CHANNEL, {.read = 11, .hashed = 300}, {.point = 8, .hashed = 900}},
    {LN_FUNDING_CREATED,
     {.verify = 1, .add = 2, .multiply = 4, .combine = 2, .hashed = 2000},
     {.sign = 1, .add = 1, .multiply = 2, .combine = 1, .hashed = 1000}},
    {LN_FUNDING_SIGNED,
     {.verify = 1, .add = 1, .multiply = 2, .combine = 1, .hashed = 1000},
     {.sign = 1, .hashed = 500}},
    {LN_CHANNEL_READY, {.read = 1}, {.point = 1, .hashed = 2000}},
    {LN_CLOSING_SIGNED, /* behind it, the commitment is built once more for the resolver */
     {.sign = 1, .verify = 1, .point = 1, .add = 3, .multiply = 2, .combine = 1, .hashed = 3000},
     {.sign = 1, .hashed = 600}},
    {LN_UPDATE_ADD_HTLC, {.ecdh = 1, .read = 1, .hashed = 2400}, {.hashed = 0}},
    {LN_UPDATE_FULFILL_HTLC, {.hashed = 64}, {.hashed = 0}},
    {LN_COMMITMENT_SIGNED,
     {.verify = 1, .add = 1, .multiply = 2, .combine = 1, .hashed = 2200},
     {.sign = 1, .add = 1, .multiply = 2, .combine = 1, .hashed = 2200}},
    {LN_REVOKE_AND_ACK, {.point = 1, .read = 1, .hashed = 150}, {.point = 1, .hashed = 300}},
    {LN_CHANNEL_REESTABLISH, {.hashed = 0}, {.point = 1, .hashed = 600}},
    {LN_CHANNEL_ANNOUNCEMENT, {.verify = 4, .read = 4, .hashed = 600}, {.hashed = 0}},
    {LN_NODE_ANNOUNCEMENT, {.verify = 1, .read = 1, .hashed = 300}, {.sign = 1, .hashed = 300}},
    {LN_CHANNEL_UPDATE, {.verify = 1, .read = 1, .hashed = 300}, {.sign = 1, .hashed = 300}},
    {LN_ANNOUNCEMENT_SIGNATURES, {.verify = 2, .read = 2, .hashed = 600}, {.sign = 2, .hashed = 600}},
};

/* BIP 143 of an HTLC transaction, and its script. */
#define HTLC_HASHED      800
#define HTLC_KEYS        2 /* of a commitment that shows any */
#define HTLCS_AT         (2 + 32 + 64)
#define FAILURE_CIPHERED 300
#define ONION_CIPHERED   1300 /* all payloads */
#define END_CIPHERED     120  /* and what fills their end when a hop has taken its own */
#define HOP_HASHED       (1600 + 3 * 256)

uint16_t host_message_type(struct btc_bytes message)
{
    if (message.length < 2)
        return 0;
    return (uint16_t)(message.data[0] << 8 | message.data[1]);
}

static const struct cost *find(uint16_t type)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].type == type)
            return &table[i];
    }
    return NULL;
}

static void add(struct device_work *work, const struct side *side)
{
    work->count[DEVICE_SIGN] += side->sign;
    work->count[DEVICE_VERIFY] += side->verify;
    work->count[DEVICE_ECDH] += side->ecdh;
    work->count[DEVICE_POINT] += side->point;
    work->count[DEVICE_TWEAK_ADD] += side->add;
    work->count[DEVICE_TWEAK_MULTIPLY] += side->multiply;
    work->count[DEVICE_COMBINE] += side->combine;
    work->count[DEVICE_READ_POINT] += side->read;
    work->count[DEVICE_HASH_BYTE] += side->hashed;
}

/* Signatures of second stages in a commitment_signed. */
static uint32_t htlc_signatures(struct btc_bytes message)
{
    if (host_message_type(message) != LN_COMMITMENT_SIGNED || message.length < HTLCS_AT + 2)
        return 0;
    return (uint32_t)(message.data[HTLCS_AT] << 8 | message.data[HTLCS_AT + 1]);
}

static void add_message(struct device_work *work, struct btc_bytes message, const struct side *side,
                        enum device_operation of_htlc)
{
    uint32_t htlcs = htlc_signatures(message);
    if (side != NULL)
        add(work, side);
    work->count[of_htlc] += htlcs;
    work->count[DEVICE_TWEAK_ADD] += htlcs > 0 ? HTLC_KEYS : 0;
    work->count[DEVICE_HASH_BYTE] += (uint64_t)htlcs * HTLC_HASHED;
    if (host_message_type(message) == LN_UPDATE_FAIL_HTLC)
        work->count[DEVICE_CIPHER_BYTE] += FAILURE_CIPHERED;
    work->count[DEVICE_CIPHER_BYTE] += message.length + LN_TRANSPORT_OVERHEAD;
    work->count[DEVICE_MESSAGE]++;
}

const struct device_work host_work_invoice_made = {.count = {[DEVICE_SIGN] = 1, [DEVICE_HASH_BYTE] = 600}};
const struct device_work host_work_invoice_read = {.count = {[DEVICE_RECOVER] = 1, [DEVICE_HASH_BYTE] = 600}};

void host_work_taken(struct device_work *work, struct btc_bytes message)
{
    const struct cost *cost = find(host_message_type(message));
    add_message(work, message, cost == NULL ? NULL : &cost->taken, DEVICE_VERIFY);
    if (host_message_type(message) == LN_UPDATE_ADD_HTLC)
        work->count[DEVICE_CIPHER_BYTE] += ONION_CIPHERED + END_CIPHERED;
}

void host_work_made(struct device_work *work, struct btc_bytes message)
{
    const struct cost *cost = find(host_message_type(message));
    add_message(work, message, cost == NULL ? NULL : &cost->made, DEVICE_SIGN);
}

void host_work_onion(struct device_work *work, uint32_t hops)
{
    work->count[DEVICE_POINT] += hops;
    work->count[DEVICE_ECDH] += hops;
    work->count[DEVICE_READ_POINT] += hops;
    work->count[DEVICE_HASH_BYTE] += (uint64_t)hops * HOP_HASHED;
    work->count[DEVICE_CIPHER_BYTE] += (uint64_t)hops * (ONION_CIPHERED + END_CIPHERED) + ONION_CIPHERED; /* padding */
}

void host_work_forward(struct device_work *work)
{
    work->count[DEVICE_TWEAK_MULTIPLY]++;
    work->count[DEVICE_READ_POINT]++;
    work->count[DEVICE_HASH_BYTE] += 100;
}

void host_work_record(struct device_work *work, size_t bytes)
{
    work->count[DEVICE_HASH_BYTE] += bytes;
}

/* es, ee, se: an ECDH at each end for each act. The first two bring a fresh key; each end needs the point of its own
 * static key once, and who dials reads the other's. */
void host_work_act(struct device_work *work, uint32_t act, bool is_made)
{
    work->count[DEVICE_ECDH]++;
    work->count[DEVICE_POINT] += is_made || act == 1;
    work->count[DEVICE_READ_POINT] += !is_made || act == 1;
    work->count[DEVICE_HASH_BYTE] += 1100;
    work->count[DEVICE_CIPHER_BYTE] += 33;
    work->count[DEVICE_MESSAGE]++;
}
