-- V2: how long does a payer wait for n blocks? At a constant hash rate the wait is Erlang distributed; the blocks that
-- the sampler draws must give its quantiles within 1 %.
local k = require "konsento"

local p = k.params {
    drawn = k.param { 200000, min = 100, max = 10000000, help = "blocks drawn in each replication" },
}

local experiments, thresholds = {}, {}
for _, n in ipairs { 1, 2, 3, 6 } do
    local name = "n" .. n
    experiments[#experiments + 1] =
        k.experiment.waiting { name = name, confirmations = n, interval = "10 min", blocks = p.drawn }
    for _, quantile in ipairs { "p50", "p90", "p99" } do
        local metric = "waiting." .. quantile .. "_deviation"
        thresholds[#thresholds + 1] = metric .. " > -1 % where experiment=" .. name
        thresholds[#thresholds + 1] = metric .. " < 1 % where experiment=" .. name
    end
end

return k.lab {
    name = "V2 Waiting for confirmations",
    replications = 20,
    experiments = experiments,
    thresholds = thresholds,
}
