"""BLS on BN254 in plain integers, as drand's evmnet signs, for the beacon's tests. Slow, and not for secrets."""

from tallystick.commitments.keccak import keccak256

P = 0x30644E72E131A029B85045B68181585D97816A916871CA8D3C208C16D87CFD47
ORDER = 0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001
SUITE = b"BLS_SIG_BN254G1_XMD:KECCAK-256_SVDW_RO_NUL_"
G2 = (
    (
        0x1800DEEF121F1E76426A00665E5C4479674322D4F75EDADD46DEBD5CD992F6ED,
        0x198E9393920D483A7260BFB731FB5D25F1AA493335A9E71297E485B7AEF312C2,
    ),
    (
        0x12C85EA5DB8C6DEB4AAB71808DCB408FE3D1E7690C43D37B4CE6CC0166FA7DAA,
        0x090689D0585FF075EC9E99AD690C3395BC4B313370B38EF355ACDADCD122975B,
    ),
)
Element = tuple[int, int]


def _times(a: Element, b: Element) -> Element:
    return (a[0] * b[0] - a[1] * b[1]) % P, (a[0] * b[1] + a[1] * b[0]) % P


def _minus(a: Element, b: Element) -> Element:
    return (a[0] - b[0]) % P, (a[1] - b[1]) % P


def _over(a: Element, b: Element) -> Element:
    norm = pow(b[0] * b[0] + b[1] * b[1], -1, P)
    return _times(a, (b[0] * norm % P, -b[1] * norm % P))


Point = tuple[Element, Element] | None


def _add(a: Point, b: Point) -> Point:
    """On a curve with a = 0, over F_p^2; points of G1 have no imaginary part."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if a[1] != b[1]:
            return None
        square = _times(a[0], a[0])
        slope = _over((3 * square[0] % P, 3 * square[1] % P), (2 * a[1][0] % P, 2 * a[1][1] % P))
    else:
        slope = _over(_minus(b[1], a[1]), _minus(b[0], a[0]))
    x = _minus(_minus(_times(slope, slope), a[0]), b[0])
    return x, _minus(_times(slope, _minus(a[0], x)), a[1])


def _multiply(point: Point, factor: int) -> Point:
    total: Point = None
    while factor:
        if factor & 1:
            total = _add(total, point)
        point, factor = _add(point, point), factor >> 1
    return total


def _expand(message: bytes, length: int) -> bytes:
    tail = SUITE + bytes([len(SUITE)])
    first = keccak256(bytes(136) + message + length.to_bytes(2) + b"\x00" + tail)
    blocks = [keccak256(first + b"\x01" + tail)]
    while 32 * len(blocks) < length:
        mixed = bytes(a ^ b for a, b in zip(first, blocks[-1], strict=True))
        blocks.append(keccak256(mixed + bytes([len(blocks) + 1]) + tail))
    return b"".join(blocks)[:length]


def _root(value: int) -> int | None:
    root = pow(value, (P + 1) // 4, P)
    return root if root * root % P == value % P else None


def _map(u: int) -> Point:
    """RFC 9380, appendix F.1, in its straight form: the first candidate that is on the curve."""
    z, gz = 1, 4
    tv1 = u * u * gz % P
    tv2, tv1 = (1 + tv1) % P, (1 - tv1) % P
    tv3 = pow(tv1 * tv2, P - 2, P)
    tv4 = _root(-gz * 3 * z * z % P)
    assert tv4 is not None
    tv4 = P - tv4 if tv4 & 1 else tv4
    tv5 = u * tv1 * tv3 * tv4 % P
    tv6 = -4 * gz * pow(3 * z * z, -1, P) % P
    half = -z * pow(2, -1, P)
    candidates = ((half - tv5) % P, (half + tv5) % P, (z + tv6 * pow(tv2 * tv2 * tv3, 2, P)) % P)
    for x in candidates:
        y = _root((x**3 + 3) % P)
        if y is not None:
            return (x, 0), ((P - y) if (u ^ y) & 1 else y, 0)
    raise AssertionError("one of the three always is on the curve")


def hash_to_point(message: bytes) -> tuple[int, int]:
    """The point of G1 that stands for a message."""
    words = _expand(message, 96)
    parts = (int.from_bytes(words[:48]) % P, int.from_bytes(words[48:]) % P)
    point = _add(_map(parts[0]), _map(parts[1]))
    assert point is not None
    return point[0][0], point[1][0]


def public_key(secret: int) -> list[int]:
    """As EIP-197 writes it: x and y, the imaginary part of each first."""
    point = _multiply(G2, secret)
    assert point is not None
    return [point[0][1], point[0][0], point[1][1], point[1][0]]


def sign_round(secret: int, number: int) -> list[int]:
    """A beacon's signature of a round."""
    x, y = hash_to_point(keccak256(number.to_bytes(8)))
    point = _multiply(((x, 0), (y, 0)), secret)
    assert point is not None
    return [point[0][0], point[1][0]]
