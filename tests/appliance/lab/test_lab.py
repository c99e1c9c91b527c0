from __future__ import annotations

import pytest

from appliance import lab as labs
from appliance.lab import host, lab
from appliance.lab.models import folder
from installer.common import ospackages
from installer.common.errors import ExitCode, InvalidInput, SlipwayError
from installer.common.text import Text


def test_up_records_a_private_lab_of_distinct_running_nodes(fake):
    made = labs.up("one", 3)
    assert [node.name for node in made.nodes] == ["n1", "n2", "n3"]
    assert len({node.address for node in made.nodes}) == len({node.host_key for node in made.nodes}) == 3
    assert made == labs.get("one")
    assert labs.listing()[0].whole
    assert made.key.stat().st_mode & 0o777 == 0o600
    assert made.key.parent.stat().st_mode & 0o777 == folder().stat().st_mode & 0o777 == 0o700
    assert made.known_hosts.read_text().splitlines()[0] == f"{made.nodes[0].address} {made.nodes[0].host_key}"


def test_the_network_has_no_way_out_and_no_names(fake):
    labs.up("one")
    (create,) = [command for command in fake.commands if command[:2] == ("network", "create")]
    assert {"--internal", "--disable-dns"} <= set(create)


def test_two_labs_have_two_subnets(fake):
    assert labs.up("one").subnet != labs.up("two").subnet


def test_down_takes_one_lab_and_leaves_the_other(fake):
    labs.up("one", 2)
    other = labs.up("two", 2)
    labs.down("one")
    assert fake.labelled() == {"two"}
    assert [status.name for status in labs.listing()] == ["two"]
    assert other == labs.get("two")


@pytest.mark.parametrize("remains", ["containers", "volumes", "networks"])
def test_down_finds_remains_without_a_record(fake, remains):
    made = labs.up("one", 2)
    for kind in {"containers", "volumes", "networks"} - {remains}:
        getattr(fake, kind).clear()
    (made.key.parent / "lab.json").unlink()
    (status,) = labs.listing()
    assert (status.name, status.lab, status.whole) == ("one", None, False)
    labs.down("one")
    assert fake.labelled() == set()
    assert labs.listing() == []
    assert not made.key.parent.exists()


def test_a_record_without_machines_is_shown_as_such_and_goes(fake):
    labs.up("one", 2)
    fake.containers.clear()
    (status,) = labs.listing()
    assert status.nodes == {"n1": "absent", "n2": "absent"}
    with pytest.raises(InvalidInput, match="only in part"):
        labs.up("one", 2)
    labs.down("one")
    assert labs.listing() == []


@pytest.mark.parametrize("step", ["network", "volume", "create", "cp", "start"])
def test_up_that_fails_leaves_nothing(fake, step):
    fake.fail_on = step
    original = fake.podman

    def removal_works(*words, **more):
        fake.fail_on = None if "rm" in words else fake.fail_on
        return original(*words, **more)

    fake_podman, lab.podman = lab.podman, removal_works
    try:
        with pytest.raises(SlipwayError):
            labs.up("one", 2)
    finally:
        lab.podman = fake_podman
    assert fake.labelled() == set()
    assert labs.listing() == []


def test_an_interrupt_leaves_nothing(fake, monkeypatch):
    def interrupt(node):
        raise KeyboardInterrupt

    monkeypatch.setattr(lab, "wait_for_ssh", interrupt)
    with pytest.raises(KeyboardInterrupt):
        labs.up("one")
    assert fake.labelled() == set()


def test_up_boots_the_stopped_nodes_of_a_lab_and_keeps_it_when_they_do_not_come(fake, monkeypatch):
    made = labs.up("one", 2)
    for container in fake.containers.values():
        container["State"] = "exited"
    assert labs.up("one", 2) == made
    assert labs.listing()[0].whole

    def fails(node):
        raise SlipwayError(Text.same("no answer"))

    monkeypatch.setattr(lab, "wait_for_ssh", fails)
    with pytest.raises(SlipwayError, match="no answer"):
        labs.up("one", 2)
    assert labs.get("one") == made


def test_the_last_down_puts_the_machine_back_and_no_other(fake, monkeypatch):
    calls = []
    monkeypatch.setattr(host, "put_back", calls.append)
    labs.up("one")
    labs.up("two")
    labs.down("one")
    assert calls == []
    labs.down("two")
    assert calls == [folder() / "host.json"]


def test_the_machine_is_not_put_back_under_somebody_elses_containers(fake, monkeypatch):
    calls = []
    monkeypatch.setattr(host, "put_back", calls.append)
    labs.up("one")
    fake.containers["theirs"] = {"Names": ["theirs"], "Labels": None, "State": "running"}
    labs.down("one")
    assert calls == []
    assert set(fake.containers) == {"theirs"}


@pytest.mark.parametrize("name", ["", "Upper", "a b", "-a", "a-", "../etc", "x" * 21])
def test_names_are_checked_before_anything_happens(fake, name):
    with pytest.raises(InvalidInput) as caught:
        labs.up(name)
    assert caught.value.code == ExitCode.USAGE
    assert fake.commands == []


@pytest.mark.parametrize("nodes", [0, -1, 21])
def test_the_number_of_nodes_is_checked(fake, nodes):
    with pytest.raises(InvalidInput, match="1 to 20"):
        labs.up("one", nodes)
    assert fake.commands == []


def test_without_its_packages_nothing_starts(fake, monkeypatch):
    def refuse(packages, *, yes, reason):
        assert list(packages) == labs.OS_PACKAGES
        raise SlipwayError(Text.same("OS packages are missing"))

    monkeypatch.setattr(ospackages, "ensure", refuse)
    with pytest.raises(SlipwayError, match="missing"):
        labs.up("one")
    assert fake.commands == []


def test_listing_and_down_work_where_podman_is_gone(fake, monkeypatch):
    labs.up("one")
    monkeypatch.setattr(lab.shutil, "which", lambda program: None)
    assert labs.listing()[0].nodes == {"n1": "absent"}
    labs.down("one")
    assert labs.listing() == []


def test_get_of_an_unknown_lab_says_so(fake):
    with pytest.raises(InvalidInput, match="no lab called ghost"):
        labs.get("ghost")
