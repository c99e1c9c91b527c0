"""The plain models on every arrow of the data flow (docs/architecture.md). No behaviour beyond validation."""
