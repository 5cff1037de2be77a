-- V9: other people's demand: a month of March 2018, when the mempool was mostly empty, and one of January 2018, when it
-- was at its limit, against the published day data: mempool of the median day and of the fullest (1.0 and 33 MB; 114 and
-- 136 MB), fees of the 10 %, 50 % and 90 % payment.
local k = require "konsento"

local p = k.params {
    days = k.param { 31, min = 1, max = 366, help = "days in each replication" },
}

local thresholds = {}
local function between(metric, low, high, unit, name)
    thresholds[#thresholds + 1] = ("%s > %.6g %s where experiment=%s"):format(metric, low, unit, name)
    thresholds[#thresholds + 1] = ("%s < %.6g %s where experiment=%s"):format(metric, high, unit, name)
end

-- within a tenth of what was published
local function fees(name, p10, p50, p90)
    between("mempool.fee_p10", 0.9 * p10, 1.1 * p10, "sat", name)
    between("mempool.fee_p50", 0.9 * p50, 1.1 * p50, "sat", name)
    between("mempool.fee_p90", 0.9 * p90, 1.1 * p90, "sat", name)
end

between("mempool.median", 0.5, 4, "MvB", "march_2018")
between("mempool.max", 6, 80, "MvB", "march_2018")
fees("march_2018", 1100, 2300, 25000)
between("mempool.median", 70, 120, "MvB", "january_2018")
between("mempool.max", 95, 140, "MvB", "january_2018")
fees("january_2018", 45200, 99600, 205000)

return k.lab {
    name = "V9 The mempool of two months",
    replications = 20,
    experiments = {
        k.experiment.mempool { name = "march_2018", era = "2018-03", days = p.days },
        k.experiment.mempool { name = "january_2018", era = "2018-01", days = p.days },
    },
    thresholds = thresholds,
}
