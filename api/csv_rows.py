"""Tables as CSV (RFC 4180), line by line, so that a table of any length costs the memory of one chunk.

A cell that a spreadsheet would take for a formula gets an apostrophe in front (ASVS 1.2.10): people choose their own names.
"""

from collections.abc import AsyncIterator, Sequence

from api.ask import StreamReply

CHUNK_BYTES = 64 * 1024
STARTS_A_FORMULA = frozenset("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20")
"""The last four are the full-width forms, which some spreadsheets fold."""


def line(cells: Sequence[str]) -> bytes:
    """Write one line; every cell is quoted."""
    return (",".join(f'"{_safe(cell)}"' for cell in cells) + "\r\n").encode("utf-8", "replace")


def download(name: str, head: Sequence[str], rows: AsyncIterator[Sequence[str]]) -> StreamReply:
    """Answer with a table as a file."""
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamReply(chunks=chunks(head, rows), headers=headers)


async def chunks(head: Sequence[str], rows: AsyncIterator[Sequence[str]]) -> AsyncIterator[bytes]:
    """Put lines together to what is worth a write: at most one line more than `CHUNK_BYTES` each."""
    chunk = bytearray(line(head))
    async for row in rows:
        chunk += line(row)
        if len(chunk) >= CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    if chunk:
        yield bytes(chunk)


def _safe(cell: str) -> str:
    text = cell.replace("\x00", "")
    if text.lstrip(" ")[:1] in STARTS_A_FORMULA and text.strip(" "):
        text = f"'{text}"
    return text.replace('"', '""')
