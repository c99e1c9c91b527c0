"""The platform's shared models: resource descriptions, workloads, what the API shows. Plain pydantic, no storage."""
