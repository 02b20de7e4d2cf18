"""Commands that end by themselves: --version, get, resolve, ports, each in turn with what people use."""
import pathlib, subprocess, sys, time

from harness import BIN, Pair, free_port, start, status, stop
from servers import lab, named, nginx

HELD = pathlib.Path(__file__).with_name("held.py")


def startup(folder, table, scale):
    table.pair("--version", "curl --version", Pair([BIN, "--version"], ["curl", "--version"], scale.runs), 0.3)


def get(folder, table, scale):
    port = free_port()
    server = nginx(folder, port)
    url = f"http://127.0.0.1:{port}/"
    table.pair("get, narrated", "curl -sv", Pair([BIN, "get", url], ["curl", "-sv", url], scale.runs), 0.7)
    stop(server)


def zones(folder):
    exported = folder / "zones"
    if not exported.exists():
        subprocess.run([BIN, "lab", "--export", exported], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return exported


def resolve(folder, table, scale):
    port = free_port()
    server = named(folder, port, zones(folder))
    ours, theirs = [BIN, "resolve", "shop.test", "A", f"@127.0.0.1:{port}"], ["dig", "@127.0.0.1", "-p", port, "shop.test", "A"]
    table.pair("resolve NAME @SERVER, narrated", "dig", Pair(ours, theirs, scale.runs), 0.3)
    stop(server)


def held(count):
    """A process of its own that holds this many listeners."""
    process = start([sys.executable, HELD, count], input=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if process.stdout.readline() != "held\n":
        raise SystemExit(f"{count} listeners could not be held")
    return process


def ports(folder, table, scale):
    holder = held(2000)
    table.pair("ports, 2,000 listeners", "ss -tulnp", Pair([BIN, "ports"], ["ss", "-tulnp"], scale.runs), 0.6)
    stop(holder)


def lab_start(folder, table, scale):
    """From exec to the event that says all its servers listen, and the most memory it had."""
    times, sizes = [], []
    for _ in range(10):
        began = time.perf_counter()
        process, _ = lab(folder)
        times.append((time.perf_counter() - began) * 1e3)
        sizes.append(status(process.pid, "VmHWM") / 1e3)
        process.stdout.close()
        stop(process)
    table.limit("lab, until all servers listen", times, 20.0, "ms")
    table.limit("lab, memory", sizes, 20.0, "MB")
