"""Where an artifact comes from: a mirror folder, an upstream release, Go modules, Debian packages, PyPI wheels, the product itself."""

from appliance.sources.base import Context, Unavailable
from appliance.sources.obtain import obtain

__all__ = ["Context", "Unavailable", "obtain"]
