"""Filter, score, order, explain: pure functions over facts that were folded before anybody asked."""
