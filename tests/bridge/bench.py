# bench.py: the trial's bench on the wire: a broker, two virtual outlets and the bridge, as a user starts them.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: bench.py PROGRAM CASE, from the source folder. Ends with 77 where there is no mosquitto.

The virtual outlets log each edge of their relay and the true energy; everything that the bridge says is compared with
that, to the resolution of the meters.
"""
import functools
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROGRAM, CASE = os.path.abspath(sys.argv[1]), sys.argv[2]
BROKER = "/usr/sbin/mosquitto"
SCENARIO = "scenarios/bench_two_outlets.lua"
LEASE_S, METER_S = 3, 1
WH = 3600000000
RAILS = {"zero-conf": "left", "lightning": "right"}
NAMES = {**RAILS, "node": "left"}
LATENCY_S = 8  # of this machine under load, whatever happens to it


def free_port(number):
    """Below the range that the system chooses from: there it may be the end of somebody's connection by then."""
    for i in range(20000):
        port = 10000 + (os.getpid() * 37 + number * 9973 + i * 7) % 20000
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    raise AssertionError("no port is free")


def wait_for(condition, seconds, what):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(f"in vain for {seconds} s: {what}")


def answers(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


class Bench:
    """Broker and outlets; all of it ends with the block."""

    def __init__(self, duration="20s", lease_s=LEASE_S, wires=None, faults=None):
        self.lease_s = lease_s
        self.faults = faults or {}
        self.wires = wires or {name: "--tasmota" for name in RAILS.values()}
        closing_s = METER_S + (34 if "--ocpp" in self.wires.values() else 11)  # docs/bridge.md: switched off for good
        self.duration = f"{int(duration[:-1]) - 6 + closing_s}s"  # with 6 s: what the cases' figures are made for

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = self.folder.name
        self.port, self.charger_port = free_port(0), free_port(1)
        self.processes = {}
        conf = f"{self.path}/broker.conf"
        with open(conf, "w", encoding="ascii") as file:
            file.write(f"user root\nlistener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
                       "set_tcp_nodelay true\nmax_packet_size 16384\nlog_dest none\n")
        self.processes["broker"] = subprocess.Popen([BROKER, "-c", conf], stderr=subprocess.DEVNULL)
        wait_for(lambda: answers(self.port), 10, "broker")
        for name in RAILS.values():
            self.start_outlet(name, *self.faults.get(name, ()))
        return self

    def start_outlet(self, name, *faults):
        wire = self.wires[name]
        place = f"ws://127.0.0.1:{self.charger_port}" if wire == "--ocpp" else f"mqtt://127.0.0.1:{self.port}"
        command = [PROGRAM, "outlet", wire, f"{place}/{name}", "--period", "500ms", "-q", "--truth", f"{self.path}/{name}.truth", "--counter", f"{self.path}/{name}.counter"]
        command += ["--fault", "; ".join(faults)] if faults else []
        self.processes[name] = subprocess.Popen(command)
        wait_for(lambda: os.path.exists(f"{self.path}/{name}.truth"), 10, name)

    def __exit__(self, *_):
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.folder.cleanup()

    def bridge(self, verb, *more):
        command = [PROGRAM, "bridge", verb, SCENARIO, "--set", f"broker=127.0.0.1:{self.port}", "--set",
                   f"duration={self.duration}", "--set", f"lease={self.lease_s}s", "--set", f"meter_interval={METER_S}s"]
        return command + list(more)

    def run_bridge(self):
        command = self.bridge("run", "-o", f"{self.path}/out", "--json", "--no-report")
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)

    def start_bridge(self):
        command = self.bridge("run", "-o", f"{self.path}/out", "--json", "--no-report")
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def truth(self, name):
        """(CLOCK_MONOTONIC in s, word, true energy in uJ) for each line."""
        with open(f"{self.path}/{name}.truth", encoding="ascii") as file:
            lines = [line.split() for line in file if line.endswith("\n")]
        return [(int(a) / 1e9, b, int(c)) for a, b, c in lines]

    def is_closed(self, name):
        edges = [word for _, word, _ in self.truth(name) if word != "start"]
        return bool(edges) and edges[-1] == "closed"

    def energy(self, name):
        return self.truth(name)[-1][2]

    def replay(self, rail):
        return subprocess.run([PROGRAM, "replay", f"{self.path}/out/{rail}.hwj"], capture_output=True, text=True,
                              check=False, timeout=60)


def metric(result, rail, name):
    for one in json.loads(result.stdout)["metrics"]:
        if one["name"] == name and one["rail"] == rail:
            return one["mean"]
    raise AssertionError(f"{name} of {rail} is not in the results")


def check_books(bench, result, rail):
    """What flowed is what was counted, is what was paid for."""
    true_wh = bench.energy(NAMES[rail]) / WH
    counted_wh = metric(result, rail, "energy.delivered") * 1000
    assert true_wh > 2, f"{rail}: only {true_wh} Wh flowed"
    assert true_wh - 1 <= counted_wh <= true_wh, f"{rail}: {true_wh} Wh flowed, {counted_wh} Wh were counted"
    revenue_yen = metric(result, rail, "revenue")
    assert abs(revenue_yen - counted_wh * 0.030) < 1e-4, f"{rail}: {counted_wh} Wh brought {revenue_yen} yen"
    assert not bench.is_closed(NAMES[rail]), f"{rail}: left on"


def check_replay(bench, rail):
    again = bench.replay(rail)
    assert again.returncode == 0 and "bit for bit, as in the journal" in again.stdout, again.stdout + again.stderr


def forge(path, pattern):
    """One figure of one line is another."""
    with open(path, encoding="ascii") as file:
        text = file.read()
    forged, count = re.subn(pattern, lambda found: found.group(1) + str(int(found.group(2)) + 1), text, count=1)
    assert count == 1
    with open(path, "w", encoding="ascii") as file:
        file.write(forged)


def case_bench():
    """Both rails deliver, the books agree with the truth, and the journals replay."""
    with Bench() as bench:
        looked = subprocess.run(bench.bridge("doctor"), capture_output=True, text=True, check=False, timeout=100)
        assert looked.returncode == 0 and looked.stdout.count("off by itself after") == 2, looked.stdout
        before = {name: bench.energy(name) for name in RAILS.values()}
        result = bench.run_bridge()
        assert result.returncode == 0, result.stderr
        for rail, name in RAILS.items():
            true_wh = (bench.energy(name) - before[name]) / WH
            counted_wh = metric(result, rail, "energy.delivered") * 1000
            assert true_wh > 2 and abs(counted_wh - true_wh) <= 1, f"{rail}: {true_wh} Wh, counted {counted_wh} Wh"
            assert abs(metric(result, rail, "revenue") - counted_wh * 0.030) < 1e-4
            assert not bench.is_closed(name)
            assert "event lag" in result.stderr
            check_replay(bench, rail)
        forge(f"{bench.path}/out/lightning.hwj", r"(\nI \d+ \d+ 0 6 0 0 )(\d+)")
        assert bench.replay("lightning").returncode == 1


def case_killed():
    """kill -9 while energy flows: leases end it, and the next start loses nothing."""
    with Bench(duration="36s") as bench:
        bridge = bench.start_bridge()
        wait_for(lambda: all(bench.is_closed(name) for name in RAILS.values()), 40, "both outlets on")
        time.sleep(2)
        bridge.kill()
        killed_s = time.monotonic()
        bridge.communicate()
        wait_for(lambda: not any(bench.is_closed(name) for name in RAILS.values()), LEASE_S + LATENCY_S, "leases")
        for name in RAILS.values():
            opened_s = bench.truth(name)[-1][0]
            assert opened_s - killed_s <= LEASE_S + 1, f"{name}: off {opened_s - killed_s} s after the kill"
        again = bench.start_bridge()  # and once more, as soon as it is back
        journal = f"{bench.path}/out/lightning.hwj"
        wait_for(lambda: "\nR " in open(journal, encoding="ascii").read(), 40, "the run goes on")
        again.kill()
        again.communicate()
        result = bench.run_bridge()
        assert result.returncode == 0 and "went on at" in result.stderr, result.stderr
        for rail in RAILS:
            check_books(bench, result, rail)
            check_replay(bench, rail)


def case_stopped():
    """SIGTERM switches off at once; the next start goes on."""
    with Bench(duration="26s") as bench:
        bridge = bench.start_bridge()
        wait_for(lambda: all(bench.is_closed(name) for name in RAILS.values()), 40, "both outlets on")
        bridge.send_signal(signal.SIGTERM)
        stopped_s = time.monotonic()
        _, said = bridge.communicate(timeout=60)
        assert bridge.returncode == 6 and "ended: interrupt" in said, said
        assert len(re.findall(r"kWh; off, confirmed at the end; .* at most [012]\.\d s\n", said)) == 2, said
        for name in RAILS.values():
            assert not bench.is_closed(name)
            off_s = bench.truth(name)[-1][0] - stopped_s
            assert off_s < LEASE_S - 1, f"{name}: off after {off_s} s: that was its lease"
        result = bench.run_bridge()
        assert result.returncode == 0, result.stderr
        for rail in RAILS:
            check_books(bench, result, rail)
            check_replay(bench, rail)


def case_doctor_stopped():
    """Ctrl-C while the doctor has an outlet on whose lease does not work: it is switched off all the same."""
    with Bench(faults={name: ["0s no-lease"] for name in RAILS.values()}) as bench:
        doctor = subprocess.Popen(bench.bridge("doctor"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_for(lambda: bench.is_closed("left"), 40, "the doctor tries a lease")
        time.sleep(0.7)
        doctor.send_signal(signal.SIGINT)
        _, said = doctor.communicate(timeout=60)
        assert not bench.is_closed("left"), said
        assert doctor.returncode != 0 and "outlets are off" in said, (doctor.returncode, said)


def case_stopped_twice():
    """A second SIGTERM while outlets do not answer their OFF is obeyed at once, and says what it leaves behind."""
    with Bench(duration="26s") as bench:
        bridge = bench.start_bridge()
        wait_for(lambda: all(bench.is_closed(name) for name in RAILS.values()), 40, "both outlets on")
        for name in RAILS.values():
            bench.processes[name].send_signal(signal.SIGSTOP)
        bridge.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        bridge.send_signal(signal.SIGTERM)
        _, said = bridge.communicate(timeout=4)
        assert bridge.returncode == 6, said
        assert said.endswith("\nkonsento: outlets may be on until their leases end\n") and "stopped at once" in said, said


def case_welded():
    """A relay that does not open any more, even at the last OFF, is told of, and the run has not gone well."""
    with Bench(faults={"left": ["8s welded"]}) as bench:
        result = bench.run_bridge()
        assert bench.is_closed("left") and not bench.is_closed("right")
        assert result.returncode == 1, result.stderr
        told = re.findall(r"^konsento: outlet 1, (\S+): may be ON: look at it; only a working lease ends it$", result.stderr,
                          re.MULTILINE)
        assert len(told) == 1 and told[0].endswith("/left"), result.stderr
        left, right = re.findall(r"outlet 1 \(\S+/(left|right)\): \S+ kWh[^;]*; (.*); lost .* at most (\S+) s$", result.stderr,
                                 re.MULTILINE)
        assert left[:2] == ("left", "stuck: stuck; NOT confirmed off") and float(left[2]) > 10, result.stderr
        assert right[:2] == ("right", "off, confirmed at the end") and float(right[2]) < 5, result.stderr


def replace_left(bench, *more):
    """Another plug in its place."""
    bench.processes["left"].kill()
    bench.processes["left"].wait()
    url = f"mqtt://127.0.0.1:{bench.port}/left"
    command = [PROGRAM, "outlet", "--tasmota", url, "--period", "500ms", "-q", "--truth", f"{bench.path}/left.truth"]
    bench.processes["left"] = subprocess.Popen(command + list(more))


def stop(bench, bridge):
    """Returns what was said of the left outlet."""
    bridge.send_signal(signal.SIGTERM)
    _, said = bridge.communicate(timeout=60)
    assert bridge.returncode == 6, said
    return re.search(r"/left\): .*?; (.*?);", said).group(1)


def case_looked_at():
    """A latched outlet stays out of use when the run goes on, until somebody says that he has looked at it."""
    with Bench(duration="40s") as bench:
        replace_left(bench, "--fault", "0s stuck-counter")
        bridge = bench.start_bridge()
        wait_for(lambda: bench.is_closed("left"), 40, "power")
        wait_for(lambda: not bench.is_closed("left"), 40, "somebody sees that its counter stands still")
        assert stop(bench, bridge).startswith("fault")
        replace_left(bench)
        bridge, journal = bench.start_bridge(), f"{bench.path}/out/zero-conf.hwj"
        wait_for(lambda: "\nR " in open(journal, encoding="ascii").read(), 40, "the run goes on")
        time.sleep(2)
        assert stop(bench, bridge).startswith("fault")
        command = bench.bridge("run", "-o", f"{bench.path}/out", "--json", "--no-report", "--looked-at")
        wrong = subprocess.run([*command, "zero-conf/2"], capture_output=True, text=True, check=False, timeout=60)
        assert wrong.returncode == 2 and "--looked-at zero-conf/2: no device" in wrong.stderr, wrong.stderr
        result = subprocess.run([*command, "zero-conf/1"], capture_output=True, text=True, check=False, timeout=100)
        assert result.returncode == 0 and re.search(r"/left\): .*?; off\b", result.stderr), result.stderr
        check_replay(bench, "zero-conf")


def case_late():
    """A run that cannot keep step switches everything off and says why; a run that may catch up goes on."""
    with Bench(duration="26s", lease_s=12) as bench:
        command = bench.bridge("run", "-o", f"{bench.path}/out", "--json", "--no-report", "--lag", "hard",
                               "--lag-limit", "500 ms")
        bridge = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_for(lambda: all(bench.is_closed(name) for name in RAILS.values()), 40, "both outlets on")
        bridge.send_signal(signal.SIGSTOP)  # the machine has something else to do
        time.sleep(5)  # longer than a third of the lease: something was due
        bridge.send_signal(signal.SIGCONT)
        woken_s = time.monotonic()
        _, err = bridge.communicate(timeout=60)
        assert bridge.returncode == 1 and "could not keep step" in err, err
        assert err.count("; off, confirmed at the end; ") == 2, err
        for name in RAILS.values():
            assert not bench.is_closed(name)
            assert bench.truth(name)[-1][0] - woken_s < 2.5, "off by its lease, not by us"


def case_aborted():
    """Not even a failed assertion leaves an outlet on until its lease ends."""
    with Bench(duration="26s", lease_s=12) as bench:
        bridge = bench.start_bridge()
        wait_for(lambda: all(bench.is_closed(name) for name in RAILS.values()), 40, "both outlets on")
        bridge.send_signal(signal.SIGABRT)
        aborted_s = time.monotonic()
        bridge.communicate(timeout=60)
        assert bridge.returncode == -signal.SIGABRT
        for name in RAILS.values():
            assert not bench.is_closed(name) and bench.truth(name)[-1][0] - aborted_s < 2.5


def tell(path, line):
    """What a hook script does. Returns the answer."""
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(10)
        one.connect(path)
        one.sendall(line.encode() + b"\n")
        return one.recv(100).decode().strip()


def case_node():
    """Another Lightning node's payments switch the outlet on, each once, and only with their preimage."""
    proofs = [os.urandom(32) for _ in range(2)]
    hashes = [hashlib.sha256(proof).hexdigest() for proof in proofs]
    lines = [f"103x1x0 02{'ab' * 32} {one} {proof.hex()}" for one, proof in zip(hashes, proofs)]
    with Bench() as bench:
        door = f"{bench.path}/door"
        command = bench.bridge("run", "-o", f"{bench.path}/out", "--json", "--no-report", "--settlements", door,
                               "--set", f"first={hashes[0]}", "--set", f"second={hashes[1]}")
        command[command.index(SCENARIO)] = "tests/bridge/node.lua"
        bridge = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_for(lambda: os.path.exists(door), 40, "socket")
        time.sleep(2)
        assert not bench.is_closed("left")
        assert tell(door, lines[0][:-64] + "00" * 32) == "no: preimage"
        assert tell(door, "hello") == "no: syntax"
        stranger = os.urandom(32)
        assert tell(door, f"0 02{'ab' * 32} {hashlib.sha256(stranger).hexdigest()} {stranger.hex()}") == "no: stranger"
        assert tell(door, lines[0]) == "ok"
        assert tell(door, lines[0]) == "no: repeated"
        time.sleep(1)
        assert not bench.is_closed("left"), "20 sat are less than what was asked for"
        told_s = time.monotonic()
        assert tell(door, lines[1]) == "ok"
        wait_for(lambda: bench.is_closed("left"), LATENCY_S, "power")
        assert bench.truth("left")[-1][0] - told_s < LATENCY_S
        out, err = bridge.communicate(timeout=100)
        result = subprocess.CompletedProcess(command, bridge.returncode, out, err)
        assert result.returncode == 0 and "2 payments told by another node counted" in err, err
        check_books(bench, result, "node")
        check_replay(bench, "node")
        assert not os.path.exists(door)


def mixed(dialect):
    """A plug, a charger and a model in one building, on one rail."""
    with Bench(wires={"left": f"--{dialect}", "right": "--ocpp"}) as bench:
        command = bench.bridge("run", "-o", f"{bench.path}/out", "--json", "--no-report", "--set",
                               f"chargers=127.0.0.1:{bench.charger_port}", "--set", f"dialect={dialect}")
        command[command.index(SCENARIO)] = "tests/bridge/mixed.lua"
        if dialect == "zigbee":  # whose timer cannot be read back
            refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
            assert refused.returncode == 2 and "--unsafe-settings" in refused.stderr, refused.stderr
            command.append("--unsafe-settings")
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
        assert result.returncode == 0, result.stderr
        real_wh = [bench.energy(name) / WH for name in ("left", "right")]
        counted_wh = metric(result, "cloud", "energy.delivered") * 1000
        assert metric(result, "cloud", "session.count") == 3 and min(real_wh) > 2, (dialect, real_wh, result.stderr)
        # The model has delivered 3 kW for as long as it had the car, the meters tell whole Wh.
        modeled_wh = counted_wh - sum(real_wh)
        assert 5 < modeled_wh < 12, (dialect, modeled_wh, real_wh)
        paid_wh = metric(result, "cloud", "revenue") / 0.030  # of what the model's meter shows, in whole Wh too
        assert counted_wh - 1 < paid_wh < counted_wh + 0.01, (dialect, counted_wh, paid_wh)
        assert not bench.is_closed("left") and not bench.is_closed("right")
        check_replay(bench, "cloud")


def doctor_url(url, *more):
    return subprocess.run([PROGRAM, "bridge", "doctor", url, *more], capture_output=True, text=True, check=False,
                          timeout=100)


def case_address():
    """The doctor looks at a charger and a wall box without a scenario, and takes neither for something else."""
    charger, box = f"ws://127.0.0.1:{free_port(2)}/CP1", free_port(3)
    commands = [["--ocpp", charger], ["--modbus-tcp", f"{box},keba"]]
    outlets = [subprocess.Popen([PROGRAM, "outlet", *command, "-q"]) for command in commands]
    try:
        wait_for(lambda: answers(box), 10, "wall box")
        for url, more in ((charger, []), (f"modbus-tcp://127.0.0.1:{box}", ["--dialect", "keba"])):
            looked = doctor_url(url, *more)
            said = "by the line's process on this machine" if more else "off by itself after"
            assert looked.returncode == 0 and said in looked.stdout, looked.stdout + looked.stderr
        for url, said in ((f"modbus-tcp://127.0.0.1:{box}", "needs --dialect: relay, keba"),
                          ("mqtts://127.0.0.1/plug", "needs --ca FILE"),
                          ("wss://127.0.0.1/CP1", "needs --certificate FILE and --key FILE")):
            refused = doctor_url(url)
            assert refused.returncode == 2 and said in refused.stderr, refused.stderr
        absent = doctor_url("mqtts://127.0.0.1/plug", "--ca", "nowhere.pem")
        assert absent.returncode == 2 and "nowhere.pem: No such file" in absent.stderr, absent.stderr
    finally:
        for outlet in outlets:
            outlet.kill()
            outlet.wait()


def shared(driver, dialect, one, other):
    """A run of two rails that have these devices."""
    more = ["--set", f"driver={driver}", "--set", f"dialect={dialect}", "--set", f"one={one}", "--set", f"other={other}"]
    return ["bridge", "run", "tests/bridge/shared.lua", "--allow-network", *more]


def case_refused():
    """Devices that are not there, or elsewhere, and commands that have no devices."""
    with Bench() as bench:
        for name in RAILS.values():
            bench.processes[name].send_signal(signal.SIGSTOP)
        result = bench.run_bridge()
        assert result.returncode == 2 and result.stderr.count("does not say") + result.stderr.count("not reached") == 2, result.stderr
        assert not os.path.exists(f"{bench.path}/out/lightning.hwj")
    for command, said in ((["run", SCENARIO], "konsento bridge run"),
                          (["bridge", "run", "scenarios/two_outlets.lua"], "has no devices"),
                          (["bridge", "run", SCENARIO, "--set", "broker=192.0.2.1:1883"], "--allow-network"),
                          (["bridge", "run", SCENARIO, "--set", "virtual=no", "--rate", "2"], "real time"),
                          (["bridge", "run", SCENARIO, "--set", "left=right"], "outlet 1 of rail zero-conf, "),
                          (["bridge", "run", SCENARIO, "--set", "left=right"], "and outlet 1 of rail lightning, "),
                          (["bridge", "doctor", SCENARIO, "--set", "left=right"], "have the same plug"),
                          (shared("modbus", "relay", "modbus-rtu:///dev/tty8/1", "modbus-rtu:///dev/tty8/2"),
                           "have the same serial line"),
                          (shared("modbus", "relay", "modbus-tcp://localhost:1/", "modbus-tcp://127.0.0.1:1/1"),
                           "have the same relay"),
                          (shared("ocpp", "", "ws://127.0.0.1:9000/A", "ws://0.0.0.0:9000/B"), "have the same port"),
                          (["bridge", "walk", SCENARIO], "there are run and doctor")):
        with tempfile.TemporaryDirectory() as folder:
            more = ["-o", folder + "/out"] if command[1] == "run" or command[0] == "run" else []
            got = subprocess.run([PROGRAM, *command, *more], capture_output=True, text=True, check=False, timeout=60)
            assert got.returncode == 2 and said in got.stderr, (command, got.stderr)


if not os.access(BROKER, os.X_OK):
    sys.exit(77)
CASES = {"bench": case_bench, "killed": case_killed, "stopped": case_stopped, "looked_at": case_looked_at, "late": case_late, "welded": case_welded, "stopped_twice": case_stopped_twice, "doctor_stopped": case_doctor_stopped,
         "aborted": case_aborted, "node": case_node, "refused": case_refused, "address": case_address,
         **{f"mixed_{one}": functools.partial(mixed, one) for one in ("tasmota", "shelly", "zigbee")}}
CASES[CASE]()
