-- V10: the fee estimator lags for five hours and more after demand has fallen (Bitcoin Core issue 10490); one that looks
-- at the place in the mempool does not.
local k = require "konsento"

local p = k.params {
    spike = k.param { "6 h", unit = "time", help = "how long demand was high" },
}

return k.lab {
    name = "V10 The estimator after a step down",
    replications = 25,
    experiments = {
        k.experiment.estimator { name = "economical_2", target = 2, spike = p.spike },
        k.experiment.estimator { name = "economical_6", target = 6, spike = p.spike },
        k.experiment.estimator { name = "conservative_2", mode = "conservative", target = 2, spike = p.spike },
    },
    thresholds = {
        "estimator.lag > 5 h where experiment=economical_2",
        "estimator.lag > 5 h where experiment=conservative_2",
        "estimator.position_lag < 3 h where experiment=economical_2",
    },
}
