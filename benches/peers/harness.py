"""Processes that a run starts and ends, pairs run in turn, and the table of what came out."""
import json, os, pathlib, re, shutil, socket, statistics, subprocess, tempfile, threading, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("NETLEARN", ROOT / "target/release/netlearn"))
started = []


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(command, input=subprocess.DEVNULL, **kw):
    process = subprocess.Popen([str(word) for word in command], stdin=input, **kw)
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


def until(ready, what, deadline=20):
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        if found := ready():
            return found
        time.sleep(0.01)
    raise SystemExit(f"{what}: not after {deadline} s")


def listens(port):
    """Waits for a listener without being its first client."""
    table = lambda: subprocess.run(["ss", "-Hltn", f"sport = :{port}"], capture_output=True, text=True).stdout.strip()
    until(table, f"port {port} listens")
    return port


def told(process, name):
    """The first event of this name that a netlearn --json tells on stdout."""
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == name:
            return event
    raise SystemExit(f"no {name}")


def middle(values):
    """The median and the distance of the quartiles."""
    if len(values) < 2:
        return values[0], 0.0
    quarters = statistics.quantiles(values, n=4, method="inclusive")
    return statistics.median(values), quarters[2] - quarters[0]


NOWHERE = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)] + [
    (os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)
]


def once(command, codes=(0,)):
    """Wall and processor time of one run, ms; its output goes nowhere."""
    began = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=NOWHERE)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - began
    code = os.waitstatus_to_exitcode(status)
    if code not in codes:
        raise SystemExit(f"{command} ended with {code}")
    return wall * 1e3, (used.ru_utime + used.ru_stime) * 1e3


def program(name):
    """The whole path of a program: posix_spawn searches for nothing."""
    return shutil.which(name) or str(name)


class Pair:
    """Two commands run in turn; who goes first changes every turn."""

    def __init__(self, ours, theirs, runs, warm=3):
        commands = [[program(str(line[0])), *map(str, line[1:])] for line in (ours, theirs)]
        self.wall, self.cpu = ([], []), ([], [])
        for turn in range(runs + warm):
            for index in (0, 1) if turn % 2 else (1, 0):
                wall, cpu = once(commands[index])
                if turn >= warm:  # the first ones fill caches
                    self.wall[index].append(wall)
                    self.cpu[index].append(cpu)


class Table:
    """Rows, printed as Markdown while they come and kept for --json."""

    def __init__(self):
        self.rows, self.open = [], None

    def section(self, title, columns):
        if self.open == title:
            return
        self.open = title
        print(f"\n### {title}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)

    def _keep(self, row, cells):
        self.rows.append(row)
        print(f"| {' | '.join(cells)} |", flush=True)

    def pair(self, what, peer, pair, target):
        """Wall and processor time of a Pair; the ratio is that of the medians of the wall times."""
        self.section("Whole processes", ["what", "netlearn", "peer", "unit", "ratio", "of CPU", "target", "met"])
        walls, cpus = [middle(v) for v in pair.wall], [middle(v) for v in pair.cpu]
        ratio, cpu = walls[0][0] / walls[1][0], cpus[0][0] / cpus[1][0]
        met = ratio <= target
        row = dict(what=what, peer=peer, unit="ms", ours=walls[0], theirs=walls[1], ratio=ratio, cpu=cpus, cpu_ratio=cpu, target=target, met=met)
        self._keep(row, [what, shown(walls[0]), f"{peer} {shown(walls[1])}", "ms", f"{ratio:.2f}", f"{cpu:.2f}", f"<= {target}", yes(met)])

    def rates(self, what, ours, peer, theirs, unit, target, lower=False):
        """Lists of figures measured in turn; the ratio is that of their medians. Without a target it is only told."""
        self.section("Servers and streams", ["what", "netlearn", "peer", "unit", "ratio", "target", "met"])
        a, b = middle(ours), middle(theirs)
        ratio = a[0] / b[0]
        met = target is None or (ratio <= target if lower else ratio >= target)
        aim = ["none", ""] if target is None else [f"{'<=' if lower else '>='} {target}", yes(met)]
        self._keep(
            dict(what=what, peer=peer, unit=unit, ours=a, theirs=b, ratio=ratio, target=target, met=met),
            [what, shown(a), f"{peer} {shown(b)}", unit, f"{ratio:.2f}", *aim],
        )

    def limit(self, what, values, limit, unit):
        """A figure of ours beside what it may be at most."""
        self.section("Limits", ["what", "netlearn", "unit", "limit", "met"])
        a = middle(values)
        self._keep(dict(what=what, unit=unit, ours=a, limit=limit, met=a[0] <= limit), [what, shown(a), unit, f"<= {limit}", yes(a[0] <= limit)])

    def growth(self, title, columns, values):
        """One point of a curve: no target, every column said."""
        self.section(title, columns)
        cells = [shown(value) if isinstance(value, tuple) else f"{value:,}" if isinstance(value, int) else str(value) for value in values]
        self._keep(dict(growth=title, **dict(zip(columns, values))), cells)

    def met(self):
        return all(row.get("met", True) for row in self.rows)


def shown(figure):
    number = lambda value: f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 100 else f"{value:.2f}"
    return f"{number(figure[0])} ± {number(figure[1])}"


def yes(met):
    return "yes" if met else "NO"


def status(pid, field):
    """A size of a process, kB; None once it has ended."""
    try:
        found = re.search(rf"{field}:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return None
    return int(found[1]) if found else None


def used(pid):
    """Processor time so far of a process and its children, s."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0]) / 1e9
        total += sum(used(child) for child in (task / "children").read_text().split())
    return total


def machine():
    """What it was measured on."""
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    kernel = os.uname()
    return f"{os.cpu_count()} x {cpu[1] if cpu else kernel.machine}, {kernel.sysname} {kernel.release}, load {os.getloadavg()[0]:.1f} at the start"
