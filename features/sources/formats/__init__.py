"""What several kinds share: files, texts, labels and times as programs write them for people."""
