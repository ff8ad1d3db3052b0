"""From the lake to a champion: trials, verdicts, versions, backtests."""
