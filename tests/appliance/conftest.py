"""A catalog small enough to pack in a moment, and a web server that stands in for upstream."""

from __future__ import annotations

import hashlib
import http.server
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.bundle import Bundle, open_bundle
from appliance.catalog import Catalog, load_catalog
from appliance.pack import Packed, pack
from appliance.sources.download import UPSTREAM_VARIABLE

TOOL = b"\x7fELF tool 1.0\n" * 400


@dataclass
class Upstream:
    """What the web server has, by path, and what it was asked for."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    state = Upstream()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            content = state.files.get(self.path)
            self.send_response(200 if content is not None else 404)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        state.address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv(UPSTREAM_VARIABLE, state.address)
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        state.files["/releases.example/tool-1.0"] = TOOL
        state.files["/releases.example/SHA256SUMS"] = f"{hashlib.sha256(TOOL).hexdigest()}  tool-1.0\n".encode()
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as tar:
            entry = tarfile.TarInfo("suite/bin/helper")
            entry.size = 7
            tar.addfile(entry, io.BytesIO(b"helper\n"))
        state.files["/releases.example/suite.tgz"] = archive.getvalue()
        digest = hashlib.sha256(archive.getvalue()).hexdigest()
        state.files["/releases.example/suite.tgz.sha256"] = f"{digest}\n".encode()
        yield state
        server.shutdown()


COMPONENT = """
name: tool
version: "1.0"
licence: MIT
about: A tool.
artifacts:
  tool:
    outputs: [tool]
    sources:
      - kind: upstream
        files:
          - {url: "https://releases.example/tool-{version}", checksum: "https://releases.example/SHA256SUMS", output: tool}
  suite:
    outputs: [helper]
    sources:
      - kind: upstream
        files:
          - url: https://releases.example/suite.tgz
            checksum: https://releases.example/suite.tgz.sha256
            members: {helper: suite/bin/helper}
files:
  bin/tool: {output: tool/tool}
images:
  - reference: example/tool:{version}
    layers: [{files: {/usr/bin/tool: tool/tool}}]
    entrypoint: [/usr/bin/tool]
    user: "65532:65532"
  - reference: example/both:{version}
    roles: [control-plane]
    layers:
      - {files: {/usr/bin/tool: tool/tool}}
      - {files: {/usr/bin/helper: suite/helper}, links: {/bin/h: /usr/bin/helper}, folders: {/tmp: "1777"}}
"""


@pytest.fixture
def catalog_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "catalog"
    folder.mkdir()
    (folder / "tool.yaml").write_text(COMPONENT)
    (folder / "toolchain.yaml").write_text("go: 1.26.8\n")
    return folder


@dataclass
class Packing:
    """The small catalog, packed as often as a test likes."""

    root: Path
    folder: Path

    @property
    def catalog(self) -> Catalog:
        return load_catalog(self.folder)

    @property
    def out(self) -> Path:
        return self.root / "bundle"

    def pack(self, **more: Path) -> Packed:
        given = {"cache": self.root / "cache", "catalog_folder": self.folder} | more
        return pack(self.catalog, self.out, **given)


@pytest.fixture
def packing(upstream: Upstream, catalog_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packing:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Packing(tmp_path, catalog_folder)


@pytest.fixture
def bundle(packing: Packing) -> Bundle:
    packing.pack()
    return open_bundle(packing.out)
