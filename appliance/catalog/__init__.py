"""The catalog: what the appliance is made of. One YAML file a component; `lock.yaml` pins upstream files."""

from appliance.catalog.load import CATALOG, load_catalog
from appliance.catalog.lock import Lock
from appliance.catalog.models import Artifact, Catalog, Component, Image, Layer, Source

__all__ = ["CATALOG", "Artifact", "Catalog", "Component", "Image", "Layer", "Lock", "Source", "load_catalog"]
