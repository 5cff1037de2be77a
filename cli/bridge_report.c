/* bridge_report.c: how a run with devices went, in words.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/bridge_report.h"

#include "cli/span_text.h"

#include <inttypes.h>
#include <string.h>

static const char *policy_name(enum pace_policy policy)
{
    static const char *const names[] = {[PACE_CATCHUP] = "catchup", [PACE_SLIP] = "slip", [PACE_HARD] = "hard"};
    return names[policy];
}

static const char *span_us(char text[SPAN_TEXT_BYTES], int64_t us)
{
    if (us >= 10000)
        return span_text(text, (double)us / 1e6);
    if (us >= 1000)
        snprintf(text, SPAN_TEXT_BYTES, "%.1f ms", (double)us / 1e3);
    else
        snprintf(text, SPAN_TEXT_BYTES, "%" PRId64 " us", us);
    return text;
}

static void print_quantiles(FILE *out, const char *name, const struct histogram *histogram)
{
    static const double shares[] = {0.5, 0.95, 0.99};
    char text[SPAN_TEXT_BYTES];
    fprintf(out, "  %s", name);
    for (size_t i = 0; i < 3; i++)
        fprintf(out, "  p%.0f %s", 100 * shares[i], span_us(text, histogram_quantile(histogram, shares[i])));
    fprintf(out, "  max %s  (%" PRIu64 ")\n", span_us(text, histogram->maximum), histogram->count);
}

/* How many lags up to each bound. */
static void print_bars(FILE *out, const struct histogram *lag)
{
    static const int64_t bounds_us[] = {20,   50,    100,   200,   500,    1000,     2000,
                                        5000, 10000, 20000, 50000, 100000, INT64_MAX};
    uint64_t count = 0;
    unsigned bucket = 0;
    char text[SPAN_TEXT_BYTES];
    fputs("  lag up to", out);
    for (size_t i = 0; i < sizeof bounds_us / sizeof bounds_us[0]; i++, count = 0) {
        for (; bucket < HISTOGRAM_BUCKETS && histogram_bucket_low(bucket) <= bounds_us[i]; bucket++)
            count += lag->bucket[bucket];
        if (count > 0)
            fprintf(out, "  %s: %" PRIu64, bounds_us[i] == INT64_MAX ? "more" : span_us(text, bounds_us[i]), count);
    }
    fputc('\n', out);
}

static void print_wires(FILE *out, const struct live_tally *tally)
{
    fprintf(out, "  %" PRIu64 " inputs, %" PRIu64 " commands", tally->inputs, tally->commands);
    for (int i = 0; i < HW_REJECTS; i++)
        if (tally->rejects[i] > 0)
            fprintf(out, ", %" PRIu64 " rejected as %s", tally->rejects[i], hw_reject_name((enum hw_reject)i));
    fputc('\n', out);
}

/* Behind the kernel's end the outlet's state stands still: what counts is what it said to the last OFF. */
static void print_end(FILE *out, const struct bridge_site *site, uint32_t index)
{
    const struct hw_outlet *outlet = bridge_outlet(site->bridge, index);
    bool is_telling =
        outlet->state == HW_OUTLET_LOST || outlet->state == HW_OUTLET_STUCK || outlet->state == HW_OUTLET_FAULT;
    if (is_telling)
        fprintf(out, "; %s: %s", hw_outlet_state_name(outlet->state), hw_outlet_cause_name(outlet->cause));
    fputs(site->outcome.may_be_on[index] ? "; NOT confirmed off" : "; off, confirmed at the end", out);
}

static void print_outlet(FILE *out, const struct bridge_site *site, uint32_t index)
{
    const struct hw_outlet *outlet = bridge_outlet(site->bridge, index);
    const struct meter *meter = &outlet->meter;
    fprintf(out, "  outlet %" PRIu32 " (%s): %.3f kWh", site->plan.world[index].outlet + 1,
            site->plan.devices[index].config->address, (double)meter->total_uj / 3.6e12);
    if (meter->gap_uj > 0)
        fprintf(out, ", of them %.3f kWh reckoned from power", (double)meter->gap_uj / 3.6e12);
    print_end(out, site, index);
    fprintf(out, "; lost %" PRIu64 "x, switched by others %" PRIu64 "x, unwanted power at most %.1f s\n",
            outlet->tally.losses, outlet->tally.ghosts, (double)site->outcome.unsafe_us[index] / 1e6);
}

static bool is_bad(const char *line)
{
    size_t length = strlen(line);
    return length >= 4 && strcmp(line + length - 4, ": no") == 0; /* a device that is away just now says nothing */
}

/* What was borne with --unsafe-settings stands beside what came of it. */
static void print_settings(FILE *out, const struct bridge_site *site, uint32_t index)
{
    char text[1024] = "", *rest = text;
    const struct hw_driver *driver = &site->drivers.drivers[site->drivers.driver_of[index]];
    if (driver->ops->settings == NULL || driver->ops->settings(driver->self, index, text, sizeof text))
        return;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
        if (is_bad(line))
            fprintf(out, "    WARNING: this was borne: %s\n", line);
}

static void print_settlements(FILE *out, const struct bridge_site *site)
{
    fprintf(out, "  %" PRIu64 " payments told by another node counted", site->outcome.settled);
    for (int i = SETTLEMENT_OK + 1; i < SETTLEMENT_RESULTS; i++)
        if (site->door_counts[i] > 0)
            fprintf(out, ", %" PRIu64 " lines refused: %s", site->door_counts[i],
                    settlement_result_name((enum settlement_result)i));
    fputc('\n', out);
}

void bridge_report_print(FILE *out, const struct bridge_site *site)
{
    const struct bridge_outcome *outcome = &site->outcome;
    const struct scenario *scenario = site->plan.scenario;
    char text[SPAN_TEXT_BYTES];
    fprintf(out, "%s: %" PRIu32 " device%s, policy %s, rate %g, ended: %s\n",
            scenario->config.rails[site->plan.rail].name, site->plan.count, site->plan.count == 1 ? "" : "s",
            policy_name(site->settings->policy), site->settings->rate, sim_end_name(outcome->end));
    if (outcome->has_resumed)
        fprintf(out, "  went on at %s, where a run before had been stopped\n",
                span_text(text, (double)outcome->resumed_us / 1e6));
    print_quantiles(out, "event lag     ", &outcome->lag_us);
    print_bars(out, &outcome->lag_us);
    print_quantiles(out, "input to event", &outcome->service_us);
    if (outcome->slipped_us > 0)
        fprintf(out, "  the axis slipped by %s\n", span_us(text, outcome->slipped_us));
    print_wires(out, &outcome->tally);
    for (uint32_t i = 0; i < site->plan.count; i++) {
        print_outlet(out, site, i);
        print_settings(out, site, i);
    }
    if (site->door != NULL)
        print_settlements(out, site);
    if (outcome->unconfirmed > 0)
        fprintf(out, "  %zu outlet%s may be ON: look at %s; only a working lease ends %s\n", outcome->unconfirmed,
                outcome->unconfirmed == 1 ? "" : "s", outcome->unconfirmed == 1 ? "it" : "them",
                outcome->unconfirmed == 1 ? "it" : "them");
    fprintf(out, "  journal: %s, %" PRIu64 " lines, %" PRIu64 " bytes\n", site->journal_path, outcome->journal_lines,
            outcome->journal_bytes);
}
