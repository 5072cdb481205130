"""The yardstick: a bare Textual app with one 12-column DataTable and a row cursor."""

from textual.app import App, ComposeResult
from textual.widgets import DataTable


class Bare(App[None]):
    """Nothing but the table."""

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns(*(f"column {index}" for index in range(12)))
        for row in range(32):
            table.add_row(*(f"cell {row}.{column}" for column in range(12)))


if __name__ == "__main__":
    Bare().run()
