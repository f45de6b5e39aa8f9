"""gzip for big pages, cheaply.

Every answer of Xero starts with an envelope that is new each time (an id, the time), followed by records that
are mostly the same as in the last answer. The two are compressed apart: the deflate stream of the records is
kept by their digest and joined to a fresh one of the envelope, which is a valid gzip member (RFC 1951 3.2.3,
RFC 1952 2.3).
"""

import hashlib
import struct
import threading
import zlib
from collections import OrderedDict

SMALLEST = 256
_KEEP_FROM = 32_768
_HEAD_MAX = 1024
_GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"


def _deflate(data: bytes, flush: int) -> bytes:
    squeezer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    return squeezer.compress(data) + squeezer.flush(flush)


def _split(body: bytes) -> int:
    """Where the part that is worth remembering begins."""
    for mark in (b'"pagination":', b"<pagination>", b'":['):
        if (place := body.find(mark, 0, _HEAD_MAX)) > 0:
            return place
    return 0


class Compressor:
    """gzip level 1 with a memory of at most ``keep_bytes`` of compressed records."""

    def __init__(self, *, keep_bytes: int = 64_000_000) -> None:
        self._keep_bytes = keep_bytes
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def gzip(self, body: bytes) -> bytes:
        """``body`` as one gzip member."""
        trailer = struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF)
        if len(body) < _KEEP_FROM:
            return _GZIP + _deflate(body, zlib.Z_FINISH) + trailer
        place = _split(body)
        return _GZIP + _deflate(body[:place], zlib.Z_SYNC_FLUSH) + self._records(body[place:]) + trailer

    def _records(self, data: bytes) -> bytes:
        key = hashlib.blake2b(data, digest_size=16).digest()
        with self._lock:
            if (known := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return known
        packed = _deflate(data, zlib.Z_FINISH)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = packed
                self._size += len(packed)
            while self._size > self._keep_bytes:
                self._size -= len(self._kept.popitem(last=False)[1])
        return packed
