"""Draws ``static/fonts/osd.woff2``, the type of the set's on-screen display: ``python tools/osd_font.py``.

Five by seven dots a character, diagonals rounded by half dots the way the character generators of the eighties did it.
Run by hand when a character changes; needs fonttools and brotli, which nothing else here does.
"""

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

# Columns from left to right, the lowest bit on top.
CHARACTERS = {
    "-": "0808080808", "–": "0808080808", ".": "0060600000", "/": "2010080402", ":": "0000360000", "+": "08083E0808",
    "0": "3E4141413E", "1": "00427F4000", "2": "4261514946", "3": "2241494936", "4": "1814127F10", "5": "2745454539",
    "6": "3C4A494930", "7": "0171090503", "8": "3649494936", "9": "064949291E", "A": "7E1111117E", "B": "7F49494936",
    "C": "3E41414122", "D": "7F4141413E", "E": "7F49494941", "F": "7F09090901", "G": "3E4141513A", "H": "7F0808087F",
    "I": "00417F4100", "J": "2040413F01", "K": "7F08142241", "L": "7F40404040", "M": "7F020C027F", "N": "7F0408107F",
    "O": "3E4141413E", "P": "7F09090906", "Q": "3E4151215E", "R": "7F09192946", "S": "2649494932", "T": "01017F0101",
    "U": "3F4040403F", "V": "1F2040201F", "W": "3F4038403F", "X": "6314081463", "Y": "0708700807", "Z": "6151494543",
}  # fmt: skip
DOT = 60  # units of half a dot
ADVANCE = 12 * DOT  # five dots and one of space
HEIGHT = 14 * DOT


def dots(columns: str) -> list[list[bool]]:
    """Return the character at twice its size, rows from the top, diagonals rounded."""
    bits = bytes.fromhex(columns)
    small = [[bool(bits[x] >> y & 1) for x in range(5)] for y in range(7)]
    big = [[small[y // 2][x // 2] for x in range(10)] for y in range(14)]
    for y in range(6):
        for x in range(4):
            (a, b), (c, d) = small[y][x : x + 2], small[y + 1][x : x + 2]
            if a and d and not b and not c:
                big[2 * y + 1][2 * x + 2] = big[2 * y + 2][2 * x + 1] = True
            if b and c and not a and not d:
                big[2 * y + 1][2 * x + 1] = big[2 * y + 2][2 * x + 2] = True
    return big


def glyph(columns: str) -> Glyph:
    """Return the outline: one rectangle for each run of dots in a row."""
    pen = TTGlyphPen(None)
    for y, row in enumerate(dots(columns)):
        x = 0
        while x < len(row):
            if not row[x]:
                x += 1
                continue
            start = x
            while x < len(row) and row[x]:
                x += 1
            left, right = start * DOT + DOT, x * DOT + DOT
            bottom, top = HEIGHT - (y + 1) * DOT, HEIGHT - y * DOT
            pen.moveTo((left, bottom))
            for point in ((left, top), (right, top), (right, bottom)):
                pen.lineTo(point)
            pen.closePath()
    return pen.glyph()


def main() -> None:
    """Write the font."""
    names = {character: f"u{ord(character):04X}" for character in CHARACTERS}
    order = [".notdef", "space", *names.values()]
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(order)
    font.setupCharacterMap({32: "space"} | {ord(character): name for character, name in names.items()})
    empty = TTGlyphPen(None).glyph()
    font.setupGlyf({".notdef": empty, "space": empty} | {names[c]: glyph(bits) for c, bits in CHARACTERS.items()})
    font.setupHorizontalMetrics(dict.fromkeys(order, (ADVANCE, DOT)))
    font.setupHorizontalHeader(ascent=HEIGHT + DOT, descent=-DOT)
    font.setupNameTable({"familyName": "tvd OSD", "styleName": "Regular"})
    font.setupOS2(sTypoAscender=HEIGHT + DOT, sTypoDescender=-DOT, usWinAscent=HEIGHT + DOT, usWinDescent=DOT)
    font.setupPost()
    font.font.flavor = "woff2"
    font.save(Path(__file__).parents[1] / "static/fonts/osd.woff2")


if __name__ == "__main__":
    main()
