"""How cost grows: connections of a server, sockets of a listing, events of a recording."""
import json, os, resource, socket, subprocess, time

from commands import held
from harness import BIN, Pair, free_port, middle, once, start, started, status, stop, used
from servers import nginx, serve
from serving import wrk


def connections(folder, table, scale):
    """Memory of a server with this many idle clients, once it has folded their narration."""
    columns = ["idle clients", "serve tcp, MB", "kB each", "serve http, MB", "kB each"]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for many in scale.clients:
        cells = [many]
        for protocol in ("tcp", "http"):
            with open(folder / "crowd", "wb") as log:
                port = free_port()
                own = serve(log, protocol, port, "--max-connections", "20000", "--idle", "300")
                before = status(own.pid, "VmRSS")
                clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(many)]
                time.sleep(2.5)  # past the second in which it folds
                after = status(own.pid, "VmRSS")
                for client in clients:
                    client.close()
                stop(own)
            cells += [f"{after / 1e3:.1f}", f"{(after - before) / many:.1f}"]
        table.growth("Memory by connections", columns, cells)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def requests(folder, table, scale):
    """Requests a second by connections, in turn with nginx."""
    columns = ["connections", "serve http, narrated, req/s", "nginx, 1 worker, req/s", "ratio"]
    ports = {"own": free_port(), "nginx": free_port()}
    with open(folder / "narration", "wb") as log:
        servers = [serve(log, "http", ports["own"], "--max-connections", "20000"), nginx(folder, ports["nginx"])]
        for many in (1, 64, 1000, 10_000):
            rates = {name: [] for name in ports}
            for turn in range(scale.rounds):
                for name in sorted(ports, reverse=turn % 2 == 1):
                    rates[name].append(wrk(ports[name], many, scale.seconds))
            own, other = middle(rates["own"]), middle(rates["nginx"])
            table.growth("Requests a second by connections", columns, [many, own, other, f"{own[0] / other[0]:.2f}"])
        for server in servers:
            stop(server)


def sockets(folder, table, scale):
    """`ports` and ss by the number of listeners, all of one process."""
    columns = ["listeners", "ports, ms", "ss -tulnp, ms", "ratio", "of CPU"]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for count in (10, 100, 1000, 10_000, 20_000):
        # A process may hold no more files than its limit.
        holders = [held(part) for part in parts(count, hard - 100)]
        pair = Pair([BIN, "ports"], ["ss", "-tulnp"], max(5, scale.runs // 4), warm=1)
        for holder in holders:
            stop(holder)
        (a, b), (c, d) = [middle(v) for v in pair.wall], [middle(v) for v in pair.cpu]
        table.growth("ports by sockets", columns, [count, a, b, f"{a[0] / b[0]:.2f}", f"{c[0] / d[0]:.2f}"])


def parts(count, most):
    while count > 0:
        yield min(count, most)
        count -= most


def recorded(folder):
    """The lines of one short conversation: a get from a server of ours."""
    file = folder / "one.jsonl"
    with open(folder / "served", "wb") as log:
        port = free_port()
        own = serve(log, "http", port)
        subprocess.run([BIN, "get", f"http://127.0.0.1:{port}/", "--record", file], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stop(own)
    return file.read_text().splitlines()


def repeated(lines, events, file):
    """A recording of this many events: the conversation again and again, each with a flow of its own, 1 ms apart."""
    head, *body, end = lines
    body = [json.loads(line) for line in body]
    with open(file, "w") as out:
        print(head, file=out)
        for seq in range(1, events):
            turn, which = divmod(seq - 1, len(body))
            event = {**body[which], "seq": seq, "at": round(body[which]["at"] + turn / 1000, 6)}
            if "flow" in event:
                event["flow"] = turn + 1
            print(json.dumps(event, separators=(",", ":")), file=out)
        print(json.dumps({**json.loads(end), "seq": events, "at": events / 1000}), file=out)
    return file.stat().st_size


VIEWS = {"narration": [], "ladder": ["--view", "ladder"], "hex": ["--view", "hex"], "waterfall": ["--view", "waterfall"], "json": ["--json"]}


def events(folder, table, scale):
    """`replay` of recordings of 1,000 to 200,000 events in each view; time and the most memory it had."""
    lines = recorded(folder)
    columns = ["view", "events", "recording, MB", "ms", "events/s", "memory, MB"]
    file = folder / "many.jsonl"
    for count in scale.events:
        size = repeated(lines, count, file)
        for view, flags in VIEWS.items():
            command = [str(BIN), "replay", str(file), *flags]
            took = [once(command)[0] for _ in range(scale.replays)]
            row = [view, count, f"{size / 1e6:.1f}", middle(took), round(count / (middle(took)[0] / 1e3)), most_memory(command)]
            table.growth("replay by events", columns, row)


def most_memory(command):
    """The most memory a run had (VmHWM), looked at every 2 ms until it ends; MB."""
    most = 0
    process = start(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        most = max(most, status(process.pid, "VmHWM") or 0)
        time.sleep(0.002)
    started.remove(process)
    return f"{most / 1e3:.1f}"


def rates(folder, table, scale):
    """Live narration: requests at a steady rate, and what serve spends on each; past 50 a second it folds."""
    columns = ["requests a second, asked", "answered", "CPU of serve, ms a second", "µs a request", "narration, lines a second"]
    for wanted in (1, 10, 40, 1000, 10_000):
        told = folder / "told"
        with open(told, "wb") as log:
            port = free_port()
            own = serve(log, "http", port)
            before, lines = used(own.pid), told.read_bytes().count(b"\n")
            done, took = steady(port, wanted, scale.seconds + 1)
            cpu, wrote = used(own.pid) - before, told.read_bytes().count(b"\n") - lines
            stop(own)
        table.growth(
            "Narration by rate",
            columns,
            [wanted, round(done / took), f"{cpu / took * 1e3:.1f}", f"{cpu / done * 1e6:.0f}", round(wrote / took)],
        )


def steady(port, rate, seconds):
    """Requests on one connection, so many a second as far as it can be done; how many, in how long."""
    question = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as s:
        began, done = time.perf_counter(), 0
        while (now := time.perf_counter() - began) < seconds:
            due = int(now * rate) + 1
            if done >= due:
                time.sleep(min(1 / rate, 0.01))
                continue
            s.sendall(question)
            answer = b""
            while not answer.endswith(b"Hello, World!\n"):
                answer += s.recv(65536)
            done += 1
        return done, time.perf_counter() - began
