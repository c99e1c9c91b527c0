from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.lab.network import free_subnet, parse_networks
from installer.common.errors import SlipwayError


def test_the_first_free_one_is_taken():
    assert free_subnet([]) == IPv4Network("10.90.0.0/24")
    assert free_subnet([IPv4Network("10.90.0.0/24"), IPv4Network("10.90.1.128/25")]) == IPv4Network("10.90.2.0/24")


def test_a_wider_route_blocks_what_it_covers():
    assert free_subnet([IPv4Network("10.90.0.0/17")]) == IPv4Network("10.90.128.0/24")


def test_none_left_is_said():
    with pytest.raises(SlipwayError, match="no free subnet"):
        free_subnet([IPv4Network("10.0.0.0/8")])


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(20, 32)), max_size=60))
def test_what_is_chosen_overlaps_nothing(taken):
    networks = [IPv4Network((f"10.90.{third}.0", prefix), strict=False) for third, prefix in taken]
    chosen = free_subnet(networks)
    assert not any(chosen.overlaps(network) for network in networks)


def test_networks_are_read_from_what_ip_prints():
    texts = ["default", "10.90.0.1/24", "192.0.2.7", "fd00::/64", "0.0.0.0/0", "broadcast"]
    assert parse_networks(texts) == [IPv4Network("10.90.0.0/24"), IPv4Network("192.0.2.7/32")]
