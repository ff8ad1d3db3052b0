"""What every page of HTML shares: its frame, its words and colours, tables and pictures."""
