/* device.h: a machine that needs time for what it does: one processor, one memory that keeps.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     work ──► processor: one after the other ──► outputs leave
 *                            └── records ──► flash: one after the other ──► outputs that wait for them leave
 *
 * Work is counted in operations, each with a cost by class of device; times are exact to the nanosecond inside and
 * rounded up to the microsecond outside. What a machine does for others than its node is left out, and so are its
 * second core, caches, and the scatter of flash (its mean is taken). Sources are in docs/models.md.
 */
#ifndef KONSENTO_MODELS_NETWORK_DEVICE_H
#define KONSENTO_MODELS_NETWORK_DEVICE_H

#include <stdint.h>

enum device_operation {
    DEVICE_SIGN,           /* ECDSA, RFC 6979 */
    DEVICE_VERIFY,         /* ECDSA */
    DEVICE_RECOVER,        /* a public key from a signature */
    DEVICE_ECDH,           /* secret times point, hashed */
    DEVICE_POINT,          /* secret times generator */
    DEVICE_TWEAK_ADD,      /* point plus tweak times generator */
    DEVICE_TWEAK_MULTIPLY, /* point times tweak */
    DEVICE_COMBINE,        /* point plus point */
    DEVICE_READ_POINT,     /* from 33 bytes */
    DEVICE_HASH_BYTE,      /* SHA-256 */
    DEVICE_CIPHER_BYTE,    /* ChaCha20, with Poly1305 or without */
    DEVICE_MESSAGE,        /* taken from, or given to, the network: wake-up and system calls */
    DEVICE_OPERATIONS
};
const char *device_operation_name(enum device_operation operation);

/* How many of each. */
struct device_work {
    uint64_t count[DEVICE_OPERATIONS];
};

struct device_class {
    const char *name;
    int64_t cost_ns[DEVICE_OPERATIONS];
    int64_t write_ns;      /* to make a record safe, whatever its length */
    int64_t write_byte_ns; /* and for each of its bytes */
};

enum device_kind {
    DEVICE_IDEAL,           /* no time for anything */
    DEVICE_SERVER,          /* x86-64, SSD with power-loss protection */
    DEVICE_PHONE,           /* 64-bit Arm, UFS */
    DEVICE_BOARD,           /* Raspberry Pi class: 32-bit Arm, SD card */
    DEVICE_MICROCONTROLLER, /* 240 MHz, SPI flash */
    DEVICE_KINDS
};
const struct device_class *device_class_get(enum device_kind kind);
/* Returns DEVICE_KINDS if there is no such name. */
enum device_kind device_class_find(const char *name);
/* Time for so much work, without any queue. */
int64_t device_class_ns(const struct device_class *class, const struct device_work *work);

struct device {
    const struct device_class *class;
    int64_t processor_free_ns;
    int64_t flash_free_ns;
    struct device_work done; /* all of it */
    int64_t busy_ns;         /* of the processor */
    int64_t writing_ns;      /* of the flash */
    uint64_t writes, written_bytes;
};

/* In: class, outlives it. */
void device_init(struct device *device, const struct device_class *class);
/* It was switched off and is on again at now_us: nothing is under way. Counts go on. */
void device_restart(struct device *device, int64_t now_us);
/* Does work that came at now_us behind what came before. Returns when it is done. */
int64_t device_work(struct device *device, int64_t now_us, const struct device_work *work);
/* Writes a record that is there from at_us on, behind those before. Returns when it is safe. */
int64_t device_write(struct device *device, int64_t at_us, uint64_t bytes);

void device_work_add(struct device_work *sum, const struct device_work *more);

#endif
