#!/usr/bin/env python3
"""`netlearn serve` at full rate for a long time: connections that open, ask and close, a thousand at one time.

    cargo build --release && python3 benches/soak.py --minutes 10 [--connections 1000] [--binary FILE] [--json FILE]

Memory and descriptors of the server are read from /proc all along; its counts at the end are held against the clients' own.
It exits with 1 where memory grew, a descriptor stayed open, or a count differs. Everything is on loopback, on a port the
system chose. It needs nothing but Python.
"""
import argparse, json, os, pathlib, re, selectors, signal, socket, subprocess, sys, threading, time

ROOT = pathlib.Path(__file__).resolve().parents[1]
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
END = b"\r\n\r\nHello, World!\n"
# Octets that one open connection may cost at the most (docs/PERFORMANCE.md).
A_CLIENT = 16 * 1024


class Server:
    """The server, as a person would start it: with its narration, which counts instead of telling at this rate."""

    def __init__(self, binary):
        self.process = subprocess.Popen(
            [binary, "serve", "--port", "0", "--host", "127.0.0.1"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "NO_COLOR": "1"},
        )
        self.said = []
        self.port = None
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(r"listening\s+on 127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                break
        if self.port is None:
            sys.exit("".join(self.said) or "the server did not start")
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.said.append(line)
            del self.said[:-50]

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self):
        """Resident octets."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024

    def stop(self):
        """What it says of itself at the end: requests, connections, octets in and out."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.reader.join(10)
        text = "".join(self.said)
        found = re.search(r"([\d,]+) requests?, ([\d,]+) connections?, ([\d,.]+ ?\w+) in, ([\d,.]+ ?\w+) out", text)
        if code != 0 or not found:
            sys.exit(f"the server ended with {code}:\n{text}")
        return [found[group] for group in (1, 2, 3, 4)]


class Client:
    def __init__(self, selector, port):
        self.selector, self.port = selector, port
        self.clients = self.requests = self.sent = self.received = self.errors = 0
        self.open = 0

    def begin(self):
        stream = socket.socket()
        stream.setblocking(False)
        stream.connect_ex(("127.0.0.1", self.port))
        self.clients += 1
        self.open += 1
        self.selector.register(stream, selectors.EVENT_WRITE, bytearray())

    def step(self, key, again):
        stream, came = key.fileobj, key.data
        try:
            if not came and key.events & selectors.EVENT_WRITE:
                self.sent += stream.send(GET)
                self.selector.modify(stream, selectors.EVENT_READ, came)
                return
            octets = stream.recv(4096)
        except OSError:
            self.errors += 1
            return self.end(stream, again)
        came += octets
        self.received += len(octets)
        if came.endswith(END):
            # The client ends first, and sees the server's end too: nothing is reset.
            self.requests += 1
            came[:] = b"."
            stream.shutdown(socket.SHUT_WR)
        elif not octets:
            if came != b".":
                self.errors += 1
            self.end(stream, again)

    def end(self, stream, again):
        self.selector.unregister(stream)
        stream.close()
        self.open -= 1
        if again:
            self.begin()


def soak(server, seconds, connections):
    selector = selectors.DefaultSelector()
    client = Client(selector, server.port)
    before = server.descriptors()
    for _ in range(connections):
        client.begin()
    start = time.monotonic()
    samples, look = [], start
    while client.open:
        now = time.monotonic()
        for key, _ in selector.select(1):
            client.step(key, now - start < seconds)
        if now >= look:
            samples.append((now - start, server.memory(), server.descriptors(), client.requests))
            look = now + max(0.5, seconds / 60)
        if now - start > seconds + 60:
            sys.exit(f"{client.open} connections have had no answer for a minute")
    took = time.monotonic() - start
    # The server's own descriptors go when it has seen the last end.
    for _ in range(100):
        if (after := server.descriptors()) <= before:
            break
        time.sleep(0.05)
    return client, samples, before, after, took


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--connections", type=int, default=1000)
    options.add_argument("--binary", default=str(ROOT / "target/release/netlearn"))
    options.add_argument("--json", metavar="FILE")
    args = options.parse_args()
    server = Server(args.binary)
    client, samples, before, after, took = soak(server, args.minutes * 60, args.connections)
    # The first tenth fills what is kept for reuse. Afterwards memory may still step up once: where the processors are away
    # for a moment, all clients wait with what they sent. That is bounded by how many they are; what is never given back
    # grows with all that have been: so a longer run sees less of it a connection. To the octet it is a test's to see
    # (tests/folded_allocations.rs).
    warm = [memory for at, memory, _, _ in samples if took * 0.1 <= at <= took * 0.4]
    late = [memory for at, memory, _, _ in samples if at > took * 0.7]
    rss = server.memory()
    requests, clients, came, went = server.stop()
    number = lambda text: int(text.replace(",", ""))
    faults = []
    if not warm or not late:
        faults.append("too short to tell whether memory grows")
    elif max(late) > max(warm) + args.connections * A_CLIENT:
        faults.append(f"memory grew: {max(warm)} octets early, {max(late)} late")
    if after > before:
        faults.append(f"descriptors: {before} before, {after} after")
    if client.errors:
        faults.append(f"{client.errors} connections were broken")
    if (number(requests), number(clients)) != (client.requests, client.clients):
        faults.append(f"the server counts {requests} requests of {clients}, the clients {client.requests} of {client.clients}")
    result = {
        "seconds": round(took, 1), "connections at once": args.connections, "clients": client.clients,
        "requests": client.requests, "requests a second": round(client.requests / took),
        "server says": {"requests": requests, "connections": clients, "in": came, "out": went},
        "octets": {"sent": client.sent, "received": client.received},
        "memory": {"early": max(warm, default=None), "late": max(late, default=None), "after": rss},
        "descriptors": {"before": before, "most": max(fds for _, _, fds, _ in samples), "after": after},
        "faults": faults,
    }
    text = json.dumps(result, indent=1)
    print(text)
    if args.json:
        pathlib.Path(args.json).write_text(text + "\n")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
