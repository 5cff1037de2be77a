/* report_style.h: the style sheet of the report, inside the page because the page needs no network.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_REPORT_STYLE_H
#define KONSENTO_ANALYSIS_REPORT_STYLE_H

extern const char report_style[];

#endif
