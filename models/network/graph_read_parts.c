/* graph_read_parts.c: what the readers of graphs share.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network/graph_read_parts.h"

#include "protocol/lightning/scid.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void graph_reader_fault(const struct graph_reader *reader, unsigned line, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    input_report_add(reader->report, INPUT_ERROR, reader->source->name, line, "%s", text);
}

void graph_read_node_id(uint8_t id[33], uint32_t number)
{
    memset(id, 0, 33);
    id[0] = 2;
    for (unsigned i = 0; i < 4; i++)
        id[32 - i] = (uint8_t)(number >> 8 * i);
}

const char *graph_reader_add(const struct graph_reader *reader, uint32_t *number, unsigned *first,
                             const struct ln_graph_opening *opening)
{
    struct ln_graph_opening ordered = *opening;
    *first = memcmp(opening->node_ids[0], opening->node_ids[1], 33) > 0;
    ordered.node_ids[0] = opening->node_ids[*first];
    ordered.node_ids[1] = opening->node_ids[1 - *first];
    ordered.heard_s = reader->source->as_of_s;
    switch (ln_graph_add_channel(reader->graph, number, &ordered)) {
    case LN_GRAPH_OK:
        return NULL;
    case LN_GRAPH_KNOWN:
        return "a channel with this short channel id came before";
    case LN_GRAPH_SAME_NODE:
        return "both ends are one node";
    case LN_GRAPH_OUTPOINT:
        return "another channel has this funding output";
    case LN_GRAPH_AMOUNT:
        return "capacity is above 21 million bitcoin";
    case LN_GRAPH_FULL:
        return "more nodes or channels than allowed";
    case LN_GRAPH_BANNED:
    case LN_GRAPH_NO_MEMORY:
        break;
    }
    return "out of memory";
}

bool graph_reader_number(uint64_t *value, const char *text, uint64_t most)
{
    *value = 0;
    for (const char *at = text; *at != '\0'; at++) {
        unsigned digit = (unsigned)*at - '0';
        if (digit > 9 || digit > most || *value > (most - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return text[0] != '\0';
}

bool graph_reader_scid(uint64_t *scid, const char *text)
{
    return ln_scid_read(scid, text) || graph_reader_number(scid, text, UINT64_MAX);
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool graph_reader_byte(uint8_t *byte, const char *text)
{
    int high = digit_of(text[0]);
    int low = high < 0 ? -1 : digit_of(text[1]);
    *byte = (uint8_t)(low < 0 ? 0 : high << 4 | low);
    return low >= 0;
}

bool graph_reader_id(uint8_t id[33], const char *text)
{
    for (size_t i = 0; i < 33; i++)
        if (!graph_reader_byte(&id[i], text + 2 * i))
            return false;
    return text[66] == '\0' && (id[0] == 2 || id[0] == 3);
}
