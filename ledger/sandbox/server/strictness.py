"""Which documents the server refuses: GraphQL's rules, with its own about values and variables."""

from __future__ import annotations

from typing import Any, cast

from graphql import (
    ArgumentNode,
    GraphQLError,
    GraphQLID,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLNullableType,
    GraphQLString,
    GraphQLType,
    OperationDefinitionNode,
    ValidationRule,
    VariableDefinitionNode,
    is_input_type,
    print_ast,
    specified_rules,
    type_from_ast,
    value_from_ast,
)
from graphql.language import ListValueNode, ValueNode, VariableNode
from graphql.pyutils import Undefined
from graphql.validation import ValuesOfCorrectTypeRule, VariablesInAllowedPositionRule
from graphql.validation.rules.variables_in_allowed_position import allowed_variable_usage

from ledger.sandbox.manners import Manners


class ArgumentValues(ValidationRule):
    """Literals have to fit their argument, defaults of variables their variable."""

    def enter_argument(self, node: ArgumentNode, *_rest: Any) -> None:
        argument = self.context.get_argument()
        if argument is None or _has_variable(node.value) or _fits(node.value, argument.type):
            return
        printed = print_ast(node.value)
        words = (
            f'In argument "{node.name.value}": Expected type "{argument.type}", found {printed}.'
        )
        self.report_error(GraphQLError(words, node))

    def enter_variable_definition(self, node: VariableDefinitionNode, *_rest: Any) -> None:
        kind = type_from_ast(self.context.schema, node.type)
        default = node.default_value
        if default is None or kind is None or not is_input_type(kind) or _fits(default, kind):
            return
        words = f'Expected type "{kind}", found {print_ast(default)}.'
        self.report_error(GraphQLError(f'Variable "{node.variable.name.value}": {words}', node))


class StrictVariables(ValidationRule):
    """Variables have to be of their argument's type, but that a String passes for an ID."""

    also: tuple[tuple[GraphQLNamedType, GraphQLNamedType], ...] = ((GraphQLString, GraphQLID),)

    def leave_operation_definition(self, node: OperationDefinitionNode, *_rest: Any) -> None:
        definitions = {d.variable.name.value: d for d in node.variable_definitions or ()}
        for usage in self.context.get_recursive_variable_usages(node):
            definition = definitions.get(usage.node.name.value)
            if definition is None or usage.type is None:
                continue
            declared = type_from_ast(self.context.schema, definition.type)
            if declared is None:
                continue
            taken = [declared, *(_with(declared, *pair) for pair in self.also)]
            default = definition.default_value
            if any(
                allowed_variable_usage(
                    self.context.schema, kind, default, usage.type, usage.default_value
                )
                for kind in taken
            ):
                continue
            words = f'Expected type "{usage.type}", found "{declared}".'
            name = definition.variable.name.value
            self.report_error(GraphQLError(f'Variable "{name}": {words}', usage.node))


class LooseVariables(StrictVariables):
    """The same, and an ID passes for a String."""

    also = ((GraphQLString, GraphQLID), (GraphQLID, GraphQLString))


def rules(manners: Manners) -> list[type[Any]]:
    """The rules documents are validated by."""
    replaced = {ValuesOfCorrectTypeRule, VariablesInAllowedPositionRule}
    kept = [rule for rule in specified_rules if rule not in replaced]
    return [*kept, ArgumentValues, LooseVariables if manners.id_variables else StrictVariables]


def _fits(value: ValueNode, kind: GraphQLInputType) -> bool:
    return value_from_ast(value, kind) is not Undefined


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_has_variable, value.values))
    return isinstance(value, VariableNode)


def _with(kind: GraphQLType, old: GraphQLNamedType, new: GraphQLNamedType) -> GraphQLType:
    """``kind`` with the type ``old`` inside replaced."""
    if isinstance(kind, GraphQLNonNull):
        return GraphQLNonNull(cast(GraphQLNullableType, _with(kind.of_type, old, new)))
    if isinstance(kind, GraphQLList):
        return GraphQLList(_with(kind.of_type, old, new))
    return new if kind is old else kind
