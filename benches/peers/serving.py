"""Requests and questions a second: serve beside nginx and Node, the lab's authority beside BIND."""
import json, os, re, subprocess, sys

from commands import zones
from harness import BIN, free_port, start, stop, until, used
from servers import lab, named, nginx, node, serve


def wrk(port, connections, seconds):
    """Requests a second from one thread; every answer has to be a good one."""
    line = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"http://127.0.0.1:{port}/"]
    text = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    errors = re.search(r"Socket errors: (.*)", text)
    if "Non-2xx" in text or (errors and not re.match(r"connect 0, read 0, write 0", errors[1])):
        raise SystemExit(text)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])


def http(folder, table, scale):
    ports = {name: free_port() for name in ("netlearn", "nginx", "node")}
    with open(folder / "narration", "wb") as log:
        servers = [serve(log, "http", ports["netlearn"]), nginx(folder, ports["nginx"]), node(folder, ports["node"])]
        pids = dict(zip(ports, (server.pid for server in servers)))
        rates, costs = {name: [] for name in ports}, {name: [] for name in ports}
        for turn in range(scale.rounds):
            for name in sorted(ports, reverse=turn % 2 == 1):
                before = used(pids[name])
                rate = wrk(ports[name], 64, scale.seconds)
                rates[name].append(rate)
                costs[name].append((used(pids[name]) - before) / (rate * scale.seconds) * 1e6)
        for server in servers:
            stop(server)
    table.rates("serve, narrated, wrk -c64", rates["netlearn"], "nginx, 1 worker", rates["nginx"], "req/s", 1.0)
    table.rates("serve, narrated, wrk -c64", rates["netlearn"], "node http", rates["node"], "req/s", 2.0)
    table.rates("serve, CPU a request", costs["netlearn"], "nginx, 1 worker", costs["nginx"], "µs", None)
    table.rates("serve, CPU a request", costs["netlearn"], "node http", costs["node"], "µs", None)


QUESTIONS = ["shop.test A", "www.shop.test A", "nope.shop.test A", "shop.test MX", "shop.test TXT", "shop.test NS", "shop.test SOA", "shop.test AAAA"]


def dnsperf(folder, address, port, seconds):
    """Questions a second, one client on a core of its own; questions that were lost are said."""
    questions = folder / "questions"
    questions.write_text("\n".join(QUESTIONS) + "\n")
    command = ["dnsperf", "-s", address, "-p", str(port), "-d", str(questions), "-l", str(seconds), "-T", "1", "-c", "4"]
    text = subprocess.run(["taskset", "-c", "1", *command], capture_output=True, text=True, check=True).stdout
    if lost := int(re.search(r"Queries lost:\s+(\d+)", text)[1]):
        print(f"{lost} questions lost at {address}:{port}", file=sys.stderr)
    return float(re.search(r"Queries per second:\s+([\d.]+)", text)[1])


def authority(folder, table, scale):
    port = free_port()
    bind = named(folder, port, zones(folder))
    os.sched_setaffinity(bind.pid, {0})
    home = folder / "own-lab"
    home.mkdir(mode=0o700)
    own, at = narrated_lab(folder, home)
    places = {"lab": ("127.53.0.3", at), "named": ("127.0.0.1", port)}
    rates = {name: [] for name in places}
    for turn in range(scale.rounds):
        for name in sorted(places, reverse=turn % 2 == 1):
            rates[name].append(dnsperf(folder, *places[name], scale.seconds))
    stop(own)
    stop(bind)
    table.rates("lab's authority, narrated, dnsperf", rates["lab"], "BIND, 1 thread", rates["named"], "questions/s", 0.5)


def narrated_lab(folder, home):
    """A lab that narrates into a file, on one core, and the port of its name servers."""
    log = open(folder / "lab-narration", "wb")
    own = start(["taskset", "-c", "0", BIN, "lab"], stdout=log, stderr=log, env={**os.environ, "XDG_RUNTIME_DIR": str(home)})
    file = until(lambda: next((home / "netlearn").glob("*.json"), None), "the lab's file")
    return own, json.loads(file.read_text())["started"]["ports"]["dns"]
