"""What the platform does, independent of HTTP: each module is one kind of thing."""
