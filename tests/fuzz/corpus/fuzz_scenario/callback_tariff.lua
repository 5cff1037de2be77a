-- A tariff written as a function: cheap nights, and a discount on a few hours that the operator draws by lot each day.
-- Question: what revenue is left when the price is not known in advance?
local k = require "konsento"

local p = k.params {
    discount = k.param { 5.0, min = 0, max = 16, help = "yen per kWh taken off in an hour that was drawn" },
    chance = k.param { 0.2, min = 0, max = 1, help = "share of hours that are drawn" },
}

local lot = k.rng "discount" -- the same numbers in every run of one seed and replication

return k.scenario {
    name = "Discounts by lot",
    duration = "14 days",
    replications = 10,
    fleet = k.fleet.cars { count = 10 },
    tariff_step = "1 h",
    tariff = function(t) -- called once per step, with the civil time
        local night = t.hour < 8 or t.hour >= 22
        local price = night and 16.52 or 28.61
        if lot:uniform() < p.chance then price = price - p.discount end
        return price
    end,
    thresholds = { "revenue > 0 yen" },
}
