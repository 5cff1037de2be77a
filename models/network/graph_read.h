/* graph_read.h: public graphs of the Lightning network, read from files that others wrote.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Three formats, told apart by their first bytes; each may be packed by gzip:
 *
 *   gossmap   Core Lightning's compressed gossmap: "GOSSMAP_COMPRESSv1", then tables of BigSize integers. It names
 *             neither nodes nor channels: node i gets the id 02, zeros, i; channel i the short channel id i+1 x 0 x 0.
 *             It has no timestamps: all are as_of_s.
 *   lnd       the JSON of `lncli describegraph`: objects "nodes" and "edges"
 *   CSV       one line per direction:
 *             short_channel_id,from,to,capacity_sat,base_fee_msat,fee_ppm,cltv_delta,htlc_min_msat,htlc_max_msat,disabled
 *             columns in any order; ids of nodes are 66 hexadecimal digits, or small numbers that stand for ids as in
 *             gossmap; short channel ids are 700000x1x0 or plain numbers; htlc_max_msat may be empty: the capacity
 *
 * Nothing is verified: files have no signatures. Whoever wrote the file is believed.
 */
#ifndef KONSENTO_MODELS_NETWORK_GRAPH_READ_H
#define KONSENTO_MODELS_NETWORK_GRAPH_READ_H

#include "models/input.h"
#include "protocol/lightning/graph.h"

#define GRAPH_NODES_MAX    1000000
#define GRAPH_CHANNELS_MAX 2000000
#define GRAPH_BYTES_MAX    (512u << 20) /* of a file, unpacked */

struct graph_source {
    const char *name; /* of the file, for messages */
    const uint8_t *bytes;
    size_t length;
    uint32_t as_of_s; /* Unix time of the snapshot, for formats that do not say */
};

/* Reads a whole file. In: config for ln_graph_init; its limits hold besides GRAPH_NODES_MAX and GRAPH_CHANNELS_MAX.
 * Out: graph, opened here. Returns true if there was no error; else graph is closed. Owns: ln_graph_close. */
bool graph_read(struct ln_graph *graph, struct input_report *report, const struct ln_graph_config *config,
                const struct graph_source *source) __attribute__((warn_unused_result));

/* The id that stands for a node that has only a number. */
void graph_read_node_id(uint8_t id[33], uint32_t number);

#endif
