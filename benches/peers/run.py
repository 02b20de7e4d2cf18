#!/usr/bin/env python3
"""Whole-process ratios against the tools people use, each pair interleaved in one run, and how cost grows.

    cargo build --release && python3 benches/peers/run.py [--quick] [--only SECTION ...] [--json FILE]

Prints Markdown; --json keeps the same figures. Installs nothing; names what is missing. Everything listens on
loopback, on ports the system chose. Ends with 1 where a target is not met.
"""
import argparse, json, pathlib, shutil, sys, tempfile
from dataclasses import dataclass

sys.dont_write_bytecode = True  # nothing is left beside the sources
import commands, growth, serving, streams
from harness import BIN, Table, machine, started, stop


@dataclass
class Scale:
    runs: int  # of each command of a pair
    rounds: int  # of each load
    seconds: int  # that a load lasts
    crowds: int
    stream: int  # octets
    clients: tuple
    events: tuple
    replays: int


FULL = Scale(60, 7, 5, 3, 64 << 20, (1, 10, 100, 1000, 10_000), (1000, 10_000, 200_000), 5)
QUICK = Scale(25, 3, 2, 1, 32 << 20, (1, 1000, 10_000), (1000, 20_000), 1)

# What each section runs, and the programs that it needs.
SECTIONS = {
    "startup": ([commands.startup], ["curl"]),
    "get": ([commands.get], ["curl", "nginx", "ss"]),
    "names": ([commands.resolve, commands.lab_start, serving.authority], ["dig", "named", "dnsperf", "taskset"]),
    "ports": ([commands.ports], ["ss"]),
    "serve": ([serving.http], ["nginx", "node", "wrk", "ss"]),
    "streams": ([streams.streams, streams.crowd], ["socat", "ncat", "ss"]),
    "growth": ([growth.connections, growth.requests, growth.sockets, growth.rates, growth.events], ["nginx", "wrk", "ss"]),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer runs: about 3 minutes")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    wanted = args.only or list(SECTIONS)
    missing = sorted({tool for name in wanted for tool in SECTIONS[name][1] if not shutil.which(tool)})
    if not BIN.exists():
        missing.append(f"{BIN} (cargo build --release)")
    if missing:
        raise SystemExit(f"missing: {', '.join(missing)}")
    scale, table, on = QUICK if args.quick else FULL, Table(), machine()
    print(f"Measured on {on}. Medians ± the distance of the quartiles.")
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            for part in SECTIONS[name][0]:
                part(pathlib.Path(folder), table, scale)
    size = BIN.stat().st_size / 1e6
    table.limit("release binary", [size], 10.0, "MB")
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(dict(machine=on, quick=args.quick, rows=table.rows), indent=1) + "\n")
    return 0 if table.met() else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        for process in list(started):
            stop(process)
