-- What a double spender takes from an outlet that trusts unconfirmed payments, attack by attack.
-- Question: how many yen does one attack take, does arithmetic say the same, and does the grace bound it?
--
-- Every session of an attacked rail is an attack, so that the loss per attack is measured well; the rail "everyday" has
-- the shares that services saw, and its loss per 1,000 sessions is what an operator would feel. r is the value of the
-- power in yen per second, tau the mean time to a block that takes the payment, T the time to deliver what was paid.
--
--   race, seen      a double spend at the same time; power is cut when somebody tells of it     r T_seen
--   race, unseen    ... when a block has it                                                     r tau (1 - exp(-T / tau))
--   replacement     a double spend that pays more, sent after t = min(tau, T)                   r t exp(-t / tau)
--   stall           the same, and nine of ten miners do not take what the payment offers        tau ten times as long
--
-- The chain is empty and its hash rate constant, so that tau is exact. Try --set power="50 kW".
local k = require "konsento"

local p = k.params {
    power = k.param { "3 kW", oneof = { "3 kW", "50 kW" }, help = "of each outlet: an apartment's, or a fast charger's" },
    margin = k.param { 0.1, min = 0.01, max = 1, help = "what is measured may differ by this part of the closed form" },
}

local slow = p.power == "3 kW"
local price = 27 -- JPY/kWh
local r = price * k.quantity(p.power, "kW") / 3600
local tau = 600
local T = 25 / k.quantity(p.power, "kW") * 3600 -- each session asks for 25 kWh
local stall_share = 0.1 -- of the hash rate, takes what a stalled payment offers
local stall_tau = tau / stall_share
local replace_after = math.min(tau, T)
local stall_after = math.min(stall_tau, T)
local grace = r * 200 -- 200 s of power: 4.50 or 75 yen
local contact = 0.1 -- s, the contactor's delay: power is cut so much before the grace is reached
local peers, observers = 8, 40
local many = 1000 -- helpers of him who wins nearly every race

-- Time in which half of all nodes have a transaction, and its spread: k.chain's defaults for 2018.
local tx_delay, tx_sigma = 3.9, 0.4

-- The normal distribution function (Abramowitz and Stegun 26.2.17, to 1e-7).
local function normal(x)
    if x < 0 then return 1 - normal(-x) end
    local t = 1 / (1 + 0.2316419 * x)
    local tail = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    return 1 - math.exp(-x * x / 2) / math.sqrt(2 * math.pi) * tail
end

-- A race that is seen. The share a of nodes and hash rate that hold the double spend is Beta(n, n) with n = peers on
-- both sides (the odds law with an exponential weight for each). It wins with probability a; until t nobody has told of
-- it if each of the observers, and the operator's node, either does not hold it or has not had it yet; and no block came.
local function seen_race()
    local sum, weights, steps = 0, 0, 60
    for i = 1, steps do
        local a = (i - 0.5) / steps
        local weight = (a * (1 - a)) ^ (peers - 1)
        local unseen_s, dt = 0, 0.05
        for j = 1, 300 do
            local F = normal(math.log((j - 0.5) * dt / tx_delay) / tx_sigma)
            local own = 1 - (1 - (1 - a) ^ peers) * F
            unseen_s = unseen_s + own * (1 - a * F) ^ observers * dt
        end
        sum, weights = sum + weight * a * unseen_s, weights + weight
    end
    return r * sum / weights
end

local won = many / (many + peers) -- mean of Beta(1000, 8)
local rival_s = tx_delay * math.exp(tx_sigma ^ 2 / 2) -- until the operator's node has the replacement
local grace_s = math.min(grace / r - contact, T)

local expected = {
    race_seen = seen_race(),
    race_unseen = won * r * tau * (1 - math.exp(-T / tau)),
    race_unseen_grace = won * r * tau * (1 - math.exp(-grace_s / tau)),
    replacement = r * math.min(replace_after + rival_s, T) * math.exp(-replace_after / tau),
    replacement_grace = r * math.min(grace_s, replace_after) * math.exp(-replace_after / tau),
    stall = r * math.min(stall_after + rival_s, T) * math.exp(-stall_after / stall_tau),
    stall_grace = r * math.min(grace_s, stall_after) * math.exp(-stall_after / stall_tau),
}

local function jpy(value) return string.format("%.4f JPY", value) end

-- A rail on which every payer attacks by the same means.
local function attacked(name, attacker, more)
    local rail = {
        name = name,
        listen = "0 s", -- power at once: what can be lost then
        least_rate_target = "any",
        payer_feerate = k.feerate.fixed { rate = "10 sat/vB" },
        operator_feerate = k.feerate.fixed { rate = "10 sat/vB" },
        signal = "0 %",
        never_confirms = "0 %",
        coins = 8,
        coin = "1000000 sat",
        attackers = { attacker },
    }
    for key, value in pairs(more or {}) do rail[key] = value end
    return k.rail.onchain(rail)
end

local seen = k.attacker.race { share = 1, helpers = peers }
local unseen = k.attacker.race { share = 1, helpers = many }
local replacement = k.attacker.replacement { share = 1, after = replace_after }
local stall = k.attacker.stall { share = 1, after = stall_after, rate = "2 sat/vB" }
local bounded = { grace = jpy(grace) }

local thresholds = {}
for _, name in ipairs { "race_seen", "race_unseen", "race_unseen_grace", "replacement", "replacement_grace", "stall", "stall_grace" } do
    local metric = "loss." .. name:match "^%l+" .. ".per_attack"
    thresholds[#thresholds + 1] = string.format("%s > %s where rail=%s", metric, jpy(expected[name] * (1 - p.margin)), name)
    thresholds[#thresholds + 1] = string.format("%s < %s where rail=%s", metric, jpy(expected[name] * (1 + p.margin)), name)
    if name:match "_grace$" then
        thresholds[#thresholds + 1] = string.format("loss.max <= %s where rail=%s", jpy(grace), name)
    end
    k.note(string.format("%-17s closed form: %8.3f yen per attack", name, expected[name]))
end

return k.scenario {
    name = "Unconfirmed payments at " .. p.power,
    start = "2018-03-01",
    duration = "24 days", -- sessions come in the first 9: a payment that never confirms is forgotten after 14 more
    replications = 60,
    building = k.building {
        outlets = k.outlets {
            voltage = slow and "200 V" or "400 V",
            current = slow and "15 A" or "125 A",
            contactor_delay = contact,
            meter_resolution = "1 J",
        },
    },
    fleet = k.fleet.replay {
        sessions = "zero_conf_sessions.csv", -- 100 sessions of 25 kWh, two hours apart
        unmet = "session",
        car = k.car { knee = "ideal" },
    },
    tariff = k.tariff.flat { price = price },
    payment = k.payment { purchase = "all" },
    chain = k.chain {
        era = "empty",
        growth = 0,
        miners = {
            k.miner { share = stall_share },
            k.miner { share = 1 - stall_share, least_rate = "5 sat/vB" },
        },
        template = 0,
        empty = 0,
        block_delay = 0,
        full_rbf = 1, -- so that a replacement needs no signal
        peers = peers,
        observers = observers,
    },
    rails = {
        attacked("race_seen", seen),
        attacked("race_unseen", unseen, { conflicts = "ignored" }),
        attacked("race_unseen_grace", unseen, { conflicts = "ignored", grace = bounded.grace }),
        attacked("replacement", replacement),
        attacked("replacement_grace", replacement, bounded),
        attacked("stall", stall),
        attacked("stall_grace", stall, bounded),
        -- 0.16 % of payments to services known to accept unconfirmed ones were double spends, 0.1 % never came to a block
        -- (GAP600, 2017); listening and a least feerate as an operator would have them.
        k.rail.onchain {
            name = "everyday",
            payer_feerate = k.feerate.fixed { rate = "10 sat/vB" },
            operator_feerate = k.feerate.fixed { rate = "10 sat/vB" },
            coins = 8,
            coin = "1000000 sat",
            grace = jpy(grace),
            attackers = {
                k.attacker.race { share = "0.06 %", helpers = peers },
                k.attacker.replacement { share = "0.05 %", after = replace_after },
                k.attacker.stall { share = "0.05 %", after = stall_after, rate = "2 sat/vB" },
            },
            never_confirms = "0.1 %",
        },
    },
    thresholds = thresholds,
}
