/* report.c: what a rail says about itself before it has said anything.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/report.h"

#include <math.h>

void rail_report_init(struct rail_report *report)
{
    *report = (struct rail_report){
        .parties_trusted = NAN, .pairs_able_share = NAN, .pairs_open_share = NAN, .liquidity_msat = NAN};
}
