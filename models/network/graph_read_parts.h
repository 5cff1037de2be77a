/* graph_read_parts.h: what the readers of graphs share.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_NETWORK_GRAPH_READ_PARTS_H
#define KONSENTO_MODELS_NETWORK_GRAPH_READ_PARTS_H

#include "models/network/graph_read.h"

struct graph_reader {
    struct ln_graph *graph;
    struct input_report *report;
    const struct graph_source *source;
    const uint8_t *bytes; /* unpacked */
    size_t length;
};

/* Adds an error. line 0: the file as a whole. */
void graph_reader_fault(const struct graph_reader *reader, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds a channel between two nodes in any order. Out: number; first, 1 if the ids had to be swapped. Returns NULL, or
 * what is wrong. */
const char *graph_reader_add(const struct graph_reader *reader, uint32_t *number, unsigned *first,
                             const struct ln_graph_opening *opening);
/* A decimal number without sign, of at most most. Returns false if it is none, or too large. */
bool graph_reader_number(uint64_t *value, const char *text, uint64_t most) __attribute__((warn_unused_result));
/* A short channel id in either form. */
bool graph_reader_scid(uint64_t *scid, const char *text) __attribute__((warn_unused_result));
/* Two hexadecimal digits, whatever follows. */
bool graph_reader_byte(uint8_t *byte, const char *text) __attribute__((warn_unused_result));
/* 66 hexadecimal digits that begin with 02 or 03. */
bool graph_reader_id(uint8_t id[33], const char *text) __attribute__((warn_unused_result));

/* Each reads reader->bytes into reader->graph, and reports what is wrong. */
void graph_read_gossmap(const struct graph_reader *reader);
void graph_read_lnd(const struct graph_reader *reader);
void graph_read_csv(const struct graph_reader *reader);

/* gunzip.c. Unpacks. Returns malloc'ed bytes, at most GRAPH_BYTES_MAX; NULL with a reason. */
uint8_t *graph_gunzip(size_t *length, const char **reason, const uint8_t *packed, size_t packed_length);

#define GOSSMAP_MAGIC       "GOSSMAP_COMPRESSv1"
#define GOSSMAP_MAGIC_BYTES 19 /* with its end */

#endif
