/* random.c: k.rng "name": named random streams for callbacks.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/random.h"

#include "scenarios/lang/library.h"
#include "scenarios/lang/reader.h"
#include "sim/stream.h"

#include <gsl/gsl_randist.h>
#include <lauxlib.h>
#include <math.h>

#define NAME_MAX_BYTES 100

static const char *const type_name = "konsento.stream";

struct random {
    uint64_t generation; /* of the reader when the stream was opened */
    bool open;
    char purpose[NAME_MAX_BYTES + 8];
    struct sim_stream stream;
};

/* Opens the stream anew when a replication has begun since the last draw. */
static gsl_rng *generator(lua_State *lua)
{
    struct random *random = luaL_checkudata(lua, 1, type_name);
    const struct reader *reader = reader_of(lua);
    if (!random->open || random->generation != reader->generation) {
        stream_open(&random->stream, reader->seed, reader->replication, random->purpose, 0);
        random->generation = reader->generation;
        random->open = true;
    }
    return stream_rng(&random->stream);
}

static double finite_number(lua_State *lua, int index)
{
    double value = luaL_checknumber(lua, index);
    luaL_argcheck(lua, isfinite(value), index, "must be finite");
    return value;
}

/* :uniform() in [0, 1); :uniform(a, b) in [a, b). */
static int draw_uniform(lua_State *lua)
{
    gsl_rng *rng = generator(lua);
    double a = lua_isnoneornil(lua, 2) ? 0 : finite_number(lua, 2),
           b = lua_isnoneornil(lua, 2) ? 1 : finite_number(lua, 3);
    lua_pushnumber(lua, a + (b - a) * gsl_rng_uniform(rng));
    return 1;
}

static int draw_exponential(lua_State *lua)
{
    gsl_rng *rng = generator(lua);
    double mean = finite_number(lua, 2);
    luaL_argcheck(lua, mean >= 0, 2, "the mean must not be negative");
    lua_pushnumber(lua, gsl_ran_exponential(rng, mean));
    return 1;
}

static int draw_normal(lua_State *lua)
{
    gsl_rng *rng = generator(lua);
    double mean = finite_number(lua, 2), sigma = finite_number(lua, 3);
    luaL_argcheck(lua, sigma >= 0, 3, "sigma must not be negative");
    lua_pushnumber(lua, mean + gsl_ran_gaussian_ziggurat(rng, sigma));
    return 1;
}

/* :integer(a, b): each of a..b with equal chance. */
static int draw_integer(lua_State *lua)
{
    gsl_rng *rng = generator(lua);
    lua_Integer a = luaL_checkinteger(lua, 2), b = luaL_checkinteger(lua, 3);
    luaL_argcheck(lua, a <= b && (uint64_t)b - (uint64_t)a < UINT32_MAX, 3, "must be a..a + 4294967294");
    lua_pushinteger(lua, a + (lua_Integer)gsl_rng_uniform_int(rng, (unsigned long)((uint64_t)b - (uint64_t)a + 1)));
    return 1;
}

static void push_metatable(lua_State *lua)
{
    static const luaL_Reg methods[] = {{"uniform", draw_uniform},
                                       {"exponential", draw_exponential},
                                       {"normal", draw_normal},
                                       {"integer", draw_integer},
                                       {NULL, NULL}};
    if (luaL_newmetatable(lua, type_name) == 0)
        return;
    lua_newtable(lua);
    luaL_setfuncs(lua, methods, 0);
    library_seal(lua, "k.rng");
    lua_setfield(lua, -2, "__index");
    lua_pushliteral(lua, "read-only");
    lua_setfield(lua, -2, "__metatable");
}

int random_function(lua_State *lua)
{
    size_t length;
    const char *name = luaL_checklstring(lua, 1, &length);
    luaL_argcheck(lua, length > 0 && length <= NAME_MAX_BYTES, 1, "must be a name of 1..100 bytes");
    struct random *random = lua_newuserdatauv(lua, sizeof *random, 0);
    random->open = false;
    snprintf(random->purpose, sizeof random->purpose, "lua:%s", name);
    push_metatable(lua);
    lua_setmetatable(lua, -2);
    return 1;
}
