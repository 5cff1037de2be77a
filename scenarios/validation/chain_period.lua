-- V4: waiting in the real period of March 2018 against the sampler: could the sampler have drawn that period?
-- With --set blocks=FILE (height,unix_time of heights 512064 to 514080) its waits are measured; without, the quantiles
-- below stand for it.
local k = require "konsento"

local p = k.params {
    blocks = k.param { "none", help = "CSV of real block times of the period; \"none\": its quantiles as measured" },
    periods = k.param { 150, min = 1, max = 100000, help = "periods drawn in each replication" },
}

if p.blocks == "none" then
    k.note("no blocks given: the real period is its quantiles as they were measured before, it is not measured again")
end

local experiments, thresholds = {}, {}
local function limit(text, ...)
    thresholds[#thresholds + 1] = text:format(...)
end

for _, real in ipairs {
    { n = 1, p50 = 384, p90 = 1249, p99 = 2361 },
    { n = 2, p50 = 952, p90 = 2101, p99 = 3531 },
    { n = 3, p50 = 1513, p90 = 2879, p99 = 4356 },
    { n = 6, p50 = 3227, p90 = 5019, p99 = 6726 },
} do
    local name = "n" .. real.n
    experiments[#experiments + 1] = k.experiment.period {
        name = name, confirmations = real.n, growth = "5.093 %", -- ln 1.05225: what the retarget undid
        periods = p.periods, p50 = real.p50, p90 = real.p90, p99 = real.p99,
    }
    -- Medians agree within 5 %.
    limit("period.p50_deviation > -5 %% where experiment=%s", name)
    limit("period.p50_deviation < 5 %% where experiment=%s", name)
    -- The tails of one period scatter by more than that: whether this one could have been drawn is what can be asked.
    for _, quantile in ipairs { "p50", "p90", "p99" } do
        limit("period.%s_rank > 2.5 %% where experiment=%s", quantile, name)
        limit("period.%s_rank < 97.5 %% where experiment=%s", quantile, name)
    end
end

return k.lab {
    name = "V4 The real period and the sampler",
    replications = 20,
    blocks = p.blocks,
    experiments = experiments,
    thresholds = thresholds,
}
