/* bench_bridge.h: what bench_bridge measures, and how it says so.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_BENCH_BENCH_BRIDGE_H
#define KONSENTO_TESTS_BENCH_BENCH_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLES_MAX 65536

struct samples {
    double us[SAMPLES_MAX];
    size_t count;
};
void samples_add(struct samples *samples, double us);

struct bridge_report {
    double margin; /* limits are so many times as wide; 0: none */
    unsigned failed;
};
/* Prints p50, p95, p99 and the most. In: limit_us, of p50, 0: none. */
void report_samples(struct bridge_report *report, const char *name, struct samples *samples, double limit_us);
/* Prints one figure. In: least, most that it may be; 0: no limit. */
void report_figure(struct bridge_report *report, const char *name, double value, double least, double most);

int64_t bench_now_ns(void);

/* A wire between broker and bridge that remembers when it last wrote to the bridge. Owns: tap_close. */
void tap_open(uint16_t port, uint16_t broker_port);
int64_t tap_wrote_ns(void);
void tap_close(void);

/* RemoteStart to Accepted. Nothing where OCPP is not built. */
void bench_ocpp(struct bridge_report *report, unsigned cycles);

#endif
