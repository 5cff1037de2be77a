/* graph_read_file.c: public graphs of the Lightning network: which format a file has.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network/graph_read.h"

#include "models/network/graph_read_parts.h"
#include <stdlib.h>
#include <string.h>

static bool is_json(const struct graph_reader *reader)
{
    size_t at = 0;
    while (at < reader->length && memchr(" \t\r\n", reader->bytes[at], 4) != NULL)
        at++;
    return at < reader->length && reader->bytes[at] == '{';
}

static void read_unpacked(const struct graph_reader *reader)
{
    if (reader->length > GRAPH_BYTES_MAX)
        graph_reader_fault(reader, 0, "the file is larger than 512 MiB");
    else if (reader->length >= GOSSMAP_MAGIC_BYTES && memcmp(reader->bytes, GOSSMAP_MAGIC, GOSSMAP_MAGIC_BYTES) == 0)
        graph_read_gossmap(reader);
    else if (is_json(reader))
        graph_read_lnd(reader);
    else
        graph_read_csv(reader);
}

static void read_packed(struct graph_reader *reader)
{
    const char *reason;
    uint8_t *unpacked = graph_gunzip(&reader->length, &reason, reader->bytes, reader->length);
    if (unpacked == NULL) {
        graph_reader_fault(reader, 0, "gzip: %s", reason);
        return;
    }
    reader->bytes = unpacked;
    read_unpacked(reader);
    free(unpacked);
}

bool graph_read(struct ln_graph *graph, struct input_report *report, const struct ln_graph_config *config,
                const struct graph_source *source)
{
    static const uint8_t gzip_magic[2] = {0x1f, 0x8b};
    struct ln_graph_config limited = *config;
    struct graph_reader reader = {graph, report, source, source->bytes, source->length};
    size_t errors = report->error_count;
    limited.nodes_max = config->nodes_max < GRAPH_NODES_MAX ? config->nodes_max : GRAPH_NODES_MAX;
    limited.channels_max = config->channels_max < GRAPH_CHANNELS_MAX ? config->channels_max : GRAPH_CHANNELS_MAX;
    ln_graph_init(graph, &limited);
    if (source->length >= sizeof gzip_magic && memcmp(source->bytes, gzip_magic, sizeof gzip_magic) == 0)
        read_packed(&reader);
    else
        read_unpacked(&reader);
    if (report->error_count != errors)
        ln_graph_close(graph);
    return report->error_count == errors;
}
