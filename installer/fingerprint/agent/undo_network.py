"""Putting back links, addresses, routes, routing rules and traffic control."""

from __future__ import annotations

from .shell import change
from .work import Work


def remove_filters(work: Work) -> None:
    """Remove new filters and the queueing disciplines that only exist to hold them."""
    for difference in work.new("qdiscs"):
        words = difference.key.split(" ")
        device, place = words[0], words[1]
        if place == "filter":
            work.note(difference, change("tc", "filter", "del", "dev", device, words[2], "pref", words[4]))
        elif words[-1] in ("clsact", "ingress"):
            work.note(difference, change("tc", "qdisc", "del", "dev", device, words[-1]))
        elif place == "root" and any(d.key.startswith(f"{device} root ") for d in work.gone("qdiscs")):
            # Without one of its own a link gets the kernel's default again.
            work.note(difference, change("tc", "qdisc", "del", "dev", device, "root"))


def remove_links(work: Work) -> None:
    """Delete new links; the other end of a pair goes along."""
    for difference in work.new("links"):
        work.note(difference, change("ip", "link", "delete", "dev", difference.key))


def restore_links(work: Work) -> None:
    for difference in work.changed("links"):
        was, now = _fields(difference.before), _fields(difference.after)
        if was["xdp"] == "-" != now["xdp"]:
            work.note(difference, change("ip", "link", "set", "dev", difference.key, "xdp", "off"))
        settings: list[str] = []
        if was["mtu"] != now["mtu"]:
            settings += ["mtu", was["mtu"]]
        if was["mac"] != now["mac"]:
            settings += ["address", was["mac"]]
        if was["master"] != now["master"]:
            settings += ["nomaster"] if was["master"] == "-" else ["master", was["master"]]
        if was["state"] != now["state"]:
            settings += [was["state"]]
        if settings:
            work.note(difference, change("ip", "link", "set", "dev", difference.key, *settings))
    for difference in work.gone("links"):
        work.note(difference, "a link cannot be made again from here")


def _fields(value: str | None) -> dict[str, str]:
    return dict(word.split("=", 1) for word in (value or "").split(" ") if "=" in word)


def restore_addresses(work: Work) -> None:
    # First what is missing: a link without an address loses its routes.
    for difference in [*work.gone("addresses"), *work.changed("addresses")]:
        device, family, address = difference.key.split(" ")[:3]
        words = [address, *(difference.before or "").split()]
        if difference.after is not None:
            change("ip", _option(family), "address", "delete", address, "dev", device)
        work.note(difference, change("ip", _option(family), "address", "add", *words, "dev", device))
    for difference in work.new("addresses"):
        device, family, address = difference.key.split(" ")[:3]
        work.note(difference, change("ip", _option(family), "address", "delete", address, "dev", device))


def _option(family: str) -> str:
    return "-6" if family == "inet6" else "-4"


def restore_rules(work: Work) -> None:
    # First what is missing: for a moment without the table `local` the node would answer nobody, us included.
    for action, wanted in (("add", list(work.gone("rules"))), ("delete", list(work.new("rules")))):
        for difference in wanted:
            family, priority, *words = difference.key.split(" ")
            work.note(difference, change("ip", f"-{family}", "rule", action, "priority", priority.rstrip(":"), *words))


def restore_routes(work: Work) -> None:
    for action, wanted in (("delete", list(work.new("routes"))), ("add", list(work.gone("routes")))):
        for difference in wanted:
            family, *words = difference.key.split(" ")
            if "pref" in words:  # of a router's advertisement: printed, but not accepted everywhere
                at = words.index("pref")
                del words[at : at + 2]
            work.note(difference, change("ip", f"-{family}", "route", action, *words))
