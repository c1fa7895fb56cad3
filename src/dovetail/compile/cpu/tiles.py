"""Transposing copies between rows in memory and a tile of columns.

Element by element such a copy costs more than the arithmetic on the elements. Instead one vector of
each of as many rows as a vector has lanes is loaded, and the block is transposed in log2(lanes)
rounds of shuffles: round d exchanges the off-diagonal blocks of d x d (Eklundh 1972).
"""

from __future__ import annotations

from dovetail.compile.cpu.ir import loop

REGISTER = 512  # bits; LLVM splits vectors that are too wide for a processor
WIDTHS = {"float": 32, "i32": 32, "double": 64, "i64": 64}  # sizes of elements, in bits


def name_of(bits: int, inwards: bool) -> str:
    """The function `(memory, bytes from row to row, rows, columns, tile)` for such elements."""
    return f"@tile_{'in' if inwards else 'out'}_{bits}"


def tile_copy(bits: int, inwards: bool, most_lanes: int) -> str:
    """The IR of the function. The tile has `most_lanes` elements per column, a multiple of the
    lanes, and its number of columns is padded to a multiple of the lanes.
    """
    lanes = REGISTER // bits
    kind, mask, numbers = f"<{lanes} x i{bits}>", f"<{lanes} x i1>", f"<{lanes} x i64>"
    suffix = f"v{lanes}i{bits}.p0"
    declared = (
        f"declare {kind} @llvm.masked.load.{suffix}(ptr, i32, {mask}, {kind})"
        if inwards
        else f"declare void @llvm.masked.store.{suffix}({kind}, ptr, i32, {mask})"
    )
    counting = ", ".join(f"i64 {lane}" for lane in range(lanes))
    rows = "\n".join(_row(number, bits, lanes, inwards) for number in range(lanes))
    columns = "\n".join(_column(n, bits, lanes, inwards, most_lanes) for n in range(lanes))
    names = ("row", "column") if inwards else ("column", "row")
    turned = _transposed(*names, kind, lanes)
    block = f"""  %start = mul i64 %b, {lanes}
  %left = sub i64 %columns, %start
  %left.one = insertelement {numbers} poison, i64 %left, i64 0
  %left.all = shufflevector {numbers} %left.one, {numbers} poison,
      <{lanes} x i32> zeroinitializer
  %mask = icmp slt {numbers} <{counting}>, %left.all
""" + "\n".join([rows, turned, columns] if inwards else [columns, turned, rows])
    blocks = f"""  %first = mul i64 %a, {lanes}
{loop("b", "%column.blocks", "a.body", block)}"""
    parameters = "ptr %memory, i64 %stride, i64 %rows, i64 %columns, ptr %tile"
    return f"""{declared}
define internal void {name_of(bits, inwards)}({parameters}) #0 {{
entry:
  %rows.up = add i64 %rows, {lanes - 1}
  %row.blocks = udiv i64 %rows.up, {lanes}
  %columns.up = add i64 %columns, {lanes - 1}
  %column.blocks = udiv i64 %columns.up, {lanes}
{loop("a", "%row.blocks", "entry", blocks)}
  ret void
}}"""


def _row(number: int, bits: int, lanes: int, inwards: bool) -> str:
    """A row in memory as `%row.<number>`; elements beyond the end are not accessed."""
    kind, mask, row = f"<{lanes} x i{bits}>", f"<{lanes} x i1>", f"%row.{number}"
    suffix, align = f"v{lanes}i{bits}.p0", f"i32 {bits // 8}"
    place = f"""  {row}.index = add i64 %first, {number}
  {row}.there = icmp slt i64 {row}.index, %rows
  {row}.safe = select i1 {row}.there, i64 {row}.index, i64 %first
  {row}.bytes = mul i64 {row}.safe, %stride
  {row}.at = getelementptr i8, ptr %memory, i64 {row}.bytes
  {row}.place = getelementptr i{bits}, ptr {row}.at, i64 %start
"""
    if inwards:
        return f"""{place}  {row} = call {kind} @llvm.masked.load.{suffix}(ptr {row}.place, {align},
      {mask} %mask, {kind} zeroinitializer)"""
    return f"""{place}  {row}.mask = select i1 {row}.there, {mask} %mask, {mask} zeroinitializer
  call void @llvm.masked.store.{suffix}({kind} {row}, ptr {row}.place, {align},
      {mask} {row}.mask)"""


def _column(number: int, bits: int, lanes: int, inwards: bool, most_lanes: int) -> str:
    """A column of the tile as `%column.<number>`, loaded or stored whole."""
    kind, column = f"<{lanes} x i{bits}>", f"%column.{number}"
    access = f"store {kind} {column}, ptr" if inwards else f"{column} = load {kind}, ptr"
    return f"""  {column}.index = add i64 %start, {number}
  {column}.row = mul i64 {column}.index, {most_lanes}
  {column}.cell = add i64 {column}.row, %first
  {column}.at = getelementptr i{bits}, ptr %tile, i64 {column}.cell
  {access} {column}.at, align 64"""


def _transposed(source: str, target: str, kind: str, lanes: int) -> str:
    """`%source.0` and so on, transposed as `%target.0` and so on."""
    names = [f"%{source}.{number}" for number in range(lanes)]
    lines: list[str] = []
    distance = 1
    while distance < lanes:
        last = 2 * distance == lanes
        after = [f"%{target}.{n}" if last else f"%{source}.{n}.by.{distance}" for n in range(lanes)]
        for low in range(lanes):
            if low & distance:
                continue
            high = low + distance
            pair = f"{kind} {names[low]}, {kind} {names[high]}"
            upper = [n if not n & distance else lanes + n - distance for n in range(lanes)]
            lower = [n + distance if not n & distance else lanes + n for n in range(lanes)]
            for result, order in ((after[low], upper), (after[high], lower)):
                picks = ", ".join(f"i32 {n}" for n in order)
                lines.append(f"  {result} = shufflevector {pair}, <{lanes} x i32> <{picks}>")
        names = after
        distance *= 2
    return "\n".join(lines)
