-- Three Lightning rails for two days: every plan, every topology, both types of channel, payers who mean harm. Not a study: what is kept of it is its digest.
-- Question: do channels, links, devices and the chain beneath them do what they did?
local k = require "konsento"

local function channel(name, fields)
    fields.name = name
    return k.rail.lightning(fields)
end

return k.scenario {
    name = "Channels for two days",
    start = "2018-03-01",
    duration = "2 days",
    warmup = "6 h",
    exchange = "1150000 JPY/BTC",
    building = k.building { outlets = k.outlets { count = 2 } },
    fleet = k.fleet.cars { count = 4, hour_shift = "1 h", unmet = "session" },
    payment = k.payment { purchase = "1 kWh", reorder = "100 Wh", retry = "30 s", retries = 10 },
    chain = k.chain { era = "2018-03" },
    reach = k.reach { router_outages = { k.outage { at = "30 h", duration = "2 h" } } },
    rails = {
        channel("direct", { topology = "direct", crypto = "real", type = "anchors", opened = "visit" }),
        channel("hub", { topology = "hub", crypto = "token", plan = "stream", attackers = { k.attacker.jam { share = "25 %" } } }),
        channel("public", {
            topology = "public",
            crypto = "token",
            plan = "deposit",
            hops = "real",
            attackers = { k.attacker.grief { share = "25 %" }, k.attacker.revoked { share = "25 %", after = "6 h" } },
        }),
    },
}
