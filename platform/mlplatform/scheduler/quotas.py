"""What each tenant uses, and what it may use: its quota, and what its cohort leaves unused, up to its borrowing limit."""

from __future__ import annotations

from collections.abc import Iterable

from mlplatform.scheduler.state import NOTHING, Amount, Running, Tenant


class Quotas:
    """The use of quotas as the decision goes along. Invariant: neither a tenant's limit nor a cohort's sum is passed by a start."""

    def __init__(self, tenants: Iterable[Tenant], running: Iterable[Running]) -> None:
        self._tenants = {t.name: t for t in tenants}
        self._used: dict[str, Amount] = {}
        self._cohort_used: dict[str, Amount] = {}
        self._cohort_quota: dict[str, Amount] = {}
        for tenant in self._tenants.values():
            if tenant.cohort:
                before = self._cohort_quota.get(tenant.cohort, NOTHING)
                self._cohort_quota[tenant.cohort] = before.plus(tenant.quota)
        for work in running:
            self.take(work.tenant, work.each.times(len(work.placement)))

    def copy(self) -> Quotas:
        other = Quotas((), ())
        other._tenants, other._cohort_quota = self._tenants, self._cohort_quota
        other._used, other._cohort_used = dict(self._used), dict(self._cohort_used)
        return other

    def tenant(self, name: str) -> Tenant:
        """The tenant; one without limits where none is known by that name."""
        return self._tenants.get(name) or Tenant(name=name)

    def used(self, name: str) -> Amount:
        return self._used.get(name, NOTHING)

    def take(self, name: str, need: Amount) -> None:
        self._used[name] = self.used(name).plus(need)
        if cohort := self.tenant(name).cohort:
            self._cohort_used[cohort] = self._cohort_used.get(cohort, NOTHING).plus(need)

    def give(self, name: str, need: Amount) -> None:
        self.take(name, need.times(-1))

    def holds(self, name: str, need: Amount) -> bool:
        """Whether the tenant may use this much more now."""
        tenant = self._tenants.get(name)
        if tenant is None:
            return True
        limit = tenant.quota
        if tenant.cohort:
            limit = limit.plus(tenant.borrowing)
            free = self._cohort_quota[tenant.cohort] - self._cohort_used.get(tenant.cohort, NOTHING)
            if not _covers(free, need):
                return False
        return _covers(limit - self.used(name), need)

    def ever_holds(self, name: str, need: Amount) -> bool:
        """Whether the tenant may use this much when nobody uses anything."""
        tenant = self._tenants.get(name)
        if tenant is None:
            return True
        if not tenant.cohort:
            return tenant.quota.holds(need)
        return tenant.quota.plus(tenant.borrowing).holds(need) and self._cohort_quota[tenant.cohort].holds(need)

    def within_own(self, name: str, need: Amount) -> bool:
        """Whether it would fit into the tenant's own quota."""
        tenant = self._tenants.get(name)
        return tenant is None or _covers(tenant.quota - self.used(name), need)

    def borrows(self, name: str) -> bool:
        """Whether the tenant uses more of anything than its own quota."""
        tenant = self._tenants.get(name)
        return tenant is not None and not tenant.quota.holds(self.used(name))

    def share(self, name: str, total: Amount) -> float:
        """The dominant share: the largest part that the tenant uses of any resource of the cluster, by its weight."""
        largest = max(
            (used / whole for used, whole in zip(self.used(name), total, strict=True) if whole > 0), default=0.0
        )
        return largest / self.tenant(name).weight


def _covers(free: Amount, need: Amount) -> bool:
    """Only what is asked for counts: who has used up one resource may still use another."""
    return all(have >= want for have, want in zip(free, need, strict=True) if want)
