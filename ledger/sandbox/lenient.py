"""The two liberties the live server takes with documents, applied before strict validation.

numerapi declares ``String`` variables where the schema wants an ``ID``, and writes ``model_name``
for ``modelName``. Both are rewritten in the parsed document; everything else stays strict.
"""

from __future__ import annotations

from graphql import (
    DocumentNode,
    GraphQLNamedType,
    GraphQLSchema,
    NamedTypeNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    get_named_type,
    visit,
)
from graphql.language import (
    ArgumentNode,
    ListTypeNode,
    NameNode,
    NonNullTypeNode,
    TypeNode,
    Visitor,
)


def accept(schema: GraphQLSchema, document: DocumentNode) -> DocumentNode:
    """``document`` with camel-case argument names, and ``ID`` variables where IDs are expected."""
    camel: DocumentNode = visit(document, _CamelArguments())
    types = TypeInfo(schema)
    found = _IdVariables(types)
    visit(camel, TypeInfoVisitor(types, found))
    result: DocumentNode = visit(camel, _DeclareIds(found.names))
    return result


class _CamelArguments(Visitor):
    def enter_argument(self, node: ArgumentNode, *_rest: object) -> ArgumentNode | None:
        name = node.name.value
        if "_" not in name:
            return None
        first, *rest = name.split("_")
        return ArgumentNode(
            name=NameNode(value=first + "".join(map(str.capitalize, rest)), loc=node.name.loc),
            value=node.value,
            loc=node.loc,
        )


class _IdVariables(Visitor):
    """Collects the names of variables that stand where an ``ID`` is expected."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_rest: object) -> None:
        expected: GraphQLNamedType | None = None
        if self._types.get_input_type() is not None:
            expected = get_named_type(self._types.get_input_type())
        if expected is not None and expected.name == "ID":
            self.names.add(node.name.value)


class _DeclareIds(Visitor):
    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self._names = names

    def enter_variable_definition(
        self, node: VariableDefinitionNode, *_rest: object
    ) -> VariableDefinitionNode | None:
        if node.variable.name.value not in self._names:
            return None
        return VariableDefinitionNode(
            variable=node.variable,
            type=_as_id(node.type),
            default_value=node.default_value,
            directives=node.directives,
            loc=node.loc,
        )


def _as_id(declared: TypeNode) -> TypeNode:
    if isinstance(declared, NamedTypeNode) and declared.name.value == "String":
        return NamedTypeNode(name=NameNode(value="ID", loc=declared.name.loc), loc=declared.loc)
    if isinstance(declared, NonNullTypeNode):
        inner = _as_id(declared.type)
        if isinstance(inner, NamedTypeNode | ListTypeNode):
            return NonNullTypeNode(type=inner, loc=declared.loc)
    if isinstance(declared, ListTypeNode):
        return ListTypeNode(type=_as_id(declared.type), loc=declared.loc)
    return declared
