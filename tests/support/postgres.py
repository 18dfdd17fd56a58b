"""A PostgreSQL server of a test's own, from the programs of a distribution's package."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.ports import free_ports

_NOBODY = "nobody"
_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A server on the loopback address with a database `shop` and a user of that name, who needs the password."""

    programs: Path
    port: int
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """Where JDBC finds it, without user and password."""
        return f"jdbc:postgresql://127.0.0.1:{self.port}/shop"

    def run(self, sql: str) -> str:
        """Run SQL as `shop` and return what it gives, a line for each row."""
        command = [str(self.programs / "psql"), "-qAt", "-h", "127.0.0.1", "-p", str(self.port), "-U", "shop", "-d", "shop"]
        environment = {**os.environ, "PGPASSWORD": self.password}
        ran = subprocess.run(command, input=f"\\set ON_ERROR_STOP 1\n{sql}", env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


def postgres_programs() -> Path | None:
    """Return the folder of the server's programs; None where there are none."""
    found = [Path(one).resolve().parent for one in (shutil.which("initdb"), shutil.which("postgres")) if one]
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name))
    return next((one for one in (*found, *reversed(packaged)) if (one / "initdb").is_file() and (one / "createdb").is_file()), None)


@contextmanager
def postgres(programs: Path, password: str) -> Iterator[Postgres]:
    """Run a server with its data in a folder of its own, until the block ends. As root it runs as nobody: it refuses to run as root."""
    user = _NOBODY if os.getuid() == 0 else None
    # Below a test's own folder nobody else may look.
    with TemporaryDirectory(prefix="postgres-") as name:
        data = Path(name)
        if user:
            os.chown(data, pwd.getpwnam(user).pw_uid, -1)
        [port] = free_ports(1)

        def run(program: str, *arguments: str) -> None:
            command = [str(programs / program), "-D", str(data / "cluster"), *arguments]
            done = subprocess.run(command, user=user, cwd=data, capture_output=True, text=True, check=False, timeout=_SECONDS)
            assert done.returncode == 0, done.stderr + done.stdout

        secret = data / "password"
        secret.write_text(password)
        run("initdb", "-U", "shop", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--no-sync")
        # Into a file: `pg_ctl` would never be done as long as the server holds its output.
        run("pg_ctl", "-w", "-l", str(data / "log"), "-o", f"-p {port} -h 127.0.0.1 -k {data} -F", "start")
        try:
            environment = {**os.environ, "PGPASSWORD": password}
            made = [str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "shop", "shop"]
            subprocess.run(made, env=environment, check=True, capture_output=True, timeout=_SECONDS)
            yield Postgres(programs=programs, port=port, password=password)
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
