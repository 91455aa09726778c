"""Many accounts in one process: what an idle one weighs, and what a start costs. Cases of Benchmarks/mail/run; ACCOUNTS and STARTS say how many."""
import concurrent.futures
import json
import os
import smtplib
import sqlite3
import subprocess
import time

ACCOUNTS, STARTS = (int(os.environ.get(name, value)) for name, value in (("ACCOUNTS", 2_000), ("STARTS", 1_000)))
# Twice as many lines of TLS as Dovecot's defaults allow, without a login process for each.
DOVECOT = """
default_process_limit = 9000
default_client_limit = 20000
mail_max_userip_connections = 100
service imap-login {
  service_count = 0
  process_min_avail = 2
  client_limit = 8000
  vsz_limit = 2G
}
service imap {
  process_limit = 9000
}
"""


class Crowd:
    """A bed with so many users, a message in each inbox, and Postroom beside it."""

    def __init__(self, run, work, name, count):
        self.run, self.count, self.kept = run, count, bool(os.environ.get("BENCH_FOLDER"))
        folder = os.path.join(os.path.dirname(work), "%s-%d" % (name, count))
        os.makedirs(folder, exist_ok=True)
        is_new = not os.path.exists(os.path.join(folder, "bed", "bed.json"))
        self.bed = run.Bed(folder, users=count)
        if is_new:
            with open(os.path.join(folder, "bed", "dovecot", "dovecot.conf"), "a", encoding="utf-8") as file:
                file.write(DOVECOT)
            subprocess.run(self.bed.bed["doveadm"] + ["reload"], check=True)
            time.sleep(2)
            self.deliver(1)
        self.users = [user for user in self.bed.bed["users"] if user.startswith("user")][:count]
        self.postroom = run.Postroom(self.bed, self.users[0], os.path.join(work, name))
        self.database = os.path.join(work, name, "postroom.db")

    def deliver(self, number):
        with smtplib.LMTP("127.0.0.1", self.bed.ports["lmtp"]) as client:
            for user in list(self.bed.bed["users"])[-self.count:]:
                client.sendmail("bench@mail.example", [self.bed.login(user)],
                                "From: bench@mail.example\r\nSubject: %d\r\nMessage-ID: <%d.%s@crowd>\r\n\r\nx\r\n" % (number, number, user))

    def connect(self):
        """Connects every account over the API, eight at a time: each signs in to both servers first."""
        provider = json.loads(self.postroom.request("/api/v1/providers"))["providers"][0]["id"]

        def add(user):
            self.postroom.request("/api/v1/accounts", {
                "address": self.bed.login(user), "providerId": provider, "password": self.bed.bed["users"][user]["password"]})

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(add, self.users))
        self.caught_up(0)

    def caught_up(self, since):
        """Waits, without asking the server that is measured, until every account was compared with its server after `since` (Unix time)."""
        database = sqlite3.connect("file:%s?mode=ro" % self.database, uri=True)
        while True:
            states = [json.loads(text) for text, in database.execute("SELECT status FROM account_status")]
            if sum(state["phase"] == "upToDate" and self.seconds(state["lastSyncedAt"]) >= since for state in states) >= self.count:
                return
            time.sleep(0.1)

    @staticmethod
    def seconds(timestamp):
        return (timestamp if isinstance(timestamp, (int, float)) else next(iter(timestamp.values()))) / 1000

    def close(self):
        if not self.kept:
            subprocess.run([os.path.join(self.run.ROOT, "tools/servers"), "down", os.path.dirname(self.bed.told)], check=False, stdout=subprocess.DEVNULL)


def numbers(pid):
    """The fields of /proc/PID/stat from the state on."""
    with open("/proc/%d/stat" % pid, encoding="ascii") as file:
        return file.read().rsplit(")", 1)[1].split()


def processor(pid, family=False):
    """Seconds of a process; with `family` those of its children too, the ended ones among them.

    `stat` tells whole hundredths of user and of system time. A child that signs one person in needs less than one of each and would count as
    nothing, a thousand of them for seconds: of the children that live `schedstat` is read, which tells nanoseconds (of one thread; theirs have one).
    """
    fields = numbers(pid)
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    if family:
        seconds += (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and int(numbers(int(entry))[1]) == pid:
                    with open("/proc/%s/schedstat" % entry, encoding="ascii") as file:
                        seconds += int(file.read().split()[0]) / 1e9
            except (OSError, IndexError):
                continue
    return seconds


def memory(pid):
    """Resident kilobytes."""
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def settled(pid):
    """Resident kilobytes once they have stopped changing."""
    while True:
        before = memory(pid)
        time.sleep(5)
        if abs(memory(pid) - before) < 200:
            return memory(pid)


def bare(run, count):
    """What a bare connection with TLS takes in kB, by the program of `make bench-imap`; None where that is not built."""
    program = os.path.join(run.ROOT, ".build/release/imapbench")
    if not os.path.exists(program):
        return None
    lines = [line.split() for line in run.Run([program, "idle", str(count)]).output.splitlines()]
    return next(float(line[3]) for line in lines if line[:3] == ["idle", "TLS", "bare"])


def idle(run, work):
    crowd = Crowd(run, work, "idle", ACCOUNTS)
    try:
        postroom = crowd.postroom.serve()
        postroom.request("/api/v1/providers")
        empty = settled(postroom.server.pid)
        crowd.connect()
        connected = settled(postroom.server.pid)
        cpu, _ = postroom.stop()
        # What a process weighs that only started: what connecting needed for a moment is not in it.
        began = time.time()
        postroom.serve()
        crowd.caught_up(began)
        started = settled(postroom.server.pid)
        before, since = processor(postroom.server.pid), time.monotonic()
        time.sleep(60)
        idling = (processor(postroom.server.pid) - before) / (time.monotonic() - since)
        postroom.stop()
    finally:
        crowd.close()
    line = bare(run, ACCOUNTS) if os.environ.get("BARE", "1") == "1" else None
    print("\n## Memory of %d idle accounts over TLS\n\n| what | resident | an account |\n| --- | --- | --- |" % ACCOUNTS)
    print("| `postroom serve` without accounts | %.1f MB | - |" % (empty / 1024))
    print("| with all of them, connected one by one over the API (%.1f s of processor time) | %.1f MB | %.1f KB |" % (
        cpu, connected / 1024, (connected - empty) / ACCOUNTS))
    print("| with all of them, after a restart | %.1f MB | %.1f KB |" % (started / 1024, (started - empty) / ACCOUNTS))
    if line is not None:
        print("| bare connections over NIO and TLS (imapbench) | - | %.1f KB |" % line)
    print("\nProcessor time while nothing happens: %.2f ms a second." % (1000 * idling), flush=True)


def start_up(run, work):
    crowd = Crowd(run, work, "start", STARTS)
    try:
        crowd.postroom.serve()
        crowd.connect()
        crowd.postroom.stop()
        rows = []
        for what, mail in (("nothing new", 0), ("a new message in each", 1)):
            if mail:
                crowd.deliver(time.time_ns())
            master = next(program["pid"] for program in crowd.bed.bed["programs"] if program["name"] == "dovecot")
            time.sleep(5)
            theirs, began, since = processor(master, family=True), time.time(), time.monotonic()
            crowd.postroom.serve()
            crowd.caught_up(began)
            wall = time.monotonic() - since
            ours = processor(crowd.postroom.server.pid)
            theirs = processor(master, family=True) - theirs
            crowd.postroom.stop()
            rows.append("| %s | %.1f s | %.2f s | %.2f s | %.2f |" % (what, wall, ours, theirs, ours / theirs))
    finally:
        crowd.close()
    print("\n## Start of %d accounts, from the program's start to all caught up\n\n| since the last run | wall | our processor time | Dovecot's | ratio |"
          "\n| --- | --- | --- | --- | --- |\n%s" % (STARTS, "\n".join(rows)), flush=True)
