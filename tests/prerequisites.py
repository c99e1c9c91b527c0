"""Installs the OS packages that a part of the tests needs: `python -m tests.prerequisites lab`.

Tests themselves never install anything; `make test` calls this first, so a bare machine passes too.
"""

from __future__ import annotations

import sys

from appliance.lab import OS_PACKAGES as LAB
from appliance.pack import OS_PACKAGES as PACK
from installer.common import ospackages
from installer.common.text import Text

NEEDS = {
    "postgresql": ["postgresql"],
    "chromium": ["chromium", "fonts-noto-cjk"],
    "lab": [*LAB, *PACK, "tmux"],
}


def main(parts: list[str]) -> None:
    """Install what `parts` (names of NEEDS) need; does nothing when it is there."""
    for part in parts:
        ospackages.ensure(
            NEEDS[part], yes=True, reason=Text(en=f"the {part} tests need them", zh=f"{part} 测试需要它们")
        )


if __name__ == "__main__":
    main(sys.argv[1:])
