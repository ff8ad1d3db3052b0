"""Why a customer scores as they do: themes, their weights, and the sentences that tell them."""
