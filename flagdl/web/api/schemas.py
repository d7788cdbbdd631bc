"""JSON schemas of the types that the API sends, made from the types, so that both agree."""

import inspect
from collections.abc import Mapping
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

from flagdl.model.events import Event

Schema = dict[str, Any]

SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
PLAIN: dict[Any, Schema] = {Any: {}} | {type_: {"type": name} for type_, name in SCALARS.items()}


class Schemas:
    """Makes schemas; those of classes have a name, and are collected in `named`."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}

    def of(self, hint: Any) -> Schema:
        """Return the schema of a type; a text in Annotated becomes its description."""
        args = get_args(hint)
        match get_origin(hint):
            case None:
                return PLAIN[hint] if hint in PLAIN else self._reference(hint)
            case kind if kind is Annotated:
                return {**self.of(args[0]), "description": args[1]}
            case kind if kind is NotRequired:
                return self.of(args[0])
            case kind if kind is Literal:
                return {"type": "string", "enum": list(args)}
            case kind if kind in (Union, UnionType):
                return self._union(args)
            case kind if issubclass(kind, Mapping):
                return {"type": "object", "additionalProperties": self.of(args[1])}
            case _:
                return {"type": "array", "items": self.of(args[0])}

    def _union(self, hints: tuple[Any, ...]) -> Schema:
        if all(hint in SCALARS for hint in hints):
            return {"type": [SCALARS[hint] for hint in hints]}
        return {"anyOf": [self.of(hint) for hint in hints]}

    def _reference(self, cls: type) -> Schema:
        name = cls.__name__
        if name not in self.named:
            self.named[name] = {}  # a place in the order, before those that it refers to
            self.named[name] = {"description": paragraphs(cls), **self._class(cls)}
        return {"$ref": f"#/components/schemas/{name}"}

    def _class(self, cls: Any) -> Schema:
        if issubclass(cls, StrEnum):
            return {"type": "string", "enum": [str(member) for member in cls]}
        if cls is Event:
            kinds = {kind.type: self.of(kind) for kind in Event.__subclasses__()}
            mapping = {name: schema["$ref"] for name, schema in kinds.items()}
            discriminator = {"propertyName": "type", "mapping": mapping}
            return {"oneOf": list(kinds.values()), "discriminator": discriminator}
        if issubclass(cls, Event):
            return self._object({"type": Literal[cls.type], **cls.types()})
        return self._object(get_type_hints(cls, include_extras=True), cls.__optional_keys__)

    def _object(self, hints: Mapping[str, Any], optional: frozenset[str] = frozenset()) -> Schema:
        required = [
            name
            for name, hint in hints.items()
            if name not in optional and get_origin(hint) is not NotRequired
        ]
        properties = {name: self.of(hint) for name, hint in hints.items()}
        return {"type": "object", "properties": properties, "required": required}


def paragraphs(thing: object) -> str:
    """Return a docstring, each paragraph in one line."""
    doc = inspect.getdoc(thing) or ""
    return "\n\n".join(" ".join(part.split()) for part in doc.split("\n\n"))
