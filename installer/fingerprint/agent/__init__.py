"""What runs on a node: reads its state, compares two states, puts one back.

Standard library only, Python 3.9 or newer: it travels to the node over the connection as one zip and leaves nothing there
but `/var/lib/slipway`. It knows no component by name; what may be put back is told to it as patterns (`Touches`).
"""
