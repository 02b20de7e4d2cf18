"""The servers that others wrote, each with one process or thread, and the lab."""
import os, subprocess, threading

from harness import BIN, listens, start, told


def nginx(folder, port):
    conf = folder / f"nginx-{port}.conf"
    conf.write_text(f"""
worker_processes 1; daemon off; pid {folder}/nginx-{port}.pid; error_log {folder}/nginx.err;
events {{ worker_connections 12000; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{port} backlog=1024; location / {{ default_type text/plain; return 200 "Hello, World!\\n"; }} }} }}
""")
    process = start(["nginx", "-c", conf, "-p", folder], stderr=subprocess.DEVNULL)
    listens(port)
    return process


def node(folder, port):
    program = folder / "server.js"
    program.write_text(
        "require('http').createServer((q, r) => { r.setHeader('Content-Type', 'text/plain'); r.end('Hello, World!\\n') })"
        f".listen({port}, '127.0.0.1')"
    )
    process = start(["node", program])
    listens(port)
    return process


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
    process = start(["named", "-g", "-n", "1", "-c", conf], stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.rstrip().endswith(" running"):
            break
    else:
        raise SystemExit("named did not start")
    threading.Thread(target=lambda: [None for _ in process.stderr], daemon=True).start()
    return process


def lab(folder, *flags, before=()):
    """A lab of this run's own, found by no other command; and the event that says where it listens."""
    home = folder / f"lab-{len(list(folder.iterdir()))}"
    home.mkdir(mode=0o700)
    process = start([*before, BIN, "lab", "--json", *flags], stdout=subprocess.PIPE, text=True, env={**os.environ, "XDG_RUNTIME_DIR": str(home)})
    return process, told(process, "lab_started")


def serve(log, protocol, port, *flags):
    """`netlearn serve`, its narration kept in a file."""
    process = start([BIN, "serve", protocol, port, "--host", "127.0.0.1", *flags], stdout=log, stderr=log)
    listens(port)
    return process
