-- Two rails with a device each, wherever a test says that they are.
local k = require "konsento"

local p = k.params {
    driver = k.param { "mqtt", help = "of both" },
    dialect = k.param { "", help = "of both" },
    one = k.param { "mqtt://127.0.0.1:1883/left", help = "address of the first rail's device" },
    other = k.param { "mqtt://127.0.0.1:1883/right", help = "address of the second rail's device" },
}

local function device(rail, address)
    return k.device { driver = p.driver, dialect = p.dialect, address = address, rail = rail, virtual = "yes" }
end

return k.scenario {
    name = "Two rails and one device",
    duration = "24 s",
    building = k.building { outlets = k.outlets { count = 1, current = "15 A" } },
    devices = { device("cash", p.one), device("cloud", p.other) },
    fleet = k.fleet.replay { sessions = "mixed.csv", car = k.car { battery = "20 kWh", knee = "ideal" } },
    tariff = k.tariff.flat { price = "30 JPY/kWh" },
    rails = { k.rail.cloud { name = "cash" }, k.rail.cloud { name = "cloud" } },
}
