"""What a person sees: options, progress, summaries, and how a command ends."""
