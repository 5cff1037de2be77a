/* access.c: the building's router and the garage's radio.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/access.h"

#include <stdlib.h>

#define ROUTER_KEY (UINT64_C(1) << 32)

bool access_is_asked(const struct access_config *config)
{
    return config->router_every_us > 0 || config->router_outage_count > 0 || config->garage_every_us > 0;
}

bool access_is_needed(const struct access *access)
{
    return access->router != SLAB_NONE || access->garages != NULL;
}

static bool open_router(struct access *access)
{
    const struct access_config *config = access->config;
    struct coverage_gap gaps[CONFIG_OUTAGES_MAX];
    if (config->router_every_us == 0 && config->router_outage_count == 0)
        return true;
    for (size_t i = 0; i < config->router_outage_count; i++)
        gaps[i] = (struct coverage_gap){config->router_outages[i].at_us, config->router_outages[i].duration_us};
    const struct coverage_config coverage = {.mean_there_us = config->router_every_us,
                                             .mean_gone_us = config->router_mean_us,
                                             .gaps = gaps,
                                             .gap_count = config->router_outage_count};
    access->router = coverage_add(&access->coverages, &coverage, ROUTER_KEY);
    return access->router != SLAB_NONE;
}

static bool open_garages(struct access *access, uint32_t payer_count)
{
    const struct coverage_config coverage = {.mean_there_us = access->config->garage_every_us,
                                             .mean_gone_us = access->config->garage_mean_us};
    if (access->config->garage_every_us == 0)
        return true;
    access->garages = calloc(payer_count + 1, sizeof access->garages[0]);
    bool is_good = access->garages != NULL;
    for (uint32_t i = 0; is_good && i < payer_count; i++)
        is_good = (access->garages[i] = coverage_add(&access->coverages, &coverage, i)) != SLAB_NONE;
    return is_good;
}

bool access_open(struct access *access, struct trouble *trouble, const struct access_config *config,
                 uint32_t payer_count)
{
    *access = (struct access){.config = config, .router = SLAB_NONE};
    coverages_open(&access->coverages, trouble);
    return open_router(access) && open_garages(access, payer_count);
}

void access_close(struct access *access)
{
    if (access->coverages.sim != NULL)
        coverages_close(&access->coverages);
    free(access->garages);
    *access = (struct access){0};
}

bool access_is_there(const struct access *access, uint32_t payer)
{
    bool has_router = access->router == SLAB_NONE || coverage_is_there(&access->coverages, access->router);
    return has_router && (access->garages == NULL || coverage_is_there(&access->coverages, access->garages[payer]));
}
