"""Text out of data, made safe to print on a terminal and to write into a comment."""


def one_line(text: str) -> str:
    r"""The text on one line, without characters that steer a terminal.

    >>> one_line("Budi\n  \x1b[31mSantoso")
    'Budi [31mSantoso'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
