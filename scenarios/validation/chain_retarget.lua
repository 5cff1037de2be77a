-- V3: the difficulty after the real period of March 2018, and the length of a period while the hash rate grows.
-- With --set blocks=FILE (height,unix_time of heights 512064 to 514080) the period's 2,016 headers are replayed.
local k = require "konsento"

local p = k.params {
    blocks = k.param { "none", help = "CSV of real block times of the period; \"none\": its length as published" },
    periods = k.param { 100, min = 1, max = 500, help = "periods drawn in each replication" },
}

if p.blocks == "none" then
    k.note("no blocks given: the retarget is computed from the published length of the period, its headers are not " ..
        "replayed")
end

local function growth(name, share)
    return k.experiment.growth { name = name, growth = share, periods = p.periods }
end

return k.lab {
    name = "V3 Retarget and growth",
    replications = 20,
    blocks = p.blocks,
    experiments = {
        k.experiment.retarget { name = "march_2018", timespan = "1149536 s" },
        growth("steady", 0),
        growth("growth_5", "5 %"), -- as in March 2018
        growth("growth_15", "15 %"),
    },
    thresholds = {
        -- The real factor: 1.05225.
        "retarget.factor > 1.052245 where experiment=march_2018",
        "retarget.factor < 1.052255 where experiment=march_2018",
        -- T exp(a T) = 2016 x 600 s within 1 %
        "growth.deviation > -1 % where experiment=steady", "growth.deviation < 1 % where experiment=steady",
        "growth.deviation > -1 % where experiment=growth_5", "growth.deviation < 1 % where experiment=growth_5",
        "growth.deviation > -1 % where experiment=growth_15", "growth.deviation < 1 % where experiment=growth_15",
    },
}
