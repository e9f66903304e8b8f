"""What a server has packed, unpacked in steps: a few bytes may stand for gigabytes."""

import zlib
from collections.abc import Iterator

from integrations.decoding import Passing
from integrations.limits import TooLarge

PACKINGS = {"gzip", "x-gzip", "deflate"}
MOST_PACKINGS = 2  # one in the other; real servers send one
STEP = 2**16
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


def unpacked(pieces: Iterator[bytes], content_encoding: str, at_most: int) -> Iterator[bytes]:
    """TooLarge when any packing holds more bytes than that. Raises Passing."""
    names = [name for part in content_encoding.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if len(names) > MOST_PACKINGS or not PACKINGS.issuperset(names):
        raise Passing("sent a response with an unsupported compression")
    for _ in names:
        pieces = bounded(inflated(pieces), at_most)
    return bounded(pieces, at_most)


def inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    decoder = zlib.decompressobj(GZIP_OR_ZLIB)
    try:
        for piece in pieces:
            while piece and not decoder.eof:
                yield decoder.decompress(piece, STEP)
                piece = decoder.unconsumed_tail
        yield decoder.flush()
    except zlib.error as error:
        raise Passing("sent a damaged response") from error
    if not decoder.eof:
        raise Passing("sent a damaged response")


def bounded(pieces: Iterator[bytes], at_most: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > at_most:
            raise TooLarge
        yield piece
