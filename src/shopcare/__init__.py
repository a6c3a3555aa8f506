"""shopcare: after-sales desk, member tiers, points ledger and retention figures for online shops."""

__version__ = "0.1.0"
