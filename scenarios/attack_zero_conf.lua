-- Double spenders among the residents of an apartment house, at the shares that services saw, against what an operator can do.
-- Question: what do attackers cost an operator who trusts unconfirmed payments, and what does each guard save and cost?
--
--   trusting      power at once, nobody looks for double spends: what is lost is learned from the blocks
--   listening     five seconds of listening with forty observers, and power is cut when a double spend is seen
--   patient       the same, and no session may run further ahead of its settled money than 100 yen
--   strict        the same with the grace of this scenario, less than the power of an hour
--   caps          the same, and unsettled credit of a payer and of the building is bounded
--   confirmed     power after one confirmation
--
-- Sources of the shares: 0.16 % of unconfirmed payments to services known to take them were double spent, 0.1 % never
-- came to a block (GAP600, 2017). --set attackers="16 %" has a hundred times as many.
local k = require "konsento"

local p = k.params {
    days = k.param { 30, min = 1, max = 366, help = "days of sessions; payments are watched for 15 more" },
    cars = k.param { 40, min = 1, max = 1000, help = "residents with a car, if there are no recorded sessions" },
    sessions = k.param { "", help = "CSV of recorded sessions to replay; without it arrivals are generated" },
    blocks = k.param { "drawn", help = "CSV of real block times to replay" },
    era = k.param { "2018-03", oneof = { "2017-12", "2018-01", "2018-03", "2021", "2024-04", "empty" }, help = "whose fees" },
    tariff = k.param { "flat", oneof = { "flat", "time_of_use" }, help = "prices of Chubu Electric" },
    full_rbf = k.param { "era", unit = "share", oneof = { "era" }, help = "hash rate that replaces what does not signal it" },
    attackers = k.param { "0.16 %", unit = "share", help = "share of all sessions, a third of it by each means" },
    grace = k.param { 10, min = 0.1, max = 100, help = "JPY that a session may be ahead of settled money" },
    seeds = k.param { 20, min = 2, max = 1000, help = "replications" },
}

local each = math.floor(k.quantity(p.attackers, "ppm") / 3) .. " ppm"
local attackers = {
    k.attacker.race { share = each },
    k.attacker.replacement { share = each, after = "10 min" },
    k.attacker.stall { share = each, after = "1 h", rate = "1 sat/vB" },
}
local grace = string.format("%.3f JPY", p.grace)

local function rail(name, more)
    local fields = { name = name, attackers = attackers }
    for key, value in pairs(more) do fields[key] = value end
    return k.rail.onchain(fields)
end

local fleet
if p.sessions ~= "" then
    fleet = k.fleet.replay { sessions = p.sessions }
else
    k.note("no sessions given: hours, stays and plug-ins are drawn from a model fitted to Norwegian apartments")
    fleet = k.fleet.cars { count = p.cars, hour_shift = "1 h" }
end

local prices = k.tariff.flat {}
if p.tariff == "time_of_use" then -- Smart Life Plan
    prices = k.tariff.time_of_use {
        bands = {
            k.band { from = "0 h", to = "8 h", price = "16.52 JPY/kWh" },
            k.band { from = "8 h", to = "10 h", price = "28.61 JPY/kWh", day = "weekday" },
            k.band { from = "10 h", to = "17 h", price = "38.80 JPY/kWh", day = "weekday" },
            k.band { from = "17 h", to = "22 h", price = "28.61 JPY/kWh", day = "weekday" },
            k.band { from = "8 h", to = "22 h", price = "28.61 JPY/kWh", day = "weekend" },
            k.band { from = "22 h", to = "24 h", price = "16.52 JPY/kWh" },
        },
    }
end

return k.scenario {
    name = "Unconfirmed payments under attack",
    replications = p.seeds,
    start = "2018-03-01",
    duration = (p.days + 15) .. " days",
    fleet = fleet,
    tariff = prices,
    payment = k.payment { purchase = "all" },
    chain = k.chain { era = p.era, trace = p.blocks, observers = 40, full_rbf = p.full_rbf },
    rails = {
        rail("trusting", { listen = "0 s", least_rate_target = "any", conflicts = "ignored" }),
        rail("listening", {}),
        rail("patient", { grace = "100 JPY" }),
        rail("strict", { grace = grace }),
        rail("caps", { cap_payer = "200 JPY", cap_building = "2000 JPY" }),
        rail("confirmed", { confirmations = 1 }),
    },
    thresholds = {
        string.format("loss.max <= %s where rail=strict", grace),
        "loss.max <= 100 JPY where rail=patient",
        "loss.max <= 0.001 JPY where rail=confirmed",
        -- what guards cost: waiting, or being cut off in the middle
        "time_to_power.p50 < 1 s where rail=trusting",
        "time_to_power.p50 < 15 s where rail=listening",
        "time_to_power.p50 > 2 min where rail=confirmed",
        "session.interrupted_share < 5 % where rail=patient",
    },
}
