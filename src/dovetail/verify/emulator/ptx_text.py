"""PTX as data: functions of basic blocks, with their registers, parameters and shared memory."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

BITS = {"b8": 8, "u8": 8, "s8": 8, "b16": 16, "u16": 16, "s16": 16, "f16": 16, "bf16": 16,
        "b32": 32, "u32": 32, "s32": 32, "f32": 32, "b64": 64, "u64": 64, "s64": 64, "f64": 64,
        "pred": 1}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """An instruction: its guard, the parts of its name, and its operands as text."""

    name: str
    operands: tuple[str, ...]
    guard: str | None = None
    negated: bool = False

    @property
    def parts(self) -> list[str]:
        return self.name.split(".")


@dataclass
class Block:
    lines: list[Line] = field(default_factory=list)


@dataclass
class Function:
    """`parameters`: the offset of each in the words that the function is given."""

    name: str
    parameters: dict[str, int]
    registers: dict[str, int]  # the bits of registers, by their prefix
    blocks: list[Block]
    labels: dict[str, int]
    threads: int
    cluster: int
    result: str | None = None


@dataclass
class Text:
    """A PTX module. `shared`: the address of each variable in shared memory."""

    functions: dict[str, Function]
    shared: dict[str, int]
    static_bytes: int


_IGNORED = (".pragma", ".param", ".loc", ".file", ".shared")
_ENTRY = re.compile(
    r"\.(?P<kind>entry|func)\s+(?:\((?P<result>[^)]*)\)\s*)?(?P<name>[\w$]+)\s*"
    r"\((?P<given>[^)]*)\)(?P<notes>[^{;]*)\{(?P<body>.*?)^\}",
    re.DOTALL | re.MULTILINE,
)


def parse(ptx: str) -> Text:
    """The module of a text."""
    ptx = re.sub(r"//.*", "", ptx)
    functions = {found["name"]: _function(found) for found in _ENTRY.finditer(ptx)}
    shared: dict[str, int] = {}
    size = 0
    variables = re.findall(r"(\.extern )?\.shared \.align (\d+) \.b8 ([\w$]+)\[(\d*)\];", ptx)
    for extern, align, name, count in sorted(variables, key=lambda each: bool(each[0])):
        size = -(-size // int(align)) * int(align)
        shared[name] = size
        size += 0 if extern else int(count)
    return Text(functions, shared, size)


def _function(found: re.Match[str]) -> Function:
    parameters: dict[str, int] = {}
    offset = 0
    for kind, name in re.findall(r"\.param \.(\w+)[^,]*? ([\w$]+)(?:,|\s*$)", found["given"]):
        size = BITS[kind] // 8
        offset = -(-offset // size) * size
        parameters[name] = offset
        offset += size
    registers: dict[str, int] = {}
    blocks, labels = [Block()], dict[str, int]()
    body = _calls(found["body"])
    for statement in re.split(r";|(?<=:)\s*\n", body):
        text = statement.strip().replace("\n", " ")
        if not text or text in "{}" or text.startswith(_IGNORED):
            continue
        if text.startswith(".reg"):
            kind, prefix = re.findall(r"\.reg \.(\w+)\s+(%[a-z]+)<", text)[0]
            registers[prefix] = BITS[kind]
        elif text.endswith(":"):
            if blocks[-1].lines:
                blocks.append(Block())
            labels[text[:-1]] = len(blocks) - 1
        else:
            line = _line(text)
            blocks[-1].lines.append(line)
            if line.parts[0] in ("bra", "ret", "bar", "barrier"):
                blocks.append(Block())
    bound = re.search(r"\.(?:maxntid|reqntid) (\d+)", found["notes"])
    cluster = re.search(r"\.reqnctapercluster (\d+), 1, 1\s", found["notes"])
    assert cluster or ".reqnctapercluster" not in found["notes"], found["notes"]
    result = re.findall(r"([\w$]+)\s*$", found["result"] or "")
    return Function(found["name"], parameters, registers, blocks, labels,
                    int(bound[1]) if bound else 0, int(cluster[1]) if cluster else 1,
                    result[0] if result else None)  # fmt: skip


def _calls(body: str) -> str:
    """Calls without the braces and declarations around them; part of a register as one `mov`."""
    body = re.sub(r"\{\s*\.reg \.\w+ tmp;\s*(mov[^;]*;)\s*\}", _without_temporary, body)
    return re.sub(r"^\s*\{\s*$|^\s*\}\s*$", "", body, flags=re.MULTILINE)


def _without_temporary(found: re.Match[str]) -> str:
    return re.sub(r"\btmp\b", "_", found[1])


def _line(text: str) -> Line:
    guard, negated = None, False
    if text.startswith("@"):
        guard, text = text[1:].split(None, 1)
        negated, guard = guard.startswith("!"), guard.lstrip("!")
    name = text.split(None, 1)[0]
    rest = text[len(name) :]
    operands = re.findall(r"\{[^}]*\}|\[[^\]]*\]|\([^)]*\)|[^\s,]+", rest)
    return Line(name, tuple(operands), guard, negated)
