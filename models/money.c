/* money.c: energy into msat and back, without rounding on the way.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/money.h"

#include <assert.h>
#include <math.h>

void money_init(struct money *money, double yen_per_btc)
{
    assert(yen_per_btc >= 1 && yen_per_btc <= 1e9);
    money->parts_per_msat = 36 * llround(yen_per_btc * 1e6);
    money->yen_per_msat = yen_per_btc / 1e11;
}

__int128 money_cost_parts(int64_t energy_uj, int64_t price_uyen_per_kwh)
{
    return (__int128)energy_uj * price_uyen_per_kwh;
}

__int128 money_parts(const struct money *money, int64_t msat)
{
    return (__int128)msat * money->parts_per_msat;
}

int64_t money_owed_msat(const struct money *money, __int128 parts)
{
    assert(parts >= 0);
    __int128 msat = (parts + money->parts_per_msat - 1) / money->parts_per_msat;
    return msat > INT64_MAX ? INT64_MAX : (int64_t)msat;
}

int64_t money_energy_uj(__int128 parts, int64_t price_uyen_per_kwh)
{
    if (parts < 0)
        return 0;
    if (price_uyen_per_kwh == 0)
        return INT64_MAX;
    __int128 energy_uj = parts / price_uyen_per_kwh;
    return energy_uj > INT64_MAX ? INT64_MAX : (int64_t)energy_uj;
}

double money_yen(const struct money *money, double msat)
{
    return msat * money->yen_per_msat;
}
