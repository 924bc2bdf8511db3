"""A real object storage on the loopback (SeaweedFS, speaks S3), in a temporary folder, gone when the tests are."""

import atexit
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.servers.processes import free_port

PATIENCE = 60.0  # seconds
KEY, SECRET = "desk", "loopback-only"
# Nothing of it is worth a second copy, and it asks nobody on the net.
SETTINGS = {"master.telemetry": "false", "master.volumeSizeLimitMB": "64", "volume.max": "200"}
ADMINISTRATOR = {"identities": [{"name": "desk", "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
                                 "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}  # fmt: skip


class ObjectStorage:
    """A server with its data in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._master, self._filer, self.port = _free_port(), _free_port(), _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "s3.json").write_text(json.dumps(ADMINISTRATOR))

    @property
    def endpoint(self) -> str:
        """What AWS_ENDPOINT_URL_S3 says."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """What programs need to use it."""
        return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1",
                "AWS_ENDPOINT_URL_S3": self.endpoint}  # fmt: skip

    def start(self) -> None:
        """Start it, and come back when it answers and takes files."""
        ports = {"master.port": self._master, "volume.port": _free_port(), "filer.port": self._filer,
                 "s3.port": self.port}  # fmt: skip
        options = [f"-{name}={value}" for name, value in {**SETTINGS, **ports}.items()]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [_program(), "server", f"-dir={self._folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3",
                 f"-s3.config={self._folder / 's3.json'}", f"-filer.localSocket={self._folder / 'filer.sock'}",
                 f"-s3.localSocket={self._folder / 's3.sock'}", *options],
                stdout=log, stderr=log, cwd=self._folder)  # fmt: skip
        until = time.monotonic() + PATIENCE
        while not self._takes_files():
            assert time.monotonic() < until and self._process.poll() is None, (self._folder / "log").read_text()[-3000:]
            time.sleep(0.1)

    def stop(self) -> None:
        """End it."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def create(self, bucket: str) -> None:
        """A new, empty bucket."""
        subprocess.run([_program(), "shell", f"-master=127.0.0.1:{self._master}",
                        f"-filer=127.0.0.1:{self._filer}"], input=f"s3.bucket.create -name {bucket}\n".encode(),
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE)  # fmt: skip

    def _takes_files(self) -> bool:
        try:
            asked = urllib.request.Request(f"http://127.0.0.1:{self._filer}/begun/file", data=b"x", method="PUT")
            urllib.request.urlopen(asked, timeout=5).close()  # the filer asks for no key; only the loopback reaches it
            with urllib.request.urlopen(f"{self.endpoint}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            return error.code == 403  # it answers, and asks who we are
        except OSError:
            return False


def _program() -> str:
    """Which the package installs beside Python."""
    return str(Path(sys.executable).with_name("weed"))


def _free_port() -> int:
    """One whose gRPC port, by which the parts of the server talk, exists as well: it is 10000 higher."""
    while (port := free_port()) > 55000:
        pass
    return port


@cache
def shared_object_storage() -> ObjectStorage:
    """The server of this process's tests, begun at the first use."""
    folder = Path(tempfile.mkdtemp(prefix="straydesk-s3-"))
    server = ObjectStorage(folder)
    server.start()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.stop)
    return server
