local k = require "konsento"
local b = k.building { flats = 1, outlets = { 5 } }
return k.extend(k.scenario { building = b }) { building = { outlts = {} }, params = { a = k.param { 1, unit = "A" } }, tariff = function(t) return t end, thresholds = { "revenue > 5 where rail=x" } }