"""The file itself: a zip of stored members, with their checksums in a manifest.

Members are not compressed, so that reading a file takes memory in proportion to its length, also if
the file is hostile. `dovetail.json` is the manifest: the version of the format, and the length and
SHA-256 of each other member. A file is written under a temporary name in the same folder and
renamed when it is complete.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from dovetail.errors import SerialisationError
from dovetail.files.records import FileFault, Record, parsed, text_of

Place = str | os.PathLike[str]

VERSION = 1  # of the format that is written
READS = 1  # the newest format whose files this version reads
MANIFEST = "dovetail.json"
MEMBERS = 64
MOST_TEXT = 16 << 20  # bytes of a member that is JSON, which takes far more as Python objects


def damaged(
    place: object, reason: str, writer: str = "model.save or dt.save"
) -> SerialisationError:
    """The error for a file that is not what the writer wrote."""
    return SerialisationError(
        f"{os.fspath(place) if isinstance(place, os.PathLike) else place} cannot be read: {reason}",
        f"a file that {writer} has written, unchanged",
        "take another copy of it, or save it again",
    )


def write(place: Place, members: Mapping[str, bytes]) -> None:
    """Write a file of these members; a file that was there is replaced as a whole or stays."""
    contents = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in members.items()
    }
    version = str(sys.modules["dovetail"].__version__)
    manifest = {"format": VERSION, "needs": VERSION, "dovetail": version, "members": contents}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {MANIFEST: text_of(manifest), **members}.items():
            if name.endswith(".json") and len(content) > MOST_TEXT:
                raise SerialisationError(
                    f"{place} cannot be written: its {name} would take {len(content)} bytes",
                    f"at most {MOST_TEXT}, which readers accept",
                    "save large arrays as parameters or states, and parts of the model alone",
                )
            # Of one time, so that the same content is the same file.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    replace_file(place, buffer.getvalue())


def replace_file(place: Place, content: bytes) -> None:
    """Write a temporary file in the same folder, flush it to the disk, and rename it."""
    target = Path(place)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent or ".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_mask())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _flush_folder(target.parent)


def _mask() -> int:
    """The permissions that new files don't get; reading it means setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _flush_folder(folder: Path) -> None:
    """The name of a new file lasts only when its folder is on the disk, too."""
    with contextlib.suppress(OSError):  # not every system opens folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Contents:
    """A file that was read: its manifest, and its members by name, with checked checksums."""

    def __init__(self, place: Place) -> None:
        self.place = place
        try:
            content = Path(place).read_bytes()
        except OSError as reason:
            raise SerialisationError(
                f"{place} cannot be opened: {reason.strerror or reason}",
                "the path of a file that may be read",
                "correct the path",
            ) from reason
        try:
            self.manifest, self._members = _opened(content)
        except FileFault as reason:
            raise damaged(place, reason.found) from None
        except (zipfile.BadZipFile, EOFError, ValueError, OverflowError, NotImplementedError,
                RuntimeError, KeyError, MemoryError) as reason:  # fmt: skip
            raise damaged(place, f"it is no zip of the kind ({reason})") from None

    def member(self, name: str) -> bytes:
        """The bytes of a member."""
        if name not in self._members:
            raise damaged(self.place, f"it has no {name}")
        return self._members[name]

    def has(self, name: str) -> bool:
        """Whether there is a member of this name."""
        return name in self._members

    def record(self, name: str) -> Record:
        """A member that is JSON."""
        return parsed(self.member(name), name)


def _opened(content: bytes) -> tuple[Record, dict[str, bytes]]:
    """The manifest and the other members of a file, checked."""
    members: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if len(entries) > MEMBERS:
            raise FileFault(f"it has {len(entries)} members")
        if sum(entry.file_size for entry in entries) > len(content):
            raise FileFault("its members are longer than the file")
        for entry in entries:
            name = entry.filename
            if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
                raise FileFault(f"its member {name!r:.80} is compressed or encrypted")
            if not _is_plain(name) or name in members:
                raise FileFault(f"its member {name!r:.80} has no plain name of its own")
            if name.endswith(".json") and entry.file_size > MOST_TEXT:
                raise FileFault(f"its {name} has {entry.file_size} bytes")
            members[name] = archive.read(entry)  # which checks the CRC-32
    if MANIFEST not in members:
        raise FileFault(f"it has no {MANIFEST}")
    manifest = parsed(members.pop(MANIFEST), MANIFEST)
    needs = manifest.integer("needs", least=1)
    if needs > READS:
        written = manifest.text("dovetail") if "dovetail" in manifest else "a newer version"
        raise FileFault(
            f"it was written by Dovetail {written[:20]} in format {needs}, and this version reads "
            f"formats up to {READS}: install a newer one"
        )
    known = manifest.record("members")
    for name in known:
        if name not in members:
            raise FileFault(f"its member {name!r:.80} is missing")
    for name, member in members.items():
        if name not in known:
            raise FileFault(f"its member {name!r:.80} is not in the manifest")
        said = known.record(name)
        if said.text("sha256") != hashlib.sha256(member).hexdigest():
            raise FileFault(f"the checksum of its {name} is wrong")
    return manifest, members


def _is_plain(name: str) -> bool:
    """Whether a member has the name of a file of its own: no folder, no path out of one."""
    return name.isascii() and name.replace(".", "").replace("_", "").isalnum() and name[0] != "."
