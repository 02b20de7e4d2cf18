#!/usr/bin/env python3
"""Whole-process ratios against the tools people use, each pair interleaved in one run.

    cargo build --release && python3 benches/peers/run.py [--quick] [--json FILE]

Installs nothing; names what is missing. Everything listens on loopback, on ports the system chose.
"""
import argparse, json, os, pathlib, re, resource, shutil, signal, socket, statistics, subprocess, sys, tempfile, threading, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "target/release/netlearn"
started = []


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(command, input=subprocess.DEVNULL, **kw):
    process = subprocess.Popen(command, stdin=input, **kw)
    started.append(process)
    return process


def stop(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    started.remove(process)


def answers(port, deadline=10):
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"nothing listens on {port}")


def nginx(folder, port):
    conf = folder / f"nginx-{port}.conf"
    conf.write_text(f"""
worker_processes 1; daemon off; pid {folder}/nginx-{port}.pid; error_log {folder}/nginx.err;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{port} backlog=1024; location / {{ default_type text/plain; return 200 "Hello, World!\\n"; }} }} }}
""")
    process = start(["nginx", "-c", str(conf), "-p", str(folder)], stderr=subprocess.DEVNULL)
    answers(port)
    return process


def node(folder, port):
    program = folder / "server.js"
    program.write_text(
        "require('http').createServer((q, r) => { r.setHeader('Content-Type', 'text/plain'); r.end('Hello, World!\\n') })"
        f".listen({port}, '127.0.0.1')"
    )
    process = start(["node", str(program)])
    answers(port)
    return process


def interleaved(ours, theirs, runs):
    """Medians (ms) and interquartile ranges of two commands run in turn."""
    times = {0: [], 1: []}
    for turn in range(runs + 3):
        for index, command in enumerate((ours, theirs)):
            began = time.perf_counter()
            code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
            took = time.perf_counter() - began
            if code != 0:
                raise SystemExit(f"{command} ended with {code}")
            if turn >= 3:  # warm caches first
                times[index].append(took * 1e3)
    spread = lambda values: statistics.quantiles(values, n=4)[2] - statistics.quantiles(values, n=4)[0]
    return [(statistics.median(times[i]), spread(times[i])) for i in (0, 1)]


def wrk(port, seconds):
    text = subprocess.run(
        ["wrk", "-t1", "-c64", f"-d{seconds}s", f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in text:
        raise SystemExit(text)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])


def told(process, name):
    """The first event of this name that a netlearn --json tells on stdout."""
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == name:
            return event
    raise SystemExit(f"no {name}")


def lab(folder, *flags):
    """A lab of this run's own, found by no other command; and its ports."""
    home = folder / f"lab-{len(list(folder.iterdir()))}"
    home.mkdir(mode=0o700)
    process = start([BIN, "lab", "--json", *flags], stdout=subprocess.PIPE, text=True, env={**os.environ, "XDG_RUNTIME_DIR": str(home)})
    return process, told(process, "lab_started")


def lab_start(folder, runs):
    """Milliseconds from exec to the event that says all its servers listen, and the most memory it had, MB."""
    times, sizes = [], []
    for _ in range(runs):
        began = time.perf_counter()
        process, _ = lab(folder)
        times.append((time.perf_counter() - began) * 1e3)
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        sizes.append(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1e3)
        process.stdout.close()
        stop(process)
    spread = lambda values: max(values) - min(values)
    return (statistics.median(times), spread(times)), (statistics.median(sizes), spread(sizes))


def named(folder, port, zones):
    """BIND, one thread, with the lab's own zones."""
    lines = [
        "controls { };",
        "options {",
        f' directory "{folder}"; pid-file none; session-keyfile none; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};',
        " minimal-any no; allow-query { any; };",
        " recursion no; dnssec-validation no; minimal-responses no; };",
    ]
    for file in sorted(zones.glob("*.zone")):
        origin = "." if file.stem == "root" else file.stem
        lines.append(f'zone "{origin}" {{ type primary; file "{file}"; }};')
    conf = folder / "named.conf"
    conf.write_text("\n".join(lines))
    process = start(["named", "-g", "-n", "1", "-c", str(conf)], stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.rstrip().endswith(" running"):
            break
    else:
        raise SystemExit("named did not start")
    threading.Thread(target=lambda: [None for _ in process.stderr], daemon=True).start()
    return process


QUESTIONS = ["shop.test A", "www.shop.test A", "nope.shop.test A", "shop.test MX", "shop.test TXT", "shop.test NS", "shop.test SOA", "shop.test AAAA"]


def dnsperf(folder, address, port, seconds):
    """Questions a second, one client on a core of its own; every one has to be answered."""
    questions = folder / "questions"
    questions.write_text("\n".join(QUESTIONS) + "\n")
    command = ["dnsperf", "-s", address, "-p", str(port), "-d", str(questions), "-l", str(seconds), "-T", "1", "-c", "4"]
    text = subprocess.run(["taskset", "-c", "1", *command], capture_output=True, text=True, check=True).stdout
    if lost := int(re.search(r"Queries lost:\s+(\d+)", text)[1]):
        print(f"{lost} questions lost at {address}:{port}", file=sys.stderr)
    return float(re.search(r"Queries per second:\s+([\d.]+)", text)[1])


def names(folder, row, runs, rounds, seconds):
    """resolve against dig, the lab's start, its authority against BIND."""
    quiet = folder / "narration.json"
    exported = folder / "zones"
    subprocess.run([BIN, "lab", "--export", exported], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    port = free_port()
    bind = named(folder, port, exported)
    ours, theirs = interleaved(
        [BIN, "resolve", "shop.test", "A", f"@127.0.0.1:{port}"], ["dig", "@127.0.0.1", "-p", str(port), "shop.test", "A"], runs
    )
    row("resolve NAME @SERVER, narrated", ours, theirs, "dig", "ms", 0.5)
    took, size = lab_start(folder, 10)
    row("lab, until all servers listen", took, (20.0, 0.0), "limit", "ms", 1.0)
    row("lab, memory", size, (20.0, 0.0), "limit", "MB", 1.0)
    home = folder / "own-lab"
    home.mkdir(mode=0o700)
    with open(quiet, "wb") as narration:
        own = start(["taskset", "-c", "0", BIN, "lab"], stdout=narration, stderr=narration, env={**os.environ, "XDG_RUNTIME_DIR": str(home)})
        run = home / "netlearn"
        end = time.monotonic() + 10
        while not any(run.glob("*")) and time.monotonic() < end:
            time.sleep(0.02)
        at = json.loads(next(run.glob("*.json")).read_text())["started"]["ports"]["dns"]
        os.sched_setaffinity(bind.pid, {0})
        rates = {"lab": [], "named": []}
        for _ in range(rounds):
            rates["lab"].append(dnsperf(folder, "127.53.0.3", at, seconds))
            rates["named"].append(dnsperf(folder, "127.0.0.1", port, seconds))
        stop(own)
    stop(bind)
    middle = {name: (statistics.median(values), max(values) - min(values)) for name, values in rates.items()}
    row("lab's authority, narrated, dnsperf", middle["lab"], middle["named"], "BIND, 1 thread", "questions/s", 0.5, lower=False)


def listens(port, deadline=10):
    """Waits for a listener without being its first client."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        if subprocess.run(["ss", "-Hltn", f"sport = :{port}"], capture_output=True, text=True).stdout.strip():
            return port
        time.sleep(0.02)
    raise SystemExit(f"nothing listens on {port}")


def middle(values):
    """The median and the whole spread."""
    return statistics.median(values), max(values) - min(values)


def through(port, size, back):
    """MB/s of a client that sends and reads as fast as it can; `back`: everything has to come back."""
    piece, room = memoryview(bytes(1 << 18)), memoryview(bytearray(1 << 18))
    with socket.create_connection(("127.0.0.1", port)) as s:
        def send():
            left = size
            while left > 0:
                left -= s.send(piece[: min(left, len(piece))])
            s.shutdown(socket.SHUT_WR)

        began = time.perf_counter()
        sender = threading.Thread(target=send)
        sender.start()
        came = 0
        while read := s.recv_into(room):
            came += read
        sender.join()
        took = time.perf_counter() - began
    if back and came != size:
        raise SystemExit(f"{came} of {size} bytes came back from port {port}")
    return size / took / 1e6


def piped(command, data, size):
    """MB/s of a client program whose input is a file, and whose output must be as long."""
    room = memoryview(bytearray(1 << 18))
    with open(data, "rb") as source:
        began = time.perf_counter()
        process = start(command, stdout=subprocess.PIPE, stderr=open(data.parent / "narration", "wb"), input=source)
        came = 0
        while read := os.readv(process.stdout.fileno(), [room]):
            came += read
        code = process.wait()
        took = time.perf_counter() - began
    started.remove(process)
    if came != size or code != 0:
        raise SystemExit(f"{command}: {came} of {size} bytes, exit {code}")
    return size / took / 1e6


def streams(folder, row, rounds, size):
    """Bytes through `serve tcp` and `connect`, narrated, beside socat and ncat.

    ncat carries no echo of this size: `ncat -l --exec cat` waits for its child while the child waits for it, whoever the
    client is. So it is compared as a sink and as a client.
    """
    data = folder / "data"
    data.write_bytes(os.urandom(1 << 20) * (size >> 20))
    size = data.stat().st_size
    ports = {name: free_port() for name in ("echo", "socat", "sink", "ncat")}
    with open(folder / "served", "wb") as log:
        servers = [
            start([BIN, "serve", "tcp", str(ports["echo"]), "--host", "127.0.0.1"], stdout=log, stderr=log),
            start(["socat", "-t", "5", f"TCP4-LISTEN:{ports['socat']},bind=127.0.0.1,reuseaddr,fork", "EXEC:cat"], stderr=log),
            start([BIN, "serve", "tcp", str(ports["sink"]), "--host", "127.0.0.1", "--silent"], stdout=log, stderr=log),
            start(["ncat", "-l", "-k", "--recv-only", "127.0.0.1", str(ports["ncat"])], stdout=subprocess.DEVNULL, stderr=log),
        ]
        for port in ports.values():
            listens(port)
        rates = {name: [] for name in ports}
        clients = {name: [] for name in ("netlearn", "socat", "ncat")}
        at = str(ports["socat"])
        for turn in range(rounds + 1):
            for name, port in ports.items():
                rates[name].append(through(port, size, name in ("echo", "socat")))
            for name, command in (
                ("netlearn", [BIN, "connect", "127.0.0.1", at]),
                ("socat", ["socat", "-t", "5", "-", f"TCP4:127.0.0.1:{at}"]),
                ("ncat", ["ncat", "127.0.0.1", at]),
            ):
                clients[name].append(piped(command, data, size))
            if turn == 0:  # warm caches first
                for values in (*rates.values(), *clients.values()):
                    values.clear()
        for server in servers:
            stop(server)
    row("serve tcp, echo, narrated", middle(rates["echo"]), middle(rates["socat"]), "socat EXEC:cat", "MB/s", 0.8, lower=False)
    row("serve tcp --silent, narrated", middle(rates["sink"]), middle(rates["ncat"]), "ncat --recv-only", "MB/s", 0.8, lower=False)
    row("connect at socat's echo, narrated", middle(clients["netlearn"]), middle(clients["socat"]), "socat", "MB/s", 0.8, lower=False)
    row("connect at socat's echo, narrated", middle(clients["netlearn"]), middle(clients["ncat"]), "ncat", "MB/s", 0.8, lower=False)


def memory(process):
    return int(re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{process.pid}/status").read_text())[1])


def crowd(folder, row, rounds):
    """What an idle client costs a server in memory, and whether its narration is live meanwhile; 5,000 clients of one process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    many = min(10_000, hard - 500)
    for protocol in ("tcp", "http"):
        sizes, lines = [], []
        for _ in range(rounds):
            told = folder / "crowd"
            with open(told, "wb") as log:
                port = free_port()
                own = start([BIN, "serve", protocol, str(port), "--host", "127.0.0.1", "--max-connections", "20000", "--idle", "300"], stdout=log, stderr=log)
                listens(port)
                before = memory(own)
                held = [socket.create_connection(("127.0.0.1", port)) for _ in range(many)]
                time.sleep(2.5)  # past the second in which it folds
                sizes.append((memory(own) - before) / many)
                with socket.create_connection(("127.0.0.1", port)) as late:
                    began, name = time.perf_counter(), f"port {late.getsockname()[1]}".encode()
                    while name not in told.read_bytes():
                        if time.perf_counter() - began > 10:
                            raise SystemExit("the narration does not tell the late client")
                        time.sleep(0.001)
                    lines.append((time.perf_counter() - began) * 1e3)
                for s in held:
                    s.close()
                stop(own)
        row(f"serve {protocol}, memory for each of {many:,} idle clients", middle(sizes), (16.0, 0.0), "limit", "kB", 1.0)
        row(f"serve {protocol}, line of a new client while they are held", middle(lines), (1000.0, 0.0), "limit", "ms", 1.0)
    took = []
    with open(folder / "crowd", "wb") as log:
        port = free_port()
        own = start([BIN, "serve", "tcp", str(port), "--host", "127.0.0.1"], stdout=log, stderr=log)
        listens(port)
        for _ in range(rounds):
            began = time.perf_counter()
            run = subprocess.run([BIN, "connect", "127.0.0.1", str(port), "--clients", "5000", "--json"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
            took.append(time.perf_counter() - began)
            ended = next(event for event in map(json.loads, run.stdout.splitlines()) if event["event"] == "clients_ended")
            if run.returncode != 0 or (ended["connected"], ended["most_open"], ended["own_ports"]) != (5000, 5000, 5000):
                raise SystemExit(f"exit {run.returncode}: {ended}")
        stop(own)
    row("connect --clients 5000, 0.5 s of them held", middle(took), (10.0, 0.0), "limit", "s", 1.0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--names", action="store_true", help="only resolve and the lab")
    parser.add_argument("--streams", action="store_true", help="only bytes through serve and connect, and many clients")
    args = parser.parse_args()
    runs, rounds, seconds = (20, 3, 2) if args.quick else (60, 5, 5)
    missing = [tool for tool in ("curl", "nginx", "node", "wrk", "ss", "dig", "named", "dnsperf", "taskset", "socat", "ncat") if not shutil.which(tool)]
    if missing or not BIN.exists():
        raise SystemExit(f"missing: {' '.join(missing)}{'' if BIN.exists() else ' target/release/netlearn (cargo build --release)'}")
    rows = []

    def row(what, ours, theirs, peer, unit, target, lower=True):
        ratio = ours[0] / theirs[0]
        met = ratio <= target if lower else ratio >= target
        rows.append(dict(what=what, ours=ours[0], theirs=theirs[0], peer=peer, unit=unit, ratio=ratio, target=target, met=met, spread=[ours[1], theirs[1]]))
        sign = "<=" if lower else ">="
        print(f"| {what} | {ours[0]:.2f} ± {ours[1]:.2f} | {peer} {theirs[0]:.2f} ± {theirs[1]:.2f} | {unit} | {ratio:.2f} | {sign} {target} | {'yes' if met else 'NO'} |", flush=True)

    print("| what | netlearn | peer | unit | ratio | target | met |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        if args.names:
            names(folder, row, runs, rounds, seconds)
            return 0 if all(r["met"] for r in rows) else 1
        if args.streams:
            streams(folder, row, rounds, 64 << 20)
            crowd(folder, row, 3)
            return 0 if all(r["met"] for r in rows) else 1
        ours, theirs = interleaved([BIN, "--version"], ["curl", "--version"], runs)
        row("--version", ours, theirs, "curl --version", "ms", 0.5)
        port = free_port()
        server = nginx(folder, port)
        url = f"http://127.0.0.1:{port}/"
        ours, theirs = interleaved([BIN, "get", url], ["curl", "-sv", url], runs)
        row("get, narrated", ours, theirs, "curl -sv", "ms", 1.0)

        rates = {"netlearn": [], "nginx": [], "node": []}
        node_port, own_port = free_port(), free_port()
        other = node(folder, node_port)
        with open(folder / "narration", "wb") as narration:
            own = start([BIN, "serve", "http", str(own_port)], stdout=narration, stderr=narration)
            answers(own_port)
            for _ in range(rounds):
                for name, at in (("netlearn", own_port), ("nginx", port), ("node", node_port)):
                    rates[name].append(wrk(at, seconds))
            stop(own)
        stop(other)
        stop(server)
        middle = {name: (statistics.median(values), max(values) - min(values)) for name, values in rates.items()}
        row("serve, narrated, wrk -c64", middle["netlearn"], middle["nginx"], "nginx, 1 worker", "req/s", 0.95, lower=False)
        row("serve, narrated, wrk -c64", middle["netlearn"], middle["node"], "node http", "req/s", 2.0, lower=False)

        names(folder, row, runs, rounds, seconds)
        streams(folder, row, rounds, 64 << 20)
        crowd(folder, row, 3)

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
        listeners = []
        for _ in range(2000):
            s = socket.socket()
            s.bind(("127.0.0.1", 0))
            s.listen(1)
            listeners.append(s)
        ours, theirs = interleaved([BIN, "ports"], ["ss", "-tulnp"], runs)
        row("ports, 2,000 listeners", ours, theirs, "ss -tulnp", "ms", 1.0)
        for s in listeners:
            s.close()
    size = BIN.stat().st_size / 1e6
    rows.append(dict(what="release binary", ours=size, unit="MB", target=10, met=size < 10))
    print(f"| release binary | {size:.1f} |  | MB |  | < 10 | {'yes' if size < 10 else 'NO'} |")
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(rows, indent=1))
    return 0 if all(r["met"] for r in rows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        for process in list(started):
            stop(process)
