-- Residents who attack channels: revoked states on the chain, and channels jammed by payments that never become whole.
-- Question: what does each attack take from operator and honest payers, what do cheaters lose, and how many payments does jamming cost?
--
--   honest        nobody attacks: what the others are compared with
--   revoked       some payers close their channel as it was before they paid; the hub is always on the chain, and punishes
--   grieved       some payers stop answering when a session is over: refunds hang, and end on the chain
--   jammed        some payers fill the hub's channels to other outlets while their own car is plugged in
--
-- A cheater loses all that he has in the channel unless who was paid is away for longer than to_self_delay (a day). A
-- jammer loses nothing: parts that do not become whole cost no fee. Outlets behind a router that fails for days are
-- robbed, because nobody else watches the chain for them:
--   --set topology=direct --set outage="8 days" --set cheaters="100 %"
--
-- Thresholds ask both that attacks are seen and that guards hold: without attackers the scenario fails.
local k = require "konsento"
local comparison = require "common.comparison"

local p = k.params {
    days = k.param { 20, min = 1, max = 366, help = "simulated days, of which cheats take the last ones to be settled" },
    cars = k.param { 16, min = 2, max = 1000, help = "residents with a car, if there are no recorded sessions" },
    outlets = k.param { 4, min = 1, max = 1000, help = "shared outlets, if there are no recorded sessions" },
    crypto = comparison.crypto "token",
    sessions = comparison.sessions "",
    blocks = comparison.blocks(),
    tariff = comparison.prices "flat",
    graph = comparison.graph "",
    era = comparison.era "2018-03",
    cheaters = k.param { "25 %", unit = "share", min = "0 %", max = "100 %", help = "share of payers who broadcast a revoked state" },
    jammers = k.param { "25 %", unit = "share", min = "0 %", max = "100 %", help = "share of payers who jam" },
    griefers = k.param { "25 %", unit = "share", min = "0 %", max = "100 %", help = "share of payers who let refunds hang" },
    after = k.param { "2 days", unit = "time", min = "0 s", max = "366 days", help = "between the state that a cheater keeps and its broadcast" },
    topology = k.param { "hub", oneof = { "hub", "direct" }, help = "whom phones have channels with" },
    outage = k.param { "0 s", unit = "time", min = "0 s", max = "366 days", help = "outage of the building's router, from the sixth day on" },
    seeds = k.param { 20, min = 2, max = 1000, help = "replications" },
}

local era = comparison.era_of(p, p.days)
comparison.unused(p, "graph", "those who attack have channels with the hub or with outlets")

local cheater = k.attacker.revoked { share = p.cheaters, after = p.after }
local griefer = k.attacker.grief { share = p.griefers }
local jammer = k.attacker.jam { share = p.jammers, parts = 12, part = "1000 sat", every = "60 s" }

local function channel(name, attackers)
    return k.rail.lightning {
        name = name,
        topology = p.topology,
        crypto = p.crypto,
        attackers = attackers,
        htlcs = 12,
        sign_up = "4 h", -- all of it in the warm-up
    }
end

local outage_s = k.quantity(p.outage, "s")
local outages = {}
if outage_s > 0 then outages[1] = k.outage { at = "5 days", duration = p.outage } end

local is_robbed = p.topology == "direct" and outage_s > 36 * 3600 -- nobody looks for longer than to_self_delay
local is_watched = p.topology == "hub" or outage_s < 18 * 3600

local thresholds = {
    "merchant.loss <= 0.001 JPY where rail=honest",
    "merchant.loss <= 0.001 JPY where rail=jammed",
    "merchant.loss <= 0.001 JPY where rail=grieved",
    -- what refunds that hang cost where they end
    "fee.upkeep.claim > 0 JPY where rail=grieved",
    "channel.closed.by_force > 0 where rail=grieved",
}
local function expect(text) thresholds[#thresholds + 1] = text end
if is_robbed then
    expect "channel.stolen > 0 JPY where rail=revoked"
    expect "merchant.loss > 0 JPY where rail=revoked"
else
    expect "channel.penalty_income > 0 JPY where rail=revoked"
end
if is_watched then -- who is on the chain is not robbed
    expect "channel.stolen <= 0.001 JPY where rail=revoked"
    expect "merchant.loss <= 0.001 JPY where rail=revoked"
end
if outage_s == 0 then
    expect("payment.success_share > " .. (era.fees == "calm" and 98 or 80) .. " % where rail=honest")
end
if p.topology == "hub" then -- a jammer has a channel with nobody else where channels are direct
    expect "payment.success_share < 99 % where rail=jammed"
end

return k.scenario {
    name = "Attacks on channels",
    start = era.start,
    duration = p.days .. " days",
    warmup = "6 h", -- channels are opened; what that costs counts all the same
    replications = p.seeds,
    exchange = era.exchange,
    building = k.building { outlets = comparison.outlets(p, p.outlets) },
    fleet = comparison.fleet(p),
    tariff = comparison.tariff(p),
    payment = k.payment { purchase = "1 kWh", reorder = "100 Wh", retry = "20 s", retries = 30 },
    chain = comparison.chain(p),
    reach = k.reach { router_outages = outages },
    rails = {
        channel("honest", {}),
        channel("revoked", { cheater }),
        channel("jammed", { jammer }),
        channel("grieved", { griefer }),
    },
    baseline = "honest",
    thresholds = thresholds,
}
