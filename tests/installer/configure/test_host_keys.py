from __future__ import annotations

import subprocess
from pathlib import Path

from installer.configure.host_keys import fingerprint


def test_as_ssh_keygen_prints_it(tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    shown = subprocess.run(["ssh-keygen", "-lf", f"{key}.pub"], check=True, capture_output=True, text=True).stdout
    assert fingerprint(key.with_suffix(".pub").read_text()) == shown.split()[1]
