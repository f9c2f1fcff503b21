"""What a schema expects, in the words of a sentence."""

from typing import Any

from jsonschema import ValidationError

TYPES = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a section with keys of its own",
    "null": "null",
}


def keys_of(schema: dict[str, Any]) -> dict[str, Any]:
    """{key: its schema} of a section, of each branch that it may take."""
    branches = [schema, schema.get("then", {}), schema.get("else", {})]
    return {key: sub for part in branches for key, sub in part.get("properties", {}).items()}


def expected(error: ValidationError) -> str:
    """What was expected in the place of a value that the schema refuses."""
    wanted = error.validator_value
    if error.validator == "enum":
        return "one of " + ", ".join(map(str, wanted))
    if error.validator in ("anyOf", "pattern"):
        text = error.schema["description"].rstrip(".")
        return text if text[1:2].isupper() else text[0].lower() + text[1:]
    if error.validator == "type":
        return " or ".join(
            TYPES[name] for name in ([wanted] if isinstance(wanted, str) else wanted)
        )
    return f"{error.validator} {wanted!r}"


def hint(error: ValidationError) -> str:
    """What to write instead, where that is known."""
    wants_text = error.validator == "type" and error.validator_value == "string"
    if wants_text and isinstance(error.instance, bool | int | float) and error.absolute_path:
        return f"put quotes around it: {error.absolute_path[-1]}: '...'"
    return ""
