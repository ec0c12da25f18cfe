"""Names and texts that try to get out of what they are written into."""

import unicodedata

from hypothesis import strategies as st

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
PIECES = [
    *CONTROLS,
    *("::", "::error::x", "%", "%0A", "%0D", "%25", "%3A", ",", ":", ",title=x", "]]>", "<!--"),
    *(
        '"',
        "'",
        "\\",
        "\\n",
        "`",
        "$(x)",
        "{",
        "}",
        "{0}",
        "[a](1)",
        "](2)",
        "[",
        "]",
        "-",
        "~",
        "..",
        "#",
    ),
    *(
        "\u202e",
        "\u2066",
        "\u200b",
        "\u2028",
        "\ufeff",
        "\U000e0041",
        "\udcff",
        "\udc80",
        "é",
        "港",
        " ",
    ),
]


def names(*, slashes=False):
    """Draw names of files; as the system gives them, bytes that are no UTF-8 as surrogates."""
    letters = ["a", "b.md", *PIECES, *(["/"] if slashes else [])]
    joined = st.lists(st.sampled_from(letters), min_size=1, max_size=6).map("".join)
    return joined.filter(lambda name: "\0" not in name and name not in {".", "..", "-"})


def drives_a_terminal(text):
    """Give the characters of a text that a terminal must not be sent."""
    bidi = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0x200E, 0x200F, 0xFEFF}
    return [
        sign
        for sign in text
        if (unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\n\t") or ord(sign) in bidi
    ]
