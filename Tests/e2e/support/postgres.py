"""A PostgreSQL server of the tests' own, on a free loopback port."""
import glob
import os
import shutil
import subprocess
import tempfile
import uuid

from bed.bed import free_ports


class PostgresServer:
    def __init__(self, disk=None):
        """`disk`: a folder for the data; the log of writes is elsewhere then, since PostgreSQL ends where that has no room."""
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.folder = tempfile.mkdtemp(prefix="postroom-pg.", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self.data = f"{disk or self.folder}/data"
        self.wal = ["-X", f"{self.folder}/wal"] if disk else []
        os.mkdir(self.data)
        if os.geteuid() == 0:
            shutil.chown(self.data, "postgres", "postgres")
            shutil.chown(self.folder, "postgres", "postgres")
        self.port = free_ports(["postgres"])["postgres"]
        self._run("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8", *self.wal)
        self.start()

    def start(self):
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200 -c fsync=off"
        self._run("pg_ctl", "-D", self.data, "-l", f"{self.data}/log", "-w", "-o", options, "start")

    def stop(self, mode="fast"):
        self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def remove(self):
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self):
        """An empty database, as a URL."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self.sql("postgres", f"CREATE DATABASE {name}")
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def sql(self, database, statement):
        database = database.rsplit("/", 1)[-1]
        done = subprocess.run(
            [f"{self.bin}/psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database, "-XAtc", statement],
            capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _run(self, program, *arguments):
        command = [f"{self.bin}/{program}", *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        # No pipe: the server would hold it open after pg_ctl has ended.
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        assert done.returncode == 0, " ".join(command)
