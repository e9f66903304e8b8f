"""The vendors' own OpenAPI files as judges of an answer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml
from openapi_schema_validator import OAS30ReadValidator
from referencing import Registry
from referencing.jsonschema import DRAFT4

SPECIFICATION = "urn:specification"


@dataclass
class Specification:
    document: dict[str, Any]

    def __post_init__(self) -> None:
        resource = DRAFT4.create_resource(self.document)
        self.registry: Registry[Any] = Registry().with_resource(SPECIFICATION, resource)

    def complaints(self, payload: Any, schema: str) -> list[str]:
        validator = OAS30ReadValidator(
            {"$ref": f"{SPECIFICATION}#/components/schemas/{schema}"}, registry=self.registry
        )
        return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(payload)]

    def answer_schema(self, method: str, path: str) -> str:
        """The schema of the 200; for a list that of its elements."""
        contents = self.document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        return str(contents.get("items", contents)["$ref"].rsplit("/", 1)[1])


def jira_cloud(file: Path) -> Specification:
    return Specification(msgspec.json.decode(file.read_bytes()))


def data_center(file: Path) -> Specification:
    document = msgspec.json.decode(file.read_bytes())
    # Taken at its word, no field of an issue could be a text or a number, not even in the file's own examples.
    document["components"]["schemas"]["IssueBean"]["properties"]["fields"]["additionalProperties"] = {}
    return Specification(document)


def tempo(file: Path) -> Specification:
    return Specification(yaml.load(file.read_bytes(), yaml.CSafeLoader))
