/* shorten.h: streams of records that have grown long are written anew.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     old stream ──► what stands in it ──► head, checkpoint ──written──► takes the old one's place, at once
 *                                                └── records of the meantime stand behind it
 *
 * Until the new stream is safe the old one stands, whole: a crash in between goes on from that, and nobody has seen
 * what was to follow. As a real node does it with a second file and a rename.
 */
#ifndef KONSENTO_MODELS_HOST_SHORTEN_H
#define KONSENTO_MODELS_HOST_SHORTEN_H

#include "models/host/parts.h"

/* Behind a record that has become safe: begins if it is time. */
void shorten_begin(struct host *host, uint32_t node);
/* The new stream is safe. */
void shorten_end(struct host *host, uint32_t node);

#endif
