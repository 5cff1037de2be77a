---@meta konsento
-- konsento.d.lua: the scenario language for the Lua language server; written by `konsento schema --luals`.
-- SPDX-License-Identifier: GPL-3.0-or-later

---Civil time, given to callbacks.
---@class konsento.Time
---@field seconds number since the start of the run
---@field year integer
---@field month integer 1..12
---@field day integer 1..31
---@field hour integer 0..23
---@field minute integer 0..59
---@field weekday integer 1 Monday .. 7 Sunday
---@field weekend boolean Saturday or Sunday

---What an aggregator knows when a slot begins, given to dispatch.
---@class konsento.Site
---@field load number W, of the whole building, mean of the last slot
---@field charging number W, into cars, mean of the last slot
---@field baseline number? W, of the slot that begins; nil: no like day is known yet
---@field feed number W that cars could give now

---A named random stream.
---@class konsento.Stream
---@field uniform fun(self: konsento.Stream, a?: number, b?: number): number in [0, 1) or [a, b)
---@field exponential fun(self: konsento.Stream, mean: number): number
---@field normal fun(self: konsento.Stream, mean: number, sigma: number): number
---@field integer fun(self: konsento.Stream, a: integer, b: integer): integer each of a..b

---@class konsento.ParamDefinition
---@field [1] number|string|boolean the default
---@field help? string
---@field min? number|string
---@field max? number|string
---@field oneof? any[]
---@field file? boolean
---@field unit? string|string[] a dimension ("current") or a unit of it ("A")

---@class konsento.Param

---one world and the questions put to it; the file returns it
---@class konsento.Scenario
---@field name string title in results and reports
---@field params? table<string, konsento.Param> table of k.param, if they are not declared by k.params; used through k.p "name"
---@field start? string civil time at the start of the run; no zones, no summer time; default 2018-03-01
---@field duration string|number simulated time; 1 s .. 3660 days
---@field warmup? string|number nothing before this counts in metrics; 0 s .. 3660 days; default 0 s
---@field series_step? string|number step of the load series; 1 s .. 1 days; default 5 min
---@field exchange? string|number what a bitcoin is worth; 1 JPY/BTC .. 1000000000 JPY/BTC; default 1150000 JPY/BTC
---@field seed? integer seed of the study, if the command gives none; 0 .. 18446744073709551615; default 1
---@field replications? integer number of runs with other random numbers, if the command gives none; 1 .. 1000000; default 20
---@field replications_max? integer while a threshold is undecided, run twice as many, up to so many; 0: stay undecided; 0 .. 1000000; default 0
---@field building? konsento.Building where it happens
---@field devices? konsento.Device[] outlets that are devices instead of models; for konsento bridge run
---@field fleet konsento.FleetReplay|konsento.FleetCars|konsento.FleetProfile|konsento.FleetResample who comes and charges
---@field tariff? konsento.TariffFlat|konsento.TariffTimeOfUse|konsento.TariffCsv|fun(t: konsento.Time): number price of energy; a function is asked once per tariff_step and returns JPY/kWh
---@field tariff_step? string|number how often a tariff function is asked; 1 min .. 1 days; default 30 min
---@field market? konsento.Market where flats trade energy with each other
---@field aggregator? konsento.Aggregator who steers the building for requests from outside
---@field dispatch? konsento.Requests|fun(t: konsento.Time, site: konsento.Site): number reductions requested; a function is asked once per slot and returns W, 0 for none
---@field chain? konsento.Chain the public blockchain, for the rails that need it
---@field payment? konsento.Payment how a session buys its energy, on every rail alike
---@field reach? konsento.Reach when phones and outlets can be reached, on every rail alike
---@field rails? (konsento.RailCloud|konsento.RailOnchain|konsento.RailLightning|konsento.RailNode)[] payment rails to compare, on the same arrivals
---@field baseline? string name of the rail that the others are compared with; "": the first one
---@field sweep? konsento.Sweep the points of konsento sweep, if the command gives none
---@field thresholds? string[] limits that make the scenario a test: "metric op value unit [where rail=name]"

---an apartment house
---@class konsento.Building
---@field flats? integer homes in the building; 0 .. 10000; default 40
---@field service_limit? string|"unlimited" what each leg of the building's service may carry, in A, or all legs alike, in kW; 1 A .. 100000 A, or "unlimited"; default unlimited
---@field base_load? string|number constant household load of each flat, balanced on the legs; 0 W .. 20 kW; default 0 W
---@field strategy? "none"|"equal_share"|"round_robin"|"first_come"|"earliest_deadline"|"least_laxity"|"time_of_use"|"price_led"|"pv_surplus"|"paid_first" how cars share what limits leave them; "none": they do not, each charges as soon as it may; default none
---@field minimum_current? string|number managed charging gives a car at least this, or nothing; 0 A .. 500 A; default 6 A
---@field round_current? string|number what "round_robin" deals to each car in one round; 0.1 A .. 500 A; default 1 A
---@field turn? string|number how long cars that wait for the minimum current let others charge; 1 s .. 1 days; default 15 min
---@field wiring? "single"|"three_wire"|"three_phase" legs of the service: "single" one circuit at the outlets' voltage, "three_wire" 100 V twice (outlets of 200 V lie across both), "three_phase"; default single
---@field boards? integer|"none" floor boards that the outlets hang on, in turn; "none": on the service itself; 1 .. 1000, or "none"; default none
---@field board_limit? string|"unlimited" what each leg of each board may carry, in A, or all legs alike, in kW; 1 A .. 100000 A, or "unlimited"; default unlimited
---@field outlets? konsento.Outlets the outlets for cars
---@field household? konsento.Household what homes use, on top of base_load
---@field roof? konsento.Roof solar modules
---@field transformer? konsento.Transformer what the service hangs on
---@field idle? konsento.Idle cars that are full
---@field sharing? konsento.Sharing residents who own their outlets and lend them
---@field investment? konsento.Investment what it costs the operator

---outlets that a payment switches on
---@class konsento.Outlets
---@field count? integer|"each" shared outlets of the building; "each": every car has its own, or those named in the session file; 1 .. 10000, or "each"; default each
---@field voltage? string|number voltage of an outlet, single phase; with three phases to neutral; 100 V .. 480 V; default 200 V
---@field current? string|number largest current of an outlet, in each of its phases; 1 A .. 500 A; default 16 A
---@field phases? integer phases of an outlet, 1 or 3; 1 .. 3; default 1
---@field contactor_delay? string|number from the command to the contact, closing and opening; 0 s .. 10 s; default 50 ms
---@field meter_resolution? string|number smallest step of the meter's reading; 1 uJ .. 1 kWh; default 1 Wh

---what homes use beside cars, half-hour by half-hour
---@class konsento.Household
---@field daily? string|number energy of a flat and day, mean over flats and the year; 0: base_load alone; 0 kWh .. 1000 kWh; default 0 kWh
---@field spread? string|number sigma of the logarithm of a flat's mean from flat to flat; 0 .. 3; default 0.5
---@field flicker? string|number standard deviation over mean of a flat's half-hours; 0: none; 0 .. 3; default 0.6
---@field winter? string|number by how much the middle of January is above the year's mean, and July below; 0 % .. 90 %; default 25 %
---@field leg? string|number three_wire: share of a flat's load on one leg; the leg alternates from flat to flat; 0 % .. 100 %; default 60 %

---solar modules on the roof, under a modeled sky or a file's
---@class konsento.Roof
---@field peak? string|number power of the modules at 1,000 W/m2; 0: none; 0 W .. 10000 kW; default 0 W
---@field owners? integer|"operator" so many flats own it in equal parts, from the first on; 1 .. 10000, or "operator"; default operator
---@field ratio? string|number performance ratio: what heat, dirt and inverter leave; 1 % .. 100 %; default 80 %
---@field latitude? string|number degrees north; -90 .. 90; default 35.17
---@field longitude? string|number degrees east; -180 .. 180; default 136.97
---@field zone? string|number civil time less universal time; -12 h .. 14 h; default 9 h
---@field clearness? string|number|"nagoya" irradiance over that of a clear sky, mean; "nagoya": month by month; 0 % .. 100 %, or "nagoya"; default nagoya
---@field day_spread? string|number how much days differ in clearness: 0 % not at all, 100 % clear or dark; 0 % .. 100 %; default 45 %
---@field flicker? string|number standard deviation of the clearness within a half-cloudy day, over its mean; 0 .. 2; default 0.35
---@field cloud? string|number how long a cloud lasts: correlation time; 1 s .. 1 days; default 30 min
---@field step? string|number power of the roof is constant so long; 1 min .. 1 h; default 10 min
---@field irradiance? string CSV of a year's irradiance on the modules (minute,irradiance_w_per_m2); "modeled": none; "modeled"; default modeled

---a distribution transformer, its heat and its ageing
---@class konsento.Transformer
---@field rating? string|number|"none" rated power at power factor 1; "none": not modeled; 1 kW .. 100000 kW, or "none"; default none
---@field limit? string|number|"unlimited" of the rating, that managed charging keeps to; 10 % .. 300 %, or "unlimited"; default unlimited
---@field no_load? string|number loss without load, of the rating; 0.01 % .. 5 %; default 0.2 %
---@field load_loss? string|number loss at the rating, of the rating; 0.01 % .. 20 %; default 1 %
---@field paper? "normal"|"upgraded" insulation: ages normally at 98 degrees, or at 110 if thermally upgraded; default normal
---@field air? integer degrees Celsius of the air, mean of the year; 0 .. 50; default 16
---@field air_year? integer half of its swing over the year; 0 .. 40; default 12
---@field air_day? integer half of its swing over the day; 0 .. 20; default 4

---what becomes of cars that are full
---@class konsento.Idle
---@field fee? string for each minute begun that a full car stays on after the grace, in sat or JPY; 0 sat .. 1000000 sat; default 0 sat
---@field grace? string|number time that costs nothing; 0 s .. 30 days; default 10 min
---@field move? string|number share of drivers who move their car when told that it is full; 0 % .. 100 %; default 0 %
---@field moving? string|number mean time until they have, exponential; 1 s .. 1 days; default 20 min

---outlets of residents, lent to visitors
---@class konsento.Sharing
---@field owned? string|number share of outlets whose resident owns them, is paid directly and lends them while the own car is away; 0 % .. 100 %; default 0 %
---@field visits? string|number mean number of visits a day on which outlets are lent; 0 .. 2000; default 0
---@field visitors? integer distinct visitors; 1 .. 10000; default 50
---@field from? string|number outlets are lent from this time of the day on weekdays ...; 0 h .. 24 h; default 8 h
---@field to? string|number ... to this; 0 h .. 24 h; default 18 h
---@field weekend_from? string|number the same at weekends; 0 h .. 24 h; default 10 h
---@field weekend_to? string|number the same at weekends; 0 h .. 24 h; default 16 h
---@field energy? string|number median of what a visitor wants, lognormal; 100 Wh .. 200 kWh; default 14.7 kWh
---@field energy_sigma? string|number sigma of its logarithm; 0 .. 3; default 0.69
---@field stay? string|number median of a visitor's stay, lognormal; ends with the time of lending; 1 min .. 10 days; default 4 h
---@field stay_sigma? string|number sigma of its logarithm; 0 .. 3; default 0.985

---what outlets and energy cost the operator
---@class konsento.Investment
---@field outlet? string an outlet with its wires, once, in sat or JPY; 0 sat .. 100000000000 sat; default 0 sat
---@field service? string what the building needs besides, once, in sat or JPY; 0 sat .. 1000000000000 sat; default 0 sat
---@field energy? string|number what the operator buys energy for; 0 JPY/kWh .. 10000 JPY/kWh; default 16.52 JPY/kWh

---an outlet of the building that is a device: a plug, a charger, a meter
---@class konsento.Device
---@field driver "mqtt"|"ocpp"|"modbus" its wire: "mqtt" plugs behind a broker, "ocpp" chargers that call us, "modbus" meters and relays
---@field address string mqtt://HOST:PORT/TOPIC; ws://HOST:PORT/IDENTITY, where we listen; modbus-tcp://HOST:PORT/UNIT or modbus-rtu:///dev/TTY/UNIT
---@field outlet? integer|"next" which of the building's outlets it is, from 1; "next": its place among the devices of its rail; 1 .. 10000, or "next"; default next
---@field rail? string on which rail it is paid for; "": the only one. On other rails the outlet is modeled
---@field dialect? string mqtt: tasmota (also if empty), shelly, zigbee; modbus: relay, keba, abb, wallbe; ocpp has none
---@field virtual? "no"|"yes" it is konsento outlet and no real device: rates other than 1 and late events are allowed; default no
---@field lease? string|number it switches off by itself so long after the bridge was heard last; 3 s .. 1 h; default 30 s
---@field meter_interval? string|number longest time between two readings of its meter that it tells of; 100 ms .. 1 h; default 10 s
---@field resolution? string|number|"outlets" smallest step of its meter's reading; "outlets": as the building's outlets; 1 uJ .. 1 kWh, or "outlets"; default outlets
---@field rollover? string|number|"never" its counter begins anew here; 1 kWh .. 1000000 kWh, or "never"; default never
---@field idle_below? string|number a car that draws less is full ...; 0 W .. 1 kW; default 20 W
---@field idle_after? string|number ... after so long; 1 s .. 1 h; default 1 min
---@field leak? string|number less power behind an open relay is no sign that it is stuck; 0 W .. 1 kW; default 10 W
---@field user? string name for broker or charger
---@field password_file? string file whose first line is the password
---@field ca? string TLS: file of certificates that the other side is believed by; "": no TLS
---@field certificate? string TLS: our certificate
---@field key? string TLS: its key
---@field options? string more for the driver: NAME=VALUE,NAME=VALUE; see docs/bridge.md

---sessions as they were recorded
---@class konsento.FleetReplay
---@field sessions string CSV of charging sessions, in the derived or the Norwegian format (docs/models.md)
---@field location? string Norwegian format: only this location; "": all of them
---@field from? string Norwegian format: the civil time that becomes time 0; earlier rows are left out; "first month"; default first month
---@field unmet? "session"|"battery" energy asked for and not had: reported with the "session" and gone, or missing in the "battery"; default session
---@field car? konsento.Car the cars

---cars of residents: away, home, perhaps plugged in; a model of apartments
---@class konsento.FleetCars
---@field count integer number of cars; 1 .. 100000
---@field daily_distance? string|number mean distance a day, over days and cars; 1 m .. 1000 km; default 16.5 km
---@field daily_sigma? string|number sigma of the logarithm of a car's distance from day to day; 0 .. 3; default 0.6
---@field car_sigma? string|number sigma of the logarithm of the mean distance from car to car; 0 .. 3; default 0.6
---@field consumption? string|number at the battery; 50 Wh/km .. 1 kWh/km; default 143 Wh/km
---@field plug_in_at? string|number state of charge at which half of the drivers plug in; 0 % .. 200 %; default 70 %
---@field plug_in_width? string|number how gradual that decision is; 0.1 % .. 100 %; default 15 %
---@field reserve? string|number always plug in when the next day would end below this; 0 % .. 100 %; default 20 %
---@field hour_shift? string|number all arrivals later by this, against Norwegian apartments (Japanese commuters: up to 3 h); 0 h .. 12 h; default 0 h
---@field weekend_less? string|number how much less is driven on a day at weekends (Norwegian apartments plug in 10 % less often); 0 % .. 100 %; default 0 %
---@field winter? string|number how much more is driven in January, and less in July, than on average (Norwegian apartments: 13 %); 0 % .. 100 %; default 0 %
---@field holidays? konsento.Holiday[] days that are as at weekends
---@field unmet? "session"|"battery" energy asked for and not had: reported with the "session" and gone, or missing in the "battery"; default battery
---@field car? konsento.Car the cars

---sessions as a fitted profile makes them
---@class konsento.FleetProfile
---@field file string the profile, as konsento fit writes it
---@field count integer number of cars, each with a user of its own; 1 .. 100000
---@field generator? "independent"|"copula"|"mixture"|"visitors" how sessions are made of it; "visitors": comers all alike, for shared outlets; default mixture
---@field energy? string|number of the profile's energies (Japanese mileage against Norwegian: 45 %); 0.1 % .. 1000 %; default 100 %
---@field hour_shift? string|number all arrivals later by this (Japanese commuters against Norwegian: up to 3 h); 0 h .. 12 h; default 0 h
---@field holidays? konsento.Holiday[] days that are as at weekends
---@field unmet? "session"|"battery" energy asked for and not had: reported with the "session" and gone, or missing in the "battery"; default session
---@field car? konsento.Car the cars

---cars that live on as users of a recording did
---@class konsento.FleetResample
---@field sessions string CSV of charging sessions with their users, as k.fleet.replay reads it; rows that are no sessions are told and left out
---@field location? string Norwegian format: only this location; "": all of them
---@field count integer number of cars, each with a recorded user drawn by lot, more active ones more often; 1 .. 100000
---@field energy? string|number of the recorded energies (Japanese mileage against Norwegian: 45 %); 0.1 % .. 1000 %; default 100 %
---@field hour_shift? string|number all arrivals later by this (Japanese commuters against Norwegian: up to 3 h); 0 h .. 12 h; default 0 h
---@field unmet? "session"|"battery" energy asked for and not had: reported with the "session" and gone, or missing in the "battery"; default session
---@field car? konsento.Car the cars

---a day that is as at a weekend
---@class konsento.Holiday
---@field day string civil day

---battery and charger
---@class konsento.Car
---@field battery? string|number|"recorded" capacity; "recorded": as the session file says, and 40 kWh where nothing says it; 1 kWh .. 1000 kWh, or "recorded"; default recorded
---@field charger? string|number|"unlimited" on-board charger, AC side; "unlimited": only the outlet limits; 100 W .. 50 kW, or "unlimited"; default unlimited
---@field dc_power? string|number what the battery itself can take; 100 W .. 1000 kW; default 50 kW
---@field efficiency? string|number from the outlet to the battery; 10 % .. 100 %; default 88 %
---@field taper_from? string|number state of charge at which the battery's own limit starts to fall; 0 % .. 99.9 %; default 80 %
---@field knee? "ideal"|"ac"|"dc" what the taper is measured against: "dc" the battery's own limit, "ac" the outlet as ACN-Sim does, "ideal" no taper; default dc
---@field idle_below? string|number a car whose taper would draw less than this is full; 1 W .. 10 kW; default 300 W
---@field full? string|number a car asks for energy up to this state of charge; 10 % .. 100 %; default 100 %
---@field feed? string|number|"never" what the car can give into the building (V2G); 100 W .. 50 kW, or "never"; default never
---@field feed_efficiency? string|number from the battery to the building; 10 % .. 100 %; default 90 %
---@field feed_reserve? string|number the owner's: the car never gives below this state of charge; 0 % .. 100 %; default 40 %
---@field feed_wear? string|number what giving costs the battery's life, per energy given; 0 JPY/kWh .. 1000 JPY/kWh; default 6 JPY/kWh
---@field feed_share? string|number of the cars that can give, evenly spread over their numbers; 0 % .. 100 %; default 100 %

---one price
---@class konsento.TariffFlat
---@field price? string|number price of energy at all times; 0 JPY/kWh .. 10000 JPY/kWh; default 25.67 JPY/kWh

---prices by time of day and kind of day
---@class konsento.TariffTimeOfUse
---@field bands konsento.Band[] bands which together cover every moment of every day exactly once

---prices by time of day and kind of day, from a file
---@class konsento.TariffCsv
---@field file string CSV of bands: day_type,start_hour,end_hour,label,yen_per_kwh (weekday, weekend_holiday or any)

---one band of a time-of-use tariff
---@class konsento.Band
---@field day? "weekday"|"weekend"|"any" on which days; default any
---@field from? string|number begin, time of the civil day; 0 h .. 24 h; default 0 h
---@field to? string|number end, time of the civil day; 0 h .. 24 h; default 24 h
---@field price string|number price of energy; 0 JPY/kWh .. 10000 JPY/kWh

---energy traded in the house
---@class konsento.Market
---@field rule? "none"|"auction"|"mid_rate" "auction": a double auction at one price; "mid_rate": the middle of the grid's two prices, the longer side in proportion; "none": no market; default none
---@field interval? string|number how often it is traded; the settlement is a multiple of it; 1 min .. 1 days; default 30 min
---@field settlement? string|number what two traders owe each other in this time is netted into one payment; 1 min .. 366 days; default 1 days
---@field retail? string|number|"tariff" what the grid sells at; 0 JPY/kWh .. 10000 JPY/kWh, or "tariff"; default tariff
---@field feed_in? string|number what the grid pays for surplus; 0 JPY/kWh .. 10000 JPY/kWh; default 8 JPY/kWh
---@field limits? "grid"|"random" what flats bid and ask: the grid's own price, or "random" between both; default grid
---@field charging? "apart"|"traded" does the operator buy what cars charge from flats; default traded
---@field least? string a debt below this waits for the next settlement; never less than the rail can move; 0 sat .. 100000000 sat; default 0 sat

---baseline and steering for requests
---@class konsento.Aggregator
---@field slot? string|number baseline, requests and steering go by slots; divides a day; 1 min .. 1 days; default 30 min
---@field baseline_days? integer most recent days of the same kind, weekday or weekend, without a request; 1 .. 40; default 10
---@field baseline_highest? integer of them, how many with the most energy make the baseline; 1 .. 40; default 5
---@field adjust_from? string|number the baseline is moved by the mean difference of the day itself, from so long before a request; 0 h .. 24 h; default 5 h
---@field adjust_to? string|number ... to so long before it; both the same: not moved; 0 h .. 24 h; default 2 h
---@field rebound? string|number how long after a request load above the baseline counts as rebound; 0 h .. 24 h; default 2 h
---@field reward? string|number for what is delivered, up to the request; 0 JPY/kWh .. 10000 JPY/kWh; default 10 JPY/kWh

---reductions requested at fixed times
---@class konsento.Requests
---@field list? konsento.Request[] requests; those at the same time add up

---one reduction
---@class konsento.Request
---@field at string|number begin, from the start of the run; 0 s .. 3659 days
---@field duration string|number how long; 1 min .. 366 days
---@field reduce string|number how much less than the baseline the building is to draw; 1 W .. 100 MW

---how a session buys its energy
---@class konsento.Payment
---@field purchase? string|number|"all" energy bought with one payment; "all": the whole demand at once; 0.1 Wh .. 1000 kWh, or "all"; default 1 kWh
---@field reorder? string|number the next purchase is made when credit for no more than this is left; 0 Wh .. 1000 kWh; default 100 Wh
---@field retry? string|number wait before a failed payment is tried again; 1 ms .. 1 days; default 30 s
---@field retries? integer how often one payment is tried again before the session gives up; 0 .. 100000; default 20

---the building's router, the garage's radio
---@class konsento.Reach
---@field router_every? string|number|"never" mean time between outages of the building's router that come by chance; 1 min .. 3660 days, or "never"; default never
---@field router_mean? string|number their mean duration; 1 s .. 366 days; default 10 min
---@field router_outages? konsento.Outage[] its outages at fixed times
---@field garage_every? string|number|"never" mean time between losses of a phone's radio in the garage, each phone by itself; 1 min .. 3660 days, or "never"; default never
---@field garage_mean? string|number their mean duration; 1 s .. 366 days; default 2 min
---@field patience? string|number who asks a provider or a wallet in vain gives up after so long; 0 s .. 1 h; default 10 s

---the points of a sweep, and how exact it is to be
---@class konsento.Sweep
---@field axes? konsento.Axis[] what varies; every combination is a point
---@field where? string only points for which this is true, in Lua: "outlets <= cars / 2"
---@field sample? string points of a sample instead of every combination: "latin:N", "sobol:N"
---@field targets? konsento.Target[] more replications until all are met
---@field replications_max? integer with targets: at most so many; 1 .. 1000000; default 1000

---one parameter or field that varies
---@class konsento.Axis
---@field over string a parameter, or a field by its path
---@field values string "4, 8, 12"; "4..12"; "20 A..60 A step 10 A"; a comma in a value is written \\,

---how exact a metric is to be
---@class konsento.Target
---@field metric string of every configuration
---@field within string half of its 95 % interval: "2%" of the mean, or "0.5" in the metric's unit

---account or card at a central provider
---@class konsento.RailCloud
---@field name? string label in results; unique among the rails; default cloud
---@field latency? string|number median time of one authorisation, there and back; 0 s .. 1 h; default 1 s
---@field latency_sigma? string|number sigma of the logarithm of that time; 0: always the same; 0 .. 3; default 0.5
---@field signup? string|number what a payer without an account needs to get one, on top of the first payment; 0 s .. 30 days; default 0 s
---@field members? string|number share of payers who have an account at the start; 0 % .. 100 %; default 0 %
---@field settlement? string|number from credited to final; 0 s .. 366 days; default 2 days
---@field fee? string|number share of each payment, borne by the operator; 0 % .. 100 %; default 3.25 %
---@field fee_fixed? string on top of each payment, in sat or JPY; 0 sat .. 100000000 sat; default 0 sat
---@field decline? string|number share of payments that the provider refuses; 0 % .. 100 %; default 0.5 %
---@field chargeback? string|number share of credited payments taken back before they are final; 0 % .. 100 %; default 0.05 %
---@field capacity? integer payments per second that the provider can take, one after the other; 1 .. 1000000000; default 65000
---@field queue? string|number who would wait longer for his turn gets no answer: timeout; 0 s .. 1 day; default 30 s
---@field outage_every? string|number|"never" mean time between outages that come by chance; 1 min .. 3660 days, or "never"; default never
---@field outage_mean? string|number mean duration of an outage that comes by chance; 1 s .. 366 days; default 30 min
---@field outages? konsento.Outage[] outages at fixed times

---a provider, or a router, is gone
---@class konsento.Outage
---@field at string|number begin, from the start of the run; 0 s .. 3660 days
---@field duration string|number how long; 1 us .. 3660 days

---payments in transactions on the public blockchain
---@class konsento.RailOnchain
---@field name? string label in results; unique among the rails; default onchain
---@field confirmations? integer a payment is credited at so many; 0: when the operator accepts it unconfirmed; 0 .. 100; default 0
---@field settled? integer confirmations from which a payment is no risk for caps and grace; 1 .. 100; default 1
---@field final? integer confirmations from which a payment is the operator's for good; 1 .. 100; default 6
---@field delivery? "direct"|"gossip" the phone hands the payment to the operator, or sends it into the network; default direct
---@field listen? string|number how long conflicts are listened for before a payment is accepted unconfirmed; 0 s .. 1 h; default 5 s
---@field ancestors? integer unconfirmed transactions that an unconfirmed payment may build on; 0 .. 24; default 0
---@field least_rate_target? integer|"any" an unconfirmed payment must offer what the estimator says for so many blocks; "any": any rate; 1 .. 1008, or "any"; default 2
---@field demoted? integer confirmations that a payment not accepted unconfirmed waits for; 1 .. 100; default 1
---@field cap_payer? string|"unlimited" unsettled credit of one payer, in sat or JPY; what is above waits for confirmations; 0 sat .. 100000000000 sat, or "unlimited"; default unlimited
---@field cap_outlet? string|"unlimited" the same of one outlet; 0 sat .. 100000000000 sat, or "unlimited"; default unlimited
---@field cap_building? string|"unlimited" the same of the building; 0 sat .. 100000000000 sat, or "unlimited"; default unlimited
---@field conflicts? "heeded"|"ignored" power is cut when a double spend is seen; "ignored": only when a block has it; default heeded
---@field grace? string|"unlimited" value that a session may have had beyond settled money, in sat or JPY; bounds every loss but to reorganisations; 0 sat .. 100000000000 sat, or "unlimited"; default unlimited
---@field grace_time? string|number|"unlimited" power is cut when a payment waits longer for a block; 0 s .. 366 days, or "unlimited"; default unlimited
---@field record? "none"|"always" "always": each session's use is recorded on the chain, as the trial's first outlet did; default none
---@field refund_fee? "payer"|"operator" who bears the fee of the transaction that gives back what was not used; default payer
---@field operator_feerate? konsento.FeerateEstimator|konsento.FeeratePosition|konsento.FeerateFixed what refunds and records offer miners
---@field float? string|number the operator's own coins at the start; 0 sat .. 10000000000 sat; default 1000000 sat
---@field payer_feerate? konsento.FeerateEstimator|konsento.FeeratePosition|konsento.FeerateFixed what payments offer miners
---@field bump? "off"|"on" wallets raise the fee of a payment that waits; such payments signal BIP 125; default off
---@field bump_after? integer blocks that go without the payment before its fee is raised; 1 .. 1008; default 2
---@field signal? string|number share of sessions whose payments signal that they may be replaced (BIP 125); 0 % .. 100 %; default 6 %
---@field coins? integer coins in each payer's wallet at the start; 1 .. 16; default 4
---@field coin? string|number value of each; a wallet with less than that buys another; 1000 sat .. 10000000000 sat; default 500000 sat
---@field attackers? (konsento.AttackerRace|konsento.AttackerReplacement|konsento.AttackerStall|konsento.AttackerFinney|konsento.AttackerHash)[] payers who want energy for nothing
---@field never_confirms? string|number share of honest payments that reach the operator and never a miner; 0 % .. 100 %; default 0.1 %
---@field merge? integer|"never" a wallet with more coins than this merges the smallest while that is cheap; 6 .. 100000, or "never"; default 50
---@field merge_rate? string|number what merging may cost at most; 0.1 sat/vB .. 10000 sat/vB; default 5 sat/vB

---payments in channels
---@class konsento.RailLightning
---@field name? string label in results; unique among the rails; default lightning
---@field topology? "direct"|"hub"|"public" channels between each phone and the outlets that it uses, or the operator's hub, or a node of the public graph, over which the operator's is reached; default direct
---@field plan? "prepaid"|"stream"|"deposit" energy is paid before it flows, in small steps behind it on credit, or out of a deposit that is held; default prepaid
---@field crypto? "real"|"memo"|"token" all keys and signatures; each reckoned once for both ends; or tokens in place of signatures. Times, bytes and metrics are the same; default real
---@field block? string|number|"purchase" prepaid, deposit: energy of one payment; "purchase": as k.payment says; 1 Wh .. 1000 kWh, or "purchase"; default purchase
---@field quantum? string|number stream: energy of one payment; 1 Wh .. 100 kWh; default 50 Wh
---@field credit_limit? string stream: value of energy that may have flowed unpaid, in sat or JPY; 1 sat .. 100000000 sat; default 500 sat
---@field deposit_slices? integer deposit: HTLCs that it is cut into, each half of the one before; 1 .. 12; default 6
---@field deposit_blocks? integer deposit: blocks that it may be held for; 40 .. 1000; default 288
---@field patience? string|number a payment that was not made in this time has failed; what waits for a channel may take longer; 1 s .. 1 days; default 60 s
---@field fee_max? string|number share of a payment that forwarding may cost; 10 sat are always allowed; 0 % .. 100 %; default 1 %
---@field phone_device? "ideal"|"server"|"phone"|"board"|"microcontroller" machine of a payer; default phone
---@field outlet_device? "ideal"|"server"|"phone"|"board"|"microcontroller" machine in an outlet; default board
---@field hub_device? "ideal"|"server"|"phone"|"board"|"microcontroller" machine of the hub; default server
---@field phone_link? "direct"|"lan"|"wifi"|"fibre"|"lte"|"nb_iot"|"lora"|"datacentre" between a phone and whom it pays; default lte
---@field outlet_link? "direct"|"lan"|"wifi"|"fibre"|"lte"|"nb_iot"|"lora"|"datacentre" between an outlet and the hub; default wifi
---@field linger? string|number how long a phone without anything to do stays connected; 1 s .. 1 days; default 10 s
---@field opener? "phone"|"operator" who opens and funds a phone's channel; default phone
---@field opened? "start"|"visit" when the run begins, or when a payment needs it first; default start
---@field sign_up? string|number at the start phones open their channels within this time, evenly, or with their first visit; 0 s .. 366 days; default 1 days
---@field depth? "confirmed"|"zero" a channel is used when its funding is confirmed, or at once, if the other side trusts it; default confirmed
---@field confirmations? integer that a funding needs; 1 .. 100; default 3
---@field type? "static"|"anchors" static_remotekey, or anchors with zero-fee HTLCs; default static
---@field capacity? string|number of a phone's channel; 20000 sat .. 16777215 sat; default 400000 sat
---@field push? string|number of it the other side's from the beginning: bought and sold outside; 0 sat .. 16777215 sat; default 0 sat
---@field top_up? "none"|"add"|"reopen" a channel that cannot carry the next payment: nothing, another beside it, or closed and opened anew; default reopen
---@field life? string|number|"unlimited" an older channel is closed by agreement when its phone has nothing else to do; 1 days .. 3660 days, or "unlimited"; default unlimited
---@field force_after? string|number|"never" a channel whose ends have not been connected for so long is closed by force; 1 h .. 3660 days, or "never"; default never
---@field htlcs? integer that a channel of this rail may have at a time, each way; 2 .. 483; default 12
---@field hub_capacity? string|number of the hub's channel to each outlet; 20000 sat .. 16777215 sat; default 1000000 sat
---@field rebalance_above? string|number share of that channel at the outlet from which on it sends back to the hub; 1 % .. 99 %; default 60 %
---@field rebalance_to? string|number share that it keeps then, for refunds; 0 % .. 98 %; default 10 %
---@field fee_base? string|number what the hub asks for forwarding a payment; 0 sat .. 100000 sat; default 0 sat
---@field fee? string|number and of its amount; 0 % .. 100 %; default 0 %
---@field coins? integer coins in each phone's wallet at the start; 1 .. 16; default 2
---@field coin? string|number value of each; a wallet that cannot fund a channel buys another; 20000 sat .. 10000000000 sat; default 600000 sat
---@field records? "none"|"kept" whether nodes keep their records, from which they restart after a loss of power; needs memory; default none
---@field estimator? integer fundings and closings offer miners what the estimator says for so many blocks; 1 .. 1008; default 6
---@field graph? string public: file of the graph (gossmap, lnd's JSON, CSV), one for all rails; "made": a small one, made up; "made"; default made
---@field hops? "modeled"|"real" public: nodes and channels between the provider's and the operator's: modeled, or real ones, made when a payment needs them first and paid for by capital from outside; default modeled
---@field provider_rank? integer public: the phones' provider is the node that so many have more channels than; 0 .. 100000; default 0
---@field operator_rank? integer public: likewise the operator's node; 0 .. 100000; default 100
---@field traffic? string|number|"none" public: mean time between two moments at which other people's payments share out a channel's balance anew; "none": only the run's payments move it; 1 min .. 3650 days, or "none"; default none
---@field attackers? (konsento.AttackerRevoked|konsento.AttackerJam|konsento.AttackerGrief)[] payers who mean harm

---payments that a real Lightning node is paid, told through a socket
---@class konsento.RailNode
---@field name? string label in results; unique among the rails; default node
---@field invoices? konsento.Invoice[] what the operator's node waits for; each counts once

---a payment that such a node waits for
---@class konsento.Invoice
---@field payment_hash string 64 hexadecimal digits, small letters
---@field amount string|number what is paid; 0.001 sat .. 100000000 sat
---@field outlet integer whose it is, from 1; 1 .. 10000

---always the same feerate
---@class konsento.FeerateFixed
---@field rate string|number what is offered; never less than is relayed; 0.1 sat/vB .. 10000 sat/vB

---what Bitcoin Core's estimator says: what was confirmed before
---@class konsento.FeerateEstimator
---@field target? integer in a block within so many; 1 .. 1008; default 2

---what the next blocks would take of the mempool as it is
---@class konsento.FeeratePosition
---@field target? integer in a block within so many; 1 .. 1008; default 2

---spends the same coins at the same time, through other nodes
---@class konsento.AttackerRace
---@field share string|number share of all sessions; 0 % .. 100 %
---@field delay? string|number how long after the payment the second transaction is sent; 0 s .. 1 h; default 0 s
---@field helpers? integer nodes that have the second transaction first; 1 .. 1000; default 8

---spends the same coins later, for a higher fee
---@class konsento.AttackerReplacement
---@field share string|number share of all sessions; 0 % .. 100 %
---@field after? string|number how long after power was granted the second transaction is sent; 0 s .. 366 days; default 10 min
---@field helpers? integer nodes that have the second transaction first; 1 .. 1000; default 8

---offers miners little, then spends the same coins for more
---@class konsento.AttackerStall
---@field share string|number share of all sessions; 0 % .. 100 %
---@field after? string|number how long after power was granted the second transaction is sent; 0 s .. 366 days; default 1 h
---@field rate? string|number what the payment offers; never less than is relayed; 0.1 sat/vB .. 10000 sat/vB; default 1 sat/vB
---@field helpers? integer nodes that have the second transaction first; 1 .. 1000; default 8

---keeps back a block that spends the same coins
---@class konsento.AttackerFinney
---@field share string|number share of all sessions; 0 % .. 100 %
---@field hold? string|number how long his block is kept back after the payment; 0 s .. 1 days; default 10 min
---@field hash? string|number his share of all hash rate; the chain has an attacker of at least that; 0.01 % .. 99 %; default 1 %

---closes a channel as it was before it paid
---@class konsento.AttackerRevoked
---@field share string|number share of all payers; 0 % .. 100 %
---@field after? string|number least time between the state that is kept and its broadcast, behind a session; 0 s .. 366 days; default 3 days

---lets refunds hang until they expire
---@class konsento.AttackerGrief
---@field share string|number share of all payers; 0 % .. 100 %

---fills channels with parts of payments that never become whole
---@class konsento.AttackerJam
---@field share string|number share of all payers; 0 % .. 100 %
---@field parts? integer parts at a time; 1 .. 483; default 12
---@field part? string|number amount of each; 1 sat .. 10000000 sat; default 1000 sat
---@field every? string|number time between two victims; 1 s .. 1 days; default 60 s

---mines a branch in secret that spends the same coins
---@class konsento.AttackerHash
---@field share string|number share of all sessions; 0 % .. 100 %
---@field confirmations? integer that the payment has before his branch is published, if it is the longer one then; 1 .. 100; default 1
---@field give_up? integer he gives up when he is so many blocks behind after that; 1 .. 1000; default 20
---@field hash? string|number his share of all hash rate; the chain has an attacker of at least that; 0.01 % .. 99 %; default 10 %

---the public blockchain: miners, nodes, everybody else's transactions
---@class konsento.Chain
---@field era? "2017-12"|"2018-03"|"2021"|"2024-04"|"empty"|"2018-01" whose demand, block times and policy; "empty": nobody else is there; default 2018-03
---@field background? integer names the draws of other people's demand; 0 .. 18446744073709551615; default 0
---@field trace? string CSV of real block times to replay (height,unix_time); "drawn": none; "drawn"; default drawn
---@field block_target? string|number interval that the retarget aims at; 1 s .. 1 days; default 10 min
---@field growth? string|number|"era" growth of the hash rate over one period of 2,016 blocks, of its logarithm; -50 % .. 100 %, or "era"; default era
---@field miners? konsento.Miner[] honest miners; none: the sixteen that Gervais et al. 2016 measured
---@field template? string|number how often a miner makes the next block's contents anew; 0 s .. 10 min; default 20 s
---@field empty? string|number share of blocks without transactions; 0 % .. 100 %; default 1 %
---@field tx_delay? string|number|"era" median time of a transaction to a node; 1 ms .. 1 h, or "era"; default era
---@field tx_sigma? string|number|"era" sigma of its logarithm; 0 .. 3, or "era"; default era
---@field block_delay? string|number|"era" mean time in which the hash rate does not have a new block; 0 s .. 10 min, or "era"; default era
---@field block_sigma? string|number|"era" sigma of the logarithm of a miner's time; 0 .. 3, or "era"; default era
---@field gossip? "law"|"node" how a double spend spreads: by the odds law, or simulated node by node; default law
---@field policy? "era"|"2018"|"2023"|"2025" what nodes accept: replacement where it is signalled (2018), by half of the hash rate (2023), by all, and 0.1 sat/vB (2025); default era
---@field min_relay? string|number|"era" least feerate that is relayed; 0.1 sat/vB .. 100 sat/vB, or "era"; default era
---@field full_rbf? string|number|"era" share of the hash rate that replaces whatever pays more, signalled or not; 0 % .. 100 %, or "era"; default era
---@field peers? integer nodes that the operator's node sends a payment to first; 1 .. 1000; default 8
---@field observers? integer further nodes that tell the operator of double spends; 0 .. 10000; default 0
---@field attacker? string|number share of all hash rate that is an attacker's; 0 % .. 99 %; default 0 %
---@field reorgs? konsento.Reorg[] reorganisations that are forced

---a miner or pool
---@class konsento.Miner
---@field share string|number of the honest hash rate; shares are taken as weights; 0.01 % .. 100 %
---@field least_rate? string|number|"relayed" least feerate that his blocks take (Bitcoin Core's blockmintxfee); 0.1 sat/vB .. 10000 sat/vB, or "relayed"; default relayed

---a reorganisation that is forced
---@class konsento.Reorg
---@field at string|number when, from the start of the run; 0 s .. 3659 days
---@field depth integer blocks that are replaced by one more; 1 .. 100
---@field content? "same"|"empty" what the new blocks hold: what the old ones did, or nothing; default same

---experiments on models alone, without a building; the file returns it
---@class konsento.Lab
---@field name string title in results and reports
---@field params? table<string, konsento.Param> table of k.param, if they are not declared by k.params; used through k.p "name"
---@field seed? integer seed of the study, if the command gives none; 0 .. 18446744073709551615; default 1
---@field replications? integer number of runs with other random numbers, if the command gives none; 1 .. 1000000; default 20
---@field blocks? string CSV of real block times (height,unix_time), for the experiments that replay them; "none"; default none
---@field experiments (konsento.ExperimentFormula|konsento.ExperimentRace|konsento.ExperimentWaiting|konsento.ExperimentPeriod|konsento.ExperimentRetarget|konsento.ExperimentGrowth|konsento.ExperimentStale|konsento.ExperimentGossip|konsento.ExperimentConflict|konsento.ExperimentObservers|konsento.ExperimentLate|konsento.ExperimentSize|konsento.ExperimentMempool|konsento.ExperimentEstimator)[] what is tried, each by itself
---@field sweep? konsento.Sweep the points of konsento sweep, if the command gives none
---@field thresholds? string[] limits that make the file a test: "metric op value unit [where experiment=name]"

---closed forms of the attacker's race against printed tables
---@class konsento.ExperimentFormula
---@field name? string label in results; unique among the experiments; default formula
---@field formula? "nakamoto"|"exact"|"nakamoto_depth"|"exact_depth" chance to catch up by "nakamoto" 2008 or "exact"; "..._depth": confirmations at which it is small; default exact
---@field decimals? integer places after the point of the printed chances; 0 .. 9; default 7
---@field risk? string|number depths: the chance that is small enough; 0.0001 % .. 50 %; default 0.1 %
---@field cells konsento.Cell[] places of the printed table

---one place of a printed table
---@class konsento.Cell
---@field share string|number the attacker's of all hash rate; 0.1 % .. 49 %
---@field confirmations integer as printed; 0 .. 1000
---@field printed? integer the printed chance without its point: 2045873 for 0.2045873; 0 .. 1000000000; default 0

---an attacker with a share of the hash rate tries to catch up, block by block
---@class konsento.ExperimentRace
---@field name? string label in results; unique among the experiments; default race
---@field share string|number the attacker's of all hash rate; 0.1 % .. 49 %
---@field confirmations integer blocks that the merchant waits for; the attacker wins when he has caught up from so many behind; 1 .. 100
---@field give_up? integer blocks behind at which the attacker gives up; 1 .. 10000; default 60
---@field trials? integer races in each replication; 1 .. 100000000; default 50000

---waiting for confirmations at a constant hash rate, against Erlang's distribution
---@class konsento.ExperimentWaiting
---@field name? string label in results; unique among the experiments; default waiting
---@field confirmations integer blocks that are waited for, the first with the payment; 1 .. 100
---@field interval? string|number mean time between blocks; 1 s .. 1 days; default 10 min
---@field blocks? integer blocks in each replication; 1 .. 10000000; default 50000

---waiting in one real period of 2,016 blocks, against periods as they are drawn
---@class konsento.ExperimentPeriod
---@field name? string label in results; unique among the experiments; default period
---@field confirmations integer blocks that are waited for, the first with the payment; 1 .. 100
---@field growth? string|number growth of the hash rate over one period of 2,016 blocks, of its logarithm; 0 % .. 100 %; default 5 %
---@field periods? integer periods drawn in each replication; 1 .. 100000; default 50
---@field p50 string|number the real period's median wait, for when the laboratory has no blocks; 1 s .. 366 days
---@field p90 string|number its 90 % wait; 1 s .. 366 days
---@field p99 string|number its 99 % wait; 1 s .. 366 days

---the difficulty's change after a real period
---@class konsento.ExperimentRetarget
---@field name? string label in results; unique among the experiments; default retarget
---@field timespan string|number from the first to the last of 2,016 headers, for when the laboratory has no blocks; 1 s .. 366 days

---length of a period while the hash rate grows, against its law
---@class konsento.ExperimentGrowth
---@field name? string label in results; unique among the experiments; default growth
---@field growth string|number growth of the hash rate over one period of 2,016 blocks, of its logarithm; 0 % .. 100 %
---@field interval? string|number interval that the retarget aims at; 1 s .. 1 h; default 10 min
---@field periods? integer periods drawn in each replication, one after the other; 1 .. 500; default 20

---blocks that lose, on the whole chain with its miners, against their law
---@class konsento.ExperimentStale
---@field name? string label in results; unique among the experiments; default stale
---@field interval? string|number mean time between blocks; 1 s .. 1 h; default 10 min
---@field delay? string|number mean time in which the hash rate does not have a new block; 0 s .. 10 min; default 1 s
---@field blocks? integer blocks in each replication, at least; 1 .. 200000; default 10000

---one transaction through a network of nodes
---@class konsento.ExperimentGossip
---@field name? string label in results; unique among the experiments; default gossip
---@field generation? "2018"|"current" how nodes announce transactions: with the timers of 2018, or those of today; default 2018
---@field nodes? integer nodes of the network; 10 .. 1000000; default 6000
---@field networks? integer networks drawn in each replication; 1 .. 10000; default 5

---two transactions that exclude each other in such a network: the odds law
---@class konsento.ExperimentConflict
---@field name? string label in results; unique among the experiments; default conflict
---@field generation? "2018"|"current" how nodes announce transactions: with the timers of 2018, or those of today; default 2018
---@field nodes? integer nodes of the network; 10 .. 1000000; default 6000
---@field networks? integer networks drawn in each replication; 1 .. 10000; default 10
---@field races? integer double spends in each network at each delay, twice as many at the last; 1 .. 10000; default 4

---double spends that are mined and that no observer has seen, against their bound
---@class konsento.ExperimentObservers
---@field name? string label in results; unique among the experiments; default observers
---@field generation? "2018"|"current" how nodes announce transactions: with the timers of 2018, or those of today; default 2018
---@field observers integer nodes, drawn at random, that tell the merchant of a second transaction; 1 .. 10000
---@field risk? string|number for observers.needed: share of double spends that may stay unseen; 0.001 % .. 99 %; default 1 %
---@field trials? integer double spends in each replication; 1 .. 100000000; default 20000

---double spends that come late
---@class konsento.ExperimentLate
---@field name? string label in results; unique among the experiments; default late
---@field generation? "2018"|"current" how nodes announce transactions: with the timers of 2018, or those of today; default 2018
---@field from? string|number least time of the second transaction after the first; 0 s .. 1 h; default 1 s
---@field to? string|number most; 0 s .. 1 h; default 10 s
---@field peers? integer nodes that have the first at once; 1 .. 1000; default 8
---@field helpers? integer nodes that have the second first; 1 .. 1000; default 1
---@field trials? integer double spends in each replication; 1 .. 100000000; default 50000

---one real transaction, built, signed and weighed
---@class konsento.ExperimentSize
---@field name? string label in results; unique among the experiments; default size
---@field transaction? "p2wpkh_1_1"|"p2wpkh_1_2"|"p2pkh_1_2"|"funding"|"commitment"|"commitment_anchors"|"htlc_timeout"|"htlc_timeout_anchors"|"htlc_success"|"htlc_success_anchors" what is built and signed; "..._1_2": one input, two outputs; one input in all others; default p2wpkh_1_2
---@field htlcs? integer in a commitment; 0 .. 483; default 0

---the mempool and the fees of an era's days
---@class konsento.ExperimentMempool
---@field name? string label in results; unique among the experiments; default mempool
---@field era? "2017-12"|"2018-03"|"2021"|"2024-04"|"empty"|"2018-01" whose demand; default 2018-03
---@field days? integer simulated in each replication; 1 .. 366; default 31

---how long the fee estimator lags behind demand that has fallen
---@class konsento.ExperimentEstimator
---@field name? string label in results; unique among the experiments; default estimator
---@field mode? "economical"|"conservative" of Bitcoin Core's estimator; default economical
---@field target? integer in a block within so many; 1 .. 1008; default 2
---@field spike? string|number how long demand was high before it fell; 1 h .. 30 days; default 6 h

local k = {}

k.fleet = {}

k.tariff = {}

k.rail = {}

k.feerate = {}

k.attacker = {}

k.experiment = {}

---one world and the questions put to it; the file returns it
---@param fields konsento.Scenario
---@return konsento.Scenario
function k.scenario(fields) end

---an apartment house
---@param fields konsento.Building
---@return konsento.Building
function k.building(fields) end

---outlets that a payment switches on
---@param fields konsento.Outlets
---@return konsento.Outlets
function k.outlets(fields) end

---what homes use beside cars, half-hour by half-hour
---@param fields konsento.Household
---@return konsento.Household
function k.household(fields) end

---solar modules on the roof, under a modeled sky or a file's
---@param fields konsento.Roof
---@return konsento.Roof
function k.roof(fields) end

---a distribution transformer, its heat and its ageing
---@param fields konsento.Transformer
---@return konsento.Transformer
function k.transformer(fields) end

---what becomes of cars that are full
---@param fields konsento.Idle
---@return konsento.Idle
function k.idle(fields) end

---outlets of residents, lent to visitors
---@param fields konsento.Sharing
---@return konsento.Sharing
function k.sharing(fields) end

---what outlets and energy cost the operator
---@param fields konsento.Investment
---@return konsento.Investment
function k.investment(fields) end

---an outlet of the building that is a device: a plug, a charger, a meter
---@param fields konsento.Device
---@return konsento.Device
function k.device(fields) end

---sessions as they were recorded
---@param fields konsento.FleetReplay
---@return konsento.FleetReplay
function k.fleet.replay(fields) end

---cars of residents: away, home, perhaps plugged in; a model of apartments
---@param fields konsento.FleetCars
---@return konsento.FleetCars
function k.fleet.cars(fields) end

---sessions as a fitted profile makes them
---@param fields konsento.FleetProfile
---@return konsento.FleetProfile
function k.fleet.profile(fields) end

---cars that live on as users of a recording did
---@param fields konsento.FleetResample
---@return konsento.FleetResample
function k.fleet.resample(fields) end

---a day that is as at a weekend
---@param fields konsento.Holiday
---@return konsento.Holiday
function k.holiday(fields) end

---battery and charger
---@param fields konsento.Car
---@return konsento.Car
function k.car(fields) end

---one price
---@param fields konsento.TariffFlat
---@return konsento.TariffFlat
function k.tariff.flat(fields) end

---prices by time of day and kind of day
---@param fields konsento.TariffTimeOfUse
---@return konsento.TariffTimeOfUse
function k.tariff.time_of_use(fields) end

---prices by time of day and kind of day, from a file
---@param fields konsento.TariffCsv
---@return konsento.TariffCsv
function k.tariff.csv(fields) end

---one band of a time-of-use tariff
---@param fields konsento.Band
---@return konsento.Band
function k.band(fields) end

---energy traded in the house
---@param fields konsento.Market
---@return konsento.Market
function k.market(fields) end

---baseline and steering for requests
---@param fields konsento.Aggregator
---@return konsento.Aggregator
function k.aggregator(fields) end

---reductions requested at fixed times
---@param fields konsento.Requests
---@return konsento.Requests
function k.requests(fields) end

---one reduction
---@param fields konsento.Request
---@return konsento.Request
function k.request(fields) end

---how a session buys its energy
---@param fields konsento.Payment
---@return konsento.Payment
function k.payment(fields) end

---the building's router, the garage's radio
---@param fields konsento.Reach
---@return konsento.Reach
function k.reach(fields) end

---the points of a sweep, and how exact it is to be
---@param fields konsento.Sweep
---@return konsento.Sweep
function k.sweep(fields) end

---one parameter or field that varies
---@param fields konsento.Axis
---@return konsento.Axis
function k.axis(fields) end

---how exact a metric is to be
---@param fields konsento.Target
---@return konsento.Target
function k.target(fields) end

---account or card at a central provider
---@param fields konsento.RailCloud
---@return konsento.RailCloud
function k.rail.cloud(fields) end

---a provider, or a router, is gone
---@param fields konsento.Outage
---@return konsento.Outage
function k.outage(fields) end

---payments in transactions on the public blockchain
---@param fields konsento.RailOnchain
---@return konsento.RailOnchain
function k.rail.onchain(fields) end

---payments in channels
---@param fields konsento.RailLightning
---@return konsento.RailLightning
function k.rail.lightning(fields) end

---payments that a real Lightning node is paid, told through a socket
---@param fields konsento.RailNode
---@return konsento.RailNode
function k.rail.node(fields) end

---a payment that such a node waits for
---@param fields konsento.Invoice
---@return konsento.Invoice
function k.invoice(fields) end

---always the same feerate
---@param fields konsento.FeerateFixed
---@return konsento.FeerateFixed
function k.feerate.fixed(fields) end

---what Bitcoin Core's estimator says: what was confirmed before
---@param fields konsento.FeerateEstimator
---@return konsento.FeerateEstimator
function k.feerate.estimator(fields) end

---what the next blocks would take of the mempool as it is
---@param fields konsento.FeeratePosition
---@return konsento.FeeratePosition
function k.feerate.position(fields) end

---spends the same coins at the same time, through other nodes
---@param fields konsento.AttackerRace
---@return konsento.AttackerRace
function k.attacker.race(fields) end

---spends the same coins later, for a higher fee
---@param fields konsento.AttackerReplacement
---@return konsento.AttackerReplacement
function k.attacker.replacement(fields) end

---offers miners little, then spends the same coins for more
---@param fields konsento.AttackerStall
---@return konsento.AttackerStall
function k.attacker.stall(fields) end

---keeps back a block that spends the same coins
---@param fields konsento.AttackerFinney
---@return konsento.AttackerFinney
function k.attacker.finney(fields) end

---closes a channel as it was before it paid
---@param fields konsento.AttackerRevoked
---@return konsento.AttackerRevoked
function k.attacker.revoked(fields) end

---lets refunds hang until they expire
---@param fields konsento.AttackerGrief
---@return konsento.AttackerGrief
function k.attacker.grief(fields) end

---fills channels with parts of payments that never become whole
---@param fields konsento.AttackerJam
---@return konsento.AttackerJam
function k.attacker.jam(fields) end

---mines a branch in secret that spends the same coins
---@param fields konsento.AttackerHash
---@return konsento.AttackerHash
function k.attacker.hash(fields) end

---the public blockchain: miners, nodes, everybody else's transactions
---@param fields konsento.Chain
---@return konsento.Chain
function k.chain(fields) end

---a miner or pool
---@param fields konsento.Miner
---@return konsento.Miner
function k.miner(fields) end

---a reorganisation that is forced
---@param fields konsento.Reorg
---@return konsento.Reorg
function k.reorg(fields) end

---experiments on models alone, without a building; the file returns it
---@param fields konsento.Lab
---@return konsento.Lab
function k.lab(fields) end

---closed forms of the attacker's race against printed tables
---@param fields konsento.ExperimentFormula
---@return konsento.ExperimentFormula
function k.experiment.formula(fields) end

---one place of a printed table
---@param fields konsento.Cell
---@return konsento.Cell
function k.cell(fields) end

---an attacker with a share of the hash rate tries to catch up, block by block
---@param fields konsento.ExperimentRace
---@return konsento.ExperimentRace
function k.experiment.race(fields) end

---waiting for confirmations at a constant hash rate, against Erlang's distribution
---@param fields konsento.ExperimentWaiting
---@return konsento.ExperimentWaiting
function k.experiment.waiting(fields) end

---waiting in one real period of 2,016 blocks, against periods as they are drawn
---@param fields konsento.ExperimentPeriod
---@return konsento.ExperimentPeriod
function k.experiment.period(fields) end

---the difficulty's change after a real period
---@param fields konsento.ExperimentRetarget
---@return konsento.ExperimentRetarget
function k.experiment.retarget(fields) end

---length of a period while the hash rate grows, against its law
---@param fields konsento.ExperimentGrowth
---@return konsento.ExperimentGrowth
function k.experiment.growth(fields) end

---blocks that lose, on the whole chain with its miners, against their law
---@param fields konsento.ExperimentStale
---@return konsento.ExperimentStale
function k.experiment.stale(fields) end

---one transaction through a network of nodes
---@param fields konsento.ExperimentGossip
---@return konsento.ExperimentGossip
function k.experiment.gossip(fields) end

---two transactions that exclude each other in such a network: the odds law
---@param fields konsento.ExperimentConflict
---@return konsento.ExperimentConflict
function k.experiment.conflict(fields) end

---double spends that are mined and that no observer has seen, against their bound
---@param fields konsento.ExperimentObservers
---@return konsento.ExperimentObservers
function k.experiment.observers(fields) end

---double spends that come late
---@param fields konsento.ExperimentLate
---@return konsento.ExperimentLate
function k.experiment.late(fields) end

---one real transaction, built, signed and weighed
---@param fields konsento.ExperimentSize
---@return konsento.ExperimentSize
function k.experiment.size(fields) end

---the mempool and the fees of an era's days
---@param fields konsento.ExperimentMempool
---@return konsento.ExperimentMempool
function k.experiment.mempool(fields) end

---how long the fee estimator lags behind demand that has fallen
---@param fields konsento.ExperimentEstimator
---@return konsento.ExperimentEstimator
function k.experiment.estimator(fields) end

---declares the parameters and returns their values, after --set
---@type fun(definitions: table<string, konsento.Param>): table<string, any>
k.params = nil

---one parameter: { default, help = "...", min =, max =, oneof = {...}, unit = "current" or {"current", "power"} }
---@type fun(definition: konsento.ParamDefinition): konsento.Param
k.param = nil

---the value of a parameter
---@type fun(name: string): any
k.p = nil

---what another file in the scenario's folder returns; values: its parameters
---@type fun(path: string, values?: table<string, any>): any
k.include = nil

---a copy of base with changes: k.extend(base) { duration = "7 days" }
---@type fun(base: table): fun(changes: table): table
k.extend = nil

---a remark shown to the user
---@type fun(text: string)
k.note = nil

---a random stream of that name, the same in every run of a seed
---@type fun(name: string): konsento.Stream
k.rng = nil

---a quantity as a number in the unit named
---@type fun(text: string, unit: string): number
k.quantity = nil

return k
