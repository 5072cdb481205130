"""A kind of import contract: packages, and the only packages of ours that they may import."""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowedContract(Contract):
    """Modules of ``importers`` import nothing of ours but ``allowed`` packages, and each other.

    Of ours is what lies below the root packages; other libraries are not looked at.
    """

    type_name = "allowed"

    importers = fields.ListField(subfield=fields.ModuleField())
    allowed = fields.ListField(subfield=fields.ModuleField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Every import of the importers that nothing allows."""
        inside = [module.name for module in self.importers]  # type: ignore[attr-defined]
        allowed = [module.name for module in self.allowed]  # type: ignore[attr-defined]
        ours = {name.partition(".")[0] for name in [*inside, *allowed]}
        illegal = [
            {"importer": importer, "imported": imported}
            for package in inside
            for importer in sorted({package, *graph.find_descendants(package)})
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if imported.partition(".")[0] in ours and not _below(imported, [*inside, *allowed])
        ]
        return ContractCheck(kept=not illegal, metadata={"illegal": illegal})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each import that is not allowed."""
        imports: list[dict[str, Any]] = check.metadata["illegal"]
        for found in imports:
            output.print_error(f"{found['importer']} is not allowed to import {found['imported']}")


def _below(module: str, packages: list[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
