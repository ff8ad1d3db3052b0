"""What a workspace says of one destination: where it is, and what of a score goes where."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from serving.secret import Secret

Kind = Literal["hubspot", "salesforce", "dataverse", "sql", "files", "webhook"]

_NAME = "[a-z][a-z0-9_-]{0,39}"


@dataclass(frozen=True, kw_only=True)
class DestinationSpec:
    """One destination of a workspace, `[[destinations]]` in its file.

    `fields` says which column of a score fills which field there; `key` is the column that names
    the customer there and `key_field` the field that holds it, which must be unique. Numbers are
    rounded to `decimals`, words are replaced by `words`, a field of a customer without a score
    holds what `clear` says, or nothing. `channel` is set where the destination itself speaks to
    customers: who may not be contacted by that channel is not sent. A customer who is no longer
    scored is cleared, unless `when_not_scored` says keep. `options` are what one kind knows. With
    `loopback` it is called by plain http on this machine, where a server stands in for a vendor.
    """

    # Pydantic reads all but the secrets, of which it need know no more than that they are some.
    __pydantic_config__: ClassVar = {"arbitrary_types_allowed": True}

    name: str
    kind: Kind
    fields: Mapping[str, str]
    key: str = "customer_id"
    key_field: str = "customer_key"
    decimals: Mapping[str, int] = field(default_factory=dict[str, int])
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    clear: Mapping[str, str | int | float | bool] = field(
        default_factory=dict[str, str | int | float | bool]
    )
    channel: str = ""
    when_not_scored: Literal["clear", "keep"] = "clear"
    loopback: bool = False
    options: Mapping[str, str | int | float | bool] = field(
        default_factory=dict[str, str | int | float | bool]
    )
    secrets: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    """Each from `env:NAME` or `file:PATH` in the workspace file, never written there itself."""

    def __post_init__(self) -> None:
        """Refuse what no destination can be."""
        if not re.fullmatch(_NAME, self.name):
            msg = f"name {self.name!r} is none; write small letters, digits, - and _"
            raise ValueError(msg)
        if not self.fields:
            msg = "fields is empty; say which field takes which column of a score"
            raise ValueError(msg)
        if self.key_field in self.fields:
            msg = f"fields fills {self.key_field!r}, which is the key_field; leave it out"
            raise ValueError(msg)
