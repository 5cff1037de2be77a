-- An apartment house that trades its own power: a shared roof, cars that give back in the evening, neighbours who buy.
-- Question: what do neighbours save, and what is left of it when each payment goes over a cloud, a chain or Lightning?
local k = require "konsento"

local p = k.params {
    days = k.param { 14, min = 2, max = 366, help = "simulated days" },
    flats = k.param { 12, min = 2, max = 1000, help = "flats, each with a car and an outlet" },
    rule = k.param { "auction", oneof = { "auction", "mid_rate" }, help = "how the price is made" },
    limits = k.param { "grid", oneof = { "grid", "random" }, help = "what flats bid and ask" },
    settlement = k.param { "1 days", unit = "time", help = "how often neighbours pay each other" },
    roof = k.param { "24 kW", unit = "power", help = "peak power of the modules" },
}

return k.scenario {
    name = "Neighbours trade",
    start = "2018-05-07",
    duration = p.days .. " days",
    replications = 5,
    building = k.building {
        flats = p.flats,
        strategy = "time_of_use",
        household = k.household { daily = "9 kWh" },
        roof = k.roof { peak = p.roof, owners = p.flats // 3 },
    },
    fleet = k.fleet.cars {
        count = p.flats,
        car = k.car { battery = "40 kWh", feed = "3 kW", feed_reserve = "50 %" },
    },
    tariff = k.tariff.time_of_use { -- Chubu Electric, Smart Life Plan
        bands = {
            k.band { from = "0 h", to = "8 h", price = "16.52 JPY/kWh" },
            k.band { from = "8 h", to = "10 h", price = "28.61 JPY/kWh", day = "weekday" },
            k.band { from = "10 h", to = "17 h", price = "38.80 JPY/kWh", day = "weekday" },
            k.band { from = "17 h", to = "22 h", price = "28.61 JPY/kWh", day = "weekday" },
            k.band { from = "8 h", to = "22 h", price = "28.61 JPY/kWh", day = "weekend" },
            k.band { from = "22 h", to = "24 h", price = "16.52 JPY/kWh" },
        },
    },
    market = k.market { rule = p.rule, limits = p.limits, settlement = p.settlement },
    rails = { k.rail.cloud {}, k.rail.onchain { confirmations = 0 } },
    thresholds = {
        "market.volume > 0 kWh",
        "market.delivered_share > 50 %",
        "market.savings > 0 JPY",
    },
}
