"""Holds this many listeners, then says so and waits to be ended: python3 held.py 2000."""
import resource, socket, sys

wanted = int(sys.argv[1])
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
held = []
for number in range(wanted):
    s = socket.socket()
    # Lent ports are some 28,000 for each address.
    s.bind((f"127.0.0.{1 + number // 5000}", 0))
    s.listen(1)
    held.append(s)
print("held", flush=True)
sys.stdin.read()
