"""Every rule on many expressions: python -m tests.transform.fuzz_rules [COUNT] [SEED] [NAME...]."""

from __future__ import annotations

import sys

from .rule_examples import RULES
from .test_rule_fuzz import first_complaint


def main(arguments: list[str]) -> int:
    """Print what is found; the exit status is 1 where anything is."""
    count = int(arguments[0]) if arguments else 50
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    names = arguments[2:]
    tried, wrong = 0, 0
    for rule in RULES:
        if names and not any(name in rule.name for name in names):
            continue
        changed, complaint = first_complaint(rule, count, seed)
        tried += changed
        if complaint or not changed:
            wrong += 1
            print(complaint or f"no expression fires {rule.name}", flush=True)
    print(f"{tried} expressions of {len(RULES)} rules, seed {seed}: {wrong} rules wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
