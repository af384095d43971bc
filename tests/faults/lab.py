"""A machine of its own for real faults: namespaces of processes, mounts and networks.

    head    the test itself and the coordinator     10.78.0.1
      |     the link: it is cut, slowed and made lossy here
    edges   the viewers, and a router               10.78.0.2
      |
    nodes   each a namespace of its own (own_network.sh), addresses of 10.77.0.0/16

Whatever a test leaves behind ends with its first process: nothing of it is seen by the machine.
Where the machine cannot give this, the tests are skipped (exit status SKIPPED), never passed.
"""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77  # as SKIP_RETURN_CODE in CMakeLists.txt
INSIDE = "EDGEHERD_FAULT_LAB"
HEAD, EDGES, NODES = "10.78.0.1", "10.78.0.2", "10.77.0.0/16"
PROGRAMS = ("unshare", "nsenter", "ip", "nft", "iptables", "mount", "nginx", "strace")
NEW = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
# bash is the first process: it takes the dead that nobody waits for, as init does.
INIT = ["bash", "-c", '"$@"; exit $?', "lab"]
QUEUE = 7


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def skip(why):
    print(f"SKIPPED: {why}", flush=True)
    sys.exit(SKIPPED)


def enter():
    """Starts this program again inside a lab; comes back there only."""
    if os.environ.get(INSIDE):
        return
    if os.geteuid() != 0:
        skip("network namespaces, nft and mounts need root")
    if missing := [p for p in PROGRAMS if not shutil.which(p)]:
        skip(f"not installed: {' '.join(missing)} (packaging/install-deps.sh --tests)")
    probe = ("ip link add vetha type veth peer name vethb && nft add table inet a && "
             "iptables -A INPUT -j NFQUEUE && mount -t tmpfs -o size=1m a /mnt")
    tried = subprocess.run([*NEW, "sh", "-c", probe], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        skip(f"the system refuses namespaces, veth, nft or mounts: {tried.stderr.strip()}")
    os.environ[INSIDE] = "yes"
    os.execvp(NEW[0], [*NEW, *INIT, sys.executable, *sys.argv])


class Lab:
    """The two networks and the link between them. One per program."""

    def __init__(self, helpers):
        self.slow_link = pathlib.Path(helpers) / "slow_link"
        self.slowing = []
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.edges = f"/proc/{self.holder.pid}/ns/net"
        ours = os.readlink("/proc/self/ns/net")
        for _ in range(500):
            with contextlib.suppress(OSError):
                if os.readlink(self.edges) != ours:
                    break
            time.sleep(0.01)
        else:
            raise AssertionError("no second network namespace came up")
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "to-edges", "type", "veth", "peer", "name", "to-head",
            "netns", str(self.holder.pid))
        run("ip", "addr", "add", f"{HEAD}/30", "dev", "to-edges")
        run("ip", "link", "set", "to-edges", "up")
        run("ip", "route", "add", NODES, "via", EDGES)
        for command in (["addr", "add", f"{EDGES}/30", "dev", "to-head"],
                        ["link", "set", "to-head", "up"], ["link", "set", "lo", "up"]):
            run(*self.at_edges("ip", *command))
        run(*self.at_edges("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"))
        self.heal()

    def start_with(self):
        """For the provider's option of this name."""
        return [str(HERE / "own_network.sh"), str(self.holder.pid), EDGES]

    def at_edges(self, *command):
        return ["nsenter", f"--net={self.edges}", *map(str, command)]

    def heal(self):
        """The link is a good one again."""
        rules = "".join(f"add chain inet fault {hook} {{ type filter hook {hook} priority 0; }}\n"
                        for hook in ("input", "output"))
        run("nft", "-f", "-", input=f"add table inet fault\ndelete table inet fault\n"
                                    f"add table inet fault\n{rules}")
        run("iptables", "-F")
        for program in self.slowing:
            program.kill()
            program.wait()
            program.stdout.close()
        self.slowing = []

    def rule(self, way, addresses, what):
        """`way`: input (from the edges) or output (to them); `addresses`: of nodes, or None for all."""
        side, link = ("saddr", "iifname") if way == "input" else ("daddr", "oifname")
        whom = "" if addresses is None else f"ip {side} {{ {', '.join(sorted(addresses))} }} "
        run("nft", "-f", "-", input=f'add rule inet fault {way} {link} "to-edges" {whom}{what}\n')

    def cut(self, *ways, addresses=None):
        for way in ways or ("input", "output"):
            self.rule(way, addresses, "counter drop")

    def lose(self, percent, *ways, addresses=None):
        for way in ways or ("input", "output"):
            self.rule(way, addresses, f"numgen random mod 100 < {percent} counter drop")

    def slow(self, delay_ms, jitter_ms, seconds):
        """Every packet of either way is late; at most for so long."""
        program = subprocess.Popen([self.slow_link, str(QUEUE), str(delay_ms), str(jitter_ms), str(seconds)],
                                   stdout=subprocess.PIPE, text=True)
        self.slowing.append(program)
        if program.stdout.readline() != "ready\n":
            raise AssertionError("slow_link did not start")
        # By iptables: many kernels have its NFQUEUE and lack nft's `queue`. nft counts.
        for way, link in (("input", "-i"), ("output", "-o")):
            self.rule(way, None, "counter")
            run("iptables", "-A", way.upper(), link, "to-edges", "-j", "NFQUEUE", "--queue-num", str(QUEUE),
                "--queue-bypass")

    def struck(self):
        """Packets that the faults have met since the last heal()."""
        words = run("nft", "list", "table", "inet", "fault").split()
        return sum(int(words[i + 1]) for i, word in enumerate(words) if word == "packets")
