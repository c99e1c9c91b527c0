"""One acceptance run over an installed site."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from pathlib import Path

from appliance.bundle import open_bundle
from installer.accept.access import access, new_token
from installer.accept.client import PlatformClient
from installer.accept.report import AcceptanceReport, Trial, save
from installer.accept.trials import TRIALS, Work
from installer.common.errors import SlipwayError
from installer.common.paths import version
from installer.common.text import Text
from installer.models.site import Site

DATA = "datasets/digits.csv.gz"
"""In the bundle: scikit-learn's handwritten digits (UCI, 1,797 rows)."""


def accept(site: Site, run_dir: Path, tell: Callable[[Text], None]) -> AcceptanceReport:
    """Run every trial in order, stop at the first that fails, and write the report either way.

    Raises:
        SlipwayError: a trial failed; the report says which and what was seen.
    """
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    data = open_bundle(Path(site.bundle.path)).read_file(DATA)
    trials: list[Trial] = []
    failure: SlipwayError | None = None
    where = access(site, run_dir)
    with PlatformClient(where, new_token(site, run_dir)) as client:
        work = Work(client, site, data, tell)
        for name, title, attempt in TRIALS:
            tell(title)
            begin = time.monotonic()
            evidence = []
            try:
                evidence = attempt(work)
            except SlipwayError as error:
                failure = error
            seconds = round(time.monotonic() - begin, 2)
            problem = failure.report if failure else None
            trials.append(Trial(id=name, title=title, seconds=seconds, evidence=evidence, error=problem))
            if failure:
                break
    report = AcceptanceReport(
        site=site.metadata.name,
        version=version(),
        bundle_digest=site.bundle.digest,
        kubernetes=site.kubernetes.version,
        nodes=[f"{node.name} ({node.address})" for node in site.nodes],
        started_at=started,
        trials=trials,
    )
    save(report, where.report.parent)
    if failure:
        raise failure
    return report
