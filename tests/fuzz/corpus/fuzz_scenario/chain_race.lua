-- V1: can an attacker with a share of the hash rate catch up? The closed forms against the printed tables of Nakamoto
-- 2008 and Rosenfeld 2014, and the race itself, block by block, against the exact form.
-- Convention: the merchant has seen z confirmations; the attacker wins when his branch is as long as the honest one.
local k = require "konsento"

local p = k.params {
    trials = k.param { 150000, min = 1, max = 100000000, help = "races of each cell in each replication" },
}

-- { share = { [confirmations] = chance, ... }, ... } as cells whose chances have so many places after the point
local function cells(shares, decimals)
    local list = {}
    for share, chances in pairs(shares) do
        for confirmations, chance in pairs(chances) do
            list[#list + 1] = k.cell {
                share = share,
                confirmations = confirmations,
                printed = math.floor(chance * 10 ^ decimals + 0.5),
            }
        end
    end
    return list
end

local nakamoto = {
    ["10 %"] = {
        [0] = 1.0000000, [1] = 0.2045873, [2] = 0.0509779, [3] = 0.0131722, [4] = 0.0034552, [5] = 0.0009137,
        [6] = 0.0002428, [7] = 0.0000647, [8] = 0.0000173, [9] = 0.0000046, [10] = 0.0000012,
    },
    ["30 %"] = {
        [0] = 1.0000000, [5] = 0.1773523, [10] = 0.0416605, [15] = 0.0101008, [20] = 0.0024804, [25] = 0.0006132,
        [30] = 0.0001522, [35] = 0.0000379, [40] = 0.0000095, [45] = 0.0000024, [50] = 0.0000006,
    },
}

-- printed in percent with three places
local exact = {
    ["2 %"] = { 0.04000, 0.00237, 0.00016, 0.00001, 0, 0, [10] = 0 },
    ["5 %"] = { 0.10000, 0.01450, 0.00232, 0.00039, 0.00007, 0.00001, [10] = 0 },
    ["10 %"] = { 0.20000, 0.05600, 0.01712, 0.00546, 0.00178, 0.00059, [10] = 0.00001 },
    ["15 %"] = { 0.30000, 0.12150, 0.05322, 0.02421, 0.01126, 0.00531, [10] = 0.00029 },
    ["20 %"] = { 0.40000, 0.20800, 0.11584, 0.06669, 0.03916, 0.02331, [10] = 0.00316 },
    ["25 %"] = { 0.50000, 0.31250, 0.20703, 0.14111, 0.09785, 0.06866, [10] = 0.01781 },
    ["30 %"] = { 0.60000, 0.43200, 0.32616, 0.25207, 0.19762, 0.15645, [10] = 0.06511 },
    ["40 %"] = { 0.80000, 0.70400, 0.63488, 0.57958, 0.53314, 0.49300, [10] = 0.37218 },
}

-- fewest confirmations with a chance below 0.1 %
local function depths(row)
    local list = {}
    for i, share in ipairs { "10 %", "15 %", "20 %", "25 %", "30 %", "35 %", "40 %", "45 %" } do
        list[i] = k.cell { share = share, confirmations = row[i] }
    end
    return list
end

-- give_up: so far behind, the chance that is given up is below 1e-8
local function race(name, share, confirmations, give_up)
    return k.experiment.race {
        name = name, share = share, confirmations = confirmations, give_up = give_up, trials = p.trials,
    }
end

return k.lab {
    name = "V1 An attacker catches up",
    replications = 20,
    experiments = {
        k.experiment.formula { name = "nakamoto", formula = "nakamoto", decimals = 7, cells = cells(nakamoto, 7) },
        k.experiment.formula { name = "exact", formula = "exact", decimals = 5, cells = cells(exact, 5) },
        k.experiment.formula {
            name = "nakamoto_depth", formula = "nakamoto_depth", cells = depths { 5, 8, 11, 15, 24, 41, 89, 340 },
        },
        k.experiment.formula {
            name = "exact_depth", formula = "exact_depth", cells = depths { 6, 9, 13, 20, 32, 58, 133, 539 },
        },
        race("q10_z1", "10 %", 1, 10),
        race("q10_z3", "10 %", 3, 12),
        race("q10_z6", "10 %", 6, 15),
        race("q25_z2", "25 %", 2, 18),
        race("q30_z6", "30 %", 6, 24),
        race("q40_z4", "40 %", 4, 48),
    },
    thresholds = {
        "formula.error < 1e-7 where experiment=nakamoto", -- printed with seven places
        "formula.error < 5.01e-6 where experiment=exact", -- printed with five
        "formula.disagreement < 1e-7 where experiment=exact",
        "formula.miscounts <= 0 where experiment=nakamoto_depth",
        "formula.miscounts <= 0 where experiment=exact_depth",
        -- within three standard errors of a million races; so that the interval has room, three million are run
        "race.deviation > -3 where experiment=q10_z1", "race.deviation < 3 where experiment=q10_z1",
        "race.deviation > -3 where experiment=q10_z3", "race.deviation < 3 where experiment=q10_z3",
        "race.deviation > -3 where experiment=q10_z6", "race.deviation < 3 where experiment=q10_z6",
        "race.deviation > -3 where experiment=q25_z2", "race.deviation < 3 where experiment=q25_z2",
        "race.deviation > -3 where experiment=q30_z6", "race.deviation < 3 where experiment=q30_z6",
        "race.deviation > -3 where experiment=q40_z4", "race.deviation < 3 where experiment=q40_z4",
    },
}
