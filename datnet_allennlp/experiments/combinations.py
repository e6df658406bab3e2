"""
The fourteen models of the paper's Table 4 by their names: an architecture, with a discriminator or
without, with adversarial training (AT) or without.
"""

# Names as in the paper's tables, in their order. The two with GRAD and AT have names of their own.
COMBINATIONS: dict[str, dict[str, str]] = {
    "Base": {"architecture": "base", "discriminator": "none", "AT": "none"},
    "Base + AT": {"architecture": "base", "discriminator": "none", "AT": "AT"},
} | {
    f"DATNet-{letter}"
    if (discriminator, at) == ("GRAD", "AT")
    else f"{letter}-Transfer"
    + (f" + {discriminator}" if discriminator != "none" else "")
    + (" + AT" if at == "AT" else ""): {
        "architecture": letter,
        "discriminator": discriminator,
        "AT": at,
    }
    for letter in "PF"
    for discriminator in ("none", "AD", "GRAD")
    for at in ("none", "AT")
}
