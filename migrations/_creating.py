"""A migration that only creates: tables, and SQL of its own. It asks nothing of the state before each of its steps."""

from tortoise import migrations
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class Creating(migrations.Migration):
    """Steps are run by the state after the last of them; Tortoise keeps one for each, and draws all models anew for it,
    which takes seconds of the first start.
    """

    async def apply(
        self,
        state: State,
        *,
        dry_run: bool = False,
        schema_editor: BaseSchemaEditor | None = None,
        collect_sql: bool = False,
    ) -> State:
        """Forward, step by step."""
        if collect_sql or dry_run or schema_editor is None:
            return await super().apply(state, dry_run=dry_run, schema_editor=schema_editor, collect_sql=collect_sql)
        for operation in self.operations:
            operation.state_forward(self.app_label, state)
            await self._run_database_forward(operation, state, state, schema_editor, supports_transactions=True)
        state.validate_relations_initialized()
        return state

    async def unapply(
        self,
        state: State,
        *,
        dry_run: bool = False,
        schema_editor: BaseSchemaEditor | None = None,
        collect_sql: bool = False,
    ) -> State:
        """Backward, last step first."""
        if collect_sql or dry_run or schema_editor is None:
            return await super().unapply(state, dry_run=dry_run, schema_editor=schema_editor, collect_sql=collect_sql)
        after = state.clone()
        for operation in self.operations:
            operation.state_forward(self.app_label, after)
        for operation in reversed(self.operations):
            await self._run_database_backward(operation, after, after, schema_editor, supports_transactions=True)
        return state
