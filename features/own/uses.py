"""What of a file a function uses: its own code, and all there that can change what it does."""

import ast
from collections.abc import Iterator, Sequence

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Import = ast.Import | ast.ImportFrom

DECORATOR = "feature"
"""The decorator that says what a function means, and nothing of what it does."""


def statements_in(text: str) -> list[ast.stmt]:
    """The statements of a file as code alone: no docstrings, nothing that `feature` was told.

    `SyntaxError` where the text is no Python.
    """
    return [_Bare().visit(statement) for statement in ast.parse(text).body]


def code_of(name: str, statements: Sequence[ast.stmt]) -> str:
    """What a file binds to a name, with all in the file that it uses.

    What nothing leads to is left out. Of a name that is bound in no plain way, all is told.

    >>> file = '''
    ... DAYS = 7
    ... def late(past):  # a helper
    ...     return past.days > DAYS
    ... @feature(unit='days')
    ... def lateness(past):
    ...     "Days late."
    ...     return late(past)
    ... def other(past):
    ...     return 1
    ... '''
    >>> print(code_of("lateness", statements_in(file)))
    DAYS = 7
    def late(past):
        return past.days > DAYS
    def lateness(past):
        return late(past)
    """
    bound = any(name in _mentions(statement) for statement in statements)
    used = sorted(_reached(name, statements)) if bound else range(len(statements))
    return "\n".join(ast.unparse(statements[at]) for at in used)


def imported(statements: Sequence[ast.stmt]) -> set[str]:
    """The names that a file imports."""
    return {name for one in statements if isinstance(one, Import) for name in _binds(one)}


def _reached(name: str, statements: Sequence[ast.stmt]) -> set[int]:
    """Numbers of the statements that a name leads to."""
    wanted, used = {name}, set[int]()
    while more := {
        at for at, one in enumerate(statements) if at not in used and _concerns(one, wanted)
    }:
        used |= more
        wanted |= {found for at in more for found in _mentions(statements[at])}
    return used


def _concerns(statement: ast.stmt, wanted: set[str]) -> bool:
    """Whether a statement can change what one of these names means."""
    if isinstance(statement, Definition):
        return statement.name in wanted
    if isinstance(statement, Import):
        bound = {*_binds(statement)}
        return "*" in bound or not bound.isdisjoint(wanted)
    return not wanted.isdisjoint(_mentions(statement))


def _mentions(statement: ast.stmt) -> Iterator[str]:
    """The names that stand anywhere in a statement, or are bound there."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, Definition):
            yield node.name
        elif isinstance(node, Import):
            yield from _binds(node)


def _binds(statement: Import) -> Iterator[str]:
    for alias in statement.names:
        yield alias.asname or alias.name.partition(".")[0]


class _Bare(ast.NodeTransformer):
    """Definitions without docstrings and without what the decorator of features says."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:  # ast's name
        node.decorator_list = [one for one in node.decorator_list if _called(one) != DECORATOR]
        return self._undocumented(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._undocumented(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._undocumented(node)

    def _undocumented(self, node: Definition) -> ast.AST:
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return self.generic_visit(node)


def _called(decorator: ast.expr) -> str:
    """The last part of a decorator's name: `feature` of `@authoring.feature(unit="days")`."""
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(named).rpartition(".")[2]
