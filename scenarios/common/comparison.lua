-- What the scenarios that compare rails share: parameters that mean the same in all of them, and what follows from their values.
-- SPDX-License-Identifier: GPL-3.0-or-later
--
--   local comparison = require "common.comparison"
--   local p = k.params { days = ..., cars = ..., sessions = comparison.sessions "", era = comparison.era "2018-03", ... }
--   local era = comparison.era_of(p, p.days)
--   return k.scenario { start = era.start, exchange = era.exchange, fleet = comparison.fleet(p), ... }
--
-- Each scenario has all seven: days, crypto, sessions, blocks, tariff, graph, era. What one of them has no use for is taken
-- all the same, so that one set of options fits all scenarios, and comparison.unused says that it is not looked at.
local k = require "konsento"

local comparison = {}

-- Parameters, made with the default that fits the scenario.

function comparison.crypto(default)
    local kinds = { "real", "memo", "token" }
    if default == "none" then kinds[#kinds + 1] = "none" end
    return k.param { default, oneof = kinds, help = "signatures of channels" }
end

function comparison.sessions(default)
    return k.param { default, file = true, oneof = { "" }, help = "CSV of recorded sessions to replay; \"\": arrivals are generated" }
end

function comparison.blocks() return k.param { "drawn", file = true, oneof = { "drawn" }, help = "CSV of real block times to replay" } end

function comparison.prices(default)
    return k.param {
        default,
        file = true,
        unit = "price",
        oneof = { "chubu", "flat" },
        help = "chubu: Smart Life Plan; flat; a price as in \"27 JPY/kWh\"; or a CSV file of bands",
    }
end

function comparison.graph(default)
    return k.param { default, file = true, oneof = { "made", "" }, help = "public graph of channels, a file; made: a small one, made up; \"\": none" }
end

function comparison.era(default)
    return k.param { default, oneof = { "2017-12", "2018-01", "2018-03", "2021", "2024-04", "empty" }, help = "whose fees" }
end

-- Payers who mean harm, where a scenario is about something else: few, as services saw them.

function comparison.double_spenders()
    return k.param {
        "0.16 %",
        unit = "share",
        min = "0 %",
        max = "100 %",
        help = "share of sessions whose payer spends the same coins twice (GAP600, 2017, of services that trust at once)",
    }
end

function comparison.cheaters()
    return k.param {
        "0.16 %",
        unit = "share",
        min = "0 %",
        max = "100 %",
        help = "share of payers who close a channel as it was before they paid (no source: as many as double spenders)",
    }
end

-- A third of the share by each means.
function comparison.spend_twice(share)
    local ppm = k.quantity(share, "ppm")
    local each = ppm // 3 .. " ppm"
    return {
        k.attacker.race { share = ppm - 2 * (ppm // 3) .. " ppm" },
        k.attacker.replacement { share = each, after = "10 min" },
        k.attacker.stall { share = each, after = "1 h", rate = "1 sat/vB" },
    }
end

-- The eras: a day in them, the exchange rate of that day, what fees were like, of which days they are and how many those
-- were. An era has no course: its fees hold for the whole run.
local eras = {
    ["2017-12"] = { start = "2017-12-10", exchange = "1900000 JPY/BTC", fees = "spike", of = "2017-12-15 to 31", days = 17 },
    ["2018-01"] = { start = "2018-01-10", exchange = "1500000 JPY/BTC", fees = "spike", of = "January 2018", days = 31 },
    ["2018-03"] = { start = "2018-03-01", exchange = "1150000 JPY/BTC", fees = "calm", of = "March 2018", days = 31 },
    ["2021"] = { start = "2021-04-01", exchange = "6000000 JPY/BTC", fees = "high", of = "January to May 2021", days = 151 },
    ["2024-04"] = { start = "2024-04-19", exchange = "9900000 JPY/BTC", fees = "spike", of = "2024-04-20, the day of the halving", days = 1 },
    empty = { start = "2018-03-01", exchange = "1150000 JPY/BTC", fees = "calm" },
}

-- The era of the run; days: how many it has. Says whose fees these are, and when a run is longer than they were.
function comparison.era_of(p, days)
    local era = eras[p.era]
    if era.of == nil then
        k.note "era empty: nobody else uses the chain"
    elseif days <= era.days then
        k.note(string.format("era %s: fees, exchange rate and policy of %s", p.era, era.of))
    else
        k.note(string.format(
            "era %s: the fees of %s (%d day%s) hold on every one of the %g days of this run, so what they cost over the whole of it is overstated; --set days=%d keeps to them",
            p.era, era.of, era.days, era.days == 1 and "" or "s", days, era.days))
    end
    return era
end

-- Recorded sessions, or cars of the model: as many as p.cars. more: further fields of k.fleet.cars.
function comparison.fleet(p, more)
    if p.sessions ~= "" then return k.fleet.replay { sessions = p.sessions, unmet = "session" } end
    k.note("no sessions given: hours, stays and plug-ins are drawn from a model fitted to Norwegian apartments, at Japanese mileage")
    local fields = { count = p.cars, hour_shift = "1 h", unmet = "session" }
    for name, value in pairs(more or {}) do fields[name] = value end
    return k.fleet.cars(fields)
end

-- Of recorded sessions each has the outlet that the recording names.
function comparison.outlets(p, count) return k.outlets { count = p.sessions == "" and count or "each" } end

function comparison.chain(p, more)
    if p.blocks == "drawn" then k.note("no block times given: they are drawn, with the hash rate's growth of the era") end
    local fields = { era = p.era, trace = p.blocks }
    for name, value in pairs(more or {}) do fields[name] = value end
    return k.chain(fields)
end

function comparison.tariff(p)
    if p.tariff == "flat" then return k.tariff.flat {} end
    if p.tariff:match "JPY/kWh$" then return k.tariff.flat { price = p.tariff } end
    if p.tariff ~= "chubu" then return k.tariff.csv { file = p.tariff } end
    return k.tariff.time_of_use { -- Chubu Electric, Smart Life Plan, as of 2024
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

-- Says of a parameter that was given, and is of no use to the scenario, why it is not looked at.
function comparison.unused(p, name, why)
    if p[name] ~= "" and p[name] ~= "none" then k.note(name .. ": " .. why .. ", so it is not looked at") end
end

return comparison
