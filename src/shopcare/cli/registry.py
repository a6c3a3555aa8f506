"""The nouns of the command line: name, module, one line of help. A module is imported only when its noun is used."""

from __future__ import annotations

from shopcare.i18n import N_

#: noun → (module below shopcare.cli, short help). Order is the order of `shopcare --help`.
NOUNS: dict[str, tuple[str, str]] = {
    "init": ("init", N_("Create the store and its first shop.")),
    "demo": ("demo", N_("Run the main job on bundled sample exports in a throw-away store.")),
    "import": (
        "import_",
        N_("Bring in exports: orders, after-sales cases, reviews, customers, survey answers, events."),
    ),
    "order": ("order", N_("Look at orders.")),
    "customer": ("customer", N_("Look at customers, and merge those who are one person.")),
    "case": ("case", N_("Open, decide and close after-sales cases.")),
    "tier": ("tier", N_("Assign and look at member tiers.")),
    "points": ("points", N_("Award, redeem and look at points.")),
    "report": ("report", N_("Print retention summaries.")),
    "shop": ("shop", N_("Add and list shops.")),
    "db": ("db", N_("Migrate and check the store.")),
    "config": ("config", N_("Show settings and where they come from.")),
}

#: Nouns that are a command themselves rather than a group of verbs.
SINGLE = frozenset({"init", "demo"})
