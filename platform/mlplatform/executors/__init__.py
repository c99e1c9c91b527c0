"""Where work runs: local processes or Kubernetes. One interface, one contract test (tests/platform/executors)."""
