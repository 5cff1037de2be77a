/* studyfigures.c: figures out of the metrics of a study.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/studyfigures.h"

#include "analysis/convergefigure.h"
#include "analysis/label.h"
#include "analysis/loadfigure.h"
#include "analysis/parts.h"
#include "analysis/sweepfigure.h"
#include "analysis/timefigure.h"

bool studyfigures_add(struct gallery *gallery, const struct results *results)
{
    bool good = loadfigure_add(gallery, results);
    if (label_is_comparison(results_study(results))) {
        good = good && timefigure_add(gallery, results) && parts_add(gallery, results) &&
               convergefigure_add(gallery, results) && sweepfigure_add(gallery, results);
    }
    return good;
}
