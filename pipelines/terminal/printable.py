"""Text out of data, made safe to print on a terminal and to write into a comment."""


def one_line(text: str) -> str:
    r"""The text on one line, without characters that steer a terminal.

    >>> one_line("Budi\n  \x1b[31mSantoso")
    'Budi [31mSantoso'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def lines(text: str) -> str:
    r"""The text without characters that steer a terminal, its lines as they are.

    >>> lines("no channel:\n  \x1b]0;mine\x07web")
    'no channel:\n   ]0;mine web'
    """
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)
