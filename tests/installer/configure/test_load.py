"""Loading a site file: what is written comes back, and every mistake is told with its line, its place and what may stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installer.common.errors import ExitCode, InvalidInput
from installer.common.text import use_language
from installer.configure import Answers, InvalidSite, configure, load_site, render, write_site
from tests.installer.configure.test_generate import BUNDLE
from tests.installer.machines import machine, site

GOOD = """apiVersion: slipway/v1
kind: Site
metadata:
  name: plant
profile: standard
bundle:
  path: /mnt/bundle
  digest: sha256:00
nodes:
  - name: a
    address: 10.1.1.1
    ssh:
      user: root
      port: 22
    roles: [control-plane]
    interface: eth0
  - name: b
    address: 10.1.1.2
    roles:
      - worker
    interface: eth0
kubernetes:
  version: 1.37.2
  endpoint: 10.1.1.1:6443
  podNetwork: 10.244.0.0/16
  serviceNetwork: 10.96.0.0/16
storage:
  path: /var/lib/slipway/volumes
platform:
  port: 30443
"""


def load(folder: Path, text: str | bytes) -> InvalidInput:
    path = folder / "site.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InvalidInput) as caught:
        load_site(path)
    assert caught.value.code == ExitCode.USAGE
    return caught.value


def test_good_file(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(GOOD)
    loaded = load_site(path)
    assert [n.name for n in loaded.control_planes] == ["a"]
    assert loaded.nodes[1].ssh is not None and loaded.nodes[1].ssh.port == 22


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("count", [1, 3])
def test_written_file_comes_back(tmp_path: Path, language: str, count: int) -> None:
    made = configure(site(*(machine(n) for n in range(1, count + 1))), Answers(), BUNDLE)
    path = tmp_path / "site.yaml"
    use_language(language)  # type: ignore[arg-type]
    write_site(path, made)
    use_language(None)
    assert load_site(path) == made.site


def test_each_reason_stands_above_its_value() -> None:
    made = configure(site(machine(1), machine(2)), Answers(), BUNDLE)
    use_language("en")
    lines = render(made).splitlines()
    use_language(None)
    for place, reason in made.reasons.items():
        key = re.sub(r".*[.\]]", "", place)
        starts = [i for i, line in enumerate(lines) if re.match(rf"\s*(- )?{key}:", line)]
        above = [" ".join(line.strip("# ") for line in lines[max(0, i - 4) : i]) for i in starts]
        assert any(reason.en in text for text in above), place


# what stands in the good file, what replaces it, the line, the place, words of the message, words of the advice
MISTAKES = [
    ("apiVersion: slipway/v1", "apiVersion: slipway/v2", 1, "apiVersion", "'slipway/v2' is not allowed", "slipway/v1"),
    ("  name: plant", "  name: My_Plant", 4, "metadata.name", "not written as expected", "lower-case"),
    ("profile: standard", "profile: prod", 5, "profile", "'prod' is not allowed", "standard, lab"),
    ("profile: standard", "profil: standard", 5, "profil", "no field profil", "did you mean profile?"),
    ("    address: 10.1.1.1", "    adress: 10.1.1.1", 11, "nodes[0].adress", "no field adress", "did you mean address?"),
    ("      port: 22", "      port: '22'", 14, "nodes[0].ssh.port", "'22' where a whole number", ""),
    ("      port: 22", "      port: 99999", 14, "nodes[0].ssh.port", "out of range", "at most 65535"),
    ("      port: 22", "      port: yes", 14, "nodes[0].ssh.port", "'yes' where a whole number", ""),
    ("      user: root", "      password: x", 13, "nodes[0].ssh.password", "no field password", "user, port, key, hostKey"),
    ("roles: [control-plane]", "roles: [master]", 15, "nodes[0].roles[0]", "'master' is not allowed", "control-plane, worker"),
    ("roles: [control-plane]", "roles: []", 15, "nodes[0].roles", "the list is empty", "at least one"),
    ("roles: [control-plane]", "roles: control-plane", 15, "nodes[0].roles", "where a list", ""),
    ("      - worker", "      - worker\n      - worker", 19, "nodes[1].roles", "listed twice", "once"),
    ("  - name: b", "  - name: a", 17, "nodes[1].name", "already that of nodes[0]", "name of its own"),
    ("  - name: b", "  - name: B_2", 17, "nodes[1].name", "cannot be a node's name", "lower-case"),
    ("  - name: b", "  - name: 2", 17, "nodes[1].name", "'2' where text", 'in quotes: "2"'),
    ("    address: 10.1.1.2", "    address: 10.1.1.1", 18, "nodes[1].address", "already that of nodes[0]", "its own address"),
    ("    address: 10.1.1.2", "    address: node.example", 18, "nodes[1].address", "not an IPv4 address", "192.168.1.10"),
    ("    address: 10.1.1.2", "    address: 10.1.1.256", 18, "nodes[1].address", "not an IPv4 address", ""),
    ("      - worker", "      - control-plane", 19, "nodes[1].roles", "2 control planes", "load balancer"),
    ("  version: 1.37.2", "  version: 1.37", 23, "kubernetes.version", "'1.37' where text", '"1.37"'),
    ("  version: 1.37.2\n", "", 22, "kubernetes.version", "version is missing", "slipway configure"),
    ("10.1.1.1:6443", "10.1.1.1", 24, "kubernetes.endpoint", "not host:port", ":6443"),
    ("podNetwork: 10.244.0.0/16", "podNetwork: 10.244.0.1/16", 25, "kubernetes.podNetwork", "not an IPv4 network", "no bits set"),
    ("podNetwork: 10.244.0.0/16", "podNetwork: 10.244.0.0/24", 25, "kubernetes.podNetwork", "too small for 2", "/16"),
    ("podNetwork: 10.244.0.0/16", "podNetwork: 10.1.0.0/16", 25, "kubernetes.podNetwork", "contains the address of nodes[0]", "none of your"),
    ("  podNetwork:", "  pod_network:", 25, "kubernetes.pod_network", "no field pod_network", "did you mean podNetwork?"),
    ("10.96.0.0/16", "10.244.128.0/17", 26, "kubernetes.serviceNetwork", "overlaps the pod network", "no address in common"),
    ("10.96.0.0/16", "10.96.0.0/28", 26, "kubernetes.serviceNetwork", "/28 cannot be used", "/12 to /24"),
    ("/var/lib/slipway/volumes", "volumes", 28, "storage.path", "cannot hold volumes", "absolute path"),
    ("/var/lib/slipway/volumes", "/etc/slipway", 28, "storage.path", "cannot hold volumes", "outside the system's"),
    ("  port: 30443", "  port: 443", 30, "platform.port", "'443' is out of range", "at least 30000"),
    ("  port: 30443", "  databaseSize: 5G", 30, "platform.databaseSize", "not written as expected", "5Gi"),
    ("platform:\n  port: 30443", "platform: 30443", 29, "platform", "where fields of its own", ""),
    ("nodes:\n", "nodes: 5\nnodez:\n", 9, "nodes", "'5' where a list", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "line", "place", "what", "fix"), MISTAKES, ids=[f"{n}-{m[3]}" for n, m in enumerate(MISTAKES)]
)
def test_mistake(tmp_path: Path, old: str, new: str, line: int, place: str, what: str, fix: str) -> None:
    assert old in GOOD
    error = load(tmp_path, GOOD.replace(old, new, 1))
    assert isinstance(error, InvalidSite)
    problem = next(p for p in error.problems if p.path == place)
    assert problem.line == line
    assert what in problem.what.en
    assert fix in (problem.fix.en if problem.fix else "")
    assert re.search(r"[\u4e00-\u9fff]", problem.what.zh)
    assert f"site.yaml:{line} {place}" in str(error)


def test_all_mistakes_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        GOOD.replace("plant", "My_Plant")
        .replace("port: 22", "port: x")
        .replace("podNetwork", "podNet")
        .replace("30443", "80")
    )
    error = load(tmp_path, text)
    assert isinstance(error, InvalidSite)
    assert [p.line for p in error.problems] == [4, 14, 22, 25, 30]
    assert "5 errors" in str(error)


# each a whole file
FILES = [
    ("", "empty"),
    ("# only a comment\n", "empty"),
    ("- 1\n", "does not begin with fields"),
    ("just words", "does not begin with fields"),
    ("a: &x [1]\nb: *x\n", "site.yaml:2: references"),
    ("a: !!python/object/apply:os.system [x]\n", "references"),
    ("<<: {a: 1}\n", "references"),
    ("a: 1\na: 2\n", "duplicate key"),
    ("nodes:\n\t- x\n", "site.yaml:2: this is not valid YAML"),
    ('a: "x\n', "not valid YAML"),
    ("a: b: c\n", "site.yaml:1: this is not valid YAML"),
    ("a: 1\n---\nb: 2\n", "not valid YAML"),
    ("[" * 5000, "nested too deeply"),
    ("a: " * 30 + "1", "not valid YAML"),
    ("\n".join(" " * n + f"k{n}:" for n in range(60)), "nested too deeply"),
    (b"\xff\xfe\x00", "not UTF-8"),
    (b"a: \x00", "not valid YAML"),
    (b"x" * (2 * 2**20), "bytes"),
]


@pytest.mark.parametrize(("text", "words"), FILES, ids=[f"{n}" for n in range(len(FILES))])
def test_file_that_is_no_site(tmp_path: Path, text: str | bytes, words: str) -> None:
    assert words in str(load(tmp_path, text))


def test_billion_laughs_cost_nothing(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "references" in str(load(tmp_path, bomb))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "no.yaml", "no such file"), (tmp_path, "cannot be read")):
        with pytest.raises(InvalidInput, match=words):
            load_site(path)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_ever_ends_in_another_error(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A good file with a piece cut out, doubled or replaced: it loads, or says what is wrong."""
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 40)))
    piece = data.draw(st.one_of(st.just(""), st.just(GOOD[start:end] * 2), st.text(max_size=8)))
    path = tmp_path_factory.mktemp("site") / "site.yaml"
    path.write_bytes((GOOD[:start] + piece + GOOD[end:]).encode(errors="surrogatepass"))
    try:
        load_site(path)
    except InvalidInput as error:
        assert str(error)
