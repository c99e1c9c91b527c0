"""What the system operators share. Needs numpy only; Python 3.11+."""
