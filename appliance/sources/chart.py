"""A Helm chart, rendered when the bundle is packed: no Helm at the site, and what is applied can be read beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from appliance.catalog.models import Chart
from appliance.pack.steps import Made, Work
from appliance.sources.base import Context, Unavailable, run


def obtain(source: Chart, work: Work, context: Context) -> Made:
    """Render the chart once for each profile into one Jinja2 template that has both."""
    (helm_artifact, helm), (chart_artifact, chart) = (name.split("/", 1) for name in (source.helm, source.chart))
    values = yaml.safe_load((context.catalog / source.values).read_text())
    rendered = {}
    for profile, added in source.profiles.items():
        file = work.scratch / f"{profile}.yaml"
        file.write_text(yaml.safe_dump(_merged(values, added)))
        command = [
            str(work.inputs[helm_artifact] / helm),
            "template",
            source.release,
            str(work.inputs[chart_artifact] / chart),
        ]
        command += ["--namespace", source.namespace, "--values", str(file), "--skip-tests"]
        # Helm keeps nothing of the user's: no plugins, no repositories.
        home = {name: str(work.scratch) for name in ("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME")}
        rendered[profile] = _template(run(command, environment=home), source.places)
    text = "".join(_branches(rendered))
    (work.result / source.output).write_text(text)
    return Made(f"chart: {source.chart}")


def _template(text: str, places: Mapping[str, str]) -> str:
    """The rendered chart as a Jinja2 template: its own text is taken as it stands, the places become expressions."""
    if any(mark in text for mark in ("{{", "{%", "{#")):
        raise Unavailable("the rendered chart has marks of Jinja2 in it")
    for name, expression in places.items():
        if f"@{name}@" not in text:
            raise Unavailable(f"the rendered chart has no place @{name}@")
        text = text.replace(f"@{name}@", "{{ " + expression + " }}")
    return text


def _branches(rendered: Mapping[str, str]) -> Iterable[str]:
    for number, (profile, text) in enumerate(rendered.items()):
        yield f'{{% {"elif" if number else "if"} site.profile == "{profile}" %}}\n{text}'
    yield "{% endif %}\n"


def _merged(values: dict[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(values)
    for name, value in added.items():
        own = merged.get(name)
        merged[name] = _merged(own, value) if isinstance(own, dict) and isinstance(value, dict) else value
    return merged
