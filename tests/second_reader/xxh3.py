"""xxh3-64 with seed 0, from its specification (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md)."""

SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)
MASK = (1 << 64) - 1
PRIME32_1, PRIME32_2, PRIME32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
PRIME64_1, PRIME64_2, PRIME64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
PRIME64_4, PRIME64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
MX1, MX2 = 0x165667919E3779F9, 0x9FB21C651E98DF25


def u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def u64(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def fold(a: int, b: int) -> int:
    product = a * b
    return (product ^ (product >> 64)) & MASK


def avalanche(h: int) -> int:
    h ^= h >> 37
    h = h * MX1 & MASK
    return h ^ (h >> 32)


def avalanche64(h: int) -> int:
    h ^= h >> 33
    h = h * PRIME64_2 & MASK
    h ^= h >> 29
    h = h * PRIME64_3 & MASK
    return h ^ (h >> 32)


def rotate(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & MASK


def swap64(value: int) -> int:
    return int.from_bytes(value.to_bytes(8, "little"), "big")


def mix16(data: bytes, at: int, secret_at: int) -> int:
    return fold(u64(data, at) ^ u64(SECRET, secret_at), u64(data, at + 8) ^ u64(SECRET, secret_at + 8))


def short(data: bytes) -> int:
    n = len(data)
    if n == 0:
        return avalanche64(u64(SECRET, 56) ^ u64(SECRET, 64))
    if n <= 3:
        combined = data[0] << 16 | data[n >> 1] << 24 | data[-1] | n << 8
        return avalanche64(combined ^ u32(SECRET, 0) ^ u32(SECRET, 4))
    if n <= 8:
        combined = u32(data, n - 4) + (u32(data, 0) << 32)
        h = combined ^ u64(SECRET, 8) ^ u64(SECRET, 16)
        h ^= rotate(h, 49) ^ rotate(h, 24)
        h = h * MX2 & MASK
        h ^= (h >> 35) + n & MASK
        h = h * MX2 & MASK
        return h ^ (h >> 28)
    low = u64(data, 0) ^ u64(SECRET, 24) ^ u64(SECRET, 32)
    high = u64(data, n - 8) ^ u64(SECRET, 40) ^ u64(SECRET, 48)
    return avalanche((n + swap64(low) + high + fold(low, high)) & MASK)


def medium(data: bytes) -> int:
    n = len(data)
    h = n * PRIME64_1 & MASK
    if n <= 128:
        for i in range((n - 1) // 32, -1, -1):
            h += mix16(data, 16 * i, 32 * i) + mix16(data, n - 16 * (i + 1), 32 * i + 16)
        return avalanche(h & MASK)
    for i in range(8):
        h += mix16(data, 16 * i, 16 * i)
    h = avalanche(h & MASK)
    for i in range(8, n // 16):
        h += mix16(data, 16 * i, 16 * (i - 8) + 3)
    h += mix16(data, n - 16, 136 - 17)
    return avalanche(h & MASK)


def long(data: bytes) -> int:
    n = len(data)
    acc = [PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1]

    def stripe(at: int, secret_at: int) -> None:
        for i in range(8):
            value = u64(data, at + 8 * i)
            key = value ^ u64(SECRET, secret_at + 8 * i)
            acc[i ^ 1] = acc[i ^ 1] + value & MASK
            acc[i] = acc[i] + (key & 0xFFFFFFFF) * (key >> 32) & MASK

    per_block = (len(SECRET) - 64) // 8
    block_len = 64 * per_block
    blocks = (n - 1) // block_len
    for block in range(blocks):
        for i in range(per_block):
            stripe(block * block_len + 64 * i, 8 * i)
        for i in range(8):
            value = acc[i] ^ (acc[i] >> 47) ^ u64(SECRET, len(SECRET) - 64 + 8 * i)
            acc[i] = value * PRIME32_1 & MASK
    rest = (n - 1 - blocks * block_len) // 64
    for i in range(rest):
        stripe(blocks * block_len + 64 * i, 8 * i)
    stripe(n - 64, len(SECRET) - 64 - 7)
    h = n * PRIME64_1 & MASK
    for i in range(4):
        h += fold(acc[2 * i] ^ u64(SECRET, 11 + 16 * i), acc[2 * i + 1] ^ u64(SECRET, 19 + 16 * i))
    return avalanche(h & MASK)


def xxh3(data: bytes) -> int:
    if len(data) <= 16:
        return short(data)
    return medium(data) if len(data) <= 240 else long(data)
