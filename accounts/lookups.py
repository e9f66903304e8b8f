"""Keys that no column can hold are no row's: Django says so of one key, and fails when it is one of several."""

from typing import Any

from django.db import models
from django.db.models.lookups import In


@models.IntegerField.register_lookup
class PossibleIn(In):
    """SQLite cannot even be asked for a number beyond 64 bits, and PostgreSQL refuses it."""

    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        if self.rhs_is_direct_value():
            least, most = connection.ops.integer_field_range(self.lhs.output_field.get_internal_type())
            self.rhs = [each for each in self.rhs if not isinstance(each, int) or least <= each <= most]
        return super().process_rhs(compiler, connection)
