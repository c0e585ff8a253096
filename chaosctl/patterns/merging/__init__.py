"""Objects whose copies merge: state-based CRDTs, and a broadcast that gets through in the end."""
