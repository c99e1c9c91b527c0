"""HTTP: thin routers over `mlplatform.core`."""
