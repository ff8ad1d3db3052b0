"""A page of HTML as tests read it: every tag with its attributes, and whether tags are balanced."""

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """`tags` holds (name, attributes) in their order, `text` what a reader sees."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.wrong, self.texts, self.cells = [], [], [], [], []
        self.feed(html)
        self.close()
        self.wrong += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if len(dict(attributes)) < len(attributes):
            self.wrong.append(f"<{tag}> has an attribute twice")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else")

    def handle_data(self, data):
        if not self.open or self.open[-1] not in {"style", "script"}:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def all(self, tag):
        """The attributes of every tag of a name."""
        return [attributes for name, attributes in self.tags if name == tag]

    def values(self, attribute):
        """Whatever an attribute says, on any tag."""
        return [one[attribute] for _, one in self.tags if attribute in one]
