"""Who in a conversation is one of us: names, addresses or domains in the option `ours`."""

from features.sources.spec import SourceSpec


def ours(spec: SourceSpec) -> frozenset[str]:
    """What the option `ours` lists with commas, without regard to case.

    >>> sorted(ours(SourceSpec(name="a", kind="b", path="c", options={"ours": "Ana, @Jejak.id"})))
    ['@jejak.id', 'ana']
    """
    said = spec.options.get("ours", "").split(",")
    return frozenset(name.strip().casefold() for name in said if name.strip())
