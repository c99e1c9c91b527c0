"""OCI images without a registry and without a daemon: layers as deterministic tar archives, configs and manifests as JSON."""

from appliance.images.layer import LayerParts, make_layer
from appliance.images.oci import ImageParts, assemble

__all__ = ["ImageParts", "LayerParts", "assemble", "make_layer"]
