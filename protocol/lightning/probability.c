/* probability.c: how likely a channel can forward an amount, in integers.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/probability.h"

#include <assert.h>

#define SEGMENT_BITS 7
#define SEGMENTS     (1 << SEGMENT_BITS)
#define LOG_BITS     26
#define LOG2_E_Q32   UINT64_C(6196328019) /* 1 / ln 2 */
#define NATS_Q32_MAX (UINT64_C(32) << 32)

/* ln(1 + i / 128), in 2^-26 */
static const uint32_t log_table[SEGMENTS + 1] = {
    0u,        522251u,   1040468u,  1554715u,  2065051u,  2571535u,  3074226u,  3573179u,  4068450u,  4560092u,
    5048158u,  5532701u,  6013770u,  6491415u,  6965685u,  7436626u,  7904286u,  8368709u,  8829940u,  9288023u,
    9743000u,  10194913u, 10643803u, 11089711u, 11532676u, 11972735u, 12409928u, 12844291u, 13275861u, 13704673u,
    14130762u, 14554164u, 14974910u, 15393035u, 15808571u, 16221550u, 16632003u, 17039961u, 17445454u, 17848512u,
    18249163u, 18647436u, 19043360u, 19436961u, 19828268u, 20217306u, 20604101u, 20988680u, 21371068u, 21751289u,
    22129368u, 22505329u, 22879196u, 23250991u, 23620738u, 23988459u, 24354175u, 24717910u, 25079684u, 25439518u,
    25797432u, 26153448u, 26507586u, 26859864u, 27210303u, 27558921u, 27905738u, 28250771u, 28594040u, 28935561u,
    29275354u, 29613434u, 29949820u, 30284529u, 30617576u, 30948978u, 31278752u, 31606914u, 31933478u, 32258461u,
    32581878u, 32903744u, 33224073u, 33542881u, 33860181u, 34175988u, 34490316u, 34803178u, 35114589u, 35424561u,
    35733108u, 36040243u, 36345978u, 36650327u, 36953303u, 37254916u, 37555180u, 37854106u, 38151707u, 38447994u,
    38742978u, 39036672u, 39329086u, 39620231u, 39910118u, 40198759u, 40486164u, 40772343u, 41057306u, 41341065u,
    41623629u, 41905009u, 42185213u, 42464252u, 42742136u, 43018874u, 43294476u, 43568950u, 43842306u, 44114554u,
    44385701u, 44655757u, 44924731u, 45192631u, 45459466u, 45725244u, 45989973u, 46253663u, 46516320u,
};

/* 2^-(i / 128), in 2^-32; the first, 1, does not fit and is not read */
static const uint32_t half_table[SEGMENTS + 1] = {
    4294967295u, 4271771996u, 4248701965u, 4225756525u, 4202935003u, 4180236731u, 4157661043u, 4135207276u, 4112874773u,
    4090662878u, 4068570940u, 4046598312u, 4024744348u, 4003008408u, 3981389855u, 3959888054u, 3938502376u, 3917232192u,
    3896076880u, 3875035819u, 3854108391u, 3833293984u, 3812591987u, 3792001792u, 3771522796u, 3751154399u, 3730896002u,
    3710747013u, 3690706840u, 3670774895u, 3650950594u, 3631233356u, 3611622603u, 3592117759u, 3572718252u, 3553423514u,
    3534232978u, 3515146082u, 3496162267u, 3477280975u, 3458501653u, 3439823750u, 3421246719u, 3402770014u, 3384393094u,
    3366115421u, 3347936457u, 3329855670u, 3311872529u, 3293986508u, 3276197082u, 3258503729u, 3240905930u, 3223403170u,
    3205994934u, 3188680714u, 3171459999u, 3154332287u, 3137297074u, 3120353861u, 3103502151u, 3086741451u, 3070071267u,
    3053491112u, 3037000500u, 3020598946u, 3004285971u, 2988061094u, 2971923842u, 2955873740u, 2939910317u, 2924033107u,
    2908241642u, 2892535461u, 2876914102u, 2861377107u, 2845924021u, 2830554390u, 2815267765u, 2800063696u, 2784941738u,
    2769901447u, 2754942382u, 2740064105u, 2725266179u, 2710548171u, 2695909648u, 2681350181u, 2666869345u, 2652466713u,
    2638141863u, 2623894376u, 2609723834u, 2595629821u, 2581611923u, 2567669730u, 2553802834u, 2540010826u, 2526293303u,
    2512649863u, 2499080105u, 2485583632u, 2472160047u, 2458808958u, 2445529972u, 2432322700u, 2419186755u, 2406121752u,
    2393127307u, 2380203040u, 2367348571u, 2354563524u, 2341847524u, 2329200197u, 2316621173u, 2304110083u, 2291666561u,
    2279290240u, 2266980759u, 2254737756u, 2242560872u, 2230449750u, 2218404036u, 2206423375u, 2194507417u, 2182655811u,
    2170868212u, 2159144272u, 2147483648u,
};

static uint64_t least_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- ln and exp ---- */

uint32_t ln_nats_of(uint64_t p)
{
    assert(p > 0 && p <= LN_SURE);
    unsigned shift = (unsigned)__builtin_clzll(p);
    uint64_t mantissa = p << shift << 1; /* without its leading 1 */
    uint64_t segment = mantissa >> (64 - SEGMENT_BITS);
    uint64_t part = mantissa << SEGMENT_BITS >> 32;
    uint64_t step = log_table[segment + 1] - log_table[segment];
    uint64_t log = log_table[segment] + (step * part >> 32);
    uint64_t nats = (uint64_t)(shift - 31) * log_table[SEGMENTS] - log;
    return (uint32_t)(nats >> (LOG_BITS - LN_NATS_BITS));
}

uint64_t ln_half_power(uint64_t halves)
{
    uint64_t whole = halves >> 32;
    if (whole > 32) {
        return 0;
    }
    uint64_t segment = (halves & 0xffffffff) >> (32 - SEGMENT_BITS);
    uint64_t part = halves & ((UINT64_C(1) << (32 - SEGMENT_BITS)) - 1);
    uint64_t high = segment == 0 ? LN_SURE : half_table[segment];
    return (high - ((high - half_table[segment + 1]) * part >> (32 - SEGMENT_BITS))) >> whole;
}

/* e^-x; x and the result in 2^-32. */
static uint64_t exp_of(uint64_t x)
{
    return x >= NATS_Q32_MAX ? 0 : ln_half_power((uint64_t)((unsigned __int128)x * LOG2_E_Q32 >> 32));
}

uint64_t ln_probability_of_nats(uint64_t nats)
{
    return nats >= LN_NATS_MAX ? 0 : exp_of(nats << (32 - LN_NATS_BITS));
}

uint64_t ln_ratio(uint64_t part, uint64_t whole)
{
    assert(part < UINT64_C(1) << 48 && whole > part / 32);
    unsigned shift = part < UINT64_C(1) << 32 ? 32 : (unsigned)__builtin_clzll(part);
    return (part << shift) / (whole >> (32 - shift));
}

/* ---- channels ---- */

/* x / scale in 2^-32, cut off where e^-x is nothing. */
static uint64_t in_scales(uint64_t x_msat, uint64_t scale_msat)
{
    return x_msat / 32 >= scale_msat ? NATS_Q32_MAX : ln_ratio(x_msat, scale_msat);
}

/* How much of the bimodal density lies below x: 1 - e^(-x/s) + e^((x-c)/s), in 2^-32, up to a constant. */
static uint64_t bimodal_below(const struct ln_prior *prior, uint64_t capacity_msat, uint64_t x_msat)
{
    uint64_t near = exp_of(in_scales(x_msat, prior->scale_msat));
    uint64_t far = exp_of(in_scales(capacity_msat - x_msat, prior->scale_msat));
    return LN_SURE - near + far;
}

/* P(liquidity < amount | lower <= liquidity <= upper), in 2^-32, at most 1. */
static uint64_t bimodal_risk(const struct ln_prior *prior, const struct ln_bounds *bounds, uint64_t amount_msat)
{
    uint64_t lower = bimodal_below(prior, bounds->capacity_msat, bounds->lower_msat);
    uint64_t upper = bimodal_below(prior, bounds->capacity_msat, bounds->upper_msat);
    uint64_t amount = bimodal_below(prior, bounds->capacity_msat, amount_msat);
    return upper <= lower ? LN_SURE : ln_ratio(least_of(amount, upper) - lower, upper - lower);
}

static uint64_t uniform_risk(const struct ln_bounds *bounds, uint64_t amount_msat)
{
    return ln_ratio(amount_msat - bounds->lower_msat, bounds->upper_msat + 1 - bounds->lower_msat);
}

bool ln_probability_nats(uint32_t *nats, const struct ln_prior *prior, const struct ln_bounds *bounds,
                         uint64_t amount_msat)
{
    if (amount_msat > bounds->upper_msat) {
        return false;
    }
    if (amount_msat <= bounds->lower_msat) {
        *nats = 0;
        return true;
    }
    /* Where the scale is far above the capacity, both densities are the same. */
    bool bimodal = prior->kind == LN_PRIOR_BIMODAL && prior->scale_msat / 64 < bounds->capacity_msat;
    uint64_t risk = bimodal ? bimodal_risk(prior, bounds, amount_msat) : uniform_risk(bounds, amount_msat);
    *nats = ln_nats_of(LN_SURE - least_of(risk, LN_SURE - 1));
    return true;
}
