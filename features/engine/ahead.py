"""What is made while what was made before is used."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def one_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, the next of which is made in a thread.

    >>> list(one_ahead(iter("abc")))
    ['a', 'b', 'c']
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as thread:
        made = thread.submit(next, items, None)
        while (item := made.result()) is not None:
            made = thread.submit(next, items, None)
            yield item


def side_by_side(
    make: Callable[[Item], Made], items: Iterable[Item], threads: int
) -> Iterator[Made]:
    """What is made of each item, in their order, by several threads.

    No more than that are made ahead of the one that is used.

    >>> list(side_by_side(str.upper, "abc", 2))
    ['A', 'B', 'C']
    """
    made: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="beside") as pool:
        for item in items:
            made.append(pool.submit(make, item))
            if len(made) >= threads:
                yield made.popleft().result()
        while made:
            yield made.popleft().result()
