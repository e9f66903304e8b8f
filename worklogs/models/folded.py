"""Columns that hold a row's texts folded, as searches look for them."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from worklogs.folding import fold


class FoldedField(models.TextField):  # type: ignore[type-arg]
    """What `of` these fields say, folded: whatever writes the row in Django's ways writes it."""

    def __init__(self, *, of: Iterable[str] = (), **options: Any) -> None:
        self.of = tuple(of)
        options.setdefault("default", "")
        options.setdefault("editable", False)
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, options | {"of": list(self.of)}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        folded = fold(" ".join(getattr(model_instance, name) for name in self.of))
        setattr(model_instance, self.attname, folded)
        return folded


class WithFolded(models.Model):
    """A model with a FoldedField called `folded`, which follows where only the fields that it is of are saved."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        saved = options.get("update_fields")
        folded: Any = self._meta.get_field("folded")
        if saved is not None and set(saved) & set(folded.of):
            options["update_fields"] = [*saved, "folded"]
        super().save(*args, **options)


class TextIndex(models.Index):
    """Of columns the last of which is a text of any length. PostgreSQL, whose entries end at 2,700 bytes, goes without
    the text; it reads whole rows fast enough."""

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **options: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor, using, **options)
        return models.Index(fields=self.fields[:-1], name=self.name).create_sql(model, schema_editor, using, **options)
