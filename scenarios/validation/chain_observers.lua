-- V7: how many double spends are mined although k observers listen? Never more than k^k / (k + 1)^(k + 1), about
-- 1 / (e (k + 1)), whatever the attacker's timing.
-- Bamert et al. 2013 have 0.088 % with 40 sampled nodes; for any timing that takes 418. doublespend.cash saw 1 of 1,104
-- double spends win that came more than a second late.
local k = require "konsento"

local p = k.params {
    trials = k.param { 20000, min = 1, max = 100000000, help = "double spends in each replication" },
}

local experiments, thresholds = {}, {}
for _, count in ipairs { 1, 5, 8, 20, 40, 100 } do
    local name = "k" .. count
    experiments[#experiments + 1] = k.experiment.observers { name = name, observers = count, trials = p.trials }
    thresholds[#thresholds + 1] = "observers.bound_share < 100 % where experiment=" .. name
    thresholds[#thresholds + 1] = "observers.bound_share > 50 % where experiment=" .. name -- and it is no idle bound
end
experiments[#experiments + 1] =
    k.experiment.observers { name = "bamert", observers = 418, risk = "0.088 %", trials = 3 * p.trials }
experiments[#experiments + 1] =
    k.experiment.late { name = "doublespend_cash", from = "1 s", to = "10 s", peers = 8, trials = 3 * p.trials }

for _, text in ipairs {
    "observers.needed <= 418 where experiment=bamert",
    "observers.unseen < 0.088 % where experiment=bamert",
    -- 0.09 % seen, over delays that are not known: the order of magnitude
    "late.won > 0.03 % where experiment=doublespend_cash",
    "late.won < 0.3 % where experiment=doublespend_cash",
} do
    thresholds[#thresholds + 1] = text
end

return k.lab {
    name = "V7 Observers",
    replications = 20,
    experiments = experiments,
    thresholds = thresholds,
}
