"""The contract kit: what every operator has to do, tried on a platform of its own. docs/operator-interface.md."""
