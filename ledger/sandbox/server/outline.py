"""What a document asks for, as a tree: every field with its type, fragments folded in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)


@dataclass(frozen=True, slots=True)
class Picked:
    """One field of a document: ``parent`` is its type's name, ``key`` its name in the answer.

    ``lists``: its value is a list. ``below`` are its sub-fields.
    """

    parent: str
    name: str
    key: str
    lists: bool
    arguments: tuple[ArgumentNode, ...]
    below: tuple[Picked, ...]

    def all(self) -> Iterator[Picked]:
        """This field and everything below it."""
        yield self
        for inner in self.below:
            yield from inner.all()


def outline(schema: GraphQLSchema, document: DocumentNode) -> tuple[Picked, ...]:
    """The top-level fields of a valid document with one operation."""
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    operation = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    root = schema.get_root_type(operation.operation)
    assert root is not None  # noqa: S101  (the document was validated)
    return tuple(_Reader(schema, fragments).below(root, operation.selection_set))


class _Reader:
    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments

    def below(self, parent: GraphQLObjectType, chosen: SelectionSetNode) -> Iterator[Picked]:
        for node in chosen.selections:
            if isinstance(node, FieldNode):
                yield self._picked(parent, node)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                yield from self.below(parent, fragment.selection_set)
            elif isinstance(node, InlineFragmentNode):
                yield from self.below(parent, node.selection_set)

    def _picked(self, parent: GraphQLObjectType, node: FieldNode) -> Picked:
        field = parent.fields.get(node.name.value)  # None for __type and its like
        named = None if field is None else get_named_type(field.type)
        below: tuple[Picked, ...] = ()
        if node.selection_set is not None and isinstance(named, GraphQLObjectType):
            below = tuple(self.below(named, node.selection_set))
        return Picked(
            parent=parent.name,
            name=node.name.value,
            key=node.alias.value if node.alias is not None else node.name.value,
            lists=field is not None and is_list_type(get_nullable_type(field.type)),
            arguments=tuple(node.arguments or ()),
            below=below,
        )
