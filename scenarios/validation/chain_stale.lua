-- V5: how many blocks lose? On the whole chain, with its miners, delays and forks, as many as the law of the effective
-- delay D says: s = 1 - exp(-D / interval). For comparison: SimBlock has 0.20 % at 600 s and 1.19 % at 60 s; of 2018's
-- blocks 0.172 % are known as stale, which D = 1.0 s makes.
local k = require "konsento"

local p = k.params {
    scale = k.param { 1, min = 0.01, max = 10, help = "how many times as many blocks" },
}

local function stale(name, interval, delay, blocks)
    return k.experiment.stale {
        name = name, interval = interval, delay = delay, blocks = math.ceil(blocks * p.scale),
    }
end

return k.lab {
    name = "V5 Stale blocks",
    replications = 20,
    experiments = {
        stale("interval_600", "600 s", "1.0 s", 40000),
        stale("interval_60", "60 s", "1.0 s", 5000),
        stale("delay_2500_ms", "600 s", "2.5 s", 15000), -- 0.41 %: Gervais et al. 2016
        stale("delay_10200_ms", "600 s", "10.2 s", 5000), -- 1.69 %: Decker and Wattenhofer 2013
    },
    thresholds = {
        "stale.deviation > -10 % where experiment=interval_600", "stale.deviation < 10 % where experiment=interval_600",
        "stale.deviation > -10 % where experiment=interval_60", "stale.deviation < 10 % where experiment=interval_60",
        -- other delays, with fewer blocks
        "stale.deviation > -15 % where experiment=delay_2500_ms",
        "stale.deviation < 15 % where experiment=delay_2500_ms",
        "stale.deviation > -15 % where experiment=delay_10200_ms",
        "stale.deviation < 15 % where experiment=delay_10200_ms",
        -- the real share of 2018 is in reach of D = 1.0 s
        "stale.share > 0.15 % where experiment=interval_600", "stale.share < 0.19 % where experiment=interval_600",
    },
}
