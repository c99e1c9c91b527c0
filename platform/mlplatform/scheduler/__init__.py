"""The brain: a pure decision over the state of queues and nodes, and thin loops that carry it out."""
