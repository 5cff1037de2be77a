/* car.c: deficits grow by driving and shrink by charging.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/car.h"

#include "models/least.h"

#include <assert.h>

int64_t car_grid_uj(const struct car_config *config, int64_t battery_uj)
{
    assert(config->efficiency_ppm > 0 && config->efficiency_ppm <= 1000000);
    return (int64_t)((__int128)battery_uj * 1000000 / config->efficiency_ppm);
}

static void set_capacity(struct car *car, const struct car_config *config, int64_t capacity_uj)
{
    assert(capacity_uj > 0 && config->full_soc_ppm > 0 && config->full_soc_ppm <= 1000000);
    car->capacity_uj = capacity_uj;
    car->usable_uj = (int64_t)((__int128)capacity_uj * config->full_soc_ppm / 1000000);
    car->deficit_uj = min64(car->deficit_uj, car->usable_uj);
}

void car_set_battery(struct car *car, const struct car_config *config, int64_t battery_uj)
{
    set_capacity(car, config, car_grid_uj(config, battery_uj));
}

void car_fit_battery(struct car *car, const struct car_config *config, int64_t energy_uj)
{
    if (energy_uj > car->usable_uj) /* one more, for usable_uj is rounded down */
        set_capacity(car, config, (int64_t)((__int128)energy_uj * 1000000 / config->full_soc_ppm) + 1);
    assert(energy_uj <= car->usable_uj);
}

int64_t car_drive(struct car *car, int64_t energy_uj)
{
    assert(energy_uj >= 0);
    int64_t used_uj = min64(energy_uj, car->usable_uj - car->deficit_uj);
    car->deficit_uj += used_uj;
    return energy_uj - used_uj;
}

double car_soc(const struct car *car)
{
    return (double)(car->usable_uj - car->deficit_uj) / (double)car->capacity_uj;
}

void car_come(struct car *car, struct battery *battery)
{
    *battery = (struct battery){.capacity_uj = car->capacity_uj,
                                .missing_uj = car->capacity_uj - car->usable_uj + car->deficit_uj,
                                .wanted_uj = car->deficit_uj};
    car->deficit_uj = 0;
}

void car_go(struct car *car, enum unmet_demand unmet, int64_t unserved_uj)
{
    assert(unserved_uj >= 0);
    if (unmet == UNMET_IN_BATTERY) /* two recorded sessions of one car may overlap: never lacks more than it holds */
        car->deficit_uj = min64(car->deficit_uj + unserved_uj, car->usable_uj);
}
