"""Bytes through serve tcp and connect beside socat and ncat, and what many clients cost."""
import json, os, resource, socket, subprocess, threading, time

from harness import BIN, free_port, listens, start, started, status, stop
from servers import serve


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


def streams(folder, table, scale):
    """Bytes through `serve tcp` and `connect`, narrated, beside socat and ncat.

    ncat carries no echo of this size: `ncat -l --exec cat` waits for its child while the child waits for it, whoever the
    client is. So it is compared as a sink and as a client.
    """
    size = scale.stream
    data = folder / "data"
    data.write_bytes(os.urandom(1 << 20) * (size >> 20))
    size = data.stat().st_size
    ports = {name: free_port() for name in ("echo", "socat", "sink", "ncat")}
    with open(folder / "served", "wb") as log:
        servers = [
            serve(log, "tcp", ports["echo"]),
            start(["socat", "-t", "5", f"TCP4-LISTEN:{ports['socat']},bind=127.0.0.1,reuseaddr,fork", "EXEC:cat"], stderr=log),
            serve(log, "tcp", ports["sink"], "--silent"),
            start(["ncat", "-l", "-k", "--recv-only", "127.0.0.1", str(ports["ncat"])], stdout=subprocess.DEVNULL, stderr=log),
        ]
        for port in ports.values():
            listens(port)
        rates = {name: [] for name in ports}
        clients = {name: [] for name in ("netlearn", "socat", "ncat")}
        at = str(ports["socat"])
        for turn in range(scale.rounds + 1):
            for name in sorted(ports, reverse=turn % 2 == 1):
                rates[name].append(through(ports[name], size, name in ("echo", "socat")))
            commands = {
                "netlearn": [BIN, "connect", "127.0.0.1", at],
                "socat": ["socat", "-t", "5", "-", f"TCP4:127.0.0.1:{at}"],
                "ncat": ["ncat", "127.0.0.1", at],
            }
            for name in sorted(commands, reverse=turn % 2 == 1):
                clients[name].append(piped(commands[name], data, size))
            if turn == 0:  # warm caches first
                for values in (*rates.values(), *clients.values()):
                    values.clear()
        for server in servers:
            stop(server)
    table.rates("serve tcp, echo, narrated", rates["echo"], "socat EXEC:cat", rates["socat"], "MB/s", 0.8)
    table.rates("serve tcp --silent, narrated", rates["sink"], "ncat --recv-only", rates["ncat"], "MB/s", 0.8)
    table.rates("connect at socat's echo, narrated", clients["netlearn"], "socat", clients["socat"], "MB/s", 0.8)
    table.rates("connect at socat's echo, narrated", clients["netlearn"], "ncat", clients["ncat"], "MB/s", 0.8)


def crowd(folder, table, scale):
    """What an idle client costs a server in memory, and whether its narration is live meanwhile; 5,000 clients of one process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    many = min(10_000, hard - 500)
    for protocol in ("tcp", "http"):
        sizes, lines = [], []
        for _ in range(scale.crowds):
            told = folder / "crowd"
            with open(told, "wb") as log:
                port = free_port()
                own = serve(log, protocol, port, "--max-connections", "20000", "--idle", "300")
                before = status(own.pid, "VmRSS")
                held = [socket.create_connection(("127.0.0.1", port)) for _ in range(many)]
                time.sleep(2.5)  # past the second in which it folds
                sizes.append((status(own.pid, "VmRSS") - before) / many)
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
        table.limit(f"serve {protocol}, memory for each of {many:,} idle clients", sizes, 16.0, "kB")
        table.limit(f"serve {protocol}, line of a new client while they are held", lines, 1000.0, "ms")
    took = []
    with open(folder / "crowd", "wb") as log:
        port = free_port()
        own = serve(log, "tcp", port)
        for _ in range(scale.crowds):
            began = time.perf_counter()
            run = subprocess.run([BIN, "connect", "127.0.0.1", str(port), "--clients", "5000", "--json"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
            took.append(time.perf_counter() - began)
            ended = next(event for event in map(json.loads, run.stdout.splitlines()) if event["event"] == "clients_ended")
            if run.returncode != 0 or (ended["connected"], ended["most_open"], ended["own_ports"]) != (5000, 5000, 5000):
                raise SystemExit(f"exit {run.returncode}: {ended}")
        stop(own)
    table.limit("connect --clients 5000, 0.5 s of them held", took, 10.0, "s")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
