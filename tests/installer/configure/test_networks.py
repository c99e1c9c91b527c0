"""Whatever the nodes use, what is chosen overlaps none of it."""

from __future__ import annotations

from ipaddress import IPv4Network

from hypothesis import given, settings
from hypothesis import strategies as st

from installer.common.errors import InvalidInput
from installer.configure import Answers, configure
from installer.configure.networks import POD, PRIVATE, choose, taken
from installer.models.facts import Route
from tests.installer.configure.test_generate import BUNDLE
from tests.installer.machines import machine, site

networks = st.builds(
    lambda address, prefix: IPv4Network((address, prefix), strict=False),
    st.one_of(
        st.integers(0, 2**32 - 1),
        *(st.integers(int(p.network_address), int(p.broadcast_address)) for p in PRIVATE),
    ),
    st.integers(9, 32),
)


@settings(deadline=None)
@given(st.sets(networks, max_size=12))
def test_choice_overlaps_nothing(used: set[IPv4Network]) -> None:
    try:
        chosen = choose(POD, used)
    except InvalidInput:
        # It is right to give up only when no /16 of any private range is free.
        candidates = [n for private in PRIVATE for n in private.subnets(new_prefix=16)]
        assert all(any(candidate.overlaps(n) for n in used) for candidate in candidates)
        return
    assert not any(chosen.overlaps(n) for n in used)
    assert any(chosen.subnet_of(private) for private in PRIVATE)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(networks, max_size=6), min_size=1, max_size=4))
def test_site_overlaps_nothing_on_any_node(routes: list[list[IPv4Network]]) -> None:
    nodes = [
        machine(number, routes=[Route(destination=str(n), device="eth0") for n in own])
        for number, own in enumerate(routes, start=1)
    ]
    made = configure(site(*nodes), Answers(), BUNDLE).site.kubernetes
    pod, service = IPv4Network(made.pod_network), IPv4Network(made.service_network)
    assert not pod.overlaps(service)
    for network in taken(nodes):
        assert not pod.overlaps(network) and not service.overlaps(network)
