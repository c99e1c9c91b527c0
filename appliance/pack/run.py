"""Making steps: at most two at once, the longest way first, nothing that the cache has."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Literal

import psutil
from pydantic import BaseModel

from appliance.pack.cache import Cache, Entry
from appliance.pack.steps import Step, Work

AT_ONCE = 2  # a Go build fills its cores by itself; two keep them busy while one downloads or links


class Event(BaseModel):
    """What happens while packing."""

    kind: Literal["plan", "start", "say", "done"]
    step: str = ""
    seconds: float = 0
    """plan, start: expected; done: what it took."""
    steps: int = 0
    """plan: how many steps there are to make."""
    text: str = ""
    """say: what the step is doing; done: where its result came from."""


Listener = Callable[[Event], None]


def make_all(targets: Iterable[Step], cache: Cache, listen: Listener) -> dict[str, Entry]:
    """Make what is missing of `targets` and of what these are made of; returns the targets' entries by key.

    A step that fails lets the ones under way finish, so that their work is not lost, and starts no more.

    Raises:
        SlipwayError: the first failure.
    """
    targets = list(targets)
    found: dict[str, Entry] = {}
    missing: dict[str, Step] = {}
    for step in targets:
        _look(step, cache, found, missing)
    cache.sweep()
    listen(Event(kind="plan", steps=len(missing), seconds=sum(step.seconds for step in missing.values())))
    if missing:
        _make(missing, _longest_way(missing), cache, found, listen)
    return {step.key: found[step.key] for step in targets}


def _look(step: Step, cache: Cache, found: dict[str, Entry], missing: dict[str, Step]) -> None:
    if step.key in found or step.key in missing:
        return
    if entry := cache.find(step.key):
        found[step.key] = entry
        return
    for part in step.inputs.values():
        _look(part, cache, found, missing)
    missing[step.key] = step


def _longest_way(missing: dict[str, Step]) -> dict[str, float]:
    """Seconds from the start of each step to the end of all that waits for it."""
    ways: dict[str, float] = {}
    for key, step in reversed(missing.items()):  # inputs come before what is made of them
        ways[key] = step.seconds + ways.get(key, 0)
        for part in step.inputs.values():
            ways[part.key] = max(ways.get(part.key, 0), ways[key])
    return ways


def _make(
    missing: dict[str, Step], ways: dict[str, float], cache: Cache, found: dict[str, Entry], listen: Listener
) -> None:
    waiting = dict(sorted(missing.items(), key=lambda item: -ways[item[0]]))
    running: dict[Future[Entry], Step] = {}
    failure: BaseException | None = None
    lock = threading.Lock()

    def tell(event: Event) -> None:
        with lock:
            listen(event)

    with ThreadPoolExecutor(AT_ONCE) as pool, _builds_end_with_us():
        while running or (waiting and not failure):
            for step in [] if failure else list(_ready(waiting, found))[: AT_ONCE - len(running)]:
                running[pool.submit(_make_one, waiting.pop(step.key), cache, tell)] = step
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                step = running.pop(future)
                if error := future.exception():
                    failure = failure or error
                else:
                    found[step.key] = future.result()
    if failure:
        raise failure


@contextmanager
def _builds_end_with_us() -> Iterator[None]:
    """On Ctrl-C the pool waits for its threads, and these for their programs: so the programs are told to end."""
    try:
        yield
    except BaseException:
        for program in psutil.Process().children():
            program.terminate()
        raise


def _ready(waiting: dict[str, Step], found: dict[str, Entry]) -> Iterator[Step]:
    return (step for step in waiting.values() if all(part.key in found for part in step.inputs.values()))


def _make_one(step: Step, cache: Cache, tell: Listener) -> Entry:
    tell(Event(kind="start", step=step.name, seconds=step.seconds))
    started = time.monotonic()
    with cache.making(step.key) as folder:
        work = Work(
            result=folder / "result",
            scratch=folder / "scratch",
            inputs={name: cache.content(part.key) for name, part in step.inputs.items()},
            say=lambda text: tell(Event(kind="say", step=step.name, text=text)),
        )
        work.result.mkdir()
        work.scratch.mkdir()
        made = step.make(work)
        seconds = time.monotonic() - started
        entry = Entry(name=step.name, source=made.source, seconds=round(seconds, 2), sizes={}, facts=made.facts)
        entry = cache.keep(step.key, work.result, entry)
    tell(Event(kind="done", step=step.name, seconds=seconds, text=made.source))
    return entry
