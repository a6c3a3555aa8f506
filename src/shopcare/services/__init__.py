"""One file per area: the transaction, the questions, the decision, the write."""
