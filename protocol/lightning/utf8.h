/* utf8.h: whether bytes are text.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_UTF8_H
#define KONSENTO_LIGHTNING_UTF8_H

#include "protocol/bitcoin/bytes.h"

/* UTF-8 without overlong forms, surrogates, and anything above 10ffff. Empty text is text. */
bool ln_utf8_is_valid(struct btc_bytes text);

#endif
