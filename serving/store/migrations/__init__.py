"""How a store gets from each shape of its tables to the next; a step that was released stays."""
