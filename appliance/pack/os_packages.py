"""What pack needs of the machine's own packages (Debian and Ubuntu names)."""

from __future__ import annotations

from appliance.sources.toolchain import find_go

OS_PACKAGES = [
    "ca-certificates",
    "gcc",  # pause, runc
    "libc6-dev",
    "libseccomp-dev",  # runc
    "mmdebstrap",  # root file systems of images
    "pkg-config",  # runc finds libseccomp by it
    *([] if find_go() else ["golang-go"]),  # any Go fetches the one that is needed
]
