"""site -> plan: what an installation will do, step by step, before anything is done."""

from installer.plan.make import make_plan, site_digest
from installer.plan.workflows import INSTALL

__all__ = ["INSTALL", "make_plan", "site_digest"]
