"""From the catalog to a bundle."""

from appliance.pack.os_packages import OS_PACKAGES
from appliance.pack.pack import Packed, pack
from appliance.pack.run import Event

__all__ = ["OS_PACKAGES", "Event", "Packed", "pack"]
