-- An apartment house in a virtual power plant: on summer evenings the grid asks it to draw less than it would have.
-- Question: how much of what was asked for is delivered by waiting and by cars that give, and what comes back afterwards?
local k = require "konsento"

local p = k.params {
    days = k.param { 28, min = 14, max = 366, help = "simulated days" },
    flats = k.param { 20, min = 1, max = 1000, help = "flats, each with a car and an outlet" },
    reduce = k.param { "6 kW", unit = "power", help = "how much less is asked for" },
    feed = k.param { "3 kW", unit = "power", help = "what a car can give" },
    reserve = k.param { "50 %", unit = "share", help = "below this no car gives" },
    seeds = k.param { 5, min = 2, max = 1000, help = "replications" },
    strategy = k.param { "earliest_deadline", help = "how cars share what they may charge" },
}

local reduce = k.quantity(p.reduce, "W")

return k.scenario {
    name = "Evenings on request",
    start = "2018-07-02",
    duration = p.days .. " days",
    warmup = "7 days", -- until there are days to compare with
    replications = p.seeds,
    building = k.building {
        flats = p.flats,
        strategy = p.strategy,
        household = k.household { daily = "9 kWh" },
    },
    fleet = k.fleet.cars { count = p.flats, car = k.car { battery = "40 kWh", feed = p.feed, feed_reserve = p.reserve } },
    aggregator = k.aggregator { slot = "30 min" },
    dispatch = function(t, site) -- called when each slot begins
        local evening = (t.weekday == 2 or t.weekday == 4) and t.hour >= 18 and t.hour < 20
        return evening and site.baseline and reduce or 0
    end,
    thresholds = {
        "dispatch.delivered_share > 40 %",
        "dispatch.no_baseline <= 0",
        "energy.delivered_share > 60 %",
    },
}
