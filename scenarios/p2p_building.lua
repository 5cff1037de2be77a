-- An apartment house that trades its own power: a roof that a third of the flats own, cars that give in the evening.
-- Question: what do neighbours save, and what is left of it when they pay over a cloud, a chain or Lightning?
local k = require "konsento"

local p = k.params {
    days = k.param { 14, min = 2, max = 366, help = "simulated days" },
    flats = k.param { 12, min = 2, max = 1000, help = "flats, each with a car and an outlet" },
    rule = k.param { "auction", oneof = { "auction", "mid_rate" }, help = "how the price is made" },
    limits = k.param { "grid", oneof = { "grid", "random" }, help = "what flats bid and ask" },
    settlement = k.param { "1 days", unit = "time", help = "how often neighbours pay each other" },
    roof = k.param { "18 kW", unit = "power", help = "peak power of the modules" },
    wear = k.param { "6 JPY/kWh", unit = "price", help = "what giving costs a battery" },
    era = k.param { "2018-03", oneof = { "2017-12", "2018-03", "2021", "2024-04", "empty" }, help = "whose chain fees" },
    crypto = k.param { "token", oneof = { "real", "memo", "token" }, help = "of Lightning nodes" },
    seeds = k.param { 5, min = 2, max = 1000, help = "replications" },
}

return k.scenario {
    name = "Neighbours trade",
    start = "2018-05-07",
    duration = p.days .. " days",
    replications = p.seeds,
    building = k.building {
        flats = p.flats,
        strategy = "time_of_use",
        household = k.household { daily = "9 kWh" },
        roof = k.roof { peak = p.roof, owners = p.flats // 3 },
    },
    fleet = k.fleet.cars {
        count = p.flats,
        car = k.car { battery = "40 kWh", feed = "3 kW", feed_reserve = "50 %", feed_wear = p.wear },
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
    chain = k.chain { era = p.era },
    rails = {
        k.rail.cloud {},
        k.rail.onchain { name = "zero_conf", confirmations = 0 },
        k.rail.lightning { topology = "hub", crypto = p.crypto, push = "200000 sat" }, -- so that phones can be paid
    },
    thresholds = {
        "market.volume > 10 kWh",
        "market.delivered_share > 50 %",
        "market.savings > 0 JPY",
        "market.savings_net > 0 JPY where rail=cloud",
        "market.savings_net > 0 JPY where rail=lightning",
        "settlement.failed_share < 5 %", -- all settle at midnight, at once
    },
}
