/* device.c: machines that need time.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network/device.h"

#include "models/least.h"

#include <assert.h>
#include <string.h>

/* Where the figures come from; the curve operations are libsecp256k1's on one core:
 *   server           measured with Debian's 0.2.0: sign 27.2 us, verify 36.3, recover 39, ECDH 40.9, point 21.2, tweak
 *                    add 24.2, multiply 32.1, combine 2.3, read 5.1; nettle: SHA-256 1,617 MB/s, AEAD 3.3 us for 1,452
 *                    bytes. A write: fsync of SSDs with power-loss protection, 12 to 58 us (Callaghan 2026)
 *   phone            Cortex-A55, libsecp256k1 0.7.2: sign 76.4, verify 148.9, point 63.1 (report of UltrafastSecp256k1,
 *                    March 2026)
 *   board            32-bit Arm with assembly: sign 170, verify 322, point 145, ECDH 332 (bitcoin-core/secp256k1, pull
 *                    request 1752); fdatasync of an SD card 1.3 ms on average (fio, nmnx.org)
 *   microcontroller  ESP32-S3 at 240 MHz, 0.7.2: sign 9,517, verify 29,367, point 7,219 (as phone); a commit of
 *                    LittleFS about 80 ms (esp_littlefs, issue 179)
 * Operations that a source does not have are the server's times the ratio of verifications. Bytes hashed and enciphered
 * on the three smaller ones, messages, and the phone's and all bytes' writes are guessed. */
#define SCALED(verify_us, server_us) ((int64_t)((verify_us) / 36.3 * (server_us)*1000.0))
#define CURVE(sign_us, verify_us, point_us, ecdh_us)                                                                   \
    [DEVICE_SIGN] = (int64_t)((sign_us)*1000.0), [DEVICE_VERIFY] = (int64_t)((verify_us)*1000.0),                      \
    [DEVICE_RECOVER] = SCALED(verify_us, 39), [DEVICE_ECDH] = (int64_t)((ecdh_us)*1000.0),                             \
    [DEVICE_POINT] = (int64_t)((point_us)*1000.0), [DEVICE_TWEAK_ADD] = SCALED(verify_us, 24.2),                       \
    [DEVICE_TWEAK_MULTIPLY] = SCALED(verify_us, 32.1), [DEVICE_COMBINE] = SCALED(verify_us, 2.3),                      \
    [DEVICE_READ_POINT] = SCALED(verify_us, 5.1)

static const struct device_class table[DEVICE_KINDS] = {
    [DEVICE_IDEAL] = {.name = "ideal"},
    [DEVICE_SERVER] = {.name = "server",
                       .cost_ns = {CURVE(27.2, 36.3, 21.2, 40.9), [DEVICE_HASH_BYTE] = 1, [DEVICE_CIPHER_BYTE] = 2,
                                   [DEVICE_MESSAGE] = 10000},
                       .write_ns = 50000,
                       .write_byte_ns = 1},
    [DEVICE_PHONE] = {.name = "phone",
                      .cost_ns = {CURVE(76.4, 148.9, 63.1, 148.9 / 36.3 * 40.9), [DEVICE_HASH_BYTE] = 2,
                                  [DEVICE_CIPHER_BYTE] = 5, [DEVICE_MESSAGE] = 100000},
                      .write_ns = 1000000,
                      .write_byte_ns = 10},
    [DEVICE_BOARD] = {.name = "board",
                      .cost_ns = {CURVE(170.0, 322.0, 145.0, 332.0), [DEVICE_HASH_BYTE] = 10, [DEVICE_CIPHER_BYTE] = 10,
                                  [DEVICE_MESSAGE] = 50000},
                      .write_ns = 1300000,
                      .write_byte_ns = 50},
    [DEVICE_MICROCONTROLLER] =
        {.name = "microcontroller",
         .cost_ns = {CURVE(9517.0, 29367.0, 7219.0, 29367.0 / 36.3 * 40.9), [DEVICE_HASH_BYTE] = 250,
                     [DEVICE_CIPHER_BYTE] = 100, [DEVICE_MESSAGE] = 500000},
         .write_ns = 80000000,
         .write_byte_ns = 2000},
};

static const char *const names[DEVICE_OPERATIONS] = {
    [DEVICE_SIGN] = "sign",
    [DEVICE_VERIFY] = "verify",
    [DEVICE_RECOVER] = "recover",
    [DEVICE_ECDH] = "ecdh",
    [DEVICE_POINT] = "point",
    [DEVICE_TWEAK_ADD] = "tweak_add",
    [DEVICE_TWEAK_MULTIPLY] = "tweak_multiply",
    [DEVICE_COMBINE] = "combine",
    [DEVICE_READ_POINT] = "read_point",
    [DEVICE_HASH_BYTE] = "hash_byte",
    [DEVICE_CIPHER_BYTE] = "cipher_byte",
    [DEVICE_MESSAGE] = "message",
};

const char *device_operation_name(enum device_operation operation)
{
    assert(operation < DEVICE_OPERATIONS);
    return names[operation];
}

const struct device_class *device_class_get(enum device_kind kind)
{
    assert(kind < DEVICE_KINDS);
    return &table[kind];
}

enum device_kind device_class_find(const char *name)
{
    enum device_kind kind = DEVICE_IDEAL;
    while (kind < DEVICE_KINDS && strcmp(table[kind].name, name) != 0)
        kind++;
    return kind;
}

int64_t device_class_ns(const struct device_class *class, const struct device_work *work)
{
    __int128 sum_ns = 0;
    for (uint32_t i = 0; i < DEVICE_OPERATIONS; i++)
        sum_ns += (__int128)work->count[i] * class->cost_ns[i];
    assert(sum_ns < INT64_MAX / 4);
    return (int64_t)sum_ns;
}

void device_init(struct device *device, const struct device_class *class)
{
    *device = (struct device){.class = class};
}

void device_restart(struct device *device, int64_t now_us)
{
    device->processor_free_ns = device->flash_free_ns = now_us * 1000;
}

static int64_t up_to_us(int64_t ns)
{
    return (ns + 999) / 1000;
}

int64_t device_work(struct device *device, int64_t now_us, const struct device_work *work)
{
    int64_t work_ns = device_class_ns(device->class, work);
    device->processor_free_ns = max64(device->processor_free_ns, now_us * 1000) + work_ns;
    device->busy_ns += work_ns;
    device_work_add(&device->done, work);
    return up_to_us(device->processor_free_ns);
}

int64_t device_write(struct device *device, int64_t at_us, uint64_t bytes)
{
    int64_t write_ns = device->class->write_ns + (int64_t)bytes * device->class->write_byte_ns;
    device->flash_free_ns = max64(device->flash_free_ns, at_us * 1000) + write_ns;
    device->writing_ns += write_ns;
    device->writes++;
    device->written_bytes += bytes;
    return up_to_us(device->flash_free_ns);
}

void device_work_add(struct device_work *sum, const struct device_work *more)
{
    for (uint32_t i = 0; i < DEVICE_OPERATIONS; i++)
        sum->count[i] += more->count[i];
}
