"""An engine with a small workflow of its own: `python tests/lab/engine_driver.py RUN_DIR WISH`. For test_engine.py."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

from installer.engine import __main__ as engine
from installer.engine.wish import Wish
from installer.remote import ansible
from installer.stages import Context, RoleStage
from installer.stages import role as role_module

ROLES = {
    "settings": """
- name: A file, a changed file, a folder
  ansible.builtin.shell: |
    echo ours >/etc/slipway-test
    echo ours >>/etc/motd
    mkdir -p /usr/local/lib/slipway-test && touch /usr/local/lib/slipway-test/a
- name: A kernel setting
  ansible.builtin.command: sysctl -w net.ipv4.ip_forward=1
""",
    "service": """
- name: A unit
  ansible.builtin.copy:
    dest: /etc/systemd/system/slipway-test.service
    content: |
      [Service]
      ExecStart=/bin/sleep infinity
      [Install]
      WantedBy=multi-user.target
    mode: "0644"
- name: It runs
  ansible.builtin.systemd_service: {name: slipway-test.service, state: started, enabled: true, daemon_reload: true}
- name: It takes long, until the test says that it does not
  ansible.builtin.command: sh -c 'test -e /root/quick || sleep 654'
""",
}
TOUCHES = {
    "settings": "{files: [/etc/slipway-test, /etc/motd, /usr/local/lib/slipway-test*], sysctls: [net.ipv4.*]}",
    "service": "{files: ['/etc/systemd/system/*'], units: [slipway-test.service], processes: ['*slipway-test*'], cgroups: ['*slipway-test*']}",
}


def write_roles(root: Path) -> None:
    """A product's folder with these roles, and with the real callback for Ansible."""
    for name, tasks in ROLES.items():
        for part, content in {
            "tasks/main.yml": tasks,
            "meta/slipway.yaml": f"title: {{en: {name}, zh: {name}}}\nseconds: 5\ntouches: {TOUCHES[name]}\n",
        }.items():
            file = root / "roles" / name / part
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
    (root / "installer/remote").mkdir(parents=True, exist_ok=True)
    callback = root / "installer/remote/callback"
    if not callback.exists():
        callback.symlink_to(Path(ansible.__file__).parent / "callback")


def workflow(run_dir: Path) -> list[RoleStage]:
    root = run_dir / "product"
    write_roles(root)
    ansible.ROOT = role_module.ROOT = root
    Context.bundle = SimpleNamespace(images={})  # type: ignore[assignment]  # these roles need nothing of one
    return [RoleStage(name) for name in ROLES]


if __name__ == "__main__":
    run_dir = Path(sys.argv[1])
    engine.INSTALL = workflow(run_dir)  # type: ignore[assignment]
    engine.main(run_dir, Wish.model_validate_json(sys.argv[2]), os.dup(1))
