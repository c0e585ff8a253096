"""Replicated stores that serve one key-value workload, so that one schedule shows what each of them gives up."""
