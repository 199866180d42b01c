"""Phrase templates with alternatives and slots, shared by the small-talk and story generators.

A template is text with `[one|two|]` (pick one; may be empty; may nest) and `{slot}`. A slot names
a column of a word table: the first use picks a row, and the whole row is kept in the context, so
later templates of the same exchange see matching values. `{Slot}` is `{slot}` capitalised.
"""

from __future__ import annotations

import re
from random import Random

Context = dict[str, str]
Row = dict[str, str]

# Only words that occur in the tables matter here, so a short list of exceptions is enough.
_WRONG_ARTICLE = re.compile(r"\b([Aa]) (?=(?:(?!one\b|uni|use|euro)[aeiou])|hour|honest)")


def table_rows(columns: str, text: str) -> list[Row]:
    """Parse rows separated by `;` or line ends, with cells separated by `/`."""
    names = columns.split()
    rows = []
    for line in re.split(r"[;\n]", text):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("/")]
        if len(cells) != len(names):
            raise ValueError(f"row {line!r} does not fit the columns {columns!r}")
        rows.append(dict(zip(names, cells)))
    return rows


def pick(random: Random, values):
    """Pick one value; faster than `Random.choice`, which matters for corpus generation."""
    return values[int(random.random() * len(values))]


def fix_articles(text: str) -> str:
    """Turn `a` into `an` before vowel sounds, so that slots need no article column."""
    return _WRONG_ARTICLE.sub(r"\1n ", text)


class Templates:
    """Expands templates against a set of word tables; parsed templates are cached."""

    def __init__(self, tables: list[list[Row]]):
        self._table_of = {column: table for table in tables for column in table[0]}
        self._parsed: dict[str, list] = {}

    def expand(self, template: str, random: Random, context: Context) -> str:
        """Return the template with alternatives picked and slots filled (and remembered)."""
        parts = self._parsed.get(template)
        if parts is None:
            parts = self._parsed[template] = _parse(template)
        output: list[str] = []
        self._render(parts, random, context, output)
        return fix_articles("".join(output))

    def _render(self, parts: list, random: Random, context: Context, output: list[str]) -> None:
        for part in parts:
            if isinstance(part, str):
                output.append(part)
            elif isinstance(part, tuple):
                output.append(self._slot(part[0], random, context))
            else:
                self._render(pick(random, part), random, context, output)

    def _slot(self, name: str, random: Random, context: Context) -> str:
        key = name[0].lower() + name[1:]
        if key not in context:
            row = pick(random, self._table_of[key])
            for column, value in row.items():
                context.setdefault(column, value)
        value = context[key]
        return value[:1].upper() + value[1:] if name[0].isupper() else value


def _parse(template: str) -> list:
    """Parse into strings, one-element tuples (slots) and lists of alternatives."""
    tokens = re.findall(r"[\[\]|]|\{\w+\}|[^\[\]|{}]+", template)
    root: list = []
    # Each open bracket keeps its list of alternatives; the last alternative is being filled.
    stack: list[list[list]] = [[root]]
    for token in tokens:
        if token == "[":
            alternatives: list[list] = [[]]
            stack[-1][-1].append(alternatives)
            stack.append(alternatives)
        elif token == "|" and len(stack) > 1:
            stack[-1].append([])
        elif token == "]":
            stack.pop()
            if not stack:
                raise ValueError(f"unbalanced brackets in {template!r}")
        elif token.startswith("{"):
            stack[-1][-1].append((token[1:-1],))
        else:
            stack[-1][-1].append(token)
    if len(stack) != 1:
        raise ValueError(f"unbalanced brackets in {template!r}")
    return root
