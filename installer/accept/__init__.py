"""The acceptance run: real work through the platform's own interface, and a report that a customer can sign."""

from installer.accept.access import Access, access_of
from installer.accept.run import accept

__all__ = ["Access", "accept", "access_of"]
